"""What has to be asked before a person's program is run: the run begins once there is an answer. GUI thread only."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject

from ipclab_gui import questions
from ipclab_gui.asker import Asker

if TYPE_CHECKING:
    from ipclab_gui.live import Steps
    from ipclab_gui.questions import Question
    from ipclab_gui.window import MainWindow


class BeforeRun(QObject):
    """Asks for the program that a window shows, and runs that once there is an answer."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._asker = Asker(self)
        self._program = ""  # for which it is asked
        window.live.began.connect(self.drop)  # with another Python

    def ask(self, question: Question, order: Steps | None = None) -> None:
        """Ask, instead of what has not been answered yet; `order`: what the run is to follow that waits for it."""
        program = self._window.workspace.outline.name
        if self._asker.question == question and self._program == program:
            return
        self._program = program
        self._window.status.showMessage(question.words)
        self._window.installEventFilter(self)
        self._asker.ask(question, partial(self._run, question, order))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask no more when the window closes."""
        if event.type() == QEvent.Type.Close:
            self.drop()
        return False

    def drop(self) -> None:
        """Ask no more: who is asked is gone when this returns."""
        self._window.removeEventFilter(self)
        self._asker.drop()

    def _run(self, question: Question, order: Steps | None) -> None:
        window = self._window
        window.removeEventFilter(self)
        window.status.clearMessage()
        if window.workspace.outline.name == self._program:  # a person may have gone to another one
            window.run(order)
        questions.forget(question)  # next time it is asked again


__all__ = ["BeforeRun"]
