from __future__ import annotations

import pickle
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QScrollBar, QToolButton
from pytestqt.qtbot import QtBot

from ipclab.observation import Observation
from ipclab.records import Outcome
from ipclab.trace import record
from ipclab_gui import style, theme
from ipclab_gui.menus import _focusable
from ipclab_gui.messages import lanes
from ipclab_gui.messages.details_pane import Elided
from ipclab_gui.panels.messages import HINT, MessagesPanel
from tests.gui.messages.charted import (
    SHIFT,
    between,
    click,
    details,
    greeting,
    has_color,
    picture,
    place,
    press,
    show,
)
from tests.gui.observed import named, words
from tests.operated import MS, Made, received, row, sent


def test_before_a_run_it_says_what_will_be_here(qtbot: QtBot, panel: MessagesPanel) -> None:
    assert "who sends what to whom" in words(panel)
    with qtbot.waitSignal(panel.run_wanted, timeout=1000):
        named(panel, "Run", QPushButton).click()


def test_a_run_that_is_not_watched_says_how_to_watch(panel: MessagesPanel) -> None:
    observation = Observation(watched=False)
    panel.begin(observation)
    assert "This run is not watched" in words(panel)
    assert "Set Watch to On" in words(panel)
    observation.end(Outcome("done", "Done.", 1.0))
    panel.refresh(True)
    assert "This run was not watched" in words(panel)
    assert "Set Watch to On" in words(panel)
    assert not panel.chart.isVisible()


def test_a_watched_run_that_has_done_nothing_says_so(panel: MessagesPanel) -> None:
    observation = Observation()
    panel.begin(observation)
    assert "Nothing yet" in words(panel)
    observation.end(Outcome("done", "Done.", 1.0))
    panel.refresh(True)
    assert "Nothing was recorded" in words(panel)


def test_another_experiment_forgets_the_run(panel: MessagesPanel) -> None:
    from ipclab.catalog import find

    show(panel, greeting())
    assert panel.chart.isVisible()
    panel.set_experiment(find("queue"))
    assert not panel.chart.isVisible()
    assert panel.chart.scene is None


def test_a_message_is_told_as_it_was(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    click(chart, between(chart, (1, 60), (2, 70)))
    assert details(panel) == {
        "": "Message 2",
        "Contents": "'hey'",
        "Size": f"{len(pickle.dumps('hey'))} B",
        "Channel": "Pipe 1",
        "Sent": "sender, 60.000 ms",
        "Received": "receiver, 70.000 ms",
        "On its way": "10.0 ms",
        "Sent at": "exchange.py, line 10",
        "Received at": "exchange.py, line 20",
    }


def test_a_message_that_no_line_sent_says_so(panel: MessagesPanel) -> None:
    made = Made("main", "worker")
    made.pipe(5, 6)
    made.did("main", sent(20, 21, 5, "hello", line=record.BOTTOM))
    made.did("worker", received(10, 25, 6, "hello", line=0))
    made.end(0.1)
    chart = show(panel, made)
    click(chart, between(chart, (0, 20), (1, 25)))
    told = details(panel)
    assert told["Sent at"] == "no line of Python: a thread, or a handler at exit, begins with it"
    assert told["Received at"] == "multiprocessing itself"


def test_a_message_of_a_queue_is_told_apart_from_its_feeders_write(panel: MessagesPanel) -> None:
    made = Made("main", "consumer")
    made.queue(5)
    data = pickle.dumps(7)
    write = row(record.SEND, 14, 15, 5, size=len(data), text=data, thread=2)
    made.did("main", row(record.PUT, 10, 11, 5, line=10), write)
    inner = row(record.RECEIVE, 21, 30, 5, size=len(data), text=data)
    made.did("consumer", row(record.GET, 20, 31, 5, line=20), inner)
    made.end(0.1)
    chart = show(panel, made)
    click(chart, between(chart, (0, 14), (1, 30)))
    told = details(panel)
    assert told["Contents"] == "7"
    assert (told["Put"], told["Taken"]) == ("main, 10.000 ms", "consumer, 30.000 ms")
    assert (told["put() to get()"], told["Until written"], told["In the pipe"]) == ("20.0 ms", "4.00 ms", "16.0 ms")
    assert (told["Put at"], told["Taken at"]) == ("exchange.py, line 10", "exchange.py, line 20")


def test_an_item_that_could_not_be_pickled_moves_no_put_to_another_message(panel: MessagesPanel) -> None:
    made = Made("main", "consumer")
    made.queue(5)
    data = pickle.dumps(7)
    puts = [row(record.PUT, at, at + 1, 5, line=10) for at in (10, 20)]
    written = [
        row(record.DROPPED, 12, 12, 5, thread=2),
        row(record.SEND, 24, 25, 5, size=len(data), text=data, thread=2),
    ]
    made.did("main", puts[0], written[0], puts[1], written[1])
    made.did("consumer", row(record.GET, 1, 31, 5, line=20), row(record.RECEIVE, 2, 30, 5, size=len(data), text=data))
    made.end(0.1)
    chart = show(panel, made)
    click(chart, between(chart, (0, 24), (1, 30)))
    assert details(panel)["Put"] == "main, 20.000 ms"
    made.lost("main", 5)  # from here on nobody can count them any more
    click(chart, between(chart, (0, 24), (1, 30)))
    assert "Put" not in details(panel)
    assert details(panel)["Sent"] == "main, 24.000 ms"


def test_a_call_is_told_with_what_ended_it(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    click(chart, place(chart, 2, 50))
    told = details(panel)
    assert told[""] == "recv()"
    assert (told["Process"], told["On"], told["Lasted"]) == ("receiver", "Pipe 1", "40.0 ms")
    assert told["Ended by"] == "a message of sender, sent 60.000 ms"
    click(chart, place(chart, 0, 50))
    assert details(panel)["Ended by"] == "the end of sender"


def test_who_holds_a_lock_could_end_the_wait_for_it(panel: MessagesPanel) -> None:
    made = Made("main", "left", "right")
    made.lock(9)
    made.did("left", row(record.ACQUIRE, 10, 11, 9, line=10))
    made.did("right", row(record.ACQUIRE, 20, 0, 9, line=20))
    made.fold(time=0.1)
    chart = show(panel, made)
    click(chart, place(chart, 2, 60))
    told = details(panel)
    assert (told["On"], told["Could be ended by"], told["Lasts"]) == (
        "Lock 1",
        "release() of left, which has it",
        "80.0 ms",
    )


def is_high_enough(one: Elided) -> bool:
    """Tell whether a text has room for all its lines."""
    return one.height() > one.text().count("\n") * one.fontMetrics().lineSpacing()


def test_what_ended_a_wait_has_the_free_lines_below_it(qtbot: QtBot, panel: MessagesPanel) -> None:
    made = Made("main", "the first who may have sent it", "the other who may have sent it")
    made.pipe(5, 5)
    for name in list(made.pids)[1:]:
        made.did(name, sent(60, 62, 5, name))
    made.did("main", row(record.POLL, 20, 62, 5, line=20))
    made.end(0.1)
    for width in (540, 900, 540):
        panel.resize(width, 600)
        chart = show(panel, made)
        click(chart, place(chart, 0, 40))
        value = next(one for one in panel.details.findChildren(Elided) if one.whole.startswith("a message of"))
        assert value.text().replace("\n", " ") == value.whole
        qtbot.waitUntil(partial(is_high_enough, value))
        assert value.geometry().bottom() < panel.details.height()
        assert not value.toolTip()


def test_where_nothing_is_nothing_is_selected(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    click(chart, place(chart, 2, 50))
    click(chart, between(chart, (1, 40), (2, 45)))
    assert chart.selection is None
    click(chart, place(chart, 2, 50))
    click(chart, place(chart, 1, 40))
    assert chart.selection is None
    assert details(panel) == {"": "Nothing selected"}
    assert "Click an arrow or a bar" in words(panel)


def test_completeness_is_always_told(panel: MessagesPanel) -> None:
    made = greeting()
    show(panel, made)
    note = panel.details.note
    assert note.whole == "2 sent, 2 received, 0 not recorded"
    made = Made("main")
    made.pipe(5, 5)
    made.did("main", sent(1, 2, 5, "a"))
    made.lost("main", 12)
    show(panel, made)
    assert note.whole == "1 sent, 0 received, 12 not recorded"
    made.fold(traced=[(4001, "untraced", {})])
    show(panel, made)
    assert note.whole == "1 sent, 0 received, 12 not recorded, nothing recorded of 1 process"


def test_it_says_how_many_gave_way(panel: MessagesPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipclab.operations.KEPT", 100)
    monkeypatch.setattr("ipclab.lane.PART", 16)
    made = Made("main", "other")
    made.pipe(5, 5)
    chart = show(panel, made)
    for number in range(150):
        made.did("main", sent(number, number + 1, 5, number))
        made.did("other", received(number, number + 2, 5, number))
        panel.refresh(number % 5 == 0)
    assert made.observation.operations is not None
    gone = made.observation.operations.gone
    panel.refresh(True)
    assert gone > 0
    assert panel.details.note.whole.endswith(f"the oldest {gone} operations no longer shown")
    assert chart.scene is not None
    kept = [row.reader for row in chart.scene.rows if row.reader is not None]
    for reader in kept:  # what is drawn is what is kept
        blocks = reader.blocks(0, 10_000 * MS)
        assert blocks is not None
        assert blocks.number.tolist() == list(range(reader.lane.dropped, reader.lane.dropped + reader.lane.count))
    made.end()
    panel.refresh(True)
    press(chart, Qt.Key.Key_Right, held=SHIFT)
    assert details(panel)[""].startswith("Message")


def test_the_details_stay_where_they_are(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    before = (chart.height(), panel.details.height())
    click(chart, between(chart, (1, 60), (2, 70)))
    assert (chart.height(), panel.details.height()) == before
    click(chart, place(chart, 0, 50))
    assert (chart.height(), panel.details.height()) == before


@pytest.mark.parametrize(("width", "height"), [(544, 480), (880, 640)])
def test_all_of_the_details_are_within_the_panel(panel: MessagesPanel, width: int, height: int) -> None:
    panel.resize(width, height)
    chart = show(panel, greeting())
    click(chart, between(chart, (1, 60), (2, 70)))
    labels = [one for one in panel.details.findChildren(Elided) if one.isVisible() and one.whole]
    assert len(labels) > 15
    for label in labels:
        corner = label.mapTo(panel, label.rect().bottomRight())
        assert panel.rect().contains(corner)
        assert label.whole == label.text() or label.toolTip() == label.whole
        assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width() + 1


def test_a_long_text_keeps_its_end_and_is_whole_in_its_tool_tip(panel: MessagesPanel) -> None:
    other = "another process, which has a very long name"
    made = Made("main", other)
    made.pipe(5, 5)
    made.did("main", sent(1, 2, 5, "long " * 12))
    made.did(other, received(3, 4, 5, "long " * 12))
    made.end(0.01)
    chart = show(panel, made)
    click(chart, between(chart, (0, 1), (1, 4)))
    for begin, end in (("'long", " '"), ("another", "4.000 ms")):
        value = next(one for one in panel.details.findChildren(Elided) if one.whole.startswith(begin))
        assert "…" in value.text()
        assert value.text().endswith(end)
        assert value.toolTip() == value.whole


def test_a_killed_process_says_in_which_call(panel: MessagesPanel) -> None:
    made = Made("main", "worker")
    made.queue(5)
    made.did("worker", row(record.GET, 10, 0, 5, line=20), row(record.RECEIVE, 11, 0, 5))
    made.ended("worker", "killed", 0.06, signal="SIGKILL")
    made.fold(time=0.1)
    chart = show(panel, made)
    assert chart.scene is not None
    assert lanes.how_it_ended(chart.scene.rows[1]) == "SIGKILL, in get()"
    image, at = picture(chart), place(chart, 1, 60)
    assert has_color(image, theme.color("bad"), at.x(), at.y() + 30)  # the dashed line
    bar, behind = place(chart, 1, 40), place(chart, 1, 80)
    assert has_color(image, theme.series_color(0), bar.x(), bar.y(), 6)
    half = round(chart.geometry_now.half)
    assert not has_color(image, theme.series_color(0), behind.x(), behind.y() + half, 1)  # it waits no longer


def test_colours_are_those_of_the_theme_at_once(panel: MessagesPanel, qapp: QApplication) -> None:
    chart = show(panel, greeting())
    at = place(chart, 1, 95)
    grounds = []
    for mode in ("Light", "Dark"):
        style.set_mode(qapp, mode)
        assert picture(chart).pixelColor(at.x(), at.y() + 40).rgb() == theme.color("bg").rgb()
        grounds.append(theme.color("bg").name())
    style.set_mode(qapp, "System")
    assert grounds[0] != grounds[1]


def test_a_wait_is_hatched_in_the_colour_of_what_is_waited_for(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    image = picture(chart)
    join, receive = place(chart, 0, 85), place(chart, 2, 60)
    assert has_color(image, theme.color("wait_fill"), join.x(), join.y(), 6)
    assert not has_color(image, theme.series_color(0), join.x(), join.y(), 6)
    assert has_color(image, theme.series_color(0), receive.x(), receive.y(), 6)
    tint = theme.mixed(theme.series_color(0), theme.color("bg"), 0.16)
    assert has_color(image, tint, receive.x(), receive.y(), 6)
    own = place(chart, 1, 40)
    gray = theme.mixed(theme.color("text3"), theme.color("bg"), 0.6)
    assert has_color(image, QColor(gray), own.x(), own.y(), 1)


def test_the_line_of_a_life_begins_and_ends_with_the_process(panel: MessagesPanel) -> None:
    made = greeting()
    made.ended("sender", "ended", 0.065, code=0)
    chart = show(panel, made)
    image, gray = picture(chart), theme.mixed(theme.color("text3"), theme.color("bg"), 0.6)
    alive, gone = place(chart, 1, 50), place(chart, 1, 80)
    assert has_color(image, gray, alive.x(), alive.y(), 1)
    assert not has_color(image, gray, gone.x(), gone.y(), 1)


def test_the_panel_gives_the_keyboard_to_its_chart(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    panel.activateWindow()
    panel.setFocus(Qt.FocusReason.ShortcutFocusReason)
    assert chart.hasFocus()
    assert _focusable(panel) is chart
    assert chart.shows_focus
    chart.clearFocus()
    assert not chart.shows_focus


def test_buttons_are_named_and_told_with_their_keys(panel: MessagesPanel) -> None:
    show(panel, greeting())
    names = ["Follow", "Zoom out", "Zoom in", "Zoom to selection", "Whole run", "Copy picture", "Save"]
    hints = [named(panel, name, QToolButton).toolTip() for name in names]
    assert [hint[hint.rindex("(") + 1 : -1] for hint in hints] == ["Space", "-", "+", "Enter", "0", "Ctrl+C", "Ctrl+S"]
    assert not named(panel, "Zoom to selection", QToolButton).isEnabled()


def test_a_screen_reader_hears_what_is_selected(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    assert chart.accessibleDescription().startswith("Nothing selected")
    click(chart, between(chart, (1, 60), (2, 70)))
    told = chart.accessibleDescription().replace("\u00a0", " ")
    assert told.startswith("Message 2. Contents 'hey'. ")
    assert "Received receiver, 70.000 ms" in told
    assert "a call" in panel.legend.accessibleName()


def test_a_bar_scrolls_the_lanes_where_not_all_have_room(panel: MessagesPanel) -> None:
    made = Made(*(f"worker {number}" for number in range(60)))
    made.did("worker 0", sent(1, 2, 5, "a"))
    made.end(0.1)
    chart = show(panel, made)
    bar = named(panel, "Lanes", QScrollBar)
    assert bar.isVisible()
    assert bar.maximum() == chart.geometry_now.hidden
    bar.setValue(100)
    assert chart.geometry_now.offset == 100
    press(chart, Qt.Key.Key_Up)
    assert bar.value() == chart.geometry_now.offset < 100
    show(panel, greeting())
    assert not bar.isVisible()


def test_the_hint_is_whole_where_there_is_little_room(panel: MessagesPanel) -> None:
    show(panel, greeting())
    panel.resize(540, 500)
    QApplication.processEvents()
    (hint,) = (label for label in panel.details.findChildren(QLabel) if label.text() == HINT)
    assert hint.height() >= hint.heightForWidth(hint.width())
    assert hint.geometry().bottom() <= panel.details.height()


def test_details_leave_no_column_empty_beside_contents_that_are_cut_short(panel: MessagesPanel) -> None:
    panel.resize(900, 600)
    made = Made("main", "sender", "receiver")
    made.pipe(5, 6)
    made.did("sender", sent(20, 21, 5, "a text that has no room " * 9))
    made.did("receiver", received(10, 25, 6, "a text that has no room " * 9))
    made.end(0.1)
    chart = show(panel, made)
    click(chart, between(chart, (1, 21), (2, 25)))
    QApplication.processEvents()
    assert details(panel)[""] == "Message 1"
    seen = [
        one
        for one in panel.details.findChildren(Elided)
        if one.isVisible() and one.whole in dict(panel.details.pairs).values()
    ]
    right = max(one.geometry().right() for one in seen)
    assert right >= panel.details.width() - 50
