"""Whether a window that is open all day stays as it is: run after run, every experiment and preset in turn.

    python benchmarks/soak.py [MINUTES]

One window runs the presets of all experiments, one after the other, again and again for 20 minutes unless told
otherwise, light and dark in turn, and looks at itself each time it has run all: each look comes after the same work.
What is loaded once, and what room the allocators keep, comes to its size at first: of the looks only the last two
thirds are judged. Presets that wait for long or measure for seconds are made shorter: what is left behind does not
depend on that.

A quantity is *flat* where 1 000 runs, a long day's, add no more to it than SHARE. Its growth is the median of the
slopes between any two looks, and the interval about it (95 %) is Sen's (1968, "Estimates of the regression coefficient
based on Kendall's tau"): as wide as the looks scatter. Flat: the whole interval is within what is allowed. Grows: the
whole interval is beyond. Else the soak was too short to tell. The exit code is 0 only where everything is flat.

Resident memory has the holes between what is in use; what is in use is counted too, as glibc does (all its arenas) and
as Python does its small objects (those included that the garbage collector does not know). Not all growth is the
lab's: PySide6 6.11 loses a text of some 55 bytes at each `connect` to a method of a QObject, and Qt's style sheets keep
7 to 10 KiB of each workspace that goes (nothing where no sheet is set; and of plain combo boxes up to 250 bytes each).

Names in /dev/shm are those of every lab on this machine: where others run, give the soak a folder of its own
(`unshare -m`, and a tmpfs over /dev/shm).
"""

from __future__ import annotations

import ctypes
import gc
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path

import psutil
import screen

SHORTER = {"count": 2_000, "increments": 2_000, "rounds": 5, "patience": 0.2, "pause": 0.0, "duration": 0.2}
PATIENCE = 60  # s for one run
SETTLE = 2  # s for the last run's thread and keeper to be gone
SHARED = Path("/dev/shm")
RUNS = 1_000  # what growth is told for
SHARE = 0.03  # of a quantity: so much may 1 000 runs add; at that pace it takes a month of long days to double
LEAST = 9  # looks: of two thirds of them an interval can be told
SURE = 1.96  # standard deviations on either side: 95 %


class MallInfo(ctypes.Structure):
    """glibc's `struct mallinfo2`, mallinfo(3): bytes."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()  # noqa: SIM905
    ]


def glibc() -> Callable[[], MallInfo] | None:
    """Return glibc's mallinfo2 (2.33 and later); None where there is another allocator."""
    try:
        ask = ctypes.CDLL(None).mallinfo2
    except (AttributeError, OSError, TypeError):
        return None
    ask.restype = MallInfo
    found: Callable[[], MallInfo] = ask
    return found


def look(window: object, ask: Callable[[], MallInfo] | None) -> dict[str, float]:
    """Return what this process holds now; garbage counts for nothing, nor what is gone in a moment."""
    from PySide6.QtCore import QObject
    from PySide6.QtTest import QTest

    from ipclab_gui.window import MainWindow

    assert isinstance(window, MainWindow)
    me = psutil.Process()
    patience = time.monotonic() + SETTLE
    while (window.live._links or me.children()) and time.monotonic() < patience:
        QTest.qWait(10)
    gc.collect()
    held = {"resident memory, MiB": me.memory_info().rss / 2**20}
    if ask is not None:
        info = ask()
        held["in use of malloc, MiB"] = (info.uordblks + info.hblkhd) / 2**20
    return held | {
        "small blocks of Python's": sys.getallocatedblocks(),
        "objects of Python's": len(gc.get_objects()),
        "objects of Qt's": len(window.findChildren(QObject)),
        "descriptors": me.num_fds(),
        "threads": me.num_threads(),
        "children": len(me.children(recursive=True)),
        "names in /dev/shm": len(list(SHARED.glob("*ipclab-*"))) if SHARED.is_dir() else 0,
    }


def cycle(window: object) -> int:
    """Run every preset of every experiment once; return how many runs that were."""
    from PySide6.QtCore import QEventLoop, QTimer

    from ipclab.catalog import experiments
    from ipclab_gui.window import MainWindow

    assert isinstance(window, MainWindow)
    runs = 0
    loop = QEventLoop()
    limit = QTimer(loop)
    limit.setSingleShot(True)
    limit.timeout.connect(loop.quit)
    window.live.ended.connect(loop.quit)
    for number, experiment in enumerate(experiments()):
        window.set_theme("Dark" if number % 2 else "Light")
        window.show_experiment(experiment.name)
        for values in experiment.presets.values():
            fields = window.workspace.form.fields
            fields.write(dict(values))
            for name, most in SHORTER.items():
                row = fields.rows.get(name)
                value = row.value() if row is not None and row in fields.applying() else None
                if row is not None and isinstance(value, int | float) and value > most:
                    row.write(row.field.format(most))
            fields.check()
            window.run()
            if window.running:
                limit.start(PATIENCE * 1000)
                loop.exec()
            assert not window.running, f"{experiment.name}: a run did not end"
            for tab in range(window.workspace.tabs.count()):
                window.workspace.show_tab(tab)
            runs += 1
    window.live.ended.disconnect(loop.quit)
    return runs


def slope(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the median slope between any two values, per step, and both ends of its interval (Sen 1968).

    Of fewer than 6 values no such interval can be told: its ends are infinite.
    """
    n = len(values)
    slopes = sorted((b - a) / (j - i) for (i, a), (j, b) in combinations(enumerate(values), 2))
    half = SURE * math.sqrt(n * (n - 1) * (2 * n + 5) / 18) / 2
    low, high = math.floor(len(slopes) / 2 - half) - 1, math.ceil(len(slopes) / 2 + half)
    if low < 0:
        return statistics.median(slopes), -math.inf, math.inf
    return statistics.median(slopes), slopes[low], slopes[high]


def verdict(values: Sequence[float], runs: int) -> tuple[str, float, float, float, float]:
    """Return "flat", "grows" or "cannot tell"; growth for RUNS runs, both ends of its interval, and what is allowed.

    Args:
        values: of the looks that are judged, at least 2.
        runs: between two looks.
    """
    growth, low, high = (one * RUNS / runs for one in slope(values))
    allowed = SHARE * statistics.median(values)
    word = "flat" if high <= allowed else "grows" if low > allowed else "cannot tell"
    return word, growth, low, high, allowed


def main(minutes: float) -> int:
    """Run and print the table; return 0 where all is flat, else 1."""
    folder = tempfile.mkdtemp(prefix="ipclab-soak-")
    screen.provide(os.environ, folder)
    root = Path(__file__).parents[1]
    sys.path[:0] = [str(root / part) for part in ("core", "gui", "resources")]
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from ipclab_gui import style
    from ipclab_gui.window import MainWindow

    app = QApplication([sys.argv[0], *style.WORDS])
    style.follow(app)
    window = MainWindow(Path(folder, "window.json"))
    window.show()
    assert QTest.qWaitForWindowExposed(window)
    ask = glibc()
    until = time.monotonic() + minutes * 60
    seen: list[dict[str, float]] = []
    runs = 0
    while time.monotonic() < until or len(seen) < LEAST:
        runs = cycle(window)
        seen.append(look(window, ask))
        print(f"{len(seen)}:", ", ".join(f"{value:.6g} {name}" for name, value in seen[-1].items()), flush=True)
    window.close()
    judged = seen[-(2 * len(seen) // 3) :]
    python = sys.version.split()[0]
    print(f"{len(seen)} times {runs} runs in {minutes:g} minutes, CPython {python}; of the last {len(judged)}:")
    print(f"{'':26}{'least':>10}{'most':>10}{f'growth in {RUNS} runs':>21}{'95 %':>20}{'allowed':>10}")
    flat = True
    for name in seen[0]:
        values = [one[name] for one in judged]
        word, growth, low, high, allowed = verdict(values, runs)
        flat = flat and word == "flat"
        interval = f"{low:+.3g} to {high:+.3g}"
        print(f"{name:26}{min(values):10.6g}{max(values):10.6g}{growth:+21.3g}{interval:>20}{allowed:10.3g}  {word}")
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 20))
