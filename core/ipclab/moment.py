"""What there is to be told of one moment of a watched run; `moments.py` finds it out. Times: ns since the run began."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipclab.observation import ProcessSeen

SHOWN = 8  # messages of one channel that are told one by one; the others are counted


@dataclass(frozen=True, slots=True)
class Call:
    """A call that a process is in.

    Attributes:
        name: "recv", of a proxy the method's.
        on: what it is done to: "Pipe 1", "Lock 2", "receiver"; empty where nobody can tell.
        thing: the number of that; 0 for a process.
        since: when it began.
        operation: its number, see `trace.record`.
        text: the first bytes of what it sends, as Python writes it; empty where it sends nothing. Of a proxy's call the
            whole of it: "append(('Jeff', 8))".
    """

    name: str
    on: str
    thing: int
    since: int
    operation: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class ProcessAt:
    """A process.

    Attributes:
        state: one of `records.State` or "not started".
        call: None while it computes, or stands at the gate.
        stood: of one that has ended, what it was about to do at the gate then: "read Value 1"; else empty.
    """

    seen: ProcessSeen
    state: str
    since: int
    call: Call | None
    shown: dict[str, object]
    stood: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message that was sent and is not received yet; `text` as Python writes it, empty where nobody knows it."""

    text: str
    size: int
    sender: int  # pid
    sent: int
    written: bool  # False: a feeder has it still, or its send has not ended


@dataclass(slots=True)
class Way:
    """A channel in one direction: what lies in it, the oldest first, and how it goes.

    Attributes:
        end: number of the end at which it is written.
        sent, received: how many went in and came out; an item that its queue's feeder has still is in.
        unwritten: how many of those inside are the feeders' or in a send that has not ended.
        first: the SHOWN oldest inside.
        rate: messages that went in within the last second, or in what there was of it; counted anew each tenth of one.
        size: bytes of `first`.
        senders, receivers: by pid, how many messages.
    """

    end: int
    sent: int = 0
    received: int = 0
    unwritten: int = 0
    first: list[Message] = field(default_factory=list)
    rate: int = 0
    senders: dict[int, int] = field(default_factory=dict)
    receivers: dict[int, int] = field(default_factory=dict)

    @property
    def inside(self) -> int:
        """How many messages are in it."""
        return max(0, self.sent - self.received)

    @property
    def size(self) -> int:
        """Bytes of those that are told one by one."""
        return sum(one.size for one in self.first)


@dataclass(frozen=True, slots=True)
class ChannelAt:
    """A channel: `kind` is "pipe", "queue" or "socket"; `limit` 0 where it is not bounded."""

    number: int
    name: str
    kind: str
    limit: int
    ways: list[Way]


@dataclass(frozen=True, slots=True)
class LockAt:
    """A lock, semaphore, event, condition or barrier.

    Attributes:
        holders: by pid, how many times each has it; empty where it is free, or nothing that can be had.
        left: how many more could have a semaphore; None for what is none.
        waiting: pids of who is in a call on it.
        users: pids of who has ever used it.
    """

    number: int
    name: str
    made: str
    holders: dict[int, int]
    left: int | None
    waiting: list[int]
    users: list[int]


@dataclass(frozen=True, slots=True)
class SharedAt:
    """A Value or an Array.

    Attributes:
        values: what was last read or written of each of its first cells, as text; empty where nobody knows.
        length: of an Array; 1 for a Value.
        type: the C type's name.
        readers, writers: by pid, when each last did.
        lock: its own; None where it has none that is known.
        newest: the cell that was written last; None for none.
        raw: it has no lock, and nobody sees what is done to it.
        holders: by pid, since when each has it, where nobody has used it in a way that is seen; else empty.
    """

    number: int
    name: str
    made: str
    type: str
    length: int
    values: list[str]
    readers: dict[int, int]
    writers: dict[int, int]
    lock: LockAt | None
    newest: int | None
    raw: bool = False
    holders: dict[int, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ObjectAt:
    """An object in a manager's server.

    Attributes:
        server: the server's pid; 0 where it is not known.
        users: calls by pid.
        last: the last of the calls that put something in, as far as is known: "append(('Jeff', 8))".
    """

    number: int
    name: str
    server: int
    users: dict[int, int]
    last: str = ""


@dataclass(frozen=True, slots=True)
class BlockAt:
    """A block of shared memory: pids of who has it open, and whether its name is gone."""

    number: int
    name: str
    size: int
    users: list[int]
    unlinked: bool


@dataclass(frozen=True, slots=True)
class Moment:
    """The state of a run at one moment; lists in the order in which things were made and processes started."""

    time: int
    processes: list[ProcessAt]
    channels: list[ChannelAt]
    locks: list[LockAt]
    shared: list[SharedAt]
    objects: list[ObjectAt]
    blocks: list[BlockAt]
    complete: bool
