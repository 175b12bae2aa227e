"""Who could go next, and who cannot and why, in words."""

from __future__ import annotations

import pytest

from ipclab.ready import choice
from ipclab.trace import record
from tests.operated import Made, row, sent


def ready(made: Made) -> dict[str, str]:
    return {one.process: one.words for one in choice(made.observation).ready}


def blocked(made: Made) -> dict[str, str]:
    return {one.process: one.words for one in choice(made.observation).blocked}


def two() -> Made:
    made = Made("main", "worker")
    made.pipe(5, 6)
    made.queue(7)
    made.lock(9)
    return made


def test_who_stands_at_the_gate_is_told_the_oldest_first_with_what_it_is_about_to_do() -> None:
    made = two()
    made.stands(("worker", sent(2, 0, 5, "END")), ("main", row(record.JOIN, 3, 0, size=4001, line=40)))
    assert ready(made) == {
        "worker": "send('END') on Pipe 1, line 10 of exchange.py",
        "main": "join(worker), line 40 of exchange.py",
    }
    first, second = choice(made.observation).ready
    assert (first.number, second.number) == (2, 1)
    assert first.place == "exchange.py:10"


@pytest.mark.parametrize(
    ("about", "words"),
    [
        (row(record.ACQUIRE, 1, 0, 9, line=10), "acquire Lock 1"),
        (row(record.GET, 1, 0, 7, line=10), "get() on Queue 1"),
        (row(record.RECEIVE, 1, 0, 6, line=10), "recv() on Pipe 1"),
        (row(record.START, 1, 0, line=10), "start()"),
    ],
)
def test_operations_are_told_as_a_person_writes_them(about: object, words: str) -> None:
    made = two()
    made.stands(("worker", about))  # type: ignore[arg-type]
    assert ready(made) == {"worker": f"{words}, line 10 of exchange.py"}


def test_a_cell_and_what_is_written_to_it_are_told() -> None:
    made = two()
    made.fold(
        traced=[(4000, "shared", {"number": 20, "made": "Array", "type": "c_int_Array_3", "lock": 9, "site": 30})]
    )
    write = row(record.WRITE, 1, 0, 20, line=10, text=b"81")
    write["second"] = 2
    made.stands(("worker", write))
    assert ready(made) == {"worker": "write 81 to Array 1[2], line 10 of exchange.py"}


def test_a_long_message_is_cut() -> None:
    made = two()
    made.stands(("worker", sent(1, 0, 5, "x" * 300)))
    (one,) = choice(made.observation).ready
    assert one.call.endswith("…)")
    assert len(one.call) < 40


def test_who_waits_is_told_with_what_is_missing_and_who_could_bring_it() -> None:
    made = two()
    made.did("main", row(record.PUT, 1, 2, 7, line=10))
    made.did("worker", row(record.GET, 3, 0, 7, line=20))
    assert blocked(made) == {"worker": "waits in get(): Queue 1 is empty; main could put"}


def test_who_waits_for_a_lock_is_told_who_has_it() -> None:
    made = two()
    made.did("main", row(record.ACQUIRE, 1, 2, 9, line=10))
    made.did("worker", row(record.ACQUIRE, 3, 0, 9, line=20))
    assert blocked(made) == {"worker": "waits in acquire(): Lock 1 is taken; main could release it"}


def test_a_lock_that_ended_with_its_holder_is_told_so() -> None:
    made = two()
    made.did("worker", row(record.ACQUIRE, 1, 2, 9, line=10))
    made.did("main", row(record.ACQUIRE, 3, 0, 9, line=20))
    made.ended("worker", "ended", 0.1)
    words = blocked(made)["main"]
    assert words == "waits in acquire(): Lock 1 is taken: nobody could release it, since worker ended while it had it"


def test_where_nobody_is_known_to_send_that_is_said() -> None:
    made = two()
    made.did("worker", row(record.RECEIVE, 3, 0, 6, line=20))
    assert blocked(made) == {"worker": "waits in recv(): Pipe 1 is empty; nobody was seen to send yet"}


def test_who_stands_at_the_gate_with_a_message_could_send_it() -> None:
    made = two()
    made.did("worker", row(record.RECEIVE, 3, 0, 6, line=20))
    made.stands(("main", sent(4, 0, 5, "x")))
    assert blocked(made) == {"worker": "waits in recv(): Pipe 1 is empty; main could send"}


def test_who_could_have_sent_and_ended_is_told_so() -> None:
    made = two()
    made.did("main", row(record.PUT, 1, 2, 7, line=10))
    made.did("worker", row(record.GET, 3, 0, 7, line=20))
    made.ended("main", "ended", 0.1)
    assert blocked(made) == {"worker": "waits in get(): Queue 1 is empty; main has ended"}


def test_who_joins_waits_for_the_end_of_another() -> None:
    made = two()
    made.did("main", row(record.JOIN, 3, 0, size=4001, line=20))
    assert blocked(made) == {"main": "waits in join(worker): worker has not ended"}


def test_a_process_that_has_ended_neither_goes_nor_waits() -> None:
    made = two()
    made.did("worker", row(record.RECEIVE, 3, 0, 6, line=20))
    made.stands(("worker", sent(4, 0, 5, "x")))
    made.ended("worker", "ended", 0.1)
    assert not choice(made.observation).ready
    assert not choice(made.observation).blocked


def test_the_oldest_of_a_process_is_found_by_its_pid_and_by_its_number() -> None:
    made = two()
    made.stands(("worker", sent(1, 0, 5, "x")), ("worker", row(record.GET, 2, 0, 7, thread=3, line=20)))
    found = choice(made.observation)
    assert found.of(4001) is found.ready[0]
    assert found.by_number(2) is found.ready[0]
    assert found.of(4000) is None
