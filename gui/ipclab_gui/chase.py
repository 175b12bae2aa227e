"""Steps that go by themselves, the oldest first, until something has happened. GUI thread only."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from ipclab.observation import Standing
    from ipclab_gui.live import Live

LOOK = 15  # ms between two looks
WAITS_AFTER = 0.03  # s in a call after which its process is taken to wait for somebody
UNSEEN_AFTER = 0.3  # s after which a step of which nothing was seen is not waited for
PATIENCE = 2.0  # s without anybody who could go next, after which it is given up


class Chase(QObject):
    """At most one at a time; `ended` says why it was given up, or nothing where it came to its end."""

    ended = Signal(str)

    def __init__(self, live: Live) -> None:
        super().__init__(live)
        self._live = live
        self._until: Callable[[], bool] = bool
        self._but = 0
        self._last: Standing | None = None
        self._when = 0.0
        self._rest = 0.0
        self._quiet: tuple[float, set[int]] = 0.0, set()  # since which moment of the run these tickets stand
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK)
        self._timer.timeout.connect(self._look)
        live.left.connect(self._rest_now)

    @property
    def going(self) -> bool:
        """Tell whether steps go now."""
        return self._timer.isActive()

    def begin(
        self, until: Callable[[], bool], *, but: int = 0, rest: float = 0.0, first: Standing | None = None
    ) -> None:
        """Step until something holds.

        Args:
            until: that.
            but: a pid that is not stepped.
            rest: seconds of the run that are to be seen once a step is over, where `until` is late to know.
            first: who goes first; None for the oldest, as afterwards.
        """
        self._until, self._but, self._rest = until, but, rest
        self._last, self._when = None, time.perf_counter()
        if first is not None:
            self._step(first)
        self._timer.start()

    def stop(self, why: str = "") -> None:
        """Step no more; nothing where none goes."""
        if self.going:
            self._rest_now()
            self.ended.emit(why)

    def _rest_now(self) -> None:
        """Look no more, and keep nothing of the run."""
        self._timer.stop()
        self._until, self._last = bool, None

    def _step(self, one: Standing) -> None:
        self._last, self._when = one, time.perf_counter()
        self._live.step(one)

    def _look(self) -> None:
        observation = self._live.observation
        if not self._live.running or observation.gate.mode != "step":
            self.stop()
        elif self._has_settled() and self._has_rested():
            if self._until():
                self.stop()
                return
            able = [one for one in observation.gate.standing if one.pid != self._but]
            if able:
                self._step(able[0])
            elif time.perf_counter() - self._when > PATIENCE:
                self.stop("Nobody else can go next")

    def _has_settled(self) -> bool:
        """Tell whether the step before is over, or waits for somebody."""
        last, since = self._last, time.perf_counter() - self._when
        if last is None:
            return True
        observation = self._live.observation
        mine = [one.ticket for one in observation.gate.standing if (one.pid, one.thread) == (last.pid, last.thread)]
        if mine:
            return mine[0] > last.ticket
        if not any(one.pid == last.pid and one.alive for one in observation.processes.values()):
            return True
        waits = [one for one in observation.all_waits() if one.pid == last.pid]
        return bool(waits and since > WAITS_AFTER) or since > UNSEEN_AFTER

    def _has_rested(self) -> bool:
        """Tell whether so much of the run has come since who stands at the gate last changed that `until` knows of it.

        By the run's own time as it has come here, not by our clock: a window that is late knows less, and waits longer.
        """
        observation = self._live.observation
        tickets = {one.ticket for one in observation.gate.standing}
        if tickets != self._quiet[1]:
            self._quiet = observation.time, tickets
        return self._last is None or observation.time - self._quiet[0] >= self._rest


__all__ = ["Chase"]
