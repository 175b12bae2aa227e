"""Programs of a person's own in the window, for tests: written to real files, opened, typed for."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ipclab_gui import own_programs, questions
from ipclab_gui.panels.code_view import CodeView
from ipclab_gui.panels.input_bar import InputBar
from ipclab_gui.questions import Question
from ipclab_gui.window import MainWindow
from tests.gui.observed import named

LIMIT = 30_000  # ms until a run that does not come to its end fails the test
PIPE = """
import multiprocessing as mp

def work(end):
    end.send("hello")

if __name__ == "__main__":
    here, there = mp.Pipe()
    worker = mp.Process(target=work, args=(there,), name="worker")
    worker.start()
    print(here.recv())
    worker.join()
"""


def opened(window: MainWindow, path: Path, text: str | None = None) -> Path:
    """Write a program, where there is a text, and open it, to be run by this Python, which is not asked first."""
    if text is not None:
        path.write_text(text, encoding="utf-8")
    own_programs.open_program(window, str(path))
    window.workspace.form.fields.rows["python"].write(sys.executable)
    window.workspace.form.fields.check()
    questions.learn(Question(sys.executable), "{} {}".format(*sys.version_info))
    return path


def output(window: MainWindow) -> list[tuple[str, str]]:
    """Return stream and text of each line so far."""
    return [(line.stream, line.text) for line in window.live.observation.lines]


def until_over(qtbot: QtBot, window: MainWindow) -> str:
    """Wait for the run's end; return how it ended."""
    qtbot.waitUntil(lambda: not window.live.running, timeout=LIMIT)
    outcome = window.live.observation.outcome
    assert outcome is not None
    return outcome.status


def bar(window: MainWindow) -> InputBar:
    """Return the bar in which a person types."""
    return window.workspace.make("Output").findChildren(InputBar)[0]


def type_line(window: MainWindow, text: str) -> None:
    """Type a line and press Enter."""
    line = bar(window).line
    line.setFocus()
    QTest.keyClicks(line, text)
    QTest.keyClick(line, Qt.Key.Key_Return)


def code(window: MainWindow) -> CodeView:
    """Return the view that shows the program's source."""
    return named(window.workspace.make("Code"), "Source code", CodeView)
