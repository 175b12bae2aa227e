"""The lab without a mouse: every experiment chosen, tweaked, run, looked at and stopped by keys alone."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QScrollBar, QWidget
from pytestqt.qtbot import QtBot

from ipclab.outlines import outlines
from ipclab_gui.plots._canvas import Canvas
from ipclab_gui.window import MainWindow
from ipclab_gui.workspace import PANELS
from tests.gui.conftest import Open
from tests.gui.pressed import CONTROL, CONTROLS, SHIFT, focus, nameless

LIMIT = 20_000  # ms until a run that does not come to its end fails the test
KEYS = 80  # so many presses of one key bring the focus anywhere
PLAIN = Qt.KeyboardModifier.NoModifier
NARROW_SPACE = dict.fromkeys(map(ord, "\u00a0\u2009\u202f"), " ")

# What is written over the defaults: mostly a smaller number, since this is about the keys.
TWEAKED: dict[str, dict[str, str]] = {
    "separate-memory": {"Numbers": "3, 5"},
    "lost-updates": {"Workers": "2", "Increments": "20 000"},
    "torn-reads": {"Rounds": "2"},
    "shared-block": {"Count": "50"},
    "pipe": {"Traffic": "there and back", "Count": "500"},
    "queue": {"Start method": "fork", "Seed": "7"},
    "two-at-one-end": {"Duration": "300 ms"},
    "deadlock": {"Pause": "0 s", "Patience": "200 ms"},
    "network-manager": {"New record": "Ada 11"},
}


def press(window: MainWindow, key: Qt.Key | str, held: Qt.KeyboardModifier = PLAIN) -> None:
    """Press a key; where it goes is the window's affair."""
    QTest.keyClick(window.windowHandle(), key, held)  # type: ignore[arg-type]  # the stubs know no character


def choose(window: MainWindow, title: str) -> None:
    """Go to the list of experiments, and down to one."""
    for _ in range(KEYS):
        if focus(window) == "Experiments":
            break
        press(window, Qt.Key.Key_F6)
    assert focus(window) == "Experiments"
    press(window, Qt.Key.Key_Home)
    for _ in range(KEYS):
        if window.windowTitle().startswith(f"{title} ·"):
            return
        press(window, Qt.Key.Key_Down)
    raise AssertionError(f"{title} is not reached")


def fill(window: MainWindow, label: str, text: str) -> None:
    """Go to the form, by Tab to a field, and write or choose."""
    for _ in range(KEYS):
        if window.forms.isAncestorOf(window.focusWidget()):
            break
        press(window, Qt.Key.Key_F6)
    for _ in range(KEYS):
        if focus(window) == label:
            break
        press(window, Qt.Key.Key_Tab)
    there: QWidget | None = window.focusWidget()
    assert focus(window) == label
    if isinstance(there, QComboBox):
        press(window, Qt.Key.Key_Home)
        while there.currentText() != text and there.currentIndex() < there.count() - 1:
            press(window, Qt.Key.Key_Down)
        assert there.currentText() == text
    else:
        assert isinstance(there, QLineEdit)
        press(window, Qt.Key.Key_A, CONTROL)
        for character in text:
            press(window, character)
        press(window, Qt.Key.Key_Return)
        assert there.text().translate(NARROW_SPACE) == text


def look(window: MainWindow, title: str) -> None:
    """Open a view by its number, and see that all in it has a name."""
    press(window, Qt.Key(Qt.Key.Key_1 + list(PANELS).index(title)), CONTROL)
    assert window.workspace.title == title
    panel = window.workspace.panel
    assert panel is not None and panel.isVisible()
    unnamed = nameless(window, (*CONTROLS, Canvas))
    assert [one for one in unnamed if not one.startswith(QScrollBar.__name__)] == []


@pytest.mark.parametrize(
    "name",
    [
        outline.name if number % 3 == 0 else pytest.param(outline.name, marks=pytest.mark.slow)
        for number, outline in enumerate(outlines())
    ],
)
def test_an_experiment_is_chosen_run_and_looked_at_by_keys(qtbot: QtBot, open_window: Open, name: str) -> None:
    window = open_window()
    title = next(outline.title for outline in outlines() if outline.name == name)
    choose(window, title)
    for label, text in TWEAKED.get(name, {}).items():
        fill(window, label, text)
    press(window, Qt.Key.Key_F5)
    assert window.live.running
    look(window, "Graphs")
    qtbot.waitUntil(lambda: not window.live.running, timeout=LIMIT)
    seen = window.live.observation
    assert seen.outcome is not None and seen.outcome.status == "done", seen.outcome
    for view in PANELS:
        look(window, view)
        if view == "Graphs":
            drawn = [one for one in window.workspace.findChildren(Canvas) if one.isVisible()]
            assert bool(drawn) == bool(seen.series)
    assert window.workspace.outline.name == name
    assert window.workspace.header.chip.accessibleName().startswith("done")


def test_a_run_is_stopped_by_keys_and_another_experiment_is_one_key_away(qtbot: QtBot, window: MainWindow) -> None:
    choose(window, "Pipe")
    fill(window, "Traffic", "there and back")
    fill(window, "Count", "10 000 000")
    press(window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: (window.live.observation.progress or (0,))[0] > 0, timeout=LIMIT)
    for view in PANELS:
        look(window, view)
    choose(window, "Queue")
    assert window.status.show_run.isVisible()
    press(window, Qt.Key.Key_F5, SHIFT)
    qtbot.waitUntil(lambda: not window.live.running, timeout=LIMIT)
    outcome = window.live.observation.outcome
    assert outcome is not None and outcome.status == "stopped"
