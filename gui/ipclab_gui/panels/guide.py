"""Guide: what the experiment shows, in words, under a banner that says whether it has been run. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtWidgets import QVBoxLayout

from ipclab.declarations import LEVELS
from ipclab_gui.panels import Panel
from ipclab_gui.panels.bars import finder
from ipclab_gui.panels.guide_view import GuideView
from ipclab_gui.panels.step_buttons import by_person
from ipclab_resources import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipclab.catalog import Experiment
    from ipclab.observation import Observation
    from ipclab.outlines import Outline
    from ipclab_gui.panels.guide_diagram import GuideDiagram
    from ipclab_gui.time_cursor import TimeCursor


class GuidePanel(Panel):
    """The banner and the guide; what the window opens on."""

    title: ClassVar[str] = "Guide"
    finds: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._observation: Observation | None = None
        self._cursor: TimeCursor | None = None
        self._diagram: GuideDiagram | None = None
        self._view = GuideView()
        self._view.setAccessibleName("Guide text")
        self._view.banner.run_wanted.connect(self.run_wanted)
        self._view.banner.order_wanted.connect(self.order_wanted)
        self._view.tries.try_wanted.connect(self.try_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._view)
        self._open_finder = finder(self._view, self)
        self.setFocusProxy(self._view)

    def set_outline(self, outline: Outline, load: Callable[[], Experiment]) -> None:
        """Show the guide of another experiment; what it declares is not needed."""
        del load
        self.set_experiment(outline)

    def set_experiment(self, experiment: Experiment | Outline) -> None:
        """Show the guide of another experiment, which has not been run."""
        self._forget()
        self._view.banner.say_not_run()
        self._view.banner.show_orders(tuple(experiment.orders))
        self._view.set_markdown(guide_of(experiment), experiment.stem)

    def forget_run(self) -> None:
        """Say that the run was let go."""
        self._forget()
        if self._view.banner.say_let_go():
            self._view.arrange()

    def _forget(self) -> None:
        self._observation = None
        self._show_drawing()

    def show_busy(self, busy: bool) -> None:
        """Say at the buttons that try a preset or an order whether a run goes on."""
        self._view.tries.show_busy(busy)
        self._view.banner.show_busy(busy)

    def find_words(self) -> None:
        """Open the bar that finds words in the guide."""
        self._open_finder()

    def begin(self, observation: Observation) -> None:
        """Say that it runs."""
        self._observation = observation
        self._show_drawing()
        self.refresh(True)

    def share(self, cursor: TimeCursor) -> None:
        """Take the cursor at whose moment the run is drawn."""
        self._cursor = cursor

    def _show_drawing(self) -> None:
        """Let the drawing stand where the diagram of a run was."""
        if self._diagram is not None:
            self._view.show_live(None)
            self._diagram.setParent(None)
            self._diagram.deleteLater()
            self._diagram = None

    def _follow(self, now: bool) -> None:
        """Draw the run in the drawing's place, once something of it was recorded."""
        observation = self._observation
        if self._diagram is None:
            known = observation is not None and observation.operations is not None
            if not known or self._cursor is None or not self._view.has_drawing:
                return
            from ipclab_gui.panels.guide_diagram import HIGH, GuideDiagram  # not before there is something to draw

            assert observation is not None
            self._diagram = GuideDiagram(self._view.viewport(), self._cursor)
            self._diagram.opened.connect(lambda: self.view_wanted.emit("Diagram"))
            self._cursor.changed.connect(self._diagram.follow_cursor)
            self._diagram.begin(observation)
            self._view.show_live(self._diagram, HIGH)
        self._diagram.refresh(now)

    def refresh(self, now: bool) -> None:
        """Say how the run ended, once it has."""
        self._follow(now)
        if self._observation is None or not now:
            return
        outcome = self._observation.outcome
        banner = self._view.banner
        if outcome is None:
            new = banner.say_stepping() if by_person(self._observation) else banner.say_running()
        else:
            findings = self._observation.findings.values()
            worst = max(findings, key=lambda finding: LEVELS.index(finding.level), default=None)
            new = banner.say_outcome(outcome, worst.text if worst is not None else "")
        if new:
            self._view.arrange()


def guide_of(experiment: Experiment | Outline) -> str:
    """Return an experiment's guide in Markdown; its summary where nobody has written one."""
    file = FOLDER / "guides" / f"{experiment.stem}.md"
    return file.read_text(encoding="utf-8") if file.is_file() else experiment.summary
