"""The run that goes on: its link, its frames, its clock. GUI thread only.

Batches are folded on a frame timer, 30 times a second at most and never more than a third of the time. A run that
measures pauses for 30 ms now and again and says so in a batch with a gap: from the first one on, folding and drawing
wait for the next, so that looking does not change the figures.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from ipclab.observation import Observation, Standing
from ipclab.records import Outcome, Request, StartFailed
from ipclab_gui.link import Link, Run
from ipclab_gui.workspace import Workspace

FRAME = 1 / 30  # s between two frames, at least
REST = 3  # a frame comes no earlier than so many times the last one's cost
FOLDING = 0.012  # s that one frame may spend folding batches; what is left waits for the next
TICK = 0.25  # s between two looks at titles and figures
STEP = 0.05  # s between two of them in a run that is stepped: a person has just pressed a key
Steps = tuple[tuple[object, ...], ...]  # `order.Step` as tuples

GAPS_OVER = 0.5  # s without a gap: the run does not measure any more
AGAIN = 5  # ms until a thread is looked at again that has said that it ends


class Live(QObject):
    """At most one run at a time, and the workspace that shows it."""

    began = Signal()
    ticked = Signal()
    folded = Signal()  # something new is known of a run that is slowed or stepped
    ended = Signal(Outcome)
    left = Signal()  # no run goes on any more: it has ended, or the window closes
    broke = Signal(str)  # a traceback: our bug

    def __init__(self, start: Callable[[Request], Run]) -> None:
        """Prepare for runs; `start` is the engine's, or what stands in for it."""
        super().__init__()
        self._start = start
        self._link: Link | None = None
        self._links: dict[int, Link] = {}  # by number, those whose thread has not ended
        self.workspace: Workspace | None = None
        self.observation = Observation()
        self.request: Request | None = None  # of the newest run
        self.mode = "on"  # how it goes, or was last asked to
        self.note = ""  # what is said beside the state while it goes on
        self.state = ""  # "starting", "running" or "stopping"; empty where nothing runs
        self.gapped = False
        self._since = 0.0
        self._last_gap = self._last_now = self._due = 0.0
        self._untold = False  # titles and figures have not been told the newest yet
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._frame)
        self._tick = QTimer(self)
        self._tick.setInterval(round(TICK * 1000))
        self._tick.timeout.connect(self._ticked)

    @property
    def running(self) -> bool:
        """Tell whether a run goes on."""
        return self._link is not None

    @property
    def elapsed(self) -> float:
        """Seconds since the run was started, by this process's clock."""
        return time.perf_counter() - self._since

    @property
    def words(self) -> str:
        """What the status line says while a run goes on."""
        count = sum(process.alive for process in self.observation.processes.values())
        words = [f"{count} process{'' if count == 1 else 'es'}" if count else "Starting"]
        if self.gapped:
            words.append("drawing between bursts")
        if self.observation.paced:
            words.append("paced: times are not measurements")
        return "\u2002·\u2002".join(words)

    def start(self, workspace: Workspace, request: Request, order: Steps | None = None) -> None:
        """Start a run and show it in a workspace; the caller sees to it that none goes on.

        Args:
            workspace: what shows it.
            request: what to run, checked.
            order: steps to be followed first; None for the request's own, if it has some.
        """
        assert self._link is None
        request = request if order is None else replace(request, order=order)
        self.workspace, self.request = workspace, request
        self.mode = request.mode if request.order is None else "step"
        self.observation = Observation(watched=request.watched)
        self.state, self.gapped, self.note, self._untold = "starting", False, "", False
        self._since = time.perf_counter()
        self._last_now = self._due = 0.0
        workspace.begin(self.observation)
        link = Link(self._start, request, StartFailed)
        link.arrived.connect(self._arrived)
        link.broke.connect(self._broke)
        link.finished.connect(partial(self._leave, link.number))  # what holds the link would keep it for ever
        self._link = link
        self._links[link.number] = link
        link.start()
        self._tick.start()
        self._headline(None)
        self.began.emit()

    def forget(self, workspace: Workspace) -> None:
        """Let go of the last run where this workspace shows it, which is about to let go of it too; none goes on."""
        if workspace is self.workspace:
            assert self._link is None
            self.workspace = self.request = None
            self.observation = Observation()

    def stop(self) -> None:
        """Ask the run to end."""
        if self._link is not None and self.state != "stopping":
            self.state = "stopping"
            self._link.stop()
            self._headline(None)
            self.ticked.emit()

    def type(self, line: str | None) -> None:
        """Send a line to the program's stdin, None for its end."""
        if self._link is not None:
            self._link.type(line)

    def go(self, mode: str, pace: float | None = None) -> None:
        """Have the run go "on", "slow" or "step" by "step" from now on."""
        if self._link is not None:
            self.mode = mode
            self._link.ask(lambda run: run.go(mode, pace))

    def step(self, one: Standing | None = None) -> None:
        """Let one go that stands at the gate, None for whoever has stood there longest."""
        if self._link is not None:
            self._link.ask(lambda run: run.step(one))

    def play(self, rule: str) -> None:
        """Have steps go by themselves, by a rule; an empty one: leave them to a person again."""
        if self._link is not None:
            self._link.ask(lambda run: run.play(rule) if rule else run.hold())

    def shut(self) -> None:
        """End the run at once, and wait until nothing of it is left: the window closes."""
        self._timer.stop()
        self._tick.stop()
        link, self._link = self._link, None
        self.state = ""
        self.left.emit()
        if link is not None:
            link.kill()
        for late in list(self._links.values()):
            late.wait(2_000)

    def _leave(self, number: int) -> None:
        """Let go of a link whose thread ends: it has said so, and is gone in a moment; Qt aborts if not."""
        if self._links[number].wait(0):
            del self._links[number]
        else:
            QTimer.singleShot(AGAIN, self, partial(self._leave, number))

    # the link's signals; what belongs to an older run is dropped

    def _arrived(self, number: int) -> None:
        if self._link is None or number != self._link.number:
            return
        if self.gapped:
            self._timer.stop()
            self._frame()
        elif not self._timer.isActive():
            self._timer.start(max(0, round((self._due - time.perf_counter()) * 1000)))

    def _broke(self, number: int, trace: str) -> None:
        if self._link is not None and number == self._link.number:
            self._finish(Outcome("crashed", "The window's side of this run failed; all of it was ended.", self.elapsed))
        self.broke.emit(trace)

    # frames

    def _frame(self) -> None:  # noqa: C901  # one frame, in its order
        link, workspace = self._link, self.workspace
        if link is None or workspace is None:
            return
        begun = time.perf_counter()
        gap = took = more = False
        while (item := link.pull()) is not None:
            if isinstance(item, Outcome):
                self._finish(item)
                return
            took = True
            if self.state == "starting":
                self.state = "running"
            gap = gap or "gap" in item
            gate = self.observation.gate
            for ident, series, samples in self.observation.take(item):
                workspace.take_samples(ident, series, samples)
            if self.observation.gate is not gate:
                self.mode = self.observation.gate.mode
            if time.perf_counter() - begun > FOLDING:
                more = True
                break
        if gap:
            self._last_gap = begun
            if not self.gapped:
                self.gapped = True
                link.only_gaps(True)
        paced = self.observation.gate.mode != "on"
        if (took or self._untold) and (gap or not self.gapped):
            now = begun - self._last_now >= (STEP if paced else TICK)
            if now:
                self._last_now = begun
            self._untold = paced and not now
            workspace.refresh(now)
            if now and (self.gapped or paced):
                self._headline(None)
                self.ticked.emit()
        if took and self.observation.paced:
            self.folded.emit()
        cost = time.perf_counter() - begun
        self._due = begun + max(FRAME, REST * cost)
        if more:
            self._timer.start(max(1, round((self._due - time.perf_counter()) * 1000)))
        elif self._untold and not self._timer.isActive():
            self._timer.start(round(STEP * 1000))

    def _ticked(self) -> None:
        if self.gapped:
            if time.perf_counter() - self._last_gap < GAPS_OVER:
                return  # titles and figures have their time in the gaps
            self.gapped = False
            if self._link is not None:
                self._link.only_gaps(False)
                self._frame()
        if self._link is not None:
            self._headline(None)
            self.ticked.emit()

    def headline(self) -> None:
        """Say anew over the tabs how the run goes; nothing where none does."""
        if self._link is not None:
            self._headline(None)

    def _headline(self, outcome: Outcome | None) -> None:
        if self.workspace is not None:
            self.workspace.show_headline(self.state, self.elapsed, outcome, self.note)

    def _finish(self, outcome: Outcome) -> None:
        self._timer.stop()
        self._tick.stop()
        self._link = None
        self.state = ""
        self.gapped = False
        self.observation.end(outcome)
        self._headline(outcome)
        if self.workspace is not None:
            self.workspace.refresh(True)
        self.left.emit()
        self.ended.emit(outcome)
