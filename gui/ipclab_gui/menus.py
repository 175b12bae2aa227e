"""Menus and keys. They hold what works, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QGuiApplication, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolButton, QWidget

from ipclab_gui import own_programs, theme
from ipclab_gui.workspace import PANELS

if TYPE_CHECKING:
    from ipclab_gui.panels import Panel
    from ipclab_gui.stepping import Stepping
    from ipclab_gui.window import MainWindow
    from ipclab_gui.workspace import Workspace


class Menus(QObject):
    """The window's actions; the top bar's buttons are two of them."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.stepping: Stepping | None = None
        self.run = self._action("Run", window.run, "F5", "Ctrl+Return", "Ctrl+Enter")
        self.stop = self._action("Stop", window.stop, "Shift+F5")
        self.reset = self._action("Reset parameters", self._reset, "Ctrl+R")
        self.find = self._action("Find in view", self._find, "Ctrl+F")
        self.copy = self._action("Copy command", self._copy)
        self.forget = self._action("Remove program from the list", partial(own_programs.forget, window))

    def _reset(self) -> None:
        self._window.workspace.form.reset()

    def _copy(self) -> None:
        self._window.workspace.form.copy_command()

    def _show_tab(self, number: int) -> None:
        """Bring a view to the front, with the keyboard in its main thing."""
        if self._window.starting:
            return
        workspace = self._window.workspace
        workspace.show_tab(number)
        target = _focusable(workspace.panel)
        if target is not None:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _action(self, text: str, does: Callable[[], object], *keys: str) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda _checked=False: does())
        self._window.addAction(action)
        return action

    def join(self, workspace: Workspace) -> None:
        """Do what a workspace's views ask of its run; those made before the menus were filled are joined then."""
        if self.stepping is not None:
            self.stepping.join(workspace)

    def open(self, bar: QMenuBar) -> None:
        """Put the menus into the bar, empty: what the first paint shows of them."""
        self._menus = [bar.addMenu(title) for title in ("&File", "&Run", "&View", "&Help")]

    def fill(self, more: QToolButton) -> None:
        """Put the actions into the menus, and those about parameters into the dock's button too."""
        window = self._window
        file, runs, view, help_ = self._menus
        file.addAction(self._action("Open program...", partial(own_programs.ask, window), "Ctrl+O"))
        file.addAction(self._action("Open module...", partial(own_programs.ask_module, window), "Ctrl+Shift+O"))
        file.addAction(self.forget)
        file.addSeparator()
        file.addAction(self.copy)
        file.addSeparator()
        file.addAction(self._action("Quit", window.close, "Ctrl+Q"))
        runs.addActions([self.run, self.stop])
        runs.addSeparator()
        runs.addAction(self.reset)
        from ipclab_gui.stepping import Stepping  # not before the first paint

        self.stepping = Stepping(window, runs)
        view.setProperty("checks", True)
        for number, title in enumerate(PANELS):
            view.addAction(self._action(title, partial(self._show_tab, number), f"Ctrl+{number + 1}"))
        view.addSeparator()
        view.addAction(self._action("Start here", window.show_start, "Alt+Home"))
        view.addAction(self._action("Search experiments", self._search, "Ctrl+K"))
        view.addAction(self.find)
        view.addAction(self._action("Next region", self._next_region, "F6"))
        view.addSeparator()
        for dock, key in ((window.experiments_dock, "Ctrl+B"), (window.parameters_dock, "Ctrl+Shift+B")):
            toggle = dock.toggleViewAction()
            toggle.setShortcut(QKeySequence(key))
            window.addAction(toggle)
            view.addAction(toggle)
        view.addMenu(self._theme_menu(view))
        view.addAction(self._motion())
        full = self._action("Full screen", self._full_screen, "F11")
        view.addAction(full)
        help_.addAction(self._action("First look", self.first_look))
        help_.addAction(self._action("Keys", self._keys))
        help_.addAction(self._action("Copy details for a report", self._copy_details))
        help_.addAction(self._action("About IPC Lab", self._about))
        own = QMenu(more)
        own.addAction(self.reset)
        own.addAction(self.copy)
        own.addSeparator()
        own.addAction(self._action("Float or dock", self._float))
        own.addAction(self._action("Hide parameters", window.parameters_dock.hide))
        more.setMenu(own)
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)

    def _motion(self) -> QAction:
        from ipclab_gui import motion  # not before the first paint

        settings = self._window.settings

        def allow() -> None:
            settings.motion = action.isChecked()
            motion.allow(settings.motion)

        motion.allow(settings.motion)
        action = self._action("Motion", allow)
        action.setCheckable(True)
        action.setChecked(settings.motion)
        return action

    def _theme_menu(self, view: QMenu) -> QMenu:
        menu = QMenu("Theme", view)
        menu.setProperty("checks", True)
        group = QActionGroup(menu)
        kept = self._window.settings.theme
        chosen = kept if kept in theme.MODES else theme.mode()
        for mode in theme.MODES:
            action = QAction(mode, menu)
            action.setCheckable(True)
            action.setChecked(mode == chosen)
            action.triggered.connect(lambda _checked=False, m=mode: self._window.set_theme(m))
            group.addAction(action)
            menu.addAction(action)
        return menu

    def show_run(self, state: str, *, valid: bool, chosen: bool = True) -> None:
        """Allow Run and Stop as things stand.

        Args:
            state: "starting", "running", "stopping", or empty where nothing runs.
            valid: the form holds what can be run.
            chosen: an experiment is on show, and not the start page.
        """
        self.run.setEnabled(not state and valid and chosen)
        self.run.setText("Running" if state else "Run")
        hint = "Run (F5)" if valid else "Some values need a change before this can run"
        self.run.setToolTip(hint if chosen else "Open an experiment to run it")
        self.stop.setEnabled(bool(state))
        self.stop.setText("Stopping" if state == "stopping" else "Stop")
        if self.stepping is not None:
            self.stepping.follow()

    def show_view(self, panel: Panel | None, *, experiment: bool = True, own: bool = False) -> None:
        """Allow what can be done as things stand.

        Args:
            panel: the view on show; None where it has not been made yet.
            experiment: an experiment is on show, and not the start page.
            own: it is a person's own program, which can be taken out of the list.
        """
        self.forget.setEnabled(own)
        self.find.setEnabled(panel is not None and panel.finds)
        self.reset.setEnabled(experiment)
        self.copy.setEnabled(experiment)

    # what keys do

    def _search(self) -> None:
        self._window.experiments_dock.show()
        search = self._window.catalogue.search
        search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        search.selectAll()

    def _find(self) -> None:
        panel = self._window.workspace.panel
        if panel is not None:
            panel.find_words()

    def _next_region(self) -> None:
        window = self._window
        panel = window.workspace.panel
        first = None if window.starting else next(iter(window.workspace.form.fields.applying()), None)
        regions: list[tuple[QWidget, QWidget | None]] = [
            (window.catalogue, window.catalogue.list),
            (window.workspace.tabs, window.workspace.tabs),
            (window.workspace.stack, _focusable(panel)),
            (window.centre, window.start_page.list if window.starting else None),
            (window.forms, first.editor if first is not None else None),
            (window.bar, window.bar.run if window.bar.run.isEnabled() else window.bar.stop),
        ]
        there = [pair for pair in regions if pair[1] is not None and pair[0].isVisible()]
        focus: QWidget | None = window.focusWidget()
        at = next(
            (
                i
                for i, (region, _) in enumerate(there)
                if focus is not None and (region is focus or region.isAncestorOf(focus))
            ),
            -1,
        )
        target = there[(at + 1) % len(there)][1]
        if target is not None:
            target.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _full_screen(self) -> None:
        self._window.setWindowState(self._window.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _float(self) -> None:
        dock = self._window.parameters_dock
        dock.setFloating(not dock.isFloating())

    def _keys(self) -> None:
        from ipclab_gui.about import KeysDialog

        KeysDialog(self._window).open()

    def first_look(self) -> None:
        """Lead through the window in a few steps."""
        from ipclab_gui import first_look

        first_look.begin(self._window)

    def _about(self) -> None:
        from ipclab_gui.about import AboutDialog

        AboutDialog(self._window).open()

    def _copy_details(self) -> None:
        from ipclab import machine

        QGuiApplication.clipboard().setText(machine.report())
        self._window.status.showMessage("Copied", 2_000)


def _focusable(panel: QWidget | None) -> QWidget | None:
    """Return the part of a panel that it wants to have the focus, else the first that takes it by Tab."""
    if panel is None:
        return None
    wanted = panel.focusProxy()
    if wanted is not None and wanted.isVisible():
        return wanted
    for child in panel.findChildren(QWidget):
        if child.isVisible() and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus:
            return child
    return None
