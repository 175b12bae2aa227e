"""CPython's own tests of multiprocessing have the same result watched and bare, test by test.

Some interpreters come without their tests; there is nothing to compare then. The tests of a class run in a process of
their own, bare and by `ipclab run`. A test in which nothing goes on any more is killed and told, and the others of its
class run on without it; one that hangs bare is compared with nothing. A difference counts where it comes three times in
a row, since some of these tests measure time.
"""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from ipclab.engine import start_methods
from tests.plain_programs import default_interrupt
from tests.trace.unit_tests import STARTED

PROGRAM = Path(__file__).with_name("unit_tests.py")
LAB = (sys.executable, "-m", "ipclab_gui", "run", "--python")
PATIENCE = 30  # seconds for one test; the longest takes 9
TIMES = 3
MODULE = """
from test._test_multiprocessing import install_tests_in_module_dict
install_tests_in_module_dict(globals(), {!r})
"""
HUNG = "did not end"
DIFFERENT: dict[str, str] = {}  # class.test, and why hooks may change its result: it looks at what is hooked

Results = dict[str, tuple[str, str]]  # what became of each test, and its traceback


def ran(here: Path, names: Iterable[str], *before: str, python: str = sys.executable) -> Results:
    """Run unit tests; return what became of each. What hangs, or ends its process, is told, and the rest run on.

    Args:
        here: folder of the tests' module, and of what this writes.
        names: of the tests.
        before: what comes before Python.
        python: runs the tests.
    """
    file, became = here / "results", Results()
    left = list(names)
    while left:
        file.unlink(missing_ok=True)
        ended, said = _run([*before, python, str(PROGRAM), str(file), *left], here, file)
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        became |= {name: (how, trace) for name, how, trace in map(json.loads, lines)}
        stuck = [name for name, (how, _) in became.items() if how == STARTED]
        if not stuck:
            return became if ended == "exit code 0" else became | {"the process": (ended, said)}
        became |= dict.fromkeys(stuck, (ended, said))
        left = [name for name in left if name not in became]
    return became


def _run(command: list[str], here: Path, results: Path) -> tuple[str, str]:
    """Run a command as long as it adds to its results; return how it ended, and what was printed."""
    with open(here / "said", "w+b") as said:
        with default_interrupt():  # one of the tests sends it
            process = subprocess.Popen(
                command, cwd=here, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
            )
        before, ended = -1, ""
        while not ended:
            try:
                ended = f"exit code {process.wait(PATIENCE)}"
            except subprocess.TimeoutExpired:
                size = results.stat().st_size if results.exists() else 0
                if size == before:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
                    ended = HUNG
                before = size
        said.seek(0)
        return ended, said.read().decode(errors="replace")


def compared(here: Path, names: Iterable[str], python: str = sys.executable) -> tuple[list[str], list[str]]:
    """Return which tests had another result watched than bare, with their tracebacks, and which hung bare."""
    alone = ran(here, names, python=python)
    hung = [name for name, (how, _) in alone.items() if how == HUNG]
    watched = ran(here, [name for name in names if name not in hung], *LAB, python=python)
    none = ("no result", "")
    return [
        f"{test}: {alone.get(test, none)[0]} bare, {watched.get(test, none)[0]} watched\n{watched.get(test, none)[1]}"
        for test in sorted(alone.keys() | watched.keys())
        if alone.get(test, none)[0] != watched.get(test, none)[0]
        and test not in hung
        and ".".join(test.split(".")[-2:]) not in DIFFERENT
    ], hung


def write_module(here: Path, method: str) -> str:
    """Write the module of all classes under a start method; return its name."""
    module = f"tests_{method}"
    (here / f"{module}.py").write_text(MODULE.format(method), encoding="utf-8")
    return module


@functools.cache
def classes(python: str = sys.executable) -> dict[str, list[str]]:
    """Return the names of each class's tests; of none where this Python comes without them."""
    with tempfile.TemporaryDirectory() as top:
        module = write_module(Path(top), "spawn")
        command = [python, str(PROGRAM), "names", "--list", module]
        subprocess.run(command, cwd=top, capture_output=True, check=False, timeout=PATIENCE)
        listed = Path(top, "names")
        names = json.loads(listed.read_text(encoding="utf-8")) if listed.exists() else ()
    found: dict[str, list[str]] = {}
    for name in names:
        _, cls, test = name.rsplit(".", 2)
        found.setdefault(cls, []).append(test)
    return found


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each class where slow tests are run: to ask for their names takes a moment."""
    if "name" in metafunc.fixturenames:
        asked = metafunc.config.getoption("--all") or metafunc.config.getoption("-m")
        none = pytest.param("", marks=pytest.mark.skip(reason="this Python comes without its own tests"))
        metafunc.parametrize("name", (list(classes()) if asked else []) or [none])


@pytest.mark.slow
@pytest.mark.timeout(900)  # s; one that hangs bare takes PATIENCE to twice that each time
@pytest.mark.skipif(sys.platform == "win32", reason="ends what hangs by its process group")
@pytest.mark.parametrize("method", start_methods())
def test_its_own_tests_have_the_same_results(method: str, name: str, tmp_path: Path) -> None:
    module = write_module(tmp_path, method)
    names = [f"{module}.{name}.{test}" for test in classes()[name]]
    found, hung = compared(tmp_path, names)
    for _ in range(TIMES - 1):
        if not found:
            break
        found, hung = compared(tmp_path, names)
    if found:
        pytest.fail("\n".join(found), pytrace=False)
    if hung:
        pytest.skip(f"all others are the same, but these do not end bare: {', '.join(hung)}")
