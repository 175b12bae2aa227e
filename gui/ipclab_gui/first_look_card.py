"""The card of the first look: what a step says, its buttons, and a tip towards what it is about. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ipclab_gui import icons, theme

if TYPE_CHECKING:
    from ipclab_gui.window import MainWindow

CARD = 336  # px: its width
ROUND, POINT = 8, 10  # px: of corners; how far the tip reaches
HALF = 40  # px
EDGES = (Qt.Edge.LeftEdge, Qt.Edge.RightEdge, Qt.Edge.TopEdge, Qt.Edge.BottomEdge)  # the best first


@dataclass(frozen=True, slots=True)
class Step:
    """Something to point at: `ready` brings it into sight and returns it."""

    title: str
    words: str
    ready: Callable[[MainWindow], QWidget]


class Card(QWidget):
    """What the first look says, with a tip towards what it is about."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        px = theme.px
        self._tip: Qt.Edge | None = None
        self._tip_at = 0  # along that edge
        self._mark = QLabel()
        self._title = QLabel()
        self._title.setFont(theme.font(15, 600))
        self._words = QLabel()
        self._words.setWordWrap(True)
        self._words.setProperty("tone", "2")
        self.steps = Dots()
        self.skip = QPushButton("Skip")
        self.back = QPushButton("Back")
        self.on = QPushButton("Next")
        self.on.setProperty("kind", "primary")
        self.on.setFont(theme.font(13, 600))
        for button in (self.skip, self.back, self.on):
            button.setAutoDefault(True)  # Enter presses the one that has the keyboard
        foot = QHBoxLayout()
        foot.setSpacing(px(8))
        foot.addWidget(self.steps)
        foot.addStretch(1)
        for button in (self.skip, self.back, self.on):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        inner = px(20) + px(POINT)
        column.setContentsMargins(inner, px(18) + px(POINT), inner, px(16) + px(POINT))
        column.setSpacing(px(8))
        column.addWidget(self._mark)
        column.addWidget(self._title)
        column.addWidget(self._words)
        column.addSpacing(px(8))
        column.addLayout(foot)
        self.setFixedWidth(px(CARD) + 2 * px(POINT))
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        theme.notifier.changed.connect(self._draw_mark)

    def _draw_mark(self) -> None:
        self._mark.setPixmap(icons.pixmap("mark", "accent", theme.px(36), self.devicePixelRatio()))

    def tell(self, step: Step, number: int, of: int) -> None:
        """Show a step of so many; 0 is the welcome."""
        last = number == of
        self._draw_mark()
        self._mark.setVisible(number == 0)
        self._title.setText(step.title)
        self._words.setText(step.words)
        self.steps.show_step(number, of)
        self.steps.setVisible(number > 0)
        self.back.setVisible(number > 0)
        self.skip.setText("Not now" if number == 0 else "Skip")
        self.skip.setVisible(not last)
        self.on.setText("Show me round" if number == 0 else "Done" if last else "Next")
        place = f"Step {number} of {of}. " if number else ""
        self.setAccessibleName(step.title)
        self.setAccessibleDescription(step.words)
        self.on.setAccessibleDescription(f"{place}{step.title}. {step.words}")

    def place(self, about: QRect, room: QRect) -> None:
        """Stand beside something and point at it; where there is nothing in the middle, where it is large in a corner.

        Args:
            about: what it is about, in the parent; empty where there is nothing to point at.
            room: what the card stays in.
        """
        size = self.size()
        self._tip = None
        left, top = room.center().x() - size.width() // 2, room.center().y() - size.height() // 2
        if not about.isEmpty():
            inner = about.intersected(room)
            left, top = inner.right() - size.width(), inner.bottom() - size.height()
        best = theme.px(HALF)  # how far a tip may be from the middle of what it points at
        for edge in EDGES:
            found = self._beside(edge, about, room) if not about.isEmpty() else None
            if found is not None and found[1] < best:
                (left, top), best, self._tip = found[0], found[1], edge
                self._tip_at = found[2]
        self.move(left, top)
        self.update()

    def _beside(self, edge: Qt.Edge, about: QRect, room: QRect) -> tuple[tuple[int, int], int, int] | None:
        """Return where to stand so that this edge faces something: the place, how far off the tip points, where it is.

        None where there is no room on that side.
        """
        wide, high, middle = self.width(), self.height(), about.center()
        left = min(max(middle.x() - wide // 2, room.left()), room.right() - wide)
        top = min(max(middle.y() - high // 2, room.top()), room.bottom() - high)
        if edge == Qt.Edge.LeftEdge:
            left = about.right()
        elif edge == Qt.Edge.RightEdge:
            left = about.left() - wide
        elif edge == Qt.Edge.TopEdge:
            top = about.bottom()
        else:
            top = about.top() - high
        if not room.contains(QRect(left, top, wide, high)):
            return None
        along, length = (
            (middle.y() - top, high) if edge in (Qt.Edge.LeftEdge, Qt.Edge.RightEdge) else (middle.x() - left, wide)
        )
        least = theme.px(POINT + 24)
        tip = min(max(along, least), length - least)
        return (left, top), abs(along - tip), tip

    def paintEvent(self, event: QPaintEvent) -> None:
        point = theme.px(POINT)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(point + 0.5, point + 0.5, -point - 0.5, -point - 0.5)
        outline = QPainterPath()
        outline.addRoundedRect(box, theme.px(ROUND), theme.px(ROUND))
        if self._tip is not None:
            outline = outline.united(self._tip_path(box, point))
        painter.setPen(QPen(theme.color("edge"), 1))
        painter.setBrush(theme.color("raised"))
        painter.drawPath(outline)

    def _tip_path(self, box: QRectF, point: int) -> QPainterPath:
        out, at, half = point - 1, self._tip_at, point * 0.8
        corners = {
            Qt.Edge.LeftEdge: ((box.left(), at - half), (box.left() - out, at), (box.left(), at + half)),
            Qt.Edge.RightEdge: ((box.right(), at - half), (box.right() + out, at), (box.right(), at + half)),
            Qt.Edge.TopEdge: ((at - half, box.top()), (at, box.top() - out), (at + half, box.top())),
            Qt.Edge.BottomEdge: ((at - half, box.bottom()), (at, box.bottom() + out), (at + half, box.bottom())),
        }[self._tip or Qt.Edge.LeftEdge]
        path = QPainterPath()
        path.addPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))
        path.closeSubpath()
        return path


class Dots(QWidget):
    """How far it is: a dot for each step, the one on show a bar."""

    def __init__(self) -> None:
        super().__init__()
        self._at = self._of = 0
        theme.notifier.changed.connect(self.update)

    def show_step(self, at: int, of: int) -> None:
        """Show that this is step `at`, from 1, of so many."""
        self._at, self._of = at, of
        self.setAccessibleName(f"Step {at} of {of}")
        self.setToolTip(f"Step {at} of {of}")
        self.setFixedSize(theme.px(12 * of + 10), theme.px(6))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        left, side = 0.0, float(self.height())
        for number in range(1, self._of + 1):
            wide = side * 2.5 if number == self._at else side
            painter.setBrush(theme.color("accent" if number == self._at else "edge"))
            painter.drawRoundedRect(QRectF(left, 0, wide, side), side / 2, side / 2)
            left += wide + side
