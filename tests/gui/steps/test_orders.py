"""Orders: a step taken back, saved, followed; what is none is refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot

from ipclab_gui.window import MainWindow
from tests.gui.conftest import Open
from tests.gui.pressed import CONTROL, menu, press
from tests.gui.steps.stepped import click, segment, steps, until_over, until_standing, until_steps

LIMIT = 20_000


def stepped(qtbot: QtBot, window: MainWindow, *keys: str) -> None:
    """Run, stepped, and press these keys, each once its process stands at the gate."""
    names = {"1": "main", "2": "sender", "3": "receiver"}
    click(segment(window, "Step"))
    click(window.bar.run)
    for count, key in enumerate(keys, 1):
        until_standing(qtbot, window, names[key])
        press(window, getattr(Qt.Key, f"Key_{key}"))
        until_steps(qtbot, window, count)


def until_back(qtbot: QtBot, window: MainWindow, count: int) -> None:
    """Wait until a run stands after so many steps, and none of an order is to be followed."""

    def stands() -> bool:
        observation = window.live.observation
        gate = observation.gate
        return len(observation.steps) == count and gate.mode == "step" and gate.left is None and bool(gate.standing)

    qtbot.waitUntil(stands, timeout=LIMIT)


def test_a_step_back_plays_again_to_the_step_before(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("pipe")
    stepped(qtbot, window, "1", "1", "3", "2", "2")
    before, ran = steps(window), window.live.observation
    press(window, Qt.Key.Key_F10, CONTROL)
    qtbot.waitUntil(lambda: window.live.observation is not ran, timeout=LIMIT)
    until_back(qtbot, window, 4)
    assert steps(window) == before[:4]
    assert window.workspace.header.left.text() == "back at step 4"
    until_standing(qtbot, window, "sender")
    press(window, Qt.Key.Key_2)
    until_steps(qtbot, window, 5)
    assert steps(window) == before
    window.stop()
    until_over(qtbot, window)


def test_a_run_that_has_ended_is_taken_back_too(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("pipe")
    stepped(qtbot, window, "1")
    menu(window, "Run")["Oldest first"].trigger()
    assert until_over(qtbot, window) == "done"
    count = len(steps(window))
    before = steps(window)
    menu(window, "Run")["Step back"].trigger()
    until_back(qtbot, window, count - 1)
    assert steps(window) == before[:-1]
    window.stop()
    until_over(qtbot, window)


def test_an_order_is_saved_and_followed(
    qtbot: QtBot, open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window("pipe")
    file = tmp_path / "order.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    stepped(qtbot, window, "1", "1", "3", "2")
    before = steps(window)
    menu(window, "Run")["Save order..."].trigger()
    window.stop()
    until_over(qtbot, window)
    assert len(json.loads(file.read_text())["steps"]) == 4
    window.workspace.form.show_preset("Round trips")
    menu(window, "Run")["Follow order..."].trigger()
    until_back(qtbot, window, 4)
    assert steps(window) == before
    assert window.workspace.form.request().parameters["traffic"] == "tutorial"
    window.stop()
    until_over(qtbot, window)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("{", "order.json is no order, or was cut short: it is not whole JSON.", id="cut short"),
        pytest.param("[1]", "order.json is no order: it has no program and steps.", id="another file"),
        pytest.param(
            '{"format": 1, "program": "deadlock", "steps": [["left", "send"]]}',
            "order.json is an order of deadlock, not of pipe.",
            id="of another experiment",
        ),
        pytest.param(
            '{"format": 1, "program": "pipe", "steps": []}', "order.json is an order without steps.", id="empty"
        ),
        pytest.param(
            '{"format": 1, "program": "pipe", "parameters": {"traffic": "up"}, "steps": [["main", "start"]]}',
            "order.json does not fit Pipe: ",
            id="values that are none",
        ),
        pytest.param(
            '{"format": 9, "program": "pipe", "steps": []}', "has the format 9; this lab reads 1.", id="a later format"
        ),
    ],
)
def test_what_is_no_order_is_refused_in_one_sentence(
    open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, words: str
) -> None:
    window = open_window("pipe")
    file = tmp_path / "order.json"
    file.write_text(text)
    said: list[str] = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    monkeypatch.setattr(QMessageBox, "warning", lambda *words: said.append(words[-1]))
    menu(window, "Run")["Follow order..."].trigger()
    assert len(said) == 1
    assert words in said[0]
    assert not window.running


def test_an_order_that_cannot_be_followed_names_the_step(
    qtbot: QtBot, open_window: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_window("pipe")
    file = tmp_path / "order.json"
    file.write_text(json.dumps({"format": 1, "program": "pipe", "steps": [["main", "start"], ["main", "acquire"]]}))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    menu(window, "Run")["Follow order..."].trigger()
    qtbot.waitUntil(
        lambda: any("at step 2" in one.text for one in window.live.observation.findings.values()), timeout=LIMIT
    )
    until_standing(qtbot, window, "main")
    window.stop()
    until_over(qtbot, window)


def test_nothing_of_an_order_can_be_done_where_there_is_none(open_window: Open) -> None:
    window = open_window("pipe")
    lines = menu(window, "Run")
    window.live  # noqa: B018  # it is there from the first run on
    window.menus.show_run("", valid=True)
    assert not lines["Step"].isEnabled()
    assert not lines["Step back"].isEnabled()
    assert not lines["Save order..."].isEnabled()
    assert lines["Follow order..."].isEnabled()
    window.show_start()
    assert not lines["Follow order..."].isEnabled()
