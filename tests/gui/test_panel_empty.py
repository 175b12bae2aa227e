from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ipclab_gui.panels.empty import EmptyState
from tests.gui.observed import named, words


def test_says_what_is_missing_what_would_be_there_and_the_key(qtbot: QtBot) -> None:
    state = EmptyState("pipe", "No graphs yet", "This experiment draws the time of each round trip.")
    qtbot.addWidget(state)
    state.show()
    assert words(state).splitlines() == [
        "No graphs yet",
        "This experiment draws the time of each round trip.",
        "or press F5",
    ]


def test_its_button_asks_for_a_run(qtbot: QtBot) -> None:
    state = EmptyState("pipe", "No graphs yet", "")
    qtbot.addWidget(state)
    state.show()
    run = named(state, "Run", QPushButton)
    assert run.text() == "Run"
    with qtbot.waitSignal(state.run_wanted, timeout=1000):
        QTest.mouseClick(run, Qt.MouseButton.LeftButton)


def test_offers_no_run_while_one_goes_on(qtbot: QtBot) -> None:
    state = EmptyState("pipe", "No graphs yet", "")
    qtbot.addWidget(state)
    state.show()
    state.say("No output yet", "No process has printed anything so far.", runnable=False)
    assert not named(state, "Run", QPushButton).isVisible()
    assert "F5" not in words(state)


def test_a_long_sentence_is_broken_rather_than_cut(qtbot: QtBot) -> None:
    state = EmptyState("pipe", "No graphs yet", "A sentence that is quite long. " * 6)
    qtbot.addWidget(state)
    state.resize(400, 500)
    state.show()
    for label in state.findChildren(type(state._text)):
        assert label.height() >= label.heightForWidth(label.width())
