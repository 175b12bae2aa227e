"""How long it takes from the start of a process until a window is painted.

    python benchmarks/window.py [ROUNDS]

Four programs take turns, each a Python of its own that says so when it has painted: the lab; a bare PySide6 window of
the same size; the lab importing pyqtgraph first; and the bare window importing it first. The clock is this process's,
from before the program is started until its word arrives. The lab is started as its command starts it, and says a
second word when its guide is painted too, a third when its form is.
Without a display the windows are painted offscreen.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import screen
from table import ratio, row, show

ROOT = Path(__file__).parents[1]
GRAPHS_FIRST = "import pyqtgraph\n"
BARE = """
import os, sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QMainWindow
class Window(QMainWindow):
    told = False
    def paintEvent(self, event):
        super().paintEvent(event)
        if not self.told:
            self.told = True
            QTimer.singleShot(0, self.tell)
    def tell(self):
        os.write(1, b"p")
        app.quit()
app = QApplication(sys.argv[:1])
window = Window()
window.resize(1440, 900)
window.show()
app.exec()
"""
LAB = """
import os, sys
import ipclab_gui.__main__ as program
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication
class Watch(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self.tell)
        return False
    def tell(self):
        os.write(1, b"g")
def after_first_paint(self):
    os.write(1, b"p")
    after(self)
    assert self.workspace.title == "Guide" and self.size().toTuple() == (1440, 900)
    self.watch = Watch()
    self.workspace.panel.installEventFilter(self.watch)
    self.shown.connect(lambda: QTimer.singleShot(0, self.tell_form))
def tell_form(self):
    os.write(1, b"f")
    QApplication.quit()
def missing_display():
    global after
    answer = missing()
    from ipclab_gui.window import MainWindow
    after, MainWindow._after_first_paint, MainWindow.tell_form = (
        MainWindow._after_first_paint, after_first_paint, tell_form)
    return answer
missing, program.missing_display = program.missing_display, missing_display
sys.exit(program.main())
"""
PROGRAMS = {
    "bare": BARE,
    "lab": LAB,
    "lab, pyqtgraph first": GRAPHS_FIRST + LAB,
    "bare, pyqtgraph first": GRAPHS_FIRST + BARE,
}


def once(script: str, folder: str) -> list[float]:
    """Return the milliseconds until each of its words."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    environment |= dict.fromkeys(("HOME", "XDG_CONFIG_HOME"), folder)  # the lab's settings lie there
    environment["PYTHONPATH"] = os.pathsep.join(str(ROOT / part) for part in ("core", "gui", "resources"))
    screen.provide(environment, folder)
    began = time.perf_counter()
    program = subprocess.Popen(
        [sys.executable, script],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
    )  # fmt: skip
    assert program.stdout is not None
    words = []
    while os.read(program.stdout.fileno(), 1):
        words.append((time.perf_counter() - began) * 1e3)
    assert program.wait() == 0 and words, f"{script} failed"
    program.stdout.close()
    return words


def main(rounds: int) -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory(prefix="ipclab-benchmark-") as folder:
        scripts = []
        for number, text in enumerate(PROGRAMS.values()):
            Path(folder, f"{number}.py").write_text(text)
            scripts.append(f"{folder}/{number}.py")
            once(scripts[-1], folder)  # bytecode is written, files are in memory
        found: list[list[list[float]]] = [[] for _ in scripts]
        for turn in range(rounds):
            for place in range(len(scripts)):
                number = (turn + place) % len(scripts)  # nobody is always first
                found[number].append(once(scripts[number], folder))
    bare, lab, first, bare_first = ([words[0] for words in one] for one in found)
    guide = [words[1] - words[0] for words in found[1]]
    form = [words[2] - words[1] for words in found[1]]
    show(
        f"From the start of a process to its window's first paint, {rounds} rounds, CPython {sys.version.split()[0]}",
        [
            row("bare PySide6 window", bare, "ms"),
            row("the lab", lab, "ms"),
            row("its guide, after that, at most 50", guide, "ms"),
            row("its form, after that", form, "ms"),
            row("the lab, pyqtgraph imported first", first, "ms"),
            row("bare PySide6 window, pyqtgraph imported first", bare_first, "ms"),
            ratio("the lab / bare, at most 1.8", lab, bare),
            ratio("the lab / the lab with pyqtgraph first, at most 0.5", lab, first),
            ratio("the lab / bare with pyqtgraph first", lab, bare_first),
        ],
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
