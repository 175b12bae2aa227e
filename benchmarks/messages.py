"""The chart of messages with a million operations of 64 processes: a frame at every zoom, and what a live one costs.

    python benchmarks/messages.py [OPERATIONS [PROCESSES [PENDING]]]

Operations are made up and fed through `Observation.take`, as batches of a run are; the panel is the window's own. First
500 000 operations a second arrive, in batches as the runner makes them, at 30 frames a second: how long each frame
folds in, pairs, reads and paints. PENDING is the share of operations that have not ended when they are first seen, and
come again a frame later; 0 where nothing is said. Then the run has ended, and the chart is panned at every zoom.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import screen
import table

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("core", "gui", "resources")]

import numpy as np  # noqa: E402

from ipclab.lane import ROW  # noqa: E402
from ipclab.observation import Observation  # noqa: E402
from ipclab.records import process  # noqa: E402
from ipclab.runner.sending import Sender  # noqa: E402
from ipclab.runner.system import system  # noqa: E402
from ipclab.trace import record  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QApplication

    from ipclab_gui.panels.messages import MessagesPanel

RATE, FRAMES = 500_000, 30  # operations, frames a second
PANS = 12  # frames at each zoom
ZOOMS = (1.0, 0.3, 0.1, 0.03, 0.01, 0.003, 0.001, 0.0003, 0.0001)
PID, FIRST_END, FIRST_QUEUE = 5_000, 100, 10_000


def made_up(count: int, processes: int) -> dict[int, Any]:
    """Return by pid the operations of a run: each process sends to the next but k, k from 1 to 4, and to a queue."""
    random = np.random.default_rng(1)
    half = count // 2
    sent = np.sort(random.integers(0, int(count / RATE * 1e9), half))
    source = random.integers(0, processes, half)
    target = (source + random.integers(1, 5, half)) % processes
    in_queue = random.random(half) < 0.25
    thing = np.where(in_queue, FIRST_QUEUE + source % 4, FIRST_END + source)
    took = 20_000 + random.exponential(200_000, half).astype(np.int64)
    number = np.arange(half)
    lanes = {}
    for pid in range(processes):
        out, back = np.flatnonzero(source == pid), np.flatnonzero(target == pid)
        rows = np.zeros(len(out) + len(back), ROW)
        rows["begin"] = np.r_[sent[out], sent[back] + took[back] - 15_000]
        rows["end"] = np.r_[sent[out] + 4_000, sent[back] + took[back]]
        rows["thing"], rows["size"] = np.r_[thing[out], thing[back]], 64
        text = np.zeros((len(rows), record.TEXT_SIZE), np.uint8)
        text[:, :8] = np.r_[number[out], number[back]].astype(np.int64).view(np.uint8).reshape(-1, 8)
        rows["text"] = text.reshape(-1).view(ROW["text"])
        operation = np.r_[np.full(len(out), record.SEND), np.full(len(back), record.RECEIVE)]
        rows["site"], rows["thread"], rows["word"] = 1, 1, operation << 8 | record.DONE
        lanes[PID + pid] = rows[np.argsort(rows["begin"], kind="stable")]
    return lanes


def batches(lanes: dict[int, Any], share: float = 0) -> Iterator[dict[str, Any]]:
    """Yield what a runner would send: the processes, then their operations, of which a share is pending at first."""
    yield {
        "time": 0.0,
        "processes": [process(n, f"worker {n}", pid, 0 if n else None, "running", 0, 0) for n, pid in enumerate(lanes)],
        "traced": [(PID, "site", {"number": 1, "file": "made_up.py", "line": 1, "function": "run"}),
                   *((PID, "pipe", {"ends": (FIRST_QUEUE + n,) * 2, "made": "Pipe", "site": 1}) for n in range(4))],
        "operations": [], "origin": 0,
    }  # fmt: skip
    readers = [Written(pid, rows, share) for pid, rows in lanes.items()]
    last = max(int(rows["end"].max()) for rows in lanes.values())
    for moment in range(int(1e9 / FRAMES), last + int(1e9 / FRAMES), int(1e9 / FRAMES)):
        for one in readers:
            one.go_on(moment)
        while True:
            batch: dict[str, Any] = {"time": moment / 1e9}
            Sender._add_operations(batch, readers, system.BATCH - 2048)  # type: ignore[arg-type]
            if len(batch) == 1:
                break
            yield batch
        yield {"time": moment / 1e9, "frame": True}


class Written:
    """What a process has written, as the runner's OperationReader has it."""

    def __init__(self, pid: int, rows: Any, share: float) -> None:
        self.owner = SimpleNamespace(pid=pid)
        self._ended = np.maximum.accumulate(rows["end"])
        self._first, self._rows = rows.copy(), rows
        self._late = np.flatnonzero(np.random.default_rng(pid).random(len(rows)) < share)
        self._first["end"][self._late] = 0
        self._first["word"][self._late] &= 0xFFFF - record.DONE
        self._done = self._until = self._before = 0
        self._completed: list[int] = []

    def go_on(self, moment: int) -> None:
        """Have written what has ended by a moment; what was pending in what was taken has ended too."""
        before, self._until = self._until, int(np.searchsorted(self._ended, moment))
        self._completed += self._late[slice(*np.searchsorted(self._late, (self._before, before)))].tolist()
        self._before = before

    @property
    def waiting(self) -> int:
        """Bytes."""
        return (self._until - self._done + len(self._completed)) * record.SIZE

    def take_completed(self) -> tuple[int, bytes] | None:
        """Return index and record of one that has ended, as OperationReader does."""
        if not self._completed:
            return None
        index = self._completed.pop()
        return index, self._rows[index : index + 1].tobytes()

    def take(self, limit: int) -> tuple[int, bytes]:
        """Return the index of the first, and records, as OperationReader does."""
        first, self._done = self._done, min(self._done + limit // record.SIZE, self._until)
        return first, self._first[first : self._done].tobytes()


def spent(does: Callable[[], object]) -> tuple[float, float]:
    """Return how long something took by the clock, and of the processor's time of this thread: milliseconds."""
    clock, cpu = time.perf_counter(), time.thread_time()
    does()
    return (time.perf_counter() - clock) * 1e3, (time.thread_time() - cpu) * 1e3


def rows_of(what: str, taken: list[tuple[float, float]]) -> list[list[str]]:
    """Return two lines of a table: by the clock, and of the processor's time, where other work runs beside."""
    clock, cpu = zip(*taken, strict=True)
    return [table.row(what, clock, "ms"), table.row("  of the processor", cpu, "ms")]


def live(app: QApplication, panel: MessagesPanel, lanes: dict[int, Any], share: float) -> list[list[str]]:
    """Feed the panel as a run does; return the table's rows."""
    observation = Observation()
    panel.begin(observation)
    folds, refreshes, paints = [], [], []
    clock = cpu = 0.0
    for batch in batches(lanes, share):
        if "frame" not in batch:
            took = spent(lambda batch=batch: list(observation.take(batch)))  # type: ignore[misc]
            clock, cpu = clock + took[0], cpu + took[1]
            continue
        folds.append((clock, cpu))
        clock = cpu = 0.0
        refreshes.append(spent(lambda: panel.refresh(len(folds) % 8 == 0)))
        paints.append(spent(app.processEvents))
    from ipclab.records import Outcome

    end = spent(lambda: observation.end(Outcome("done", "Done.", observation.time)))
    panel.refresh(True)
    app.processEvents()
    return [
        *rows_of("fold a frame's operations in", folds),
        *rows_of("refresh: pair and read them", refreshes),
        *rows_of("paint", paints),
        *rows_of("the end: pair what is left", [end]),
    ]


def panned(panel: MessagesPanel) -> list[list[str]]:
    """Pan at every zoom; return the table's rows."""
    chart, rows = panel.chart, []
    assert panel.scene is not None
    whole = chart.view.until
    for zoom in ZOOMS:
        span, taken = max(2_000, int(whole * zoom)), []
        for step in range(PANS):
            chart.view.start = int((whole - span) * (step + 0.5) / PANS)
            chart.view.stop = chart.view.start + span
            chart.redraw()
            taken.append(spent(chart.repaint))
        crossings = panel.scene.crossings(chart.view.start, chart.view.stop)
        in_view = sum(one.amount for one in crossings)
        rows += rows_of(f"{zoom:g} of the run, {in_view} messages", taken)
    return rows


def main() -> None:
    given = sys.argv[1:] + ["1000000", "64", "0"][len(sys.argv) - 1 :]
    count, processes, share = int(given[0]), int(given[1]), float(given[2])
    with tempfile.TemporaryDirectory() as folder:
        screen.provide(os.environ, folder)
        from PySide6.QtWidgets import QApplication

        from ipclab_gui import style
        from ipclab_gui.panels.messages import MessagesPanel

        app = QApplication([])
        style.set_mode(app, "Dark")
        panel = MessagesPanel()
        panel.resize(880, 640)
        panel.show()
        lanes = made_up(count, processes)
        table.show(
            f"{count} operations of {processes} processes arrive, {RATE} a second", live(app, panel, lanes, share)
        )
        for height in (640, 2_000):
            panel.resize(880, height)
            app.processEvents()
            table.show(f"Panning, {height} px high", panned(panel))
        panel.deleteLater()


if __name__ == "__main__":
    main()
