"""Which version a Python is, asked of it while the window goes on: it may be slow, or never answer. GUI thread only."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QProcess, QTimer

from ipclab import programs

if TYPE_CHECKING:
    from ipclab_gui.live import Steps
    from ipclab_gui.window import MainWindow

KILLED = 2_000  # ms for a process to be gone that was killed

_known: dict[tuple[str, int], tuple[int, int]] = {}  # (path, when it was changed): its version
_refused: dict[str, str] = {}  # by path: why a Python cannot be used, while its program is to be run


def version(path: str) -> tuple[int, int] | None:
    """Return a Python's version; None where it has not been asked, or has changed since. Raises OSError: it is gone."""
    return _known.get((path, os.stat(path).st_mtime_ns))


def learn(path: str, told: str) -> None:
    """Note a Python's version, from what it said. Raises NoProgram: it cannot be used; OSError: it is gone."""
    _known[path, os.stat(path).st_mtime_ns] = programs.answer(path, told)


def refusal(path: str) -> str:
    """Return why a Python that was asked cannot be used, a sentence; empty where it can."""
    return _refused.get(path, "")


def is_known(path: str) -> bool:
    """Tell whether a Python has told its version, or why it cannot be used. Raises OSError: it is gone."""
    return path in _refused or version(path) is not None


class PythonVersion(QObject):
    """Asks one Python at a time, for the program that a window shows, and runs that once there is an answer."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._asked = ("", "")  # the Python's path, and for which program
        self._order: Steps | None = None
        self._process: QProcess | None = None
        self._limit = QTimer(self)
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(self._end)
        window.live.began.connect(self.drop)  # with another Python

    def ask(self, path: str, order: Steps | None = None) -> None:
        """Ask a Python for its version, which takes about 20 ms; instead of another that has not answered yet.

        Args:
            path: the Python's.
            order: that the run is to follow which waits for the answer.
        """
        asked = path, self._window.workspace.outline.name
        if self._process is not None and self._asked == asked:
            return
        self.drop()
        self._asked, self._order = asked, order
        self._window.status.showMessage(f"Asking {path} for its version")
        self._window.installEventFilter(self)
        self._process = process = QProcess(self)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(self._failed)
        self._limit.start(round(programs.ASKING_MAY_TAKE * 1000))
        command = programs.question(path)
        process.start(command[0], command[1:])
        process.closeWriteChannel()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask no more when the window closes."""
        if event.type() == QEvent.Type.Close:
            self.drop()
        return False

    def drop(self) -> None:
        """Ask no more: who is asked is gone when this returns."""
        process, self._process = self._process, None
        self._limit.stop()
        self._window.removeEventFilter(self)
        if process is not None:
            process.blockSignals(True)
            process.kill()
            process.waitForFinished(KILLED)
            process.deleteLater()

    def _end(self) -> None:
        """Take that it does not answer in time."""
        self.drop()
        self._conclude("")

    def _failed(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self._end()

    def _ended(self, code: int) -> None:
        if self._process is not None:
            text = bytes(self._process.readAllStandardOutput().data()).decode(errors="replace")
            self.drop()
            self._conclude(text if code == 0 else "")

    def _conclude(self, text: str) -> None:
        path, program = self._asked
        refusal = ""
        try:
            learn(path, text)
        except programs.NoProgram as error:
            refusal = str(error)
        except OSError:
            refusal = f"There is no Python {path}."
        self._window.status.clearMessage()
        if self._window.workspace.outline.name == program:  # a person may have gone to another one
            if refusal:
                _refused[path] = refusal
            self._window.run(self._order)
            _refused.pop(path, None)  # next time it is asked again


__all__ = ["PythonVersion", "is_known", "learn", "refusal", "version"]
