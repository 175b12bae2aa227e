"""What is under test: the package whose executable IPCLAB_UNDER_TEST names, or without it the source."""

from __future__ import annotations

import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import psutil
import pytest

from tests.cli.conftest import LIMIT, ROOT, environment, wait_until, workers

SCRIPTS = ROOT / "packaging"
PACKAGE = Path(os.environ["IPCLAB_UNDER_TEST"]).resolve() if os.environ.get("IPCLAB_UNDER_TEST") else None
SOURCE = [sys.executable, "-m", "ipclab_gui"]
WORDS = SOURCE if PACKAGE is None else [str(PACKAGE)]
LONG_RUN = 60  # s for one command that runs all there is

# From source all of it is tested elsewhere, piece by piece.
slow_from_source = pytest.mark.slow if PACKAGE is None else pytest.mark.timeout(2 * LONG_RUN)

Start = Callable[..., subprocess.Popen[str]]
Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def package() -> Path:
    """Return the package's executable; skips where there is no package."""
    if PACKAGE is None:
        pytest.skip("no package is under test: set IPCLAB_UNDER_TEST=dist/ipclab/ipclab")
    return PACKAGE


def script(path: str) -> SimpleNamespace:
    """Return the names of a file in packaging/, which is no package."""
    spec = importlib.util.spec_from_file_location("script", SCRIPTS / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return SimpleNamespace(**vars(module))


@pytest.fixture
def packaging(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], ModuleType]:
    """Return a function that imports a file of packaging/, where they find one another."""
    folder = ROOT / "packaging"
    monkeypatch.syspath_prepend(folder)
    for file in folder.glob("*.py"):
        monkeypatch.delitem(sys.modules, file.stem, raising=False)
    return importlib.import_module


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts what is under test, in an empty folder; `program` stands for another one."""
    started: list[subprocess.Popen[str]] = []

    def begin(*words: str, program: list[str] = WORDS, **changes: str | None) -> subprocess.Popen[str]:
        if program is not SOURCE:
            changes = {"PYTHONPATH": None, **changes}
        command = subprocess.Popen(
            [*program, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=tmp_path,
            env=environment(**changes),
        )
        started.append(command)
        return command

    yield begin
    for command in started:
        if command.poll() is None:
            command.kill()
        command.communicate(timeout=LIMIT)


@pytest.fixture
def ipclab(start: Start) -> Command:
    """Return a function that runs what is under test to its end."""

    def run(*words: str, program: list[str] = WORDS, **changes: str | None) -> subprocess.CompletedProcess[str]:
        command = start(*words, program=program, **changes)
        out, err = command.communicate(timeout=LONG_RUN)
        return subprocess.CompletedProcess(words, command.returncode, out, err)

    return run


@pytest.fixture
def screen() -> Iterator[str]:
    """Return the name of an X display; skips where there is nothing to make one or to press keys."""
    if sys.platform != "linux" or not (shutil.which("Xvfb") and shutil.which("xdotool")):
        pytest.skip("no screen to press keys on: Xvfb or xdotool is missing (Debian packages xvfb, xdotool)")
    reads, writes = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(writes), "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=[writes],
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(writes)
        with os.fdopen(reads) as said:
            number = said.readline().strip()
        try:
            yield f":{number}"
        finally:
            server.terminate()


def xdotool(screen: str, *words: str) -> str:
    """Do something on a screen, as a person does, and return what is told of it."""
    done = subprocess.run(
        ["xdotool", *words], check=False, env=os.environ | {"DISPLAY": screen}, capture_output=True, text=True
    )
    return done.stdout


def wait_for_window(window: subprocess.Popen[str], screen: str) -> psutil.Process:
    """Wait until all of the lab's window is there, give it the keyboard, and return its process."""

    def shown() -> bool:
        assert window.poll() is None, window.communicate()[1]
        return xdotool(screen, "search", "--onlyvisible", "--name", "IPC Lab") != ""

    wait_until(shown, "the window")
    process = psutil.Process(window.pid)
    wait_until(lambda: "numpy" in mapped(process), "all of the window")
    xdotool(screen, "search", "--onlyvisible", "--name", "IPC Lab", "windowfocus", "--sync")
    return process


def press_keys(window: subprocess.Popen[str], screen: str) -> None:
    """Show every tab of the lab's window, run what it opens with, and wait for the run's end."""
    process = wait_for_window(window, screen)
    for tab in range(1, 6):
        xdotool(screen, "key", f"ctrl+{tab}")
    xdotool(screen, "key", "F5")
    workers(window, 1)
    wait_until(lambda: process.children() == [], "the run's end")


def mapped(process: psutil.Process) -> str:
    """Return the files that a process has mapped, as a text."""
    return Path(f"/proc/{process.pid}/maps").read_text()
