from __future__ import annotations

from typing import Any

import pytest
from numpy.typing import NDArray

from ipclab.records import Outcome
from ipclab.trace import record
from tests.operated import Made, received, row, sent


def could_end(made: Made, name: str) -> str:
    """Return who could end what a process's main thread waits for."""
    return made.observation.waits()[made.pids[name]].ender.words


def had(begin: int, end: int, thing: int, thread: int = 1) -> NDArray[Any]:
    """Return a lock taken."""
    return row(record.ACQUIRE, begin, end, thing, line=10, thread=thread)


def given(at: int, thing: int, thread: int = 1) -> NDArray[Any]:
    """Return a lock given back."""
    return row(record.RELEASE, at, at + 1, thing, line=10, thread=thread)


@pytest.fixture
def made() -> Made:
    made = Made("main", "a", "b", "c")
    made.lock(9)
    made.lock(8, "Semaphore")
    made.pipe(5, 5)
    made.queue(7)
    return made


def test_a_lock_is_had_by_who_took_it_last(made: Made) -> None:
    made.did("a", had(1, 2, 9), given(3, 9))
    made.did("b", had(4, 5, 9))
    made.did("c", had(6, 0, 9))
    assert could_end(made, "c") == "release() of b, which has it"


def test_a_lock_that_another_thread_has(made: Made) -> None:
    made.did("c", had(1, 2, 9, thread=2), had(6, 0, 9))
    assert could_end(made, "c") == "release() of another thread of its own, which has it"


def test_nobody_is_said_to_have_a_lock_that_was_given_back(made: Made) -> None:
    made.did("a", had(1, 2, 9), given(3, 9))
    made.did("c", had(6, 0, 9))
    assert could_end(made, "c") == ""


def test_a_try_that_failed_has_no_lock(made: Made) -> None:
    made.did("a", had(1, 2, 9))
    made.did("b", row(record.ACQUIRE, 3, 4, 9, line=10, flags=record.LIMITED | record.FAILED))
    made.did("c", had(6, 0, 9))
    assert could_end(made, "c") == "release() of a, which has it"


def test_who_comes_back_from_a_conditions_wait_has_its_lock(made: Made) -> None:
    about = {"number": 6, "made": "Condition", "site": 30, "lock": 9}
    made.fold(traced=[(made.pids["main"], "lock", about)])
    made.did("a", had(1, 2, 9), row(record.WAIT_CONDITION, 3, 8, 6, line=10))
    made.did("b", had(4, 5, 9))
    made.did("c", had(9, 0, 9))
    assert could_end(made, "c") == "release() of a, which has it"


def test_a_semaphore_is_given_by_who_has_it(made: Made) -> None:
    made.did("a", had(1, 2, 8), given(3, 8), had(4, 5, 8))
    made.did("b", had(2, 3, 8))
    made.did("c", had(6, 0, 8))
    assert could_end(made, "c") == "release() of a or b"


def test_a_message_comes_from_who_has_sent_and_lives(made: Made) -> None:
    made.did("a", sent(1, 2, 5, "x"))
    made.did("b", sent(1, 2, 5, "y"))
    made.did("c", row(record.RECEIVE, 3, 0, 5, line=20))
    assert could_end(made, "c") == "a message of a or b"
    made.ended("a", "ended", 0.004, code=0)
    assert could_end(made, "c") == "a message of b"
    made.ended("b", "killed", 0.005, signal="SIGKILL")
    assert could_end(made, "c") == "a message, but a and b have ended"


def test_who_ended_before_others_did_was_waiting_for_them(made: Made) -> None:
    made.did("a", sent(1, 2, 5, "x"))
    made.did("c", row(record.RECEIVE, 3, 0, 5, line=20))
    made.ended("c", "killed", 0.004, signal="SIGKILL")
    made.ended("a", "ended", 0.005, code=0)
    assert could_end(made, "c") == "a message of a"


def test_a_task_of_a_pool_comes_from_who_writes_past_put(made: Made) -> None:
    made.fold(
        traced=[(made.pids["main"], "queue", {"end": 7, "made": "SimpleQueue", "limit": 0, "site": record.NOWHERE})]
    )
    made.did("a", sent(1, 2, 7, "x"))
    made.did("c", row(record.GET, 3, 0, 7, line=20))
    assert could_end(made, "c") == "a message of a"


def test_a_queues_item_comes_from_who_puts_and_not_from_who_takes(made: Made) -> None:
    made.did("a", row(record.PUT, 1, 2, 7, line=10))
    made.did("b", row(record.GET, 1, 0, 7, line=10))
    made.did("c", row(record.PUT, 1, 2, 7, line=10), row(record.GET, 3, 0, 7, line=20))
    assert could_end(made, "c") == "a message of a"  # its own thread puts nothing while it waits


def test_many_are_not_all_named() -> None:
    made = Made(*(f"p{number}" for number in range(64)))
    made.pipe(5, 5, "p0")
    for name in list(made.pids)[1:]:
        made.did(name, sent(1, 2, 5, "x"))
    made.did("p0", row(record.RECEIVE, 3, 0, 5, line=20))
    assert could_end(made, "p0") == "a message of p1, p2, p3 or one of 60 more"


@pytest.mark.parametrize(
    ("waits", "does", "words"),
    [
        (record.WAIT_EVENT, record.SET, "set() of a"),
        (record.WAIT_CONDITION, record.NOTIFY, "notify() of a"),
        (record.JOIN_QUEUE, record.GET, "task_done() of a"),
        (record.PUT, record.GET, "get() of a"),
        (record.FLUSH, record.GET, "get() of a"),
        (record.PUT, record.RECEIVE, "get() of a"),
        (record.SEND, record.RECEIVE, "get() of a"),
    ],
)
def test_a_wait_is_ended_by_who_has_done_what_ends_it(made: Made, waits: int, does: int, words: str) -> None:
    made.did("a", row(does, 1, 2, 7, line=10))
    made.did("c", row(waits, 3, 0, 7, line=20))
    assert could_end(made, "c") == words


def test_at_a_barrier_it_is_counted_who_is_there(made: Made) -> None:
    at_barrier = row(record.WAIT_BARRIER, 1, 0, 4, line=10)
    at_barrier["second"] = 3
    made.did("a", at_barrier)
    made.did("c", at_barrier)
    assert could_end(made, "c") == "wait() of 1 more; 2 of 3 are there"


def test_operations_that_come_later_are_read_too(made: Made) -> None:
    made.did("c", row(record.RECEIVE, 3, 0, 5, line=20))
    assert could_end(made, "c") == "a message; nobody has sent one yet"
    made.did("a", sent(4, 5, 5, "x"))
    assert could_end(made, "c") == "a message of a"


def test_a_lock_that_passes_on_while_somebody_waits_is_had_by_who_has_it_now(made: Made) -> None:
    made.did("a", had(1, 2, 9), had(1, 2, 8))
    made.did("b", had(3, 0, 9))
    made.did("c", had(4, 0, 9))
    assert could_end(made, "c") == "release() of a, which has it"
    made.did("a", given(5, 9))
    assert could_end(made, "c") == ""
    made.completed("b", 0, had(3, 6, 9))
    assert could_end(made, "c") == "release() of b, which has it"


def test_a_semaphore_that_passes_on_is_given_by_who_has_it_now(made: Made) -> None:
    made.did("a", had(1, 2, 8))
    made.did("c", had(4, 0, 8))
    assert could_end(made, "c") == "release() of a"
    made.did("a", given(5, 8))
    made.did("b", had(6, 7, 8))
    assert could_end(made, "c") == "release() of a or b"


def ended(made: Made, name: str, number: int = 0) -> str:
    """Return what ended a process's wait, by the number of the operation, from 0."""
    seen = made.observation
    assert seen.operations is not None
    assert seen.enders is not None
    lane = seen.operations.lanes[made.pids[name]]
    call = lane.operation(number)
    assert call is not None
    return seen.enders.ended(lane, number, call, seen.people).replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("waits", "does", "words"),
    [
        pytest.param(record.WAIT_EVENT, record.SET, "set() of a, 11.000 ms", id="what sets it again wakes nobody"),
        pytest.param(record.WAIT_CONDITION, record.NOTIFY, "notify() of a or b", id="either may have woken it"),
        pytest.param(record.JOIN_QUEUE, record.TASK_DONE, "task_done() of b, 13.000 ms", id="the last one"),
    ],
)
def test_what_ended_a_wait_is_who_called_meanwhile(made: Made, waits: int, does: int, words: str) -> None:
    made.did("a", row(does, 2, 3, 7, line=10), row(does, 11, 16, 7, line=10))
    made.did("b", row(does, 13, 14, 7, line=10), row(does, 20, 21, 7, line=10))
    made.did("c", row(waits, 5, 15, 7, line=20))
    assert ended(made, "c") == words


def test_an_event_that_was_set_before_is_said_to_have_been(made: Made) -> None:
    made.did("a", row(record.SET, 2, 3, 7, line=10))
    made.did("c", row(record.WAIT_EVENT, 5, 6, 7, line=20))
    assert ended(made, "c") == "set() of a, 2.000 ms"


def test_a_barrier_is_opened_by_who_came_last_in_the_same_round(made: Made) -> None:
    rounds = {"a": ((1, 9), (10, 31)), "b": ((2, 12), (30, 32)), "c": ((8, 9), (20, 33))}
    for name, waits in rounds.items():
        for begin, end in waits:
            one = row(record.WAIT_BARRIER, begin, end, 4, line=10)
            one["second"] = 3
            made.did(name, one)
    assert ended(made, "a") == ended(made, "b") == "wait() of c, 8.000 ms"
    assert ended(made, "c") == ""
    assert ended(made, "a", 1) == ended(made, "c", 1) == "wait() of b, 30.000 ms"


def test_a_result_is_there_at_the_end_of_its_task(made: Made) -> None:
    made.did("a", row(record.TASK, 2, 8, 3, line=10))
    made.did("c", row(record.RESULT_OF, 5, 9, 3, line=20))
    assert ended(made, "c") == "its end in a"


def test_a_put_that_waited_for_room_was_ended_by_who_took_one(made: Made) -> None:
    made.queue(17, limit=1)
    for queue in (7, 17):
        made.did("a", row(record.GET, 6, 7, queue, line=10))
        made.did("c", row(record.PUT, 5, 8, queue, line=20))
    assert ended(made, "c", 0) == ""  # that queue has room for all
    assert ended(made, "c", 1) == "get() of a, 6.000 ms"


def at_an_end(operation: int, begin: int, end: int, thing: int, *ready: int, flags: int = 0) -> NDArray[Any]:
    """Return a poll() or wait(), and what that found ready."""
    text = record.READY.pack(len(ready), *ready, *[0] * (9 - len(ready))) if ready else b""
    return row(operation, begin, end, thing, text=text, line=20, flags=flags)


def test_a_send_waited_for_room_only_where_much_lay_in_the_pipe(made: Made) -> None:
    for pipe, size in ((5, 40_000), (15, 4_000)):
        made.pipe(pipe, pipe)
        made.did("a", *(row(record.SEND, at, at + 1, pipe, size=size, line=10) for at in (1, 3)))
        made.did("c", row(record.SEND, 5, 9, pipe, size=size, line=20))
        made.did("b", row(record.RECEIVE, 8, 9, pipe, size=size, line=10))
    assert ended(made, "c", 0) == "recv() of b, 8.000 ms"
    assert ended(made, "c", 1) == ""  # that one had room all along


def test_what_a_queues_feeder_writes_waits_for_a_get(made: Made) -> None:
    made.did("c", row(record.SEND, 5, 9, 7, size=100_000))
    made.did("b", row(record.RECEIVE, 6, 8, 7, size=100_000), row(record.RECEIVE, 8, 10, 7, size=100_000))
    assert ended(made, "c") == "get() of b"  # either of them


def test_a_poll_says_yes_to_the_first_message_that_nobody_took_before(made: Made) -> None:
    made.pipe(15, 16)
    made.did("a", sent(1, 2, 15, "x"), sent(8, 9, 15, "y"), sent(11, 12, 15, "z"))
    made.did("c", received(3, 4, 16, "x"), at_an_end(record.POLL, 5, 10, 16), received(12, 13, 16, "y"))
    made.observation.end(Outcome("done", "Done.", 0.1))
    assert ended(made, "c", 1) == "a message of a, sent 8.000 ms"


def test_where_two_send_at_once_either_may_have_been_first(made: Made) -> None:
    made.did("a", sent(7, 9, 5, "x"))
    made.did("b", sent(8, 10, 5, "y"))
    made.did("c", at_an_end(record.POLL, 5, 9, 5))
    assert ended(made, "c") == "a message of a or b"


@pytest.mark.parametrize(
    ("ready", "words"),
    [
        pytest.param((5,), "a message of a, sent 7.000 ms", id="one"),
        pytest.param((5, 16), "a message of a or b", id="two"),
        pytest.param((record.SENTINEL + 4001,), "the end of a", id="a process"),
        pytest.param((5, 0), "", id="one that nobody knows"),
        pytest.param((), "", id="not told"),
    ],
)
def test_a_wait_is_ended_by_what_it_found_ready(made: Made, ready: tuple[int, ...], words: str) -> None:
    made.pipe(15, 16)
    made.did("a", sent(7, 8, 5, "x"))
    made.did("b", sent(8, 9, 15, "y"))
    made.did("c", at_an_end(record.WAIT, 5, 9, 5, *ready))
    assert ended(made, "c") == words


def test_an_end_is_let_go_by_who_closes_it_last_or_ends_with_it(made: Made) -> None:
    made.pipe(15, 16)
    at_the_end = row(record.RECEIVE, 200, 260, 16, line=20, flags=record.ERROR | record.END)
    made.did("c", at_the_end)
    made.did("a", sent(1, 2, 15, "x"), row(record.CLOSE, 258, 258, 15, line=10))
    made.did("main", row(record.CLOSE, 3, 3, 15, line=10))
    assert ended(made, "c") == "close() of a, 258.000 ms"
    made.did("b", sent(4, 5, 15, "y"))
    assert ended(made, "c") == ""  # b has it still, as far as is known
    made.ended("b", "killed", 0.261, signal="SIGKILL")
    assert ended(made, "c") == "close() of a or the end of b"


def test_who_closes_an_end_of_a_one_way_pipe_may_have_closed_the_other(made: Made) -> None:
    made.did("c", row(record.RECEIVE, 200, 260, 5, line=20, flags=record.ERROR | record.END))
    made.did("a", row(record.CLOSE, 258, 258, 5, line=10))
    assert ended(made, "c") == ""


def test_a_socket_of_which_nobody_knows_the_other_end_says_nothing(made: Made) -> None:
    made.fold(traced=[(made.pids["c"], "socket", {"end": 25, "own": "", "peer": ""})])
    made.did("c", sent(1, 2, 25, "x"), at_an_end(record.POLL, 5, 9, 25))
    assert ended(made, "c", 1) == ""
