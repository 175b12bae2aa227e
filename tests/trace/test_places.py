"""Each operation has the place in the source that called, and the thread, however alike the places are."""

from __future__ import annotations

from collections import Counter

from ipclab.trace import places, record
from tests.trace.conftest import Watch


def test_places_of_the_same_bytecode_are_told_apart(watch: Watch) -> None:
    observation = watch("twins", times=20)
    assert observation.operations is not None
    (lane,) = observation.operations.lanes.values()
    found: Counter[tuple[str, str, bytes, bool]] = Counter()
    threads: set[int] = set()
    for row in range(lane.count):
        one = lane.operation(row)
        assert one is not None
        if one.operation in (record.SEND, record.RECEIVE):
            threads.add(one.thread)
            word = next(word for word in (b"first", b"second") if word in one.text)
            found[record.NAMES[one.operation], lane.sites[one.site].function, word, one.thread == min(threads)] += 1
    assert len(threads) == 2
    assert found == {
        (operation, word, word.encode(), mine): 20
        for operation in ("send", "recv")
        for word in ("first", "second")
        for mine in (True, False)
    }


def test_what_a_thread_begins_with_is_recorded_as_what_no_line_called(watch: Watch) -> None:
    observation = watch("below")
    assert observation.operations is not None
    (lane,) = observation.operations.lanes.values()
    operations = [lane.operation(row) for row in range(lane.count)]
    found = {(record.NAMES[one.operation], one.site == record.BOTTOM) for one in operations if one is not None}
    assert found >= {("send", True), ("recv", False), ("acquire", True), ("release", True), ("put", True)}
    assert observation.operations.unrecorded == 0


def test_code_that_is_made_anew_for_each_message_has_one_place_and_takes_no_more_memory(watch: Watch) -> None:
    times = places.MOST_CODES + 1_000
    observation = watch("made_anew", times=times)
    assert observation.operations is not None
    (lane,) = observation.operations.lanes.values()
    sends = [one for row in range(lane.count) if (one := lane.operation(row)) and one.operation == record.SEND]
    assert len(sends) == times and observation.operations.unrecorded == 0
    assert {lane.sites[one.site].file for one in sends} == {"<made anew>"} and len({one.site for one in sends}) == 1
    (process,) = observation.processes.values()
    assert process.shown["more"] == 0
