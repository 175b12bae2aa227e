"""The report of a bug of the lab's own, to read and to copy. GUI thread only."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
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


class CrashDialog(QDialog):
    """The report of one bug; `log` is the file that has it too, None where it could not be written."""

    def __init__(self, report: str, log: Path | None, parent: QWidget | None = None) -> None:
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
        place = QLabel(f"It is in the log too: {log}" if log else "It could not be written to the log.")
        place.setFont(theme.font(12))
        place.setWordWrap(True)
        place.setProperty("tone", "3")
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        foot = QHBoxLayout()
        foot.addWidget(copy)
        if log is not None:
            folder = QPushButton("Show in folder")
            folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(log.parent))))
            foot.addWidget(folder)
        foot.addStretch(1)
        foot.addWidget(leave)
        foot.addWidget(on)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(12))
        column.addLayout(top)
        column.addWidget(words)
        column.addWidget(self.report, 1)
        column.addWidget(place)
        column.addLayout(foot)
