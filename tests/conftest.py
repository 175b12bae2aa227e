"""What every test stands on: a home of its own, no window on the screen, and nothing left behind.

Each test runs in a temporary home. After it, whatever it started must be gone: processes (also grandchildren whose
parent has died), threads, running timers, open windows, shared memory, semaphores, temporary files, descriptors. What
is left fails the test that left it, and is cleared away so that the next one starts clean.
"""

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

# Before any test module is imported: nothing of the person's own set-up changes what the tests see.
for name in [name for name in os.environ if name.startswith("PYTHON")]:
    del os.environ[name]
os.environ["QT_QPA_PLATFORM"] = "offscreen"

import pytest  # noqa: E402

from tests import leftovers  # noqa: E402

WITH_WINDOWS = {"qapp", "qtbot"}  # the fixtures of a test that uses Qt


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="run the slow tests too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the slow tests out, unless all are asked for, or some by their marker."""
    if config.getoption("--all") or config.getoption("-m"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


def pytest_collection_finish() -> None:
    """Take what the imports have made out of what is searched for garbage and timers after every test: a quarter of
    the time of all tests.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def own_tmp(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the folder for temporary files of everything that the tests start."""
    return tmp_path_factory.mktemp("t", numbered=False)  # a short name: paths of sockets hold 107 bytes


@pytest.fixture(autouse=True)
def own_home(
    tmp_path_factory: pytest.TempPathFactory, own_tmp: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Make a new home folder, so that no test reads or writes a person's settings, data or cache."""
    home = tmp_path_factory.mktemp("home")
    runtime = home / "runtime"
    runtime.mkdir(mode=0o700)  # Qt warns when others may look into it
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    for variable, folder in [
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
        ("XDG_CACHE_HOME", ".cache"),
    ]:
        monkeypatch.setenv(variable, str(home / folder))
    for variable in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(variable, str(own_tmp))
    monkeypatch.setattr("tempfile.tempdir", str(own_tmp))
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest, own_home: Path, own_tmp: Path) -> Iterator[None]:
    """Fail the test that leaves something behind; `tests/leftovers.py` says what counts."""
    windows = bool(WITH_WINDOWS & set(request.fixturenames))
    if windows:
        request.getfixturevalue("qapp")  # the application outlives the test; what it opened is not the test's
    before = leftovers.look(folders=(own_tmp, own_home / "runtime"))
    yield
    left = leftovers.wait_and_clear(before, windows=windows)
    if left:
        pytest.fail("the test left behind:\n" + "\n".join(f"  {thing}" for thing in left), pytrace=False)


def pytest_report_header() -> str:
    return f"python: {sys.executable}"
