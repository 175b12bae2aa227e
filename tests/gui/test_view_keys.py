"""Ctrl and a number: the view comes to the front, and the keyboard is in what it is about."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from ipclab_gui.plots._canvas import Canvas
from ipclab_gui.window import MainWindow
from ipclab_gui.workspace import PANELS
from tests.gui.owned import bar, opened, until_over
from tests.gui.pressed import CONTROL, focus, press

MAIN = {
    "Guide": "Guide text",
    "Diagram": "Diagram",
    "Messages": "Messages over time",
    "Processes": "Process cards",
    "Output": "Output lines",
    "Code": "Source code",
}
ASKS = "print('first')\nprint(input('name? '))\n"


def go_to(window: MainWindow, title: str) -> None:
    """Press the keys of a view."""
    press(window, Qt.Key(Qt.Key.Key_1 + list(PANELS).index(title)), CONTROL)
    assert window.workspace.title == title


def run(qtbot: QtBot, window: MainWindow) -> None:
    """Run to the end, by keys."""
    press(window, Qt.Key.Key_F5)
    assert until_over(qtbot, window) == "done"


@pytest.mark.parametrize("title", [title for title in PANELS if title != "Output"])  # this run prints nothing
def test_the_keyboard_is_in_what_the_view_is_about(qtbot: QtBot, window: MainWindow, title: str) -> None:
    type_text(window, "count", "500")
    window.workspace.form.fields.rows["traffic"].write("there and back")
    window.workspace.form.watch("on")
    run(qtbot, window)
    go_to(window, title)
    if title == "Graphs":
        assert isinstance(window.focusWidget(), Canvas)
    else:
        assert focus(window) == MAIN[title]


def type_text(window: MainWindow, field: str, text: str) -> QLineEdit:
    """Type into a field of the form, and stay in it."""
    editor = window.workspace.form.fields.rows[field].editor
    assert isinstance(editor, QLineEdit)
    editor.setFocus()
    editor.selectAll()
    editor.insert(text)
    return editor


@pytest.mark.parametrize("title", ["Diagram", "Messages", "Processes"])
def test_the_keyboard_stays_in_a_view_that_was_empty(qtbot: QtBot, window: MainWindow, title: str) -> None:
    go_to(window, title)
    assert focus(window) == "Run"
    run(qtbot, window)
    qtbot.waitUntil(lambda: focus(window) == MAIN[title])
    run(qtbot, window)
    qtbot.waitUntil(lambda: focus(window) == MAIN[title])


@pytest.mark.parametrize("text", ["700", "seven"])
def test_what_is_half_typed_in_a_field_is_kept(window: MainWindow, text: str) -> None:
    window.workspace.form.fields.rows["traffic"].write("one way")
    editor = type_text(window, "count", text)
    go_to(window, "Code")
    assert focus(window) == "Source code"
    assert editor.text() == text


def test_the_keyboard_goes_to_where_a_program_is_answered(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    opened(window, tmp_path / "asks.py", ASKS)
    go_to(window, "Output")
    assert focus(window) == "Run"
    press(window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: focus(window) == "Input", timeout=30_000)
    bar(window).line.insert("half")
    go_to(window, "Messages")
    assert focus(window) != "Input"
    go_to(window, "Output")
    assert focus(window) == "Input"
    assert bar(window).line.text() == "half"
    press(window, Qt.Key.Key_Return)
    assert until_over(qtbot, window) == "done"
    assert focus(window) == "Output lines"
