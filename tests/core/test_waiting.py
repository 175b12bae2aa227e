from __future__ import annotations

from ipclab.trace import record
from tests.operated import Made, row, sent


def words(made: Made) -> dict[int, str]:
    return {wait.pid: wait.words for wait in made.observation.all_waits()}


def test_each_waits_for_what_it_has_begun_and_not_ended() -> None:
    made = Made("main", "sender", "receiver")
    made.pipe(5, 6)
    made.lock(9)
    made.did("main", row(record.JOIN, 1, 0, size=4001, line=40))
    made.did("sender", sent(1, 2, 5, "a"), row(record.ACQUIRE, 3, 0, 9, line=10))
    made.did("receiver", row(record.RECEIVE, 4, 0, 6, line=20))
    assert words(made) == {
        4000: "join() on sender, line 40 of exchange.py",
        4001: "acquire() on Lock 1, line 10 of exchange.py",
        4002: "recv() on Pipe 1, line 20 of exchange.py",
    }


def test_what_has_ended_is_no_wait() -> None:
    made = Made("main")
    made.pipe(5, 5)
    made.did("main", row(record.RECEIVE, 1, 0, 5, line=20))
    assert list(words(made)) == [4000]
    made.completed("main", 0, row(record.RECEIVE, 1, 2, 5, line=20))
    assert words(made) == {}


def test_the_call_of_a_person_is_told_and_not_its_parts() -> None:
    made = Made("main")
    made.queue(5)
    made.did("main", row(record.GET, 1, 0, 5, line=20), row(record.RECEIVE, 2, 0, 5))
    assert words(made) == {4000: "get() on Queue 1, line 20 of exchange.py"}


def test_threads_of_multiprocessing_are_left_out() -> None:
    made = Made("main")
    made.queue(5)
    made.did("main", row(record.SEND, 1, 0, 5, thread=2))
    assert words(made) == {}


def test_a_proxys_call_is_told_with_its_method() -> None:
    made = Made("main")
    made.fold(traced=[(4000, "proxy", {"number": 9, "made": "dict", "site": 30})])
    made.did("main", row(record.CALL, 1, 0, 9, line=10, text=b"update"))
    assert words(made) == {4000: "call() on dict.update, line 10 of exchange.py"}


def test_a_process_that_nobody_knows_is_named_by_its_pid() -> None:
    made = Made("main")
    made.did("main", row(record.JOIN, 1, 0, size=77, line=40))
    assert words(made) == {4000: "join() on process 77, line 40 of exchange.py"}
