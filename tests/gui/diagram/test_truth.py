"""Real watched runs of every experiment: what is drawn at any moment is what its processes had done by then.

The truth is found by going through all operations one after the other, which needs none of what the diagram is made by.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from ipclab.observation import Observation
from ipclab.outlines import outlines
from ipclab.trace import record
from ipclab_gui.diagram.figures import Lock, Process, Queue, Tube
from ipclab_gui.panels.diagram import DiagramPanel
from tests.gui.diagram.conftest import Run
from tests.gui.diagram.drawn import show

MOMENTS = 200
SMALL: dict[str, dict[str, Any]] = {
    "lost-updates": {"workers": 3, "increments": 300},
    "torn-reads": {"rounds": 2},
    "shared-block": {"count": 60},
    "queue": {"traffic": "stream", "count": 300, "end": "END message", "maxsize": 20, "get_rate": 500.0,
              "start_consumers": "with the producers"},
    "two-at-one-end": {"duration": 0.2, "payload_size": 4000, "way": "Lock"},
    "deadlock": {"kind": "opposite lock order", "patience": 0.3, "goes_wrong_after": 10},
}  # fmt: skip
NAMES = [outline.name for outline in outlines()]


class Did(NamedTuple):
    """One operation of a person's code or of multiprocessing's."""

    pid: int
    operation: int
    thing: int
    begin: int
    end: int
    flags: int


def operations(observation: Observation) -> Iterator[Did]:
    """Yield all of them."""
    assert observation.operations is not None
    for lane in observation.operations.by_number:
        for number in range(lane.dropped, lane.dropped + lane.count):
            one = lane.operation(number)
            if one is not None:
                yield Did(lane.pid, one.operation, one.thing, one.begin, one.end, one.flags)


def failed(one: Did) -> bool:
    return bool(one.flags & (record.ERROR | record.FAILED))


def inside(done: list[Did], end: int, read_at: int, time: int, *, queue: bool) -> int:
    """Return how many messages were in a channel, counted one by one."""
    into = record.PUT if queue else record.SEND
    count = 0
    for one in done:
        if failed(one):
            continue
        if one.thing == end and one.operation == into:
            count += (0 < one.end <= time) if queue else one.begin <= time
        elif one.thing == read_at and one.operation == record.RECEIVE:
            count -= 0 < one.end <= time
    return count


def holders(done: list[Did], number: int, time: int) -> Counter[int]:
    """Return by pid how often each has a lock."""
    held: Counter[int] = Counter()
    for one in sorted((one for one in done if one.thing == number and 0 < one.end <= time), key=lambda one: one.end):
        if one.operation == record.ACQUIRE and not failed(one):
            held[one.pid] += 1
        elif one.operation == record.RELEASE and not failed(one):
            held[one.pid] -= 1
    return +held


@pytest.mark.parametrize("name", NAMES)
def test_at_random_moments_it_is_drawn_as_it_was(panel: DiagramPanel, run: Run, name: str) -> None:
    observation = run(name, **SMALL.get(name, {}))
    assert observation.operations is not None
    assert observation.operations.unrecorded == 0
    show(panel, observation)
    done = list(operations(observation))
    moments = panel.showing.moments
    assert moments is not None
    until = round(observation.time * 1e9)
    pids = {one.name: one.pid for one in observation.processes.values()}
    chance = random.Random(7)
    looked = Counter[str]()
    for _ in range(MOMENTS):
        time = chance.randrange(until)
        panel.time_cursor.set(time)
        picture = panel.board.picture
        assert [one.name for one in picture.processes] == list(pids)
        told = moments.at(time)
        for channel in told.channels:
            figure = picture.find(channel.name)
            for way in channel.ways:
                other = observation.operations.ends.get(way.end, way.end)
                expected = inside(done, way.end, other, time, queue=channel.kind == "queue")
                if isinstance(figure, Queue):
                    assert figure.stream.inside == expected, (time, channel.name)
                    assert len(figure.stream.texts) == min(8, expected)
                    looked["elements"] += expected
                else:
                    assert isinstance(figure, Tube)
                    drawn = [one.inside for one in (figure.rightward, figure.leftward) if one is not None]
                    assert expected in drawn or expected == 0, (time, channel.name)
        for lock in told.locks:
            held = holders(done, lock.number, time)
            figure = picture.find(lock.name)
            assert isinstance(figure, Lock)
            if lock.made in ("Lock", "RLock"):
                assert figure.held == bool(held)
                assert set(lock.holders) == set(held)
                looked["holders"] += len(held)
        for one in picture.processes:
            running = observation.processes[list(pids).index(one.name)]
            if time < round(running.started * 1e9):
                assert one.state == "not started"
            elif not running.alive and time >= round(running.since * 1e9):
                assert one.state == running.state
    if name == "queue":
        assert looked["elements"] > MOMENTS
    if name in ("deadlock", "two-at-one-end"):
        assert looked["holders"] > 5


def test_the_elements_of_the_tutorials_queue_are_its_squares(panel: DiagramPanel, run: Run) -> None:
    show(panel, run("queue"))
    moments = panel.showing.moments
    assert moments is not None
    seen: set[tuple[str, ...]] = set()
    time = -1
    while (following := moments.past.next_call(time)) is not None:
        time = following
        panel.time_cursor.set(time)
        queue = panel.board.picture.find("Queue 1")
        assert isinstance(queue, Queue)
        seen.add(queue.stream.texts)
    squares = ("1", "4", "9", "16")
    assert ("1", "4", "9", "16") in seen
    assert all(squares[squares.index(texts[0]) :][: len(texts)] == texts for texts in seen if texts)


def test_the_killed_of_a_deadlock_keep_what_they_were_in(panel: DiagramPanel, run: Run) -> None:
    board = show(panel, run("deadlock", kind="both receive first", patience=0.2, goes_wrong_after=5, count=20))
    left = board.picture.find("process left")
    assert isinstance(left, Process)
    assert left.state == "killed"
    assert left.foot is not None
    assert left.foot.text == "was in recv()"


def test_sixteen_workers_are_one_stack(panel: DiagramPanel, run: Run) -> None:
    board = show(panel, run("lost-updates", workers=16, increments=20))
    assert [(one.name, one.count) for one in board.picture.processes] == [("main", 1), ("worker", 16)]
