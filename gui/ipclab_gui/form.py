"""The form of an experiment's options: one row a field, made from what the options declare. GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from ipclab.options import Field, Invalid, Plain, validate
from ipclab_gui import icons, style, theme
from ipclab_gui.editors import EDITORS
from ipclab_gui.slider import LogSlider

LABEL, LABEL_NARROW = 108, 92  # px; 8 more before the editor
EDITOR = 30  # px high
LONG_WORD = 14  # characters that have room beside the narrowest label


class FieldLabel(QLabel):
    """A field's name; medium and with a dot where the value is not the preset's."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._changed = False
        self.setWordWrap(True)
        self.setFixedWidth(theme.px(LABEL))
        self.setMinimumHeight(theme.px(EDITOR))
        self.setContentsMargins(0, 0, theme.px(9), 0)
        theme.notifier.changed.connect(self.update)

    def show_changed(self, changed: bool) -> None:
        """Say whether the value is another than the preset's."""
        if changed != self._changed:
            self._changed = changed
            self.setFont(theme.font(13, 500 if changed else 400))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._changed:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent"))
            painter.drawEllipse(QPointF(self.width() - theme.px(4), self.height() / 2), theme.px(3), theme.px(3))


class Row(QWidget):
    """A field: its label, its editor, the slider under it, the message under that."""

    edited = Signal()

    def __init__(self, field: Field) -> None:
        super().__init__()
        self.field = field
        self.label = FieldLabel(field.label)
        self.editor = EDITORS[field.kind](field)
        self.editor.setFixedHeight(theme.px(EDITOR))
        self.editor.setAccessibleName(field.label)
        self.label.setBuddy(self.editor)
        self.slider: LogSlider | None = None
        self._message: QLabel | None = None
        self._mark: QLabel | None = None
        self._column = QVBoxLayout()
        self._column.setSpacing(theme.px(3))
        self._column.addWidget(self.editor)
        if field.log and field.kind in ("int", "float"):
            self.slider = LogSlider(field)
            self.slider.chosen.connect(self._slid)
            self._column.addWidget(self.slider)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        row.addWidget(self.label, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(self._column, 1)
        hint = explained(field)
        for widget in (self.label, self.editor, self.slider):
            if widget is not None:
                widget.setToolTip(hint)
        self.editor.setAccessibleDescription(hint)
        self.editor.edited.connect(self._edited)

    def _edited(self) -> None:
        self._follow()
        self.edited.emit()

    def _slid(self, value: float) -> None:
        self.editor.write(self.field.format(int(value) if self.field.kind == "int" else value))
        self.edited.emit()

    def _follow(self) -> None:
        if self.slider is not None:
            try:
                value = self.field.parse(self.editor.written())
            except ValueError:
                return
            if isinstance(value, int | float):
                self.slider.show_value(float(value))

    def write(self, text: str) -> None:
        """Show a text in the editor, and its value on the slider."""
        self.editor.write(text)
        self._follow()

    def value(self) -> Plain:
        """Return the value; ValueError with a sentence where what is written is none."""
        return self.field.parse(self.editor.written())

    def show_error(self, text: str) -> None:
        """Say under the field what is wrong with it; an empty text: nothing."""
        style.tell(self.editor, wrong=bool(text))
        if self._message is None:
            if not text:
                return
            self._mark, self._message = QLabel(), QLabel()
            self._mark.setFixedSize(theme.px(15), theme.px(16))
            self._message.setProperty("tone", "bad")
            self._message.setFont(theme.font(12))
            self._message.setWordWrap(True)
            line = QHBoxLayout()
            line.setContentsMargins(theme.px(1), theme.px(2), 0, 0)
            line.setSpacing(theme.px(5))
            line.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
            line.addWidget(self._message, 1)
            self._column.addLayout(line)
            theme.notifier.changed.connect(self._draw_mark)
        assert self._mark is not None
        if text:
            self._message.setText(breakable(text))
            self._message.setAccessibleName(text)
            self._draw_mark()
        self._mark.setVisible(bool(text))
        self._message.setVisible(bool(text))
        self.editor.setAccessibleDescription(text or explained(self.field))

    def _draw_mark(self) -> None:
        assert self._mark is not None
        self._mark.setPixmap(icons.pixmap("circle-alert", "bad", theme.px(15), self.devicePixelRatio()))

    def set_narrow(self, narrow: bool) -> None:
        """Take less room for the label."""
        self.label.setFixedWidth(theme.px(LABEL_NARROW if narrow else LABEL))


def breakable(text: str) -> str:
    """Return a text whose long words, which paths are, may be broken anywhere: else they would widen the form."""
    return " ".join("\u200b".join(word) if len(word) > LONG_WORD else word for word in text.split(" "))


def explained(field: Field) -> str:
    """Return what a field is and what it takes, for its tool tip."""
    parts = [field.help] if field.help else []
    if field.kind in ("int", "float", "ints") and field.hi < float("inf"):
        parts.append(f"{field.format(field.lo)} to {field.format(field.hi)}")
    if field.optional:
        parts.append("or none")
    return ". ".join(parts[:1]) + ("\n" + ", ".join(parts[1:]) if parts[1:] else "")


class Fields(QObject):
    """The rows of a form together: which of them apply, what is wrong, what their values are."""

    changed = Signal()  # a value or a mistake; after rows have been shown and hidden

    def __init__(self, known: Sequence[Field]) -> None:
        super().__init__()
        self.rows = {field.name: Row(field) for field in known}
        self._reference: dict[str, Plain] = {field.name: field.default for field in known}
        self.errors: dict[str, str] = {}  # what is not allowed, by field name
        self.refused: dict[str, str] = {}  # what is, and what this machine could not do when it was asked
        for row in self.rows.values():
            row.edited.connect(self.check)

    def write(self, values: dict[str, Plain], *, texts: dict[str, str] | None = None) -> None:
        """Fill all fields.

        Args:
            values: what a changed field differs from; a default where a name is missing.
            texts: what is written instead, by field name; what a field does not take, or nobody knows, is ignored,
                and so is a secret.
        """
        for name, row in self.rows.items():
            self._reference[name] = values.get(name, row.field.default)
            row.write(row.field.format(self._reference[name]))
            if texts is not None and name in texts and row.field.kind != "secret":
                with suppress(ValueError):
                    row.write(row.field.format(row.field.parse(texts[name])))
        self.check()

    def _lenient(self) -> dict[str, Plain]:
        values: dict[str, Plain] = {}
        for name, row in self.rows.items():
            try:
                values[name] = row.value()
            except ValueError:
                values[name] = row.field.default
        return values

    def applying(self) -> list[Row]:
        """Return the rows whose fields apply beside the others' values."""
        values = self._lenient()
        return [row for row in self.rows.values() if row.field.applies(values)]

    def check(self) -> None:
        """Look at everything again: show and hide rows, messages and dots; then say `changed`."""
        applying = self.applying()
        given = {row.field.name: row.editor.written() for row in applying}
        try:
            validate([row.field for row in self.rows.values()], given, parse=True)
            self.errors = {}
        except Invalid as wrong:
            self.errors = wrong.errors
        self.refused = {}
        for row in self.rows.values():
            row.setVisible(row in applying)
        self._show()

    def refuse(self, sentences: dict[str, str]) -> None:
        """Say at the fields what this machine cannot do now: until something is changed, or it is asked again."""
        if sentences != self.refused:
            self.refused = sentences
            self._show()

    def _show(self) -> None:
        first = next(iter(self.rows))  # what is about no field in sight stands at the first
        said = {name if name in self.rows else first: text for name, text in (self.refused | self.errors).items()}
        for name, row in self.rows.items():
            row.show_error(said.get(name, ""))
            row.label.show_changed(name in said or self._differs(row))
        self.changed.emit()

    def _differs(self, row: Row) -> bool:
        try:
            return row.value() != self._reference[row.field.name]
        except ValueError:
            return True

    @property
    def changed_by_hand(self) -> bool:
        """Tell whether anything is not the reference's, hidden fields too."""
        return any(self._differs(row) for row in self.rows.values())

    def differing(self) -> dict[str, str]:
        """Return what is written where it is not the reference's, by field name; hidden fields too, secrets never."""
        return {
            name: row.editor.written()
            for name, row in self.rows.items()
            if row.field.kind != "secret" and self._differs(row)
        }

    def values(self) -> dict[str, Plain]:
        """Return a value for every field: defaults for those that do not apply. Invalid where something is wrong."""
        given = {row.field.name: row.editor.written() for row in self.applying()}
        return validate([row.field for row in self.rows.values()], given, parse=True)
