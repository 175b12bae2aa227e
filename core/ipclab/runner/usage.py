"""CPU and memory of the run's processes, as the system tells them: twice a second, never while a process measures."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ipclab.runner.roster import Member

EVERY = 0.5  # s


class Usage:
    """Remembers each process' CPU time between two looks."""

    def __init__(self) -> None:
        self._next = 0.25
        self._before: dict[int, tuple[Any, float, float]] = {}  # pid: process, seconds, CPU seconds

    def look(self, seconds: float, roster: Iterable[Member]) -> list[tuple[int, float, int, float]]:
        """Return (ident, share of one core since the last look, resident bytes, seconds) where it is time to look."""
        if seconds < self._next:
            return []
        self._next = seconds + EVERY
        import psutil  # after the main program was started: its import costs a start 15 ms

        found = []
        for member in roster:
            if not member.alive or member.id < 0:
                continue
            try:
                process = self._before[member.pid][0] if member.pid in self._before else psutil.Process(member.pid)
                with process.oneshot():
                    times, memory = process.cpu_times(), process.memory_info()
            except psutil.Error:
                continue
            if not memory.rss:  # it has ended and was not reaped: that is no measurement
                continue
            spent = times.user + times.system
            before = self._before.get(member.pid)
            since, until_then = (before[1], before[2]) if before else (member.started, 0.0)
            share = (spent - until_then) / max(seconds - since, 0.01)
            self._before[member.pid] = (process, seconds, spent)
            found.append((member.id, max(share, 0.0), int(memory.rss), seconds))
        return found
