"""The processes of a watched run in the order of the chart, their calls, their messages and channels. No Qt."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ipclab_gui.messages.depths import Depth, Depths
from ipclab_gui.messages.lane_reader import LaneReader, follow

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipclab.enders import Enders
    from ipclab.observation import Observation, ProcessSeen
    from ipclab.traffic import Route, Traffic

CHANNELS = 8  # that have lanes of their own at most: the busiest
DEEP = 4  # messages that have lain in one that is no queue
LOOKS = 256  # moments at which that is looked at


@dataclass(slots=True)
class Row:
    """A process in the chart: its lane and where it stands; `reader` is None while it has done nothing."""

    process: ProcessSeen
    reader: LaneReader | None


@dataclass(slots=True)
class ChannelLane:
    """A channel as a lane: how many messages lie in it."""

    number: int  # the lower of its ends'
    name: str
    limit: int  # of a bounded queue; 0 for none
    depth: Depth


class Crossing(NamedTuple):
    """Messages in view that go from one row to one by one channel: their places in the route."""

    source: int
    target: int
    route: Route
    part: slice | NDArray[np.int64]
    amount: int

    def sent_after(self, start: int) -> int:
        """Return how many were sent after a moment."""
        return int(self.amount - np.searchsorted(self.route["sent"][self.part], start))

    def ending(self, start: int, stop: int) -> Crossing:
        """Return those alone that were sent or received in a span, and not those that were on their way all along."""
        assert isinstance(self.part, slice)
        sent, received = self.route["sent"][self.part], self.route["received"][self.part]
        ends = (sent >= start) | ((received >= start) & (received <= stop))
        places = self.part.start + np.flatnonzero(ends)
        return self._replace(part=places, amount=len(places))


class Scene:
    """What there is to be drawn of a run."""

    def __init__(self, observation: Observation) -> None:
        assert observation.operations is not None
        self.observation = observation
        self.operations = observation.operations
        self.rows: list[Row] = []
        self.channels: list[tuple[int, ChannelLane]] = []  # after which row, and the lane
        self.until = 1
        self._readers: dict[int, LaneReader] = {}
        self._depths = Depths(self.operations)
        self._place: dict[int, int] = {}  # of a lane's number: the row
        self._colors: dict[int, int] = {}
        self._routes: list[tuple[int, int, Route]] = []
        self._counted: tuple[tuple[int, int], NDArray[np.int64]] | None = None

    @property
    def traffic(self) -> Traffic:
        """The run's messages."""
        assert self.observation.traffic is not None
        return self.observation.traffic

    @property
    def enders(self) -> Enders:
        """Who ended its waits, and who could."""
        assert self.observation.enders is not None
        return self.observation.enders

    @property
    def names(self) -> dict[int, str]:
        """Names of processes by pid."""
        return {row.process.pid: row.process.name for row in self.rows}

    def follow(self) -> None:
        """Read what has come."""
        self.until = max(1, int(self.observation.time * 1e9))
        self.rows.clear()
        self._place.clear()
        for process in self.observation.processes.values():
            lane = self.operations.lanes.get(process.pid)
            if lane is not None:
                reader = self._readers.get(lane.number) or self._readers.setdefault(lane.number, LaneReader(lane))
                self._place[lane.number] = len(self.rows)
                self.rows.append(Row(process, reader))
            else:
                self.rows.append(Row(process, None))
        follow(row.reader for row in self.rows if row.reader is not None)
        self._depths.follow()
        self._counted = None
        for thing in self.operations.things.values():
            if thing.site is not None and thing.kind in ("pipe", "queue", "socket"):
                self.color(thing.number)
        place = self._place
        self._routes = [
            (place[route.sender], place[route.receiver], route)
            for route in self.traffic.routes.values()
            if route.sender in place and route.receiver in place
        ]

    def follow_channels(self) -> None:
        """Find which channels have lanes of their own, and after which row; names may have changed."""
        self.traffic.channels()
        after: dict[int, int] = {}
        for channel, balance in self._balances().items():
            senders = [row for row, sent in balance.items() if sent > 0]
            after[channel] = max(senders, default=0)
        moments = np.linspace(0, self.until, LOOKS).astype(np.int64)
        busiest = sorted(self._depths.by_channel.items(), key=lambda one: -one[1].added.total)[:CHANNELS]
        found = []
        for channel, depth in busiest:
            if channel in after and (self.is_queue(channel) or depth.at(moments).max() >= DEEP):
                thing = self.operations.things.get(channel)
                limit = int(thing.about.get("limit", 0)) if thing is not None else 0
                found.append((after[channel], ChannelLane(channel, self.traffic.name_of(channel), limit, depth)))
        self.channels = sorted(found, key=lambda one: (one[0], one[1].number))

    def _balances(self) -> dict[int, Counter[int]]:
        """Return by channel how many more messages each row has sent than received."""
        balances: dict[int, Counter[int]] = {}
        for source, target, route in self._routes:
            balance = balances.setdefault(route.channel, Counter())
            balance[source] += route.gone + route.count
            balance[target] -= route.gone + route.count
        return balances

    def is_queue(self, channel: int) -> bool:
        """Tell whether a channel is one in which messages are meant to lie."""
        thing = self.operations.things.get(channel)
        return thing is not None and thing.kind == "queue"

    def slots(self, *, far: bool, without: frozenset[int] = frozenset()) -> list[Row | ChannelLane]:
        """Return the lanes from top to bottom; far, those of channels too, but some."""
        found: list[Row | ChannelLane] = []
        for number, row in enumerate(self.rows):
            found.append(row)
            if far:
                found += [lane for after, lane in self.channels if after == number and lane.number not in without]
        return found

    def routes(self) -> list[tuple[int, int, Route]]:
        """Return the messages from row to row: sending row, receiving row, route."""
        return self._routes

    def crossings(self, start: int, stop: int) -> list[Crossing]:
        """Return the messages that touch a span, and a few more before it where some took long."""
        found = []
        for source, target, route in self._routes:
            first, last = route.sent_between(start - route.longest, stop)
            if last > first:
                found.append(Crossing(source, target, route, slice(first, last), last - first))
        return found

    def counts(self, stop: int, columns: int) -> NDArray[np.int64]:
        """Return how many calls began in each of so many equal parts of the time up to `stop`."""
        if self._counted is None or self._counted[0] != (stop, columns):
            edges = np.linspace(0, stop, columns + 1).astype(np.int64)
            counts = np.zeros(columns, np.int64)
            for row in self.rows:
                if row.reader is not None:
                    counts += np.diff(row.reader.counts(edges))
            self._counted = (stop, columns), counts
        return self._counted[1]

    def color(self, thing: int) -> int:
        """Return which of the series' colours a channel has: in the order of their making, others as they are met."""
        channel = min(thing, self.operations.ends.get(thing, thing))
        return self._colors.setdefault(channel, len(self._colors))

    def number_of(self, route: Route, place: int) -> int:
        """Return which message of its channel one is, by when they were sent, from 1."""
        sent = int(route["sent"][place])
        others = (one for *_, one in self._routes if one.channel == route.channel and one is not route)
        return place + 1 + route.gone + sum(one.gone + int(np.searchsorted(one["sent"], sent)) for one in others)

    def row_of(self, lane: int) -> int | None:
        """Return the row of a lane's number."""
        return self._place.get(lane)


__all__ = ["ChannelLane", "Crossing", "Row", "Scene"]
