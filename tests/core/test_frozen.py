"""A package's stand-in for `python -c`, tried here in a Python; tests/packaging has it in a package."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ipclab import frozen

WORKER = f"""
import sys
sys.frozen = True
sys.path[:0] = {sys.path!r}
from ipclab import frozen
frozen.interpret(sys.argv[1:])
"""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run what comes before the words, then the words."""
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=30, check=False)


PROGRAMS = [
    pytest.param("import sys; print(sys.argv, hasattr(sys, 'frozen'))", id="its words"),
    pytest.param("print(__name__, '__file__' in globals(), __spec__)", id="its globals"),
    pytest.param("import __main__; x = 1; print(__main__.x)", id="itself as a module"),
    pytest.param("import sys; sys.exit(7)", id="an exit code"),
    pytest.param("import sys; sys.exit('enough')", id="an exit with words"),
    pytest.param("print('so far')\n1 / 0", id="an exception"),
    pytest.param("import atexit; atexit.register(print, 'bye')", id="what runs at its exit"),
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_runs_as_python_runs_it(program: str) -> None:
    # What comes after the program is not Python's, a second -c neither.
    as_python = run("-I", "-c", program, "one", "-c", "two")
    as_worker = run("-I", "-c", WORKER, "-I", "-P", "-c", program, "one", "-c", "two")
    assert as_worker.returncode == as_python.returncode
    assert as_worker.stdout == as_python.stdout
    assert as_worker.stderr == as_python.stderr


def test_ctrl_c_ends_it_with_its_code() -> None:
    assert run("-c", WORKER, "-c", "raise KeyboardInterrupt").returncode == frozen.INTERRUPTED


@pytest.mark.parametrize("words", [(), ("-c",), ("--help",)], ids=str)
def test_a_person_who_starts_it_is_told_what_to_start(words: tuple[str, ...]) -> None:
    done = run("-c", WORKER, *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "ipclab-worker runs IPC Lab's processes; start ipclab instead.\n"


def test_from_source_this_python_is_started() -> None:
    assert frozen.python() == sys.executable


def test_in_a_package_what_lies_beside_the_application_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", os.path.join("opt", "ipclab", "ipclab"))
    assert os.path.splitext(frozen.python())[0] == os.path.join("opt", "ipclab", "ipclab-worker")


@pytest.mark.parametrize(
    ("packed", "found", "original", "left"),
    [
        pytest.param(True, "/opt/ipclab/_internal", "/home/me/lib", "/home/me/lib", id="the person's own"),
        pytest.param(True, "/opt/ipclab/_internal", None, None, id="none"),
        pytest.param(False, "/home/me/lib", None, "/home/me/lib", id="from source"),
    ],
)
def test_what_an_application_starts_gets_the_persons_own_libraries(
    monkeypatch: pytest.MonkeyPatch, packed: bool, found: str, original: str | None, left: str | None
) -> None:
    monkeypatch.setattr(sys, "frozen", packed, raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH", found)
    monkeypatch.delenv("LD_LIBRARY_PATH_ORIG", raising=False)
    if original is not None:
        monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", original)
    frozen.give_back()
    asked = "import os; print(os.environ.get('LD_LIBRARY_PATH'), os.environ.get('LD_LIBRARY_PATH_ORIG'))"
    assert run("-c", asked).stdout.split() == [str(left), "None"]
