"""What of a watched run's operations is in a span of time, as numbers ready to be drawn. No Qt.

Times are nanoseconds since the run began. A lane that holds more than can be told apart is read as shares of time, so
that the work of a frame follows the picture's width and not the run's length.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ipclab.trace import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipclab.observation import Observation, ProcessSeen
    from ipclab.operations import Lane
    from ipclab.traffic import Route, Traffic

WAITS = np.zeros(64, bool)  # by operation: what may take long because of somebody else
WAITS[[record.JOIN, record.RECEIVE, record.POLL, record.WAIT, record.GET, record.PUT, record.JOIN_QUEUE, record.FLUSH,
       record.ACQUIRE, record.WAIT_EVENT, record.WAIT_CONDITION, record.WAIT_BARRIER, record.CALL, record.ACCEPT,
       record.CONNECT, record.SEND]] = True  # fmt: skip
ON_CHANNELS = np.zeros(64, bool)
ON_CHANNELS[[record.SEND, record.RECEIVE, record.POLL, record.WAIT, record.PUT, record.GET, record.TASK_DONE,
             record.JOIN_QUEUE, record.FLUSH, record.EMPTY, record.CLOSE, record.DROPPED]] = True  # fmt: skip
FEW = 300  # blocks of one lane that are drawn one by one
MANY = 20_000  # rows in view beyond which a lane is read as shares of time
PENDING = 2**62


@dataclass(slots=True)
class Blocks:
    """The calls of one lane in view, outermost ones alone: a column each, of the same length."""

    begin: NDArray[np.int64]
    end: NDArray[np.int64]
    operation: NDArray[Any]
    thing: NDArray[np.uint64]
    number: NDArray[np.int64]  # of the row in its lane


@dataclass(slots=True)
class Shares:
    """For each column of pixels the share of time that a lane spent in calls, and in those that may wait."""

    calls: NDArray[np.float64]
    waits: NDArray[np.float64]


class LaneReader:
    """The outermost calls of one process, followed as they come.

    Only what a person's code calls is shown, and what a queue's feeder thread sends. The last rows are read anew at
    each look, from the first on that was still pending.
    """

    def __init__(self, lane: Lane) -> None:
        self.lane = lane
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._read = self.lane.dropped  # rows up to here are settled
        self._begin = np.zeros(0, np.int64)
        self._end = np.zeros(0, np.int64)
        self._number = np.zeros(0, np.int64)
        self._latest = np.zeros(0, np.int64)  # the latest end so far
        self._spent = np.zeros((2, 1), np.int64)  # ns in calls, in waits, before each block and after the last
        self._settled = 0
        self._seen = (-1, -1)

    def follow(self) -> None:
        """Read what has come since the last look."""
        lane = self.lane
        state = (lane.dropped + lane.count, len(lane.pending))
        if state == self._seen and not lane.pending:
            return
        self._seen = state
        if len(self._number) and self._number[0] < lane.dropped:  # the oldest rows gave way: begin anew
            self._begin_anew()
        keep = self._settled
        at = max(0, self._read - lane.dropped)
        word: NDArray[Any] = lane["word"][at:]
        operation = word >> 8
        fed = (operation == record.SEND) & (lane["thread"][at:] > 1)
        shown = (word != 0) & ((lane["site"][at:] != record.NOWHERE) | fed)
        rows = np.flatnonzero(shown)
        begin, end = lane["begin"][at:][rows], lane["end"][at:][rows].copy()
        end[end == 0] = PENDING
        number = rows + at + lane.dropped
        self._begin = np.concatenate([self._begin[:keep], begin])
        self._end = np.concatenate([self._end[:keep], end])
        self._number = np.concatenate([self._number[:keep], number])
        self._latest = np.maximum.accumulate(self._end) if len(self._end) else self._end
        self._sum(keep, operation[rows])
        open_rows = np.flatnonzero(self._end[keep:] == PENDING)
        self._settled = keep + (int(open_rows[0]) if len(open_rows) else len(begin))
        settled_row = self._number[self._settled] if self._settled < len(self._number) else lane.dropped + lane.count
        self._read = int(settled_row)

    def _sum(self, keep: int, operation: NDArray[Any]) -> None:
        """Sum up the time spent, of outermost calls alone: what begins within another adds nothing."""
        begin, end = self._begin[keep:], self._end[keep:]
        ended = np.where(end == PENDING, begin, end)
        reached = np.maximum.accumulate(ended) if len(ended) else ended
        before = np.r_[0, reached[:-1]] if len(reached) else reached
        spent = np.maximum(0, ended - np.maximum(begin, before))
        waits = np.where(WAITS[operation], spent, 0)
        start = self._spent[:, keep : keep + 1]
        self._spent = np.concatenate(
            [self._spent[:, : keep + 1], start + np.cumsum(np.stack([spent, waits]), axis=1)], axis=1
        )

    def blocks(self, start: int, stop: int) -> Blocks | None:
        """Return the calls that reach into a span; None where they are too many to be told apart."""
        first = int(np.searchsorted(self._latest, start))
        last = int(np.searchsorted(self._begin, stop))
        if last - first > MANY:
            return None
        inside = first + np.flatnonzero(self._end[first:last] >= start)
        lane = self.lane
        at = self._number[inside] - lane.dropped
        kept = at >= 0
        at, inside = at[kept], inside[kept]
        return Blocks(
            self._begin[inside], self._end[inside], lane["word"][at] >> 8, lane["thing"][at], self._number[inside]
        )

    def shares(self, edges: NDArray[np.int64]) -> Shares:
        """Return how the time between edges, ascending, was spent; what is still pending is left out."""
        at = np.searchsorted(self._begin, edges)
        spent = self._spent[:, np.minimum(at, self._spent.shape[1] - 1)].astype(np.float64)
        if len(self._begin):  # the call that an edge lies in counts up to there
            last = np.maximum(at - 1, 0)
            over = np.maximum(0, np.where(self._end[last] == PENDING, 0, self._end[last] - edges)) * (at > 0)
            spent[0] -= over
            spent[1] -= np.where(self._spent[1, last + 1] > self._spent[1, last], over, 0)
        width = np.maximum(1, np.diff(edges))
        share = np.clip(np.diff(spent, axis=1) / width, 0, 1)
        return Shares(share[0], share[1])

    def counts(self, edges: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many calls had begun at each moment."""
        counted: NDArray[np.int64] = np.searchsorted(self._begin, edges).astype(np.int64)
        return counted

    def pending(self) -> NDArray[np.int64]:
        """Return the row numbers of calls that have not ended."""
        open_ones: NDArray[np.int64] = self._number[self._end == PENDING]
        return open_ones


@dataclass(slots=True)
class Row:
    """A process in the chart: its lane and where it stands; `reader` is None while it has done nothing."""

    process: ProcessSeen
    reader: LaneReader | None


class Scene:
    """The processes of a watched run in the order of the chart, their calls and their messages."""

    def __init__(self, observation: Observation) -> None:
        self.observation = observation
        self.rows: list[Row] = []
        self.until = 1
        self._readers: dict[int, LaneReader] = {}
        self._place: dict[int, int] = {}  # of a lane's number: the row
        self._colors: dict[int, int] = {}

    @property
    def traffic(self) -> Traffic | None:
        """The run's messages; None until there are operations."""
        return self.observation.traffic

    def follow(self) -> None:
        """Read what has come."""
        operations = self.observation.operations
        self.until = max(1, int(self.observation.time * 1e9))
        if operations is None:
            return
        self.rows.clear()
        self._place.clear()
        for process in self.observation.processes.values():
            lane = operations.lanes.get(process.pid)
            if lane is not None:
                reader = self._readers.setdefault(lane.number, LaneReader(lane))
                reader.follow()
                self._place[lane.number] = len(self.rows)
                self.rows.append(Row(process, reader))
            else:
                self.rows.append(Row(process, None))

    def routes(self) -> list[tuple[int, int, Route]]:
        """Return the messages from row to row: sending row, receiving row, route."""
        if self.traffic is None:
            return []
        return [
            (self._place[route.sender], self._place[route.receiver], route)
            for route in self.traffic.routes.values()
            if route.sender in self._place and route.receiver in self._place
        ]

    def color(self, thing: int) -> int:
        """Return which of the series' colours a channel has: the order in which channels were met."""
        operations = self.observation.operations
        channel = min(thing, operations.ends.get(thing, thing)) if operations is not None else thing
        return self._colors.setdefault(channel, len(self._colors))


def in_view(route: Route, start: int, stop: int) -> slice:
    """Return which messages of a route touch a span; a few more before it where some took long."""
    sent = route["sent"]
    first = int(np.searchsorted(sent, start - route.longest))
    return slice(first, int(np.searchsorted(sent, stop)))
