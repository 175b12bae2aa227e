"""Graphs: what a run measures, while it measures it. GUI thread only.

Large numbers on top, then a graph for each series or group of series that has samples. Which kinds of graphs there are,
and what each draws, is said by the files of the folder `plots`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QStackedLayout, QVBoxLayout, QWidget

from ipclab.quantity import SPACE, thousands
from ipclab_gui import plots, theme
from ipclab_gui.buffers import Buffers
from ipclab_gui.own_programs import is_own
from ipclab_gui.panels import Panel
from ipclab_gui.panels.empty import EmptyState, turn
from ipclab_gui.panels.figures import FigureRow
from ipclab_gui.plots._run_data import Figure, RunData, plural

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ipclab.catalog import Experiment
    from ipclab.observation import Observation
    from ipclab.records import Series
    from ipclab_gui.plots._plot import Plot

WIDE, LOW = 760, 480  # px: at least so wide and at most so high, plots stand side by side
LEGEND_LINE = 44  # px for a second line of a legend, and as much again for the curves of so many series
PACED = "It was slowed or stepped, so its times are no figures: a run with Watch Off or On is drawn here."
LEAST = 118  # px: no plot is lower for each of its shares over 3; the panel scrolls instead

Group = tuple["Series", ...]


class GraphsPanel(Panel):
    """The graphs of one run."""

    title: ClassVar[str] = "Graphs"

    def __init__(self) -> None:
        super().__init__()
        self._data = RunData()
        self._groups: list[Group] = []
        self._own = False  # a person's own program, which records nothing
        self._plots: dict[Group, list[Plot]] = {}
        self._paused = False
        self._side_by_side = False

        self._empty = EmptyState("histogram", "No graphs yet", "")
        self._empty.run_wanted.connect(self.run_wanted)
        self.figures = FigureRow()
        self._note = QLabel()
        self._note.setFont(theme.font(11))
        self._note.setProperty("tone", "3")
        self._note.hide()
        self._grid = QGridLayout()
        self._page = QWidget()
        self._column = QVBoxLayout(self._page)
        self._column.addWidget(self.figures)
        self._column.addWidget(self._note)
        self._column.addLayout(self._grid, 1)
        self._scroll = QScrollArea()
        self._scroll.setAccessibleName("Plots")
        self._scroll.setWidget(self._page)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._scroll)
        plots.kinds()  # imports pyqtgraph now, not when the first sample comes
        self._arrange()

    # ------------------------------------------------------------------------------------------------ the run

    def set_experiment(self, experiment: Experiment) -> None:
        """Forget the run that was shown, and say what would be here."""
        self.forget_run()
        self._groups, self._own = grouped(experiment.series), is_own(experiment)
        self._empty.set_glyph(experiment.stem)
        self._say_empty()

    def forget_run(self) -> None:
        """Say what would be here."""
        self._forget()
        self._data = RunData()
        self._say_empty()

    def begin(self, observation: Observation) -> None:
        """Show a new run."""
        self._forget()
        self._data = RunData(Buffers(), observation)
        self._say_empty()

    def take_samples(self, ident: int, series_name: str, samples: NDArray[np.void]) -> None:
        """Append samples that a process recorded."""
        self._data.buffers.take(ident, series_name, samples)

    def refresh(self, now: bool) -> None:
        """Draw what has come; under 5 ms."""
        if self._paced:
            if self._plots or now:
                self._show_none()
            return
        self._make_plots()
        for plot in self.plots:
            plot.redraw(now)
        if now:
            self._say_figures()
            if not self._plots:
                self._say_empty()

    @property
    def _paced(self) -> bool:
        """Tell whether the run was slowed or stepped: then its times are no figures."""
        return self._data.observation is not None and self._data.observation.paced

    def _show_none(self) -> None:
        """Take away what is drawn, and what could be saved of it."""
        self._forget()
        self._say_empty()

    @property
    def plots(self) -> list[Plot]:
        """The plots that are there, from top to bottom."""
        return [plot for group in self._groups for plot in self._plots.get(group, ())]

    def _forget(self) -> None:
        for plot in self.plots:
            self._remove(plot)
        self._plots.clear()
        self._paused = False
        self.figures.show_figures(())
        self._note.clear()
        self._note.hide()
        self.setFocusProxy(None)  # type: ignore[arg-type]  # the stubs know no None
        turn(self._pages, self._empty, self._empty)

    def _remove(self, plot: Plot) -> None:
        plot.close_down()
        self._grid.removeWidget(plot)
        plot.hide()
        plot.setParent(None)
        plot.deleteLater()

    def _make_plots(self) -> None:
        """Make the plots of groups that have come to samples, and others where curves have become too many."""
        changed = False
        for group in self._groups:
            curves = sum(len(self._data.buffers.of(series.name)) for series in group)
            if not curves:
                continue
            wanted = [kind for kind in plots.kinds() if kind.draws(group, curves)]
            there = self._plots.get(group, [])
            if [type(plot) for plot in there] == wanted:
                continue
            for plot in there:
                self._remove(plot)
            self._plots[group] = [self._made(kind, group) for kind in wanted]
            changed = True
        if changed:
            self.setFocusProxy(self.plots[0].canvas)
            turn(self._pages, self._scroll, self.plots[0].canvas)
            self._place()
            self._arrange()

    def _made(self, kind: type[Plot], group: Group) -> Plot:
        plot = kind(group, self._data)  # type: ignore[call-arg]  # each kind names itself
        plot.selection_changed.connect(self._say_figures)
        plot.pause_wanted.connect(self._toggle_pause)
        plot.set_paused(self._paused)
        return plot

    def _toggle_pause(self) -> None:
        self._paused = not self._paused
        for plot in self.plots:
            plot.set_paused(self._paused)
        self._say_figures()

    # ------------------------------------------------------------------------------------------------ figures

    def _say_figures(self) -> None:
        selected: list[Figure] = []
        for plot in self.plots:
            selected = selected or plot.selected_figures()
        if selected:
            self.figures.show_figures(selected)
        elif not self._paused:
            self.figures.show_figures([one for plot in self.plots for one in plot.figures()])
        self._say_note()

    def _say_note(self) -> None:
        """Count what is not here: dropped by the oldest making room, or never recorded."""
        parts = []
        if self._data.buffers.gone:
            parts.append(f"The oldest {thousands(self._data.buffers.gone)}{SPACE}samples are no longer held.")
        observation = self._data.observation
        if observation is not None:
            lost = sum(observation.dropped.values())
            if lost:
                parts.append(f"{thousands(lost)}{SPACE}samples could not be recorded.")
            if observation.samples_gone:
                parts.append(f"{thousands(observation.samples_gone)}{SPACE}samples were too many to keep.")
        text = " ".join(parts)
        if text != self._note.text():
            self._note.setText(text)
            self._note.setVisible(bool(text))

    def _say_empty(self) -> None:
        data = self._data
        if self._paced and not self._own:
            self._empty.say("No graphs of this run", PACED, runnable=not data.running)
        elif data.observation is not None and not data.running and not self._own:
            self._empty.say("No graphs", "This run recorded nothing that could be drawn.")
        elif data.observation is not None and not self._own:
            self._empty.say("No graphs yet", "Nothing has been recorded so far.", runnable=False)
        elif self._groups:
            self._empty.say("No graphs yet", promise(self._groups))
        elif self._own:
            words = "A program of your own records no samples; Messages and Output show what it does."
            self._empty.say("No graphs", words, runnable=data.observation is None or not data.running)
        else:
            self._empty.say("No graphs", "This experiment measures nothing; its output says what happened.")

    # ------------------------------------------------------------------------------------------------- layout

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put plots side by side where there is more width than height."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        edge = theme.px(32 if self.width() >= theme.px(700) else 20)
        self._column.setContentsMargins(edge, theme.px(16), edge, theme.px(12))
        self._column.setSpacing(theme.px(12 if self.height() >= theme.px(560) else 6))
        self._grid.setHorizontalSpacing(theme.px(32))
        self._grid.setVerticalSpacing(theme.px(16 if self.height() >= theme.px(560) else 8))
        side_by_side = self.height() < theme.px(LOW) and self.width() >= theme.px(WIDE) and len(self.plots) == 2
        if side_by_side != self._side_by_side:
            self._side_by_side = side_by_side
            self._place()

    def _place(self) -> None:
        there = self.plots
        for place in range(max(8, len(there))):
            self._grid.setRowStretch(place, 0)
            self._grid.setColumnStretch(place, 0)
        for place, plot in enumerate(there):
            self._grid.removeWidget(plot)
            second = LEGEND_LINE if len(plot.group) > 2 else 0  # which a narrow window gives them
            plot.setMinimumHeight(theme.px(LEAST + 34 * (plot.SHARE - 3) + second))
            if self._side_by_side:
                self._grid.addWidget(plot, 0, place)
                self._grid.setColumnStretch(place, plot.SHARE)
                self._grid.setRowStretch(0, 1)
            else:
                self._grid.addWidget(plot, place, 0)
                self._grid.setRowStretch(place, plot.SHARE)
            plot.show()


def grouped(series: tuple[Series, ...]) -> list[Group]:
    """Return declared series as they share graphs, in order of appearance."""
    found: dict[str, list[Series]] = {}
    for one in series:
        found.setdefault(one.group or f"\0{one.name}", []).append(one)
    return [tuple(group) for group in found.values()]


def promise(groups: list[Group]) -> str:
    """Return in a sentence what an experiment's graphs will show."""
    parts = []
    for group in groups:
        first = group[0]
        if len(group) > 1:
            names = [one.name for one in group]
            parts.append(f"{', '.join(names[:-1])} against {names[-1]} {first.unit} over time".replace("  ", " "))
        elif first.against is not None:
            parts.append(f"{first.name} against {first.against.name}, and over time")
        elif first.distribution:
            parts.append(f"{plural(first.name)} over time, and how they are distributed")
        else:
            parts.append(f"{first.name} over time")
    text = "; ".join(parts) if any("," in part for part in parts) else ", ".join(parts)
    return f"This experiment draws {text}."
