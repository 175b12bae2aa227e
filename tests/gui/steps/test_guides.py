"""Guides of hazards: a press on a button, and what goes wrong once in a while goes wrong now."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ipclab.ready import Blocked
from ipclab_gui.window import MainWindow
from tests.gui.conftest import Open
from tests.gui.observed import named, words
from tests.gui.pressed import menu
from tests.gui.steps.stepped import click, steps, until_over, until_standing

LIMIT = 30_000
HAPPEN, CURE = "Make it happen", "The cure under the same order"


def pressed(qtbot: QtBot, window: MainWindow, title: str) -> None:
    """Press a button of the guide, wait for the end of its order, and let the run go on by itself."""
    click(named(window.workspace, title, QPushButton))
    assert window.running
    assert window.bar.watch.chosen == "Step"
    assert not named(window.workspace, title, QPushButton).isEnabled()
    count = len(window.workspace.experiment.orders[title].steps)
    qtbot.waitUntil(
        lambda: window.live.observation.gate.left is None and len(window.live.observation.steps) >= count, timeout=LIMIT
    )
    until_standing(qtbot, window)
    assert len(steps(window)) == count
    panel = window.workspace.panel
    assert panel is not None
    leads_on = "Stop ends it; then an order can be chosen again"
    qtbot.waitUntil(lambda: leads_on in words(panel), timeout=LIMIT)  # it is said with the next frame
    assert "once it has ended" in named(window.workspace, title, QPushButton).toolTip()
    menu(window, "Run")["Oldest first"].trigger()


def findings(window: MainWindow) -> str:
    return " ".join(one.text for one in window.live.observation.findings.values()).replace("\u00a0", " ")


def test_an_update_is_lost_and_with_the_cure_it_is_not(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("lost-updates")
    pressed(qtbot, window, HAPPEN)
    assert until_over(qtbot, window) == "done"
    assert "1 of 2 increments lost" in findings(window)
    qtbot.waitUntil(named(window.workspace, CURE, QPushButton).isEnabled)
    assert "take these steps" in named(window.workspace, CURE, QPushButton).toolTip()
    pressed(qtbot, window, CURE)
    assert until_over(qtbot, window) == "done"
    assert "0 of 2 increments lost" in findings(window)


def test_a_deadlock_comes_about(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("deadlock")
    click(named(window.workspace, HAPPEN, QPushButton))
    qtbot.waitUntil(
        lambda: sum(one.words.startswith("waits in acquire(): Lock") for one in blocked(window)) == 2, timeout=LIMIT
    )
    window.stop()
    until_over(qtbot, window)


def blocked(window: MainWindow) -> tuple[Blocked, ...]:
    stepping = window.menus.stepping
    assert stepping is not None
    return stepping.choice().blocked


@pytest.mark.parametrize("name", ["pipe", "torn-reads"])
def test_a_guide_without_orders_has_no_such_button(open_window: Open, name: str) -> None:
    window = open_window(name)
    assert not [one for one in window.workspace.findChildren(QPushButton) if one.accessibleName() == HAPPEN]
