"""The files that the processes of a run make in its folder, opened as they appear."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ipclab.runner.gate_page import GatePage
from ipclab.runner.operations import OperationReader
from ipclab.runner.reading import LifeReader, OutputReader, SampleReader

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipclab.runner.roster import Member, Roster
    from ipclab.runner.typed_input import TypedInput

SPILL_LIMIT = 512 * 2**20  # bytes of samples kept for a window that does not take them


class Files:
    """What was found so far: a file of each kind for each process that has one.

    Attributes:
        outputs: stdout and stderr, and what a person types.
        rings: samples.
        operations: of processes that are watched.
        pages: of the gate.
        seen: is told what comes out of operations' rings, see there.
    """

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._seen: set[str] = set()
        self.outputs: list[OutputReader | TypedInput] = []
        self.rings: list[SampleReader] = []
        self.operations: list[OperationReader] = []
        self.pages: list[GatePage] = []
        self.seen: Callable[[Member, int, bytes], None] | None = None

    def names(self) -> list[str]:
        """Return the names of those not opened yet, in the order in which their processes began."""
        return sorted(set(os.listdir(self._folder)) - self._seen, key=_born)

    def open(self, names: list[str], roster: Roster, now: float, main: Member, read: Callable[[Member], None]) -> bool:
        """Open files; return whether one of them is still being made.

        Args:
            names: what `names` has returned.
            roster: knows or makes their processes.
            now: seconds since the run began.
            main: has what was written before boot gave it files of its own.
            read: is called with a process whose life has been opened.
        """
        unfinished = False
        for name in names:
            if name.startswith("early."):
                self._seen.add(name)
                self._open_output(name, main)
            elif name.startswith("p-"):
                member = roster.of(int(name.split("-")[1]), now)
                try:
                    self._open(name, member)
                except (OSError, ValueError):
                    unfinished = True
                    continue
                self._seen.add(name)
                if name.endswith(".life"):
                    read(member)
        return unfinished

    def _open(self, name: str, member: Member) -> None:
        path, ending = os.path.join(self._folder, name), name.rpartition(".")[2]
        if ending == "unrecorded":
            member.unrecorded = True
        elif ending == "life":
            member.life = LifeReader(path)
        elif ending in ("out", "err"):
            self._open_output(name, member)
        elif ending == "gate":
            self.pages.append(GatePage(path, member))
        else:
            spill = os.path.join(self._folder, f"spill-{len(self.rings)}-{len(self.operations)}")
            self._seen.add(os.path.basename(spill))
            if ending == "operations":
                self.operations.append(OperationReader(path, member, spill, SPILL_LIMIT))
                self.operations[-1].seen = self.seen
            else:
                self.rings.append(SampleReader(path, member, spill, SPILL_LIMIT))

    def _open_output(self, name: str, owner: Member) -> None:
        stream = "stdout" if name.endswith("out") else "stderr"
        self.outputs.append(OutputReader(os.path.join(self._folder, name), owner, stream))

    def waits(self) -> int:
        """Return how many bytes of samples and operations can be sent."""
        return sum(ring.waiting for ring in self.rings) + sum(one.waiting for one in self.operations)


def _born(name: str) -> int:
    """Return when the process began whose file this is, as the name says: "p-PID-NANOSECONDS.life"."""
    return int(name.split("-")[2].partition(".")[0]) if name.startswith("p-") else 0
