"""Code: the experiment's own file, as it runs, and the plain program that shows the same without the lab."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QSplitter, QToolButton, QVBoxLayout, QWidget

from ipclab_gui import theme
from ipclab_gui.own_programs import is_own
from ipclab_gui.panels import Panel
from ipclab_gui.panels.bars import Hairline
from ipclab_gui.panels.code_view import NARROW, At
from ipclab_gui.panels.source_file import SourceFile
from ipclab_gui.panels.step_buttons import choice_in
from ipclab_resources import program_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ipclab.catalog import Experiment
    from ipclab.lane import Site
    from ipclab.observation import Observation

WAYS = ("Experiment", "Plain program", "Side by side")
BESIDE = 800  # px of width, below which two files lie one above the other


class CodePanel(Panel):
    """The experiment's file, the plain program's, or both; no choice where there is no such program."""

    title: ClassVar[str] = "Code"
    finds: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._observation: Observation | None = None
        self._source: Path | None = None
        self._packaged = False  # it is one of the lab's own
        self._experiment = SourceFile("Source code")
        self._experiment.turned.connect(self._mark)
        self._program = SourceFile("Plain program's source code")
        self._files = QSplitter()
        self._files.setChildrenCollapsible(False)
        self._files.setHandleWidth(1)  # Qt lets it be caught a little beside it
        for number, file in enumerate((self._experiment, self._program)):
            self._files.addWidget(file)
            self._files.setStretchFactor(number, 1)
        self._ways = QButtonGroup(self)
        self._bar = QWidget()
        self._row = QHBoxLayout(self._bar)
        self._row.setSpacing(theme.px(4))
        for number, way in enumerate(WAYS):
            button = QToolButton()
            button.setText(way)
            button.setAccessibleName(way)
            button.setCheckable(True)
            button.setChecked(number == 0)
            self._ways.addButton(button, number)
            self._row.addWidget(button)
        self._row.addStretch(1)
        self._ways.idToggled.connect(lambda _number, _on: self._arrange())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        self._below_bar = Hairline()
        column.addWidget(self._below_bar)
        column.addWidget(self._files, 1)
        self.setFocusProxy(self._experiment)

    def set_experiment(self, experiment: Experiment) -> None:
        """Show the files of another experiment."""
        self.forget_run()
        self._source, self._packaged = experiment.source, not is_own(experiment)
        program = program_of(experiment.stem)
        self._experiment.set_file(experiment.source, home=experiment.source)
        self._program.set_file(program)
        for part in (self._bar, self._below_bar):
            part.setVisible(program is not None)
        if program is None:
            self._ways.button(0).setChecked(True)
        self._arrange()

    def forget_run(self) -> None:
        """Mark no lines any more; the file stays where it was read."""
        self._observation = None
        self._experiment.view.show_places({})
        self._experiment.forget_run()

    def set_source(self, file: Path) -> None:
        """Show another file as the experiment's, where that was on show; what is said of the run stays."""
        home, self._source = self._source, file
        shown = self._experiment.file
        self._experiment.set_file(file if shown == home else shown, home=file)
        self._mark()

    def _arrange(self) -> None:
        way = self._ways.checkedId()
        self._experiment.setVisible(way != 1)
        self._program.setVisible(way != 0)
        if way == 2:
            self._files.setSizes([10_000, 10_000])  # halves; Qt fits them into what there is
        self.setFocusProxy(self._program if way == 1 else self._experiment)

    def find_words(self) -> None:
        """Open the bar that finds words: in the file that has the keyboard, else in the first on show."""
        here: QWidget | None = self.focusWidget()
        beside = here is not None and self._program.isAncestorOf(here)
        (self._program if beside or self._ways.checkedId() == 1 else self._experiment).find_words()

    def show_place(self, path: str, line: int) -> None:
        """Show a line of any file: the experiment's own, one beside it, one of Python's library."""
        if self._source is None:
            return
        file = self._source.parent / path  # an absolute one stays what it is
        if self._is_source(file):
            file = self._source
        if self._ways.checkedId() == 1:
            self._ways.button(0).setChecked(True)
        self._experiment.set_file(file, home=self._source)
        self._experiment.show_line(line)

    def _is_source(self, file: Path) -> bool:
        """Tell whether a file is the experiment's own: in a package a file is known by its place in it."""
        if self._source is None or not self._packaged:
            return file == self._source
        return file.parts[-2:] == self._source.parts[-2:]

    def begin(self, observation: Observation) -> None:
        """Follow a new run: where its processes are, if it is watched; of which text it is."""
        self._observation = observation
        self._experiment.view.show_places({})
        self._experiment.view.follows = True
        self._experiment.begin()

    def refresh(self, now: bool) -> None:
        """Mark the lines at which processes wait, or did when they ended, four times a second."""
        if now:
            self._mark()

    def _mark(self) -> None:
        shown = self._experiment.file
        if self._observation is None or shown is None:
            return
        places: dict[int, list[At]] = {}
        oldest = 0
        for site, at in _everybody(self._observation):
            where = shown.parent / site.file
            if where == shown or (self._is_source(where) and self._is_source(shown)):
                there = places.setdefault(site.line, [])
                there.insert(sum(one.next for one in there) if at.next else len(there), at)
                oldest = oldest or (site.line if at.next else 0)
        self._experiment.view.show_places({line: tuple(there) for line, there in places.items()})
        if self._observation.outcome is not None:
            oldest = min(places, default=0)  # nobody goes on from there
        if oldest:
            self._experiment.view.follow(oldest)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay two files one above the other where the width is not enough for both."""
        edge = theme.px(20 if self.width() < theme.px(NARROW) else 32) - theme.px(8)
        self._row.setContentsMargins(edge, theme.px(8), edge, theme.px(8))
        beside = self.width() >= theme.px(BESIDE)
        self._files.setOrientation(Qt.Orientation.Horizontal if beside else Qt.Orientation.Vertical)
        super().resizeEvent(event)


def _everybody(observation: Observation) -> Iterator[tuple[Site, At]]:
    """Yield where processes are and what for: who stands at the gate, the oldest first, then who waits."""
    choice = choice_in(observation)
    if choice is None:
        processes = {process.pid: process for process in observation.processes.values()}
        for pid, wait in observation.waits().items():
            if wait.site is not None:
                one = processes.get(pid)
                over = one is None or not one.alive
                words = f"was in {wait.call}()" if over else f"in {wait.call}()"
                yield wait.site, At(one.name if one is not None else str(pid), words, over=over)
        return
    for ready in choice.ready:
        if ready.site is not None:
            yield ready.site, At(ready.process, f"next: {ready.call}", next=True)
    for blocked in choice.blocked:
        if blocked.site is not None:
            yield blocked.site, At(blocked.process, f"waits {max(0.0, observation.time - blocked.since):.1f} s")
