"""Whether a window that is open all day stays as it is: run after run, every experiment and preset in turn.

    python benchmarks/soak.py [MINUTES]

One window runs the presets of all experiments, one after the other, again and again for 20 minutes unless told
otherwise, light and dark in turn, and looks at itself each time it has run all: each look comes after the same work.
What is loaded once, and what room the allocators keep, comes to its size at first: of the looks only the last two
thirds are judged. Presets that wait for long or measure for seconds are made shorter: what is left behind does not
depend on that. Before each look the runs on show give way to small ones that are not watched: what the window holds of
a run as long as it can be looked at is no growth, and how much was recorded in a given time differs from run to run.

A quantity is *flat* where 1 000 runs, a long day's, add no more to it than SHARE. Its growth is the median of the
slopes between any two looks, and the interval about it (95 %) is Sen's (1968, "Estimates of the regression coefficient
based on Kendall's tau"): as wide as the looks scatter. Flat: the whole interval is within what is allowed. Grows: the
whole interval is beyond. Else the soak was too short to tell. The exit code is 0 only where everything is flat.

Resident memory as the system has it is told, and not judged where glibc is the allocator: glibc keeps the room of one
large run for the next (its mmap threshold rises with the first large array that is freed, mallopt(3)), so that it leaps
by 10 to 20 MiB once and stays there. Judged is what remains after malloc_trim(0), and what is in use: as glibc counts
it in all its arenas, and as Python counts small blocks, those included that the garbage collector does not know.
Told, and judged in their sum only, are the parts of what remains: the heap of malloc, what else is the process's own
(Python's arenas, arrays in maps of their own), and pages of files. Both allocators give pages back only where nothing
in them is in use; a few small things that stay keep an arena of Python's (1 MiB) that a run of thousands of things had
filled. So these parts rise towards what was in use at most at a time, and not beyond: that takes about ten runs of the
kind that holds most, which are made before the first look.

Not all growth is the lab's: PySide6 6.11 loses a text of some 55 bytes at each `connect` to a method of Qt's own, and
Qt's style sheets keep up to 0.9 KiB of each combo box that goes, under any sheet, and 0.7 of each scroll area, under
one that speaks of these. So experiments keep their workspaces, which lose their runs alone. CPython's table of interned
texts doubles once, by 1 MiB, when enough of them have come and gone: that is done before the first look.

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
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import screen

if TYPE_CHECKING:
    from ipclab.options import Plain
    from ipclab_gui.window import MainWindow

SHORTER = {"count": 2_000, "increments": 2_000, "rounds": 5, "patience": 0.2, "pause": 0.0, "duration": 0.2}
SMALL = ("separate-memory", "shared-memory", "lost-updates", "pipe")  # as many as a window keeps runs, `window.KEPT`
PATIENCE = 60  # s for one run
LARGEST: tuple[str, dict[str, Plain]] = ("server-process", {"kind": "list in a dict", "list_cure": "managed list"})
FILLED = 12  # times: of eleven in a row the last three left resident memory where it was
SETTLE = 2  # s for the last run's thread and keeper to be gone
SHARED = Path("/dev/shm")
RESIDENT = "resident memory, MiB"
PARTS = {"heap": "of it heap, MiB", "own": "of it other own, MiB", "files": "of it files, MiB"}
TOLD = {RESIDENT, *PARTS.values()}  # and not judged
INTERNED = 100_000  # texts that come and go: several times as many as the window's code has names
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


def glibc() -> ctypes.CDLL | None:
    """Return glibc, 2.33 or later; None where there is another allocator."""
    try:
        library = ctypes.CDLL(None)
        library.mallinfo2.restype = MallInfo
    except (AttributeError, OSError, TypeError):
        return None
    return library


def parts() -> dict[str, float]:
    """Return how much of this process's resident memory is of which kind, in MiB; nothing where there is no smaps."""
    try:
        lines = Path("/proc/self/smaps").read_text().splitlines()
    except OSError:
        return {}
    found, kind = dict.fromkeys(PARTS.values(), 0.0), ""
    for line in lines:
        words = line.split()
        if not words[0].endswith(":"):  # a map: its addresses, what may be done with it, offset, device, inode, name
            name = words[5] if len(words) > 5 else ""
            kind = PARTS["heap" if name == "[heap]" else "files" if name.startswith("/") else "own"]
        elif words[0] == "Rss:":
            found[kind] += int(words[1]) / 2**10
    return found


def tree(window: MainWindow) -> int:
    """Return how many objects of Qt's a window owns.

    Qt counts them itself: `findChildren` would make a Python object of each, and PySide6 6.11 keeps these as long as
    the window, also those of objects that are gone. A soak that counted so grew by 930 objects each time.
    """
    from PySide6.QtCore import qInstallMessageHandler

    lines: list[str] = []
    before = qInstallMessageHandler(lambda _kind, _context, text: lines.append(text))
    window.dumpObjectTree()
    qInstallMessageHandler(before)
    return len(lines)


def look(window: MainWindow, allocator: ctypes.CDLL | None) -> dict[str, float]:
    """Return what this process holds now; garbage counts for nothing, nor what is gone in a moment."""
    from PySide6.QtTest import QTest

    me = psutil.Process()
    patience = time.monotonic() + SETTLE
    while (window.live._links or me.children()) and time.monotonic() < patience:
        QTest.qWait(10)
    objects = tree(window)
    gc.collect()
    held = {RESIDENT: me.memory_info().rss / 2**20}
    if allocator is not None:
        info = allocator.mallinfo2()
        allocator.malloc_trim(0)
        held["the same, trimmed"] = me.memory_info().rss / 2**20
        held |= parts()
        held["in use of malloc, MiB"] = (info.uordblks + info.hblkhd) / 2**20
    return held | {
        "small blocks of Python's": sys.getallocatedblocks(),
        "objects of Python's": len(gc.get_objects()),
        "objects of Qt's": objects,
        "descriptors": me.num_fds(),
        "threads": me.num_threads(),
        "children": len(me.children(recursive=True)),
        "names in /dev/shm": len(list(SHARED.glob("*ipclab-*"))) if SHARED.is_dir() else 0,
    }


class Person:
    """Who uses a window: runs one experiment after the other, and looks at all of its tabs."""

    def __init__(self, window: MainWindow) -> None:
        from PySide6.QtCore import QEventLoop, QTimer

        self.window = window
        self._loop = QEventLoop()
        self._limit = QTimer(self._loop)
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(self._loop.quit)
        window.live.ended.connect(self._loop.quit)
        self.runs = 0

    def run(self, values: dict[str, Plain]) -> None:
        """Run the experiment on show with these values, those that take long made shorter."""
        window = self.window
        fields = window.workspace.form.fields
        fields.write(values)
        for name, most in SHORTER.items():
            row = fields.rows.get(name)
            value = row.value() if row is not None and row in fields.applying() else None
            if row is not None and isinstance(value, int | float) and value > most:
                row.write(row.field.format(most))
        fields.check()
        window.run()
        if window.running:
            self._limit.start(PATIENCE * 1000)
            self._loop.exec()
        assert not window.running, f"{window.workspace.experiment.name}: a run did not end"
        for tab in range(window.workspace.tabs.count()):
            window.workspace.show_tab(tab)
        self.runs += 1

    def fill(self) -> None:
        """Run what the window holds most of."""
        name, values = LARGEST
        self.window.show_experiment(name)
        self.run(dict(values))
        self.give_way()

    def cycle(self) -> int:
        """Run every preset of every experiment once; return how many runs that were."""
        from ipclab.catalog import experiments

        before = self.runs
        for number, experiment in enumerate(experiments()):
            self.window.set_theme("Dark" if number % 2 else "Light")
            self.window.show_experiment(experiment.name)
            for values in experiment.presets.values():
                self.run(dict(values))
        self.give_way()
        return self.runs - before

    def give_way(self) -> None:
        """Let the runs on show give way to small ones."""
        for name in SMALL:
            self.window.show_experiment(name)
            self.run({"watch": "off"})


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
    allocator = glibc()
    person = Person(window)
    for number in range(INTERNED):
        sys.intern(f"soak {number}")
    for _ in range(FILLED):
        person.fill()
    print(f"filled {FILLED} times: {look(window, allocator)}", flush=True)
    until = time.monotonic() + minutes * 60
    seen: list[dict[str, float]] = []
    runs = 0
    while time.monotonic() < until or len(seen) < LEAST:
        runs = person.cycle()
        seen.append(look(window, allocator))
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
        if name in TOLD and allocator is not None:
            word = "not judged"
        elif word != "flat":
            flat = False
        interval = f"{low:+.3g} to {high:+.3g}"
        print(f"{name:26}{min(values):10.6g}{max(values):10.6g}{growth:+21.3g}{interval:>20}{allowed:10.3g}  {word}")
    return 0 if flat else 1


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 20))
