"""What is under test: the package whose executable IPCLAB_UNDER_TEST names, or without it the source."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.cli.conftest import LIMIT, ROOT, environment

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


def inside(package: Path) -> Path:
    """Return the folder in which a package's executable finds its libraries and files."""
    bundled = package.parent.name == "MacOS"  # Contents/MacOS in macOS's NAME.app
    return package.parent.parent / "Frameworks" if bundled else package.parent / "_internal"


def all_of(package: Path) -> Path:
    """Return the folder that is all of a package."""
    return next((up for up in package.parents if up.suffix == ".app"), package.parent)


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
            encoding=None if sys.platform == "win32" else "utf-8",  # as Python writes into a pipe there
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
def display() -> Iterator[str]:
    """Return the name of an X server of the test's own; skips where there is none, or nobody to press keys."""
    if sys.platform != "linux" or not (shutil.which("Xvfb") and shutil.which("xdotool")):
        pytest.skip("no screen to press keys on: Xvfb and xdotool are missing")
    reads, writes = os.pipe()
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(writes), "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=[writes],
        stderr=subprocess.DEVNULL,
    ) as screen:
        os.close(writes)
        with os.fdopen(reads) as said:
            name = f":{said.readline().strip()}"
        try:
            yield name
        finally:
            screen.terminate()
