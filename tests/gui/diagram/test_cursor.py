"""The moment that is shown: the line of time, Play, and the line in Messages."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ipclab.trace import record
from ipclab_gui import motion
from ipclab_gui.diagram.figures import Tube
from ipclab_gui.panels.diagram import DiagramPanel
from ipclab_gui.panels.messages import MessagesPanel
from ipclab_gui.time_cursor import TimeCursor
from tests.gui.diagram.drawn import NONE, at, greeting, press, show
from tests.operated import MS, row, sent


def test_now_follows_the_run(panel: DiagramPanel) -> None:
    made = greeting(end=False)
    show(panel, made)
    assert panel.scrubber.now_button.isChecked()
    made.did("sender", sent(200, 201, 5, "more"))
    panel.refresh(True)
    tube = panel.board.picture.find("Pipe 1")
    assert isinstance(tube, Tube)
    assert tube.rightward.texts == ("'more'",)
    assert panel.scrubber.label.text() == "0.201 s"


def test_a_past_moment_stays_while_the_run_goes_on(panel: DiagramPanel) -> None:
    made = greeting(end=False)
    show(panel, made)
    at(panel, 22)
    made.did("sender", sent(200, 201, 5, "more"))
    panel.refresh(True)
    tube = panel.board.picture.find("Pipe 1")
    assert isinstance(tube, Tube)
    assert tube.rightward.texts == ("'hello'",)
    assert panel.scrubber.label.text() == "0.022 s of 0.201 s"
    panel.scrubber.now_button.click()
    assert panel.time_cursor.moment is None


def test_the_slider_goes_anywhere_and_its_arrows_from_call_to_call(panel: DiagramPanel) -> None:
    show(panel, greeting())
    slider = panel.scrubber.slider
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, NONE, QPoint(slider.width() // 2, slider.height() // 2))
    assert panel.time_cursor.moment == pytest.approx(50 * MS, abs=2 * MS)
    times = []
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Left, Qt.Key.Key_Left):
        QTest.keyClick(slider, key)
        times.append(panel.time_cursor.moment)
    assert times == [60 * MS, 30 * MS, 20 * MS, 10 * MS, 5 * MS, 0]
    QTest.keyClick(slider, Qt.Key.Key_End)
    assert panel.time_cursor.moment is None


def test_play_goes_from_call_to_call_to_the_end(
    panel: DiagramPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipclab_gui.diagram.player.PACE", 0.04)
    show(panel, greeting())
    shown: list[int | None] = []
    panel.time_cursor.changed.connect(lambda: shown.append(panel.time_cursor.moment))
    press(panel.board, Qt.Key.Key_Space)
    assert panel.player.playing
    assert panel.scrubber.play_button.accessibleName() == "Pause"
    qtbot.waitUntil(lambda: not panel.player.playing)
    assert shown == [5 * MS - 1, 5 * MS, 10 * MS, 20 * MS, 30 * MS, 60 * MS, None]
    assert panel.scrubber.play_button.accessibleName() == "Play"


def test_while_it_plays_messages_travel_and_without_motion_they_jump(
    panel: DiagramPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipclab_gui.diagram.player.PACE", 0.1)
    show(panel, greeting())
    texts: set[str] = set()
    follow = panel.board.flights.alive

    def noted(now: float) -> list[object]:
        found = follow(now)
        texts.update(one.text for one in found)
        return found  # type: ignore[return-value]

    monkeypatch.setattr(panel.board.flights, "alive", noted)
    panel.player.toggle()
    qtbot.waitUntil(lambda: not panel.player.playing)
    assert texts == {"'hello'", "'hey'"}
    texts.clear()
    motion.allow(False)
    try:
        panel.player.toggle()
        qtbot.waitUntil(lambda: not panel.player.playing)
        assert not panel.board._timer.isActive()
    finally:
        motion.allow(True)


def test_a_speed_plays_by_the_clock(panel: DiagramPanel, qtbot: QtBot) -> None:
    show(panel, greeting())
    panel.scrubber.pace.setCurrentIndex(2)
    panel.player.toggle()
    qtbot.waitUntil(lambda: (panel.time_cursor.moment or 0) > 30 * MS)
    assert panel.time_cursor.moment is not None
    panel.player.toggle()
    assert not panel.player.playing


def test_nothing_is_drawn_while_nobody_looks(panel: DiagramPanel, qtbot: QtBot) -> None:
    made = greeting(end=False)
    made.did("receiver", row(record.RECEIVE, 91, 0, 6, line=20))
    made.fold(time=0.12)
    show(panel, made)
    assert panel.board._timer.isActive()
    panel.hide()
    assert not panel.board._timer.isActive()
    at(panel, 22)
    assert not panel.board._timer.isActive()


def test_messages_shows_the_moment_and_sets_it(panel: DiagramPanel, qtbot: QtBot) -> None:
    made = greeting()
    show(panel, made)
    messages = MessagesPanel()
    qtbot.addWidget(messages)
    messages.share(panel.time_cursor)
    messages.resize(880, 640)
    with qtbot.waitExposed(messages):
        messages.show()
    messages.begin(made.observation)
    messages.refresh(True)
    at(panel, 22)
    assert messages.chart.moment == 22 * MS
    geometry = messages.chart.geometry_now
    free = QPoint(round(float(geometry.x(80 * MS))), round(geometry.middle(1)))
    QTest.mouseClick(messages.chart, Qt.MouseButton.LeftButton, NONE, free)
    assert panel.time_cursor.moment == pytest.approx(80 * MS, abs=MS)
    assert panel.scrubber.label.text().startswith("0.080 s of")


def test_a_new_run_is_shown_from_its_newest_moment(window: object, qtbot: QtBot) -> None:
    from ipclab.observation import Observation
    from ipclab_gui.window import MainWindow

    assert isinstance(window, MainWindow)
    workspace = window.workspace
    workspace.time_cursor.set(5)
    workspace.begin(Observation())
    assert workspace.time_cursor.moment is None


def test_a_cursor_says_what_is_new_and_nothing_else(qtbot: QtBot, panel: DiagramPanel) -> None:
    cursor = TimeCursor(panel)
    with qtbot.waitSignal(cursor.changed):
        cursor.set(5)
    with qtbot.assertNotEmitted(cursor.changed):
        cursor.set(5)
