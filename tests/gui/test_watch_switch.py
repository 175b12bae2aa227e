"""Watch, in the bar on top: what the form means for the next run, and a person's own choice."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ipclab_gui.watch_switch import WatchSwitch
from ipclab_gui.window import MainWindow
from tests.gui.conftest import Open


def switch(window: MainWindow) -> WatchSwitch:
    return window.bar.watch


def shown(window: MainWindow) -> list[str]:
    return [word for word, button in switch(window).buttons.items() if button.isChecked()]


def click(window: MainWindow, word: str) -> None:
    QTest.mouseClick(switch(window).buttons[word], Qt.MouseButton.LeftButton)


def test_it_shows_what_the_experiment_would_do(qtbot: QtBot, open_window: Open) -> None:
    window = open_window()
    window.show_experiment("pipe")
    assert shown(window) == ["On"]
    window.workspace.form.show_preset("Round trips")
    assert shown(window) == ["Off"]
    window.show_experiment("torn-reads")
    assert shown(window) == ["Off"]


def test_a_choice_is_in_the_request_and_the_command_and_what_would_be_anyway_is_none(open_window: Open) -> None:
    window = open_window()
    window.show_experiment("pipe")
    form = window.workspace.form
    click(window, "Off")
    assert not form.request().watched
    assert form.command()[-1] == "--watch off"
    click(window, "On")
    assert form.request().watched
    assert form.command() == ["ipclab run pipe"]


def test_a_choice_stays_when_values_change_and_reset_takes_it_back(open_window: Open) -> None:
    window = open_window()
    window.show_experiment("pipe")
    form = window.workspace.form
    click(window, "Off")
    form.fields.rows["pause"].write("0.1 s")
    form.fields.check()
    assert shown(window) == ["Off"]
    form.reset()
    assert shown(window) == ["On"]


def test_beside_the_start_page_nothing_can_be_chosen(open_window: Open) -> None:
    window = open_window()
    window.show_experiment("pipe")
    assert switch(window).isEnabled()
    window.show_start()
    assert not switch(window).isEnabled()


def test_keys_reach_it(open_window: Open) -> None:
    window = open_window()
    window.show_experiment("pipe")
    button = switch(window).buttons["Off"]
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert shown(window) == ["Off"]
    assert button.accessibleName() == "Watch Off"
