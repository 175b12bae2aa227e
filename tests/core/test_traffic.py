from __future__ import annotations

import pickle
import random

import pytest

from ipclab.queue_items import is_under_way, put_of, write_of
from ipclab.trace import record
from ipclab.traffic import Traffic
from tests.operated import MS, Made, received, row, sent


def traffic(made: Made) -> Traffic:
    assert made.observation.traffic is not None
    return made.observation.traffic


def pairs(made: Made) -> list[tuple[int, int, int, int]]:
    """Return every message: sending lane and row, receiving lane and row."""
    return sorted(
        (route.sender, send, route.receiver, receive)
        for route in traffic(made).routes.values()
        for send, receive in zip(route["send"].tolist(), route["receive"].tolist(), strict=True)
    )


def test_a_receive_belongs_to_the_send_of_the_same_message() -> None:
    made = Made("main", "other")
    made.pipe(5, 5)
    made.did("main", sent(1, 2, 5, "a"), sent(3, 4, 5, "b"))
    made.did("other", received(5, 6, 5, "b"), received(7, 8, 5, "a"))
    assert traffic(made).pair() == 2
    assert pairs(made) == [(0, 0, 1, 1), (0, 1, 1, 0)]
    lanes = [made.observation.operations.by_number[number]["partner"].tolist() for number in (0, 1)]  # type: ignore[union-attr]
    assert lanes == [[(1 << 40) + 1, 1 << 40], [1, 0]]


def test_alike_messages_are_paired_in_the_order_of_time() -> None:
    made = Made("main", "other")
    made.pipe(5, 5)
    made.did("main", *(sent(at, at + 1, 5, "same") for at in (1, 3, 5)))
    made.did("other", *(received(at, at + 1, 5, "same") for at in (2, 4, 6)))
    traffic(made).pair()
    assert pairs(made) == [(0, n, 1, n) for n in range(3)]


def test_what_goes_through_another_channel_is_no_partner() -> None:
    made = Made("main", "other")
    made.pipe(5, 5)
    made.pipe(6, 6)
    made.did("main", sent(1, 2, 5, "same"))
    made.did("other", received(3, 4, 6, "same"))
    assert traffic(made).pair() == 0


def test_what_is_read_at_one_end_was_written_at_the_other() -> None:
    made = Made("main", "other")
    made.pipe(5, 6)
    made.did("main", sent(1, 2, 5, "there"), received(7, 8, 5, "back"))
    made.did("other", received(3, 4, 6, "there"), sent(5, 6, 6, "back"))
    assert traffic(made).pair() == 2
    assert pairs(made) == [(0, 0, 1, 0), (1, 1, 0, 1)]
    assert {key[2] for key in traffic(made).routes} == {5}  # one channel, whichever way


def test_messages_after_until_wait_and_are_paired_later() -> None:
    made = Made("main", "other")
    made.pipe(5, 5)
    made.did("main", sent(1, 2, 5, "a"), sent(10, 11, 5, "b"))
    made.did("other", received(3, 4, 5, "a"), received(12, 13, 5, "b"))
    assert traffic(made).pair(5 * MS) == 1
    assert traffic(made).pair(5 * MS) == 0
    assert traffic(made).pair() == 1
    assert len(pairs(made)) == 2


def test_a_send_that_was_pending_is_paired_once_and_counted_once() -> None:
    made = Made("main", "other")
    made.pipe(5, 5)
    data = pickle.dumps("large")
    made.did("main", row(record.SEND, 1, 0, 5, size=len(data), text=data, line=10))
    traffic(made).pair()
    made.did("other", received(2, 3, 5, "large"))
    assert traffic(made).pair() == 1
    made.completed("main", 0, row(record.SEND, 1, 4, 5, size=len(data), text=data, line=10))
    assert traffic(made).pair() == 0
    (channel,) = traffic(made).channels()
    assert (channel.sent, channel.received) == (1, 1)
    assert pairs(made) == [(0, 0, 1, 0)]


def test_a_pending_send_that_ends_before_it_is_received_is_there_once() -> None:
    made = Made("main", "other")
    made.pipe(5, 5)
    data = pickle.dumps("large")
    made.did("main", row(record.SEND, 1, 0, 5, size=len(data), text=data, line=10))
    traffic(made).pair()
    made.completed("main", 0, row(record.SEND, 1, 2, 5, size=len(data), text=data, line=10))
    made.did("other", received(3, 4, 5, "large"), received(5, 6, 5, "large"))
    assert traffic(made).pair() == 1  # the second has no send


def test_what_raised_or_was_not_in_time_is_no_message() -> None:
    made = Made("main", "other")
    made.pipe(5, 5)
    made.did("main", row(record.SEND, 1, 2, 5, size=9, text=b"x", line=10, flags=record.ERROR))
    made.did("other", row(record.RECEIVE, 3, 4, 5, size=9, text=b"x", line=20, flags=record.ERROR | record.END))
    assert traffic(made).pair() == 0
    (channel,) = traffic(made).channels()
    assert (channel.sent, channel.received) == (0, 0)


def test_many_in_portions_are_paired_as_at_once() -> None:
    def run(portion: int) -> list[tuple[int, int, int, int]]:
        order = random.Random(3)
        made = Made("main", "p", "q", "r")
        made.queue(5)
        times = dict.fromkeys(("p", "q", "r"), 0)
        for number in range(400):
            sender, receiver = order.choice("pq"), order.choice("qr")
            times[sender] = at = max(times[sender], number * 10) + 1
            made.did(sender, sent(at, at + 1, 5, number % 7))
            times[receiver] = later = max(times[receiver], at + 2) + 1
            made.did(receiver, received(later, later + 1, 5, number % 7))
            if number % portion == 0:
                traffic(made).pair((number * 10 - 100) * MS)
        traffic(made).pair()
        return pairs(made)

    whole = run(10_000)
    assert len(whole) == 400
    assert run(1) == run(13) == whole


def test_messages_that_come_late_find_their_places_in_a_route() -> None:
    made = Made("main", "other")
    made.pipe(5, 5)
    made.did("main", *(sent(at, at + 1, 5, at) for at in (1, 3, 5, 7)))
    made.did("other", received(8, 9, 5, 5), received(10, 11, 5, 7))
    traffic(made).pair()
    made.did("other", received(12, 13, 5, 3), received(14, 15, 5, 1))
    traffic(made).pair()
    (route,) = traffic(made).routes.values()
    assert route["sent"].tolist() == [1 * MS, 3 * MS, 5 * MS, 7 * MS]
    assert route["receive"].tolist() == [3, 2, 0, 1]
    assert route.longest == 14 * MS


def test_channels_of_a_kind_are_numbered_as_they_were_made() -> None:
    made = Made("main")
    made.queue(9)
    made.pipe(7, 8)
    made.queue(5)
    assert [one.name for one in traffic(made).channels()] == ["Queue 1", "Pipe 1", "Queue 2"]
    assert traffic(made).name_of(8) == "Pipe 1"


def test_what_multiprocessing_makes_for_itself_takes_no_number_of_a_persons() -> None:
    made = Made("main")
    made.fold(traced=[(made.pids["main"], "pipe", {"ends": (3, 4), "duplex": False, "site": record.NOWHERE})])
    made.pipe(7, 8)
    assert [one.name for one in traffic(made).channels()] == ["internal Pipe 1", "Pipe 1"]


def test_a_channel_counts_bytes_and_what_could_not_be_pickled() -> None:
    made = Made("main", "other")
    made.queue(5)
    made.did("main", sent(1, 2, 5, "a"), row(record.DROPPED, 3, 3, 5))
    made.did("other", received(4, 5, 5, "a"))
    traffic(made).pair()
    (channel,) = traffic(made).channels()
    assert (channel.sent, channel.received, channel.dropped, channel.size) == (1, 1, 1, len(pickle.dumps("a")))


def test_ends_of_an_af_unix_socket_are_known_by_their_first_message() -> None:
    made = Made("main", "client", "other")
    for pid, end in ((4000, 5), (4001, 6), (4002, 7)):
        made.fold(traced=[(pid, "socket", {"end": end, "own": "", "peer": "/tmp/s", "made": "connection"})])
    made.did("main", sent(1, 2, 5, "challenge 1"), received(7, 8, 5, "answer"))
    made.did("client", received(3, 4, 6, "challenge 1"), sent(5, 6, 6, "answer"))
    made.did("other", received(3, 4, 7, "challenge 2"))
    traffic(made).pair()
    assert made.observation.operations is not None
    assert made.observation.operations.ends == {5: 6, 6: 5}
    assert len(pairs(made)) == 2
    both, half = traffic(made).channels()
    assert (both.sent, both.received) == (2, 2) and (half.sent, half.received) == (0, 1)


def test_what_both_ends_of_a_socket_say_alike_is_no_message_of_an_end_to_itself() -> None:
    made = Made("main", "client")
    for pid, end in ((4000, 5), (4001, 6)):
        made.fold(traced=[(pid, "socket", {"end": end, "own": "", "peer": "/tmp/s", "made": "connection"})])
    made.did("main", sent(1, 2, 5, "challenge"), sent(7, 8, 5, "welcome"), received(10, 13, 5, "welcome"))
    traffic(made).pair()  # what the client did has not come yet
    assert pairs(made) == []
    made.did("client", received(3, 4, 6, "challenge"), received(5, 9, 6, "welcome"), sent(11, 12, 6, "welcome"))
    traffic(made).pair()
    assert sorted((sender, receiver, route.count) for (sender, receiver, _), route in traffic(made).routes.items()) == [
        (0, 1, 2),
        (1, 0, 1),
    ]


def test_messages_go_with_the_rows_of_their_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipclab.operations.KEPT", 20)
    monkeypatch.setattr("ipclab.lane.PART", 4)
    made = Made("main", "other")
    made.pipe(5, 5)
    for number in range(60):
        made.did("main", sent(number, number + 1, 5, number))
        if number % 2:
            made.did("other", received(number + 1, number + 2, 5, number))
        if number % 7 == 0:
            traffic(made).pair()
    traffic(made).pair()
    assert made.observation.operations is not None
    assert made.observation.operations.gone > 0
    (route,) = traffic(made).routes.values()
    lane = made.observation.operations.lanes[4000]
    kept = [number for number in range(lane.dropped, 60) if number % 2]
    assert route["send"].tolist() == kept  # a message goes with its send
    assert route.gone + route.count <= 30


def test_the_n_th_item_that_was_put_is_the_n_th_that_was_written() -> None:
    made = Made("main", "other")
    made.queue(5)
    write = [sent(at, at + 1, 5, number, line=0, thread=2) for number, at in enumerate((4, 9), 1)]
    refused = row(record.PUT, 5, 6, 5, line=10, flags=record.FAILED)
    puts = [row(record.PUT, at, at + 1, 5, line=10) for at in (1, 7, 11)]
    dropped = row(record.DROPPED, 8, 8, 5, thread=2)
    made.did("main", puts[0], write[0], refused, puts[1], dropped, puts[2], write[1])
    made.did("other", received(5, 6, 5, 1))
    traffic(made).pair()
    lane = made.observation.operations.by_number[0]  # type: ignore[union-attr]
    assert [write_of(lane, at) for at in (0, 2, 3, 5)] == [1, None, 4, 6]
    assert [put_of(lane, at).begin // MS for at in (1, 4, 6)] == [1, 7, 11]  # type: ignore[union-attr]
    assert [is_under_way(lane, at) for at in (1, 4, 6)] == [False, False, True]
