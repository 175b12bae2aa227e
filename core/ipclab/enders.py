"""What ended a wait of a watched run, or who could end it, as far as the run's operations tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ipclab.trace import record
from ipclab.woken import AT_AN_END, BY_ITSELF, Woken

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from numpy.typing import NDArray

    from ipclab.lane import Lane, Operation
    from ipclab.operations import Operations
    from ipclab.woken import Cause

LOOK_BACK = 5_000  # rows of a lane that are searched for who let a lock go, or has it
NAMED = 3  # processes that are named where any of several could end a wait
FOR_EVER = float("inf")
SEMAPHORES = ("Semaphore", "BoundedSemaphore")

# What ends a wait: the call that does, and the operations by which a process is known to be able to make it.
CALLS = {
    record.SEND: ("recv()", (record.RECEIVE,)),
    record.PUT: ("get()", (record.GET, record.RECEIVE)),  # pools read past get()
    record.FLUSH: ("get()", (record.GET, record.RECEIVE)),
    record.JOIN_QUEUE: ("task_done()", (record.TASK_DONE, record.GET)),
    record.WAIT_EVENT: ("set()", (record.SET, record.CLEAR)),
    record.WAIT_CONDITION: ("notify()", (record.NOTIFY,)),
}
ENDED = {  # the call that ended a wait, and its operation
    record.JOIN_QUEUE: ("task_done()", record.TASK_DONE),
    record.WAIT_EVENT: ("set()", record.SET),
    record.WAIT_CONDITION: ("notify()", record.NOTIFY),
    record.PUT: ("get()", record.GET),
}
MESSAGE = (record.RECEIVE, record.GET, record.POLL, record.WAIT)  # a message ends these
OTHERS = {
    record.CALL: "the answer of its manager",
    record.ACCEPT: "a Client that connects",
    record.CONNECT: "accept() of the Listener",
}


@dataclass(frozen=True, slots=True)
class Ender:
    """Who could end a wait.

    Attributes:
        words: "a message of right", "the end of worker"; empty where nobody can tell.
        by: pids of the only processes that could, as far as was seen; empty where that is not known, or it is nobody.
    """

    words: str
    by: frozenset[int] = frozenset()


NOBODY_KNOWS = Ender("")


class _Done(NamedTuple):
    """What a process has done: from when to when, in nanoseconds since the run began."""

    begin: int
    end: int
    pid: int


@dataclass(frozen=True, slots=True)
class People:
    """The run's processes, by pid.

    Attributes:
        names: of all.
        ended: when one ended, in seconds since the run began; without those that live, and those that the lab ended.
    """

    names: Mapping[int, str] = field(default_factory=dict)
    ended: Mapping[int, float] = field(default_factory=dict)

    def name(self, pid: int) -> str:
        """Return a process's name, or what it is called where nobody told."""
        return self.names.get(pid, f"process {pid}")

    def lived_with(self, pid: int, other: int) -> bool:
        """Tell whether a process was alive when another ended; where that lives, whether it is now."""
        return pid not in self.ended or self.ended[pid] >= self.ended.get(other, FOR_EVER)


class Enders:
    """Reads a run's operations for who did what to which thing. One thread at a time."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations
        self._read: dict[int, int] = {}  # by lane: rows before this one have been read
        self._did: dict[int, int] = {}  # by thing and operation: a bit for each lane
        # What many ask who wait for one lock, as long as nothing else was done:
        self._last: dict[tuple[int, int], tuple[int, Lane, int] | None] = {}  # by thing and operation: see `_latest`
        self._holders: dict[int, set[int]] = {}  # by semaphore: numbers of the lanes that hold it
        self._changes = -1
        self._woken = Woken(operations, self._who)

    def could_end(self, lane: Lane, call: Operation, people: People) -> Ender:
        """Return who could end a call that has begun and not ended."""
        self._follow()
        if call.operation == record.JOIN:
            return Ender(f"the end of {people.name(call.size)}", frozenset({call.size}))
        if call.operation in MESSAGE:
            return self._message(lane, call, people)
        if call.operation in CALLS:
            return self._call(lane, call, people)
        if call.operation == record.ACQUIRE:
            return self._release(lane, call, people)
        if call.operation == record.RESULT_OF:
            return self._end_of_task(call, people)
        if call.operation == record.WAIT_BARRIER:
            return self._others_at_barrier(call)
        return Ender(OTHERS.get(call.operation, ""))

    def ended(self, lane: Lane, row: int, call: Operation, people: People) -> str:
        """Return in words what ended a call that waited; empty where nobody can tell."""
        self._follow()
        if call.operation == record.JOIN:
            return f"the end of {people.name(call.size)}"
        if call.operation == record.SEND:
            return _told(self._woken.by_room(call), people)
        if call.operation in (record.POLL, record.WAIT):
            return _told(self._woken.by_something_to_read(lane, call, people.ended), people)
        if call.operation == record.RECEIVE and call.flags & record.END:
            return _told(self._woken.by_letting_go(call.thing, call.end, people.ended), people)
        if call.operation in (record.RECEIVE, record.GET):
            return self._sent(lane, row, people)
        if call.operation == record.ACQUIRE:
            found = self._latest(call.thing, record.RELEASE, call.end)
            return f"release() of {people.name(found[1].pid)}, {moment(found[0])}" if found else ""
        if call.operation == record.WAIT_BARRIER:
            last = self._last_at_barrier(call)
            return f"wait() of {people.name(last.pid)}, {moment(last.begin)}" if last is not None else ""
        return self._called(call, people)

    def _follow(self) -> None:
        lanes = self._operations.by_number
        if self._changes == self._operations.changes:
            return
        self._changes = self._operations.changes
        self._last.clear()
        self._holders.clear()
        for lane in lanes:
            start = max(self._read.get(lane.number, 0) - lane.dropped, 0)
            self._read[lane.number] = lane.dropped + lane.count
            if start < lane.count:
                keys = _keys(lane["thing"][start:], lane["word"][start:] >> 8)
                bit = 1 << lane.number
                for key in np.unique(keys).tolist():
                    self._did[key] = self._did.get(key, 0) | bit

    def _who(self, thing: int, operations: Collection[int]) -> set[int]:
        """Return the numbers of the lanes that have done one of these operations to a thing."""
        found = 0
        for operation in operations:
            key = _keys(np.array([thing], np.uint64), np.array([operation], np.uint16))
            found |= self._did.get(int(key[0]), 0)
        return {number for number in range(found.bit_length()) if found >> number & 1}

    def _able(self, lane: Lane, call: Operation, thing: int, operations: Collection[int]) -> set[int]:
        """Return who has done one of these operations to a thing, and not in the thread that waits: lanes' numbers."""
        able = self._who(thing, operations)
        if lane.number in able:
            tail = slice(max(0, lane.count - LOOK_BACK), None)
            did = (lane["thing"][tail] == thing) & np.isin(lane["word"][tail] >> 8, list(operations))
            if not np.any(did & (lane["thread"][tail] != call.thread)):
                able.discard(lane.number)
        return able

    def _say(self, lane: Lane, what: str, able: set[int], people: People, nobody: str) -> Ender:
        """Return that something of those who are able could end a call, those who live."""
        pids = [self._operations.by_number[number].pid for number in sorted(able)]
        alive = [pid for pid in pids if people.lived_with(pid, lane.pid)]
        if alive:
            names = ["another thread of its own" if pid == lane.pid else people.name(pid) for pid in alive]
            return Ender(f"{what} of {either(names)}", frozenset(alive))
        if pids:
            have = "has" if len(pids) == 1 else "have"
            return Ender(f"{what}, but {either([people.name(pid) for pid in pids], 'and')} {have} ended")
        return Ender(nobody)

    def _message(self, lane: Lane, call: Operation, people: People) -> Ender:
        if not call.thing:
            return NOBODY_KNOWS
        known = self._operations.things.get(call.thing)
        written = self._operations.ends.get(call.thing, call.thing)
        if known is not None and known.kind == "queue":
            # Pools write past put(); a Queue's feeder does so for who puts, and is no thread that could end a wait.
            writes = (record.PUT, record.SEND) if known.made == "SimpleQueue" else (record.PUT,)
            able = self._able(lane, call, written, writes)
        elif written != call.thing:  # who does anything at the other end has it, and could write
            able = self._able(lane, call, written, AT_AN_END) - self._who(written, (record.CLOSE,))
        else:
            able = self._able(lane, call, written, (record.SEND,))
        found = self._say(lane, "a message", able, people, "a message; nobody has sent one yet")
        return Ender(found.words) if call.operation == record.WAIT else found  # which may wait for others too

    def _call(self, lane: Lane, call: Operation, people: People) -> Ender:
        what, operations = CALLS[call.operation]
        thing = call.thing
        if call.operation == record.SEND:
            thing = self._operations.ends.get(thing, thing)
            if thing != call.thing:
                operations = AT_AN_END
            elif (known := self._operations.things.get(thing)) is not None and known.kind == "queue":
                what = "get()"
        able = self._able(lane, call, thing, operations)
        return self._say(lane, what, able, people, f"{what} of somebody; nobody has called it yet")

    def _release(self, lane: Lane, call: Operation, people: People) -> Ender:
        known = self._operations.things.get(call.thing)
        if known is not None and known.made in SEMAPHORES:
            able = self._who_hold(call.thing) - {lane.number} | self._able(lane, call, call.thing, (record.RELEASE,))
            return self._say(lane, "release()", able, people, "release() of somebody; nobody has called it yet")
        conditions = [one.number for one in self._operations.things.values() if one.about.get("lock") == call.thing]
        taken = [self._latest(call.thing, record.ACQUIRE)]
        taken += [self._latest(number, record.WAIT_CONDITION) for number in conditions]  # which takes it again
        had = max((one for one in taken if one is not None), default=None, key=lambda one: one[0])
        if had is None:
            return NOBODY_KNOWS
        moment, holder, thread = had
        given = self._latest(call.thing, record.RELEASE)
        if given is not None and given[0] > moment:
            return NOBODY_KNOWS  # it is free, or about to be
        if holder is lane:
            if thread == call.thread:
                return Ender("nobody, since it has the lock already", frozenset({lane.pid}))
            return Ender("release() of another thread of its own, which has it", frozenset({lane.pid}))
        name = people.name(holder.pid)
        if not people.lived_with(holder.pid, lane.pid):
            return Ender(f"nobody, since {name} ended while it had it")
        return Ender(f"release() of {name}, which has it", frozenset({holder.pid}))

    def _holds(self, number: int, thing: int) -> bool:
        """Tell whether a process has taken a semaphore more often than it has given it back."""
        lane = self._operations.by_number[number]
        tail = slice(max(0, lane.count - LOOK_BACK), None)
        word = lane["word"][tail]
        mine = (lane["thing"][tail] == thing) & (word & (record.DONE | record.FAILED | record.ERROR) == record.DONE)
        did = word >> 8
        steps = np.where(did == record.ACQUIRE, 1, 0) - np.where(did == record.RELEASE, 1, 0)
        steps = steps[mine][::-1].cumsum()
        return bool(len(steps)) and int(steps.max()) > 0

    def _who_hold(self, thing: int) -> set[int]:
        """Return the numbers of the lanes that hold a semaphore."""
        if thing not in self._holders:
            lanes = self._who(thing, (record.ACQUIRE,))
            self._holders[thing] = {number for number in lanes if self._holds(number, thing)}
        return self._holders[thing]

    def _latest(self, thing: int, operation: int, until: int | None = None) -> tuple[int, Lane, int] | None:
        """Return who was the last to do something to a thing, and got what it asked for: when, whose lane, thread."""
        if until is None and (thing, operation) in self._last:
            return self._last[thing, operation]
        latest: tuple[int, Lane, int] | None = None
        for number in self._who(thing, (operation,)):
            lane = self._operations.by_number[number]
            tail = slice(max(0, lane.count - LOOK_BACK) if until is None else 0, None)
            word, end = lane["word"][tail], lane["end"][tail]
            mine = (lane["thing"][tail] == thing) & (word >> 8 == operation)
            mine &= word & (record.DONE | record.FAILED | record.ERROR) == record.DONE
            if until is not None:
                mine &= end <= until
            places = np.flatnonzero(mine)
            if len(places) and (latest is None or int(end[places].max()) > latest[0]):
                last = places[int(end[places].argmax())]
                latest = int(end[last]), lane, int(lane["thread"][tail][last])
        if until is None:
            self._last[thing, operation] = latest
        return latest

    def _done(self, call: Operation, operation: int) -> list[_Done]:
        """Return what had been done to a call's thing, or was begun, when the call ended; in the order of beginning."""
        found = []
        for number in self._who(call.thing, (operation,)):
            lane = self._operations.by_number[number]
            word, begin, end = lane["word"], lane["begin"], lane["end"]
            mine = (lane["thing"] == call.thing) & (word >> 8 == operation) & (begin <= call.end)
            mine &= word & (record.FAILED | record.ERROR) == 0
            times = zip(begin[mine].tolist(), end[mine].tolist(), strict=True)
            found += [_Done(since, until or call.end, lane.pid) for since, until in times]
        return sorted(found)

    def _called(self, call: Operation, people: People) -> str:
        """Return whose call ended one that waited for it: those who may have, where several called meanwhile."""
        if call.operation == record.RESULT_OF:
            tasks = [one for one in self._done(call, record.TASK) if call.begin <= one.end <= call.end]
            return f"its end in {people.name(max(tasks, key=lambda one: one.end).pid)}" if call.thing and tasks else ""
        if call.operation not in ENDED or (call.operation == record.PUT and not self._wants_room(call)):
            return ""
        what, operation = ENDED[call.operation]
        done = self._done(call, operation)
        during = [one for one in done if one.end >= call.begin]
        if call.operation == record.WAIT_EVENT:
            found = during[:1] or done[-1:]  # what sets it again wakes nobody; and it may have been set before
        elif call.operation == record.JOIN_QUEUE:
            found = done[-1:]
        else:
            found = during
        pids = list(dict.fromkeys(one.pid for one in found))
        when = f", {moment(found[0].begin)}" if len(found) == 1 else ""
        return f"{what} of {either([people.name(pid) for pid in pids])}{when}" if pids else ""

    def _wants_room(self, call: Operation) -> bool:
        """Tell whether a put() waited for room in a queue that is bounded."""
        known = self._operations.things.get(call.thing)
        return known is not None and bool(known.about.get("limit")) and call.end - call.begin > BY_ITSELF

    def _last_at_barrier(self, call: Operation) -> _Done | None:
        """Return who came last to where a call waited; None where that is the call itself, or nobody can tell."""
        there = [one for one in self._done(call, record.WAIT_BARRIER) if one.end > call.begin]
        came = [one for one in there if one.begin > call.begin]
        for last in reversed(came):  # of the next round no more can be there than all but the one that waited
            if sum(one.begin <= last.begin <= one.end for one in there) == call.second:
                return last
        return None

    def _others_at_barrier(self, call: Operation) -> Ender:
        there = sum(
            one.operation == record.WAIT_BARRIER and one.thing == call.thing for _, one in self._operations.pending()
        )
        return Ender(f"wait() of {max(0, call.second - there)} more; {there} of {call.second} are there")

    def _end_of_task(self, call: Operation, people: People) -> Ender:
        pids = [
            lane.pid
            for lane, one in self._operations.pending()
            if one.operation == record.TASK and call.thing in (one.thing, 0)
        ]
        if not pids:
            return Ender("a worker that takes it")
        return Ender(f"its end in {either([people.name(pid) for pid in pids])}", frozenset(pids))

    def _sent(self, lane: Lane, row: int, people: People) -> str:
        for number in range(row, min(row + 8, lane.dropped + lane.count)):
            partner = lane.partner(number)
            if partner >= 0:
                giver = self._operations.by_number[partner >> 40]
                sent = giver.operation(partner & (2**40 - 1))
                when = f", sent {moment(sent.begin)}" if sent is not None else ""
                return f"a message of {people.name(giver.pid)}{when}"
        return ""


def _told(causes: list[Cause], people: People) -> str:
    """Return in words what ended a call, or either of what may have; when, where that is one."""
    by: dict[str, list[str]] = {}
    for one in causes:
        name = people.name(one.pid)
        if name not in by.setdefault(one.what, []):
            by[one.what].append(name)
    words = " or ".join(f"{what} of {either(names)}" for what, names in by.items())
    if len(causes) == 1 and causes[0].when:
        return f"{words}, {'sent ' if causes[0].what == 'a message' else ''}{moment(causes[0].when)}"
    return words


def _keys(things: NDArray[Any], operations: NDArray[Any]) -> NDArray[np.uint64]:
    """Return a number for each thing and what was done to it; things differ in more than their first six bits."""
    with np.errstate(over="ignore"):
        made: NDArray[np.uint64] = things * np.uint64(64) + operations.astype(np.uint64)
    return made


def moment(nanoseconds: int) -> str:
    """Return a moment of the run in milliseconds: "1 234.567 ms"."""
    return f"{nanoseconds / 1e6:,.3f} ms".replace(",", "\u00a0")


def either(names: list[str], word: str = "or") -> str:
    """Return "a", "a or b", "a, b or c", "a, b, c or one of 61 more"."""
    shown = names[:NAMED]
    if len(names) > NAMED:
        shown.append(f"one of {len(names) - NAMED} more" if word == "or" else f"{len(names) - NAMED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {word} {shown[-1]}"
