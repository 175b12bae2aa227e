from __future__ import annotations

import pytest

from ipclab import lane as lanes
from ipclab import operations as module
from ipclab.operations import Operations
from ipclab.trace import record
from tests.operated import MS, Made, received, row, sent


def operations(made: Made) -> Operations:
    assert made.observation.operations is not None
    return made.observation.operations


def test_times_count_from_the_beginning_of_the_run() -> None:
    made = Made("main")
    made.fold(origin=7 * MS, traced=[])
    made.did("main", sent(10, 12, 5, "a"), row(record.GET, 13, 0, 5, line=20))
    lane = operations(made).lanes[4000]
    assert lane["begin"].tolist() == [3 * MS, 6 * MS]
    assert lane["end"].tolist() == [5 * MS, 0]  # what is pending has no end


def test_a_completion_that_comes_late_ends_its_operation() -> None:
    made = Made("main")
    made.did("main", row(record.GET, 1, 0, 5, line=20), sent(2, 3, 6, "a"))
    lane = operations(made).lanes[4000]
    assert [one.operation for _, one in operations(made).pending()] == [record.GET]
    made.completed("main", 0, row(record.GET, 1, 9, 5, size=44, text=b"late", line=20))
    assert list(operations(made).pending()) == []
    got = lane.operation(0)
    assert got is not None
    assert (got.end, got.size, got.text[:4]) == (9 * MS, 44, b"late")


def test_after_a_loss_rows_are_found_by_their_index_in_the_process() -> None:
    made = Made("main")
    made.did("main", sent(1, 2, 5, "a"), sent(3, 4, 5, "b"))
    made.lost("main", 10)
    made.did("main", row(record.GET, 5, 0, 5, line=20), sent(6, 7, 5, "c"))
    lane = operations(made).lanes[4000]
    assert [lane.row_of(index) for index in (0, 1, 2, 11, 12, 13, 14)] == [0, 1, None, None, 2, 3, None]
    assert operations(made).unrecorded == 10
    made.completed("main", 12, row(record.GET, 5, 8, 5, line=20))
    got = operations(made).lanes[4000].operation(2)
    assert got is not None
    assert got.end == 8 * MS


def test_the_oldest_part_of_the_longest_lane_gives_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 10)
    monkeypatch.setattr(lanes, "PART", 3)
    made = Made("main", "other")
    made.did("other", sent(0, 1, 5, "x"))
    for number in range(12):
        made.did("main", sent(number, number + 1, 5, number))
    lane, known = operations(made).lanes[4000], operations(made)
    assert known.gone == lane.dropped == 3
    assert known.gone + sum(one.count for one in known.by_number) == 13
    assert lane.operation(lane.dropped - 1) is None
    first = lane.operation(lane.dropped)
    assert first is not None
    assert first.begin == lane.dropped * MS  # rows keep their numbers
    assert known.lanes[4001].count == 1


def test_what_ends_after_it_gave_way_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT", 4)
    monkeypatch.setattr(lanes, "PART", 2)
    made = Made("main")
    made.did("main", row(record.GET, 0, 0, 5, line=20))
    for number in range(8):
        made.did("main", sent(number, number + 1, 5, number))
    made.completed("main", 0, row(record.GET, 0, 9, 5, line=20))
    assert operations(made).lanes[4000].pending == set()


def test_fresh_rows_come_once_and_in_order() -> None:
    made = Made("main")
    made.did("main", row(record.GET, 1, 0, 5, line=20), sent(2, 3, 5, "a"))
    made.did("main", sent(4, 5, 5, "b"))
    made.completed("main", 0, row(record.GET, 1, 6, 5, line=20))
    fresh = operations(made).fresh()
    assert fresh.at.tolist() == [0, 1, 2]
    assert fresh.rows["end"].tolist() == [6 * MS, 3 * MS, 5 * MS]  # as it is now
    assert not fresh.again.any()
    assert not len(operations(made).fresh().at)


def test_what_has_ended_since_it_was_told_is_told_again() -> None:
    made = Made("main", "other")
    made.did("main", row(record.GET, 1, 0, 5, line=20))
    made.did("other", sent(2, 3, 5, "a"))
    assert operations(made).fresh().at.tolist() == [0, 2**40]
    made.did("other", sent(4, 5, 5, "b"))
    made.completed("main", 0, row(record.GET, 1, 6, 5, line=20))
    fresh = operations(made).fresh()
    assert fresh.at.tolist() == [2**40 + 1, 0]
    assert fresh.again.tolist() == [False, True]
    assert fresh.rows["end"].tolist() == [5 * MS, 6 * MS]


def test_a_thing_keeps_the_place_where_a_person_made_it() -> None:
    made = Made("main", "other")
    made.fold(traced=[(4001, "lock", {"number": 9, "made": "Lock", "site": record.NOWHERE})])
    made.lock(9)
    made.fold(traced=[(4001, "lock", {"number": 9, "made": "Lock", "site": record.NOWHERE})])
    site = operations(made).things[9].site
    assert site is not None
    assert (site.line, site.function) == (30, "work")


def test_two_ends_of_a_tcp_connection_are_known_by_their_addresses() -> None:
    made = Made("main", "other")
    for pid, end, own, peer in ((4000, 5, "h:1", "h:2"), (4001, 6, "h:2", "h:1"), (4001, 7, "h:2", "h:3")):
        made.fold(traced=[(pid, "socket", {"end": end, "own": own, "peer": peer, "made": "connection"})])
    assert operations(made).ends == {5: 6, 6: 5}
    assert set(operations(made).strangers) == {7}


def test_a_queue_takes_the_place_of_the_pipe_in_it() -> None:
    made = Made("main")
    made.pipe(5, 5)
    made.queue(5, "JoinableQueue", limit=3)
    thing = operations(made).things[5]
    assert (thing.kind, thing.made, thing.about["limit"]) == ("queue", "JoinableQueue", 3)


def test_a_receive_without_text_has_none() -> None:
    made = Made("main")
    made.did("main", received(1, 2, 5, None))
    got = operations(made).lanes[4000].operation(0)
    assert got is not None
    assert got.flags == record.DONE
