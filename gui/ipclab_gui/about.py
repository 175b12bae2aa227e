"""Two small pages of the Help menu: the keys, and what this is."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from ipclab import __version__, machine
from ipclab_gui import icons, theme
from ipclab_gui.workspace import PANELS

KEYS = (
    ("F5, Ctrl+Enter", "Run"),
    ("Shift+F5", "Stop"),
    (f"Ctrl+1 to Ctrl+{len(PANELS)}", ", ".join(PANELS)),
    ("Alt+Home", "Start here"),
    ("Ctrl+K", "Search experiments"),
    ("Ctrl+F", "Find in the view"),
    ("Ctrl+R", "Reset parameters"),
    ("Ctrl+B", "Show or hide experiments"),
    ("Ctrl+Shift+B", "Show or hide parameters"),
    ("F6", "Next region"),
    ("F11", "Full screen"),
)


class _Page(QDialog):
    def __init__(self, parent: QWidget, title: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(theme.px(24), theme.px(20), theme.px(24), theme.px(20))
        self.column.setSpacing(theme.px(16))

    def foot(self, *before: QPushButton) -> None:
        """Put the buttons below, "Close" as the last."""
        close = QPushButton("Close")
        close.setProperty("kind", "primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        row = QHBoxLayout()
        for button in before:
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(close)
        self.column.addLayout(row)


class KeysDialog(_Page):
    """Which key does what."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "Keys")
        title = QLabel("Keys")
        title.setFont(theme.font(15, 600))
        self.column.addWidget(title)
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(32))
        grid.setVerticalSpacing(theme.px(8))
        for row, (key, does) in enumerate(KEYS):
            name = QLabel(key)
            name.setFont(theme.font(12, mono=True))
            name.setProperty("tone", "2")
            grid.addWidget(name, row, 0)
            grid.addWidget(QLabel(does), row, 1)
        self.column.addLayout(grid)
        self.foot()


class AboutDialog(_Page):
    """Name, version, and the machine that figures depend on."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "About IPC Lab")
        mark = QLabel()
        mark.setPixmap(icons.pixmap("mark", "accent", theme.px(40), self.devicePixelRatio()))
        title = QLabel(f"IPC Lab {__version__}")
        title.setFont(theme.font(20, 600))
        top = QHBoxLayout()
        top.setSpacing(theme.px(12))
        top.addWidget(mark)
        top.addWidget(title, 1)
        self.column.addLayout(top)
        words = QLabel("A laboratory for communication between Python processes. Free software under the MIT licence.")
        words.setWordWrap(True)
        words.setProperty("tone", "2")
        self.column.addWidget(words)
        report = machine.report()
        details = QLabel(report)
        details.setFont(theme.font(12, mono=True))
        details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.column.addWidget(details)
        copy = QPushButton("Copy details")
        copy.setIcon(icons.icon("copy", "text"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(report))
        self.foot(copy)
