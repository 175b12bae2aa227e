"""What the window shows of a person's own program: what it asks, tracebacks that lead to Code, its text."""

from __future__ import annotations

import os
import sys
from json import decoder
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QMenu, QPushButton
from pytestqt.qtbot import QtBot

from ipclab_gui.header import FindingRow
from ipclab_gui.panels.output_view import OutputView
from ipclab_gui.window import MainWindow
from tests.gui.conftest import Open
from tests.gui.formed import NO_GRAB
from tests.gui.observed import named
from tests.gui.owned import LIMIT, bar, code, opened, output, type_line, until_over
from tests.gui.pressed import focus, lines

ASKS = "name = input('Your name? ')\nprint('Hello', name)\n"
RESTS = "import sys\nprint('ready')\nprint(len(sys.stdin.read()))\n"
FAILS = "def divide(n):\n    return 1 / n\n\n\nprint('first')\ndivide(0)\n"
WORKER = """import multiprocessing as mp

def work():
    raise ValueError("no")

if __name__ == "__main__":
    worker = mp.Process(target=work, name="worker")
    worker.start()
    worker.join()
"""


def shows(window: MainWindow, title: str) -> bool:
    """Tell whether a tab is on show."""
    return window.workspace.tabs.tabText(window.workspace.tabs.currentIndex()) == title


def sentences(window: MainWindow) -> list[QLabel]:
    """Return what stands over the tabs: how the run ended, and what was found."""
    rows = [row for row in window.workspace.header.findChildren(FindingRow) if row.isVisible()]
    return [label for row in rows for label in row.findChildren(QLabel) if label.text()]


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
    qtbot.waitUntil(lambda: len(output(window)) == 21, timeout=LIMIT)
    gate.write_text("")
    assert until_over(qtbot, window) == "done"
    (said,) = (label.accessibleName() for label in sentences(window))
    assert said == "The program ended without reading the last 20 lines of its input."


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


@pytest.mark.qt_log_ignore(NO_GRAB, extend=True)
def test_the_menu_of_a_line_of_a_traceback_leads_to_code(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = opened(window, tmp_path / "fails.py", FAILS)
    window.workspace.show_tab_of("Output")
    window.run()
    assert until_over(qtbot, window) == "failed"
    view = window.workspace.make("Output").findChildren(OutputView)[0]
    qtbot.waitUntil(lambda: view.model().rowCount() == len(output(window)))

    def lines_at(row: int) -> dict[str, QAction]:
        before = set(view.findChildren(QMenu))
        at = view.visualRect(view.model().index(row, 0)).center()
        at.setX(9)
        asks = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, at, view.viewport().mapToGlobal(at))
        QApplication.sendEvent(view.viewport(), asks)
        (popped,) = set(view.findChildren(QMenu)) - before
        found = lines(popped)
        popped.close()
        return found

    texts = [text for _, text in output(window)]
    assert list(lines_at(texts.index("first"))) == ["Copy", "Select all"]
    (row,) = (row for row, text in enumerate(texts) if f'File "{path}", line 6' in text)
    lines_at(row)["Show in Code"].trigger()
    assert shows(window, "Code")
    qtbot.waitUntil(lambda: code(window).textCursor().blockNumber() + 1 == 6)


@pytest.mark.parametrize(
    ("text", "said", "line"),
    [
        pytest.param(FAILS, "The main program raised ZeroDivisionError on line 2 of fails.py", 2, id="the outcome"),
        pytest.param(WORKER, "Worker 'worker' raised ValueError on line 4 of fails.py", 4, id="a finding"),
    ],
)
def test_a_line_that_is_said_over_the_tabs_leads_to_code(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, text: str, said: str, line: int
) -> None:
    opened(window, tmp_path / "fails.py", text)
    window.workspace.show_tab_of("Output")
    window.run()
    until_over(qtbot, window)
    (label,) = sentences(window)
    assert label.accessibleName().startswith(said)
    label.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(label, Qt.Key.Key_Tab)  # to its first link
    QTest.keyClick(label, Qt.Key.Key_Return)
    assert shows(window, "Code")
    qtbot.waitUntil(lambda: code(window).textCursor().blockNumber() + 1 == line)


def test_from_output_the_keyboard_goes_on_in_the_source(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    opened(window, tmp_path / "fails.py", FAILS)
    window.workspace.show_tab_of("Output")
    window.run()
    assert until_over(qtbot, window) == "failed"
    window.workspace.make("Output").setFocus()
    assert focus(window) == "Output lines"
    window.workspace.show_tab_of("Code")
    assert focus(window) == "Source code"


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


def test_code_follows_a_file_that_is_away_for_a_while(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = opened(window, tmp_path / "says.py", "print(1)\n")
    window.workspace.show_tab_of("Code")
    path.unlink()
    qtbot.waitUntil(lambda: code(window).source.startswith("# "))
    path.write_text("print(2)\n")
    qtbot.waitUntil(lambda: code(window).source == "print(2)\n")


def test_code_knows_of_which_text_the_run_was_though_nobody_had_looked_at_it(
    qtbot: QtBot, open_window: Open, tmp_path: Path
) -> None:
    settings = tmp_path / "kept.json"
    first = open_window(file=settings)
    path = opened(first, tmp_path / "says.py", "print(1)\n")
    first.close()
    again = open_window(file=settings)
    assert shows(again, "Guide")
    again.workspace.form.fields.rows["python"].write(sys.executable)
    again.run()
    assert until_over(qtbot, again) == "done"
    path.write_text("print(2)\n")
    again.workspace.show_tab_of("Code")
    assert code(again).source == "print(2)\n"
    assert older(again)
