"""Messages travel for as long as they did, held between what the eye can follow and what it has patience for."""

from __future__ import annotations

import pickle

import pytest

from ipclab.moments import Moments
from ipclab.trace import record
from ipclab_gui.diagram.flights import LEAST, MOST, SLOWED, Flight, Flights
from tests.operated import MS, Made, received, row, sent


def between(made: Made, before: float, after: float, *, slowed: bool = False) -> list[Flight]:
    """Return what sets out between two moments, ms."""
    moments = Moments(made.observation)
    assert made.observation.traffic is not None
    made.observation.traffic.pair()
    while not moments.follow():
        pass
    flights = Flights()
    first, second = moments.at(round(before * MS)), moments.at(round(after * MS))
    flights.follow(moments, first, second, 0.0, {"Pipe 1": 5}, slowed=slowed)
    return flights.alive(0.0)


@pytest.mark.parametrize(
    ("took", "slowed", "lasts"),
    [(1, False, LEAST), (400, False, 0.4), (5_000, False, MOST), (1, True, SLOWED), (0, False, MOST)],
)
def test_a_message_takes_its_time_within_bounds(took: int, slowed: bool, lasts: float) -> None:
    made = Made("main", "sender", "receiver")
    made.pipe(5, 6)
    made.did("sender", sent(10, 11, 5, "hello"))
    if took:
        made.did("receiver", received(5, 10 + took, 6, "hello"))
    (flight,) = between(made, 9, 12, slowed=slowed)
    assert (flight.way, flight.thing, flight.text) == ("right", "Pipe 1", "'hello'")
    assert flight.lasts == pytest.approx(lasts)


def test_an_answer_goes_the_other_way() -> None:
    made = Made("main", "ping", "pong")
    made.pipe(5, 6)
    made.did("pong", sent(10, 11, 6, "back"))
    assert [flight.way for flight in between(made, 9, 12)] == ["left"]


def test_of_more_than_three_at_once_none_is_drawn() -> None:
    made = Made("main", "sender")
    made.pipe(5, 6)
    made.did("sender", *(sent(10 + number, 11 + number, 5, number) for number in range(4)))
    assert [flight.text for flight in between(made, 9, 12)] == ["0", "1", "2"]
    assert between(made, 9, 20) == []


def test_an_element_goes_in_from_who_puts_and_out_to_who_takes() -> None:
    made = Made("main", "producer", "consumer")
    made.queue(5)
    data = pickle.dumps(7)
    write = row(record.SEND, 12, 13, 5, size=len(data), text=data, thread=2)
    made.did("producer", row(record.PUT, 10, 11, 5, line=10), write)
    read = row(record.RECEIVE, 21, 30, 5, size=len(data), text=data)
    made.did("consumer", row(record.GET, 20, 31, 5, line=20), read)
    told = [(one.way, one.process, one.text) for one in (*between(made, 5, 15), *between(made, 15, 35))]
    assert told == [("in", "process producer", "7"), ("out", "process consumer", "7")]


def test_a_call_goes_to_the_server() -> None:
    made = Made("main", "server", "client")
    about = {"number": 9, "made": "list", "address": "/tmp/listener", "site": 30}
    made.fold(traced=[(4000, "proxy", about), (4001, "socket", {"end": 3, "own": "/tmp/listener", "peer": ""})])
    made.did("server", row(record.ACCEPT, 1, 2, size=3))
    made.did("client", row(record.CALL, 10, 20, 9, line=10, text=b"append"))
    (flight,) = between(made, 5, 15)
    assert (flight.way, flight.thing, flight.process, flight.text) == (
        "call",
        "process server",
        "process client",
        "append()",
    )


def test_what_has_arrived_is_forgotten() -> None:
    flights = Flights()
    flights._flights.append(Flight("right", "Pipe 1", "", "x", 1.0, 0.2))
    assert [one.share(1.1) for one in flights.alive(1.1)] == [pytest.approx(0.5)]
    assert flights.alive(1.21) == []
