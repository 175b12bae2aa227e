"""How a run is ended that does not end by itself: asked, SIGTERM, SIGKILL, each step with its limit and said aloud."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable

from ipclab.gate import STOPPING
from ipclab.records import Status
from ipclab.runner.system import system

TERM_AFTER, KILL_AFTER, TRACKERS_AFTER = 0.20, 0.45, 0.75  # s since it began; all is gone within 1 s


class Ladder:
    """Ends every descendant of this process; `status` and `text` say why."""

    def __init__(self, status: Status, text: str, now: float, control: mmap.mmap, say: Callable[[str], None]) -> None:
        self.status, self.text = status, text
        self.began = now
        self.ended: list[int] = []  # pids that were sent a signal
        self._say = say
        self._step = 0
        control[STOPPING] = 1
        say("asked every process to stop")

    def climb(self, now: float) -> bool:
        """Take the step whose time has come; tell whether nobody is left. Called every few milliseconds."""
        waited = now - self.began
        below = system.descendants(os.getpid())
        if not below:
            return True
        trackers = {pid for pid in below if system.is_tracker(pid)}
        others = [pid for pid in below if pid not in trackers]
        if self._step == 0 and waited >= TERM_AFTER and others:
            self._step = 1
            self._signal(system.ASKED, others, system.ask_to_end)
        if waited >= KILL_AFTER and others:
            if self._step < 2:
                self._signal(system.ENDED, others, system.end)
                self._step = 2
            else:
                for pid in others:
                    system.end(pid)
        if waited >= TRACKERS_AFTER:
            for pid in trackers:
                system.end(pid)
        return False

    def _signal(self, words: str, pids: list[int], send: Callable[[int], None]) -> None:
        self._say(f"{words} {len(pids)} process{'es' if len(pids) > 1 else ''}")
        self.ended.extend(pids)
        for pid in pids:
            send(pid)
