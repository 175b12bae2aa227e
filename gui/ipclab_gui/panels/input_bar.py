"""Where a person types for a program of their own while it runs: its question, a line, the end of input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget

from ipclab_gui import theme
from ipclab_gui.panels.bars import Hairline

if TYPE_CHECKING:
    from ipclab.observation import Observation

QUESTION = 0.5  # of the bar's width, at most, for what the program asks


class _Line(QLineEdit):
    """A line to be sent by Enter; Ctrl+D says that no other comes, as in a terminal."""

    sent = Signal(str)
    ended = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() == Qt.KeyboardModifier.ControlModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not control:
            text = self.text()
            self.clear()
            self.sent.emit(text)
        elif event.key() == Qt.Key.Key_D and control:
            self.ended.emit()
        else:
            super().keyPressEvent(event)


class InputBar(QWidget):
    """The bar; `typed` sends a line without its end, None for the end of all input. A half-typed line stays."""

    typed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._over = False
        self._asks = ""
        self.line = _Line()
        self.line.setAccessibleName("Input")
        self.line.setFont(theme.font(12, mono=True))
        self.line.setFixedHeight(theme.px(30))
        self.line.sent.connect(self._send)
        self.line.ended.connect(self._end)
        self._question = QLabel()
        self._question.setFont(theme.font(12, mono=True))
        self._question.setTextFormat(Qt.TextFormat.PlainText)
        self._question.hide()
        self._button = QPushButton("End of input")
        self._button.setAccessibleName("End of input")
        self._button.setToolTip("Say that nothing more will be typed (Ctrl+D in the line)")
        self._button.clicked.connect(self._end)
        self._row = QHBoxLayout()
        self._row.setSpacing(theme.px(10))
        self._row.addWidget(self._question)
        self._row.addWidget(self.line, 1)
        self._row.addWidget(self._button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(Hairline())
        column.addLayout(self._row)
        self.begin()

    def begin(self) -> None:
        """Let lines be typed for a new run."""
        self._over = False
        self._show()

    def ask(self, observation: Observation) -> None:
        """Show what the program has written of a line that has no end yet."""
        if observation.asks != self._asks:
            self._asks = observation.asks
            self._show_question()

    def _send(self, line: str) -> None:
        if not self._over:
            self.typed.emit(line)

    def _end(self) -> None:
        if not self._over:
            self._over = True
            self._show()
            self.typed.emit(None)

    def _show(self) -> None:
        hint = "The input has ended" if self._over else "Type a line for main; Enter sends it"
        self.line.setPlaceholderText(hint)
        self.line.setReadOnly(self._over)
        self._button.setEnabled(not self._over)
        self._show_question()

    def _show_question(self) -> None:
        asks = "" if self._over else self._asks.rpartition("\r")[2].expandtabs(8).rstrip()
        room = round(self.width() * QUESTION)
        self._question.setText(self._question.fontMetrics().elidedText(asks, Qt.TextElideMode.ElideLeft, room))
        self._question.setVisible(bool(asks))
        self._question.setToolTip(asks)
        self.line.setAccessibleDescription(asks)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the bar flush with what is above."""
        super().resizeEvent(event)
        edge = theme.px(20 if self.width() < theme.px(700) else 32)
        self._row.setContentsMargins(edge, theme.px(8), edge, theme.px(8))
        self._show_question()
