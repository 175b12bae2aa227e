"""The state of a watched run at any moment: what each process is in, what lies in each channel, who has which lock.

One thread at a time. Times are in nanoseconds since the run began. What was not recorded cannot be told: where
operations were lost or had given way before they were read, counts may be off, and `Moment.complete` says so.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ipclab import asked, past
from ipclab.moment import (
    SHOWN,
    BlockAt,
    Call,
    ChannelAt,
    LockAt,
    Message,
    Moment,
    ObjectAt,
    ProcessAt,
    SharedAt,
    Way,
)
from ipclab.past import Past
from ipclab.preview import preview
from ipclab.ready import stood
from ipclab.trace import record
from ipclab.waiting import ON_CHANNEL, lock_name

if TYPE_CHECKING:
    from ipclab.lane import Lane, Operation
    from ipclab.observation import Observation
    from ipclab.operations import Thing

SLACK = 32  # messages that overtook each other are looked for so far from where they would lie
SECOND = 1_000_000_000
TENTH = SECOND // 10  # a rate is to be read: it is another one no more often


class Moments:
    """Tells the state of one run at moments; `follow` first."""

    def __init__(self, observation: Observation) -> None:
        assert observation.operations is not None
        assert observation.traffic is not None
        self.observation = observation
        self.operations, self.traffic = observation.operations, observation.traffic
        self.past = Past(self.operations)
        self._names: dict[int, str] = {}
        self._named = 0  # how much was told when they were named

    def follow(self, most: int = past.PORTION) -> bool:
        """Read what has come, at most so many operations; return whether nothing is left to be read."""
        return self.past.follow(most)

    def name_of(self, thing: Thing) -> str:
        """Return "Pipe 1", "Lock 2"."""
        if self.operations.told != self._named:
            self._names.clear()
            self._named = self.operations.told
        if thing.number not in self._names:
            channel = thing.kind in ("pipe", "queue", "socket")
            made = self.traffic.name_of(thing.number) if channel else lock_name(self.operations, thing.number)
            self._names[thing.number] = made
        return self._names[thing.number]

    def at(self, time: int) -> Moment:
        """Return the state at a moment."""
        calls = {lane.pid: self._call(lane, time) for lane in self.operations.by_number}
        waiting: dict[int, list[int]] = {}
        for pid, call in calls.items():
            if call is not None and call.thing:
                waiting.setdefault(call.thing, []).append(pid)
        complete = not (self.operations.unrecorded or self.operations.untraced or self.past.missed)
        made = Moment(time, self._processes(calls, time), [], [], [], [], [], complete=complete)
        locks: dict[int, LockAt] = {}
        addresses = {one.about["address"] for one in self.operations.things.values() if one.kind == "proxy"}
        servers = self._servers(addresses)
        addresses |= servers.keys()
        for thing in sorted(self.operations.things.values(), key=lambda one: (one.kind != "lock", one.order)):
            if thing.kind in ("pipe", "queue", "socket"):
                if thing.number <= self.operations.ends.get(thing.number, thing.number) and self._is_shown(
                    thing, addresses
                ):
                    made.channels.append(self._channel(thing, calls, time))
            elif thing.kind == "lock" and thing.site is not None:
                locks[thing.number] = self._lock(thing, waiting, time)
            elif thing.kind == "shared":
                made.shared.append(self._shared(thing, locks.pop(int(thing.about.get("lock", 0)), None), time))
            elif thing.kind == "proxy" and thing.site is not None:
                made.objects.append(self._object(thing, servers, time))
            elif thing.kind == "block":
                made.blocks.append(self._block(thing, time))
        inner = {int(one.about.get("lock", 0)) for one in self.operations.things.values() if one.kind == "lock"}
        made.locks.extend(lock for number, lock in locks.items() if number not in inner or lock.users)
        return made

    # ------------------------------------------------------------------------------------------------ processes

    def _processes(self, calls: dict[int, Call | None], time: int) -> list[ProcessAt]:
        found = []
        before = stood(self.observation)
        for seen in self.observation.processes.values():
            since = round(seen.since * 1e9)
            if time < round(seen.started * 1e9):
                found.append(ProcessAt(seen, "not started", 0, None, {}))
            elif seen.alive or time >= since:
                shown, last = seen.shown_at(time / 1e9), "" if seen.alive else before.get(seen.pid, "")
                found.append(ProcessAt(seen, seen.state, since, calls.get(seen.pid), shown, last))
            else:
                started = round(seen.started * 1e9)
                found.append(ProcessAt(seen, "running", started, calls.get(seen.pid), seen.shown_at(time / 1e9)))
        return found

    def _call(self, lane: Lane, time: int) -> Call | None:
        row = self.past.call_of(lane, time)
        found = self.past.operation(row) if row is not None else None
        return None if found is None or row is None else self.told(lane, row, found)

    def told(self, lane: Lane, row: int, call: Operation) -> Call:
        """Return a call, which stands in this row of all, in words."""
        known = self.operations.things.get(call.thing)
        name, on, text = record.NAMES.get(call.operation, "?"), "", ""
        if call.operation in (record.JOIN, record.START):
            on = next((one.name for one in self.observation.processes.values() if one.pid == call.size), "")
        elif call.operation == record.CALL:
            name = asked.method(call) or name
            text = asked.request_of(self.past, row)
        if known is not None:
            on = self.name_of(known)
        elif call.operation in ON_CHANNEL and call.thing:
            on = self.traffic.name_of(call.thing)
        if call.operation in (record.SEND, record.RECEIVE) and call.size:
            text = preview(call.text[: min(call.size, record.TEXT_SIZE)], call.size)
        elif call.operation in (record.READ, record.WRITE):
            text = call.text.rstrip(b"\0").decode(errors="replace")
        elif call.operation in (record.PUT, record.GET) and call.end:
            text = self._text_of_item(lane, call)
        return Call(name, on, call.thing, call.begin, call.operation, text)

    def _text_of_item(self, lane: Lane, call: Operation) -> str:
        """Return what a put put, once its feeder has written it, or what a get got."""
        if call.operation == record.PUT:
            puts, writes = (self.past.line(kind, call.thing, lane.number) for kind in (past.PUT, past.WRITTEN))
            number = puts.count(call.end) - 1
            rows = writes.rows(number, number + 1)
        else:
            gets = self.past.line(past.RECEIVED, call.thing, lane.number)
            number = gets.count(call.end) - 1
            rows = gets.rows(number, number + 1) if number >= gets.count(call.begin) else []
        found = self.past.operation(rows[0]) if rows else None
        return _text(found) if found is not None else ""

    # ------------------------------------------------------------------------------------------------- channels

    def _servers(self, addresses: set[str]) -> dict[str, int]:
        """Return the pids of managers' servers by the address at which they listen, if it is one of some."""
        found = {}
        for end, lane in self.past.accepted.items():
            known = self.operations.things.get(end)
            if known is not None and known.about.get("own") in addresses:
                found[known.about["own"]] = self.operations.by_number[lane].pid
        return found

    def _is_shown(self, thing: Thing, servers: set[str]) -> bool:
        """Tell whether a channel is one that a person means: not a start's pipe, nor a connection to one of servers."""
        if thing.kind == "queue":
            return thing.site is not None or bool(self.past.line(past.SENT, thing.number).stop)
        end = self.operations.ends.get(thing.number, thing.number)
        if thing.number not in self.past.by_person and end not in self.past.by_person:
            return False
        other = self.operations.things.get(end)
        own = {one.about.get(key) for one in (thing, other) if one is not None for key in ("own", "peer")}
        return own.isdisjoint(servers)

    def _channel(self, thing: Thing, calls: dict[int, Call | None], time: int) -> ChannelAt:
        other = self.operations.ends.get(thing.number, thing.number)
        ways = []
        for end, read_at in dict.fromkeys(((thing.number, other), (other, thing.number))):
            way = self._way(end, read_at, time, queue=thing.kind == "queue")
            for pid, call in calls.items():
                if call is None:
                    continue
                if call.operation in (record.SEND, record.PUT) and call.thing == end:
                    way.senders.setdefault(pid, 0)
                elif call.operation in (record.RECEIVE, record.GET) and call.thing == read_at:
                    way.receivers.setdefault(pid, 0)
            ways.append(way)
        return ChannelAt(thing.number, self.name_of(thing), thing.kind, int(thing.about.get("limit", 0)), ways)

    def _way(self, end: int, read_at: int, time: int, *, queue: bool) -> Way:
        sent, received = self.past.line(past.SENT, end), self.past.line(past.RECEIVED, read_at)
        written, taken = sent.count(time), received.count(time)
        way = Way(end, written, taken)
        until = time if time < SECOND else time - time % TENTH
        way.rate = sent.count(until) - sent.count(max(0, until - SECOND))
        for kind, thing, told in ((past.SENT, end, way.senders), (past.RECEIVED, read_at, way.receivers)):
            for lane in self.past.lanes.get((kind, thing), ()):
                count = self.past.line(kind, thing, lane).count(time)
                if count:
                    told[self.operations.by_number[lane].pid] = count
        way.first = self._lying(end, written, taken, time)
        if queue:
            self._add_unwritten(way, time)
        else:
            self._add_pending(way, time)
        return way

    def _lying(self, end: int, written: int, taken: int, time: int) -> list[Message]:
        """Return the oldest messages that are written and not received.

        By number they are those behind `taken`; where several write, some overtake others: a partner tells.
        """
        line = self.past.line(past.SENT, end)
        inside = written - taken
        if inside <= 0:
            return []
        start, stop = max(line.first, taken - SLACK), min(written, taken + SHOWN + SLACK)
        there, unsure = [], []
        for place, row in enumerate(line.rows(start, stop)):
            lane = self.operations.by_number[row >> 40]
            partner = lane.partner(row & (2**40 - 1))
            if partner < 0:
                unsure.append((place, row))
                continue
            receive = self.past.operation(partner)
            if receive is not None and (receive.end == 0 or receive.end > time):
                there.append((place, row))
        wanted = (stop - taken) - len(there)
        if wanted > 0:
            there = sorted(there + unsure[-wanted:])
        return [made for _, row in there[:SHOWN] if (made := self._message(row, written=True)) is not None]

    def passage(self, end: int, number: int) -> tuple[Message, int] | None:
        """Return the message that was written to an end as number so many, from 0, and when it was received.

        That is 0 where it was not, or nobody knows; None where the message is not kept.
        """
        rows = self.past.line(past.SENT, end).rows(number, number + 1)
        message = self._message(rows[0], written=True) if rows else None
        if message is None:
            return None
        partner = self.operations.by_number[rows[0] >> 40].partner(rows[0] & (2**40 - 1))
        receive = self.past.operation(partner) if partner >= 0 else None
        return message, receive.end if receive is not None else 0

    def _message(self, row: int, *, written: bool) -> Message | None:
        found = self.past.operation(row)
        if found is None:
            return None
        return Message(_text(found), found.size, self.operations.by_number[row >> 40].pid, found.begin, written)

    def _add_unwritten(self, way: Way, time: int) -> None:
        """Add what callers have put and feeders not written: of a process, the puts behind the last written."""
        items: list[Message] = []
        for lane in self.past.lanes.get((past.PUT, way.end), ()):
            puts, writes = (self.past.line(kind, way.end, lane) for kind in (past.PUT, past.WRITTEN))
            start, stop = writes.count(time), puts.count(time)
            more = max(0, stop - start)
            way.unwritten += more
            pid = self.operations.by_number[lane].pid
            if more:
                way.senders[pid] = max(stop, way.senders.get(pid, 0))
            for number in range(start, min(stop, start + SHOWN)):
                later = writes.rows(number, number + 1)
                known = self._message(later[0], written=False) if later else None
                when = puts.time(number) if number >= puts.first else 0
                items.append(Message(known.text if known else "", known.size if known else 0, pid, when, written=False))
        way.sent += way.unwritten
        items.sort(key=lambda one: one.sent)
        way.first = (way.first + items)[:SHOWN]

    def _add_pending(self, way: Way, time: int) -> None:
        """Add what is in a send that has not ended to this day."""
        for lane, one in self.operations.pending():
            if one.operation == record.SEND and one.thing == way.end and one.begin <= time:
                way.sent += 1
                way.unwritten += 1
                way.senders.setdefault(lane.pid, 0)
                if len(way.first) < SHOWN:
                    way.first.append(Message(_text(one), one.size, lane.pid, one.begin, written=False))

    # ---------------------------------------------------------------------------------------------------- state

    def _uses(self, kind: int, thing: int, time: int) -> dict[int, int]:
        """Return by pid how often each did something to a thing until a moment."""
        found = {}
        for lane in self.past.lanes.get((kind, thing), ()):
            count = self.past.line(kind, thing, lane).count(time)
            if count:
                found[self.operations.by_number[lane].pid] = count
        return found

    def _latest(self, kind: int, thing: int, time: int) -> dict[int, int]:
        """Return by pid when each last did something to a thing until a moment."""
        found = {}
        for lane in self.past.lanes.get((kind, thing), ()):
            latest = self.past.line(kind, thing, lane).latest(time)
            if latest is not None:
                found[self.operations.by_number[lane].pid] = latest
        return found

    def _lock(self, thing: Thing, waiting: dict[int, list[int]], time: int) -> LockAt:
        had, let_go, used = (self._uses(kind, thing.number, time) for kind in (past.HAD, past.LET_GO, past.USED))
        balance = {pid: had.get(pid, 0) - let_go.get(pid, 0) for pid in had | let_go}
        left = None
        if thing.made in ("Semaphore", "BoundedSemaphore"):
            left = max(0, int(thing.about.get("value", 0)) - sum(balance.values()))
        elif thing.made == "Lock" and sum(balance.values()) <= 0:
            balance = {}  # let go by another process than had it
        elif thing.made == "Lock":
            newest = self._latest(past.HAD, thing.number, time)
            balance = {max(newest, key=lambda pid: newest[pid]): 1}
        holders = {pid: count for pid, count in balance.items() if count > 0}
        calls = waiting.get(thing.number, [])
        users = [*dict.fromkeys([*had, *used, *calls])]
        return LockAt(thing.number, self.name_of(thing), thing.made, holders, left, calls, users)

    def _shared(self, thing: Thing, lock: LockAt | None, time: int) -> SharedAt:
        kind = str(thing.about.get("type", ""))
        counted = re.fullmatch(r"(.+)_Array_(\d+)", kind)
        length = int(counted[2]) if counted else 1
        array = thing.made in ("Array", "RawArray")
        values, newest, when = [""] * min(length, past.CELLS), None, -1
        for index in self.past.cells.get(thing.number, ()):
            line = self.past.cell(thing.number, index)
            number = line.count(time) - 1
            row = line.rows(number, number + 1)
            found = self.past.operation(row[0]) if row else None
            if found is None or (index < 0 and array):
                continue
            at = max(index, 0)
            if at < len(values):
                values[at] = found.text.rstrip(b"\0").decode(errors="replace")
                if found.operation == record.WRITE and found.end > when:
                    newest, when = at, found.end
        readers, writers = (self._latest(kind, thing.number, time) for kind in (past.READ, past.WROTE))
        plain = (counted[1] if counted else kind).removeprefix("c_")
        raw, holders = bool(thing.about.get("raw")), self._holders(thing, time)
        return SharedAt(
            thing.number, self.name_of(thing), thing.made, plain, length, values, readers, writers, lock, newest, raw,
            holders,
        )  # fmt: skip

    def _holders(self, thing: Thing, time: int) -> dict[int, int]:
        """Return who has it by then, by pid, since when; nobody where it is used in a way that is seen, or may yet be.

        What has a lock may be used yet so long as it is new and the run goes on.
        """
        known = self.operations.holders.get(thing.number, {})
        if any((kind, thing.number) in self.past.lanes for kind in (past.READ, past.WROTE)):
            return {}
        until = round(self.observation.time * 1e9)
        new = self.observation.outcome is None and until - min(known.values(), default=until) < SECOND
        if new and not thing.about.get("raw"):
            return {}
        return {pid: since for pid, since in known.items() if since <= time}

    def _object(self, thing: Thing, servers: dict[str, int], time: int) -> ObjectAt:
        users = self._uses(past.ASKED, thing.number, time)
        server = servers.get(thing.about["address"], 0)
        last = asked.last_put(self.past, thing.number, time)
        return ObjectAt(thing.number, self.name_of(thing), server, users, last)

    def _block(self, thing: Thing, time: int) -> BlockAt:
        opened, closed = (self._uses(kind, thing.number, time) for kind in (past.OPENED, past.CLOSED))
        users = [pid for pid, count in opened.items() if count > closed.get(pid, 0)]
        gone = bool(self._uses(past.UNLINKED, thing.number, time))
        return BlockAt(thing.number, self.name_of(thing), int(thing.about.get("size", 0)), users, gone)


def _text(message: Operation) -> str:
    return preview(message.text[: min(message.size, record.TEXT_SIZE)], message.size)


__all__ = ["Moments"]
