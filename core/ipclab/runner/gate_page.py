"""The runner's side of a process's gate page: who stands there, and with what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipclab import bell
from ipclab.gate import BELL, CAME, GATE_SIZE, LEFT, MAGIC, PLACE, RECORD_SIZE
from ipclab.runner.reading import map_file
from ipclab.trace.record import NAMES, RECORD

if TYPE_CHECKING:
    from ipclab.runner.roster import Member

_CELLS = PLACE // 8


@dataclass(frozen=True, slots=True)
class Standing:
    """A thread that stands at the gate.

    Attributes:
        owner: its process.
        place: index of its place on the page.
        ticket: how often it has come to the gate.
        since: when it came, `time.perf_counter_ns`.
        thread: its number in the process.
        operation, site: what it is about to do, and where in its source.
        data: the whole record.
    """

    owner: Member
    place: int
    ticket: int
    since: int
    thread: int
    operation: int
    site: int
    data: bytes

    @property
    def name(self) -> str:
        """The operation's name."""
        return NAMES.get(self.operation, "?")


class GatePage:
    """One process's gate page.

    Raises:
        OSError, ValueError: its file is not whole yet; look again later.
    """

    def __init__(self, path: str, owner: Member) -> None:
        self._map = map_file(path)
        if len(self._map) < GATE_SIZE:
            raise ValueError(f"{path} is being made")
        self._cells = memoryview(self._map).cast("q")
        if self._cells[0] != MAGIC:
            raise ValueError(f"{path} is being made")
        self.owner = owner
        self._path = path.removesuffix(".gate")
        self._bells: dict[int, bell.Bell | None] = {}  # by place
        self._known: dict[int, Standing] = {}  # by place: what stood there when somebody last looked
        self._stood: list[Standing] | None = None  # at its process's end

    def standing(self) -> list[Standing]:
        """Return who stands there now, or stood there when its process ended."""
        if self._stood is not None:
            return self._stood
        came, left = self._cells[CAME::_CELLS].tolist(), self._cells[LEFT::_CELLS].tolist()
        found = []
        for place in range(1, len(came)):
            if came[place] > left[place]:
                known = self._known.get(place)
                if known is None or known.ticket != came[place]:
                    known = self._known[place] = self._read(place, came[place])
                found.append(known)
        if not self.owner.alive:
            self._stood = found
        return found

    def _read(self, place: int, ticket: int) -> Standing:
        if place not in self._bells:  # it is made before its thread comes for the first time
            self._bells[place] = bell.found(self._path, place) if self._cells[place * _CELLS + BELL] else None
        data = self._map[place * PLACE : place * PLACE + RECORD_SIZE]
        since, _, _, _, _, _, site, thread, word = RECORD.unpack(data)
        return Standing(self.owner, place, ticket, since, thread, word >> 8, site, data)

    def let_go(self, one: Standing) -> None:
        """Let a thread go on that stands there."""
        self._cells[one.place * _CELLS + LEFT] = one.ticket
        self._ring(one.place)

    def ring(self) -> None:
        """Have all who stand there look at how the run goes."""
        for one in self.standing() if self.owner.alive else ():
            self._ring(one.place)

    def _ring(self, place: int) -> None:
        found = self._bells.get(place)
        if found is not None:
            found.release()

    def has_come_again(self, one: Standing) -> bool:
        """Tell whether a thread that was let go has come to the gate since."""
        return int(self._cells[one.place * _CELLS + CAME]) > one.ticket
