"""What every view of a run is to the window: a panel, one file each, shown as a tab. GUI thread only.

A panel is made after the window's first paint, when its tab is first opened. Then it hears, in this order:
`set_outline` or `set_experiment` (which clear it); for each run `begin`, then `take_samples` and `refresh` to the end.
A panel that is made while a run goes on, or after one, hears `set_outline` and `begin` with the run's observation,
all of the run's samples so far, and one `refresh(True)`. When the window lets go of a run that has ended, the panel
hears `forget_run`, and keeps nothing that leads to the observation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from ipclab.catalog import Experiment
    from ipclab.observation import Observation
    from ipclab.outlines import Outline
    from ipclab_gui.time_cursor import TimeCursor


class Panel(QWidget):
    """One view of the experiment and its run."""

    title: ClassVar[str] = ""  # of the tab: "Graphs"
    finds: ClassVar[bool] = False  # `find_words` looks for words in it

    typed = Signal(object)  # a line for the program's stdin; None: nothing more comes
    place_wanted = Signal(str, int)  # a file's path and a line from 1, to be shown in Code
    view_wanted = Signal(str)  # the tab of this title is to be shown
    try_wanted = Signal(str)  # set the form to the preset of this title, and run
    step_wanted = Signal(int)  # let this process go next, by its pid; 0: whoever has stood at the gate longest
    chase_wanted = Signal(int)  # step until this process, by its pid, stands at the gate again
    receive_wanted = Signal(int, int)  # step until the message is received that this lane has sent in this row
    order_wanted = Signal(str)  # run by the experiment's order of this title
    run_wanted = Signal()  # the Run button of an empty state was pressed

    def set_outline(self, outline: Outline, load: Callable[[], Experiment]) -> None:
        """Show another experiment, of which the window knows only the outline yet; `load` returns the whole."""
        del outline
        self.set_experiment(load())

    def set_experiment(self, experiment: Experiment) -> None:
        """Show another experiment, which has not been run yet: forget the run that was shown."""
        raise NotImplementedError

    def forget_run(self) -> None:
        """Let go of the run that was shown, and show the experiment without one; what is no part of a run stays."""
        raise NotImplementedError

    def begin(self, observation: Observation) -> None:
        """Show a new run: clear, and keep the reference, which the window folds batches into."""
        raise NotImplementedError

    def share(self, cursor: TimeCursor) -> None:
        """Take the cursor that all views of the workspace share; before anything else."""

    def show_busy(self, busy: bool) -> None:
        """Say whether a run goes on, of whatever experiment: until it has ended no other can be started."""

    def show_place(self, path: str, line: int) -> None:
        """Show a line of a file; asked of Code only."""

    def set_source(self, file: Path) -> None:
        """Take that the experiment's file is another one; asked of Code only."""

    def find_words(self) -> None:
        """Let a person look for words (Ctrl+F); asked only where `finds` holds."""

    def take_samples(self, ident: int, series_name: str, samples: NDArray[np.void]) -> None:
        """Append samples that process `ident` recorded: "time" in int64 ns since the run began, "value" in float64.

        Called whether the panel is visible or not; must only store (well under a millisecond).
        """

    def refresh(self, now: bool) -> None:
        """Show what the observation holds; under 5 ms.

        Called by the frame timer while the panel is visible and something has changed; `now` is True about four
        times a second, when it becomes visible, and at the run's end: then titles and figures may change too.
        """
        raise NotImplementedError
