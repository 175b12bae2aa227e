"""What happens when the lab itself has a bug: a page that says so, with a report that can be copied. Never silence."""

from __future__ import annotations

import sys
import threading
import traceback
from types import TracebackType

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from ipclab_gui import icons, theme


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
        sys.stderr.write(text)
        self._caught.emit(text)

    def _thread_hook(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            self._hook(args.exc_type, args.exc_value, args.exc_traceback)

    def show(self, trace: str) -> None:
        """Show a traceback, with what a report needs beside it; the same one again is only counted."""
        self.reports.append(trace)
        if trace in self._seen:
            return
        self._seen.add(trace)
        from ipclab import machine

        if self._dialog is not None and self._dialog.isVisible():
            return  # the first one is the cause, more often than not
        self._dialog = CrashDialog(f"{trace}\n{machine.report()}\n", QApplication.activeWindow())
        self._dialog.open()


class CrashDialog(QDialog):
    """The report of one bug."""

    def __init__(self, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        px = theme.px
        self.setWindowTitle("The lab made a mistake")
        self.resize(px(640), px(420))
        mark = QLabel()
        mark.setPixmap(icons.pixmap("bug", "bad", px(24), self.devicePixelRatio()))
        title = QLabel("The lab made a mistake")
        title.setFont(theme.font(15, 600))
        words = QLabel(
            "This is a bug of IPC Lab, not of your experiment. You can go on, but what is on show may be wrong. "
            "The report below says what happened; it helps to mend it."
        )
        words.setWordWrap(True)
        words.setProperty("tone", "2")
        self.report = QPlainTextEdit(report)
        self.report.setReadOnly(True)
        self.report.setFont(theme.font(12, mono=True))
        self.report.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.report.setAccessibleName("Report")
        copy = QPushButton("Copy report")
        copy.setIcon(icons.icon("copy", "text"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(report))
        leave = QPushButton("Quit")
        leave.clicked.connect(QApplication.closeAllWindows)
        on = QPushButton("Go on")
        on.setProperty("kind", "primary")
        on.setDefault(True)
        on.clicked.connect(self.accept)
        top = QHBoxLayout()
        top.setSpacing(px(12))
        top.addWidget(mark)
        top.addWidget(title, 1)
        foot = QHBoxLayout()
        foot.addWidget(copy)
        foot.addStretch(1)
        foot.addWidget(leave)
        foot.addWidget(on)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(12))
        column.addLayout(top)
        column.addWidget(words)
        column.addWidget(self.report, 1)
        column.addLayout(foot)
