"""The moment of a run that its views show: one for all views of a workspace. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal


class TimeCursor(QObject):
    """A moment in nanoseconds since the run began; None for now, which is the run's end once it has ended."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._moment: int | None = None

    @property
    def moment(self) -> int | None:
        """Where it stands; None for now."""
        return self._moment

    def set(self, moment: int | None) -> None:
        """Put it at a moment, None for now, and say so."""
        new = None if moment is None else max(0, moment)
        if new != self._moment:
            self._moment = new
            self.changed.emit()
