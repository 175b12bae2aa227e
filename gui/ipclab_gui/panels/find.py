"""A small bar that finds text in a view: Ctrl+F, Enter, Shift+Enter, Escape. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QTextCursor, QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QTextEdit, QWidget

from ipclab_gui import style, theme
from ipclab_gui.panels.bars import tool_button


class FindBar(QWidget):
    """Lies over the upper right corner of a view while something is looked for.

    Args:
        view: where text is found; it gets the keyboard back upon Escape.
        parent: the panel that it lies in.
    """

    def __init__(self, view: QTextEdit, parent: QWidget) -> None:
        super().__init__(parent)
        self._view = view
        self._field = QLineEdit()
        self._field.setPlaceholderText("Find")
        self._field.setAccessibleName("Find")
        self._field.setFixedWidth(theme.px(180))
        self._field.textChanged.connect(self._from_here)
        self._told = QLabel()
        self._told.setFont(theme.font(12))
        self._told.setProperty("tone", "2")
        back = tool_button("chevron-up", "Previous")
        back.clicked.connect(lambda: self.seek(backward=True))
        on = tool_button("chevron-down", "Next")
        on.clicked.connect(lambda _=False: self.seek())
        close = tool_button("close", "Close")
        close.clicked.connect(self.leave)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(6), theme.px(6), theme.px(6), theme.px(6))
        row.setSpacing(theme.px(4))
        for widget in (self._field, self._told, back, on, close):
            row.addWidget(widget)
        self._told.hide()
        self.hide()
        view.installEventFilter(self)
        theme.notifier.changed.connect(self.update)

    def open(self) -> None:
        """Show the bar, with what is selected in it."""
        selected = self._view.textCursor().selectedText()
        if selected and "\u2029" not in selected:
            self._field.setText(selected)
        self.show()
        self.raise_()
        self._place()
        self._field.setFocus()
        self._field.selectAll()

    def leave(self) -> None:
        """Hide the bar; what was found stays selected."""
        self.hide()
        self._view.setFocus()

    def seek(self, *, backward: bool = False) -> bool:
        """Select the next place, from the beginning again after the last; return whether there is one."""
        needle = self._field.text()
        flags = QTextDocument.FindFlag.FindBackward if backward else QTextDocument.FindFlag(0)
        found = bool(needle) and self._view.find(needle, flags)
        if needle and not found:
            before = self._view.textCursor()
            end = QTextCursor.MoveOperation.End if backward else QTextCursor.MoveOperation.Start
            self._view.moveCursor(end)
            found = self._view.find(needle, flags)
            if not found:
                self._view.setTextCursor(before)
        missing = bool(needle) and not found
        style.tell(self._field, wrong="true" if missing else "false")
        self._told.setText("Not found")
        self._told.setVisible(missing)
        self._place()
        return found

    def _from_here(self) -> None:
        """While it is being written, by keys or by a screen reader, look from where the last find began."""
        cursor = self._view.textCursor()
        cursor.setPosition(cursor.selectionStart())
        self._view.setTextCursor(cursor)
        self.seek()

    def _place(self) -> None:
        self.adjustSize()
        corner = self._view.geometry().topRight()
        self.move(corner + QPoint(-self.width() - theme.px(20), theme.px(8)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go on, back, or away."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.seek(backward=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        elif event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay in the corner when the view's size changes."""
        if event.type() == QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground: it stands out by its edge alone."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(theme.color("line"), 1))
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), theme.px(6), theme.px(6))
