"""What the diagram draws, one value a shape: what it is, how it stands, who is at it. No Qt.

A figure's key names it within a run and in the next run of the same experiment: "process sender", "Pipe 1".
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Chip:
    """How a process is, as mark and words; `tone` a token's name: "ok", "bad", "text2", "wait"."""

    icon: str
    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class Foot:
    """The line at a process's foot: what it is in, and since when; `tone` is "", "wait" or "bad"."""

    icon: str
    text: str
    when: str = ""
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that a process shows; `fresh`: it has just come."""

    name: str
    text: str
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """An object of a manager's server: its name, and what is known of its use; `fresh`: it is being called."""

    key: str
    name: str
    note: str
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Process:
    """A process, or several alike as a stack.

    Attributes:
        parent: the key of who started it; empty for main.
        state: of `moment.ProcessAt`.
        more: how many variables have no room.
        objects: of a manager's server; `more_objects` have no room.
        tabs: keys and names of the objects of which it has used a proxy.
        count: how many are in the stack; 1 for one process.
        members: of a stack, the keys of those in it.
        lines: of a stack, how many do what.
        serves: it has objects of a manager's, or waits for who connects.
    """

    key: str
    name: str
    pid: int
    parent: str
    state: str
    chip: Chip | None
    variables: tuple[Variable, ...]
    more: int
    foot: Foot | None
    objects: tuple[Held, ...] = ()
    more_objects: int = 0
    tabs: tuple[tuple[str, str], ...] = ()
    count: int = 1
    members: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    serves: bool = False

    @property
    def over(self) -> bool:
        """Tell whether it has ended."""
        return self.state in ("ended", "failed", "killed", "stopped")


@dataclass(frozen=True, slots=True)
class Stream:
    """What goes one way through a pipe, or a queue.

    Attributes:
        texts: of the oldest inside, the oldest first.
        inside: how many are.
        received: how many came out so far: the number of the oldest inside.
        rate: a second, where it is a flow; 0 where each message is drawn.
        words: "1 993 /s, about 95 KiB/s".
    """

    texts: tuple[str, ...] = ()
    inside: int = 0
    received: int = 0
    rate: int = 0
    words: str = ""


@dataclass(frozen=True, slots=True)
class Tube:
    """A pipe or a socket's connection.

    Attributes:
        color: which of the series' colours it has.
        left, right: keys of the processes at each end.
        rightward, leftward: what goes each way; None where it is one-way.
        note: what the caption says behind the name.
    """

    key: str
    name: str
    color: int
    left: tuple[str, ...]
    right: tuple[str, ...]
    rightward: Stream
    leftward: Stream | None
    note: str


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue: `limit` 0 where it has none."""

    key: str
    name: str
    color: int
    limit: int
    stream: Stream
    note: str


@dataclass(frozen=True, slots=True)
class Cells:
    """A Value or an Array: what was last seen in its first cells; `newest` the cell that was written last.

    Attributes:
        indexed: it is an Array.
        lock: how its own lock stands, in words; empty where it has none that is used.
        locked: that lock is held.
    """

    key: str
    name: str
    color: int
    values: tuple[str, ...]
    length: int
    newest: int | None
    indexed: bool
    note: str
    lock: str = ""
    locked: bool = False


@dataclass(frozen=True, slots=True)
class Raw:
    """A Value or an Array without a lock, of which nobody sees the use; `cells` of it are drawn."""

    key: str
    name: str
    cells: int
    more: bool
    note: str


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock, semaphore, event, condition or barrier: `note` says who has it, or that it is free."""

    key: str
    name: str
    held: bool
    note: str


@dataclass(frozen=True, slots=True)
class Block:
    """A block of shared memory."""

    key: str
    name: str
    gone: bool
    note: str
    color: int = 0


@dataclass(frozen=True, slots=True)
class Wire:
    """Who is at what: from a figure to a figure, in the direction in which data goes.

    Attributes:
        color: which of the series' colours; -1 for a lock's and for a blind one, which have none.
        solid: it is in use, else it waits or is idle.
        waits: its process waits at it.
        slot: which of a server's objects it goes to; -1 for none.
        both: data goes both ways.
        blind: its process has the thing, and nobody sees what it does with it.
    """

    source: str
    target: str
    color: int
    solid: bool
    waits: bool = False
    both: bool = False
    tab: str = ""
    blind: bool = False


Thing = Tube | Queue | Cells | Raw | Lock | Block
Figure = Process | Thing


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn of a moment, in the order of appearance.

    Attributes:
        sides: by a process's key what it does: "left" sends, "right" receives or serves, "" nobody knows yet.
        unsure: keys of those of whom that may turn out otherwise.
    """

    processes: tuple[Process, ...] = ()
    things: tuple[Thing, ...] = ()
    wires: tuple[Wire, ...] = ()
    sides: dict[str, str] = field(default_factory=dict)
    unsure: frozenset[str] = frozenset()

    def figures(self) -> tuple[Figure, ...]:
        """Return processes and things."""
        return (*self.processes, *self.things)

    def find(self, key: str) -> Figure | None:
        """Return the figure of a key."""
        return next((one for one in self.figures() if one.key == key), None)


__all__ = [
    "Block",
    "Cells",
    "Chip",
    "Figure",
    "Foot",
    "Held",
    "Lock",
    "Picture",
    "Process",
    "Queue",
    "Raw",
    "Stream",
    "Thing",
    "Tube",
    "Variable",
    "Wire",
]
