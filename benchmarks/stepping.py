"""The window while 64 processes stand at the gate and a person steps: what a frame costs, and when a step is seen.

    python benchmarks/stepping.py [WORKERS]

A program of main and 63 workers is run with Watch on Step, and main is stepped until all of them stand at the gate.
In each view then STEPS steps by the key F10, one a while after the one before is seen. *Work* is what the window's own
thread does from one step to the next, in time of its processor, whatever else runs beside; *silence* is how long it
gave nothing else a turn: the time between two ticks of a timer of 5 ms, less these; *seen* is the time from the key to
the frame that knows of the step.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import screen
import table
from live import TICK

VIEWS = ("Diagram", "Messages", "Processes", "Code")
STEPS = 40
BETWEEN = 100  # ms from a step that is seen to the next
LIMIT = 60.0  # s

PROGRAM = """
import multiprocessing as mp

def work(jobs, answers, lock):
    while (job := jobs.get()) is not None:
        with lock:
            answers.put((job, job * job))

if __name__ == "__main__":
    mp.set_start_method("fork")
    jobs, answers, lock = mp.Queue(), mp.Queue(), mp.Lock()
    workers = [mp.Process(target=work, args=(jobs, answers, lock), name=f"worker {n + 1}") for n in range(WORKERS)]
    for worker in workers:
        worker.start()
    for number in range(1_000):
        jobs.put(number)
"""


def main() -> None:
    workers = int(sys.argv[1]) if len(sys.argv) > 1 else 63
    with tempfile.TemporaryDirectory() as folder:
        screen.provide(os.environ, folder)
        program = Path(folder, "many.py")
        program.write_text(PROGRAM.replace("WORKERS", str(workers)))
        from PySide6.QtCore import Qt, QTimer
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        from ipclab_gui import own_programs, style
        from ipclab_gui.window import MainWindow

        ticks: list[float] = []
        app = QApplication([sys.argv[0], *style.WORDS])
        style.follow(app)
        window = MainWindow(Path(folder, "window.json"))
        window.show()
        assert QTest.qWaitForWindowExposed(window)
        until(lambda: window.menus.stepping is not None)
        own_programs.open_program(window, str(program))
        window.workspace.form.watch("step")
        timer = QTimer(window, interval=TICK)
        timer.timeout.connect(lambda: ticks.append(time.perf_counter()))
        timer.start()
        window.run()
        while len({one.pid for one in window.live.observation.gate.standing}) <= workers:
            done = len(window.live.observation.steps)
            until(lambda: any(one.process == "main" for one in window.live.observation.gate.standing))
            QTest.keyClick(window, Qt.Key.Key_1)
            until(lambda done=done: len(window.live.observation.steps) > done)  # type: ignore[misc]
            QTest.qWait(20)
        titles = [window.workspace.tabs.tabText(place) for place in range(window.workspace.tabs.count())]
        for view in VIEWS:
            window.workspace.show_tab(titles.index(view))
            QTest.qWait(500)
            ticks.clear()
            seen: list[float] = []
            work: list[float] = []
            for _ in range(STEPS):
                until(lambda: bool(window.live.observation.gate.standing))
                done, begun, worked = len(window.live.observation.steps), time.perf_counter(), time.thread_time()
                QTest.keyClick(window, Qt.Key.Key_F10)
                until(lambda done=done: len(window.live.observation.steps) > done)  # type: ignore[misc]
                seen.append((time.perf_counter() - begun) * 1e3)
                QTest.qWait(BETWEEN)
                work.append((time.thread_time() - worked) * 1e3)
            gaps = [(after - before) * 1e3 - TICK for before, after in pairwise(ticks)]
            rows = [("work", work), ("silence", gaps), ("seen", seen)]
            table.show(f"{view}, {workers + 1} processes", [table.row(what, taken, "ms") for what, taken in rows])
        window.stop()
        until(lambda: not window.running)
        timer.stop()
        window.close()


def until(holds: Callable[[], Any]) -> None:
    """Let the window work until something holds.

    Raises:
        TimeoutError: it did not come to that.
    """
    from PySide6.QtTest import QTest

    begun = time.perf_counter()
    while not holds():
        if time.perf_counter() - begun > LIMIT:
            raise TimeoutError(f"the window did not come to it within {LIMIT:g} s")
        QTest.qWait(1)


if __name__ == "__main__":
    main()
