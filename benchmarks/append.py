"""What one frame costs that appends 1 000 samples to a curve of a million, all of it in view.

    python benchmarks/append.py [FRAMES [POINTS]]

The lab's plot, as the window makes it, against pyqtgraph's PlotWidget with its defaults, of the same size, in turns.
A frame is: take the new samples, hand the curve over, paint. The values are random, as latencies are.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np
from table import ratio, row, show

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("core", "gui", "resources")]
PART = 1000
SIZE = (1100, 420)


def main(frames: int, points: int) -> None:
    """Measure and print the table."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    import pyqtgraph as pg
    from PySide6.QtWidgets import QApplication

    from ipclab.observation import Observation
    from ipclab.records import Series
    from ipclab_gui import style, theme
    from ipclab_gui.buffers import Buffers
    from ipclab_gui.plots._run_data import RunData
    from ipclab_gui.plots.trace import TracePlot

    app = QApplication([*sys.argv[:1], *style.WORDS])
    theme.set_mode("Light")
    style.follow(app)
    count = points + frames * PART
    times = np.arange(count, dtype=np.int64) * 10_000
    values = np.random.default_rng(1).lognormal(-11, 0.5, count)
    seconds = times * 1e-9
    dtype = [("time", np.int64), ("value", np.float64)]

    seen, buffers = Observation(), Buffers()
    plot = TracePlot((Series("latency", "s"),), RunData(buffers, seen))
    plot.resize(*SIZE)

    def take(first: int, stop: int) -> None:
        samples = np.empty(stop - first, dtype)
        samples["time"], samples["value"] = times[first:stop], values[first:stop]
        part = {"time": seconds[stop - 1], "samples": [(0, "latency", samples.tobytes())]}
        for ident, name, came in seen.take(part):
            buffers.take(ident, name, came)

    def ours(stop: int) -> float:
        began = time.perf_counter()
        take(stop - PART, stop)
        plot.sync_curves()
        plot.redraw(False)
        plot.canvas.viewport().repaint()
        return (time.perf_counter() - began) * 1e3

    default = pg.PlotWidget()
    default.resize(*SIZE)
    curve = default.plot(seconds[:points], values[:points])

    def theirs(stop: int) -> float:
        began = time.perf_counter()
        curve.setData(seconds[:stop], values[:stop])
        default.viewport().repaint()
        return (time.perf_counter() - began) * 1e3

    for widget in (plot, default):
        widget.show()
    for first in range(0, points, PART):
        take(first, first + PART)
    plot.sync_curves()
    plot.redraw(True)
    app.processEvents()
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(3):  # warm up
        plot.canvas.viewport().repaint()
        theirs(points)
    for stop in range(points + PART, count + 1, PART):
        found[0].append(ours(stop))
        found[1].append(theirs(stop))
        app.processEvents()
    assert len(next(iter(buffers.of("latency").values()))) == count
    show(
        f"A frame that appends {PART} samples to {points:,}, {frames} frames, CPython {sys.version.split()[0]}, "
        f"pyqtgraph {pg.__version__}",
        [
            row("the lab's plot, axes and figures' sums with it", found[0], "ms"),
            row("pyqtgraph's PlotWidget by default", found[1], "ms"),
            ratio("default / the lab, at least 15", found[1], found[0]),
        ],
    )


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(numbers[0] if numbers else 60, numbers[1] if numbers[1:] else 1_000_000)
