"""Which receive got what which send sent, and what is known of the channels of a run that is watched.

Within a channel messages keep their order where one process writes and one reads at a time. Where several write
unlocked, the order in which they began says little: so a send is paired with a receive of the same size and the same
first bytes, the first of these with the first. The two ends of an AF_UNIX socket are known by the first message that
one sends and the other receives: with an authkey that is a random challenge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ipclab.columns import Columns
from ipclab.operations import UNPAIRED, Lane, Operation, Operations, Thing, chunks
from ipclab.trace import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PRIMES = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5, 0x85EBCA77C2B2AE63,
     0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB],
    np.uint64,
)  # fmt: skip
_MESSAGE = np.dtype([("key", "u8"), ("time", "i8"), ("at", "i8"), ("end", "u8")])  # `at` is a partner number
_COUNTED = np.zeros(256, bool)
_COUNTED[[record.SEND, record.RECEIVE, record.DROPPED]] = True
_ROUTE = ("sent", "received", "send", "receive")
ROWS = 2**40 - 1  # of a partner number: what of it is the row


@dataclass(slots=True)
class Channel:
    """What went through one channel.

    Attributes:
        name: "Pipe 1": what it is and a number in the order of their making.
        kind: "Pipe", "Queue", "SimpleQueue", "JoinableQueue", "connection".
        thing: how it was made; None where nobody told.
        sent: messages written to it without an error.
        received: messages read from it whole.
        size: bytes of what was sent.
        dropped: items that could not be pickled, and were never sent.
    """

    name: str
    kind: str
    thing: Thing | None
    sent: int = 0
    received: int = 0
    size: int = 0
    dropped: int = 0


class Route:
    """Paired messages from one process to one by one channel, sorted by when they were sent; a numpy column each.

    A message is kept as long as its send is.

    Attributes:
        sender, receiver: numbers of lanes.
        channel: the lower of its ends' numbers.
        longest: nanoseconds that one of them took, at most.

    Columns: "sent" and "received" are nanoseconds since the run began, when the send began and the receive ended;
    "send" and "receive" are row numbers, each in its lane.
    """

    __slots__ = ("_columns", "channel", "longest", "receiver", "sender")

    def __init__(self, sender: int, receiver: int, channel: int) -> None:
        self.sender, self.receiver, self.channel = sender, receiver, channel
        self.longest = 0
        self._columns = Columns(len(_ROUTE))

    @property
    def count(self) -> int:
        """Messages that are kept."""
        return len(self._columns)

    @property
    def gone(self) -> int:
        """Messages that gave way to later ones."""
        return self._columns.gone

    def __getitem__(self, column: str) -> NDArray[np.int64]:
        """Return a column: "sent", "received", "send" or "receive"."""
        found: NDArray[np.int64] = self._columns.rows[_ROUTE.index(column)]
        return found

    def add(self, new: NDArray[np.int64]) -> None:
        """Append messages, (4, n), sorted by when they were sent; where the last that is there is later, in between."""
        before = self.count
        self._columns.add(new.shape[1])[:] = new
        self.longest = max(self.longest, int((new[1] - new[0]).max()))
        rows = self._columns.rows
        if before and new[0, 0] < rows[0, before - 1]:
            late = rows[:, np.searchsorted(rows[0, :before], new[0, 0]) :]
            late[:] = late[:, np.argsort(late[0], kind="stable")]

    def forget(self, row: int) -> None:
        """Let go of what was sent in rows before this one."""
        if self.count and self["send"][0] < row:
            self._columns.forget(int(np.searchsorted(self["send"], row)))


class Traffic:
    """Pairs messages as operations come; `channels` counts them. One thread at a time.

    Attributes:
        routes: of paired messages, by sending lane, receiving lane and an end of the channel.
    """

    def __init__(self, operations: Operations) -> None:
        self.operations = operations
        self._sends = np.zeros(0, _MESSAGE)
        self._receives = np.zeros(0, _MESSAGE)
        self._channels: dict[int, Channel] = {}
        self._collected: dict[int, int] = {}  # by lane: rows before this one have been here
        self._gone = 0  # as of `operations`, when we looked
        self.routes: dict[tuple[int, int, int], Route] = {}

    def channels(self) -> list[Channel]:
        """Return what is known of the channels, in the order of their making; those without traffic too."""
        for number, thing in self.operations.things.items():
            if thing.kind in ("pipe", "queue", "socket"):
                self._channel(number).thing = thing
        found = sorted(self._channels.values(), key=lambda one: one.thing.order if one.thing else 2**31)
        counts: dict[str, int] = {}
        for one in found:
            one.kind = one.thing.made if one.thing is not None else "connection"
            counts[one.kind] = counts.get(one.kind, 0) + 1
            one.name = f"{one.kind} {counts[one.kind]}"
        return found

    def name_of(self, end: int) -> str:
        """Return the name of the channel that an end is of."""
        self.channels()
        return self._channel(end).name

    def _channel(self, end: int) -> Channel:
        number = min(end, self.operations.ends.get(end, end))
        if number not in self._channels:
            self._channels[number] = Channel("", "", self.operations.things.get(end))
        return self._channels[number]

    def pair(self, until: int | None = None) -> int:
        """Pair what can be paired; returns how many pairs were found.

        Args:
            until: nanoseconds since the run began: messages after it wait, their partners may still be on their way.
        """
        self._collect()
        self._forget()
        if self.operations.strangers:
            self._introduce()
        self.operations.fresh.clear()
        self.operations.unseen = 0
        late = np.iinfo(np.int64).max if until is None else until
        sends, receives = self._sends, self._receives
        of_ready_sends, of_ready = self._ready(sends, late), self._ready(receives, late)
        if not len(of_ready_sends) or not len(of_ready):
            return 0
        ready_sends, ready = sends.take(of_ready_sends), receives.take(of_ready)
        ready_sends["key"] = _with_end(ready_sends["key"], ready_sends["end"])
        ready["key"] = _with_end(ready["key"], self._written_at(ready["end"]))
        of_sends, of_receives = _matched(ready_sends, ready)
        if not len(of_sends):
            return 0
        taken_sends, taken = ready_sends.take(of_sends), ready.take(of_receives)
        self._set_partners(taken_sends["at"], taken["at"])
        self._set_partners(taken["at"], taken_sends["at"])
        self._route(taken_sends, taken)
        self._sends = _without(sends, of_ready_sends[of_sends])
        self._receives = _without(receives, of_ready[of_receives])
        return len(taken)

    def _ready(self, messages: NDArray[Any], late: int) -> NDArray[np.int64]:
        """Return where the messages are that can be paired now.

        Those at a socket whose other end is not known yet wait: what both ends say alike, as the last words of a
        handshake, would be taken for a message of an end to itself.
        """
        ready = messages["time"] <= late
        if self.operations.strangers:
            ready &= ~np.isin(messages["end"], np.array(list(self.operations.strangers), np.uint64))
        return np.flatnonzero(ready)

    def _forget(self) -> None:
        """Let go of messages whose operations gave way."""
        if self.operations.gone == self._gone:
            return
        self._gone = self.operations.gone
        dropped = np.array([lane.dropped for lane in self.operations.by_number])
        for kept in ("_sends", "_receives"):
            messages = getattr(self, kept)
            setattr(self, kept, messages.compress((messages["at"] & ROWS) >= dropped[messages["at"] >> 40]))
        for route in self.routes.values():
            route.forget(int(dropped[route.sender]))

    def _collect(self) -> None:
        """Count what has ended since the last look, and keep the messages until they are paired."""
        parts: list[tuple[NDArray[Any], NDArray[np.int64], NDArray[np.bool_]]] = []
        for lane, numbers in chunks(self.operations.fresh):
            if not len(numbers):
                continue
            taken = lane.take(numbers)
            seen = self._collected.get(lane.number, 0)
            some = np.flatnonzero(_COUNTED[taken["word"] >> 8])
            counted = numbers.take(some)
            parts.append((taken.take(some), counted + (lane.number << 40), counted < seen))
            self._collected[lane.number] = max(int(numbers[-1]) + 1, seen)
        if not parts:
            return
        rows, at, again = (np.concatenate([part[which] for part in parts]) for which in range(3))
        operation, flags = rows["word"] >> 8, rows["word"] & 0xFF
        failed, done = (flags & record.ERROR) != 0, (flags & record.DONE) != 0
        sends = (operation == record.SEND) & ~failed
        receives = (operation == record.RECEIVE) & ~failed & done
        self._count(rows, sends & done, receives, (operation == record.DROPPED) & done)
        unknown = rows["partner"] == UNPAIRED
        for chosen, time, kept in ((sends, "begin", "_sends"), (receives, "end", "_receives")):
            some = np.flatnonzero(chosen & unknown)
            new, of_new = np.zeros(len(some), _MESSAGE), rows.take(some)
            new["key"] = _hash(of_new["size"], of_new["text"])
            new["end"], new["time"], new["at"] = of_new["thing"], of_new[time], at.take(some)
            old, replaced = getattr(self, kept), at[chosen & again]
            if len(replaced) and len(old):  # a send that was pending comes again when it is complete
                old = old.compress(~np.isin(old["at"], replaced))
            setattr(self, kept, np.concatenate([old, new]))

    def _count(self, rows: NDArray[Any], sends: NDArray[Any], receives: NDArray[Any], dropped: NDArray[Any]) -> None:
        """Count what has ended: each operation comes here once when it has."""
        for chosen, attribute in ((sends, "sent"), (receives, "received"), (dropped, "dropped")):
            if not chosen.any():
                continue
            ends, inverse = np.unique(rows["thing"][chosen], return_inverse=True)
            counts = np.bincount(inverse)
            sizes = np.bincount(inverse, rows["size"][chosen])
            for end, count, size in zip(ends.tolist(), counts.tolist(), sizes.tolist(), strict=True):
                channel = self._channel(end)
                setattr(channel, attribute, getattr(channel, attribute) + count)
                if attribute == "sent":
                    channel.size += int(size)

    def _introduce(self) -> None:
        """Find the two ends of a socket by the first message that went between them."""
        strangers = np.array(list(self.operations.strangers), np.uint64)
        firsts = []
        for messages in (self._sends, self._receives):
            some = messages[np.isin(messages["end"], strangers)]
            some = some[np.argsort(some["time"], kind="stable")]
            ends, first = np.unique(some["end"], return_index=True)
            firsts.append(dict(zip(some["key"][first].tolist(), ends.tolist(), strict=True)))
        sent, received = firsts
        for key in sent.keys() & received.keys():
            one, other = sent[key], received[key]
            if one != other and {one, other} <= self.operations.strangers:
                self.operations.join(one, other)

    def _written_at(self, ends: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Return at which end was written what is read at these."""
        others = self.operations.ends
        if not others:
            return ends
        known = np.array(sorted(others), np.uint64)
        written = np.array([others[int(one)] for one in known], np.uint64)
        place = np.minimum(np.searchsorted(known, ends), len(known) - 1)
        read: NDArray[np.uint64] = np.where(known[place] == ends, written[place], ends)
        return read

    def _route(self, sends: NDArray[Any], receives: NDArray[Any]) -> None:
        """Add pairs to their routes."""
        if not len(sends):
            return
        ends, of_end = np.unique(sends["end"], return_inverse=True)
        lanes = len(self.operations.by_number)
        code = (of_end * lanes + (sends["at"] >> 40)) * lanes + (receives["at"] >> 40)
        order = np.lexsort((sends["time"], code))
        messages = np.stack([sends["time"], receives["time"], sends["at"] & ROWS, receives["at"] & ROWS])[:, order]
        ways, first = np.unique(code[order], return_index=True)
        for way, part in zip(ways.tolist(), np.split(messages, first[1:], axis=1), strict=True):
            end, sender, receiver = int(ends[way // lanes**2]), way // lanes % lanes, way % lanes
            channel = min(end, self.operations.ends.get(end, end))
            route = self.routes.setdefault((sender, receiver, channel), Route(sender, receiver, channel))
            route.add(part)

    def _set_partners(self, of: NDArray[np.int64], partners: NDArray[np.int64]) -> None:
        lanes = of >> 40
        for number in np.unique(lanes):
            mine = lanes == number
            self.operations.by_number[int(number)].set_partners(of[mine] & ROWS, partners[mine])


def put_of(lane: Lane, write: int) -> Operation | None:
    """Return the put() whose item was written in a row of a process, by a queue's feeder or by put() itself.

    It is the n-th, where the write is the n-th that was written or dropped: the lane must hold all from the beginning.
    """
    made = lane.operation(write)
    if made is None or made.site != record.NOWHERE:
        return None
    writes, puts = _items(lane, made.thing)
    rank = int(np.searchsorted(writes, write))
    return lane.operation(int(puts[rank])) if rank < len(puts) else None


def write_of(lane: Lane, put: int) -> int | None:
    """Return the row in which was written, or dropped, what a put() in a row put; None where it is not yet."""
    made = lane.operation(put)
    if made is None:
        return None
    writes, puts = _items(lane, made.thing)
    rank = int(np.searchsorted(puts, put))
    return int(writes[rank]) if rank < len(writes) and rank < len(puts) and puts[rank] == put else None


def is_under_way(lane: Lane, write: int) -> bool:
    """Tell whether what is written in a row may still be received, as far as messages are paired."""
    made = lane.operation(write)
    return made is not None and made.operation == record.SEND and lane.partner(write) < 0


def _items(lane: Lane, queue: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return in which rows items were written into a queue or dropped, and in which they were put."""
    mine = (lane["thing"] == queue) & ((lane["word"] & (record.ERROR | record.FAILED)) == 0)
    did = lane["word"] >> 8
    writes = np.flatnonzero(mine & ((did == record.SEND) | (did == record.DROPPED))) + lane.dropped
    return writes, np.flatnonzero(mine & (did == record.PUT)) + lane.dropped


def _hash(sizes: NDArray[np.int64], texts: NDArray[Any]) -> NDArray[np.uint64]:
    """Return a hash of each message's size and first bytes."""
    words = np.ascontiguousarray(texts).view(np.uint64).reshape(-1, record.TEXT_SIZE // 8)
    with np.errstate(over="ignore"):
        key: NDArray[np.uint64] = (sizes.astype(np.uint64) + np.uint64(1)) * _PRIMES[1]
        for column in range(words.shape[1]):
            key = (key ^ words[:, column]) * _PRIMES[column]
            key ^= key >> np.uint64(29)
    return key


def _with_end(keys: NDArray[np.uint64], ends: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the hashes of messages that were written at these ends."""
    with np.errstate(over="ignore"):
        mixed: NDArray[np.uint64] = (keys ^ ends * _PRIMES[0]) * _PRIMES[2]
    return mixed


def _without(messages: NDArray[Any], places: NDArray[np.int64]) -> NDArray[Any]:
    """Return the messages but those at these places."""
    kept = np.ones(len(messages), bool)
    kept[places] = False
    return messages.compress(kept)


def _matched(sends: NDArray[Any], receives: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the sends and receives are that belong together: of each key the n-th send with the n-th receive."""
    by_send, by_receive = (np.lexsort((part["time"], part["key"])) for part in (sends, receives))
    sent, got = sends["key"][by_send], receives["key"][by_receive]
    first = np.flatnonzero(np.r_[True, got[1:] != got[:-1]])
    rank = np.arange(len(got)) - np.repeat(first, np.diff(np.r_[first, len(got)]))
    place = np.searchsorted(sent, got) + rank
    found = place < len(sent)
    found[found] = sent[place[found]] == got[found]
    return by_send[place[found]], by_receive[found]
