"""Windows that close while somebody stands at the gate, programs of one's own, and names for who does not see."""

from __future__ import annotations

from pathlib import Path

import psutil
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ipclab_gui.panels.processes import ProcessesPanel
from tests.gui.conftest import Open
from tests.gui.owned import opened
from tests.gui.pressed import CONTROL, CONTROLS, menu, nameless, press
from tests.gui.steps.stepped import begun, click, segment, standing, steps, until_over, until_standing, until_steps

LIMIT = 20_000
ASKS = """
from multiprocessing import Pipe
name = input("Your name? ")
left, right = Pipe()
left.send(name)
print("got", right.recv())
left.send("END")
"""


def test_a_window_that_closes_leaves_nobody_at_the_gate(qtbot: QtBot, open_window: Open) -> None:
    window = begun(qtbot, open_window, "Processes")
    pids = [one.pid for one in standing(window).values()]
    assert len(pids) == 3
    window.close()
    assert not [pid for pid in pids if psutil.pid_exists(pid)]


def test_a_window_that_closes_while_steps_go_by_themselves_leaves_nothing(qtbot: QtBot, open_window: Open) -> None:
    window = begun(qtbot, open_window, "Processes")
    window.workspace.chase_wanted.emit(standing(window)["receiver"].pid)
    window.close()
    assert not window.running


def test_a_step_back_that_is_under_way_ends_with_the_window(qtbot: QtBot, open_window: Open) -> None:
    window = begun(qtbot, open_window, "Processes")
    press(window, Qt.Key.Key_F10, CONTROL)
    window.close()
    assert not window.running


def test_a_program_of_ones_own_is_stepped_and_what_was_typed_is_typed_again_for_a_step_back(
    qtbot: QtBot, open_window: Open, tmp_path: Path
) -> None:
    window = open_window()
    opened(window, tmp_path / "asks.py", ASKS)
    click(segment(window, "Step"))
    click(window.bar.run)
    qtbot.waitUntil(lambda: bool(window.live.observation.asks), timeout=LIMIT)
    window.workspace.typed.emit("Sam")
    for count in (1, 2):
        until_standing(qtbot, window, "main")
        press(window, Qt.Key.Key_F10)
        until_steps(qtbot, window, count)
    assert steps(window) == ["main send", "main recv"]
    ran = window.live.observation
    menu(window, "Run")["Step back"].trigger()
    qtbot.waitUntil(lambda: window.live.observation is not ran and steps(window) == ["main send"], timeout=LIMIT)
    qtbot.waitUntil(lambda: window.live.observation.gate.left is None and bool(standing(window)), timeout=LIMIT)
    menu(window, "Run")["Oldest first"].trigger()
    assert until_over(qtbot, window) == "done"
    assert any("got Sam" in line.text for line in window.live.observation.lines)


def test_in_slow_motion_cards_say_what_comes_next_and_have_no_buttons(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("pipe")
    window.workspace.show_tab_of("Processes")
    click(segment(window, "Slow"))
    window.workspace.form.fields.rows["pace"].write("2 s")
    window.workspace.form.fields.check()
    click(window.bar.run)
    panel = window.workspace.make("Processes")
    assert isinstance(panel, ProcessesPanel)
    qtbot.waitUntil(lambda: panel._model.rowCount() > 0 and bool(panel._model.card(0).ready), timeout=LIMIT)
    assert panel._model.card(0).doing == "next: start()"
    assert not panel._view.steps._buttons
    assert not window.bar.watch.step.isEnabled()
    window.stop()
    until_over(qtbot, window)


def test_all_that_acts_has_a_name(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("lost-updates")
    assert not nameless(window.workspace, CONTROLS)
    window = begun(qtbot, open_window, "Processes")
    click(segment(window, "Slow"))
    assert not nameless(window.bar, CONTROLS)
    click(segment(window, "Step"))
    qtbot.waitUntil(window.bar.watch.step.isEnabled, timeout=LIMIT)
    for view in ("Processes", "Messages", "Code", "Diagram"):
        window.workspace.show_tab_of(view)
        assert not [one for one in nameless(window.workspace, CONTROLS) if not one.startswith("QScrollBar")]
    window.stop()
    until_over(qtbot, window)
