"""Two pages of the Help menu: the keys, and what this is."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from ipclab import __version__, machine
from ipclab_gui import icons, theme
from ipclab_gui.controls import hairline
from ipclab_gui.tabs import GAP, Tabs
from ipclab_gui.workspace import PANELS

KEYS = (
    ("Ctrl+O", "Open a program of your own"),
    ("Ctrl+Shift+O", "Open a module, as python -m does"),
    ("F5, Ctrl+Enter", "Run"),
    ("Shift+F5", "Stop"),
    ("F10", "Step: who has waited longest goes next"),
    ("Ctrl+F10", "Step back"),
    ("1 to 9", "Step the process with this number"),
    ("F9", "Next Watch: Off, On, Slow, Step"),
    (f"Ctrl+1 to Ctrl+{len(PANELS)}", ", ".join(PANELS)),
    ("Alt+Home", "Start here"),
    ("Ctrl+K", "Search experiments"),
    ("Ctrl+F", "Find in the view"),
    ("Ctrl+D", "End of input, where a program is typed for"),
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
    """Name, version, the machine that figures depend on, and the licences of all that the lab stands on."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "About IPC Lab")
        self.resize(QSize(theme.px(920), theme.px(580)).boundedTo(parent.size() * 0.95))
        mark = QLabel()
        mark.setPixmap(icons.pixmap("mark", "accent", theme.px(40), self.devicePixelRatio()))
        title = QLabel(f"IPC Lab {__version__}")
        title.setFont(theme.font(20, 600))
        words = QLabel("A laboratory for communication between Python processes. Free software under the MIT licence.")
        words.setWordWrap(True)
        words.setProperty("tone", "2")
        names = QVBoxLayout()
        names.setSpacing(theme.px(2))
        names.addWidget(title)
        names.addWidget(words)
        top = QHBoxLayout()
        top.setSpacing(theme.px(16))
        top.addWidget(mark)
        top.addLayout(names, 1)
        self.column.addLayout(top)
        self._report = machine.report()
        self.tabs = Tabs()
        self.tabs.setAccessibleName("Pages")
        self._stack = QStackedWidget()
        for name in ("This computer", "Licences"):
            self.tabs.addTab(name)
        self._stack.addWidget(self._computer())
        self.tabs.currentChanged.connect(self._show)
        row = QVBoxLayout()
        row.setContentsMargins(-theme.px(GAP), 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.tabs, 0, Qt.AlignmentFlag.AlignLeft)
        row.addWidget(hairline())
        self.column.addLayout(row)
        self.column.addWidget(self._stack, 1)
        self._copy = QPushButton("Copy details")
        self._copy.setIcon(icons.icon("copy", "text"))
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._report))
        self.foot(self._copy)
        self.tabs.setFocus()

    def _computer(self) -> QLabel:
        details = QLabel(self._report)
        details.setFont(theme.font(12, mono=True))
        details.setAlignment(Qt.AlignmentFlag.AlignTop)
        details.setWordWrap(True)
        details.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return details

    def _show(self, number: int) -> None:
        if number == self._stack.count():
            from ipclab_gui.licences_page import LicencesPage

            page = LicencesPage()
            self._stack.addWidget(page)
            for before, after in ((self.tabs, page.list), (page.list, page.text), (page.text, self._copy)):
                self.setTabOrder(before, after)
        self._stack.setCurrentIndex(number)
        self._copy.setVisible(number == 0)
