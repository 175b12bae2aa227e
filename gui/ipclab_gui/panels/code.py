"""Code: the experiment's own file, as it runs. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from ipclab_gui import icons, theme
from ipclab_gui.panels import Panel
from ipclab_gui.panels.bars import Hairline, finder, tool_button
from ipclab_gui.panels.code_view import NARROW, CodeView
from ipclab_gui.panels.saving import save_text

if TYPE_CHECKING:
    from pathlib import Path

    from ipclab.catalog import Experiment
    from ipclab.observation import Observation


class CodePanel(Panel):
    """The file's place, buttons to take it along, and the source; read when it is first looked at."""

    title: ClassVar[str] = "Code"
    finds: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._file: Path | None = None
        self._shown: Path | None = None
        self._view = CodeView()
        self._path = QLabel()
        self._path.setFont(theme.font(12, mono=True))
        self._path.setProperty("tone", "2")
        self._path.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._copy = tool_button("copy", "Copy")
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._view.chosen))
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
        column.addWidget(self._view, 1)
        self._open_finder = finder(self._view, self)
        self.setFocusProxy(self._view)

    def set_experiment(self, experiment: Experiment) -> None:
        """Show the file of another experiment."""
        self._file = experiment.source
        self._path.setText(f"{experiment.source.parent.name}/{experiment.source.name}")
        self._path.setToolTip(str(experiment.source))
        if self.isVisible():
            self._read()

    def find_words(self) -> None:
        """Open the bar that finds words in the source."""
        self._open_finder()

    def begin(self, observation: Observation) -> None:
        """Nothing: a run does not change the source."""

    def refresh(self, now: bool) -> None:
        """Nothing: a run does not change the source."""

    def _read(self) -> None:
        if self._file is None or self._file == self._shown:
            return
        self._shown = self._file
        try:
            source = self._file.read_text(encoding="utf-8")
        except OSError as wrong:
            source = f"# {self._file.name} cannot be read: {wrong.strerror}.\n"
        readable = not source.startswith(f"# {self._file.name} cannot")
        self._copy.setEnabled(readable)
        self._save.setEnabled(readable)
        self._view.set_source(source)

    def _save_as(self) -> None:
        if self._file is not None:
            save_text(self, "Save the experiment's source", self._file.name, "Python (*.py)", self._view.source)

    def showEvent(self, event: QShowEvent) -> None:
        """Read the file, if that has not been done."""
        super().showEvent(event)
        self._read()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the bar flush with the header above."""
        edge = theme.px(20 if self.width() < theme.px(NARROW) else 32)
        self._bar.setContentsMargins(edge, theme.px(10), edge, theme.px(10))
        super().resizeEvent(event)
