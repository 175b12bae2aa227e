"""The bar on top while a run is slowed and stepped: by mouse, by keys, live."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from tests.gui.conftest import Open
from tests.gui.pressed import press
from tests.gui.steps.stepped import (
    chip,
    click,
    segment,
    standing,
    steps,
    until_over,
    until_standing,
    until_steps,
)


def test_a_run_is_stepped_to_its_end_by_mouse(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("pipe")
    click(segment(window, "Step"))
    assert window.workspace.form.request().mode == "step"
    click(window.bar.run)
    until_standing(qtbot, window)
    assert steps(window) == []
    while window.live.running:
        qtbot.waitUntil(lambda: window.bar.watch.step.isEnabled() or not window.live.running, timeout=20_000)
        if window.live.running:
            click(window.bar.watch.step)
            done = len(steps(window))
            qtbot.waitUntil(lambda n=done: len(steps(window)) > n or not window.live.running, timeout=20_000)  # type: ignore[misc]
    assert until_over(qtbot, window) == "done"
    assert steps(window)[0] == "main start"
    assert "sender send" in steps(window)


def test_a_run_is_stepped_by_keys_alone(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("pipe")
    while window.bar.watch.chosen != "Step":
        press(window, Qt.Key.Key_F9)
    press(window, Qt.Key.Key_F5)
    until_standing(qtbot, window)
    press(window, Qt.Key.Key_F10)
    until_steps(qtbot, window, 1)
    until_standing(qtbot, window, "main")
    press(window, Qt.Key.Key_1)
    until_steps(qtbot, window, 2)
    until_standing(qtbot, window, "main", "sender", "receiver")
    press(window, Qt.Key.Key_3)
    until_steps(qtbot, window, 3)
    assert steps(window) == ["main start", "main start", "receiver close"]
    qtbot.waitUntil(lambda: chip(window) == "step, 3 done", timeout=20_000)
    press(window, Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    assert until_over(qtbot, window) == "stopped"


def test_a_watched_run_is_slowed_stepped_and_let_go_while_it_goes_on(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("pipe")
    click(window.bar.run)
    assert not segment(window, "Off").isEnabled()
    assert "watched from its beginning" in segment(window, "Off").toolTip()
    click(segment(window, "Step"))
    until_standing(qtbot, window)
    assert "paced: times are not measurements" in window.status.running.text()
    click(segment(window, "Slow"))
    qtbot.waitUntil(lambda: window.live.observation.gate.mode == "slow", timeout=20_000)
    qtbot.waitUntil(lambda: chip(window).startswith("slow, "), timeout=20_000)
    pace = window.bar.watch.pace
    assert pace is not None
    pace.setText("20 ms")
    qtbot.waitUntil(lambda: window.live.observation.gate.pace == 0.02, timeout=20_000)
    click(segment(window, "On"))
    assert until_over(qtbot, window) == "done"
    assert segment(window, "Off").isEnabled()


def test_a_run_that_is_not_watched_cannot_be_held_and_says_so(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("pipe")
    window.workspace.form.show_preset("Round trips")
    click(window.bar.run)
    for word in ("On", "Slow", "Step"):
        assert not segment(window, word).isEnabled()
        assert "started with Watch Off" in segment(window, word).toolTip()
    assert not window.bar.watch.step.isEnabled()
    window.stop()
    until_over(qtbot, window)
    assert segment(window, "On").isEnabled()


def test_a_pace_that_is_none_is_said_at_the_field_and_keeps_from_running(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("pipe")
    click(segment(window, "Slow"))
    pace = window.bar.watch.pace
    assert pace is not None
    qtbot.waitUntil(pace.isVisible)
    pace.setFocus()
    pace.selectAll()
    QTest.keyClicks(pace, "-1 s")
    bubble = window.bar.watch._bubble
    assert bubble is not None
    assert bubble.isVisible()
    assert "out of range" in bubble.text()
    assert pace.accessibleDescription() == bubble.text()
    assert not window.bar.run.isEnabled()
    pace.selectAll()
    QTest.keyClicks(pace, "0.25 s")
    QTest.keyClick(pace, Qt.Key.Key_Return)
    assert not bubble.isVisible()
    assert pace.text().replace("\u00a0", " ") == "250 ms"
    assert window.workspace.form.request().pace == 0.25
    assert window.workspace.form.command()[-2:] == ["--watch slow", "--pace 250ms"]


def test_steps_go_by_themselves_until_they_are_held(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("pipe")
    stepping = window.menus.stepping
    assert stepping is not None
    click(segment(window, "Step"))
    click(window.bar.run)
    until_standing(qtbot, window)
    stepping._rules.actions()[0].trigger()
    assert until_over(qtbot, window) == "done"
    assert len(steps(window)) > 8
    assert not standing(window)


def test_values_that_measure_in_bursts_can_be_neither_slowed_nor_stepped(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("pipe")
    form = window.workspace.form
    form.show_preset("Round trips")
    for word in ("Slow", "Step"):
        assert not segment(window, word).isEnabled()
        assert segment(window, word).toolTip().startswith("Pipe measures in bursts with these values")
    chosen = []
    for _ in range(3):
        press(window, Qt.Key.Key_F9)
        chosen.append(window.bar.watch.chosen)
    assert chosen == ["On", "Off", "On"]
    click(window.bar.run)
    for word in ("Slow", "Step"):
        assert "measures in bursts" in segment(window, word).toolTip()
        assert not segment(window, word).isEnabled()
    window.stop()
    until_over(qtbot, window)
    form.show_preset("Tutorial's messages")
    click(segment(window, "Step"))
    assert form.request().mode == "step"


def test_values_that_come_to_measure_in_bursts_are_refused_at_once_and_let_again(open_window: Open) -> None:
    window = open_window("pipe")
    form = window.workspace.form
    click(segment(window, "Step"))
    traffic = form.fields.rows["traffic"]
    traffic.write("there and back")
    form.fields.check()
    bubble = window.bar.watch._bubble
    assert bubble is not None
    assert bubble.isVisible()
    assert "measures in bursts" in bubble.text()
    press(window, Qt.Key.Key_F5)
    assert not window.running
    assert bubble.isVisible()
    traffic.write("one way")
    form.fields.check()
    assert not bubble.isVisible()
    assert segment(window, "Slow").isEnabled()
    assert window.bar.watch.chosen == "Step"
    traffic.write("there and back")
    form.fields.check()
    click(segment(window, "Off"))
    assert not bubble.isVisible()
    assert not form.request().watched
