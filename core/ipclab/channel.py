"""What is told of one channel of a run that is watched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipclab.operations import Thing


@dataclass(slots=True)
class Channel:
    """What went through one channel.

    Attributes:
        name: "Pipe 1": what it is and a number in the order of their making; "internal Pipe 1" where multiprocessing
            made it for itself: a pool's, a manager's.
        kind: "Pipe", "Queue", "SimpleQueue", "JoinableQueue", "connection", "socketpair".
        thing: how it was made; None where nobody told.
        sent: messages written to it without an error.
        received: messages read from it whole.
        size: bytes of what was sent.
        dropped: items that could not be pickled, and were never sent.
        unrecorded: operations on it that were not recorded; None where that is not known: of some lost ones nobody
            knows what they were to be done to.
    """

    name: str
    kind: str
    thing: Thing | None
    sent: int = 0
    received: int = 0
    size: int = 0
    dropped: int = 0
    unrecorded: int | None = 0

    def add(self, half: Channel) -> None:
        """Count what was counted of one of its ends alone as its own."""
        self.sent += half.sent
        self.received += half.received
        self.size += half.size
        self.dropped += half.dropped
