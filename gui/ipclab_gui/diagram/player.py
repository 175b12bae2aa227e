"""Plays a run again: moves the cursor on, call by call or by the clock. GUI thread only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipclab.moments import Moments
    from ipclab_gui.time_cursor import TimeCursor

FRAME = 33  # ms
PACE = 0.5  # s from call to call
FEW = 400  # calls: a run of no more is played call by call, until a person picks another pace


class Player(QObject):
    """Moves a cursor through a run.

    Args:
        parent: ends it.
        cursor: what is moved.
        speed: returns seconds of the run for one of the clock; 0 for call by call.
    """

    changed = Signal()

    def __init__(self, parent: QObject, cursor: TimeCursor, speed: Callable[[], float]) -> None:
        super().__init__(parent)
        self._cursor, self._speed = cursor, speed
        self._moments: Moments | None = None
        self._until = 0
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._go_on)

    @property
    def playing(self) -> bool:
        """Tell whether it plays."""
        return self._timer.isActive()

    def show_run(self, moments: Moments | None) -> None:
        """Play this run from now on."""
        self.stop()
        self._moments = moments

    def follow(self, until: int) -> None:
        """Take how long the run is, ns."""
        self._until = until

    def toggle(self) -> None:
        """Play, from the beginning where the end is shown; or stop."""
        if self.playing:
            self.stop()
        elif self._moments is not None:
            at = self._cursor.moment
            if at is None or at >= self._until:
                first = self._moments.past.next_call(-1)
                self._cursor.set(max(0, (first or 0) - 1))
            self._last = time.perf_counter()
            self._timer.start(FRAME)
            self.changed.emit()

    def stop(self) -> None:
        """Stand still."""
        if self.playing:
            self._timer.stop()
            self.changed.emit()

    def step(self, by: int) -> None:
        """Go to the next call (1), or to the one before (-1)."""
        if self._moments is None:
            return
        self.stop()
        at = self._until if self._cursor.moment is None else self._cursor.moment
        found = self._moments.past.next_call(at) if by > 0 else self._moments.past.call_before(at)
        self._cursor.set(found if found is not None else None if by > 0 else 0)

    def _go_on(self) -> None:
        at, now = self._cursor.moment, time.perf_counter()
        if at is None or self._moments is None:
            self.stop()
            return
        speed = self._speed()
        if speed:
            new: int | None = at + round((now - self._last) * speed * 1e9)
        elif now - self._last < PACE:
            return
        else:
            new = self._moments.past.next_call(at)
        self._last = now
        if new is None or new >= self._until:
            self.stop()
            new = None
        self._cursor.set(new)


__all__ = ["FEW", "Player"]
