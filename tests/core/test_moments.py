"""What is told of a moment, of runs made up operation by operation; against real ones: tests/trace/test_moments.py."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ipclab.moment import Moment, Way
from ipclab.moments import Moments
from ipclab.records import process
from ipclab.trace import record
from tests.operated import MS, Made, received, row, sent


def at(made: Made, milliseconds: float) -> Moment:
    moments = Moments(made.observation)
    while not moments.follow(3):
        pass
    return moments.at(round(milliseconds * MS))


def way(moment: Moment) -> Way:
    return max(moment.channels[0].ways, key=lambda one: one.sent)


def texts(made: Made, milliseconds: float) -> list[str]:
    return [one.text for one in way(at(made, milliseconds)).first]


def cell(operation: int, time: int, place: int, value: int | None) -> NDArray[Any]:
    """Return a read or a write of one cell of the shared thing 7."""
    made = row(operation, time, time + 1, 7, text=b"" if value is None else str(value).encode(), line=10)
    made["second"] = place
    return made


def test_a_message_lies_in_the_pipe_from_its_send_to_its_receive() -> None:
    made = Made("main", "other")
    made.pipe(5, 6)
    made.did("main", sent(10, 11, 5, "hello"), sent(30, 31, 5, "hey"))
    made.did("other", received(5, 20, 6, "hello"), received(25, 40, 6, "hey"))
    assert [texts(made, time) for time in (9, 15, 22, 35, 41)] == [[], ["'hello'"], [], ["'hey'"], []]
    told = way(at(made, 22))
    assert (told.sent, told.received, told.rate) == (1, 1, 1)
    assert (list(told.senders), list(told.receivers)) == ([4000], [4001])


def test_a_rate_is_another_one_no_more_than_ten_times_a_second() -> None:
    made = Made("main", "other")
    made.pipe(5, 5)
    times = [*range(100, 1100, 50), *range(1100, 1500, 10)]
    made.did("main", *(sent(time, time + 1, 5, time) for time in times))
    moments = Moments(made.observation)
    assert moments.follow()
    for time in range(1000, 1500, 20):
        until = time // 100 * 100
        assert way(moments.at(time * MS)).rate == sum(until - 1000 < one <= until for one in times)
    assert way(moments.at(150 * MS)).rate == 2


def test_messages_that_overtook_each_other_are_told_by_their_partners() -> None:
    made = Made("main", "other", "reader")
    made.pipe(5, 5)
    made.did("main", sent(10, 30, 5, "slow"))
    made.did("other", sent(12, 13, 5, "quick"))
    made.did("reader", received(11, 20, 5, "quick"), received(21, 40, 5, "slow"))
    assert texts(made, 15) == ["'slow'", "'quick'"]
    made.observation.traffic.pair()  # type: ignore[union-attr]
    assert texts(made, 25) == ["'slow'"]
    assert texts(made, 45) == []


def test_what_a_feeder_has_not_written_is_told_apart() -> None:
    made = Made("main")
    made.queue(5, limit=4)
    data = [pickle.dumps(one) for one in (1, 4)]
    writes = [row(record.SEND, when, when + 1, 5, size=len(one), text=one, thread=2)
              for when, one in zip((20, 30), data, strict=True)]  # fmt: skip
    made.did("main", row(record.PUT, 10, 11, 5, line=10), row(record.PUT, 12, 13, 5, line=10), *writes)
    told = way(at(made, 25))
    assert (told.inside, told.unwritten) == (2, 1)
    assert [(one.text, one.written) for one in told.first] == [("1", True), ("4", False)]
    assert at(made, 25).channels[0].limit == 4
    assert way(at(made, 35)).unwritten == 0


def test_of_what_no_feeder_has_written_nobody_knows_the_text() -> None:
    made = Made("main")
    made.queue(5)
    made.did("main", sent(1, 2, 9, "another"), row(record.PUT, 10, 11, 5, line=10))
    assert [(one.text, one.size) for one in way(at(made, 15)).first] == [("", 0)]


def test_an_item_that_cannot_be_pickled_is_in_no_more() -> None:
    made = Made("main")
    made.queue(5)
    made.did("main", row(record.PUT, 10, 11, 5, line=10), row(record.DROPPED, 20, 20, 5, thread=2))
    assert way(at(made, 15)).inside == 1
    assert way(at(made, 25)).inside == 0


def test_a_send_that_never_ended_lies_there_unwritten() -> None:
    made = Made("main")
    made.pipe(5, 5)
    made.did("main", sent(10, 0, 5, "large"))
    told = way(at(made, 50))
    assert [(one.text, one.written) for one in told.first] == [("'large'", False)]
    assert way(at(made, 5)).inside == 0


def test_only_the_oldest_of_many_are_told_one_by_one() -> None:
    made = Made("main")
    made.pipe(5, 5)
    made.did("main", *(sent(number + 1, number + 2, 5, number) for number in range(100)))
    told = way(at(made, 200))
    assert told.inside == 100
    assert [one.text for one in told.first] == [str(number) for number in range(8)]


def test_a_process_is_in_the_innermost_call_of_a_persons_code() -> None:
    made = Made("main", "worker")
    made.queue(5)
    made.did("main", row(record.JOIN, 10, 50, size=4001, line=40), row(record.GET, 60, 0, 5, line=20),
             row(record.RECEIVE, 61, 0, 5))  # fmt: skip
    calls = {time: at(made, time).processes[0].call for time in (5, 20, 55, 70)}
    assert calls[5] is None
    assert calls[55] is None
    assert calls[20] is not None
    assert (calls[20].name, calls[20].on, calls[20].since) == ("join", "worker", 10 * MS)
    assert calls[70] is not None
    assert (calls[70].name, calls[70].on) == ("get", "Queue 1")


def test_a_process_that_was_killed_is_alive_before_and_keeps_its_call() -> None:
    made = Made("main", "worker")
    made.pipe(5, 5)
    made.did("worker", row(record.RECEIVE, 10, 0, 5, line=20))
    made.ended("worker", "killed", 0.1, signal="SIGKILL")
    before, after = (at(made, time).processes[1] for time in (50, 150))
    assert (before.state, after.state) == ("running", "killed")
    assert after.call is not None
    assert after.call.name == "recv"
    assert list(way(at(made, 50)).receivers) == [4001]


def test_variables_are_told_as_they_were() -> None:
    made = Made("main")
    made.did("main", row(record.START, 1, 2, line=10))
    made.fold(shown=[(0, "sent", 1, 0.01), (0, "sent", 2, 0.03)])
    assert [at(made, time).processes[0].shown for time in (5, 20, 40)] == [{}, {"sent": 1}, {"sent": 2}]


def test_who_waits_on_a_condition_has_let_its_lock_go() -> None:
    made = Made("main")
    made.lock(8)
    made.fold(traced=[(4000, "lock", {"number": 9, "made": "Condition", "lock": 8, "site": 30})])
    made.did("main", row(record.ACQUIRE, 10, 11, 8, line=10), row(record.WAIT_CONDITION, 20, 30, 9, line=20),
             row(record.RELEASE, 40, 40, 8, line=10))  # fmt: skip
    holders = [list(at(made, time).locks[0].holders) for time in (5, 15, 25, 35, 45)]
    assert holders == [[], [4000], [], [4000], []]


def test_a_lock_that_another_lets_go_is_free() -> None:
    made = Made("main", "other")
    made.lock(8)
    made.did("main", row(record.ACQUIRE, 10, 11, 8, line=10))
    made.did("other", row(record.RELEASE, 20, 20, 8, line=10), row(record.ACQUIRE, 30, 31, 8, line=10))
    assert [list(at(made, time).locks[0].holders) for time in (15, 25, 35)] == [[4000], [], [4001]]


def test_who_is_in_acquire_waits_for_the_lock() -> None:
    made = Made("main", "other")
    made.lock(8)
    made.did("main", row(record.ACQUIRE, 10, 11, 8, line=10))
    made.did("other", row(record.ACQUIRE, 20, 0, 8, line=10))
    lock = at(made, 30).locks[0]
    assert (list(lock.holders), lock.waiting, lock.users) == ([4000], [4001], [4000, 4001])


def test_a_block_is_open_to_who_has_not_closed_it() -> None:
    made = Made("main", "worker")
    made.fold(traced=[(4000, "block", {"number": 7, "name": "block_1", "size": 4096, "site": 30})])
    made.did("main", row(record.CREATE, 10, 10, 7, line=30), row(record.CLOSE, 50, 50, 7, line=30),
             row(record.UNLINK, 60, 60, 7, line=30))  # fmt: skip
    made.did("worker", row(record.ATTACH, 20, 20, 7, line=30))
    told = [at(made, time).blocks[0] for time in (15, 30, 70)]
    assert [(one.users, one.unlinked) for one in told] == [([4000], False), ([4000, 4001], False), ([4001], True)]


def test_calls_of_a_proxy_tell_who_uses_the_object_and_whose_it_is() -> None:
    made = Made("main", "server")
    about = {"number": 9, "made": "list", "address": "/tmp/listener", "site": 30}
    made.fold(traced=[(4000, "proxy", about), (4001, "socket", {"end": 3, "own": "/tmp/listener", "peer": ""})])
    made.did("server", row(record.ACCEPT, 1, 2, size=3))
    made.did("main", row(record.CALL, 10, 20, 9, line=10, text=b"append"))
    told = at(made, 15)
    assert [(one.name, one.server, one.users) for one in told.objects] == [("list 1", 4001, {})]
    assert told.processes[0].call is not None
    assert (told.processes[0].call.name, told.processes[0].call.on) == ("append", "list 1")
    assert at(made, 25).objects[0].users == {4000: 1}
    assert told.channels == []  # the manager's connection is none of a person's


def test_from_call_to_call() -> None:
    made = Made("main", "other")
    made.pipe(5, 5)
    made.did("main", sent(10, 11, 5, "a"), row(record.SEND, 15, 16, 5))
    made.did("other", received(20, 21, 5, "a"))
    moments = Moments(made.observation)
    moments.follow()
    past = moments.past
    assert [past.next_call(time * MS) for time in (0, 10, 20)] == [10 * MS, 20 * MS, None]
    assert [past.call_before(time * MS) for time in (10, 20, 99)] == [None, 10 * MS, 20 * MS]
    latest = [(moments.operations.by_number[row >> 40], row, past.operation(row))
              for row in past.latest_calls(99 * MS, 3)]  # fmt: skip
    assert [moments.told(lane, row, call).name for lane, row, call in latest if call is not None] == ["send", "recv"]


def test_a_proxys_call_is_told_with_its_arguments_and_the_last_that_put_something_in() -> None:
    made = Made("main", "client")
    about = {"number": 9, "made": "list", "address": "/tmp/listener", "site": 30}
    made.fold(traced=[(4000, "proxy", about)])
    for time, name, arguments, named in (
        (10, "append", (("Jeff", 8),), {}), (20, "__getitem__", (0,), {}), (30, "sort", (), {"reverse": True}),
    ):  # fmt: skip
        call = row(record.CALL, time, time + 5, 9, text=name.encode(), line=10)
        known = sent(time + 1, time + 2, 3, (None, "accept_connection", ("MainThread",)), line=0)
        asked = sent(time + 2, time + 3, 3, ("7f00", name, arguments, named), line=0)
        made.did("client", call, known, asked)
    calls = [at(made, time).processes[1].call for time in (13, 23, 33)]
    assert [call.text for call in calls if call] == ["append(('Jeff', 8))", "__getitem__(0)", "sort(reverse=True)"]
    assert [at(made, time).objects[0].last for time in (5, 17, 50)] == [
        "",
        "append(('Jeff', 8))",
        "append(('Jeff', 8))",
    ]


def test_what_was_not_recorded_is_said() -> None:
    made = Made("main")
    made.did("main", row(record.START, 1, 2, line=10))
    assert at(made, 5).complete
    made.lost("main", 3)
    assert not at(made, 5).complete


def test_what_gave_way_before_it_was_read_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipclab.operations.KEPT", 10)
    monkeypatch.setattr("ipclab.lane.PART", 4)
    made = Made("main")
    made.pipe(5, 5)
    moments = Moments(made.observation)
    for number in range(12):
        made.did("main", sent(2 * number + 1, 2 * number + 2, 5, number))
        moments.follow()
    assert moments.at(30 * MS).complete
    assert way(moments.at(30 * MS)).inside == 12
    assert not at(made, 30).complete


def test_before_its_start_a_process_is_not_started() -> None:
    made = Made("main", "worker")
    made.fold(processes=[process(1, "worker", 4001, 0, "running", 0.05, 0.02)])
    made.did("main", row(record.START, 20, 50, line=10))
    assert [at(made, time).processes[1].state for time in (10, 30, 60)] == ["not started", "running", "running"]


def test_cells_are_told_as_they_were_last_seen() -> None:
    made = Made("main", "worker")
    about = {"number": 7, "made": "Array", "type": "c_int_Array_3", "lock": 0, "site": 30}
    made.fold(traced=[(4000, "shared", about)])
    made.did("worker", *(cell(record.WRITE, time, place, value) for time, place, value in ((10, 0, 5), (20, 2, 8))))
    made.did("main", cell(record.READ, 30, 1, 3), cell(record.READ, 40, -1, None))
    told = [at(made, time).shared[0] for time in (5, 15, 25, 50)]
    assert [one.values for one in told] == [["", "", ""], ["5", "", ""], ["5", "", "8"], ["5", "3", "8"]]
    assert [one.newest for one in told] == [None, 0, 2, 2]
    assert (told[-1].type, told[-1].length) == ("int", 3)
    assert (list(told[-1].readers), list(told[-1].writers)) == ([4000], [4001])


@pytest.mark.parametrize("portion", [1, 7, 1000])
def test_portions_change_nothing(portion: int) -> None:
    made = Made("main", "other")
    made.pipe(5, 5)
    made.did("main", *(sent(2 * number + 1, 2 * number + 2, 5, number) for number in range(40)))
    made.did("other", *(received(3 * number + 2, 3 * number + 3, 5, number) for number in range(25)))
    made.observation.traffic.pair()  # type: ignore[union-attr]
    moments = Moments(made.observation)
    while not moments.follow(portion):
        pass
    for time in np.random.default_rng(3).integers(0, 90, 30).tolist():
        expected = [n for n in range(40) if 2 * n + 1 <= time and not (n < 25 and 3 * n + 3 <= time)]
        told = way(moments.at(time * MS))
        assert told.inside == len(expected)
        assert [one.text for one in told.first] == [str(n) for n in expected[:8]]
