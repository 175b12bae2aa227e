"""How far a run is: one line on stderr that is drawn over and over, where stderr is a terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from ipclab.quantity import SPACE, thousands

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from ipclab.observation import Observation

FIRST_AFTER = 0.4  # s: a run that is over by then needs no progress line
EVERY = 0.25  # s
BAR = 24  # columns


class ProgressLine:
    """The line. Whoever writes to the same terminal calls `clear` first."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._console: Console | None = None
        self._due = time.monotonic() + FIRST_AFTER
        self._drawn = False
        self._wanted = sys.stderr is not None and sys.stderr.isatty()

    def draw(self, observation: Observation) -> None:
        """Draw it where it is time for that."""
        now = time.monotonic()
        if not self._wanted or now < self._due:
            return
        self._due = now + EVERY
        if self._console is None:
            from rich.console import Console

            self._console = Console(stderr=True)
            self._wanted = not self._console.is_dumb_terminal
            if not self._wanted:
                return
        try:
            self._erase(self._console)
            self._console.print(self._text(self._console, observation), end="", no_wrap=True, overflow="crop")
        except OSError:  # the terminal has gone
            self._wanted = False
        self._drawn = True

    def _text(self, console: Console, observation: Observation) -> Text:
        from rich.text import Text

        if observation.progress is None:
            return Text(f"{self._title}  running for {observation.time:.0f}{SPACE}s")
        done, of = observation.progress
        filled = round(BAR * min(max(done / of, 0.0), 1.0)) if of > 0 else 0
        full, empty = "#-" if console.options.ascii_only else "━─"
        return Text.assemble(
            f"{self._title}  ",
            (full * filled, "cyan"),
            (empty * (BAR - filled), "dim"),
            f"  {thousands(done)} of {thousands(of)}{_left(observation.time_left)}",
        )

    def clear(self) -> None:
        """Take it off the terminal; the next `draw` may put it back."""
        if not self._drawn or self._console is None:
            return
        self._drawn = False
        try:
            self._erase(self._console)
        except OSError:
            self._wanted = False

    @staticmethod
    def _erase(console: Console) -> None:
        from rich.control import Control
        from rich.segment import ControlType

        console.control(Control(ControlType.CARRIAGE_RETURN, (ControlType.ERASE_IN_LINE, 2)))


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 90:
        return f", about {max(seconds, 1):.0f}{SPACE}s left"
    return f", about {seconds / 60:.0f}{SPACE}min left"
