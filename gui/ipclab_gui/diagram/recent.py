"""The last operations in words below the diagram, and what comes next while a run is stepped. GUI thread only."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from ipclab_gui import theme

ROWS = 3
LOW = 500  # px of height of the whole tab, below which one row is all that the pane has
HIGH = 25  # px, a row
COLUMNS = (0, 88, 208, 470)  # where time, process, call and remark begin, in a pane that is wide enough
NARROW = 620
PAD = 20


class Said(NamedTuple):
    """One operation in words."""

    time: str
    process: str
    call: str
    remark: str


class RecentPane(QWidget):
    """The last three operations, a row each, and below them the next one; as high with it as without."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Said] = []
        self.next: Said | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._shown = ROWS
        self.fit(theme.px(LOW))
        self.setAccessibleName("Last operations")
        theme.notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(480), self.minimumHeight())

    def fit(self, height: int) -> None:
        """Leave room for the picture in a tab of this height: have fewer rows in a low one."""
        self._shown = ROWS if height >= theme.px(LOW) else 1
        self.setFixedHeight(theme.px(HIGH * (self._shown + 1) + 14))

    def say(self, rows: list[Said]) -> None:
        """Show the last operations, the newest last."""
        if rows != self.rows:
            self.rows = rows
            self._describe()

    def say_next(self, said: Said | None) -> None:
        """Show what comes next, its `time` a word like "next"; None for nothing: then the row stays empty."""
        if said != self.next:
            self.next = said
            self._describe()

    def _describe(self) -> None:
        shown = [*self.rows, *([self.next] if self.next is not None else [])]
        self.setAccessibleDescription(". ".join(", ".join(word for word in row if word) for row in shown))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        top, high, pad = theme.px(7), theme.px(HIGH), theme.px(PAD)
        room = self.width() - 2 * pad
        share = min(1.0, room / theme.px(NARROW))
        starts = [round(theme.px(at) * share) for at in COLUMNS] + [room]
        gap = theme.px(10)
        columns = [(pad + start, stop - start - (gap if place < 3 else 0))
                   for place, (start, stop) in enumerate(pairwise(starts))]  # fmt: skip
        faces = [theme.font(12), theme.font(12, 600), theme.font(12, mono=True), theme.font(12)]
        for row in self.rows[-self._shown :]:
            _paint_row(painter, row, columns, faces, top, high, "text2")
            top += high
        if self.next is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("tint"))
            below, left = theme.px(7 + HIGH * self._shown), theme.px(PAD - 10)
            painter.drawRoundedRect(QRectF(left, below, self.width() - 2 * left, high), theme.px(4), theme.px(4))
            _paint_row(painter, self.next, columns, [theme.font(12, 600), *faces[1:]], below, high, "accent")
        painter.end()


def _paint_row(
    painter: QPainter, row: Said, columns: list[tuple[int, int]], faces: list[QFont], top: int, high: int, tone: str
) -> None:
    tones = (tone, "text", "text", "text2")
    for (left, wide), text, font, one in zip(columns, row, faces, tones, strict=True):
        painter.setFont(font)
        painter.setPen(theme.color(one))
        short = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, wide)
        painter.drawText(QRectF(left, top, wide + 2, high), int(Qt.AlignmentFlag.AlignVCenter), short)


__all__ = ["ROWS", "RecentPane", "Said"]
