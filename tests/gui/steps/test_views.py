"""Code, Graphs and Messages while a run is stepped: they agree on who is where and what comes next."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from ipclab.queue_items import write_of
from ipclab.trace import record
from ipclab_gui.diagram.figures import Process
from ipclab_gui.diagram.processes import process_key
from ipclab_gui.messages.hits import Selected
from ipclab_gui.panels.code import CodePanel
from ipclab_gui.panels.code_view import CodeView
from ipclab_gui.panels.diagram import DiagramPanel
from ipclab_gui.panels.graphs import GraphsPanel
from ipclab_gui.panels.messages import MessagesPanel
from ipclab_gui.window import MainWindow
from tests.gui.conftest import Open
from tests.gui.observed import named, words
from tests.gui.pressed import press
from tests.gui.steps.stepped import begun, click, segment, standing, steps, until_over, until_standing, until_steps

LIMIT = 20_000


def code(window: MainWindow) -> CodeView:
    panel = window.workspace.make("Code")
    assert isinstance(panel, CodePanel)
    return named(panel, "Source code", CodeView)


def said(window: MainWindow) -> dict[int, str]:
    """Return what Code says of its lines."""
    parts = [part for part in code(window).accessibleDescription().split("; ") if part.startswith("line ")]
    return {int(part.partition(":")[0][5:]): part.partition(": ")[2] for part in parts}


def test_code_shows_the_line_of_who_may_go_next_and_of_who_waits(qtbot: QtBot, open_window: Open) -> None:
    window = begun(qtbot, open_window, "Code")
    source = window.workspace.experiment.source.read_text().splitlines()
    until_standing(qtbot, window, "main", "sender", "receiver")
    wanted = {"sender next: send('hello')", "receiver next: recv()", "main next: join(sender)"}
    qtbot.waitUntil(lambda: set(said(window).values()) == wanted, timeout=LIMIT)
    lines = {words: source[line - 1] for line, words in said(window).items()}
    assert "send(" in lines["sender next: send('hello')"]
    assert "recv()" in lines["receiver next: recv()"]
    assert "join()" in lines["main next: join(sender)"]
    QTest.keyClick(window, Qt.Key.Key_3)
    qtbot.waitUntil(lambda: any(words.startswith("receiver waits ") for words in said(window).values()), timeout=LIMIT)
    window.stop()
    until_over(qtbot, window)


def test_code_brings_the_oldest_into_sight_until_a_person_scrolls(qtbot: QtBot, open_window: Open) -> None:
    window = begun(qtbot, open_window, "Code", steps=0)
    view = code(window)
    until_standing(qtbot, window, "main")
    qtbot.waitUntil(lambda: view.verticalScrollBar().value() > 0, timeout=LIMIT)
    at = QPointF(200, 200)
    turn = QWheelEvent(
        at, view.viewport().mapToGlobal(at), QPoint(0, 0), QPoint(0, 2400), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), turn)
    assert not view.follows
    value = view.verticalScrollBar().value()
    click(window.bar.watch.step)
    until_steps(qtbot, window, 1)
    until_standing(qtbot, window, "main")
    qtbot.waitUntil(lambda: bool(said(window)), timeout=LIMIT)
    assert view.verticalScrollBar().value() == value
    window.stop()
    until_over(qtbot, window)


def test_graphs_say_that_the_run_was_stepped_and_draw_nothing(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("lost-updates")
    window.workspace.show_tab_of("Graphs")
    window.workspace.form.show_preset("Step by step")
    click(segment(window, "Step"))
    click(window.bar.run)
    until_standing(qtbot, window, "main")
    panel = window.workspace.make("Graphs")
    assert isinstance(panel, GraphsPanel)
    qtbot.waitUntil(lambda: "slowed or stepped" in words(panel), timeout=LIMIT)
    click(segment(window, "On"))
    assert until_over(qtbot, window) == "done"
    assert "slowed or stepped, so its times are no figures" in words(panel)
    assert panel.plots == []
    click(window.bar.run)
    assert until_over(qtbot, window) == "done"
    qtbot.waitUntil(lambda: bool(panel.plots), timeout=LIMIT)


def test_graphs_that_are_drawn_go_when_the_run_is_slowed(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("lost-updates")
    window.workspace.show_tab_of("Graphs")
    window.workspace.form.watch("on")
    click(window.bar.run)
    panel = window.workspace.make("Graphs")
    assert isinstance(panel, GraphsPanel)
    qtbot.waitUntil(lambda: bool(panel.plots), timeout=LIMIT)
    click(segment(window, "Slow"))
    qtbot.waitUntil(lambda: not panel.plots, timeout=LIMIT)
    window.stop()
    until_over(qtbot, window)


def chart_of(window: MainWindow) -> MessagesPanel:
    panel = window.workspace.make("Messages")
    assert isinstance(panel, MessagesPanel)
    return panel


def test_lanes_say_what_comes_next_and_have_a_button_each(qtbot: QtBot, open_window: Open) -> None:
    window = begun(qtbot, open_window, "Messages")
    panel = chart_of(window)
    pids = {name: one.pid for name, one in standing(window).items()}
    qtbot.waitUntil(lambda: panel.chart.calls.get(pids["sender"]) == "send('hello')", timeout=LIMIT)
    button = named(panel, "Step sender, next: send('hello')", QPushButton)
    assert button.isVisible()
    assert panel.chart.rect().contains(button.geometry())
    done = len(steps(window))
    click(button)
    until_steps(qtbot, window, done + 1)
    assert steps(window)[-1] == "sender send"
    window.stop()
    until_over(qtbot, window)
    qtbot.waitUntil(lambda: not panel.chart.calls, timeout=LIMIT)
    assert not [one for one in panel.findChildren(QPushButton) if one.accessibleName().startswith("Step ")]


def test_space_steps_where_it_pauses_otherwise(qtbot: QtBot, open_window: Open) -> None:
    window = begun(qtbot, open_window, "Messages")
    panel = chart_of(window)
    qtbot.waitUntil(lambda: len(panel.chart.calls) == 3, timeout=LIMIT)
    panel.chart.setFocus()
    following, done = panel.chart.view.following, len(steps(window))
    QTest.keyClick(panel.chart, Qt.Key.Key_Space)
    until_steps(qtbot, window, done + 1)
    assert panel.chart.view.following == following
    window.stop()
    until_over(qtbot, window)


def test_steps_go_on_until_the_selected_message_is_received(qtbot: QtBot, open_window: Open) -> None:
    window = begun(qtbot, open_window, "Messages")
    panel = chart_of(window)
    qtbot.waitUntil(lambda: len(panel.chart.calls) == 3, timeout=LIMIT)
    assert panel.until_button.isVisible()
    assert not panel.until_button.isEnabled()
    sender = standing(window)["sender"].pid
    QTest.keyClick(window, Qt.Key.Key_2)
    qtbot.waitUntil(lambda: steps(window)[-1] == "sender send", timeout=LIMIT)
    operations = window.live.observation.operations
    assert operations is not None
    lane = operations.lanes[sender]
    qtbot.waitUntil(lambda: lane.count > 0, timeout=LIMIT)
    panel.chart.select(Selected(None, lane.dropped + lane.count - 1, lane.number))
    assert panel.until_button.isEnabled()
    panel.until_button.click()
    qtbot.waitUntil(lambda: lane.partner(lane.dropped) >= 0 or "receiver recv" in steps(window), timeout=LIMIT)
    qtbot.waitUntil(lambda: not window.workspace.header.left.text(), timeout=LIMIT)
    assert steps(window).count("receiver recv") == 1
    window.stop()
    until_over(qtbot, window)


@pytest.mark.parametrize("kind", ["Queue", "SimpleQueue", pytest.param("JoinableQueue", marks=pytest.mark.slow)])
def test_steps_go_on_until_an_item_that_was_put_is_taken(qtbot: QtBot, open_window: Open, kind: str) -> None:
    window = open_window("queue")
    window.workspace.form.fields.rows["queue"].write(kind)
    window.workspace.form.fields.check()
    window.workspace.show_tab_of("Messages")
    click(segment(window, "Step"))
    click(window.bar.run)
    step_until_at(qtbot, window, "producer 1", "put")
    done = len(steps(window))
    press(window, Qt.Key.Key_2)
    until_steps(qtbot, window, done + 1)
    panel, pid = chart_of(window), pid_of(window, "producer 1")
    chart = panel.chart
    chart.setFocus()

    def put_is_selected() -> bool:
        """Go down by the keyboard until the producer's put is selected."""
        QTest.keyClick(chart, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
        return "put()" in chart.accessibleDescription()

    qtbot.waitUntil(put_is_selected, timeout=LIMIT)
    operations = window.live.observation.operations
    assert operations is not None and chart.selection is not None
    lane, row = operations.lanes[pid], chart.selection.row
    assert chart.selection.lane == lane.number
    qtbot.waitUntil(panel.until_button.isEnabled, timeout=LIMIT)
    QTest.mouseClick(panel.until_button, Qt.MouseButton.LeftButton)
    assert window.workspace.header.left.text() == "until the message is received"
    qtbot.waitUntil(lambda: not window.workspace.header.left.text(), timeout=3 * LIMIT)
    written = write_of(lane, row)
    assert written is not None and lane.partner(written) >= 0
    assert steps(window).count("consumer 1 get") == 1
    qtbot.waitUntil(lambda: not panel.until_button.isEnabled(), timeout=LIMIT)
    window.stop()
    until_over(qtbot, window)


def step_until_at(qtbot: QtBot, window: MainWindow, name: str, operation: str) -> None:
    """Step, the oldest first, until a process is about to do something."""

    def there() -> bool:
        found = standing(window).get(name)
        return found is not None and record.NAMES[found.operation.operation] == operation

    while not there():
        until_standing(qtbot, window)
        done = len(steps(window))
        press(window, Qt.Key.Key_F10)
        until_steps(qtbot, window, done + 1)
        qtbot.waitUntil(lambda: bool(standing(window)), timeout=LIMIT)


def pid_of(window: MainWindow, name: str) -> int:
    return next(one.pid for one in window.live.observation.processes.values() if one.name == name)


def foot_of(panel: DiagramPanel, name: str) -> tuple[str, str, str]:
    """Return what stands at the foot of a process's box: icon, words, when."""
    figure = panel.board.picture.find(process_key(name))
    foot = figure.foot if isinstance(figure, Process) else None
    return (foot.icon, foot.text, foot.when) if foot is not None else ("", "", "")


def test_diagram_says_what_comes_next_and_space_steps(qtbot: QtBot, open_window: Open) -> None:
    window = begun(qtbot, open_window, "Diagram")
    panel = window.workspace.make("Diagram")
    assert isinstance(panel, DiagramPanel)
    qtbot.waitUntil(lambda: panel.recent.next is not None, timeout=LIMIT)
    oldest = window.live.observation.gate.standing[0].process
    qtbot.waitUntil(lambda: (panel.recent.next or ("",) * 4)[:2] == ("next", oldest), timeout=LIMIT)
    qtbot.waitUntil(lambda: foot_of(panel, oldest)[2] == "next", timeout=LIMIT)
    assert foot_of(panel, oldest)[:2] == ("step", (panel.recent.next or ("",) * 4)[2])
    done = len(steps(window))
    panel.board.setFocus()
    QTest.keyClick(panel.board, Qt.Key.Key_Space)
    until_steps(qtbot, window, done + 1)
    assert not panel.player.playing
    window.stop()
    until_over(qtbot, window)
    qtbot.waitUntil(lambda: panel.recent.next is None, timeout=LIMIT)
