"""What is folded, paired and read in portions, as it comes, is what is folded, paired and read at once."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ipclab.lane import Lane
from ipclab.trace import record
from ipclab_gui.messages.scene import Scene
from tests.operated import MS, Made, received, row, sent

NAMES = tuple(f"worker {number}" for number in range(7))
ENDS = (5, 7, 9, 11)  # the last is a queue's
UNTIL = 2_000  # ms


def made_up(seed: int) -> dict[str, list[NDArray[Any]]]:
    """Return what each process does, by when it began: messages, waits for locks and joins, tasks, calls that fail."""
    order = random.Random(seed)
    done: dict[str, list[NDArray[Any]]] = {name: [] for name in NAMES}
    for number in range(300):
        giver, taker = order.choices(NAMES, k=2)
        end, begin, took = order.choice(ENDS), order.randint(0, 1_500), order.choice((1, 3, 40, 400))
        thread = 2 if end == ENDS[-1] else 1
        done[giver].append(
            sent(begin, begin + order.randint(1, 5), end, (number, "x" * order.randint(0, 90)), thread=thread)
        )
        size = int(done[giver][-1]["size"][0])
        got = received(begin + 2, begin + took + 5, end, "")
        got["size"], got["text"] = size, done[giver][-1]["text"]
        if order.random() < 0.9:
            done[taker].append(got)
        if end == ENDS[-1]:
            done[giver].append(row(record.PUT, max(0, begin - 2), begin, end, line=10))
    for _ in range(120):
        operation, flags = order.choice(((record.ACQUIRE, 0), (record.JOIN, 0), (record.GET, record.FAILED),
                                         (record.SEND, record.ERROR), (record.WRITE, 0)))  # fmt: skip
        begin = order.randint(0, 1_500)
        end = begin + order.choice((1, 2, 300))
        done[order.choice(NAMES)].append(row(operation, begin, end, order.choice(ENDS), line=10, flags=flags))
    for name in NAMES[:2]:
        done[name] += [row(record.TASK, at, at + 30, 77) for at in range(0, 1_000, 50)]
    return {name: sorted(rows, key=lambda one: int(one["begin"][0])) for name, rows in done.items()}


def run(done: dict[str, list[NDArray[Any]]], moments: list[int]) -> Scene:
    """Return what is seen of a run of which one hears, and which is looked at, at each of these milliseconds."""
    made = Made(*NAMES)
    for end in ENDS[:-1]:
        made.pipe(end, end, NAMES[0])
    made.queue(ENDS[-1], name=NAMES[0])
    told = dict.fromkeys(NAMES, 0)
    pending: list[tuple[str, int, NDArray[Any]]] = []
    scene = None
    for moment in moments:
        for name, index, one in [this for this in pending if this[2]["end"] <= moment * MS]:
            made.completed(name, index, one)
        pending = [this for this in pending if this[2]["end"] > moment * MS]
        for name, rows in done.items():
            new = [one for one in rows[told[name] :] if one["begin"] <= moment * MS]
            for place, one in enumerate(new):
                if one["end"] > moment * MS:
                    pending.append((name, told[name] + place, one))
                    new[place] = one.copy()
                    new[place]["end"], new[place]["word"] = 0, int(one["word"][0]) & ~(record.DONE | 0xFF)
            told[name] += len(new)
            if new:
                made.did(name, *new, time=moment / 1000)
        made.fold(time=moment / 1000)
        traffic = made.observation.traffic
        assert traffic is not None
        traffic.pair(moment * MS - 250 * MS)
        scene = scene or Scene(made.observation)
        scene.follow()
    made.end(UNTIL / 1000)
    assert scene is not None
    scene.follow()
    scene.follow_channels()
    return scene


def lanes_of(scene: Scene) -> dict[int, Lane]:
    return scene.operations.lanes


@pytest.fixture(params=[0, 1, 2])
def seen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[Scene, Scene]:
    """Return one run seen in portions, of lanes in small parts, and seen at once."""
    done, order = made_up(request.param), random.Random(request.param)
    at_once = run(done, [UNTIL])
    monkeypatch.setattr("ipclab.lane.PART", 16)
    monkeypatch.setattr("ipclab_gui.messages.lane_reader.AT_ONCE", 20)
    return run(done, [*sorted(order.choices(range(UNTIL), k=60)), UNTIL]), at_once


def test_operations_are_the_same(seen: tuple[Scene, Scene]) -> None:
    for pid, lane in lanes_of(seen[0]).items():
        other = lanes_of(seen[1])[pid]
        assert lane.pending == other.pending == set()
        for column in ("begin", "end", "thing", "size", "site", "thread", "word"):
            assert lane[column].tolist() == other[column].tolist()


def test_messages_have_the_same_partners_and_routes(seen: tuple[Scene, Scene]) -> None:
    in_portions, at_once = seen
    for pid, lane in lanes_of(in_portions).items():
        assert lane["partner"].tolist() == lanes_of(at_once)[pid]["partner"].tolist()
        assert max(lane["partner"]) >= 0
    assert in_portions.traffic.routes.keys() == at_once.traffic.routes.keys()
    for key, route in in_portions.traffic.routes.items():
        other = at_once.traffic.routes[key]
        assert route.longest == other.longest == int((route["received"] - route["sent"]).max())
        assert sorted(zip(*map(route.__getitem__, ("sent", "send", "receive")), strict=True)) == sorted(
            zip(*map(other.__getitem__, ("sent", "send", "receive")), strict=True)
        )
        assert (np.diff(route["sent"]) >= 0).all()
    counts = [
        [(one.name, one.sent, one.received, one.size, one.dropped) for one in scene.traffic.channels()]
        for scene in seen
    ]
    assert counts[0] == counts[1]


def test_lanes_say_the_same_of_every_span(seen: tuple[Scene, Scene]) -> None:
    edges = np.arange(0, UNTIL, 13) * MS
    for mine, other in zip(seen[0].rows, seen[1].rows, strict=True):
        assert mine.reader is not None
        assert other.reader is not None
        assert mine.reader.pending() == other.reader.pending() == []
        for start, stop in ((0, UNTIL), (100, 140), (700, 1_000)):
            blocks = [reader.blocks(start * MS, stop * MS) for reader in (mine.reader, other.reader)]
            assert blocks[0] is not None
            assert blocks[1] is not None
            assert blocks[0].number.tolist() == blocks[1].number.tolist()
        shares, others = (reader.shares(edges, UNTIL * MS) for reader in (mine.reader, other.reader))
        for name in ("calls", "waits", "others"):
            assert getattr(shares, name).tolist() == pytest.approx(getattr(others, name).tolist(), abs=1e-9)
        assert mine.reader.counts(edges).tolist() == other.reader.counts(edges).tolist()


def test_channels_are_as_deep(seen: tuple[Scene, Scene]) -> None:
    edges = np.arange(0, UNTIL, 7) * MS
    depths = [scene._depths.by_channel for scene in seen]
    assert depths[0].keys() == depths[1].keys() == set(ENDS)
    for channel in ENDS:
        assert depths[0][channel].at(edges).tolist() == depths[1][channel].at(edges).tolist()
    assert [lane.name for _, lane in seen[0].channels] == [lane.name for _, lane in seen[1].channels]
