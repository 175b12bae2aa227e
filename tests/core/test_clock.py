"""How far apart two processes' clocks can be is asked over a pipe."""

import threading
import time
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

import pytest

from ipclab import clock


def other_end(end: Connection, ahead: int, said: list[str]) -> None:
    """Answer like `clock.answer`, with a clock that is so many ns ahead."""

    class Ahead:
        def send(self, there: int) -> None:
            end.send(there + ahead)

        def recv(self) -> Any:
            return end.recv()

    said.append(clock.answer(Ahead()))  # type: ignore[arg-type]


@pytest.mark.parametrize("ahead", [0, 10**9, -(10**9)], ids=["one origin", "a second ahead", "a second behind"])
def test_the_difference_is_at_least_what_it_is_and_little_more(ahead: int) -> None:
    here, there = Pipe()
    said: list[str] = []
    thread = threading.Thread(target=other_end, args=(there, ahead, said))
    thread.start()
    began = time.perf_counter_ns()
    difference = clock.difference(here)
    took = time.perf_counter_ns() - began
    here.send("go")
    thread.join()
    assert abs(ahead) <= difference <= abs(ahead) + took / clock.EXCHANGES  # the best of them is not above the mean
    assert said == ["go"]
    here.close()
    there.close()


def test_who_answers_hears_when_nobody_asks_any_more() -> None:
    here, there = Pipe()
    here.close()
    assert clock.answer(there) == "the clocks were not compared"
    there.close()
