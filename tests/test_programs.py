"""Plain programs: those that the lab gives away do what the tutorial says, and those of other people still work.

Each runs as it is, in a Python of its own; the start method comes from outside, by a `sitecustomize` on its path.
"""

from __future__ import annotations

import ast
import multiprocessing
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ipclab.catalog import experiments
from ipclab_resources import FOLDER, program_of

OURS = sorted((FOLDER / "programs").glob("*.py"))
OTHERS = sorted((Path(__file__).parent / "programs").glob("*.py"))
METHODS = multiprocessing.get_all_start_methods()
CUSTOM = """
import multiprocessing, os
multiprocessing.set_start_method(os.environ["START_METHOD"])
"""
RECORDS = [("Sam", 10), ("Adam", 9), ("Kevin", 9), ("Jeff", 8)]

Run = Callable[[Path, str], subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    (tmp_path / "sitecustomize.py").write_text(CUSTOM, encoding="utf-8")

    def started(program: Path, method: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-W", "error", str(program)], cwd=tmp_path, capture_output=True, text=True, timeout=60,
            check=False, env={**os.environ, "PYTHONPATH": str(tmp_path), "START_METHOD": method},
        )  # fmt: skip

    return started


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
    tree = ast.parse(source)
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} | {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    assert {module.partition(".")[0] for module in modules} <= sys.stdlib_module_names
    assert program.stem not in sys.stdlib_module_names


@pytest.mark.slow
@pytest.mark.parametrize("program", OTHERS, ids=lambda file: file.stem)
def test_other_peoples_programs_print_the_same_lines_under_every_start_method(run: Run, program: Path) -> None:
    printed = {}
    for method in METHODS:
        ran = run(program, method)
        assert ran.returncode == 0, ran.stderr
        printed[method] = sorted(ran.stdout.replace("\r", "\n").splitlines())
    assert len({str(lines) for lines in printed.values()}) == 1
