"""The thread between the window and a run: it starts the run, receives its batches and lays them down for the window.

No batch ever travels in a signal: batches lie in a queue of limited length, a signal only says that there is something,
and says it once until the window has looked. Where the queue is full the thread stops receiving; the runner then sends
nothing more, and no worker notices.
"""

from __future__ import annotations

import threading
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QThread, Signal

from ipclab.records import Outcome, Request

if TYPE_CHECKING:
    from ipclab.observation import Standing

Batch = Mapping[str, Any]
AHEAD = 64  # batches that may lie here unread; a runner sends about 30 a second
PATIENCE = 0.5  # seconds of one receive(); only bounds how long a thread sleeps in one call

_numbers = count(1)


class Run(Protocol):
    """What the link needs of a run; `ipclab.engine.Run` is one."""

    def receive(self, timeout: float) -> Batch | None:
        """Return a batch, None where none came in time; raises EOFError when nothing comes any more."""

    def stop(self) -> None:
        """Ask the run to end; returns at once."""

    def type(self, line: str) -> None:
        """Send a line to the program's stdin; at once."""

    def end_input(self) -> None:
        """Say that nothing more comes there."""

    def go(self, mode: str, pace: float | None = None) -> None:
        """Have a watched run go "on", "slow" or "step" by "step" from now on; at once, as what follows."""

    def step(self, one: Standing | None = None) -> None:
        """Let one go that stands at the gate, None for whoever has stood there longest."""

    def play(self, rule: str) -> None:
        """Have steps be let go one after the other by a rule."""

    def hold(self) -> None:
        """Leave the choice of each step to `step` again."""

    def end(self) -> Outcome:
        """Wait until nothing is left; return how it ended."""

    def kill(self) -> None:
        """End everything now, and wait for it."""


class Link(QThread):
    """One run: made for it, started once, never used again. Its methods are for the GUI thread.

    Signals carry the link's number, so that what arrives late can be told from what belongs to the run on show.
    """

    arrived = Signal(int)  # there is something to pull
    broke = Signal(int, str)  # an exception that is our bug, as a traceback

    def __init__(self, start: Callable[[Request], Run], request: Request, failure: type[Exception]) -> None:
        """Prepare a run.

        Args:
            start: `engine.start`, or what stands in for it; called in this thread, takes tens of milliseconds.
            request: what to run, checked.
            failure: the exception that says in words why a run could not be started.
        """
        super().__init__()
        self.number = next(_numbers)
        self._start, self._request, self._failure = start, request, failure
        self._batches: deque[Batch | Outcome] = deque()
        self._lock = threading.Condition()
        self._run: Run | None = None
        self._told = False
        self._wish = ""  # "stop" or "kill", said before the run was there
        self._asked: list[Callable[[Run], None]] = []  # what was asked of it before it was there
        self._only_gaps = False

    # in the window's thread

    def pull(self) -> Batch | Outcome | None:
        """Return the oldest batch that has not been pulled, the run's outcome as the last, or None."""
        with self._lock:
            self._told = False
            if not self._batches:
                return None
            self._lock.notify()
            return self._batches.popleft()

    def only_gaps(self, wanted: bool) -> None:
        """Say that the window is to be told of batches with a gap only, or of all again; other batches wait."""
        with self._lock:
            self._only_gaps = wanted

    def stop(self) -> None:
        """Ask the run to end; at once."""
        with self._lock:
            self._wish = self._wish or "stop"
            run = self._run
        if run is not None:
            run.stop()

    def ask(self, what: Callable[[Run], None]) -> None:
        """Ask something of the run, at once, or as soon as it is there; nothing happens where it is over."""
        with self._lock:
            run = self._run
            if run is None:
                self._asked.append(what)
        if run is not None:
            what(run)

    def type(self, line: str | None) -> None:
        """Send a line to the program's stdin, None for its end; as `ask` does."""
        self.ask(lambda run: run.end_input() if line is None else run.type(line))

    def kill(self) -> None:
        """End the run and wait until nothing of it is left: for a window that closes; well under a second."""
        with self._lock:
            self._wish = "kill"
            self._lock.notify()
            run = self._run
        if run is not None:
            run.kill()
        self.wait(5_000)

    # in the link's own thread

    def run(self) -> None:
        """Receive until the run has ended (Qt calls this)."""
        try:
            self._receive()
        except Exception:  # noqa: BLE001  # our bug: the window shows it, and the run is not left alone
            with self._lock:
                run = self._run
            if run is not None:
                run.kill()
            self.broke.emit(self.number, traceback.format_exc())

    def _receive(self) -> None:
        try:
            run = self._start(self._request)
        except self._failure as reason:
            self._lay_down(Outcome("failed", str(reason), 0.0))
            return
        with self._lock:
            self._run = run
            wish, asked = self._wish, self._asked
        for what in asked:
            what(run)
        if wish == "kill":
            run.kill()
        elif wish == "stop":
            run.stop()
        while True:
            try:
                batch = run.receive(PATIENCE)
            except EOFError:
                break
            if batch is not None:
                self._lay_down(batch)
        self._lay_down(run.end())

    def _lay_down(self, what: Batch | Outcome) -> None:
        with self._lock:
            while len(self._batches) >= AHEAD and self._wish != "kill":
                self._tell()
                self._lock.wait()
            self._batches.append(what)
            if isinstance(what, Outcome) or not self._only_gaps or "gap" in what or len(self._batches) > AHEAD // 2:
                self._tell()

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            self.arrived.emit(self.number)
