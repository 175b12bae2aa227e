"""run.py on machines that lack something: each lack is mended, or named in a sentence, and never half used."""

import importlib.util
import io
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parent.parent
RUN = ROOT / "run.py"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """run.py as a module, with an environment folder of the test's own."""
    monkeypatch.setenv("IPCLAB_VENV", str(tmp_path / "venv"))
    spec = importlib.util.spec_from_file_location("run_under_test", RUN)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Machine:
    """What run.py would have done to the machine: the commands that it ran, answered as they would be."""

    def __init__(self, run: ModuleType) -> None:
        self.run = run
        self.commands: list[str] = []
        self.during_pip: Callable[[], None] = lambda: None
        self.failures: dict[str, str] = {}

    def quietly(self, *command: str) -> tuple[int, str]:
        line = " ".join(command)
        self.commands.append(line)
        for part, output in self.failures.items():
            if part in line:
                return 1, output
        if "-m venv" in line:
            self.run.PYTHON.parent.mkdir(parents=True)
            self.run.PYTHON.symlink_to(sys.executable)
            version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
            (self.run.VENV / "lib" / version / "site-packages").mkdir(parents=True)
        if "-m pip" in line:
            self.during_pip()
        return 0, ""

    def ran(self, part: str) -> int:
        return sum(part in command for command in self.commands)


@pytest.fixture
def machine(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(run)
    monkeypatch.setattr(run, "quietly", machine.quietly)
    return machine


# --------------------------------------------------------------------------------------------------- the packages


def test_sets_up_once(run: ModuleType, machine: Machine) -> None:
    run.set_up("requirements.lock")
    assert [machine.ran("-m venv"), machine.ran("-m pip")] == [1, 1]
    assert machine.ran("--require-hashes") == 1
    run.set_up("requirements.lock")
    assert len(machine.commands) == 2


def test_adds_the_tools_when_the_tests_first_ask_for_them(run: ModuleType, machine: Machine) -> None:
    run.set_up("requirements.lock")
    run.set_up("requirements.lock", "requirements-dev.lock")
    assert machine.ran("-m venv") == 1
    assert machine.commands[-1].endswith("requirements-dev.lock")
    run.set_up("requirements.lock")
    assert len(machine.commands) == 3


def test_links_the_lab_so_that_the_checkout_may_be_moved(run: ModuleType, machine: Machine) -> None:
    run.set_up("requirements.lock")
    links = next(run.VENV.rglob("ipclab.pth"))
    lines = links.read_text().splitlines()
    assert [(links.parent / line).resolve() for line in lines] == [ROOT / "core", ROOT / "gui", ROOT / "resources"]
    assert not any(Path(line).is_absolute() for line in lines)


def test_repeats_a_set_up_that_was_cut_short(run: ModuleType, machine: Machine) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    machine.during_pip = interrupt
    with pytest.raises(KeyboardInterrupt):
        run.set_up("requirements.lock")
    (run.VENV / "half").touch()
    machine.during_pip = lambda: None
    run.set_up("requirements.lock")
    assert machine.ran("-m venv") == 2
    assert not (run.VENV / "half").exists()


def test_sets_up_again_when_the_lock_changes(
    run: ModuleType, machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "ROOT", tmp_path)
    lock = tmp_path / "requirements.lock"
    lock.write_text("one")
    run.set_up("requirements.lock")
    lock.write_text("two")
    run.set_up("requirements.lock")
    assert machine.ran("-m venv") == 2


def test_sets_up_again_for_another_python(run: ModuleType, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    run.set_up("requirements.lock")
    run.STAMP.write_text(run.STAMP.read_text().replace(" 3.", " 2."))
    run.set_up("requirements.lock")
    assert machine.ran("-m venv") == 2


def test_sets_up_again_when_the_python_is_gone(run: ModuleType, machine: Machine) -> None:
    run.set_up("requirements.lock")
    run.PYTHON.unlink()
    run.PYTHON.symlink_to("/nonexistent/python")
    run.set_up("requirements.lock")
    assert machine.ran("-m venv") == 2


def test_leaves_an_environment_of_somebody_else_alone(run: ModuleType, machine: Machine) -> None:
    (run.VENV / "lib").mkdir(parents=True)
    with pytest.raises(run.SetupError, match="was made by something else"):
        run.set_up("requirements.lock")
    assert (run.VENV / "lib").exists()
    assert machine.commands == []


def test_two_at_once_take_turns(run: ModuleType, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    waiting, installing = threading.Event(), threading.Event()

    def say(text: str) -> None:
        said.append(text)
        if text.startswith("Waiting"):
            waiting.set()

    def install() -> None:
        installing.set()
        assert waiting.wait(10)

    monkeypatch.setattr(run, "say", say)
    machine.during_pip = install
    both = [threading.Thread(target=run.set_up, args=("requirements.lock",)) for _ in range(2)]
    both[0].start()
    assert installing.wait(10)
    both[1].start()
    for thread in both:
        thread.join(10)
    assert "Waiting for another set-up to finish." in said
    assert [machine.ran("-m venv"), machine.ran("-m pip")] == [1, 1]


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        pytest.param(
            "WARNING: Retrying after connection broken by 'NewConnectionError(...: [Errno -3] Temporary failure in "
            "name resolution')'\nERROR: No matching distribution found for rich==15.0.0",
            "they cannot be downloaded (is the network up?)",
            id="no network",
        ),
        pytest.param(
            "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device",
            "the disk is full",
            id="full disk",
        ),
        pytest.param(
            "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
            "one arrived that is not the one in the lock, and was not installed",
            id="another package",
        ),
        pytest.param(
            "ERROR: Ignored the following versions\nERROR: No matching distribution found for numpy==2.4.6",
            "one in the lock has no wheel for this Python or system",
            id="no wheel",
        ),
        pytest.param("Collecting\nERROR: it broke.\n", "it broke", id="anything else"),
        pytest.param("", "it did not say why", id="silence"),
    ],
)
def test_says_why_packages_could_not_be_installed(
    run: ModuleType, machine: Machine, output: str, sentence: str
) -> None:
    machine.failures["-m pip"] = output
    with pytest.raises(run.SetupError) as failed:
        run.set_up("requirements.lock")
    assert str(failed.value).endswith(f"{sentence}.")
    assert run.stamped() == []


# ---------------------------------------------------------------------------------------------- the system's parts


@pytest.fixture
def bare(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A Debian machine with Python and nothing else; its user is an ordinary one, without sudo or a terminal."""
    monkeypatch.setattr(run, "_loads", lambda library: False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    monkeypatch.setattr("sys.executable", "/usr/bin/python3")
    return run


def test_names_all_that_is_missing_in_one_line(bare: ModuleType) -> None:
    with pytest.raises(bare.SetupError) as missing:
        bare.complete_system("offscreen")
    sentence, line = str(missing.value).splitlines()
    assert sentence == "Debian packages are missing. Install them as root, then run this again:"
    assert line == (
        "apt-get update && apt-get install -y --no-install-recommends python3-venv "
        "libglib2.0-0 libegl1 libgl1 libdbus-1-3 libfontconfig1 libxkbcommon0"
    )


def test_asks_for_no_library_of_qt_where_no_window_opens(bare: ModuleType) -> None:
    with pytest.raises(bare.SetupError) as missing:
        bare.complete_system(None)
    assert str(missing.value).endswith("--no-install-recommends python3-venv")


@pytest.mark.parametrize(
    ("platform", "package"), [("xcb", "libxcb-cursor0"), ("wayland", "libwayland-egl1"), ("wayland", "libxcb-cursor0")]
)
def test_a_screen_needs_more(bare: ModuleType, platform: str, package: str) -> None:
    assert package in bare.missing_packages(platform).values()
    assert package not in bare.missing_packages("offscreen").values()


def test_another_python_has_a_package_of_its_own(bare: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/usr/bin/env")
    assert bare.missing_packages(None) == {"ensurepip": f"python3.{sys.version_info.minor}-venv"}


def test_names_sudo_where_there_is_one(bare: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(bare.SetupError, match="\nsudo apt-get update && sudo apt-get install"):
        bare.complete_system(None)


def test_names_the_libraries_where_there_is_no_apt(bare: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(bare.SetupError, match=r"This system lacks .*libEGL\.so\.1"):
        bare.complete_system("offscreen")


def test_root_installs_what_is_missing(bare: ModuleType, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert bare.complete_system(None)
    assert [command.partition("apt-get")[2].partition("Timeout=300 ")[2] for command in machine.commands] == [
        "update",
        "install -y --no-install-recommends python3-venv",
    ]
    assert machine.ran("DEBIAN_FRONTEND=noninteractive") == 2


@pytest.mark.parametrize(
    ("update", "install", "sentence"),
    [
        pytest.param(
            "Err:1 x\nW: Failed to fetch x  Temporary failure resolving 'mirror'\n",
            "E: Package 'python3-venv' has no installation candidate\n",
            "they cannot be downloaded (is the network up?)",
            id="no network",
        ),
        pytest.param("", "Reading...\nE: Held back.\n", "E: Held back", id="anything else"),
    ],
)
def test_says_what_apt_said(
    bare: ModuleType, machine: Machine, monkeypatch: pytest.MonkeyPatch, update: str, install: str, sentence: str
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 0)
    machine.failures.update({"300 update": update, "300 install": install})
    with pytest.raises(bare.SetupError) as failed:
        bare.complete_system(None)
    assert str(failed.value) == f"The Debian packages could not be installed: {sentence}."


@pytest.mark.parametrize(("answer", "installs"), [("\n", True), ("y\n", True), ("n\n", False), ("", False)])
def test_asks_before_it_uses_sudo(
    bare: ModuleType, machine: Machine, monkeypatch: pytest.MonkeyPatch, answer: str, installs: bool
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    monkeypatch.setattr("sys.stderr", Terminal())
    if installs:
        assert bare.complete_system(None)
        assert machine.ran("sudo env") == 2
    else:
        with pytest.raises(bare.SetupError):
            bare.complete_system(None)
        assert machine.commands == []


def test_a_complete_system_is_left_alone(run: ModuleType, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_loads", lambda library: True)
    assert not run.complete_system(None)
    assert machine.commands == []


# ------------------------------------------------------------------------------------------------------ the screen


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
@pytest.mark.parametrize(
    ("environ", "platform"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({"DISPLAY": ":77"}, None, id="an X server that does not answer"),
        pytest.param({"DISPLAY": "nonsense"}, None, id="no display at all"),
        pytest.param({"WAYLAND_DISPLAY": "wayland-7"}, None, id="no compositor"),
        pytest.param({"WAYLAND_DISPLAY": "there"}, "wayland", id="a compositor"),
        pytest.param({"WAYLAND_DISPLAY": "there", "QT_QPA_PLATFORM": "xcb"}, None, id="X is wanted, Wayland is there"),
        pytest.param({"WAYLAND_DISPLAY": "there", "QT_QPA_PLATFORM": "wayland;xcb"}, "wayland", id="a list of wishes"),
        pytest.param({"QT_QPA_PLATFORM": "offscreen:configfile=x"}, "offscreen", id="offscreen"),
    ],
)
def test_finds_the_screen(run: ModuleType, own_home: Path, environ: dict[str, str], platform: str | None) -> None:
    runtime = own_home / "runtime"
    with socket.socket(socket.AF_UNIX) as compositor:
        compositor.bind(str(runtime / "there"))
        compositor.listen()
        assert run.platform_of({"XDG_RUNTIME_DIR": str(runtime), **environ}) == platform
    (runtime / "there").unlink()


# ---------------------------------------------------------------------------------------------------- what follows


def started(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Let `start` note what it would become, and everything before it find nothing to do."""
    became: list[tuple[str, ...]] = []

    def start(*arguments: str) -> int:
        became.append(arguments)
        return 0

    monkeypatch.setattr(run, "start", start)
    monkeypatch.setattr(run, "complete_system", lambda platform: became.append(("system", str(platform))))
    monkeypatch.setattr(run, "set_up", lambda *locks: became.append(("set up", *locks)))
    return became


def test_the_tests_get_their_arguments(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    became = started(run, monkeypatch)
    run.main(["test", "--all", "-k", "pipe"])
    assert became == [
        ("system", "offscreen"),
        ("set up", "requirements.lock", "requirements-dev.lock"),
        ("-m", "pytest", "--all", "-k", "pipe"),
    ]


def test_other_words_are_the_command_lines(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    became = started(run, monkeypatch)
    run.main(["run", "pipe", "--json"])
    assert became == [("system", "None"), ("set up", "requirements.lock"), (str(run.entry()), "run", "pipe", "--json")]


def test_opens_the_window_where_there_is_a_screen(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    became = started(run, monkeypatch)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    run.main([])
    assert became[-1] == (str(run.entry()),)


def test_without_a_screen_the_tour_is_taken_in_the_terminal(
    run: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    became = started(run, monkeypatch)
    monkeypatch.setattr(run, "platform_of", lambda environ: None)
    run.main([])
    assert became[-1] == (str(run.entry()), "tour")
    assert capfd.readouterr().err == "There is no display for a window, so the experiments run here in the terminal.\n"


def test_the_lab_does_not_inherit_what_slows_every_start(run: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("PYTHONUNBUFFERED", "1")
    monkeypatch.setenv("PYTHONPATH", "/theirs")
    environ = run.clean_environ()
    assert environ["PYTHONPATH"] == "/theirs"
    assert not {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"} & set(environ)


# ---------------------------------------------------------------------------------------------------- the real thing


def really(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(RUN), *arguments],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def set_up_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment that these tests run in, where run.py has made it."""
    stamp = Path(sys.prefix, "ipclab-setup")
    if not stamp.exists() or "requirements.lock" not in stamp.read_text():
        pytest.skip("run.py has not made this environment")
    monkeypatch.setenv("IPCLAB_VENV", sys.prefix)


@pytest.mark.smoke
@pytest.mark.usefixtures("set_up_here")
def test_passes_words_and_exit_code_through() -> None:
    version = really("--version")
    assert (version.returncode, version.stderr) == (0, "")
    assert "0.1.0" in version.stdout.splitlines()[0]
    wrong = really("run", "no-such-experiment")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "no-such-experiment" in wrong.stderr


@pytest.mark.smoke
@pytest.mark.usefixtures("set_up_here")
def test_a_file_called_queue_in_the_current_folder_breaks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "queue.py").write_text("raise SystemExit('the wrong queue')")
    monkeypatch.chdir(tmp_path)
    done = really("run", "separate-memory", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("{")


def test_an_impossible_folder_is_a_sentence() -> None:
    done = really("list", IPCLAB_VENV="/dev/null/venv")
    assert done.returncode == 4
    assert done.stderr == "IPC Lab could not be set up: Not a directory: /dev/null/venv/ipclab-setup\n"


def test_an_older_python_is_told_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    code = compile(RUN.read_text(), str(RUN), "exec")
    monkeypatch.setattr("sys.version_info", (3, 9, 2))
    with pytest.raises(SystemExit) as ended:
        exec(code, {"__name__": "__main__", "__file__": str(RUN)})
    monkeypatch.undo()
    assert ended.value.code == 4
    assert capsys.readouterr().err == "IPC Lab needs Python 3.11 or later; this is 3.9.\n"
