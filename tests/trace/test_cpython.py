"""CPython's own tests of multiprocessing have the same result watched and bare, test by test.

Some interpreters come without their tests; there is nothing to compare then. Each class runs in a process of its own,
bare and by `ipclab run`: what hangs is killed and told, and a class that hangs bare is left out and named. A difference
counts where it comes three times in a row, since some of these tests measure time.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ipclab.engine import start_methods
from tests.plain_programs import default_interrupt

PROGRAM = Path(__file__).with_name("unit_tests.py")
BARE = (sys.executable, str(PROGRAM))
WATCHED = (sys.executable, "-m", "ipclab_gui", "run", "--python", sys.executable, str(PROGRAM))
PATIENCE = 60  # seconds for one class; the longest takes 12
TIMES = 3
MODULE = """
from test._test_multiprocessing import install_tests_in_module_dict
install_tests_in_module_dict(globals(), {!r})
"""
HUNG = "did not end"
DIFFERENT: dict[str, str] = {}  # class.test, and why hooks may change its result: it looks at what is hooked

Results = dict[str, str]


def ran(here: Path, command: tuple[str, ...], *names: str) -> tuple[Results, dict[str, str]]:
    """Run unit tests; return what became of each, and tracebacks. What does not end is killed."""
    results = here / "results.json"
    results.unlink(missing_ok=True)
    with default_interrupt():  # one of the tests sends it
        process = subprocess.Popen(
            [*command, str(results), *names], cwd=here, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return {names[-1]: HUNG}, {}
    if not results.exists():
        return {names[-1]: f"exit code {process.returncode}"}, {names[-1]: said.decode(errors="replace")}
    found = json.loads(results.read_text(encoding="utf-8"))
    return found["became"], found["tracebacks"]


def differences(here: Path, name: str) -> list[str]:
    """Return which tests of a class had another result watched than bare, with their tracebacks."""
    alone, _ = ran(here, BARE, name)
    if HUNG in alone.values():
        pytest.skip(f"{name} does not end within {PATIENCE} s bare")
    watched, tracebacks = ran(here, WATCHED, name)
    return [
        f"{test}: {alone.get(test)} bare, {watched.get(test)} watched\n{tracebacks.get(test, '')}"
        for test in sorted(alone.keys() | watched.keys())
        if alone.get(test) != watched.get(test) and ".".join(test.split(".")[-2:]) not in DIFFERENT
    ]


def write_module(here: Path, method: str) -> str:
    """Write the module of all classes under a start method; return its name."""
    module = f"tests_{method}"
    (here / f"{module}.py").write_text(MODULE.format(method), encoding="utf-8")
    return module


@functools.cache
def classes() -> tuple[str, ...]:
    """Return the names of all classes, without the module's; none where this Python comes without them."""
    with tempfile.TemporaryDirectory() as top:
        module = write_module(Path(top), "spawn")
        command = [*BARE, "names.json", "--list", module]
        subprocess.run(command, cwd=top, capture_output=True, check=False, timeout=PATIENCE)
        listed = Path(top, "names.json")
        names = json.loads(listed.read_text(encoding="utf-8")) if listed.exists() else ()
    return tuple(name.rpartition(".")[2] for name in names)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each class where slow tests are run: to ask for their names takes a moment."""
    if "name" in metafunc.fixturenames:
        asked = metafunc.config.getoption("--all") or metafunc.config.getoption("-m")
        none = pytest.param("", marks=pytest.mark.skip(reason="this Python comes without its own tests"))
        metafunc.parametrize("name", (classes() if asked else ()) or [none])


@pytest.mark.slow
@pytest.mark.timeout(2 * TIMES * PATIENCE)
@pytest.mark.skipif(sys.platform == "win32", reason="ends what hangs by its process group")
@pytest.mark.parametrize("method", start_methods())
def test_its_own_tests_have_the_same_results(method: str, name: str, tmp_path: Path) -> None:
    module = write_module(tmp_path, method)
    found: list[str] = []
    for _ in range(TIMES):
        found = differences(tmp_path, f"{module}.{name}")
        if not found:
            return
    pytest.fail("\n".join(found), pytrace=False)
