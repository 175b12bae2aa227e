"""Follows a run and has a board show it, at the moment that a cursor stands at. GUI thread only."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from ipclab import records
from ipclab.moments import Moments
from ipclab.ready import choice
from ipclab_gui.diagram.layout import Layout
from ipclab_gui.diagram.maker import Maker, with_ends

if TYPE_CHECKING:
    from ipclab.moment import Moment
    from ipclab.observation import Observation
    from ipclab_gui.diagram.board import Board
    from ipclab_gui.diagram.figures import Picture
    from ipclab_gui.diagram.layout import Place
    from ipclab_gui.time_cursor import TimeCursor

LATE = 400_000_000  # ns after which a shape is given a place though nobody knows what it does
FRAME = 0.025  # s between two pictures of a run that goes on: one in each of the window's frames, thirty a second
CALM = 0.1  # s where it measures, and looking must not change its figures; or where a moment in the past is shown
REST = 3  # a picture of a run that goes on comes no earlier than so many times what the last ones took of a core
READING = 0.02  # s at once that a run is read which has ended before anybody looked


class Showing(QObject):
    """A run on a board.

    Attributes:
        moments: of the run; None until something of it was recorded.
        moment: what is shown; None until something is.
        slowed: the cursor is moved so slowly that each message can be followed, however many a second there were.
    """

    shown = Signal()  # another moment, or more of the run
    began = Signal()  # the run's first operations have come

    def __init__(self, board: Board, cursor: TimeCursor) -> None:
        super().__init__(board)
        self._board, self._cursor = board, cursor
        self._observation: Observation | None = None
        self._maker: Maker | None = None
        self._moved: dict[str, Place] = {}
        self._met: dict[str, int] = {}  # by key: how long the run was when a figure was first met
        self.moments: Moments | None = None
        self.moment: Moment | None = None
        self.slowed = False
        self._last = self._cost = 0.0
        self._newest: tuple[tuple[int, int, bool], Picture] | None = None
        self._whole = False  # all that had come was read, when we last looked
        self._catch_up = QTimer(self)
        self._catch_up.setSingleShot(True)
        self._catch_up.timeout.connect(self._read_on)

    def begin(self, observation: Observation | None, moved: dict[str, Place]) -> None:
        """Show another run, None for none; `moved`: what a person has put somewhere, kept up to date."""
        self._observation, self._moved = observation, moved
        self.moments = self._maker = self.moment = None
        self._whole = False
        self._newest = None
        self._met.clear()
        self._catch_up.stop()
        self._board.show_run(None)

    @property
    def until(self) -> int:
        """How long the run is so far, ns."""
        return int(self._observation.time * 1e9) if self._observation is not None else 0

    @property
    def running(self) -> bool:
        """Tell whether the run goes on."""
        return self._observation is not None and self._observation.outcome is None

    def refresh(self, now: bool) -> bool:
        """Read what has come, and show it; return whether there is something to be shown."""
        observation = self._observation
        if observation is None or observation.operations is None or observation.traffic is None:
            return False
        if now or not self.running:
            observation.traffic.pair(self.until - records.LATENESS if self.running else None)
        if self.moments is None:
            self.moments = Moments(observation)
            self._maker = Maker(self.moments)
            self._board.show_run(Layout(self._moved))
            self.began.emit()
        self._read(now or not self.running)
        return True

    def _read_on(self) -> None:
        if self.moments is not None and self._board.isVisible():
            self._read(True)

    def _read(self, now: bool) -> None:
        """Read what has come and show it, unless that was done just now and can wait."""
        assert self.moments is not None
        assert self._observation is not None
        begun, spent = time.perf_counter(), time.thread_time()
        calm = self._observation.series or self._cursor.moment is not None
        wait = self._last + max(CALM if calm else FRAME, REST * self._cost) - begun
        if not now and self._whole and wait > 0:
            if not self._catch_up.isActive():
                self._catch_up.start(round(wait * 1e3) + 1)
            return
        while not (whole := self.moments.follow()) and not self.running and time.perf_counter() - begun < READING:
            pass
        self._whole = whole
        self._board.ticking = self.running and not self._observation.series and self._cursor.moment is None
        if not whole:
            self._catch_up.start(30 if self.running else 0)
        if self.running or whole:  # places are found once: in a run that has ended, by all that is known of it
            self.show(jumped=self.moment is None)
        self._last = begun
        self._cost += (time.thread_time() - spent + self._board.cost - self._cost) / 4  # Windows counts 16 ms or none

    def show(self, *, jumped: bool) -> None:
        """Show the moment that the cursor stands at; `jumped`: not what came next after the one before."""
        if self.moments is None or self._maker is None:
            return
        self._last = time.perf_counter()
        at = self.until if self._cursor.moment is None else min(self._cursor.moment, self.until)
        before, moment = self.moment, self.moments.at(at)
        picture = self._maker.picture(moment, flows=not self.slowed, coming=self._coming())
        newest = self._newest_picture(picture, at)
        picture = with_ends(picture, newest)
        self.moment = moment
        if jumped or before is None:
            self._board.flights.clear()
        elif moment.time > before.time:
            ends = {one.name: self._maker.first_end(one) for one in moment.channels if one.kind != "queue"}
            self._board.flights.follow(self.moments, before, moment, time.perf_counter(), ends, slowed=self.slowed)
        self._board.show_picture(picture, newest, self._late(newest), jumped=jumped)
        self.shown.emit()

    def _coming(self) -> dict[int, str]:
        """Return by pid what those are about to do who stand at the gate, where the run's end is on show."""
        observation = self._observation
        if observation is None or not observation.gate.standing or self._cursor.moment is not None or not self.running:
            return {}
        return {one.standing.pid: one.call for one in reversed(choice(observation).ready)}  # of threads, the oldest

    def _newest_picture(self, picture: Picture, at: int) -> Picture:
        """Return the picture of the newest moment, made anew only where more is known; `picture` is that of `at`."""
        assert self.moments is not None
        assert self._maker is not None
        known = (self.until, self.moments.operations.total, self.running)
        if at == self.until:
            self._newest = known, picture
        elif self._newest is None or self._newest[0] != known:
            self._newest = known, self._maker.picture(self.moments.at(self.until))
        return self._newest[1]

    def _late(self, picture: Picture) -> list[str]:
        """Return which figures have waited long enough for a place."""
        until, over = self.until, not self.running
        return [one.key for one in picture.figures() if until - self._met.setdefault(one.key, until) >= LATE or over]


__all__ = ["Showing"]
