"""A package's stand-in for `python -c` and `python program.py`, tried in a Python; tests/packaging has the package."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from ipclab import worker_python

WORKER = f"""
import sys
sys.frozen = True
sys.path[:0] = {sys.path!r}
from ipclab import worker_python
worker_python.interpret(sys.argv[1:])
"""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run what comes before the words, then the words."""
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, timeout=30, check=False)


def does_the_same(worker: subprocess.CompletedProcess[str], python: subprocess.CompletedProcess[str]) -> None:
    """Check that two have printed the same and ended alike."""
    assert (worker.returncode, worker.stdout, worker.stderr) == (python.returncode, python.stdout, python.stderr)


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
    words = ("-c", program, "one", "-c", "two")
    does_the_same(run("-I", "-c", WORKER, "-I", "-P", *words), run("-I", *words))


def test_ctrl_c_ends_it_with_its_code() -> None:
    assert run("-c", WORKER, "-c", "raise KeyboardInterrupt").returncode == worker_python.INTERRUPTED


@pytest.mark.parametrize("words", [(), ("-c",), ("--help",)], ids=str)
def test_a_person_who_starts_it_is_told_what_to_start(words: tuple[str, ...]) -> None:
    done = run("-c", WORKER, *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "ipclab-worker runs IPC Lab's processes; start ipclab instead.\n"


SHOWS = """
import sys, __main__
from pathlib import Path
print(__name__, __file__, __spec__, __package__, sys.argv, sys.path[0] == str(Path(__file__).resolve().parent))
x = 1
print(__main__.x, "annotations" in globals(), int.__class__)
def f(a: int): ...
print(f.__annotations__)
"""
FILES = [
    pytest.param(SHOWS, id="what it can see of itself"),
    pytest.param("import sys; print(sys.argv); sys.exit(3)", id="an exit code"),
    pytest.param("print('so far')\ndef f():\n    1 / 0\nf()", id="an exception"),
    pytest.param("print('so far'\n", id="an error of syntax"),
    pytest.param("# coding: latin-1\nprint('\xe9')", id="an encoding of its own"),
    pytest.param("import neighbour; print(neighbour.x)", id="a module beside it"),
    pytest.param("import pickle, queue; print(pickle.loads(pickle.dumps(queue.Full)))", id="a module of its own name"),
]


@pytest.mark.parametrize("text", FILES)
def test_a_persons_program_runs_as_python_runs_it(text: str, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(text, encoding="latin-1")
    (tmp_path / "neighbour.py").write_text("x = 7", encoding="utf-8")
    (tmp_path / "queue.py").write_text("class Full: pass", encoding="utf-8")
    words = (str(program), "one", "-c", "two")
    does_the_same(run("-I", "-c", WORKER, *words), run(*words))


def test_a_folder_an_archive_and_a_module_run_as_python_runs_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "__main__.py").write_text("import sys; print(__name__, sys.argv, sys.path[0])", encoding="utf-8")
    with zipfile.ZipFile(tmp_path / "archive.pyz", "w") as archive:
        archive.write(folder / "__main__.py", "__main__.py")
    (tmp_path / "module.py").write_text("import sys; print(__spec__.name, sys.argv[1:])", encoding="utf-8")
    for words in (("folder", "x"), ("archive.pyz", "x"), ("-m", "module", "x"), ("-m", "folder", "x")):
        as_python, as_worker = run(*words), run("-I", "-c", WORKER, *words)
        assert (as_worker.returncode, as_worker.stdout) == (0, as_python.stdout), as_worker.stderr
        assert as_python.stdout


def test_its_path_is_followed_after_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "program.py"
    program.write_text("import sys; print(sys.path[:3])", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["/one", "/two"]))
    told = run("-I", "-c", WORKER, str(program)).stdout
    assert told == f"{[str(tmp_path), '/one', '/two']}\n"
