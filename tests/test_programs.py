"""Plain programs: those that the lab gives away do what the tutorial says, and those of other people still work.

Each runs as it is, in a Python of its own; the start method comes from outside, by a `sitecustomize` on its path.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from ipclab.catalog import experiments
from ipclab_resources import FOLDER, program_of
from tests.plain_programs import CUSTOM, METHODS, OWN, STARTED_BY, Program, is_woven_of, programs
from tests.plain_programs import FOLDER as OTHERS

OURS = sorted((FOLDER / "programs").glob("*.py"))
SAMPLE = {
    "as_module", "binary_on_stdout", "catches_ctrl_c", "forks_by_itself", "is_killed", "own_start_methods", "pool_maps",
    "reads_stdin",
}  # run by the plain test command; the others by --all  # fmt: skip
RECORDS = [("Sam", 10), ("Adam", 9), ("Kevin", 9), ("Jeff", 8)]

Run = Callable[[Path, str], subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "sitecustomize.py").write_text(CUSTOM, encoding="utf-8")

    def started(program: Path, method: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", str(program)], cwd=tmp_path, capture_output=True, text=True, timeout=60,
            check=False, env={**os.environ, "PYTHONPATH": str(tmp_path), STARTED_BY: method},
        )  # fmt: skip

    return started


def imported(tree: ast.Module) -> set[str]:
    """Return the packages that a module imports; not those beside it, by a dot."""
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and not node.level} | {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    return {module.partition(".")[0] for module in modules}


def of(lines: list[str], first: str) -> list[str]:
    return [line.removeprefix(first) for line in lines if line.startswith(first)]


def s1(lines: list[str]) -> None:
    assert sorted(lines) == ["result in p1: [1, 4, 9, 16]", "result in the main program: []"]


def s2(lines: list[str]) -> None:
    places = ("p1", "the main program")
    assert sorted(lines) == sorted(
        line for place in places for line in (f"result in {place}: [1, 4, 9, 16]", f"square_sum in {place}: 30")
    )


def s3(lines: list[str]) -> None:
    assert lines[0] == "New record added!"
    assert list(zip(of(lines, "Name: "), map(int, of(lines, "Score: ")), strict=True)) == RECORDS


def s4(lines: list[str]) -> None:
    assert lines == ["The client added a record.", f"The server holds {RECORDS}"]


def s5(lines: list[str]) -> None:
    assert lines == ["1", "4", "9", "16", "Queue is now empty!"]


def s6(lines: list[str]) -> None:
    assert of(lines, "Sent: ") == ["hello", "hey", "hru?", "END"]
    assert of(lines, "Received: ") == ["hello", "hey", "hru?"]
    assert len(lines) == 7


def s7(lines: list[str]) -> None:
    (line,) = lines
    assert re.fullmatch(r"Corrupted after \d+ whole messages\.|Corruption was not shown in 400 messages: .*", line)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("program", OURS, ids=lambda file: file.stem)
def test_a_plain_program_prints_what_the_tutorial_says(run: Run, program: Path, method: str) -> None:
    ran = run(program, method)
    assert (ran.returncode, ran.stderr) == (0, "")
    globals()[program.stem[:2]]([line for line in ran.stdout.splitlines() if line])


def test_each_step_of_the_tutorial_has_a_plain_program_and_an_experiment() -> None:
    assert [file.stem[:2] for file in OURS] == ["s1", "s2", "s3", "s4", "s5", "s6", "s7"]
    assert {program_of(one.stem) for one in experiments()} - {None} == set(OURS)


@pytest.mark.parametrize("program", OURS, ids=lambda file: file.stem)
def test_a_plain_program_is_short_and_needs_nothing_but_the_standard_library(program: Path) -> None:
    source = program.read_text(encoding="utf-8")
    assert 15 <= len(source.splitlines()) <= 40
    assert imported(ast.parse(source)) <= sys.stdlib_module_names
    assert program.stem not in sys.stdlib_module_names


# --------------------------------------------------------------------------------- as other people write them


def runs() -> list[ParameterSet]:
    """Return each program under each start method that it works under."""
    return [
        pytest.param(
            program, method, marks=() if program.name in SAMPLE else pytest.mark.slow, id=f"{program.name}-{method}"
        )
        for program in programs()
        for method in program.methods
    ]


@pytest.mark.skipif(os.name != "posix", reason="the programs use signals and fork")
@pytest.mark.parametrize(("program", "method"), runs())
def test_a_program_of_other_people_does_what_it_is_expected_to(program: Program, method: str) -> None:
    ran = program.run(method)
    stderr = ran.stderr.decode()
    assert ran.exit == program.exit, stderr
    assert is_woven_of(ran.stdout.splitlines(keepends=True), program.streams), ran.stdout
    for text in program.fields.get("stderr", []):
        assert text in stderr
    assert bool(stderr) == ("stderr" in program.fields), stderr
    assert ran.files == program.field("files").split()


def test_every_program_has_what_it_is_expected_to_print_and_the_sample_exists() -> None:
    names = {program.name for program in programs()}
    assert {file.stem for file in OTHERS.glob("*.expected")} == names
    assert names >= SAMPLE


@pytest.mark.parametrize("program", programs(), ids=lambda program: program.name)
def test_a_program_of_other_people_is_plain(program: Program) -> None:
    """It says what it is and whether it sets its own start method; it knows nothing of the lab."""
    first = program.documentation.partition("\n\n")[0]
    assert first.endswith(".")
    assert ("Sets its own start method" in first) == (program.field("start") == OWN)
    known = {"start", "arguments", "stdin", "signal", "exit", "stderr", "files"}
    assert set(re.findall(r"^([a-z]+): ", program.documentation, re.MULTILINE)) <= known
    files = [program.path] if program.path.is_file() else list(program.path.glob("*.py"))
    own = {file.stem for file in files} | {program.name}
    for file in files:
        source = file.read_text(encoding="utf-8")
        assert imported(ast.parse(source)) <= sys.stdlib_module_names | own
        assert "print(id(" not in source and "getpid())" not in source.replace("os.kill(os.getpid()", "")


def test_lines_are_woven_of_streams_or_not() -> None:
    a, b, c = b"a\n", b"b\n", b"c\n"
    assert is_woven_of([a, b, c], [[a, c], [b]])
    assert is_woven_of([a, b, a, c], [[a, c], [a, b]])
    assert is_woven_of([], [[]])
    assert not is_woven_of([c, a, b], [[a, c], [b]])
    assert not is_woven_of([a, b], [[a, c], [b]])
    assert not is_woven_of([a, b, c, c], [[a, c], [b]])
