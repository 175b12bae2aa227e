"""What ended a call on a channel that waited: who made room in it, gave its end something to read, or let it go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ipclab.lane import ROWS
from ipclab.trace import record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping

    from numpy.typing import NDArray

    from ipclab.lane import Lane, Operation
    from ipclab.operations import Operations

BY_ITSELF = 50_000  # ns that a send() or put() may take which waits for no room
NEAR = 50_000_000  # ns: so late, at most, who waited wakes up, and the lab sees that a process has ended
LOOK_BACK = 14_000  # rows of a lane: a pipe holds 13 107 messages of one byte
EVER = 2**40  # all of them
NEVER = 2**62
HEADER = 4  # bytes that multiprocessing writes before a message
# Bytes that lie in a channel at least where there is no room in it, and what a message takes beside its own: a pipe has
# 16 pages, of which each may be half empty (pipe(7)); half of a socket's net.core.wmem_default, which counts its own.
IN_A_PIPE, IN_A_SOCKET = (32_768, 0), (106_496, 1_024)
AT_AN_END = (record.SEND, record.RECEIVE, record.POLL, record.WAIT)  # who does one of these has that end of a channel


class _Message(NamedTuple):
    """A message: when its send began and ended, NEVER while it has not; when it was received, by which lane."""

    begin: int
    end: int
    pid: int
    size: int
    taken: int
    taker: int


class Cause(NamedTuple):
    """What ended a wait, of one process: "a message", "recv()", "close()", "the end"; when, 0 where nobody can tell."""

    what: str
    pid: int
    when: int


class Woken:
    """Finds what ended calls on channels. One thread at a time."""

    def __init__(self, operations: Operations, who: Callable[[int, Collection[int]], set[int]]) -> None:
        """Read these operations; `who`: numbers of the lanes that have done one of some operations to a thing."""
        self._operations = operations
        self._who = who

    def by_room(self, call: Operation) -> list[Cause]:
        """Return who received while a send waited for room; nobody where it may have had some all along."""
        if call.end - call.begin <= BY_ITSELF:
            return []
        other = self._other(call.thing)
        least, beside = IN_A_PIPE if other == call.thing else IN_A_SOCKET
        lies = sum(one.size + HEADER + beside for one in self._messages(call.thing, call.begin - 1, call.begin))
        if other < 0 or lies + call.size + HEADER + beside < least:
            return []
        found = []
        known = self._operations.things.get(call.thing)
        what = "get()" if known is not None and known.kind == "queue" else "recv()"
        for lane, _, rows in self._rows(other, (record.RECEIVE,), call.end):
            during = rows[(rows["end"] >= call.begin) | (rows["end"] == 0)]
            found += [Cause(what, lane.pid, begin) for begin in during["begin"].tolist()]
        return found

    def by_something_to_read(self, lane: Lane, call: Operation, ended: Mapping[int, float]) -> list[Cause]:
        """Return what let poll() or wait() say yes; several where it may have been any.

        Args:
            lane: whose call it is.
            call: which has ended well.
            ended: when processes were seen to have ended by themselves, in seconds since the run began, by pid.
        """
        if call.operation == record.POLL:
            return self._at(lane, call, call.thing, ended)
        count, *numbers = record.READY.unpack_from(call.text)
        found: list[Cause] = []
        for number in numbers[:count]:
            pid = number - record.SENTINEL
            some = [Cause("the end", pid, 0)] if pid >= 0 else self._at(lane, call, number, ended)
            if not some:
                return []  # it may have been this
            found += some
        return found if count <= len(numbers) else []

    def by_letting_go(self, end: int, until: int, ended: Mapping[int, float]) -> list[Cause]:
        """Return who was the last to let go of what an end is read from, by a moment; `ended` as above."""
        written = self._other(end)
        closes, held = self._let_go(written, until) if written >= 0 else ([], set())
        two_way = written != end
        near = [one for one in closes if one.when >= until - NEAR]
        for number in held:
            pid = self._operations.by_number[number].pid
            when = ended.get(pid, NEVER) * 1e9
            if when > until + NEAR:
                return []  # it had the end still: somebody let go of it unseen
            if when >= until - NEAR:
                near.append(Cause("the end", pid, 0))
        if all(one.when for one in near):
            near = sorted(near, key=lambda one: one.when)[-1:]
        if not two_way and any(one.when and not self._sends(one.pid, written) for one in near):
            return []  # both ends of such a pipe have one number: it may have closed the other
        return near

    def _at(self, lane: Lane, call: Operation, end: int, ended: Mapping[int, float]) -> list[Cause]:
        """Return what gave an end something to read at the end of a call."""
        written = self._other(end)
        if written < 0:
            return []
        found: list[_Message] = []
        for one in sorted(self._messages(written, call.end, call.begin)):
            if found and one.begin > max(was.end for was in found):
                break
            found.append(one)
            if one.taker != lane.number and one.taken <= call.end:  # another may have been faster
                found[-1] = one._replace(end=NEVER)
        if found:
            return [Cause("a message", one.pid, one.begin) for one in found]
        return [] if self._operations.unrecorded else self.by_letting_go(end, call.end, ended)

    def _other(self, end: int) -> int:
        """Return the end at which is written what is read at one, and the other way round; -1 where nobody knows."""
        known = self._operations.things.get(end)
        if end in self._operations.ends:
            return self._operations.ends[end]
        return end if known is not None and known.kind in ("pipe", "queue") else -1

    def _rows(
        self, thing: int, operations: Collection[int], until: int, most: int = LOOK_BACK
    ) -> Iterator[tuple[Lane, NDArray[np.int64], NDArray[Any]]]:
        """Yield what was done to a thing, without an error, and begun until a moment: lane, row numbers and rows.

        Of each lane some parts of the last so many rows that had begun by then are looked at.
        """
        for number in sorted(self._who(thing, operations)):
            lane = self._operations.by_number[number]
            parts = [(first, part) for first, part in lane.since(0) if part["begin"][0] <= until]
            for first, part in parts[-(-(-most // lane.part_size) + 1) :]:
                word = part["word"]
                mine = (part["thing"] == thing) & np.isin(word >> 8, list(operations)) & (part["begin"] <= until)
                places = np.flatnonzero(mine & ((word & record.ERROR) == 0))
                if len(places):
                    yield lane, first + places, part.take(places)

    def _messages(self, thing: int, until: int, since: int) -> list[_Message]:
        """Return what was sent at an end until a moment, and was not received before another."""
        found = []
        for lane, numbers, rows in self._rows(thing, (record.SEND,), until):
            partners = np.array([lane.partner(number) for number in numbers.tolist()], np.int64)
            taken = self._taken(partners)
            left = np.flatnonzero(taken >= since)
            columns = (rows["begin"], rows["end"], rows["size"], taken, partners >> 40)
            for begin, end, size, when, taker in zip(*(column[left].tolist() for column in columns), strict=True):
                found.append(_Message(begin, end or NEVER, lane.pid, size, when, taker))
        return found

    def _taken(self, partners: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return when messages were received, by their partners: NEVER where they were not, 0 where that has gone."""
        lanes = self._operations.by_number
        ends = (
            NEVER if partner < 0 else max(0, lanes[partner >> 40].end_of(partner & ROWS))
            for partner in partners.tolist()
        )
        return np.fromiter(ends, np.int64, len(partners))

    def _sends(self, pid: int, thing: int) -> bool:
        """Tell whether a process has sent at an end."""
        return any(self._operations.by_number[number].pid == pid for number in self._who(thing, (record.SEND,)))

    def _let_go(self, written: int, until: int) -> tuple[list[Cause], set[int]]:
        """Return the closes of an end until a moment, and the numbers of the lanes that had it and did not close it."""
        two_way = written in self._operations.ends
        had = self._who(written, AT_AN_END if two_way else (record.SEND,))
        closes = []
        for lane, _, rows in self._rows(written, (record.CLOSE,), until, EVER):
            had = had - {lane.number}
            closes += [Cause("close()", lane.pid, begin) for begin in rows["begin"].tolist()]
        return closes, had
