"""Which receive got what which send sent, and what is known of the channels of a run that is watched.

Within a channel messages keep their order where one process writes and one reads at a time. Where several write
unlocked, the order in which they began says little: so a send is paired with a receive of the same size and the same
first bytes, the first of these with the first. The two ends of an AF_UNIX socket are known by the first message that
one sends and the other receives: with an authkey that is a random challenge.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from ipclab.channel import Channel
from ipclab.columns import Columns, numbered
from ipclab.lane import ROWS, UNPAIRED
from ipclab.trace import record

if TYPE_CHECKING:
    from collections.abc import Container

    from numpy.typing import NDArray

    from ipclab.operations import Operations

_PRIMES = np.array(
    [0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5, 0x85EBCA77C2B2AE63,
     0xFF51AFD7ED558CCD, 0xC4CEB9FE1A85EC53, 0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB],
    np.uint64,
)  # fmt: skip
# `at` is a partner number, `end` which of `Traffic._ends`
_MESSAGE = np.dtype([("key", "u8"), ("time", "i8"), ("at", "i8"), ("end", "i8")])
_WHOLE = np.dtype(f"V{_MESSAGE.itemsize}")
_COUNTED = np.zeros(256, bool)
_COUNTED[[record.SEND, record.RECEIVE, record.DROPPED]] = True
PAIR = "socketpair"  # what it makes is a channel once something is sent through it as a Connection does
_ROUTE = ("sent", "received", "send", "receive")


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

    __slots__ = ("_columns", "_last", "channel", "longest", "receiver", "sender")

    def __init__(self, sender: int, receiver: int, channel: int) -> None:
        self.sender, self.receiver, self.channel = sender, receiver, channel
        self.longest, self._last = 0, -(2**62)
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

    def add(self, new: NDArray[np.int64], first: int, last: int, longest: int) -> None:
        """Append messages, (4, n), sorted by when they were sent; where the last that is there is later, in between.

        Args:
            new: a row for each column.
            first: when the first of them was sent.
            last: when the last was.
            longest: nanoseconds that one of them took, at most.
        """
        self._columns.extend(new)
        self.longest = max(self.longest, longest)
        if first < self._last:
            rows = self._columns.rows
            late = rows[:, np.searchsorted(rows[0, : -new.shape[1]], first) :]
            late[:] = late[:, np.argsort(late[0], kind="stable")]
        self._last = max(self._last, last)

    def sent_between(self, start: int, stop: int) -> tuple[int, int]:
        """Return the places of the first message that was sent at a moment or later, and of the first at another."""
        sent = self._columns.rows[0]
        return int(sent.searchsorted(start)), int(sent.searchsorted(stop))

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
        self._ends: list[int] = []  # of what messages were written to and read from, as they were met
        self._place: dict[int, int] = {}  # of each of these
        self._gone = self._named = 0  # as of `operations`, when we looked: gone, told
        self.routes: dict[tuple[int, int, int], Route] = {}

    def channels(self) -> list[Channel]:
        """Return what is known of the channels, in the order of their making; those without traffic too."""
        self._put_together()
        for number, thing in self.operations.things.items():
            if thing.kind in ("pipe", "queue", "socket") and (
                thing.made != PAIR or self._number(number) in self._channels
            ):
                self._channel(number).thing = thing
        self._named = self.operations.told
        found = sorted(self._channels.values(), key=lambda one: one.thing.order if one.thing else 2**31)
        counts: dict[str, int] = {}
        for one in found:
            one.kind = one.thing.made if one.thing is not None else "connection"
            internal = one.thing is not None and one.thing.kind != "socket" and one.thing.site is None
            called = f"internal {one.kind}" if internal else one.kind
            counts[called] = counts.get(called, 0) + 1
            one.name = f"{called} {counts[called]}"
        self._count_unrecorded(found)
        return found

    def _put_together(self) -> None:
        """Take what was counted of an end before it was known of which channel it is for that channel's."""
        for end in [end for end in self._channels if self._number(end) != end]:
            half = self._channels.pop(end)
            self._channel(end).add(half)

    def _count_unrecorded(self, channels: list[Channel]) -> None:
        operations = self.operations
        known = not operations.untraced and sum(operations.unrecorded_of.values()) == operations.unrecorded
        for one in channels:
            one.unrecorded = 0 if known else None
        for end, count in operations.unrecorded_of.items() if known else ():
            found = self._channels.get(self._number(end))
            if found is not None and found.unrecorded is not None:
                found.unrecorded += count

    def name_of(self, end: int) -> str:
        """Return the name of the channel that an end is of."""
        channel = self._channel(end)
        if not channel.name or self._named != self.operations.told:
            self.channels()
        return channel.name

    def _number(self, end: int) -> int:
        """Return the number of the channel that an end is of: the lower of its ends'."""
        return min(end, self.operations.ends.get(end, end))

    def _channel(self, end: int) -> Channel:
        number = self._number(end)
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
        late = np.iinfo(np.int64).max if until is None else until
        sends, receives = self._sends, self._receives
        of_ready_sends, of_ready = self._ready(sends, late), self._ready(receives, late)
        if not len(of_ready_sends) or not len(of_ready):
            return 0
        ready_sends, ready = sends.take(of_ready_sends), receives.take(of_ready)
        others = self.operations.ends
        ends = np.array(self._ends, np.uint64)
        written_at = np.array([others.get(end, end) for end in self._ends], np.uint64) if others else ends
        ready_sends["key"] = _with_end(ready_sends["key"], ends.take(ready_sends["end"]))
        ready["key"] = _with_end(ready["key"], written_at.take(ready["end"]))
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
            ready &= ~self._among(messages["end"], self.operations.strangers)
        return np.flatnonzero(ready)

    def _forget(self) -> None:
        """Let go of messages whose operations gave way."""
        if self.operations.gone == self._gone:
            return
        self._gone = self.operations.gone
        for kept in ("_sends", "_receives"):
            messages = getattr(self, kept)
            setattr(self, kept, messages.compress(self.operations.keeps(messages["at"])))
        dropped = [lane.dropped for lane in self.operations.by_number]
        for route in self.routes.values():
            route.forget(dropped[route.sender])

    def _collect(self) -> None:
        """Count what has ended since the last look, and keep the messages until they are paired."""
        rows, at, again = self.operations.fresh()
        some = np.flatnonzero(_COUNTED[rows["word"] >> 8])
        if not len(some):
            return
        word, things, at, again = rows["word"].take(some), rows["thing"].take(some), at.take(some), again.take(some)
        operation, flags = word >> 8, word & 0xFF
        failed, done = (flags & record.ERROR) != 0, (flags & record.DONE) != 0
        sends = (operation == record.SEND) & ~failed
        receives = (operation == record.RECEIVE) & ~failed & done
        ends, sizes = self._places(things), rows["size"].take(some)
        self._count(ends, sizes, sends & done, receives, (operation == record.DROPPED) & done)
        unpaired = np.ones(len(at), bool)
        unpaired[again] = self.operations.partners(at[again]) == UNPAIRED
        for chosen, time, kept in ((sends, "begin", "_sends"), (receives, "end", "_receives")):
            mine = np.flatnonzero(chosen & unpaired)
            new, of_rows = np.zeros(len(mine), _MESSAGE), some.take(mine)
            new["key"] = _hash(sizes.take(mine), rows["text"].take(of_rows))
            new["end"], new["time"], new["at"] = ends.take(mine), rows[time].take(of_rows), at.take(mine)
            old, replaced = getattr(self, kept), at[chosen & again]
            if len(replaced) and chosen is sends:  # one that was pending comes again when it is complete
                old = old.compress(~np.isin(old["at"], replaced))
            both = np.concatenate([old.view(_WHOLE), new.view(_WHOLE)])  # not field by field
            setattr(self, kept, both.view(_MESSAGE))

    def _places(self, things: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Return the place in `_ends` of each end."""
        found, inverse = numbered(things)
        places = [self._place.setdefault(end, len(self._place)) for end in found.tolist()]
        self._ends.extend(list(self._place)[len(self._ends) :])
        return np.array(places, np.int64).take(inverse)

    def _among(self, places: NDArray[np.int64], ends: Container[int]) -> NDArray[np.bool_]:
        """Tell of places in `_ends` which are of one of these."""
        table = np.array([end in ends for end in self._ends], bool)
        return table.take(places)

    def _count(self, ends: NDArray[np.int64], sizes: NDArray[np.int64], *by_what: NDArray[np.bool_]) -> None:
        """Count what has ended, sent, received and dropped: each operation comes here once when it has."""
        for chosen, attribute in zip(by_what, ("sent", "received", "dropped"), strict=True):
            mine = ends.compress(chosen)
            if not len(mine):
                continue
            counts = np.bincount(mine)
            total = np.bincount(mine, sizes.compress(chosen)).tolist()
            for place in np.flatnonzero(counts).tolist():
                channel = self._channel(self._ends[place])
                setattr(channel, attribute, getattr(channel, attribute) + int(counts[place]))
                if attribute == "sent":
                    channel.size += int(total[place])

    def _introduce(self) -> None:
        """Find the two ends of a socket by the first message that went between them."""
        firsts = []
        for messages in (self._sends, self._receives):
            some = messages[self._among(messages["end"], self.operations.strangers)]
            some = some[np.argsort(some["time"], kind="stable")]
            ends, first = np.unique(some["end"], return_index=True)
            found = (self._ends[place] for place in ends.tolist())
            firsts.append(dict(zip(some["key"][first].tolist(), found, strict=True)))
        sent, received = firsts
        for key in sent.keys() & received.keys():
            one, other = sent[key], received[key]
            if one != other and {one, other} <= self.operations.strangers:
                self.operations.join(one, other)

    def _route(self, sends: NDArray[Any], receives: NDArray[Any]) -> None:
        """Add pairs to their routes."""
        lanes = len(self.operations.by_number)
        code = (sends["end"] * lanes + (sends["at"] >> 40)) * lanes + (receives["at"] >> 40)
        order = np.lexsort((sends["time"], code))
        code = code.take(order)
        messages = np.empty((len(_ROUTE), len(order)), np.int64)
        each = sends["time"], receives["time"], sends["at"] & ROWS, receives["at"] & ROWS
        for row, column in zip(messages, each, strict=True):
            column.take(order, out=row)
        first = np.r_[0, np.flatnonzero(code[1:] != code[:-1]) + 1]
        stops = np.r_[first[1:], len(order)]
        ways = (code.take(first), first, stops, messages[0].take(first), messages[0].take(stops - 1),
                np.maximum.reduceat(messages[1] - messages[0], first))  # fmt: skip
        for way, start, stop, earliest, last, longest in zip(*(one.tolist() for one in ways), strict=True):
            end, sender, receiver = self._ends[way // lanes**2], way // lanes % lanes, way % lanes
            channel = self._number(end)
            key = sender, receiver, channel
            route = self.routes.get(key) or self.routes.setdefault(key, Route(*key))
            route.add(messages[:, start:stop], earliest, last, longest)

    def _set_partners(self, of: NDArray[np.int64], partners: NDArray[np.int64]) -> None:
        """Note the partners of some rows in their lanes; of what has given way nobody asks any more."""
        kept = self.operations.keeps(of)
        if not kept.all():
            of, partners = of.compress(kept), partners.compress(kept)
        lanes = self.operations.by_number
        order = np.argsort(of)
        of, partners = of.take(order), partners.take(order)
        number = of >> 40
        at = (of & ROWS) - np.array([lane.dropped for lane in lanes]).take(number)
        size = lanes[0].part_size
        part = at // size
        at -= part * size
        new = (number[1:] != number[:-1]) | (part[1:] != part[:-1])
        first = np.flatnonzero(np.r_[len(of) > 0, new])
        edges = pairwise([*first.tolist(), len(of)])
        for which, place, (start, stop) in zip(number[first].tolist(), part[first].tolist(), edges, strict=True):
            lanes[which].set_partners(place, at[start:stop], partners[start:stop])


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
    return messages.view(_WHOLE).compress(kept).view(_MESSAGE)


def _in_order(messages: NDArray[Any]) -> NDArray[np.int64]:
    """Return the places of messages by key, and of one key by time."""
    keys = np.ascontiguousarray(messages["key"])
    order = np.argsort(keys)
    keys = keys.take(order)
    if (keys[1:] == keys[:-1]).any():
        order = np.lexsort((messages["time"], messages["key"]))  # takes twice as long
    return order


def _matched(sends: NDArray[Any], receives: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where the sends and receives are that belong together: of each key the n-th send with the n-th receive."""
    by_send, by_receive = _in_order(sends), _in_order(receives)
    sent, got = sends["key"][by_send], receives["key"][by_receive]
    first = np.flatnonzero(np.r_[True, got[1:] != got[:-1]])
    rank = np.arange(len(got)) - np.repeat(first, np.diff(np.r_[first, len(got)]))
    place = np.searchsorted(sent, got) + rank
    found = place < len(sent)
    found[found] = sent[place[found]] == got[found]
    return by_send[place[found]], by_receive[found]
