"""The main window: catalogue, workspaces, form, menus and keys. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QMainWindow, QStackedWidget

from ipclab.outlines import outlines
from ipclab_gui import dock_widths, own_programs, style, theme
from ipclab_gui import settings as stored
from ipclab_gui.bars import Dock, StatusLine, TopBar
from ipclab_gui.catalogue import START, Catalogue
from ipclab_gui.controls import paragraph, tool
from ipclab_gui.menus import Menus
from ipclab_gui.workspace import RECORDS, Workspace

if TYPE_CHECKING:
    from ipclab.outlines import Outline
    from ipclab.records import Outcome, Request
    from ipclab_gui.before_run import BeforeRun
    from ipclab_gui.link import Run
    from ipclab_gui.live import Live, Steps
    from ipclab_gui.start_page import StartPage

FIRST = "pipe"  # what a new person sees
KEPT = 4  # workspaces that keep their last runs
COMPLETE = 500  # ms after the guide was made: the form is made though nobody has seen the guide (hidden, minimised)
AFTER = 5  # ms after the guide was painted: the form is made
FORGETFUL = 15_000  # ms that the window says for that it remembers nothing
WARM = 250  # ms after that: what the first run needs is loaded


class MainWindow(QMainWindow):
    """The lab's window; `shown` is sent once, when all of it is there.

    The first paint comes before the guide, the guide before the form, the form before what the first run needs.
    """

    shown = Signal()
    broke = Signal(str)  # a traceback of the link's: our bug

    def __init__(self, settings_file: Path | None, start: Callable[[Request], Run] | None = None) -> None:
        """Build what the first paint needs.

        Args:
            settings_file: where the window's memory lies; None: nowhere, which is said when the window is there.
            start: how a run is started; None: by the engine. Tests pass their own.
        """
        super().__init__()
        self._file = settings_file
        self.settings = stored.load(settings_file)
        self._painted = self._closed = False
        self._completing = self._later(self._complete)
        self._warming = self._later(self._warm)
        self._workspaces: dict[str, Workspace] = {}
        self._start = start or _start
        self.setWindowTitle("IPC Lab")
        self.setDockOptions(QMainWindow.DockOption.AllowNestedDocks)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.resize(QSize(theme.px(1440), theme.px(900)).boundedTo(self.screen().availableGeometry().size()))

        known = [*outlines(), *own_programs.outlines(self.settings.programs)]
        self._outlines = {outline.name: outline for outline in known}
        self.catalogue = Catalogue(known, self.settings.done)
        self.forms = QStackedWidget()
        self.centre = QStackedWidget()
        self.setCentralWidget(self.centre)
        hide = tool("panel", "Hide experiments", "Hide experiments (Ctrl+B)")
        more = tool("more", "More", "More about parameters")
        self.experiments_dock = Dock("Experiments", hide, self.catalogue)
        self.parameters_dock = Dock("Parameters", more, self.forms)
        self.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, self.experiments_dock)
        self.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, self.parameters_dock)
        dock_widths.bound(self._docks)
        hide.clicked.connect(self.experiments_dock.hide)
        self.menus = Menus(self)
        self.bar = TopBar(self.menus.run, self.menus.stop)
        self.menus.open(self.bar.menus)
        self._more = more
        self.setMenuWidget(self.bar)
        self.status = StatusLine()
        self.status.show_run.clicked.connect(self._show_run)
        self.setStatusBar(self.status)

        self.catalogue.picked.connect(self._show)
        self.catalogue.select(
            next((n for n in (self.settings.experiment, FIRST) if n in self._outlines), known[0].name)
        )
        dock_widths.restore(self, self._docks, self.settings)
        self.catalogue.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _later(self, does: Callable[[], None]) -> QTimer:
        """Return a timer that does something once and ends with the window."""
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.timeout.connect(does)
        return timer

    # what is on show

    @property
    def workspace(self) -> Workspace:
        """The experiment on show; while the start page is, the one before it."""
        return next(reversed(self._workspaces.values()))

    @property
    def starting(self) -> bool:
        """Tell whether the start page is on show."""
        return "start_page" in vars(self) and self.centre.currentWidget() is self.start_page

    @cached_property
    def start_page(self) -> StartPage:
        """The page that leads through all experiments; made when it is first asked for."""
        from ipclab_gui.start_page import StartPage

        page = StartPage(outlines(), self.settings.done)
        page.picked.connect(self._open_lesson)
        self.centre.addWidget(page)
        return page

    def _show(self, name: str) -> None:
        if name == START:
            self.show_start()
        else:
            self.show_experiment(name)

    def _open_lesson(self, name: str) -> None:
        self.show_experiment(name)
        self.workspace.tabs.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_start(self) -> None:
        """Show the page that leads through all experiments."""
        self.centre.setCurrentWidget(self.start_page)
        self.catalogue.select(START)
        self.setWindowTitle("Start here · IPC Lab")
        self._show_form()
        self._view_changed()
        self._run_changed()

    def show_experiment(self, name: str) -> None:
        """Show an experiment with its last run, and its form."""
        tab = self.workspace.tabs.currentIndex() if self._workspaces and not self.starting else 0
        from_start = self.starting
        workspace = self._workspaces.pop(name, None)
        if workspace is None:
            workspace = Workspace(self._outlines[name], self.settings.parameters.get(name, {}))
            workspace.run_wanted.connect(self.run)
            workspace.try_wanted.connect(self.try_preset)
            workspace.tab_changed.connect(self._view_changed)
            self.menus.join(workspace)
            self.centre.addWidget(workspace)
            workspace.show_tab(tab)
        elif from_start:
            workspace.show_tab(0)
        self._workspaces[name] = workspace
        self.centre.setCurrentWidget(workspace)
        self.catalogue.select(name)
        self.setWindowTitle(f"{workspace.outline.title} · IPC Lab")
        if self._painted:
            workspace.open()
            self._show_form()
        self._forget_oldest()
        self._view_changed()
        self._run_changed()

    def _view_changed(self) -> None:
        own = not self.starting and own_programs.is_own(self.workspace.outline)
        self.menus.show_view(None if self.starting else self.workspace.panel, experiment=not self.starting, own=own)

    def add_outline(self, outline: Outline) -> None:
        """Put what can be shown into the catalogue."""
        if outline.name not in self._outlines:
            self._outlines[outline.name] = outline
            self.catalogue.add(outline)

    def remove_outline(self, name: str) -> None:
        """Show another one, and take this out of the catalogue."""
        self.show_experiment(FIRST)
        self.catalogue.remove(name)
        del self._outlines[name]

    def _forget_oldest(self) -> None:
        """Let go of the runs that were looked at longest ago; of a person's programs, which may be many, all goes."""
        for name, workspace in list(self._workspaces.items())[:-KEPT]:
            if self.running and workspace is self.live.workspace:
                continue
            self.live.forget(workspace)
            workspace.forget_run()
            if own_programs.is_own(workspace.outline):
                self._keep_parameters(self._workspaces.pop(name))
                workspace.let_go()

    def _show_run(self) -> None:
        if self.live.workspace is not None:
            self.show_experiment(self.live.workspace.outline.name)

    # runs

    @cached_property
    def live(self) -> Live:
        """The run that goes on; made when it is first asked for, which is after the window's first paint."""
        from ipclab_gui.live import Live

        live = Live(self._start)
        live.began.connect(self._run_changed)
        live.ticked.connect(self._run_changed)
        live.ended.connect(self._ended)
        live.broke.connect(self.broke)
        return live

    @property
    def running(self) -> bool:
        """Tell whether a run goes on."""
        return "live" in vars(self) and self.live.running

    def run(self, order: Steps | None = None) -> None:
        """Start the experiment on show with the values of its form; where one is wrong, show it there instead."""
        if self.running or self.starting:
            return
        form = self.workspace.form
        self._keep_parameters(self.workspace)
        if form.unasked is not None:
            self._before_run.ask(form.unasked, order)
            return
        if not form.may_run():
            self._show_wrong()
            return
        self.live.start(self.workspace, form.request(), order)
        self.status.showMessage(form.note(), FORGETFUL)
        if self._painted:
            QTimer.singleShot(0, self._warm)

    @cached_property
    def _before_run(self) -> BeforeRun:
        """Who asks a Python before a person's program is run; made when one is first asked."""
        from ipclab_gui.before_run import BeforeRun

        return BeforeRun(self)

    def _show_wrong(self) -> None:
        """Bring the form to the first field that keeps it from running."""
        self._show_form()
        self.parameters_dock.show()
        self.workspace.form.show_wrong()

    def try_preset(self, title: str) -> None:
        """Set the form on show to a preset and run it; nothing while a run goes on."""
        if not self.running:
            self.workspace.form.show_preset(title)
            self.run()

    def stop(self) -> None:
        """Ask the run to end."""
        self.live.stop()

    def _ended(self, outcome: Outcome) -> None:
        workspace = self.live.workspace
        if workspace is not None and outcome.status == "done" and not own_programs.is_own(workspace.outline):
            name = workspace.outline.name
            self.catalogue.mark_done(name)
            if name not in self.settings.done:
                self.settings.done.append(name)
            if "start_page" in vars(self):
                self.start_page.show_done(self.settings.done)
        self._run_changed()
        self.save_settings()

    def _run_changed(self) -> None:
        """Let actions and status line say what can be done and what runs."""
        running, workspace = self.running, self.workspace
        valid = not workspace.has_form or workspace.form.valid
        self.menus.show_run(self.live.state if running else "", valid=valid, chosen=not self.starting)
        workspace.allow_run(self.menus.run.isEnabled(), self.menus.run.toolTip(), busy=running)
        elsewhere = running and (self.starting or self.live.workspace is not workspace)
        self.status.show_run.setVisible(elsewhere)
        if elsewhere and self.live.workspace is not None:
            self.status.show_run.setText(f"Show {self.live.workspace.outline.title}")
        self.status.running.setText(self.live.words if running else "Nothing running")

    # the first paint, and what waits for it

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._after_first_paint)

    def _after_first_paint(self) -> None:
        self.workspace.open()
        if not self._closed and self.workspace.panel is not None:
            self.workspace.panel.installEventFilter(self)
            self._completing.start(COMPLETE)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Make the form soon after the guide has been painted, which is not before the screen's next frame."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            if self._completing.isActive():
                self._completing.start(AFTER)
        return False

    def _complete(self) -> None:
        self.menus.fill(self._more)
        self.setAcceptDrops(True)
        self._show_form()
        if self._file is None:
            self.status.showMessage("This user has no home folder: the window will remember nothing", FORGETFUL)
        self.shown.emit()
        self._warming.start(WARM)

    def _show_form(self) -> None:
        """Put the form of the experiment on show into its dock; made now where it was not there yet."""
        form = None if self.starting else self.workspace.form
        if form is not None and self.forms.indexOf(form) < 0:
            form.changed.connect(self._run_changed)
            form.changed.connect(partial(self.bar.show_watch, form))
            self.forms.addWidget(form)
        self.forms.setCurrentWidget(form or self._no_form)
        self.bar.show_watch(form)

    @cached_property
    def _no_form(self) -> QLabel:
        """What stands in the dock beside the start page."""
        words = paragraph("The parameters of an experiment stand here as soon as one is open.")
        self.forms.addWidget(words)
        return words

    def _warm(self) -> None:
        """Load what draws and what a run needs, so that the first run does not wait for it."""
        if not self.status.machine.text():
            from ipclab import __version__, machine

            self.status.machine.setText(f"IPC Lab {__version__}\u2002·\u2002{machine.line()}")
        self.workspace.make(RECORDS)

    # sizes, settings, the end

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        dock_widths.follow(self, self._docks, event.oldSize().width(), event.size().width())

    @property
    def _docks(self) -> tuple[Dock, Dock]:
        return self.experiments_dock, self.parameters_dock

    def set_theme(self, mode: theme.Mode) -> None:
        """Follow the system's colours, or override them."""
        app = QApplication.instance()
        assert isinstance(app, QApplication)
        style.set_mode(app, mode)
        self.settings.theme = mode

    def _keep_parameters(self, workspace: Workspace) -> None:
        if workspace.has_form:
            self.settings.parameters.setdefault(workspace.outline.name, {}).update(workspace.form.remember())

    def save_settings(self) -> None:
        """Write down how everything stands."""
        for workspace in self._workspaces.values():
            self._keep_parameters(workspace)
        self.settings.experiment = self.workspace.outline.name
        self.settings.geometry = stored.packed(self.saveGeometry().data())
        self.settings.docks = stored.packed(self.saveState().data())
        stored.save(self._file, self.settings)

    def closeEvent(self, event: QCloseEvent) -> None:
        self._closed = True
        self._completing.stop()
        self._warming.stop()
        self.save_settings()
        for page in self.findChildren(QDialog):
            page.close()
        self.hide()
        self.live.shut()
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if own_programs.dropped(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        own_programs.open_program(self, own_programs.dropped(event.mimeData()))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(900), theme.px(560))


def _start(request: Request) -> Run:
    """Start a run by the engine, which no window needs for its first paint. In the link's thread."""
    from ipclab import engine

    return engine.start(request)
