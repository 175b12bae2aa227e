"""What is drawn against what is counted one by one: calls, shares of time, depths, spans."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from ipclab.trace import record
from ipclab.traffic import Route
from ipclab_gui.messages import depths as depths_module
from ipclab_gui.messages.arrows import short
from ipclab_gui.messages.depths import Depths
from ipclab_gui.messages.lane_reader import BUSY, PENDING, LaneReader, follow
from ipclab_gui.messages.scene import Crossing
from ipclab_gui.messages.view import LEAST, View, duration, moment, ticks
from tests.operated import MS, Made, received, row, sent


def reader_of(made: Made) -> LaneReader:
    assert made.observation.operations is not None
    return LaneReader(made.observation.operations.by_number[0])


def read(made: Made, reader: LaneReader) -> None:
    assert made.observation.operations is not None
    assert reader.lane in made.observation.operations.by_number
    follow([reader])


def covered(spans: list[tuple[int, int]], start: int, stop: int) -> int:
    """Return how many milliseconds of a span lie in any of these."""
    return sum(any(begin <= at < end for begin, end in spans) for at in range(start, stop))


@pytest.mark.parametrize("seed", range(4))
def test_shares_are_the_time_in_calls_however_they_overlap(seed: int) -> None:
    order = random.Random(seed)
    made = Made("main")
    spans = sorted((begin, begin + order.randint(1, 60)) for begin in (order.randint(0, 900) for _ in range(40)))
    rows = [row(record.ACQUIRE, begin, end, 9, line=10, thread=order.choice((1, 2))) for begin, end in spans]
    made.did("main", *rows)
    reader = reader_of(made)
    read(made, reader)
    edges = np.arange(0, 1001, 37) * MS
    shares = reader.shares(edges, 1000 * MS)
    truth = [covered(spans, start // MS, stop // MS) * MS / (stop - start) for start, stop in pairwise(edges.tolist())]
    assert shares.calls.tolist() == pytest.approx(truth, abs=1e-9)
    assert (shares.others <= shares.calls + 1e-9).all()
    assert not shares.waits.any()  # locks are no channels


def test_a_call_up_to_some_microseconds_is_no_wait() -> None:
    made = Made("main")
    quick, slow = row(record.GET, 0, 1, 5, line=10), row(record.GET, 10, 20, 5, line=10)
    quick["begin"], quick["end"] = 1 * MS, 1 * MS + BUSY
    made.did("main", quick, slow)
    reader = reader_of(made)
    read(made, reader)
    shares = reader.shares(np.array([0, 5, 30]) * MS, 30 * MS)
    assert shares.waits.tolist() == pytest.approx([0, (10 * MS - BUSY) / (25 * MS)])
    shares = reader.shares(np.array([5, 15, 20]) * MS, 30 * MS)  # an edge within the wait
    assert shares.waits.tolist() == pytest.approx([(5 * MS - BUSY) / (10 * MS), 1])


def test_what_is_pending_lasts_until_now() -> None:
    made = Made("main")
    made.did("main", row(record.GET, 10, 0, 5, line=10), row(record.ACQUIRE, 12, 13, 9, line=10, thread=2))
    reader = reader_of(made)
    read(made, reader)
    edges = np.array([0, 10, 20, 30]) * MS
    assert reader.shares(edges, 25 * MS).calls.tolist() == pytest.approx([0, 1, 0.5])
    blocks = reader.blocks(15 * MS, 16 * MS)
    assert blocks is not None
    assert (blocks.number.tolist(), blocks.end.tolist()) == ([0], [PENDING])
    made.completed("main", 0, row(record.GET, 10, 14, 5, line=10))
    read(made, reader)
    assert reader.shares(edges, 25 * MS).calls.tolist() == pytest.approx([0, 0.4, 0])
    assert reader.pending() == []


def test_calls_in_view_are_those_that_reach_into_it() -> None:
    order = random.Random(5)
    made = Made("main")
    spans = sorted((begin, begin + order.choice((1, 5, 300))) for begin in (order.randint(0, 900) for _ in range(60)))
    reader = None
    for begin, end in spans:
        made.did("main", row(record.ACQUIRE, begin, end, 9, line=10))
        reader = reader or reader_of(made)
        read(made, reader)
    assert reader is not None
    for start, stop in ((0, 10), (200, 250), (500, 501), (899, 2000), (2000, 3000)):
        blocks = reader.blocks(start * MS, stop * MS)
        assert blocks is not None
        truth = [number for number, (begin, end) in enumerate(spans) if begin < stop and end >= start]
        assert blocks.number.tolist() == truth


def test_multiprocessings_own_calls_are_left_out_but_a_feeders() -> None:
    made = Made("main")
    made.did(
        "main", row(record.GET, 1, 5, 5, line=10), row(record.RECEIVE, 2, 4, 5), row(record.SEND, 6, 7, 5, thread=2)
    )
    reader = reader_of(made)
    read(made, reader)
    blocks = reader.blocks(0, 10 * MS)
    assert blocks is not None
    assert blocks.number.tolist() == [0, 2]


def test_tasks_are_in_view_with_the_calls_in_them_and_count_as_time_in_calls() -> None:
    made = Made("main")
    made.did("main", row(record.TASK, 1, 5, 9), row(record.RECEIVE, 2, 3, 5, line=10), row(record.TASK, 6, 0, 9))
    reader = reader_of(made)
    read(made, reader)
    for start, stop, numbers in ((0, 10, [0, 1, 2]), (4, 5, [0]), (7, 8, [2]), (0, 1, [])):
        blocks = reader.blocks(start * MS, stop * MS)
        assert blocks is not None
        assert blocks.number.tolist() == numbers
    calls = reader.shares(np.arange(0, 11) * MS, 8 * MS).calls
    assert calls.tolist() == pytest.approx([0, 1, 1, 1, 1, 0, 1, 1, 0, 0])


def test_a_lane_whose_oldest_part_went_is_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipclab.operations.KEPT", 50)
    monkeypatch.setattr("ipclab.lane.PART", 7)
    made = Made("main")
    reader = None
    for number in range(300):
        made.did("main", row(record.ACQUIRE, 10 * number, 10 * number + 4, 9, line=10))
        reader = reader or reader_of(made)
        if number % 3 == 0:
            read(made, reader)
    assert reader is not None
    read(made, reader)
    lane = reader.lane
    assert lane.dropped > 100
    assert len(reader) == lane.count
    edges = np.arange(lane.dropped, 299) * 10 * MS
    assert reader.shares(edges, 3000 * MS).calls.tolist() == pytest.approx([0.4] * (len(edges) - 1))
    assert reader.nearest(0) == lane.dropped
    assert reader.beside(lane.dropped, -1) == lane.dropped
    assert reader.beside(lane.dropped, 2) == lane.dropped + 2


def test_a_lane_forgets_what_was_pending_in_the_part_that_went(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipclab.lane.PART", 4)
    made = Made("main")
    made.did(
        "main", row(record.GET, 1, 0, 5, line=10), *(row(record.ACQUIRE, n, n + 1, 9, line=10) for n in range(2, 9))
    )
    reader = reader_of(made)
    read(made, reader)
    assert reader.pending() == [0]
    reader.lane.drop()
    read(made, reader)
    assert reader.pending() == []
    assert len(reader) == 4


def test_what_ends_in_view_is_told_from_what_was_on_its_way_all_along() -> None:
    route = Route(0, 1, 5)
    sent, received = np.array([0, 10, 50]), np.array([100, 20, 60])
    route.add(np.stack([sent, received, np.arange(3), np.arange(3)]), 0, 50, 100)
    ending = Crossing(0, 1, route, slice(0, 3), 3).ending(15, 55)
    assert ending.amount == 2
    assert route["sent"][ending.part].tolist() == [10, 50]
    assert Crossing(0, 1, route, slice(0, 3), 3).sent_after(10) == 2


# ----------------------------------------------------------------------------------------------------------- depths


@pytest.mark.parametrize("portions", [1, 7])
def test_a_queues_depth_is_what_was_put_and_not_received(portions: int) -> None:
    order = random.Random(2)
    made = Made("main", "consumer")
    made.queue(5)
    puts = sorted(order.sample(range(0, 1000, 2), 80))
    gets = sorted(order.randint(at + 1, at + 120) for at in puts[:60])
    events = sorted([(at, "put") for at in puts] + [(at, "get") for at in gets])
    assert made.observation.operations is not None
    depths = Depths(made.observation.operations)
    for number, (at, what) in enumerate(events):
        if what == "put":
            made.did("main", row(record.PUT, at, at + 1, 5, line=10), row(record.SEND, at + 1, at + 2, 5, thread=2))
        else:
            made.did("consumer", row(record.GET, at, at + 1, 5, line=20), row(record.RECEIVE, at, at + 1, 5))
        if number % portions == 0:
            depths.follow()
    depths.follow()
    edges = np.arange(0, 1200, 13)
    truth = [max(0, sum(put + 1 <= at for put in puts) - sum(get + 1 <= at for get in gets)) for at in edges.tolist()]
    assert depths.by_channel[5].at(edges * MS).tolist() == truth


def test_a_pipes_depth_is_what_was_sent_and_not_received_at_either_end() -> None:
    made = Made("main", "other")
    made.pipe(5, 6)
    made.did("main", sent(10, 11, 5, "a"), sent(20, 21, 5, "b"))
    made.did("other", received(0, 30, 6, "a"))
    assert made.observation.operations is not None
    depths = Depths(made.observation.operations)
    depths.follow()
    assert depths.by_channel[5].at(np.array([5, 15, 25, 35]) * MS).tolist() == [0, 1, 2, 1]


def test_what_could_not_be_pickled_lies_in_no_queue() -> None:
    made = Made("main")
    made.queue(5)
    made.did("main", row(record.PUT, 10, 11, 5, line=10), row(record.DROPPED, 15, 15, 5, thread=2))
    assert made.observation.operations is not None
    depths = Depths(made.observation.operations)
    depths.follow()
    assert depths.by_channel[5].at(np.array([12, 16]) * MS).tolist() == [1, 0]


def test_a_receive_that_was_pending_counts_when_it_ends() -> None:
    made = Made("main", "other")
    made.pipe(5, 5)
    made.did("other", row(record.RECEIVE, 1, 0, 5, line=20))
    made.did("main", sent(10, 11, 5, "a"))
    assert made.observation.operations is not None
    depths = Depths(made.observation.operations)
    depths.follow()
    assert depths.by_channel[5].at(np.array([40 * MS])).tolist() == [1]
    made.completed("other", 0, row(record.RECEIVE, 1, 30, 5, size=4, text=b"x", line=20))
    depths.follow()
    depths.follow()
    assert depths.by_channel[5].at(np.array([20, 40]) * MS).tolist() == [1, 0]


def test_moments_beyond_what_is_kept_are_still_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(depths_module, "KEPT", 100)
    made = Made("main")
    made.pipe(5, 5)
    assert made.observation.operations is not None
    depths = Depths(made.observation.operations)
    for number in range(300):
        made.did("main", sent(number, number + 1, 5, "x"))
        depths.follow()
    moments = depths.by_channel[5].added
    assert len(moments) <= 100
    assert moments.total == 300
    assert moments.until(np.array([298, 1000]) * MS).tolist() == [299, 300]


# ------------------------------------------------------------------------------------------------------------- view


def test_ticks_are_round_and_few() -> None:
    found, step = ticks(3, 1_000_000_007, 6)
    assert step == 200_000_000
    assert found == [200_000_000 * n for n in range(1, 6)]
    assert [moment(one, step).replace("\u00a0", " ") for one in found[:2]] == ["0.2 s", "0.4 s"]


@pytest.mark.parametrize(
    ("nanoseconds", "words"),
    [(812, "812 ns"), (1_240, "1.24 µs"), (35e6, "35.0 ms"), (2.1e9, "2.10 s"), (150e9, "150 s")],
)
def test_durations_have_three_figures(nanoseconds: float, words: str) -> None:
    assert duration(nanoseconds) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [(431, "431"), (1_234, "1.2k"), (9_999, "10k"), (45_600, "46k"), (999_600, "1.0M"), (2_340_000, "2.3M")],
)
def test_counts_are_short(count: int, words: str) -> None:
    assert short(count) == words


def test_no_zoom_goes_beyond_nanoseconds_or_the_run() -> None:
    view = View()
    view.grow(1_000 * MS, running=False)
    for _ in range(200):
        view.zoom(0.8, 500 * MS)
    assert view.width == LEAST
    assert view.start <= 500 * MS <= view.stop
    for _ in range(200):
        view.zoom(1.25, 500 * MS)
    assert view.start == 0
    assert view.stop >= 1_000 * MS
