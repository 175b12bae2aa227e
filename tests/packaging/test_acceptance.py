"""What the lab does for a person, from source and as a package alike: one list for both."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import psutil
import PySide6
import pytest

import ipclab_resources
from ipclab import catalog, engine, quantity
from ipclab.frozen import WORKER
from tests.cli.conftest import LIMIT, wait_until, workers
from tests.packaging.conftest import (
    PACKAGE,
    SOURCE,
    Command,
    Start,
    all_of,
    inside,
    mapped,
    press_keys,
    slow_from_source,
    wait_for_window,
    xdotool,
)

BUILD = "source" if PACKAGE is None else "package"
QT = re.compile(r"libQt6|PySide6|shiboken6")
ENDLESS = ("run", "pipe", "--traffic", "one-way", "--count", "10000000", "--pause", "1ms", "--json")

# Prints the sort keys of some words in each language that ICU knows, as a sum, and how it fared.
SORTED = """
import ctypes, hashlib, pathlib, sys
(library,) = pathlib.Path(sys.argv[1]).glob("libicui18n.so.*")
icu, version = ctypes.CDLL(library), library.suffix.replace(".", "_")
def call(name, result, *words):
    function = getattr(icu, name + version)
    function.restype = result
    return function(*words)
words = "z ä a ö o ñ n å ch cz c h ll l ð d þ t 10 9 é e E ß ss ư u 一 丁 七 万 あ ア が 가 나 ж ё א ا ก".split()
for number in range(call("ucol_countAvailable", ctypes.c_int)):
    language, status, keys = call("ucol_getAvailable", ctypes.c_char_p, number), ctypes.c_int(0), b""
    order = ctypes.c_void_p(call("ucol_open", ctypes.c_void_p, language, ctypes.byref(status)))
    for word in words:
        text, key = word.encode("utf-16-le"), ctypes.create_string_buffer(200)
        keys += key.raw[: call("ucol_getSortKey", ctypes.c_int, order, text + bytes(2), len(text) // 2, key, 200)]
    print(language.decode(), status.value, hashlib.md5(keys).hexdigest())
"""

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="reads what other processes have mapped")


# ---------------------------------------------------------------------------------------------- what a person reads


def test_it_says_what_it_is(ipclab: Command) -> None:
    done = ipclab("--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(rf"^IPC Lab +\S+ \({BUILD}\)$", done.stdout, re.MULTILINE)
    assert "not installed" not in done.stdout


def test_the_experiments_are_those_of_the_source(package: Path, ipclab: Command) -> None:
    theirs, ours = ipclab("list", "--json"), ipclab("list", "--json", program=SOURCE)
    assert theirs.returncode == 0, theirs.stderr
    assert theirs.stdout == ours.stdout
    assert len(json.loads(ours.stdout)) == len(catalog.names())


def test_every_guide_is_that_of_the_source(package: Path, ipclab: Command) -> None:
    for name in catalog.names():
        assert ipclab("guide", name).stdout == ipclab("guide", name, program=SOURCE).stdout != ""


def test_sources_guides_pictures_and_plain_programs_are_those_of_the_source(package: Path) -> None:
    kept = {folder: _files(inside(package) / folder) for folder in ("ipclab", "ipclab_resources")}
    ours = _files(Path(catalog.__file__).parent)
    others = {name for name in ours if re.fullmatch(r"runner/system/\w+\.py", name)}  # of other systems
    assert {name: text for name, text in ours.items() if name not in others} == {
        name: text for name, text in kept["ipclab"].items() if name not in others
    }
    data = {name: text for name, text in _files(ipclab_resources.FOLDER).items() if "/" in name}
    assert kept["ipclab_resources"] == data
    assert sum(name.startswith("programs/") for name in data) == 7


def test_a_traceback_shows_the_lines_of_the_lab(package: Path, ipclab: Command) -> None:
    program = """
import traceback
from ipclab import quantity
try:
    quantity.number_from(None, "s", whole=True)
except AttributeError:
    traceback.print_exc()
"""
    said = ipclab("-c", program, program=[str(package.with_name(package.name.replace("ipclab", WORKER)))]).stderr
    shown = re.findall(r'File "ipclab[/\\]quantity.py", line \d+, in number_from\n +(\S.*)', said)
    assert shown, said
    assert shown[0] in Path(quantity.__file__).read_text()


def test_every_module_of_the_standard_library_can_be_imported(
    package: Path, ipclab: Command, packaging: Callable[[str], ModuleType]
) -> None:
    """All that this Python can import and that is not left out on purpose, with what lies in packages of it."""
    names = packaging("standard_library").modules()
    assert len(names) > 500 and {"email.mime.text", "sqlite3", "unittest.mock", "xml.sax.expatreader"} <= set(names)
    program = f"""
import importlib, warnings
warnings.simplefilter("ignore")
for name in {names}:
    try:
        importlib.import_module(name)
    except BaseException as error:
        print(name, type(error).__name__)
"""
    built = packaging("build").PYTHON  # that of the package, where it was built here: Debian's lacks some of macOS's
    ours, theirs = (
        set(re.findall(r"^\S+ \w+Error$", ipclab("-c", program, program=[str(python)]).stdout, re.MULTILINE))
        for python in (
            built if built.exists() else sys.executable,
            package.with_name(package.name.replace("ipclab", WORKER)),
        )
    )
    assert theirs <= ours
    assert len(ours) < 30  # of other systems


@linux_only
def test_it_sorts_as_the_source_does_in_every_language(package: Path, ipclab: Command) -> None:
    """The data that Qt sorts by are a part of those it came with: packaging/icu_data.py."""
    folders = [Path(PySide6.__file__).parent / "Qt/lib", package.parent / "_internal/PySide6/Qt/lib"]
    ours, theirs = (ipclab(str(folder), program=[sys.executable, "-c", SORTED]).stdout for folder in folders)
    assert theirs == ours
    assert ours.count("\n") > 100
    assert len(set(re.findall(r"[0-9a-f]{32}", ours))) > 10  # languages differ


def _files(folder: Path) -> dict[str, bytes]:
    found = (file for file in folder.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in found}


# ---------------------------------------------------------------------------------------------- what a person runs


@slow_from_source
@pytest.mark.parametrize("method", engine.start_methods())
@pytest.mark.parametrize("name", catalog.names())
def test_every_experiment_runs_under_every_start_method(ipclab: Command, name: str, method: str) -> None:
    done = ipclab("run", name, "--start-method", method, "--json")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    about = json.loads(done.stdout)
    assert about["outcome"]["status"] == "done"
    assert about["environment"]["build"] == BUILD
    assert len(about["processes"]) > 1
    errors = [
        line["text"] for one in about["processes"] for line in one.get("output", ()) if line["stream"] == "stderr"
    ]
    assert errors == []


@slow_from_source
@pytest.mark.parametrize("method", engine.start_methods())
def test_a_watched_run_knows_its_messages(ipclab: Command, method: str) -> None:
    about = json.loads(ipclab("run", "pipe", "--watch", "on", "--start-method", method, "--json").stdout)
    assert [(one["name"], one["sent"], one["received"]) for one in about["channels"]] == [("Pipe 1", 4, 4)]
    assert about["operations"]["not_recorded"] == 0


@slow_from_source
@pytest.mark.parametrize("method", engine.start_methods())
def test_a_run_is_stepped_in_an_order_that_is_saved_and_followed(ipclab: Command, tmp_path: Path, method: str) -> None:
    path = tmp_path / "order.json"
    made = ipclab("run", "lost-updates", "--order", "make-it-happen", "--start-method", method, "--json",
                  "--save-order", str(path))  # fmt: skip
    again = ipclab("run", "lost-updates", "--order", str(path), "--start-method", method, "--json")
    for done in (made, again):
        about = json.loads(done.stdout)
        assert about["findings"][0]["text"] == "1 of 2 increments lost (50.0 %)."
        assert [step["operation"] for step in about["steps"]] == ["read", "read", "write", "write"]


@slow_from_source
def test_a_persons_program_is_slowed_and_cannot_tell(ipclab: Command, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import multiprocessing as mp\n"
        "def work(queue): queue.put('from the worker')\n"
        "if __name__ == '__main__':\n"
        "    queue = mp.Queue()\n"
        "    worker = mp.Process(target=work, args=(queue,)); worker.start(); print(queue.get()); worker.join()\n"
    )
    for how in (("--watch", "slow", "--pace", "20ms"), ("--watch", "step", "--steps", "newest")):
        done = ipclab("run", *how, "--python", sys.executable, str(program))
        assert (done.returncode, done.stdout) == (0, "from the worker\n")


@slow_from_source
def test_a_persons_program_is_run_by_their_python_and_watched(ipclab: Command, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import multiprocessing as mp, os, sys\n"
        "def work(queue): queue.put(os.environ.get('LD_LIBRARY_PATH'))\n"
        "if __name__ == '__main__':\n"
        "    queue = mp.Queue()\n"
        "    worker = mp.Process(target=work, args=(queue,)); worker.start(); print(queue.get()); worker.join()\n"
    )
    done = ipclab("run", "--python", sys.executable, str(program), LD_LIBRARY_PATH=None)
    assert (done.returncode, done.stdout) == (0, "None\n")
    assert "Queue 1: 1 sent, 1 received." in done.stderr


def test_where_the_machine_has_no_python_the_packages_own_runs_a_persons_program(
    package: Path, ipclab: Command, tmp_path: Path
) -> None:
    bare = tmp_path / "bare"
    bare.mkdir()
    for method in engine.start_methods():
        program = tmp_path / f"{method}.py"
        program.write_text(
            "import multiprocessing as mp, os, sys\n"
            "class Own:\n"
            "    def __init__(self, n): self.n = n\n"
            "def work(queue): queue.put(Own(int(sys.argv[1])))\n"
            "if __name__ == '__main__':\n"
            f"    mp.set_start_method({method!r})\n"
            "    queue = mp.Queue()\n"
            "    worker = mp.Process(target=work, args=(queue,)); worker.start(); print(queue.get().n); worker.join()\n"
            "    print(os.environ.get('LD_LIBRARY_PATH'), os.environ.get('PYTHONPATH'))\n"
            "    print(os.path.basename(sys.executable))\n"
            "    sys.exit(3)\n"
        )
        done = ipclab("run", str(program), "41", LD_LIBRARY_PATH=None, PATH=str(bare), VIRTUAL_ENV=None)
        assert (done.returncode, done.stdout) == (3, f"41\nNone None\n{WORKER}\n"), done.stderr
        assert "Queue 1: 1 sent, 1 received." in done.stderr


@slow_from_source
def test_the_tour_finds_all_as_the_tutorial_says(ipclab: Command) -> None:
    done = ipclab("tour")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


@slow_from_source
def test_one_serves_and_another_joins(start: Start, ipclab: Command) -> None:
    server = start("serve", "--clients", "1", IPCLAB_KEY="a key")
    assert server.stdout is not None
    address = next(found[1] for line in server.stdout if (found := re.search(r"Listening at (\S+)$", line)))
    joined = ipclab("join", address, IPCLAB_KEY="a key")
    assert (joined.returncode, joined.stderr) == (0, ""), joined.stdout
    out, err = server.communicate(timeout=LIMIT)
    assert (server.returncode, err) == (0, "")
    assert "1 client has come and gone." in out


def test_a_run_that_fails_says_why(ipclab: Command) -> None:
    done = ipclab("run", "network-manager", "--role", "join", "--port", "1", "--key", "x", "--json")
    assert done.returncode == 1
    assert "Nobody listens at 127.0.0.1:1" in done.stdout


# ------------------------------------------------------------------------------------------------ how a run ends


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
@pytest.mark.parametrize("method", engine.start_methods())
def test_ctrl_c_stops_a_run_and_leaves_nothing(start: Start, method: str) -> None:
    """What is left fails every test, by the fixture that looks after each."""
    command = start(*ENDLESS, "--start-method", method)
    wait_until(lambda: len(psutil.Process(command.pid).children(recursive=True)) >= 5, "main and its workers")
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=LIMIT)
    assert (command.returncode, err) == (130, "")
    assert json.loads(out)["outcome"]["status"] == "stopped"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
def test_kill_leaves_nothing(start: Start) -> None:
    command = start(*ENDLESS)
    family = [*workers(command, 2), *psutil.Process(command.pid).children(recursive=True)]
    command.kill()
    command.communicate(timeout=LIMIT)
    wait_until(lambda: not any(one.is_running() for one in family), "the end of all of them")


@linux_only
def test_no_process_of_a_command_has_qt(start: Start) -> None:
    command = start(*ENDLESS)
    workers(command, 2)
    processes = [psutil.Process(command.pid), *psutil.Process(command.pid).children(recursive=True)]
    assert len(processes) >= 5  # terminal, keeper, runner, main, two workers
    assert [one.cmdline() for one in processes if QT.search(mapped(one))] == []
    command.send_signal(signal.SIGINT)
    command.communicate(timeout=LIMIT)


def test_it_runs_where_it_is_unpacked(package: Path, ipclab: Command, tmp_path: Path) -> None:
    there, whole = tmp_path / "an other place, für alle", all_of(package)
    shutil.copytree(whole, there / whole.name, symlinks=True)
    done = ipclab("run", "separate-memory", program=[str(there / package.relative_to(whole.parent))])
    shutil.rmtree(there)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout


# -------------------------------------------------------------------------------------------------- the window


@linux_only
def test_the_window_opens_and_closes(start: Start) -> None:
    _opens_and_closes(start(QT_QPA_PLATFORM="offscreen"))


@linux_only
def test_the_window_opens_where_it_is_unpacked(package: Path, start: Start, tmp_path: Path) -> None:
    """Qt takes a comma in the path of its plugins for the end of one folder and the begin of another."""
    there = tmp_path / "an other place, für alle"
    shutil.copytree(package.parent, there, symlinks=True)
    _opens_and_closes(start(QT_QPA_PLATFORM="offscreen", program=[str(there / package.name)]))
    shutil.rmtree(there)


def _opens_and_closes(window: subprocess.Popen[str]) -> None:
    process = psutil.Process(window.pid)
    wait_until(lambda: "qoffscreen" in mapped(process) and "numpy" in mapped(process), "all of the window")
    window.send_signal(signal.SIGTERM)
    _, err = window.communicate(timeout=LIMIT)
    assert window.returncode == 128 + signal.SIGTERM
    assert [line for line in err.splitlines() if not line.startswith("This plugin does not support")] == []


@linux_only
def test_in_the_window_keys_run_an_experiment_and_show_every_tab(start: Start, screen: str) -> None:
    window = start(QT_QPA_PLATFORM="xcb", DISPLAY=screen, DBUS_SESSION_BUS_ADDRESS="disabled:")
    press_keys(window, screen)
    window.send_signal(signal.SIGTERM)
    _, err = window.communicate(timeout=LIMIT)
    assert (window.returncode, err) == (128 + signal.SIGTERM, "")


@slow_from_source
@pytest.mark.parametrize("own", ["/home/me/lib", None])
def test_a_browser_that_a_link_opens_gets_the_persons_own_libraries(
    start: Start, screen: str, own_home: Path, tmp_path: Path, own: str | None
) -> None:
    settings = own_home / ".config" / "ipclab" / "window.json"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"format": 1, "experiment": "pipe"}')  # no first start
    browser, said = tmp_path / "bin" / "xdg-open", tmp_path / "said"
    browser.parent.mkdir()
    browser.write_text(f'#!/bin/sh\necho "$1 ${{LD_LIBRARY_PATH-none}}" > {said}.new && mv {said}.new {said}\n')
    browser.chmod(0o700)
    path = f"{browser.parent}{os.pathsep}{os.environ['PATH']}"
    window = start(
        QT_QPA_PLATFORM="xcb", DISPLAY=screen, DBUS_SESSION_BUS_ADDRESS="disabled:", PATH=path, LD_LIBRARY_PATH=own
    )
    wait_for_window(window, screen)
    xdotool(screen, "key", "F6", "F6", "Tab", "Return")  # tabs, guide, its first link
    wait_until(said.exists, "the browser")
    link, found = said.read_text().split()
    assert link.startswith("https://docs.python.org/")
    assert found == (own or "none")
    window.send_signal(signal.SIGTERM)
    window.communicate(timeout=LIMIT)
