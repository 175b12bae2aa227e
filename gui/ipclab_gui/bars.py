"""The bar on top (mark, name, menus, Stop, Run), the status line below, and the titles of the docks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QDockWidget,
    QHBoxLayout,
    QLabel,
    QMenuBar,
    QPushButton,
    QSizePolicy,
    QStatusBar,
    QToolButton,
    QWidget,
)

from ipclab_gui import icons, theme

if TYPE_CHECKING:
    from ipclab_gui.parameters import Parameters
    from ipclab_gui.watch_switch import WatchSwitch

TOP, STATUS = 48, 28  # px high, with their hairlines
WIDE = 1200  # px from which on the button Step is there whatever Watch is


class TopBar(QWidget):
    """Stands where a menu bar stands; the buttons follow the actions of the menus."""

    def __init__(self, run: QAction, stop: QAction) -> None:
        super().__init__()
        px = theme.px
        self.setObjectName("TopBar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedHeight(px(TOP) + 1)
        self._mark = QLabel()
        name = QLabel("IPC Lab")
        name.setFont(theme.font(13, 600))
        self.menus = QMenuBar()
        self.menus.setNativeMenuBar(False)
        self.menus.setAccessibleName("Menus")
        self.menus.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.stop = QPushButton("Stop")
        self.stop.setIconSize(QSize(px(16), px(16)))
        self.stop.setFixedHeight(px(30))
        self.stop.setToolTip("Stop (Shift+F5)")
        self.run = QPushButton("Run")
        self.run.setProperty("kind", "primary")
        self.run.setFont(theme.font(13, 600))
        self.run.setIconSize(QSize(px(16), px(16)))
        self.run.setFixedSize(px(104), px(30))
        self._run, self._stop = run, stop
        self.run.clicked.connect(run.trigger)
        self.stop.clicked.connect(stop.trigger)
        run.changed.connect(self.follow)
        stop.changed.connect(self.follow)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(px(16), 0, px(16), 0)
        row.setSpacing(px(8))
        row.addWidget(self._mark)
        row.addWidget(name)
        row.addSpacing(px(12))
        row.addWidget(self.menus, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addStretch(1)
        row.addWidget(self.stop)
        row.addWidget(self.run)
        theme.notifier.changed.connect(self._draw_mark)
        self._draw_mark()
        self.follow()

    def add_watch(self, watch: WatchSwitch) -> None:
        """Put Watch before Stop; not before the first paint."""
        self.watch = watch
        self._row.insertWidget(self._row.indexOf(self.stop), watch)
        self._fit_watch()

    def show_watch(self, form: Parameters | None) -> None:
        """Let Watch stand for a form, once it is there; None where no experiment is on show."""
        if "watch" in vars(self):
            self.watch.follow(form)

    def _fit_watch(self) -> None:
        self.watch.set_wide(self.width() >= theme.px(WIDE))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if "watch" in vars(self):
            self._fit_watch()

    def _draw_mark(self) -> None:
        self._mark.setPixmap(icons.pixmap("mark", "accent", theme.px(22), self.devicePixelRatio()))

    def follow(self) -> None:
        """Let the buttons say and allow what the actions do."""
        running = self._stop.isEnabled()
        self.run.setText(self._run.text().replace("&", ""))
        self.run.setEnabled(self._run.isEnabled())
        self.run.setIcon(icons.icon("spinner" if running else "run", "off" if running else "on_accent"))
        self.run.setToolTip(self._run.toolTip())
        self.stop.setText(self._stop.text().replace("&", ""))
        self.stop.setEnabled(self._stop.isEnabled())
        self.stop.setIcon(icons.icon("stop", "bad"))


class StatusLine(QStatusBar):
    """On the left the machine, on the right what runs; a link leads to the run where another experiment is on show."""

    def __init__(self) -> None:
        super().__init__()
        px = theme.px
        self.setObjectName("StatusBar")
        self.setSizeGripEnabled(False)
        self.setFixedHeight(px(STATUS))
        self.machine = QLabel()
        self.running = QLabel("Nothing running")
        for label in (self.machine, self.running):
            label.setFont(theme.font(12))
            label.setProperty("tone", "2")
        self.show_run = QPushButton()
        self.show_run.setProperty("kind", "link")
        self.show_run.setFont(theme.font(12, 500))
        self.show_run.hide()
        self.machine.setContentsMargins(px(14), 0, 0, 0)
        self.running.setContentsMargins(0, 0, px(12), 0)
        self.addWidget(self.machine)
        self.addPermanentWidget(self.show_run)
        self.addPermanentWidget(self.running)


class DockTitle(QWidget):
    """A dock's title with a button on its right; it is what a person drags the dock by."""

    def __init__(self, text: str, button: QToolButton) -> None:
        super().__init__()
        px = theme.px
        self.setObjectName("DockTitle")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        label = QLabel(text)
        label.setFont(theme.font(12, 600))
        label.setProperty("tone", "2")
        row = QHBoxLayout(self)
        row.setContentsMargins(px(16), px(6), px(10), px(4))
        row.addWidget(label, 1)
        row.addWidget(button)

    def sizeHint(self) -> QSize:  # a dock takes its title's hint, not its fixed height
        return QSize(theme.px(120), theme.px(44))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


class Dock(QDockWidget):
    """A dock that moves, floats, closes and comes back where it was."""

    def __init__(self, text: str, button: QToolButton, content: QWidget) -> None:
        super().__init__(text)
        self.setObjectName(text)
        self.setTitleBarWidget(DockTitle(text, button))
        self.setWidget(content)
        self.setAllowedAreas(Qt.DockWidgetArea.LeftDockWidgetArea | Qt.DockWidgetArea.RightDockWidgetArea)
