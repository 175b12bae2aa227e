"""Whether a window that is open all day stays as it is: run after run, every experiment and preset in turn.

    python benchmarks/soak.py [MINUTES]

One window runs the presets of all experiments, one after the other, again and again for 20 minutes unless told
otherwise, and looks at itself each time it has run all: resident memory, descriptors, threads, processes, objects, and
names in /dev/shm. The first time is there to warm up. After that all figures should be flat. The table has the medians
of the first and of the last third of the rest, and their difference.
Presets that wait for long or measure for seconds are made shorter: what is left behind does not depend on that.
"""

from __future__ import annotations

import gc
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import psutil
import screen

SHORTER = {"count": 2_000, "increments": 2_000, "rounds": 5, "patience": 0.2, "pause": 0.0, "duration": 0.2}
PATIENCE = 60  # s for one run
SHARED = Path("/dev/shm")


def look(window: object) -> dict[str, float]:
    """Return what this process holds now; garbage counts for nothing."""
    from PySide6.QtCore import QObject
    from PySide6.QtWidgets import QWidget

    assert isinstance(window, QWidget)
    gc.collect()
    me = psutil.Process()
    return {
        "resident memory, MiB": me.memory_info().rss / 2**20,
        "descriptors": me.num_fds(),
        "threads": me.num_threads(),
        "children": len(me.children(recursive=True)),
        "objects of Python's": len(gc.get_objects()),
        "objects of Qt's": len(window.findChildren(QObject)),
        "names in /dev/shm": len(list(SHARED.glob("*ipclab-*"))) if SHARED.is_dir() else 0,
    }


def cycle(window: object) -> None:
    """Run every preset of every experiment once."""
    from PySide6.QtCore import QEventLoop, QTimer

    from ipclab.catalog import experiments
    from ipclab_gui.window import MainWindow

    assert isinstance(window, MainWindow)
    for experiment in experiments():
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
            loop = QEventLoop()
            window.live.ended.connect(loop.quit)
            QTimer.singleShot(PATIENCE * 1000, loop.quit)
            window.run()
            if window.running:
                loop.exec()
            window.live.ended.disconnect(loop.quit)
            assert not window.running, f"{experiment.name}: a run did not end"
            for tab in range(window.workspace.tabs.count()):
                window.workspace.show_tab(tab)


def main(minutes: float) -> None:
    """Run and print the table."""
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
    until = time.monotonic() + minutes * 60
    seen: list[dict[str, float]] = []
    cycle(window)
    runs = 0
    while time.monotonic() < until or runs < 6:
        cycle(window)
        seen.append(look(window))
        runs += 1
    window.close()
    from ipclab.catalog import experiments

    presets = sum(len(experiment.presets) for experiment in experiments())
    third = len(seen) // 3
    print(f"{runs} times {presets} runs in {minutes:g} minutes, CPython {sys.version.split()[0]}; after each time:")
    print(f"  {'':24}{'first third':>12}{'last third':>12}{'difference':>12}{'least':>10}{'most':>10}")
    for name in seen[0]:
        values = [one[name] for one in seen]
        first, last = statistics.median(values[:third]), statistics.median(values[-third:])
        print(f"  {name:24}{first:12.5g}{last:12.5g}{last - first:+12.3g}{min(values):10.5g}{max(values):10.5g}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 20)
