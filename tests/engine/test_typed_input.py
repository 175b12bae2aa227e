"""What a person types for a program of their own: what its stdin gets, and what is shown of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ipclab import engine
from tests.engine.conftest import Driven

Begin = Callable[[str], Driven]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Return a function that runs a program that is typed for; it is gone after the test."""
    runs: list[engine.Run] = []

    def begun(text: str) -> Driven:
        path = tmp_path / "asks.py"
        path.write_text(text)
        program = engine.Program(sys.executable, (str(path),), by_line=True, typed=True, folder=str(tmp_path))
        run = engine.start(engine.Request("asks.py", program=program))
        runs.append(run)
        return Driven(run)

    yield begun
    for run in runs:
        run.kill()
        run.end()


def lines(driven: Driven) -> list[tuple[str, str]]:
    return [(line.stream, line.text) for line in driven.seen.lines]


def findings(driven: Driven) -> list[str]:
    return [finding.text for finding in driven.seen.findings.values()]


def test_a_question_is_known_before_it_is_answered_and_stands_before_its_answer(begin: Begin) -> None:
    run = begin("name = input('Your name? ')\nprint('Hello', name)\n")
    run.until(lambda seen: seen.asks == "Your name? ")
    assert lines(run) == []
    run.run.type("Zoë")
    assert run.finish().status == "done"
    assert lines(run) == [("stdout", "Your name? "), ("stdin", "Zoë"), ("stdout", "Hello Zoë")]
    assert run.seen.asks == ""


def test_while_it_is_asked_the_main_program_is_running(begin: Begin) -> None:
    run = begin("input('Go on? ')\n")
    run.until(lambda seen: seen.asks == "Go on? ")
    assert [(one.name, one.state) for one in run.seen.processes.values()] == [("main", "running")]
    run.run.end_input()
    run.finish()


def test_the_end_of_input_is_one_for_the_program(begin: Begin) -> None:
    run = begin("import sys\nprint(sys.stdin.isatty(), [line for line in sys.stdin])\n")
    run.run.type("one")
    run.run.type("")
    run.run.end_input()
    run.run.type("too late")
    assert run.finish().status == "done"
    assert lines(run) == [("stdin", "one"), ("stdin", ""), ("stdout", r"False ['one\n', '\n']")]


def test_a_program_that_does_not_read_keeps_nobody_waiting_and_gets_all_once_it_does(begin: Begin) -> None:
    run = begin(
        "import os, sys, time\nprint('ready')\n"
        "while not os.path.exists('go'): time.sleep(0.01)\n"
        "print(sum(map(len, sys.stdin)), sys.stdin.readline() == '')\n"
    )
    run.until(lambda seen: seen.lines)
    long = "x" * 99_999  # a pipe holds 65 536 bytes
    for _ in range(10):
        run.run.type(long)
    run.run.end_input()
    run.until(lambda seen: sum(line.stream == "stdin" for line in seen.lines) == 10)
    program = run.run.request.program
    assert program is not None
    (Path(program.folder) / "go").touch()
    assert run.finish().status == "done"
    assert lines(run)[-1] == ("stdout", "1000000 True")


def test_a_program_that_closes_its_stdin_or_ends_takes_nothing_and_nobody_minds(begin: Begin) -> None:
    run = begin("import os, sys, time\nos.close(0)\nprint('shut')\nwhile not os.path.exists('go'): time.sleep(0.01)\n")
    run.until(lambda seen: seen.lines)
    run.run.type("into the void")
    run.until(lambda seen: len(seen.lines) == 2)
    run.run.type("again")
    program = run.run.request.program
    assert program is not None
    (Path(program.folder) / "go").touch()
    assert run.finish().status == "done"
    assert findings(run) == ["The program ended without reading the last 2 lines of its input."]


@pytest.mark.parametrize(
    ("typed", "left"),
    [
        pytest.param(["Ada"], [], id="all of it read"),
        pytest.param(
            ["Ada", "too much"],
            ["The program ended without reading the last line of its input."],
            id="one line too many",
        ),
        pytest.param(
            ["Ada", *["x" * 99_999] * 2],
            ["The program ended without reading the last 2 lines of its input."],
            id="more than a pipe holds",
        ),
    ],
)
@pytest.mark.parametrize("ends", [False, True], ids=["open", "ended"])
def test_what_is_typed_and_never_read_is_told(begin: Begin, typed: list[str], left: list[str], ends: bool) -> None:
    run = begin("import os, time\nprint(input())\nwhile not os.path.exists('go'): time.sleep(0.01)\n")
    run.run.type(typed[0])
    run.until(lambda seen: any(line.stream == "stdout" for line in seen.lines))  # by now Python's buffer is empty
    for line in typed[1:]:
        run.run.type(line)
    if ends:
        run.run.end_input()
    run.until(lambda seen: sum(line.stream == "stdin" for line in seen.lines) == len(typed))
    program = run.run.request.program
    assert program is not None
    (Path(program.folder) / "go").touch()
    assert run.finish().status == "done"
    assert findings(run) == left


def test_what_a_stopped_program_has_not_read_is_told(begin: Begin) -> None:
    run = begin("import time\nprint('here')\ntime.sleep(600)\n")
    run.until(lambda seen: seen.lines)
    run.run.type("for nobody")
    run.until(lambda seen: len(seen.lines) == 2)
    run.run.stop()
    assert run.finish().status == "stopped"
    assert findings(run) == ["The program ended without reading the last line of its input."]


def test_a_program_is_started_in_its_folder(begin: Begin, tmp_path: Path) -> None:
    run = begin("import os\nprint(os.getcwd())\n")
    run.finish()
    assert lines(run) == [("stdout", str(tmp_path))]


def test_a_line_that_is_too_long_is_refused(begin: Begin) -> None:
    run = begin("print(len(input()))\n")
    with pytest.raises(ValueError, match="at most 262144 bytes, not 262151"):
        run.run.type("x" * 2**18)
    run.run.type("")
    run.finish()
