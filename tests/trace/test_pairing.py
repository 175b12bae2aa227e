"""Every receive is paired with the send whose message it got, whoever wrote and read, under every start method."""

from __future__ import annotations

import pytest

from ipclab.engine import Observation, start_methods
from ipclab.trace import record
from tests.trace.conftest import Watch

KINDS = ("Queue", "SimpleQueue", "JoinableQueue", "Pipe", "duplex")
COUNT = 200


def sent_by(observation: Observation) -> dict[tuple[int, int], str]:
    """Return who sent what, from the order of a producer's own writes: "p1:17" by lane and row."""
    found = {}
    for process in observation.processes.values():
        if process.name.startswith("p"):
            lane = _operations(observation).lanes[process.pid]
            rows = [row for row in range(lane.count) if lane["word"][row] >> 8 == record.SEND]
            for number, row in enumerate(rows):
                found[lane.number, row] = f"{process.name}:{number}"
    return found


def taken_by(observation: Observation) -> dict[tuple[int, int], str]:
    """Return who took what, from what the consumers have printed: by lane and row."""
    found = {}
    for ident, process in observation.processes.items():
        if process.name.startswith("c"):
            lane = _operations(observation).lanes[process.pid]
            printed = [line.text for line in observation.lines if line.process == ident and line.stream == "stdout"]
            rows = [row for row in range(lane.count) if lane["word"][row] >> 8 == record.RECEIVE]
            for text, row in zip((text for text in printed if text), rows, strict=False):
                found[lane.number, row] = text
    return found


def _operations(observation: Observation):  # type: ignore[no-untyped-def]
    assert observation.operations is not None
    return observation.operations


def check(observation: Observation, messages: int) -> None:
    """Compare every pair with the truth."""
    operations = _operations(observation)
    assert operations.unrecorded == 0
    sent, taken = sent_by(observation), taken_by(observation)
    assert len(taken) == messages
    wrong = []
    for (number, row), text in taken.items():
        partner = int(operations.by_number[number]["partner"][row])
        if partner < 0 or sent.get((partner >> 40, partner & (2**40 - 1))) != text:
            wrong.append(text)
    assert wrong == []


@pytest.mark.parametrize("method", start_methods())
@pytest.mark.parametrize("kind", KINDS)
def test_two_producers_and_two_consumers(watch: Watch, kind: str, method: str) -> None:
    observation = watch("exchange", method, kind=kind, producers=2, consumers=2, count=COUNT)
    check(observation, 2 * COUNT)


@pytest.mark.slow
@pytest.mark.parametrize("method", start_methods())
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("many", [1, 4])
def test_one_and_four_at_each_end(watch: Watch, kind: str, many: int, method: str) -> None:
    observation = watch("exchange", method, kind=kind, producers=many, consumers=many, count=COUNT)
    check(observation, many * COUNT)


@pytest.mark.parametrize("method", start_methods())
def test_writers_without_a_lock_whose_messages_say_whose_they_are(watch: Watch, method: str) -> None:
    observation = watch("exchange", method, kind="Pipe", producers=4, locked=False, telling=True, count=COUNT)
    check(observation, 4 * COUNT)


def test_a_channel_counts_what_went_through_it(watch: Watch) -> None:
    observation = watch("exchange", kind="JoinableQueue", producers=2, consumers=1, count=COUNT)
    assert observation.traffic is not None
    queue = next(one for one in observation.traffic.channels() if one.kind == "JoinableQueue")
    assert (queue.sent, queue.received) == (2 * COUNT + 2, 2 * COUNT + 1)  # END, and END put back
    assert queue.thing is not None
    assert queue.thing.site is not None
    assert queue.thing.site.file.endswith("exchange.py")


def test_a_run_that_is_not_watched_has_no_operations(watch: Watch) -> None:
    assert watch("exchange", watched=False).operations is None


def test_messages_that_have_nothing_in_common_are_no_pair() -> None:
    def done(operation: int, thing: int, text: bytes) -> bytes:
        return record.RECORD.pack(10, thing, 0, 4, text, 20, 1, 1, operation << 8)

    observation = Observation()
    for pid, data in ((1, done(record.SEND, 77, b"this")), (2, done(record.RECEIVE, 88, b"that"))):
        assert list(observation.take({"time": 1.0, "operations": [(pid, 0, data)], "origin": 0})) == []
    assert observation.traffic is not None
    assert observation.traffic.pair() == 0
    assert [(one.sent, one.received) for one in observation.traffic.channels()] == [(1, 0), (0, 1)]
