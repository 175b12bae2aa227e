"""Which processes are a run's, where orphans become children of process 1: found in a table of all processes.

A process is of the family when its parent is, when it has been seen in it before, when it lives in a session that one
of the family began, or when its command names the run's folder, as that of every Python of a run does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from struct import Struct
from typing import NamedTuple

# kinfo_proc of a 64-bit macOS, sys/sysctl.h and sys/proc.h: 648 bytes with p_starttime at 0, p_flag at 32, p_stat at
# 36, p_pid at 40, p_xstat at 280 and e_ppid at 560.
_KINFO = Struct("<qi20xib3xi236xH278xi84x")
_WEXIT = 0x2000  # of p_flag: it is ending
_ZOMBIE = 5  # of p_stat


class Row(NamedTuple):
    """A process in the table; `status` is what wait(2) tells, where it is a zombie."""

    pid: int
    parent: int
    started: float
    zombie: bool = False
    ending: bool = False
    status: int = 0


def rows(table: bytes) -> list[Row]:
    """Read a table of kinfo_proc, which sysctl(3) returns for KERN_PROC."""
    whole = len(table) // _KINFO.size * _KINFO.size
    return [
        Row(pid, parent, seconds + micro / 1e6, state == _ZOMBIE, bool(flags & _WEXIT), status)
        for seconds, micro, flags, state, pid, status, parent in _KINFO.iter_unpack(table[:whole])
    ]


class Family:
    """Everything below one process, orphans remembered. A pid that has been given away again is another process."""

    def __init__(self) -> None:
        self._known: dict[int, float] = {}  # pid: when it started
        self._asked: dict[tuple[int, float], bool] = {}  # whether the command of a process names the folder

    def below(
        self,
        root: int,
        table: Iterable[Row],
        session_of: Callable[[int], int],
        names_folder: Callable[[int], bool],
    ) -> list[int]:
        """Return the live pids of the family, without `root` and those above it, zombies left out.

        Args:
            root: whose family it is.
            table: all processes of this moment.
            session_of: the number of a process's session, 0 where there is none to tell.
            names_folder: whether the command of a process names the run's folder; asked once for each process.
        """
        by_pid = {row.pid: row for row in table}
        others = self._others(root, by_pid)
        self._known = {
            pid: started for pid, started in self._known.items() if pid not in by_pid or by_pid[pid].started == started
        }
        before, self._asked = self._asked, {}
        for row in others:
            one = row.pid, row.started
            self._asked[one] = before[one] if one in before else names_folder(row.pid)
        sessions = {row.pid: session_of(row.pid) for row in others}
        inside: set[int] = set()
        while True:
            new = [
                row
                for row in others
                if row.pid not in inside
                and (
                    row.parent == root
                    or row.parent in inside
                    or row.pid in self._known
                    or sessions[row.pid] in self._known
                    or self._asked[row.pid, row.started]
                )
            ]
            if not new:
                break
            for row in new:
                inside.add(row.pid)
                self._known[row.pid] = row.started
        return [pid for pid in inside if not by_pid[pid].zombie]

    @staticmethod
    def _others(root: int, by_pid: dict[int, Row]) -> list[Row]:
        """Return all processes but a process and those above it."""
        above, pid = {0, 1}, root
        while pid not in above:
            above.add(pid)
            pid = by_pid[pid].parent if pid in by_pid else 0
        return [row for row in by_pid.values() if row.pid not in above]
