"""A million samples a second through to live curves, and what one message, one signal and one setData each come to.

    python benchmarks/samples.py [SECONDS [WORKERS...]]

The lab's own window, engine and workers (flood.py): every sample by a call of `lab.record`. While they record, a timer
in the window's thread looks how long the event loop was away. Then, in the same process, the way one would begin with:
a worker that sends each value by itself, a thread that emits a signal for each, a slot that hands the whole curve over.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import screen

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("core", "gui", "resources")]
RATE = 1_000_000

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from PySide6.QtWidgets import QApplication


def send(sender: Connection[Any, Any], seconds: float) -> None:
    """Send one value after the other."""
    until = time.perf_counter() + seconds
    n = 0
    while time.perf_counter() < until:
        sender.send(float(n % 1000))
        n += 1
    os._exit(0)  # nobody reads the rest


class Gaps:
    """How long the event loop was away: a timer of 1 ms looks. Milliseconds."""

    def __init__(self) -> None:
        from PySide6.QtCore import Qt, QTimer

        self.found: list[float] = []
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._look)
        self._timer.start(1)

    def _look(self) -> None:
        now = time.perf_counter()
        self.found.append((now - self._last) * 1e3)
        self._last = now

    def stop(self) -> list[float]:
        """Return the gaps, the longest last."""
        self._timer.stop()
        return sorted(self.found)


def lab(app: QApplication, folder: str, seconds: int, workers: int) -> float:
    """Run the lab's way and print what came of it; return the samples a second."""
    import flood
    from PySide6.QtCore import QEventLoop, QTimer

    from ipclab import engine
    from ipclab.catalog import described
    from ipclab.outlines import LAST, Outline
    from ipclab_gui.window import MainWindow
    from ipclab_gui.workspace import Workspace

    runs: list[engine.Run] = []

    def start(request: engine.Request) -> engine.Run:
        runs.append(engine.Run(request, "flood"))
        return runs[0]

    window = MainWindow(Path(folder) / "window.json", start)
    window.resize(1440, 900)
    window.show()
    experiment = described(flood)
    about = (experiment.name, experiment.title, experiment.group, experiment.summary, experiment.module)
    workspace = Workspace(Outline(*about, LAST), {})
    workspace.experiment = experiment  # it is in no catalogue
    window.centre.addWidget(workspace)
    window.centre.setCurrentWidget(workspace)
    workspace.open()
    workspace.show_tab(1)
    settle(app, 1.0)

    frames: list[float] = []  # ms of one fold and draw
    late: list[float] = []  # ms from the newest sample held to now, at each frame
    draw = workspace.refresh

    def refresh(now: bool) -> None:
        began = time.perf_counter()
        draw(now)
        frames.append((time.perf_counter() - began) * 1e3)
        newest = workspace.panel._data.buffers.ends  # type: ignore[union-attr]
        if runs and newest > 0:
            late.append((time.perf_counter_ns() - runs[0].origin) / 1e6 - newest * 1e3)

    workspace.refresh = refresh  # type: ignore[method-assign]
    used = time.process_time()
    gaps = Gaps()
    values: dict[str, object] = {"workers": workers, "rate": RATE, "seconds": seconds}
    window.live.start(workspace, engine.Request("flood", values, "spawn"))
    began = time.perf_counter()
    loop = QEventLoop()
    window.live.ended.connect(lambda _outcome: QTimer.singleShot(0, loop.quit))
    loop.exec()
    took = time.perf_counter() - began
    used = time.process_time() - used
    found = gaps.stop()
    seen = window.live.observation
    assert seen.outcome is not None and seen.outcome.status == "done", seen.outcome
    held = workspace.panel._data.buffers  # type: ignore[union-attr]
    buffers = held.of("signal").values()
    wanted = RATE * seconds // workers * workers
    total = seen.series["signal"].n
    lost = wanted - total + sum(seen.dropped.values()) + seen.samples_gone
    drawn = sum(len(one) for one in buffers)
    rate = float(sum(len(one) / (one.ends - one.begins) for one in buffers))
    print(f"\nThe lab, {workers} worker{'s' * (workers > 1)}, {seconds} s, CPython {sys.version.split()[0]}")
    rest = sorted(late[: len(late) * 9 // 10]) or [0.0]  # the last frames come after the last sample
    frames.sort()
    for what, value in {
        "samples recorded": f"{wanted:,}",
        "samples in the final series, as many": f"{total:,} (lost {lost}, held for drawing {drawn:,})",
        "samples a second, by their own times, at least 1,000,000": f"{rate:,.0f}",
        "frames drawn": f"{len(frames)}, {len(frames) / took:.0f} a second",
        "handing a frame over, median and worst": f"{frames[len(frames) // 2]:.1f} and {frames[-1]:.1f} ms",
        "newest sample drawn is behind by, median and worst": f"{rest[len(rest) // 2]:.0f} and {rest[-1]:.0f} ms",
        "event loop away, the worst five, under 50": ", ".join(f"{gap:.0f}" for gap in found[-5:]) + " ms",
        "the window's process, all its threads": f"{100 * used / took:.0f} % of a core",
    }.items():
        print(f"  {what + ':':<58} {value}")
    window.close()
    window.live.shut()
    window.deleteLater()
    settle(app, 0.2)
    assert lost == 0, f"{lost} samples were lost"
    return rate


def one_by_one(app: QApplication, seconds: int) -> float:
    """Run the way one would begin with; return the samples a second that reach the curve."""
    import pyqtgraph as pg
    from PySide6.QtCore import QThread, Signal

    receiver, sender = multiprocessing.get_context("spawn").Pipe(duplex=False)
    worker = multiprocessing.get_context("spawn").Process(target=send, args=(sender, seconds + 5))
    worker.start()
    sender.close()

    class Reader(QThread):
        came = Signal(float)

        def run(self) -> None:
            try:
                while not self.isInterruptionRequested():
                    self.came.emit(receiver.recv())
            except EOFError:
                pass

    plot = pg.PlotWidget()
    plot.resize(1100, 500)
    plot.show()
    curve = plot.plot(pen="y")
    values: list[float] = []
    until = float("inf")

    def add(value: float) -> None:
        if time.perf_counter() < until:  # then what is still in Qt's queue is thrown away
            values.append(value)
            curve.setData(values)

    settle(app, 1.0)
    reader = Reader()
    reader.came.connect(add)
    reader.start()
    while not values:
        app.processEvents()
    began, first = time.perf_counter(), len(values)
    until = began + seconds
    while time.perf_counter() < until:
        app.processEvents()
    count, took = len(values) - first, seconds
    reader.requestInterruption()
    worker.terminate()
    worker.join()
    reader.wait()
    app.processEvents()
    plot.close()
    print(f"\nOne message, one signal and one setData each, {took} s")
    print(f"  {'samples that reached the curve:':<58} {count:,}, {count / took:,.0f} a second")
    return count / took


def settle(app: QApplication, seconds: float) -> None:
    """Let the window come to rest."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        app.processEvents()
        time.sleep(0.002)


def main(seconds: int, workers: list[int]) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="ipclab-benchmark-") as folder:
        screen.provide(os.environ, folder)
        from PySide6.QtWidgets import QApplication

        from ipclab_gui import style, theme

        app = QApplication([*sys.argv[:1], *style.WORDS])
        theme.set_mode("Light")
        style.follow(app)
        rates = [lab(app, folder, seconds, count) for count in workers]
        slow = one_by_one(app, seconds)
        print(f"\n  {'the lab / one by one, at least 100:':<58} {min(rates) / slow:.0f} x")


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    main(numbers[0] if numbers else 10, numbers[1:] or [1, 2])
