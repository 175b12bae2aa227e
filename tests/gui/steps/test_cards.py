"""Processes while a run is stepped: who stands at the gate has a button, who waits says for what."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ipclab_gui.panels.process_model import Card
from ipclab_gui.panels.processes import ProcessesPanel
from ipclab_gui.window import MainWindow
from tests.gui.conftest import Open
from tests.gui.steps.stepped import begun, click, segment, standing, steps, until_over, until_standing

LIMIT = 20_000


def cards(window: MainWindow) -> dict[str, Card]:
    panel = window.workspace.make("Processes")
    assert isinstance(panel, ProcessesPanel)
    return {one.name: one for one in map(panel._model.card, range(panel._model.rowCount()))}


def buttons(window: MainWindow) -> dict[str, QPushButton]:
    """Return the Step buttons on cards by the name of their process."""
    found = [one for one in window.workspace.stack.findChildren(QPushButton) if one.isVisible()]
    return {
        one.accessibleName().removeprefix("Step ").partition(",")[0]: one
        for one in found
        if one.accessibleName().startswith("Step ")
    }


def test_each_card_at_the_gate_has_a_button_and_says_what_comes_next(qtbot: QtBot, open_window: Open) -> None:
    window = begun(qtbot, open_window, "Processes")
    until_standing(qtbot, window, "main", "sender", "receiver")
    qtbot.waitUntil(lambda: set(buttons(window)) == {"main", "sender", "receiver"}, timeout=LIMIT)
    card = cards(window)["sender"]
    assert (card.state, card.doing, card.number) == ("next", "next: send('hello')", 2)
    assert card.ender is not None
    assert card.ender.startswith("On Pipe 1, line ")
    button = buttons(window)["sender"]
    assert button.text() == "Step 2"
    assert button.accessibleName() == "Step sender, next: send('hello')"
    click(button)
    qtbot.waitUntil(lambda: steps(window)[-1] == "sender send", timeout=LIMIT)
    qtbot.waitUntil(lambda: cards(window)["sender"].doing == "next: send('hey')", timeout=LIMIT)


def test_a_blocked_card_is_grey_and_says_why_and_has_no_button(qtbot: QtBot, open_window: Open) -> None:
    window = begun(qtbot, open_window, "Processes")
    until_standing(qtbot, window, "main", "sender", "receiver")
    QTest.keyClick(window, Qt.Key.Key_3)
    qtbot.waitUntil(lambda: cards(window)["receiver"].grey, timeout=LIMIT)
    card = cards(window)["receiver"]
    assert card.state == "waiting"
    assert card.ender == "Pipe 1 is empty; sender could send"
    assert "receiver" not in buttons(window)
    assert "sender" in buttons(window)
    QTest.keyClick(window, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: not cards(window)["receiver"].grey, timeout=LIMIT)


def test_the_button_that_was_pressed_has_the_keyboard_again_at_the_next_step(qtbot: QtBot, open_window: Open) -> None:
    window = begun(qtbot, open_window, "Processes")
    qtbot.waitUntil(lambda: "sender" in buttons(window), timeout=LIMIT)
    buttons(window)["sender"].setFocus()
    for word in ("hey", "hru?"):
        QTest.keyClick(buttons(window)["sender"], Qt.Key.Key_Space)
        name = f"Step sender, next: send('{word}')"
        qtbot.waitUntil(lambda name=name: window.focusWidget().accessibleName() == name, timeout=LIMIT)  # type: ignore[misc]


def test_a_process_is_brought_to_its_next_operation(qtbot: QtBot, open_window: Open) -> None:
    window = begun(qtbot, open_window, "Processes")
    until_standing(qtbot, window, "main", "sender", "receiver")
    before = standing(window)["receiver"]
    window.workspace.chase_wanted.emit(before.pid)  # as the card's menu does
    assert window.workspace.header.left.text() == "until receiver is at its next operation"
    qtbot.waitUntil(lambda: standing(window).get("receiver", before).ticket > before.ticket, timeout=LIMIT)
    assert steps(window).count("receiver recv") == 1
    assert "sender send" in steps(window)
    qtbot.waitUntil(lambda: not window.workspace.header.left.text(), timeout=LIMIT)


def test_no_buttons_are_left_when_the_run_has_ended_or_goes_on_by_itself(qtbot: QtBot, open_window: Open) -> None:
    window = begun(qtbot, open_window, "Processes")
    qtbot.waitUntil(lambda: bool(buttons(window)), timeout=LIMIT)
    click(segment(window, "On"))
    assert until_over(qtbot, window) == "done"
    qtbot.waitUntil(lambda: not buttons(window), timeout=LIMIT)
