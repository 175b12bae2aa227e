"""What is known of what is selected, in columns that stay where they are. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from ipclab_gui import theme
from ipclab_gui.messages.details import Pairs
from ipclab_gui.wrapping import is_cut, wrapped

MOST = 10  # pairs
WIDE = 720  # px: from here on in three columns, else in two


class Elided(QLabel):
    """A line, or several, that say in their tool tip what they have no room for, and never ask for more of it.

    Attributes:
        lines: at most, one below the other.
    """

    def __init__(self, size: float, weight: int = 400) -> None:
        super().__init__()
        self.setFont(theme.font(size, weight))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._whole = ""
        self.lines = 1

    def say(self, text: str, lines: int = 1) -> None:
        """Say something."""
        self._whole, self.lines = text, lines
        self._fit()

    @property
    def whole(self) -> str:
        """All of what is said."""
        return self._whole

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        short = wrapped(self._whole, self.font(), max(1, self.width()), self.lines)
        if "\n".join(short) != self.text():
            self.setText("\n".join(short))
        self.setToolTip(self._whole if is_cut(self._whole, short) else "")


class DetailsPane(QWidget):
    """A title, a note beside it, and pairs of a label and a value; as high with one pair as with ten."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.note = Elided(13, 600), Elided(12)
        self.note.setProperty("tone", "2")
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        top = QHBoxLayout()
        top.setSpacing(theme.px(12))
        top.addWidget(self.title, 2)
        top.addWidget(self.note, 3)
        self._hint = QLabel()
        self._hint.setFont(theme.font(12))
        self._hint.setWordWrap(True)
        self._hint.setProperty("tone", "2")
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.px(10))
        self._grid.setVerticalSpacing(theme.px(4))
        self._pairs: list[tuple[Elided, Elided]] = []
        for _ in range(MOST):
            label, value = Elided(12), Elided(12, 500)
            label.setProperty("tone", "2")
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._pairs.append((label, value))
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.px(20), theme.px(8), theme.px(20), theme.px(10))
        column.setSpacing(theme.px(6))
        column.addLayout(top)
        column.addLayout(self._grid)
        column.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._columns = 0
        self._last = -1  # place of the pair whose value has the free lines below it
        self._arrange()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(480), self.minimumHeight())

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(300), self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        columns = 3 if self.width() >= theme.px(WIDE) else 2
        if columns == self._columns:
            return
        self._columns = columns
        lines = -(-MOST // columns)
        self._grid.addWidget(self._hint, 0, 0, 1, 2 * columns)
        for place, (label, value) in enumerate(self._pairs):
            at, line = divmod(place, lines)
            self._grid.addWidget(label, line, 2 * at)
            self._grid.addWidget(value, line, 2 * at + 1)
            value.say(value.whole)
        self._last = -1
        self._share_room()
        self._stretch_last()
        line = self._pairs[0][0].fontMetrics().height() + theme.px(4)
        self.setFixedHeight(theme.px(24) + self.title.fontMetrics().height() + lines * line)

    def _share_room(self) -> None:
        """Give all the width to the columns that show something: contents are long."""
        lines = -(-MOST // self._columns)
        used = -(-len(self.pairs) // lines) or self._columns
        for at in range(3):
            self._grid.setColumnStretch(2 * at, 5 if at < used else 0)
            self._grid.setColumnStretch(2 * at + 1, 9 if at < used else 0)

    def _stretch_last(self) -> None:
        """Let the last value have the lines below it, which are free: what ended a wait may be long."""
        lines, place = -(-MOST // self._columns), len(self.pairs) - 1
        free = lines - place % lines
        if place != self._last:
            for number, rows in ((self._last, 1), (place, free)):
                if number >= 0:
                    at, line = divmod(number, lines)
                    top = Qt.AlignmentFlag.AlignTop
                    self._grid.addWidget(self._pairs[number][1], line, 2 * at + 1, rows, 1, top)
            self._last = place
        if place >= 0:
            value = self._pairs[place][1]
            value.say(value.whole, free)

    def say(self, title: str, pairs: Pairs) -> None:
        """Show what is known; a single pair without a label is a hint."""
        hint = pairs[0][1] if len(pairs) == 1 and not pairs[0][0] else ""
        shown = [] if hint else pairs
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self.title.say(title)
        for place, (label, value) in enumerate(self._pairs):
            there = place < len(shown)
            label.setVisible(there)
            value.setVisible(there)
            words = shown[place] if there else ("", "")
            label.say(words[0])
            value.say(words[1])
            value.setAccessibleName(f"{words[0]}: {words[1]}" if there else "")
        self._share_room()
        self._stretch_last()

    @property
    def pairs(self) -> Pairs:
        """What is shown."""
        return [(label.whole, value.whole) for label, value in self._pairs if label.whole]


__all__ = ["DetailsPane", "Elided"]
