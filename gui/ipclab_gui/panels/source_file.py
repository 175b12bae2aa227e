"""One Python file as it lies on the disk: its place, buttons to take it along, its text in colour. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ipclab_gui import icons, theme
from ipclab_gui.panels.bars import Hairline, finder, tool_button
from ipclab_gui.panels.code_view import NARROW, CodeView
from ipclab_gui.panels.saving import save_text

if TYPE_CHECKING:
    from pathlib import Path


class SourceFile(QWidget):
    """A file, read when it is first looked at; `name` is its view's for those who do not see it."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._file: Path | None = None
        self._shown: Path | None = None
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
        self._bar.addWidget(self._path, 1)
        self._bar.addWidget(self._copy)
        self._bar.addWidget(self._save)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._bar)
        column.addWidget(Hairline())
        column.addWidget(self.view, 1)
        self.find_words = finder(self.view, self)
        self.setFocusProxy(self.view)

    def set_file(self, file: Path | None) -> None:
        """Show another file; None: nothing."""
        self._file = file
        self._path.setText(f"{file.parent.name}/{file.name}" if file is not None else "")
        self._path.setToolTip(str(file or ""))
        if self.isVisible():
            self._read()

    def _read(self) -> None:
        if self._file is None or self._file == self._shown:
            return
        self._shown = self._file
        try:
            source, readable = self._file.read_text(encoding="utf-8"), True
        except OSError as wrong:
            source, readable = f"# {self._file.name} cannot be read: {wrong.strerror}.\n", False
        self._copy.setEnabled(readable)
        self._save.setEnabled(readable)
        self.view.set_source(source)

    def _save_as(self) -> None:
        if self._file is not None:
            save_text(self, f"Save {self._file.name}", self._file.name, "Python (*.py)", self.view.source)

    def showEvent(self, event: QShowEvent) -> None:
        """Read the file, if that has not been done."""
        super().showEvent(event)
        self._read()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the bar flush with the header above."""
        edge = theme.px(20 if self.width() < theme.px(NARROW) else 32)
        self._bar.setContentsMargins(edge, theme.px(10), edge, theme.px(10))
        super().resizeEvent(event)
