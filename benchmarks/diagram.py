"""What the Diagram costs of a core while it is on show, as a share of what the same run costs with another tab on show.

    python benchmarks/diagram.py [SECONDS]

Runs that are made up arrive through `Observation.take` in batches, 30 frames a second of the clock, as the window's
frame timer has them: a pipe whose messages are told apart (6 a second), a pipe and a queue at 20 000 a second, and 64
processes at a queue, of which 8 are unlike, so that stacks and boxes are drawn. Each frame folds, refreshes and paints.
*Share* is the thread's processor time over the clock's; *without* is the same with no panel, so what folding costs;
*frames* how many pictures a second came to the screen. At last, of each: the longest frame, and a moment in the past.
"""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import screen
import table

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("core", "gui", "resources", "")]

import numpy as np  # noqa: E402

from ipclab.lane import ROW  # noqa: E402
from ipclab.records import Outcome  # noqa: E402
from ipclab.trace import record  # noqa: E402
from tests.operated import Made  # noqa: E402

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from ipclab_gui.panels.diagram import DiagramPanel

FRAME = 1 / 30  # s
PIPE, QUEUE = 5, 7
JUMPS = 100
LIMIT = 1 / 3  # of a core


def rows(operation: int, times: Any, took: int, thing: int, text: bytes, *, line: int = 10) -> Any:
    """Return one operation at each of these times, ns."""
    made = np.zeros(len(times), ROW)
    made["begin"], made["end"], made["thing"], made["size"] = times, times + took, thing, len(text)
    made["text"], made["thread"] = np.void(text.ljust(record.TEXT_SIZE, b"\0")), 1
    made["site"], made["word"] = line, operation << 8 | record.DONE
    return made


class Traffic:
    """A run that goes on: each frame brings what its processes did in it.

    Args:
        names: of its processes.
        rate: messages a second, of each that sends.
        senders: how many send; half of them into a pipe, where there is one, the others into a queue.
        piped: there is a pipe, from the first to the second.
    """

    def __init__(self, names: list[str], rate: int, senders: int, *, piped: bool) -> None:
        self.made = Made("main", *names)
        self.names, self.rate, self.senders, self.piped = names, rate, senders, piped
        self.made.pipe(PIPE, PIPE)
        self.made.queue(QUEUE)
        self.time = 0.0

    def step(self) -> None:
        """Fold one frame's batch in."""
        start, self.time = self.time, self.time + FRAME
        first, last = np.ceil(np.array([start, self.time]) * self.rate)
        times = (np.arange(first, last) / self.rate * 1e9).astype(np.int64)
        if len(times):
            text = pickle.dumps(int(first))
            if self.piped:
                self.made.did(self.names[0], rows(record.SEND, times, 900, PIPE, text), time=self.time)
                self.made.did(self.names[1], rows(record.RECEIVE, times + 1_000, 900, PIPE, text), time=self.time)
            for name in self.names[2 if self.piped else 0 :][: self.senders]:
                self.made.did(name, rows(record.PUT, times, 900, QUEUE, b""), time=self.time)
                self.made.did(name, rows(record.SEND, times + 1_000, 900, QUEUE, text), time=self.time)
        self.made.fold(time=self.time, shown=[(1, "sent", int(self.time * self.rate), self.time)])


def live(app: QApplication, panel: DiagramPanel | None, traffic: Traffic, seconds: float) -> tuple[float, float, float]:
    """Have a run go on for so long; return the share of a core, frames a second, and the longest frame in ms."""
    painted = 0
    if panel is not None:
        panel.begin(traffic.made.observation)
        paint = panel.board.paintEvent

        def counted(event: Any) -> None:
            nonlocal painted
            painted += 1
            paint(event)

        panel.board.paintEvent = counted  # type: ignore[method-assign]
    for _ in range(30):  # what is made once: shapes find their places, faces are loaded
        traffic.step()
        if panel is not None:
            panel.refresh(True)
            app.processEvents()
    painted, longest = 0, 0.0
    begun, cpu, frames = time.perf_counter(), time.thread_time(), 0
    while (now := time.perf_counter()) - begun < seconds:
        traffic.step()
        if panel is not None:
            panel.refresh(frames % 8 == 0)
        app.processEvents()
        longest = max(longest, (time.perf_counter() - now) * 1e3)
        frames += 1
        while (left := begun + frames * FRAME - time.perf_counter()) > 0.002:
            app.processEvents()
            time.sleep(min(left, 0.005))
    spent = time.perf_counter() - begun
    return (time.thread_time() - cpu) / spent, painted / spent, longest


def jumped(panel: DiagramPanel, traffic: Traffic) -> list[float]:
    """End the run and show moments of it; return how long each took, of the processor, in ms."""
    traffic.made.observation.end(Outcome("done", "Done.", traffic.time))
    panel.refresh(True)
    taken = []
    for moment in np.random.default_rng(1).integers(0, int(traffic.time * 1e9), JUMPS).tolist():
        begun = time.thread_time()
        panel.time_cursor.set(moment)
        panel.board.repaint()
        taken.append((time.thread_time() - begun) * 1e3)
    return taken


def main() -> None:
    """Print a line for each kind of run."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    with tempfile.TemporaryDirectory() as folder:
        screen.provide(os.environ, folder)
        from PySide6.QtWidgets import QApplication

        from ipclab.catalog import find
        from ipclab_gui import style
        from ipclab_gui.panels.diagram import DiagramPanel
        from ipclab_gui.time_cursor import TimeCursor

        app = QApplication([sys.argv[0], *style.WORDS])
        style.set_mode(app, "Light")
        unlike = [f"{letter}-process" for letter in "abcdefgh"]
        kinds = {
            "6 messages a second, each drawn": (["sender", "receiver"], 6, 0, True),
            "20 000 a second: a flow and a queue": (["sender", "receiver", "producer"], 20_000, 1, True),
            "64 processes, 8 unlike": ([*unlike, *(f"worker {n}" for n in range(55))], 100, 63, False),
            "64 processes, stacks": ([f"{'in' if n % 2 else 'out'} {n}" for n in range(63)], 100, 63, False),
        }
        lines = []
        for name, (names, rate, senders, piped) in kinds.items():
            without, _, _ = live(app, None, Traffic(names, rate, senders, piped=piped), seconds)
            panel = DiagramPanel()
            panel.share(TimeCursor(panel))
            panel.set_experiment(find("pipe"))
            panel.resize(880, 650)
            panel.show()
            traffic = Traffic(names, rate, senders, piped=piped)
            share, frames, longest = live(app, panel, traffic, seconds)
            moments = jumped(panel, traffic)
            panel.close()
            panel.deleteLater()
            lines.append(table.row(f"{name}: a moment in the past", moments, "ms"))
            own = share - without
            print(f"{name}: {own:.2f} of a core ({share:.2f} less {without:.2f} of folding), {own / LIMIT:.2f} of what"
                  f" is allowed; {frames:.0f} frames a second, the longest {longest:.0f} ms")  # fmt: skip
        table.show("Moments in the past", lines)


if __name__ == "__main__":
    main()
