"""A file that other programs write: says when it has become another, also where they replace it. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

if TYPE_CHECKING:
    from pathlib import Path

SETTLES = 60  # ms after the last change: an editor that writes in pieces, or removes and renames, is ready by then


class FileWatch(QObject):
    """Follows one file, by its folder too: a file that is replaced is another one, which Qt does not follow."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._file: Path | None = None
        self._watcher: QFileSystemWatcher | None = None
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLES)
        self._settle.timeout.connect(self._say)

    def follow(self, file: Path | None) -> None:
        """Follow another file, which need not be there; None: none."""
        if file == self._file:
            return
        self._file = file
        self._settle.stop()
        self._watcher = None  # nobody else holds it: it ends here, and gives its descriptor back
        if file is not None:
            self._watcher = QFileSystemWatcher()
            self._watcher.fileChanged.connect(self._wait)
            self._watcher.directoryChanged.connect(self._wait)
        self._add()

    def _wait(self, _path: str) -> None:
        self._settle.start()

    def _add(self) -> None:
        if self._file is None or self._watcher is None:
            return
        known = {*self._watcher.files(), *self._watcher.directories()}
        wanted = [path for path in (self._file, self._file.parent) if str(path) not in known and path.exists()]
        if wanted:
            self._watcher.addPaths([str(path) for path in wanted])

    def _say(self) -> None:
        self._add()
        self.changed.emit()
