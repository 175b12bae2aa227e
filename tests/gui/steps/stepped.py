"""A window whose run is slowed or stepped, and what a person sees of it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ipclab.observation import Standing
from ipclab.trace import record
from ipclab_gui.window import MainWindow
from tests.gui.conftest import Open
from tests.gui.pressed import press

LIMIT = 20_000  # ms until a run that does not come to a state fails the test


def segment(window: MainWindow, word: str) -> QPushButton:
    """Return a segment of Watch."""
    return window.bar.watch.buttons[word]


def click(button: QPushButton) -> None:
    """Press a button with the mouse; it must be one that can be pressed."""
    assert button.isEnabled(), f"{button.text()} cannot be pressed"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def standing(window: MainWindow) -> dict[str, Standing]:
    """Return who stands at the gate, by process, the oldest of each."""
    found: dict[str, Standing] = {}
    for one in window.live.observation.gate.standing:
        found.setdefault(one.process, one)
    return found


def steps(window: MainWindow) -> list[str]:
    """Return the steps that were let go: "sender send"."""
    return [f"{one.step.process} {one.step.operation}" for one in window.live.observation.steps]


def until_standing(qtbot: QtBot, window: MainWindow, *names: str) -> None:
    """Wait until these processes stand at the gate, or anybody where none is named."""
    qtbot.waitUntil(lambda: bool(standing(window)) and set(names) <= set(standing(window)), timeout=LIMIT)


def until_steps(qtbot: QtBot, window: MainWindow, count: int) -> None:
    """Wait until so many steps were let go."""
    qtbot.waitUntil(lambda: len(window.live.observation.steps) >= count, timeout=LIMIT)


def until_over(qtbot: QtBot, window: MainWindow) -> str:
    """Wait for the run's end; return how it ended."""
    qtbot.waitUntil(lambda: not window.live.running, timeout=LIMIT)
    outcome = window.live.observation.outcome
    assert outcome is not None
    return outcome.status


def chip(window: MainWindow) -> str:
    """Return the run's state as it stands beside the title."""
    return window.workspace.header.chip.accessibleName()


def begun(qtbot: QtBot, open_window: Open, view: str, *, steps: int = 2) -> MainWindow:
    """Return a window with a view of a stepped run of the pipe, after so many steps of its main program."""
    window = open_window("pipe")
    window.workspace.show_tab_of(view)
    click(segment(window, "Step"))
    click(window.bar.run)
    for count in range(1, steps + 1):
        until_standing(qtbot, window, "main")
        click(window.bar.watch.step)
        until_steps(qtbot, window, count)
    if steps == 2:  # the workers are there
        bring(qtbot, window, "sender", "send")
        bring(qtbot, window, "receiver", "recv")
    return window


def bring(qtbot: QtBot, window: MainWindow, name: str, operation: str) -> None:
    """Step a process until it is about to do something."""
    while True:
        until_standing(qtbot, window, name)
        if record.NAMES[standing(window)[name].operation.operation] == operation:
            return
        done, names = len(window.live.observation.steps), [p.name for p in window.live.observation.processes.values()]
        press(window, getattr(Qt.Key, f"Key_{names.index(name) + 1}"))
        until_steps(qtbot, window, done + 1)
