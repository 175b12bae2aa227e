"""Asks a Python while the window goes on: it may be slow, or never answer. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QProcess, QTimer

from ipclab import programs
from ipclab_gui import questions

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipclab_gui.questions import Question

KILLED = 2_000  # ms for a process to be gone that was killed


class Asker(QObject):
    """Asks one question at a time; the answer is among `questions` then."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._question: Question | None = None
        self._then: Callable[[], object] | None = None
        self._limit = QTimer(self)
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(self._end)

    @property
    def question(self) -> Question | None:
        """What has no answer yet; None: nothing is asked."""
        return self._question if self._process is not None else None

    def ask(self, question: Question, then: Callable[[], object]) -> None:
        """Ask, which takes 20 ms or more, instead of what has no answer yet; `then` is called once there is one."""
        self.drop()
        self._question, self._then = question, then
        self._process = process = QProcess(self)
        process.finished.connect(self._ended)
        process.errorOccurred.connect(self._failed)
        self._limit.start(round(programs.ASKING_MAY_TAKE * 1000))
        process.setWorkingDirectory(question.folder)
        command = question.command
        process.start(command[0], command[1:])
        process.closeWriteChannel()

    def drop(self) -> None:
        """Ask no more: who is asked is gone when this returns."""
        process, self._process = self._process, None
        self._limit.stop()
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
        assert self._question is not None and self._then is not None
        questions.learn(self._question, text)
        self._then()


__all__ = ["Asker"]
