"""What the window shows of a person's own program: what it asks, tracebacks that lead to Code, its text."""

from __future__ import annotations

import os
from json import decoder
from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from ipclab_gui.panels.output_view import OutputView
from ipclab_gui.window import MainWindow
from tests.gui.observed import named
from tests.gui.owned import LIMIT, bar, code, opened, output, type_line, until_over

ASKS = "name = input('Your name? ')\nprint('Hello', name)\n"
RESTS = "import sys\nprint('ready')\nprint(len(sys.stdin.read()))\n"
FAILS = "def divide(n):\n    return 1 / n\n\n\nprint('first')\ndivide(0)\n"


def shows(window: MainWindow, title: str) -> bool:
    """Tell whether a tab is on show."""
    return window.workspace.tabs.tabText(window.workspace.tabs.currentIndex()) == title


def older(window: MainWindow) -> bool:
    """Tell whether Code says that the run was of an older text."""
    labels = window.workspace.make("Code").findChildren(QLabel)
    return any(
        label.isVisible() and label.text().startswith("The run on show was of an older text") for label in labels
    )


def test_it_asks_and_is_answered_under_output(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    opened(window, tmp_path / "asks.py", ASKS)
    window.workspace.show_tab_of("Output")
    assert not bar(window).isVisible()
    window.run()
    qtbot.waitUntil(lambda: bar(window).line.accessibleDescription() == "Your name?", timeout=LIMIT)
    assert bar(window).isVisible()
    type_line(window, "Ada")
    assert bar(window).line.text() == ""
    assert until_over(qtbot, window) == "done"
    assert output(window) == [("stdout", "Your name? "), ("stdin", "Ada"), ("stdout", "Hello Ada")]
    qtbot.waitUntil(lambda: not bar(window).isVisible())


def test_control_d_or_the_button_ends_its_input(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    opened(window, tmp_path / "rests.py", RESTS)
    window.workspace.show_tab_of("Output")
    for by_key in (True, False):
        window.run()
        qtbot.waitUntil(lambda: output(window) == [("stdout", "ready")], timeout=LIMIT)
        type_line(window, "abc")
        if by_key:
            QTest.keyClick(bar(window).line, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
        else:
            named(bar(window), "End of input", QPushButton).click()
        assert bar(window).line.isReadOnly()
        assert until_over(qtbot, window) == "done"
        assert output(window) == [("stdout", "ready"), ("stdin", "abc"), ("stdout", "4")]


def test_who_never_reads_keeps_nobody_waiting(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    opened(window, tmp_path / "deaf.py", f"print('ready')\nopen({str(gate)!r}).read()\n")
    window.workspace.show_tab_of("Output")
    window.run()
    qtbot.waitUntil(lambda: output(window) == [("stdout", "ready")], timeout=LIMIT)
    for _ in range(20):
        window.live.type("x" * 100_000)  # far more than a pipe holds
    gate.write_text("")
    assert until_over(qtbot, window) == "done"


def test_a_line_of_a_traceback_leads_to_code(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = opened(window, tmp_path / "fails.py", FAILS)
    window.workspace.show_tab_of("Output")
    window.run()
    assert until_over(qtbot, window) == "failed"
    outcome = window.live.observation.outcome
    assert outcome is not None
    assert outcome.text == "the main program raised ZeroDivisionError on line 2 of fails.py: division by zero."
    view = window.workspace.make("Output").findChildren(OutputView)[0]
    qtbot.waitUntil(lambda: view.model().rowCount() == len(output(window)))
    rows = [row for row, (_, text) in enumerate(output(window)) if f'File "{path}", line 2' in text]
    view.setCurrentIndex(view.model().index(rows[0], 0))
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert shows(window, "Code")
    qtbot.waitUntil(lambda: code(window).textCursor().blockNumber() + 1 == 2)
    window.workspace.show_tab_of("Output")
    rectangle = view.visualRect(view.model().index(rows[0], 0))
    for x in range(rectangle.left(), view.viewport().width(), 4):  # somewhere on the line is the place
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, rectangle.center().y()))
        if shows(window, "Code"):
            break
    assert shows(window, "Code")


def test_a_place_in_pythons_library_is_shown_with_a_way_back(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    opened(window, tmp_path / "fails.py", "import json\njson.loads('{')\n")
    window.run()
    assert until_over(qtbot, window) == "failed"
    window.workspace.show_tab_of("Code")
    panel = window.workspace.make("Code")
    panel.show_place(decoder.__file__, 10)
    assert "class JSONDecoder" in code(window).source
    named(panel, "Back to fails.py", QPushButton).click()
    assert code(window).source.startswith("import json\n")


def test_code_follows_the_file_and_says_when_the_run_was_of_an_older_text(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = opened(window, tmp_path / "says.py", "print(1)\n")
    window.run()
    assert until_over(qtbot, window) == "done"
    window.workspace.show_tab_of("Code")
    assert not older(window)
    path.write_text("print(2)\n")
    qtbot.waitUntil(lambda: code(window).source == "print(2)\n")
    assert older(window)
    (tmp_path / "new").write_text("print(3)\n")
    (tmp_path / "new").replace(path)  # as editors save
    qtbot.waitUntil(lambda: code(window).source == "print(3)\n")
    (tmp_path / "new").write_text("print(1)\n")
    (tmp_path / "new").replace(path)
    qtbot.waitUntil(lambda: not older(window))
    path.write_text("print(4)\n")
    qtbot.waitUntil(lambda: older(window))
    window.run()
    assert not older(window)
    assert until_over(qtbot, window) == "done"
    assert output(window) == [("stdout", "4")]
