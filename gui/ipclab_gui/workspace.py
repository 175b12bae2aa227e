"""The centre of the window for one experiment: header, tabs and their panels, and its form. GUI thread only.

Each experiment that was looked at has a workspace of its own, so that its last run is still there when a person comes
back, and so that a run goes on being recorded while they look at another experiment. It stays as long as the window;
its run goes when those of newer ones are kept.
"""

from __future__ import annotations

import importlib
import linecache
import os
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from ipclab_gui import theme
from ipclab_gui.controls import hairline
from ipclab_gui.header import Header
from ipclab_gui.own_programs import is_own, module
from ipclab_gui.panels import Panel
from ipclab_gui.tabs import Tabs
from ipclab_gui.time_cursor import TimeCursor

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ipclab.catalog import Experiment
    from ipclab.observation import Observation
    from ipclab.outlines import Outline
    from ipclab.records import Outcome
    from ipclab_gui.parameters import Parameters

PANELS = {
    "Guide": "guide",
    "Diagram": "diagram",
    "Graphs": "graphs",
    "Messages": "messages",
    "Processes": "processes",
    "Output": "output",
    "Code": "code",
}
RECORDS = "Graphs"  # the panel that takes samples: it is made before a run, and again what came before it is kept


class Workspace(QWidget):
    """Header, tabs and panels of one experiment; its form lives beside it, in a dock."""

    run_wanted = Signal()
    try_wanted = Signal(str)  # a preset's title
    tab_changed = Signal()
    step_wanted = Signal(int)  # these four as a Panel has them
    chase_wanted = Signal(int)
    receive_wanted = Signal(int, int)
    order_wanted = Signal(str)
    typed = Signal(object)  # a line for the program's stdin, without its end; None: nothing more comes

    def __init__(self, outline: Outline, remembered: dict[str, Any]) -> None:
        super().__init__()
        self.outline = outline
        self._remembered = remembered
        self.observation: Observation | None = None
        self._early: list[tuple[int, str, NDArray[np.void]]] = []  # samples that came before there was a panel for them
        self._panels: dict[str, Panel] = {}
        self._open = False
        self._run_allowed = (True, "Run (F5)", False)
        self._stale: set[str] = set()
        self.time_cursor = TimeCursor(self)
        self.header = Header(outline.title, outline.summary)
        self.header.place_wanted.connect(self._show_said)
        self.tabs = Tabs()
        self.tabs.setAccessibleName("Views")
        for title in PANELS:
            self.tabs.addTab(title)
        self.stack = QStackedWidget()
        self._places: dict[str, QWidget] = {}
        for title in PANELS:
            place = QWidget()
            QVBoxLayout(place).setContentsMargins(0, 0, 0, 0)
            self._places[title] = place
            self.stack.addWidget(place)
        self.tabs.currentChanged.connect(self._tab_changed)
        self.tabs.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._tab_row = QHBoxLayout()
        self._tab_row.addWidget(self.tabs, 1, Qt.AlignmentFlag.AlignLeft)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addLayout(self._tab_row)
        column.addWidget(hairline())
        column.addWidget(self.stack, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        side = theme.px(20 if self.width() < theme.px(720) else 32)
        self._tab_row.setContentsMargins(side - self.tabs.fit(self.width() - side), 0, 0, 0)
        super().resizeEvent(event)

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(420), theme.px(320))

    @cached_property
    def experiment(self) -> Experiment:
        """Its experiment; loaded when it is first asked for, which is after the window's first paint."""
        if is_own(self.outline):
            from ipclab_gui import module_form, own_form

            if module(self.outline.name):
                return module_form.experiment(self.outline)
            return own_form.experiment(self.outline)
        from ipclab.catalog import find

        return find(self.outline.name)

    @cached_property
    def form(self) -> Parameters:
        """Its form; made when it is first asked for, which is after the window's first paint."""
        if module(self.outline.name):
            from ipclab_gui.module_form import ModuleParameters

            form = ModuleParameters(self.experiment, self._remembered)
            form.found.connect(self._found)
            return form
        if is_own(self.outline):
            from ipclab_gui.own_form import OwnParameters

            return OwnParameters(self.experiment, self._remembered)
        from ipclab_gui.parameters import Parameters

        return Parameters(self.experiment, self._remembered)

    @property
    def has_form(self) -> bool:
        """Tell whether the form has been made; before, its values are those that were remembered."""
        return "form" in vars(self)

    def _found(self, file: Path) -> None:
        """Take that its program is another file than was thought."""
        self.experiment = replace(self.experiment, source=file)
        if "Code" in self._panels:
            self._panels["Code"].set_source(file)

    # panels

    @property
    def title(self) -> str:
        """The tab on show."""
        return self.tabs.tabText(self.tabs.currentIndex())

    @property
    def panel(self) -> Panel | None:
        """The panel on show, None before it has been made."""
        return self._panels.get(self.title)

    def open(self) -> None:
        """Make the panel on show; from now on a tab makes its panel when it is picked. Not before the first paint."""
        self._open = True
        self._tab_changed()

    def show_tab(self, index: int) -> None:
        """Bring a tab to the front."""
        self.tabs.setCurrentIndex(index)

    def show_tab_of(self, title: str) -> None:
        """Bring the tab of this title to the front."""
        self.show_tab(list(PANELS).index(title))

    def show_place(self, path: str, line: int) -> None:
        """Show a line of a file in Code."""
        self.make("Code").show_place(path, line)
        self.show_tab_of("Code")
        self.make("Code").setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_said(self, name: str, line: int) -> None:
        """Show a line of a file of which only the name was said: as a traceback has it, else beside the source."""
        from ipclab_gui.panels.source_places import place_in

        for said in reversed(self.observation.lines if self.observation is not None else ()):
            place = place_in(said.text)
            if place is not None and place.line == line and os.path.basename(place.file) == name:
                self.show_place(place.file, line)
                return
        self.show_place(name, line)

    def _tab_changed(self) -> None:
        title, panel = self.title, self.panel
        if self._open:
            panel = self.make(title)
            if self.observation is not None and title in self._stale:
                self._stale.discard(title)
                panel.refresh(True)
        here: QWidget | None = self.focusWidget()
        comes = here is not None and here.hasFocus() and self.stack.isAncestorOf(here)
        first = self._places[title].focusWidget() is None
        self.stack.setCurrentWidget(self._places[title])
        if comes and first and panel is not None:  # Qt gives the keyboard to the panel's first button
            panel.setFocus(Qt.FocusReason.OtherFocusReason)
        self.tab_changed.emit()

    def make(self, title: str) -> Panel:
        """Return a tab's panel; made now where it was not there yet, and told what the run has brought so far."""
        panel = self._panels.get(title)
        if panel is not None:
            return panel
        panel = panel_class(title)()
        panel.setAccessibleName(title)
        self._panels[title] = panel
        panel.run_wanted.connect(self.run_wanted)
        panel.try_wanted.connect(self.try_wanted)
        panel.view_wanted.connect(self.show_tab_of)
        panel.typed.connect(self.typed)
        panel.step_wanted.connect(self.step_wanted)
        panel.chase_wanted.connect(self.chase_wanted)
        panel.receive_wanted.connect(self.receive_wanted)
        panel.order_wanted.connect(self.order_wanted)
        panel.place_wanted.connect(self.show_place)
        panel.share(self.time_cursor)
        panel.set_outline(self.outline, lambda: self.experiment)
        layout = self._places[title].layout()
        assert layout is not None
        layout.addWidget(panel)
        self._tell_run_buttons(panel)
        if self.observation is not None:
            panel.begin(self.observation)
            if title == RECORDS:
                for ident, series, samples in self._early:
                    panel.take_samples(ident, series, samples)
                self._early.clear()
            self._stale.add(title)
        return panel

    def allow_run(self, allowed: bool, hint: str, *, busy: bool) -> None:
        """Let the panels' own Run buttons be pressed, or not, as the window's.

        Args:
            allowed: Run can be pressed.
            hint: the buttons' tool tip.
            busy: a run goes on, of this experiment or another.
        """
        if (allowed, hint, busy) != self._run_allowed:
            self._run_allowed = (allowed, hint, busy)
            for panel in self._panels.values():
                self._tell_run_buttons(panel)

    def _tell_run_buttons(self, panel: Panel) -> None:
        from ipclab_gui.panels.empty import RUNS  # not before the first paint

        allowed, hint, busy = self._run_allowed
        panel.show_busy(busy)
        for button in panel.findChildren(QPushButton, RUNS):
            button.setEnabled(allowed)
            button.setToolTip(hint)

    # a run

    def begin(self, observation: Observation) -> None:
        """Show a new run in all panels."""
        self.observation = observation
        self.time_cursor.set(None)
        self._early.clear()
        self._stale = set(self._panels)
        self.header.clear()
        if is_own(self.outline):
            self.make("Code")  # it notes of which text this is a run
        for panel in self._panels.values():
            panel.begin(observation)

    def forget_run(self) -> None:
        """Let go of the run, which has ended, and of all that was drawn of it; nothing where there is none."""
        if self.observation is None:
            return
        self.observation = None
        self._early.clear()
        self._stale.clear()
        for panel in self._panels.values():
            panel.forget_run()
        self.time_cursor.set(None)
        self.header.say_let_go()

    def let_go(self) -> None:
        """Go, and the form too."""
        for widget in (self, self.form) if self.has_form else (self,):
            widget.setParent(None)
            widget.deleteLater()

    def take_samples(self, ident: int, series: str, samples: NDArray[np.void]) -> None:
        """Hand samples to the panel that draws them; keep them while there is none."""
        panel = self._panels.get(RECORDS)
        if panel is None:
            self._early.append((ident, series, samples))
        else:
            panel.take_samples(ident, series, samples)

    def refresh(self, now: bool) -> None:
        """Show what is new on the panel on show; the others look when they are opened."""
        self._stale = set(self._panels)
        panel = self.panel
        if panel is not None and self.isVisible():
            self._stale.discard(self.title)
            panel.refresh(now)

    def show_headline(self, state: str, elapsed: float, outcome: Outcome | None, note: str = "") -> None:
        """Show state, progress and findings; `note`: what stands beside the state while the run goes on."""
        if self.observation is not None:
            self.header.show_run(self.observation, state, elapsed, outcome, note)


def panel_class(title: str) -> type[Panel]:
    """Return the class of a tab's panel, from the file that the table above names."""
    module = importlib.import_module(f"ipclab_gui.panels.{PANELS[title]}")
    linecache.clearcache()  # PySide6 6.11 reads the source of all that is imported: with numpy and pyqtgraph 12 MiB
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, Panel) and value.__module__ == module.__name__:
            return value
    raise ImportError(f"{module.__name__} defines no Panel")
