"""What stands where there is nothing to see yet: what would be here, and how to get it. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from ipclab_gui import icons, theme
from ipclab_gui.panels.bars import let_wrap

RUNS = "Run"  # the object name of the panels' Run buttons


class Glyph(QWidget):
    """An icon or an experiment's glyph as a picture of its own; decoration, so it has no name for a screen reader."""

    def __init__(self, name: str, size: int, token: str = "text3") -> None:
        super().__init__()
        self._name, self._token = name, token
        self.setFixedSize(QSize(theme.px(size), theme.px(size)))
        theme.notifier.changed.connect(self.update)

    def set_glyph(self, name: str, token: str | None = None) -> None:
        """Show another one; nothing at all where nobody drew it."""
        self._name, self._token = name, token or self._token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if icons.exists(self._name):
            picture = icons.pixmap(self._name, self._token, self.width(), self.devicePixelRatioF())
            QPainter(self).drawPixmap(0, 0, picture)


def turn(pages: QStackedLayout, page: QWidget, main: QWidget) -> None:
    """Bring a page to the front; a keyboard that was on the other goes to its main thing, and not to its first button.

    Args:
        pages: of a panel.
        page: one of them.
        main: what of it a person wants to have the keyboard.
    """
    before = pages.currentWidget()
    if before is None or page is before:
        return
    here: QWidget | None = before.window().focusWidget()
    pages.setCurrentWidget(page)
    if here is not None and (here is before or before.isAncestorOf(here)):
        main.setFocus(Qt.FocusReason.OtherFocusReason)


def run_button() -> QPushButton:
    """Return a filled button that says Run; the workspace finds it by its object name, and says whether it may."""
    button = QPushButton("Run")
    button.setObjectName(RUNS)
    button.setAccessibleName("Run")
    button.setProperty("kind", "primary")
    button.setFont(theme.font(13, 600))
    button.setIcon(icons.icon("run", "on_accent"))
    button.setIconSize(QSize(theme.px(16), theme.px(16)))
    button.setToolTip("Run (F5)")
    return button


class EmptyState(QWidget):
    """Glyph, heading, sentence, and a Run button with its key; in the middle of whatever room there is.

    Args:
        glyph: an experiment's stem or an icon's name.
        heading: what is missing: "No graphs yet".
        text: what would be here.
    """

    run_wanted = Signal()

    def __init__(self, glyph: str, heading: str, text: str) -> None:
        super().__init__()
        self._glyph = Glyph(glyph, 72)
        self._heading = QLabel(alignment=Qt.AlignmentFlag.AlignHCenter)
        self._heading.setFont(theme.font(15, 600))
        self._text = QLabel(alignment=Qt.AlignmentFlag.AlignHCenter)
        self._text.setFont(theme.font(13))
        self._text.setProperty("tone", "2")
        for label in (self._heading, self._text):
            let_wrap(label)
        self._button = run_button()
        self._button.setMinimumWidth(theme.px(96))
        self._button.clicked.connect(self.run_wanted)
        key = QLabel("or press F5")
        key.setFont(theme.font(12))
        key.setProperty("tone", "3")

        self._actions = QWidget()
        row = QHBoxLayout(self._actions)
        row.setContentsMargins(0, theme.px(24), 0, 0)
        row.setSpacing(theme.px(12))
        row.addStretch(1)
        row.addWidget(self._button)
        row.addWidget(key)
        row.addStretch(1)

        column = QVBoxLayout(self)
        column.setContentsMargins(theme.px(24), theme.px(24), theme.px(24), theme.px(24))
        column.setSpacing(0)
        column.addStretch(2)
        column.addWidget(self._glyph, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(theme.px(24))
        column.addWidget(self._heading)
        column.addSpacing(theme.px(8))
        column.addWidget(self._text)
        column.addWidget(self._actions)
        column.addStretch(3)  # a little above the middle looks like the middle
        self.say(heading, text)

    def say(self, heading: str, text: str, *, runnable: bool = True) -> None:
        """Show other words; without the Run button where it would do nothing (while a run goes on)."""
        self._heading.setText(heading)
        self._text.setText(text)
        self.setAccessibleName(f"{heading}. {text}")
        if not runnable and self._button.hasFocus():
            self.setFocus(Qt.FocusReason.OtherFocusReason)  # where `turn` finds it: Qt would give it to another region
        self._actions.setVisible(runnable)

    def set_glyph(self, glyph: str) -> None:
        """Show another experiment's glyph."""
        self._glyph.set_glyph(glyph)


__all__ = ["RUNS", "EmptyState", "Glyph", "run_button", "turn"]
