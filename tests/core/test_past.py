"""What is known of a run's past is the same however it came: together, in portions, late, of many processes at once."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from ipclab import past
from ipclab.past import Line, Past
from ipclab.trace import record
from tests.operated import MS, Made, row

KINDS = {record.SEND: past.SENT, record.RECEIVE: past.RECEIVED, record.PUT: past.PUT, record.ACQUIRE: past.HAD,
         record.RELEASE: past.LET_GO, record.READ: past.READ}  # fmt: skip
THINGS = (5, 7)
QUEUE = 5


def times(line: Line) -> list[int]:
    """Return the moments in a line, in ms."""
    return [line.time(number) // MS for number in range(line.first, line.stop)]


@pytest.mark.parametrize("seed", range(6))
def test_each_line_holds_what_was_done_in_its_order(seed: int) -> None:
    chance = np.random.default_rng(seed)
    made = Made("main", "left", "right")
    made.queue(QUEUE)
    assert made.observation.operations is not None
    known = Past(made.observation.operations)
    done = [(name, *one) for name in made.pids for one in _operations(chance)]
    chance.shuffle(done)
    late: list[tuple[str, int, int, int, int, int]] = []
    counts = dict.fromkeys(made.pids, 0)
    for name, operation, thing, begin, end in done:
        pending = chance.random() < 0.3
        made.did(name, row(operation, begin, 0 if pending else end, thing, line=10, thread=begin % 2 + 1))
        if pending:
            late.append((name, counts[name], operation, thing, begin, end))
        counts[name] += 1
        if chance.random() < 0.2:
            known.follow(int(chance.integers(1, 9)))
        if late and chance.random() < 0.3:
            _complete(made, late.pop(0))
    for one in late:
        _complete(made, one)
    while not known.follow(5):
        pass
    for (operation, kind), thing in product(KINDS.items(), THINGS):
        expected = sorted(begin if operation == record.SEND else end for _, did, at, begin, end in done
                          if (did, at) == (operation, thing))  # fmt: skip
        if kind in (past.SENT, past.RECEIVED):
            assert times(known.line(kind, thing)) == expected
        lanes = [known.line(kind, thing, lane) for lane in known.lanes.get((kind, thing), ())]
        assert sorted(time for line in lanes for time in times(line)) == expected
        for line in lanes:
            assert times(line) == sorted(times(line))
            assert [line.count(time * MS) for time in range(130)] == [
                sum(one <= time for one in times(line)) for time in range(130)
            ]
    written = [begin for _, did, at, begin, _ in done if (did, at) == (record.SEND, QUEUE)]
    feeders = known.lanes[past.WRITTEN, QUEUE]
    assert sorted(t for lane in feeders for t in times(known.line(past.WRITTEN, QUEUE, lane))) == sorted(written)


@pytest.mark.parametrize("seed", range(3))
def test_what_a_process_is_in_is_found_at_any_moment(seed: int) -> None:
    chance = np.random.default_rng(seed)
    made = Made("main", "other")
    assert made.observation.operations is not None
    known = Past(made.observation.operations)
    begins = np.sort(chance.choice(np.arange(1, 100), 20, replace=False))
    ends = [int(chance.integers(begin, until)) + 1 for begin, until in zip(begins, [*begins[1:], 101], strict=True)]
    for begin, end in zip(begins.tolist(), ends, strict=True):
        made.did("other", row(record.RECEIVE, begin, end, 5, line=10))
        if chance.random() < 0.5:
            known.follow(3)
    while not known.follow(3):
        pass
    lane = made.observation.operations.lanes[made.pids["other"]]
    for time in range(102):
        found = [number for number, (begin, end) in enumerate(zip(begins, ends, strict=True)) if begin <= time < end]
        row_of = known.call_of(lane, time * MS)
        assert (row_of is None) == (not found)
        assert row_of is None or row_of == lane.number << 40 | found[-1]


def _operations(chance: np.random.Generator) -> list[tuple[int, int, int, int]]:
    """Return what one process does: operation, thing, begin and end, in ms."""
    return [
        (int(chance.choice(list(KINDS))), int(chance.choice(THINGS)), begin, begin + int(chance.integers(1, 20)))
        for begin in np.sort(chance.integers(1, 100, 30)).tolist()
    ]


def _complete(made: Made, one: tuple[str, int, int, int, int, int]) -> None:
    name, index, operation, thing, begin, end = one
    made.completed(name, index, row(operation, begin, end, thing, line=10, thread=begin % 2 + 1))
