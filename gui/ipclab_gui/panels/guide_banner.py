"""The guide's banner: whether the experiment has been run, how that ended, and a button. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ipclab.quantity import measured
from ipclab_gui import theme
from ipclab_gui.panels.bars import let_wrap
from ipclab_gui.panels.empty import Glyph, run_button
from ipclab_gui.panels.flow import FlowLayout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ipclab.records import Outcome, Status

Mark = tuple[str, str, str]  # icon, its colour, the ground

ORDER = "Set the form, run, and take these steps by themselves; then each step is yours"
BUSY = "A run goes on: an order can be chosen once it has ended (Shift+F5 stops it)"
LEADS_ON = " Watch On lets the run go on by itself, Stop ends it; then an order can be chosen again."

NOT_RUN: Mark = ("", "text2", "tint")
RUNNING: Mark = ("circle-play", "accent", "tint")
OUTCOMES: dict[Status, tuple[Mark, str]] = {
    "done": (("circle-check", "ok", "ok_tint"), "Done in {}."),
    "failed": (("circle-x", "bad", "bad_tint"), "Failed after {}."),
    "stopped": (("circle-stop", "text2", "hover"), "Stopped after {}."),
    "timed out": (("hourglass", "wait", "wait_tint"), "Timed out after {}."),
    "crashed": (("octagon-x", "bad", "bad_tint"), "Crashed after {}."),
}


class Banner(QWidget):
    """Whether the experiment has been run, and a button that runs it."""

    run_wanted = Signal()
    order_wanted = Signal(str)  # the title of an order of steps

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = parent.parentWidget() or parent
        self._ground = "tint"
        self._said: tuple[object, ...] = ()
        self._icon = Glyph("circle-check", 16)
        self._heading, self._text = QLabel(), QLabel()
        self._heading.setFont(theme.font(13, 600))
        self._text.setFont(theme.font(13))
        self._text.setProperty("tone", "2")
        for label in (self._heading, self._text):
            let_wrap(label)
        self.run_button = run_button()
        self.run_button.setMinimumWidth(theme.px(88))
        self.run_button.clicked.connect(self.run_wanted)
        words = QVBoxLayout()
        words.setSpacing(theme.px(2))
        words.addWidget(self._heading)
        words.addWidget(self._text)
        self._orders = QWidget()
        self._orders.setContentsMargins(0, theme.px(6), 0, theme.px(2))
        self._orders.hide()
        self._flow = FlowLayout(self._orders, gap=theme.px(8), line_gap=theme.px(8))
        words.addWidget(self._orders)
        self._order_buttons: list[QPushButton] = []
        self._left: QPushButton | None = None  # had the keyboard when the run began
        self._words = words
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(16), theme.px(11), theme.px(12), theme.px(11))
        row.setSpacing(theme.px(12))
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.run_button, 0, Qt.AlignmentFlag.AlignVCenter)
        theme.notifier.changed.connect(self.update)
        self.say_not_run()

    def show_orders(self, titles: Sequence[str]) -> None:
        """Have a button for each order of steps that the experiment declares, none where it declares none."""
        self._left = None
        for button in self._order_buttons:
            button.setParent(None)
            button.deleteLater()
        self._order_buttons = [self._order_button(title) for title in titles]
        while self._flow.count():
            self._flow.takeAt(0)
        for button in self._order_buttons:
            self._flow.addWidget(button)
        self._orders.setVisible(bool(titles))

    def _order_button(self, title: str) -> QPushButton:
        button = QPushButton(title)
        button.setFont(theme.font(13))
        button.setAccessibleName(title)
        _describe(button, ORDER)
        button.clicked.connect(lambda _checked=False: self.order_wanted.emit(title))
        return button

    def show_busy(self, busy: bool) -> None:
        """Say whether a run goes on, one at a time; the text has the keyboard while a button that had it cannot."""
        view = self._view
        if busy:
            self._left = next((button for button in self._order_buttons if button.hasFocus()), self._left)
            if self._left is not None and self._left.hasFocus():
                view.setFocus(Qt.FocusReason.OtherFocusReason)
        for button in self._order_buttons:
            button.setEnabled(not busy)
            _describe(button, BUSY if busy else ORDER)
        if not busy:
            if self._left is not None and view.hasFocus():
                self._left.setFocus(Qt.FocusReason.OtherFocusReason)
            self._left = None

    def say_not_run(self) -> bool:
        """Say that it has not been run; return whether that is new."""
        return self._say(
            NOT_RUN, "Not run yet.", "Press F5 to start the processes and see them at work.", runnable=True
        )

    def say_let_go(self) -> bool:
        """Say that it has been run, and that nothing is left of that; return whether that is new."""
        text = "The window holds the runs of the last few experiments only. Press F5 to run this one again."
        return self._say(NOT_RUN, "The last run was let go.", text, runnable=True)

    def say_running(self) -> bool:
        """Say that it runs; return whether that is new."""
        return self._say(RUNNING, "Running.", "Graphs, Processes and Output show what happens.", runnable=False)

    def say_stepping(self) -> bool:
        """Say that it is stepped, how, and what leads on to an order; return whether that is new."""
        text = "F10 lets go who has waited longest; Processes, Messages and Code show who may."
        if self._order_buttons:
            text += LEADS_ON
        return self._say(RUNNING, "Step by step.", text, runnable=False)

    def say_outcome(self, outcome: Outcome, found: str) -> bool:
        """Say how the run ended, and what it found where it says no more than that; return whether that is new."""
        mark, words = OUTCOMES[outcome.status]
        heading, text = words.format(measured(outcome.seconds, "s")), outcome.text
        if text.split(" ", 1)[0] == heading.split(" ", 1)[0]:
            heading, text = text, found
        return self._say(mark, heading, text, runnable=True)

    def _say(self, mark: Mark, heading: str, text: str, *, runnable: bool) -> bool:
        said = (mark, heading, text, runnable)
        if said == self._said:
            return False
        self._said = said
        icon, token, self._ground = mark
        self._icon.setVisible(bool(icon))
        if icon:
            self._icon.set_glyph(icon, token)
        self._heading.setText(heading)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self.run_button.setVisible(runnable)
        self._words.invalidate()  # Qt does so of the outer layout alone, and keeps the height of the inner one
        self.update()
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(self._ground))
        painter.drawRoundedRect(self.rect(), theme.px(8), theme.px(8))


def _describe(button: QPushButton, hint: str) -> None:
    button.setToolTip(hint)
    button.setAccessibleDescription(hint)
