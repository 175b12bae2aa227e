"""The first look: a few steps through the window, each pointing at a part of it. GUI thread only.

It lies over the window without stopping it: what a step points at works, and so do the keys. A welcome comes first,
which can be declined; it comes by itself at the very first start alone, and from the Help menu whenever it is wanted.
"""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from ipclab_gui import theme
from ipclab_gui.first_look_card import ROUND, Card, Step
from ipclab_gui.window import MainWindow

EDGE = 16  # px: how far the card stays from the window's edge
RING = 2  # px: round what is pointed at
SHADE = 0.42, 0.62  # opacity of what lies over the rest of the window, light and dark
INK = QColor("#0B1016")


WELCOME = Step(
    "Welcome to IPC Lab",
    "Real processes talk to each other here. You look on, change what they do, and see what it costs. Five parts of "
    "the window are all there is to know.",
    lambda window: window,
)


def _experiments(window: MainWindow) -> QWidget:
    window.experiments_dock.show()
    return window.experiments_dock


def _guide(window: MainWindow) -> QWidget:
    if window.starting:
        window.show_experiment(window.workspace.outline.name)
    window.workspace.show_tab(0)
    return window.workspace.stack


def _parameters(window: MainWindow) -> QWidget:
    window.parameters_dock.show()
    return window.parameters_dock


def _views(window: MainWindow) -> QWidget:
    if window.starting:
        window.show_experiment(window.workspace.outline.name)
    return window.workspace.tabs


STEPS = (
    Step(
        "Pick an experiment",
        "Each answers a question about processes. Start here leads through all of them in order. What has been run "
        "gets a check mark.",
        _experiments,
    ),
    Step(
        "Read its guide",
        "What happens, why, and what goes wrong in practice. Each Try it button sets the parameters and runs them.",
        _guide,
    ),
    Step(
        "Change its parameters",
        "Numbers take units, as in 64 KiB or 2 ms. Where a value is not allowed, the form says what is. At its foot is "
        "the same run as a command.",
        _parameters,
    ),
    Step(
        "Run it",
        "Processes start for real. Stop ends them at once, and nothing of them stays behind. Try it now, or press F5 "
        "whenever you like.",
        lambda window: window.bar.run,
    ),
    Step(
        "Look on",
        "Diagram draws what happens as it does, Graphs what the processes measure, Messages who sends what to whom, "
        "Processes each of them, Output what they print, Code what they run. The first look is in the Help menu from "
        "now on.",
        _views,
    ),
)


def begin(window: MainWindow) -> FirstLook:
    """Show the first look over a window, from its welcome on; one that is there already begins anew."""
    there = [one for one in window.findChildren(FirstLook) if not one.isHidden()]
    look = there[0] if there else FirstLook(window)
    look.show_step(0)
    return look


class FirstLook(QWidget):
    """The shade over the window, and the card with words and buttons; it deletes itself when it is left."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._before: QWidget | None = window.focusWidget()  # gets the keyboard back
        self._step = 0
        self._target: QWidget | None = None
        self._hole = QRect()
        self.setAccessibleName("First look")
        self.card = Card(self)
        self.card.on.clicked.connect(self._go_on)
        self.card.back.clicked.connect(lambda: self.show_step(self._step - 1))
        self.card.skip.clicked.connect(self.leave)
        self._placing = QTimer(self)  # once all that moves has moved
        self._placing.setSingleShot(True)
        self._placing.timeout.connect(self._place)
        window.installEventFilter(self)
        theme.notifier.changed.connect(self.update)
        self.setGeometry(window.rect())
        self.show()
        self.raise_()

    def show_step(self, number: int) -> None:
        """Show a step: 0 is the welcome."""
        self._step = number
        step = (WELCOME, *STEPS)[number]
        if self._target is not None:
            self._target.removeEventFilter(self)
        self._target = step.ready(self._window) if number else None
        if self._target is not None:
            self._target.installEventFilter(self)
        focus: QWidget | None = self._window.focusWidget()
        ends = number in (0, len(STEPS))  # where a button that has the keyboard may go
        if ends or focus is None or not self.card.isAncestorOf(focus):
            self.card.on.setFocus(Qt.FocusReason.OtherFocusReason)
        self.card.tell(step, number, len(STEPS))
        self._place()
        self._placing.start(0)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self.card, f"{step.title}. {step.words}"))

    def leave(self) -> None:
        """End the first look."""
        self._window.removeEventFilter(self)
        if self._target is not None:
            self._target.removeEventFilter(self)
        focus: QWidget | None = self._window.focusWidget()
        if focus is None or self.isAncestorOf(focus):  # moved before all is hidden: Qt would look for another itself
            before = self._before
            there = before is not None and shiboken6.isValid(before) and before.isVisible()
            after = before if before is not None and there else self._window.catalogue.list
            after.setFocus(Qt.FocusReason.OtherFocusReason)
        self.hide()
        self.deleteLater()

    def _go_on(self) -> None:
        if self._step == len(STEPS):
            self.leave()
        else:
            self.show_step(self._step + 1)

    # where things are

    def _place(self) -> None:
        px = theme.px
        self.setGeometry(self._window.rect())
        target = self._target
        pointed = target is not None and target.isVisible() and target.window() is self._window  # a dock may float
        self._hole = QRect()
        if target is not None and pointed:
            here = QRect(target.mapTo(self._window, QPoint(0, 0)), target.size())
            self._hole = here.adjusted(-px(4), -px(4), px(4), px(4)).intersected(self.rect().adjusted(1, 1, -1, -1))
        self.card.adjustSize()
        self.card.place(self._hole, self.rect().adjusted(px(EDGE), px(EDGE), -px(EDGE), -px(EDGE)))
        inner = self._hole.adjusted(px(3), px(3), -px(3), -px(3))
        self.setMask(QRegion(self.rect()).subtracted(QRegion(inner)).united(QRegion(self.card.geometry())))
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._placing.start(0)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow what is pointed at, and the window; Escape ends it wherever the keyboard is."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide):
            self._placing.start(0)
        escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if escape and watched is self._window and event.type() == QEvent.Type.KeyPress:
            self.leave()
            return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, following: bool) -> bool:  # Tab stays on the card
        stops = [one for one in (self.card.on, self.card.skip, self.card.back) if one.isVisible()]
        at = next((place for place, one in enumerate(stops) if one.hasFocus()), -1)
        reason = Qt.FocusReason.TabFocusReason if following else Qt.FocusReason.BacktabFocusReason
        stops[(at + (1 if following else -1)) % len(stops)].setFocus(reason)
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        px = theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shade = QPainterPath()
        shade.addRect(QRectF(self.rect()))
        ring = QRectF(self._hole).adjusted(RING / 2, RING / 2, -RING / 2, -RING / 2)
        if not self._hole.isEmpty():
            hole = QPainterPath()
            hole.addRoundedRect(ring, px(ROUND), px(ROUND))
            shade = shade.subtracted(hole)
        ink = QColor(INK)
        ink.setAlphaF(SHADE[theme.is_dark()])
        painter.fillPath(shade, ink)
        if not self._hole.isEmpty():
            painter.setPen(QPen(theme.color("accent"), RING))
            painter.drawRoundedRect(ring, px(ROUND), px(ROUND))
