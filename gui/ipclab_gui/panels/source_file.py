"""One Python file as it lies on the disk: its place, buttons to take it along, its text in colour. GUI thread only.

While it is looked at it is read again whenever it is another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ipclab_gui import icons, theme
from ipclab_gui.file_watch import FileWatch
from ipclab_gui.panels.bars import Hairline, finder, tool_button
from ipclab_gui.panels.code_view import NARROW, CodeView
from ipclab_gui.panels.saving import save_text
from ipclab_gui.panels.source_text import Unreadable, source_text

if TYPE_CHECKING:
    from pathlib import Path


class SourceFile(QWidget):
    """A file, read when it is first looked at; `name` is its view's for those who do not see it."""

    turned = Signal()  # the text on show is another one

    def __init__(self, name: str) -> None:
        super().__init__()
        self._file: Path | None = None
        self._home: Path | None = None
        self._shown: Path | None = None
        self._ran: bytes | None = None  # what the file held when the run on show began
        self._wanted = 0  # the line to be shown once it has been read
        self._watch = FileWatch(self)
        self._watch.changed.connect(self._changed)
        self.view = CodeView()
        self.view.setAccessibleName(name)
        self._path = QLabel()
        self._path.setFont(theme.font(12, mono=True))
        self._path.setProperty("tone", "2")
        self._path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._path.setMinimumWidth(theme.px(40))
        self._copy = tool_button("copy", "Copy")
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.view.chosen))
        self._save = QPushButton("Save as...")
        self._save.setAccessibleName("Save as...")
        self._save.setIcon(icons.icon("save", "text"))
        self._save.setIconSize(QSize(theme.px(16), theme.px(16)))
        self._save.clicked.connect(self._save_as)
        self._bar = QHBoxLayout()
        self._bar.setSpacing(theme.px(10))
        self._back = QPushButton()
        self._back.setIcon(icons.icon("arrow-left", "text"))
        self._back.setIconSize(QSize(theme.px(16), theme.px(16)))
        self._back.clicked.connect(lambda: self.set_file(self._home, home=self._home))
        self._back.hide()
        self._note = QLabel("The run on show was of an older text: its lines may stand elsewhere now.")
        self._note.setProperty("tone", "wait")
        self._note.setFont(theme.font(12))
        self._note.setWordWrap(True)
        self._note.hide()
        self._bar.addWidget(self._path, 1)
        self._bar.addWidget(self._back)
        self._bar.addWidget(self._copy)
        self._bar.addWidget(self._save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._bar)
        column.addWidget(self._note)
        column.addWidget(Hairline())
        column.addWidget(self.view, 1)
        self.find_words = finder(self.view, self)
        self.setFocusProxy(self.view)

    @property
    def file(self) -> Path | None:
        """The file on show."""
        return self._file

    def set_file(self, file: Path | None, *, home: Path | None = None) -> None:
        """Show another file; None: nothing. A button leads from any other `home`."""
        if home != self._home:
            self._home, self._ran = home, None
        self._file = file
        self._wanted = 0
        away = home is not None and file != home
        self._back.setVisible(away)
        self._back.setText(f"Back to {home.name}" if home is not None else "")
        self._back.setAccessibleName(self._back.text())
        self._path.setText(f"{file.parent.name}/{file.name}" if file is not None else "")
        self._path.setToolTip(str(file or ""))
        if self.isVisible():
            self._read()

    def show_line(self, line: int) -> None:
        """Bring a line, from 1, into sight and mark it."""
        self._wanted = line
        if self.isVisible():
            self._read()
            self._find_wanted()

    def _find_wanted(self) -> None:
        if self._wanted:
            self.view.go_to(self._wanted)
            self._wanted = 0

    def begin(self) -> None:
        """Note of which text the run is that begins now."""
        self._ran = self._bytes()
        self._show_note()

    def forget_run(self) -> None:
        """Say nothing of a run any more."""
        self._ran = None
        self._show_note()

    def _show_note(self) -> None:
        home = self._file == self._home
        older = home and self._ran is not None and self._bytes() not in (None, self._ran)
        self._note.setVisible(older)

    def _bytes(self) -> bytes | None:
        """Return what `home` holds; None where it cannot be read."""
        try:
            return self._home.read_bytes() if self._home is not None else None
        except OSError:
            return None

    def _read(self) -> None:
        self._watch.follow(self._file)
        if self._file is None or self._file == self._shown:
            return
        self._shown = self._file
        self.view.set_source(self._text())
        self._show_note()
        self.turned.emit()

    def _changed(self) -> None:
        """Read the file again, and stay where it was read."""
        if self._file is None or self._file != self._shown:
            return
        text = self._text()
        if text != self.view.source:
            self.view.renew_source(text)
        self._show_note()
        self.turned.emit()

    def _text(self) -> str:
        assert self._file is not None
        try:
            source, readable = source_text(self._file), True
        except Unreadable as wrong:
            source, readable = f"# {wrong}\n", False
        self._copy.setEnabled(readable)
        self._save.setEnabled(readable)
        return source

    def _save_as(self) -> None:
        if self._file is not None:
            save_text(self, f"Save {self._file.name}", self._file.name, "Python (*.py)", self.view.source)

    def showEvent(self, event: QShowEvent) -> None:
        """Read the file, if that has not been done."""
        super().showEvent(event)
        self._read()
        self._changed()
        self._find_wanted()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the file: it is looked at again when it comes into sight."""
        super().hideEvent(event)
        self._watch.follow(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the bar flush with the header above."""
        edge = theme.px(20 if self.width() < theme.px(NARROW) else 32)
        self._bar.setContentsMargins(edge, theme.px(10), edge, theme.px(10))
        self._note.setContentsMargins(edge, 0, edge, theme.px(10))
        super().resizeEvent(event)
