"""What edits a value in the form: one class a kind of control. GUI thread only.

This file and options.py are the only ones that know kinds of fields: `EDITORS` says who edits which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QHelpEvent, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLineEdit,
    QSizePolicy,
    QStyle,
    QStyleOptionComboBox,
    QStylePainter,
    QToolTip,
    QWidget,
)

from ipclab.options import Field
from ipclab_gui import theme
from ipclab_gui.accessible import speak
from ipclab_gui.controls import plain_list, tool

INSIDE = 10  # px between the edge of a text field and its text


def show_tip(over: QWidget, event: QEvent, cut: str) -> bool:
    """Open the tool tip of a control whose text has no room, with all of that text in it; tell whether it opened.

    Args:
        over: the control.
        event: what came to it; nothing happens where no tool tip is asked for.
        cut: its whole text; empty where there is room for it.
    """
    if not cut or not isinstance(event, QHelpEvent) or event.type() != QEvent.Type.ToolTip:
        return False
    QToolTip.showText(event.globalPos(), "\n".join(text for text in (cut, over.toolTip()) if text), over)
    return True


class TextEditor(QLineEdit):
    """Numbers with units, texts and lists, as a person writes them; the tool tip has what there is no room for."""

    edited = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._field = field
        self._ours = False  # it is the form that writes
        self.textChanged.connect(lambda _text: self._changed())
        self.editingFinished.connect(self._tidy)

    def written(self) -> str:
        """Return what is written, for `Field.parse`."""
        return self.text()

    def write(self, text: str) -> None:
        """Show a text, without saying that it was edited."""
        if text != self.text():
            self._ours = True
            self.setText(text)
            self._ours = False
            self.setCursorPosition(0)

    def event(self, event: QEvent) -> bool:
        return show_tip(self, event, self._cut()) or super().event(event)

    def _cut(self) -> str:
        room = self.width() - theme.px(2 * INSIDE)
        return self.text() if self.fontMetrics().horizontalAdvance(self.text()) > room else ""

    def _changed(self) -> None:
        """Say so whoever wrote: `textEdited` is silent about a screen reader, dictation and other tools."""
        if not self._ours:
            self.edited.emit()

    def _tidy(self) -> None:
        with suppress(ValueError):  # the message under the field says what is wrong; what was written stays
            self.write(self._field.format(self._field.parse(self.text())))


class SecretEditor(TextEditor):
    """A key or a password: dots, and a button that shows what they stand for."""

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._button = tool("eye", "", "")
        self._button.setParent(self)
        self._button.setCheckable(True)
        self._button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._button.setCursor(Qt.CursorShape.ArrowCursor)
        self._button.toggled.connect(self._show)
        self.setTextMargins(0, 0, self._button.width(), 0)
        self._show(False)

    def _show(self, shown: bool) -> None:
        self.setEchoMode(QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password)
        name = f"{'Hide' if shown else 'Show'} {self._field.label.lower()}"
        self._button.setAccessibleName(name)
        self._button.setToolTip(name)

    def _cut(self) -> str:
        """Tell nothing of it."""
        return ""

    def _tidy(self) -> None:
        """Leave it as it is: there is no other way to write it."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._button.move(self.width() - self._button.width() - 1, (self.height() - self._button.height()) // 2)


class Combo(QComboBox):
    """A combo as wide as its place, not as its longest item: a text too long for it ends in an ellipsis.

    Its tool tip then has the whole text, and its list is wide enough for every item. The wheel scrolls the form and
    changes nothing in it.
    """

    def __init__(self, items: Sequence[str]) -> None:
        super().__init__()
        speak(Combo)
        plain_list(self)
        self.addItems(list(items))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(4)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def showPopup(self) -> None:
        items = (self.itemText(at) for at in range(self.count()))
        longest = max((self.fontMetrics().horizontalAdvance(item) for item in items), default=0)
        self.view().setMinimumWidth(longest + theme.px(32))
        super().showPopup()

    def event(self, event: QEvent) -> bool:
        cut = "" if self.said() == self.currentText() else self.currentText()
        return show_tip(self, event, cut) or super().event(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()

    def said(self) -> str:
        """Return the text as there is room for it."""
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        edit = QStyle.SubControl.SC_ComboBoxEditField
        room = self.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, edit, self).width()
        return self.fontMetrics().elidedText(self.currentText(), Qt.TextElideMode.ElideRight, room)

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionComboBox()
        self.initStyleOption(option)
        option.currentText = self.said()
        painter = QStylePainter(self)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)


class ChoiceEditor(Combo):
    """One of a few texts."""

    edited = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__(field.choices)
        self.currentIndexChanged.connect(lambda _index: self.edited.emit())

    def written(self) -> str:
        """Return the choice."""
        return self.currentText()

    def write(self, text: str) -> None:
        """Show a choice, without saying that it was edited."""
        self.blockSignals(True)
        self.setCurrentIndex(self.findText(text))
        self.blockSignals(False)


class SwitchEditor(QCheckBox):
    """On or off."""

    edited = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        del field
        self.toggled.connect(lambda _on: self.edited.emit())

    def written(self) -> str:
        """Return "on" or "off"."""
        return "on" if self.isChecked() else "off"

    def write(self, text: str) -> None:
        """Show "on" or "off", without saying that it was edited."""
        self.blockSignals(True)
        self.setChecked(text == "on")
        self.blockSignals(False)


Editor = TextEditor | ChoiceEditor | SwitchEditor

EDITORS: dict[str, Callable[[Field], Editor]] = {
    "int": TextEditor,
    "float": TextEditor,
    "text": TextEditor,
    "texts": TextEditor,
    "ints": TextEditor,
    "secret": SecretEditor,
    "choice": ChoiceEditor,
    "bool": SwitchEditor,
}
