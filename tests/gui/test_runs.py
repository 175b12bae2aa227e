"""Runs in the window: real processes of real experiments, and all that the window says before, during and after."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QProgressBar, QPushButton
from pytestqt.qtbot import QtBot

from ipclab.observation import ProcessSeen
from ipclab.records import Request, StartFailed
from ipclab_gui.link import Run
from ipclab_gui.window import MainWindow
from tests.gui.conftest import Open
from tests.gui.formed import type_into
from tests.gui.observed import named
from tests.gui.pressed import SHIFT, press

LIMIT = 20_000  # ms until a run that does not come to its end fails the test


def choose(window: MainWindow, name: str, **values: str) -> None:
    """Show an experiment and fill its form."""
    window.show_experiment(name)
    fields = window.workspace.form.fields
    for field, text in values.items():
        fields.rows[field].write(text)
    fields.check()
    assert window.workspace.form.valid


def endless(window: MainWindow) -> None:
    """Choose a run that goes on for minutes, and tells its progress."""
    choose(window, "pipe", traffic="there and back", count="10 000 000")


def chip(window: MainWindow) -> str:
    """Return the run's state as it stands beside the title; empty where no run is shown."""
    shown = window.workspace.header.chip
    return shown.accessibleName() if shown.isVisible() else ""


def findings(window: MainWindow) -> list[str]:
    """Return the sentences under the title, without what they rest on."""
    header = window.workspace.header
    return [row._finding.text.replace("\u00a0", " ") for row in header._rows if row._finding and row.isVisible()]


def process(window: MainWindow, name: str) -> ProcessSeen | None:
    alive = [one for one in window.live.observation.processes.values() if one.name == name and one.alive]
    return alive[0] if alive else None


def until_over(qtbot: QtBot, window: MainWindow) -> str:
    """Wait for the run's end; return how it ended."""
    qtbot.waitUntil(lambda: not window.live.running, timeout=LIMIT)
    outcome = window.live.observation.outcome
    assert outcome is not None
    return outcome.status


def until_measuring(qtbot: QtBot, window: MainWindow) -> None:
    """Wait until the run has said how far it is."""
    progress = window.workspace.header.progress
    qtbot.waitUntil(lambda: progress.isVisible() and (window.live.observation.progress or (0,))[0] > 0, timeout=LIMIT)


def actions(window: MainWindow) -> tuple[str, bool, str, bool]:
    """Return text and state of the buttons Run and Stop."""
    run, stop = window.bar.run, window.bar.stop
    return run.text(), run.isEnabled(), stop.text(), stop.isEnabled()


def test_before_the_first_run_nothing_is_said_of_one(window: MainWindow) -> None:
    assert actions(window) == ("Run", True, "Stop", False)
    assert chip(window) == ""
    assert findings(window) == []
    assert not named(window, "Progress", QProgressBar).isVisible()
    assert window.status.running.text() == "Nothing running"


@pytest.mark.parametrize("key", [Qt.Key.Key_F5, Qt.Key.Key_Return])
def test_a_key_runs_the_experiment_on_show_with_the_forms_values(qtbot: QtBot, window: MainWindow, key: Qt.Key) -> None:
    window.show_experiment("separate-memory")
    type_into(window.workspace.form, "numbers", "3, 5")
    press(window, key, Qt.KeyboardModifier.ControlModifier if key == Qt.Key.Key_Return else Qt.KeyboardModifier(0))
    assert actions(window) == ("Running", False, "Stop", True)
    assert chip(window) == "starting"
    assert until_over(qtbot, window) == "done"
    lines = [line.text for line in window.live.observation.lines]
    assert lines == ["result in p1: [9, 25]", "result in the main program: []"]
    assert re.fullmatch(r"done, \d+\.\d s", chip(window))
    assert "main's list is []: nothing that p1 appended is in it." in findings(window)
    assert actions(window) == ("Run", True, "Stop", False)
    assert window.status.running.text() == "Nothing running"
    assert window.settings.done == ["separate-memory"]


def test_buttons_of_the_bar_and_of_the_guide_run_too(qtbot: QtBot, window: MainWindow) -> None:
    window.show_experiment("separate-memory")
    panel = window.workspace.panel
    assert panel is not None
    qtbot.waitUntil(panel.isVisible)
    for button in (named(panel, "Run", QPushButton), window.bar.run):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert window.live.running
        assert until_over(qtbot, window) == "done"


def test_while_it_runs_the_window_says_how_far_it_is_and_what_works(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(1440, 800)
    endless(window)
    press(window, Qt.Key.Key_F5)
    until_measuring(qtbot, window)
    header = window.workspace.header
    assert named(window, "Progress", QProgressBar).isVisible()
    qtbot.waitUntil(lambda: header.left.text().endswith("left"), timeout=LIMIT)
    said = header.left.text().replace("\u00a0", " ")
    assert re.fullmatch(r"\d[\d ]* of 10 000 000, about \d+ (s|min|h)( \d+ min)? left", said)
    assert re.fullmatch(r"running, \d+\.\d s", chip(window))
    qtbot.waitUntil(lambda: "drawing between bursts" in window.status.running.text(), timeout=LIMIT)
    assert re.match(r"[34] processes", window.status.running.text())
    assert actions(window) == ("Running", False, "Stop", True)
    before = chip(window)
    qtbot.waitUntil(lambda: chip(window) != before)
    press(window, Qt.Key.Key_F5)  # nothing: one run at a time
    assert len(window.live._links) == 1


def test_stop_ends_the_run_by_its_key(qtbot: QtBot, window: MainWindow) -> None:
    endless(window)
    press(window, Qt.Key.Key_F5)
    until_measuring(qtbot, window)
    pids = [one.pid for one in window.live.observation.processes.values()]
    press(window, Qt.Key.Key_F5, SHIFT)
    assert actions(window) == ("Running", False, "Stopping", True)
    assert chip(window).startswith("stopping")
    assert until_over(qtbot, window) == "stopped"
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert re.fullmatch(r"stopped, \d+\.\d s", chip(window))
    assert actions(window) == ("Run", True, "Stop", False)
    assert not named(window, "Progress", QProgressBar).isVisible()
    assert window.workspace.header.left.text() == ""
    assert window.settings.done == []


def test_stop_right_after_run_ends_what_had_not_begun(qtbot: QtBot, window: MainWindow) -> None:
    endless(window)
    press(window, Qt.Key.Key_F5)
    press(window, Qt.Key.Key_F5, SHIFT)
    assert until_over(qtbot, window) == "stopped"
    assert findings(window)


def test_a_second_run_shows_nothing_of_the_first(qtbot: QtBot, window: MainWindow) -> None:
    choose(window, "separate-memory", numbers="3")
    press(window, Qt.Key.Key_F5)
    until_over(qtbot, window)
    first = window.live.observation
    choose(window, "separate-memory", numbers="4")
    press(window, Qt.Key.Key_F5)
    assert findings(window) == []
    assert until_over(qtbot, window) == "done"
    assert window.live.observation is not first
    assert "result in p1: [16]" in {line.text for line in window.live.observation.lines}
    assert "result in p1: [9]" not in {line.text for line in window.live.observation.lines}
    assert len(findings(window)) == 2


def test_the_run_goes_on_while_another_experiment_is_looked_at(qtbot: QtBot, window: MainWindow) -> None:
    endless(window)
    press(window, Qt.Key.Key_F5)
    until_measuring(qtbot, window)
    window.show_experiment("separate-memory")
    assert window.status.show_run.text() == "Show Pipe"
    assert chip(window) == ""
    assert actions(window)[1] is False
    panel = window.workspace.panel
    assert panel is not None
    assert not named(panel, "Run", QPushButton).isEnabled()
    QTest.mouseClick(window.status.show_run, Qt.MouseButton.LeftButton)
    assert window.workspace.outline.name == "pipe"
    assert not window.status.show_run.isVisible()
    assert chip(window).startswith("running")
    press(window, Qt.Key.Key_F5, SHIFT)
    window.show_experiment("separate-memory")
    assert until_over(qtbot, window) == "stopped"
    assert chip(window) == ""
    assert not window.status.show_run.isVisible()
    window.show_experiment("pipe")
    assert chip(window).startswith("stopped")


def test_a_worker_that_was_killed_is_said(qtbot: QtBot, window: MainWindow) -> None:
    choose(window, "pipe", traffic="one way", count="10 000 000")
    press(window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: process(window, "receiver") is not None, timeout=LIMIT)
    until_measuring(qtbot, window)
    victim = process(window, "receiver")
    assert victim is not None
    os.kill(victim.pid, signal.SIGKILL)
    assert until_over(qtbot, window) == "failed"
    assert chip(window).startswith("failed")
    assert "receiver" in findings(window)[0]
    assert "SIGKILL" in findings(window)[0]
    assert actions(window) == ("Run", True, "Stop", False)


def test_a_runner_that_died_is_said_and_the_next_run_works(qtbot: QtBot, window: MainWindow) -> None:
    endless(window)
    press(window, Qt.Key.Key_F5)
    until_measuring(qtbot, window)
    main = process(window, "main")
    assert main is not None
    runner = psutil.Process(main.pid).parent()
    assert runner is not None
    runner.kill()
    assert until_over(qtbot, window) == "crashed"
    assert chip(window).startswith("crashed")
    assert findings(window)[0].startswith("The runner of this run died")
    choose(window, "separate-memory")
    press(window, Qt.Key.Key_F5)
    assert until_over(qtbot, window) == "done"


def test_a_run_past_its_time_limit_is_said(qtbot: QtBot, window: MainWindow) -> None:
    endless(window)
    type_into(window.workspace.form, "time_limit", "300 ms")
    press(window, Qt.Key.Key_F5)
    assert until_over(qtbot, window) == "timed out"
    assert chip(window).startswith("timed out")
    assert findings(window)


def test_a_run_that_cannot_start_is_said(qtbot: QtBot, open_window: Open) -> None:
    def start(_request: Request) -> Run:
        raise StartFailed("The runner could not be started: No space left on device.")

    window = open_window("pipe", start=start)
    press(window, Qt.Key.Key_F5)
    assert until_over(qtbot, window) == "failed"
    assert findings(window) == ["The runner could not be started: No space left on device."]
    assert actions(window) == ("Run", True, "Stop", False)


def _when_starting(_qtbot: QtBot, window: MainWindow) -> None:
    assert window.live.state == "starting"


def _when_stopping(qtbot: QtBot, window: MainWindow) -> None:
    until_measuring(qtbot, window)
    press(window, Qt.Key.Key_F5, SHIFT)


@pytest.mark.parametrize("when", [_when_starting, until_measuring, _when_stopping])
def test_a_window_closed_during_a_run_leaves_nothing(
    qtbot: QtBot, window: MainWindow, when: Callable[[QtBot, MainWindow], None]
) -> None:
    endless(window)
    press(window, Qt.Key.Key_F5)
    when(qtbot, window)
    pids = [one.pid for one in window.live.observation.processes.values()]
    window.close()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert not window.live.running
    assert not window.isVisible()
