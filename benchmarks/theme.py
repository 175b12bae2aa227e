"""How long a window takes to change its theme.

    python benchmarks/theme.py [ROUNDS]

From the theme's being set until all has been painted: *work* in time of this process's processor, whatever else runs
beside, and *clock* as a person waits. Once in a window that was just opened, and once where all views of all
experiments were looked at, each run once, which is the most that a window holds. The first change of each is left out.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import screen
import table
from soak import Person

if TYPE_CHECKING:
    from ipclab_gui.window import MainWindow

PAUSE = 100  # ms between two changes


def changes(window: MainWindow, rounds: int) -> tuple[list[float], list[float]]:
    """Return the milliseconds of each change: of the processor's time, and of the clock's."""
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    work, clock = [], []
    for number in range(rounds + 1):
        began, cost = time.perf_counter(), time.process_time()
        window.set_theme("Dark" if number % 2 else "Light")
        QApplication.processEvents()
        work.append((time.process_time() - cost) * 1e3)
        clock.append((time.perf_counter() - began) * 1e3)
        QTest.qWait(PAUSE)
    return work[1:], clock[1:]


def main(rounds: int) -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory(prefix="ipclab-benchmark-") as folder:
        screen.provide(os.environ, folder)
        from PySide6.QtTest import QTest
        from PySide6.QtWidgets import QApplication

        from ipclab.catalog import experiments
        from ipclab_gui import style
        from ipclab_gui.window import MainWindow

        app = QApplication([sys.argv[0], *style.WORDS])
        style.follow(app)
        window = MainWindow(Path(folder, "window.json"))
        window.show()
        assert QTest.qWaitForWindowExposed(window)
        while window.menus.stepping is None:  # not all of it is there
            QTest.qWait(10)
        window.set_theme("Dark")
        rows: list[list[str]] = []
        for words in ("just opened", "all was looked at"):
            work, clock = changes(window, rounds)
            count = len(app.allWidgets())
            rows += [table.row(f"{words}, {count} widgets: work", work, "ms"), table.row("clock", clock, "ms")]
            if len(rows) == 2:
                person = Person(window)
                for experiment in experiments():
                    window.show_experiment(experiment.name)
                    person.run(dict(next(iter(experiment.presets.values()), {})))
        table.show(f"Another theme, {rounds} rounds, CPython {sys.version.split()[0]}", rows)
        window.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
