"""A watched run of real processes in the window, Messages on show: operations a second, lost ones, the worst frame.

    python benchmarks/live.py [EXPERIMENT [PRESET]]

The experiment runs as it would for a person who sets Watch to On; by default the one that does most operations a second
without a pause: lost updates under a lock. A *frame* is what the window's own thread does for the run at once: batches
folded in, messages paired, lanes read; *paint* is the chart's painting. Beside it the window's longest silence: the
greatest time between two ticks of a timer of 5 ms, less these.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import screen
import table

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("core", "gui", "resources")]
TICK = 5  # ms
LIMIT = 60_000  # ms


def timed(of: Any, name: str, taken: list[float]) -> None:
    """Have a method of a class note how long each call of it takes, in milliseconds."""
    original = getattr(of, name)

    def method(*given: Any) -> Any:
        begun = time.perf_counter()
        try:
            return original(*given)
        finally:
            taken.append((time.perf_counter() - begun) * 1e3)

    setattr(of, name, method)


def main() -> None:
    name = sys.argv[1] if len(sys.argv) > 1 else "lost-updates"
    with tempfile.TemporaryDirectory() as folder:
        screen.provide(os.environ, folder)
        from PySide6.QtCore import QEventLoop, QTimer
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        from ipclab_gui import style
        from ipclab_gui.live import Live
        from ipclab_gui.messages.chart import MessageChart
        from ipclab_gui.window import MainWindow

        frames: list[float] = []
        paints: list[float] = []
        ticks: list[float] = []
        timed(Live, "_frame", frames)
        timed(MessageChart, "paintEvent", paints)
        app = QApplication([sys.argv[0], *style.WORDS])
        style.follow(app)
        window = MainWindow(Path(folder, "window.json"))
        window.show()
        assert QTest.qWaitForWindowExposed(window)
        window.show_experiment(name)
        presets = window.workspace.experiment.presets
        preset = sys.argv[2] if len(sys.argv) > 2 else next(iter(presets))
        window.workspace.form.fields.write(dict(presets[preset]))
        window.workspace.form.watch("on")
        titles = [window.workspace.tabs.tabText(place) for place in range(window.workspace.tabs.count())]
        window.workspace.show_tab(titles.index("Messages"))
        frames.clear()
        paints.clear()
        timer = QTimer(window, interval=TICK)
        timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
        timer.start()
        loop = QEventLoop()
        window.live.ended.connect(loop.quit)
        QTimer.singleShot(LIMIT, loop.quit)
        window.run()
        loop.exec()
        timer.stop()
        assert not window.running
        operations = window.live.observation.operations
        assert operations is not None
        begun = [int(lane["begin"][0]) for lane in operations.by_number if lane.count and not lane.dropped]
        seconds = window.live.observation.time - min(begin for begin in begun if begin) / 1e9
        gaps = [(after - before) * 1e3 - TICK for before, after in pairwise(ticks)]
        print(f"{name}, {preset}: {operations.total} operations in {seconds:.2f} s,", end=" ")
        print(
            f"{operations.total / seconds:.0f} a second; {operations.unrecorded} not recorded, {operations.gone} gone"
        )
        rows = [("frame", frames), ("paint", paints), ("silence of the window", gaps)]
        table.show("The window's thread", [table.row(what, taken, "ms") for what, taken in rows])
        window.close()


if __name__ == "__main__":
    main()
