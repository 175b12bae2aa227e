"""What processes print: each line with the time at which its process wrote it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ipclab.recorder import STAMP_PLACES, LifeFile
from ipclab.runner.reading import STAMPS_IN_DANGER, LifeReader, OutputReader
from ipclab.runner.roster import Member
from tests.running import START_METHODS, run_experiment


class Written:
    """A process's life and output file, as the runner finds them."""

    def __init__(self, folder: Path) -> None:
        self.life = LifeFile(str(folder), 0)
        self.file = Path(self.life.path + ".out")
        self.file.touch()
        owner = Member(0, os.getpid())
        owner.life = LifeReader(self.life.path + ".life")
        self.output = OutputReader(str(self.file), owner, "stdout")

    def write(self, text: str, when: float | None) -> None:
        with open(self.file, "a") as file:
            file.write(text)
        if when is not None:
            self.life.stamp(1, self.file.stat().st_size, round(when * 1e9))


@pytest.fixture
def written(tmp_path: Path) -> Any:
    one = Written(tmp_path)
    yield one
    one.output.close()
    vars(one).clear()  # the mapped files go with their last owner


def test_a_line_has_the_time_at_which_it_was_written(written: Written) -> None:
    for number in range(5):
        written.write(f"{number}\n", 1 + number / 10)
    written.output.look(9.0)
    assert written.output.take(1_000) == [(1 + number / 10, str(number)) for number in range(5)]


def test_what_nobody_stamped_has_the_time_at_which_it_was_seen(written: Written) -> None:
    written.write("stamped\n", 1.0)
    written.write("by a library\n", None)
    written.output.look(2.0)
    written.write("again by one\n", None)
    written.output.look(3.0)
    assert [when for when, _ in written.output.take(1_000)] == [1.0, 2.0, 3.0]


def test_a_line_in_pieces_has_the_time_of_its_last(written: Written) -> None:
    written.write("a li", 1.0)
    written.output.look(1.5)
    written.write("ne\n", 2.0)
    written.output.look(2.5)
    assert written.output.take(1_000) == [(2.0, "a line")]


def test_lines_keep_their_order_where_a_write_came_long_after_its_time_was_taken(written: Written) -> None:
    written.write("seen before it was stamped\n", None)
    written.output.look(2.0)
    written.write("written late\n", 1.9)
    written.output.look(2.1)
    assert written.output.take(1_000) == [(2.0, "seen before it was stamped"), (2.0, "written late")]


def test_stamps_that_gave_way_cost_only_precision(written: Written) -> None:
    for number in range(STAMP_PLACES + 100):
        written.write(f"{number}\n", number / 1000)
    written.output.look(99.0)
    lines = written.output.take(100_000)
    assert [text for _, text in lines] == [str(number) for number in range(STAMP_PLACES + 100)]
    first = 100 + STAMPS_IN_DANGER
    assert [when for when, _ in lines[first:]] == [number / 1000 for number in range(first, STAMP_PLACES + 100)]
    assert {when for when, _ in lines[:first]} == {first / 1000}


@pytest.mark.parametrize("start_method", START_METHODS)
def test_lines_of_one_process_have_times_of_their_own(start_method: str) -> None:
    messages = tuple(f"message {number}" for number in range(50))
    ran = run_experiment("pipe", start_method=start_method, messages=messages)
    for process in ("sender", "receiver"):
        ident = ran.processes[process].id
        times = [line.seconds for line in ran.observation.lines if line.process == ident]
        assert times == sorted(times)
        assert len(set(times)) > len(messages) / 2  # a line that is seen before it is stamped shares its time


SAID = """
import os, sys
from ipclab import outputs
noted = []
outputs.write_by_line(lambda *about: noted.append(about))
print("a", "b"); print("c", file=sys.stderr)
sys.stdout.write("no end"); sys.stdout.flush()
assert sys.stdout is sys.__stdout__ and sys.stdout.name == "<stdout>" and sys.stdout.mode == "w", sys.stdout
assert sys.stderr.errors == "backslashreplace" and sys.stdout.encoding == "utf-8"
assert not sys.stdout.isatty() and sys.stdout.fileno() == 1
with open(sys.argv[1], "w") as file:
    file.write(repr([(one, end) for one, end, _ in noted]))
"""


@pytest.mark.parametrize("into", ["file", "pipe"])
def test_standard_streams_are_as_python_makes_them(tmp_path: Path, into: str) -> None:
    core = str(Path(__file__).parents[2] / "core")
    with open(tmp_path / "out", "ab") as out:
        ran = subprocess.run(
            [sys.executable, "-W", "error", "-X", "dev", "-c", SAID, str(tmp_path / "noted")],
            stdout=out if into == "file" else subprocess.PIPE, stderr=subprocess.PIPE, check=False,
            env={**os.environ, "PYTHONPATH": core}, timeout=30,
        )  # fmt: skip
    said = (tmp_path / "out").read_bytes() if into == "file" else ran.stdout
    assert (ran.returncode, ran.stderr, said) == (0, b"c\n", b"a b\nno end")
    assert (tmp_path / "noted").read_text() == (repr([(1, 4), (1, 10)]) if into == "file" else "[]")
