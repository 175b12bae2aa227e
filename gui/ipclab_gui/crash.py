"""What happens when the lab itself has a bug: a page that says so, with a report that can be copied. Never silence."""

from __future__ import annotations

import sys
import threading
import traceback
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

if TYPE_CHECKING:
    from ipclab_gui.crash_dialog import CrashDialog


class Catcher(QObject):
    """Takes exceptions that nobody caught, of any thread, and shows them in the GUI thread; each kind once."""

    _caught = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.reports: list[str] = []
        self._seen: set[str] = set()
        self._dialog: CrashDialog | None = None
        self._caught.connect(self.show, Qt.ConnectionType.QueuedConnection)

    def install(self) -> None:
        """Become the hook for exceptions in slots, in overrides that Qt calls, and in threads."""
        sys.excepthook = self._hook
        threading.excepthook = self._thread_hook

    def _hook(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            QApplication.exit(130)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        if sys.stderr is not None:  # on Windows a program without a console has none
            sys.stderr.write(text)
        self._caught.emit(text)

    def _thread_hook(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._hook(args.exc_type, args.exc_value, args.exc_traceback)

    def show(self, trace: str) -> None:
        """Log and show a traceback, with what a report needs beside it; the same one again is only counted."""
        self.reports.append(trace)
        if trace in self._seen:
            return
        self._seen.add(trace)
        from ipclab import machine
        from ipclab_gui import log
        from ipclab_gui.crash_dialog import CrashDialog

        report = f"{trace}\n{machine.report()}\n"
        kept = log.write(log.place(), report)
        if self._dialog is not None and self._dialog.isVisible():
            return  # the first one is the cause, more often than not
        self._dialog = CrashDialog(report, kept, _over())
        self._dialog.show()


def _over() -> QWidget | None:
    """Return what the report lies over: the lab's window, so that both close together, or a page that blocks it."""
    page: QWidget | None = QApplication.activeModalWidget()
    return page or next((one for one in QApplication.topLevelWidgets() if isinstance(one, QMainWindow)), None)
