from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from ipclab.trace import record
from ipclab_gui import theme
from ipclab_gui.messages import hits
from ipclab_gui.messages.chart import MessageChart
from ipclab_gui.messages.lane_reader import LaneReader
from ipclab_gui.messages.scene import ChannelLane, Row
from ipclab_gui.panels.messages import MessagesPanel
from tests.gui.messages.charted import (
    CONTROL,
    NONE,
    SHIFT,
    between,
    click,
    details,
    greeting,
    has_color,
    hover,
    picture,
    place,
    press,
    show,
)
from tests.gui.observed import named
from tests.operated import MS, Made, received, row, sent

LEFT, RIGHT, UP, DOWN = Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down


def span(chart: MessageChart) -> tuple[int, int]:
    return chart.view.start, chart.view.stop


def names(chart: MessageChart) -> list[str]:
    """Return what the lanes are called, from top to bottom."""
    return [slot.process.name if isinstance(slot, Row) else slot.name for slot in chart.geometry_now.slots]


def wheel(chart: MessageChart, at: QPoint, turn: QPoint, held: Qt.KeyboardModifier = NONE) -> None:
    where = QPointF(at)
    event = QWheelEvent(
        where,
        chart.mapToGlobal(where),
        QPoint(),
        turn,
        Qt.MouseButton.NoButton,
        held,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(chart, event)


def crowd(count: int, *, kind: str = "pipe", every: int = 10) -> Made:
    """Return a run in which sender and receiver exchange so many messages, one each 10 µs or another time."""
    made = Made("main", "sender", "receiver")
    if kind == "pipe":
        made.pipe(5, 5)
    else:
        made.queue(5, limit=50)
    sends, receives = [], []
    for number in range(count):
        one, other = sent(0, 1, 5, number), received(0, 1, 5, number)
        one["begin"], one["end"] = number * every * 1000, number * every * 1000 + 2_000
        other["begin"], other["end"] = one["begin"] + 1_000, one["end"] + 4_000
        if kind == "queue":
            put = row(record.PUT, 0, 1, 5, line=10)
            put["begin"], put["end"] = one["begin"], one["end"]
            sends.append(put)
        sends.append(one)
        receives.append(other)
    made.did("sender", *sends)
    made.did("receiver", *receives)
    made.end()
    return made


# ---------------------------------------------------------------------------------------------------------- picture


def test_a_lane_per_process_uses_the_height_there_is(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    geometry = chart.geometry_now
    assert names(chart) == ["main", "sender", "receiver"]
    middles = [geometry.middle(row) for row in range(3)]
    assert [later - sooner for sooner, later in pairwise(middles)] == [geometry.lane_height] * 2
    assert geometry.lane_height * 3 == pytest.approx(geometry.bottom - geometry.top)
    assert geometry.hidden == 0


def test_arrows_go_from_send_to_receive(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    image = picture(chart)
    for begin, end in ((20, 25), (60, 70)):
        at = between(chart, (1, begin), (2, end))
        assert has_color(image, theme.series_color(0), at.x(), at.y(), about=70)
    nothing = between(chart, (1, 40), (2, 45))
    assert not has_color(image, theme.series_color(0), nothing.x(), nothing.y(), about=70)


def test_a_message_of_a_process_to_itself_is_a_loop_that_can_be_picked(panel: MessagesPanel) -> None:
    made = Made("main", "other")
    made.queue(5)
    made.did("main", sent(20, 21, 5, "mine"), received(60, 61, 5, "mine"))
    made.end(0.1)
    chart = show(panel, made)
    at = place(chart, 0, 40)
    _, low = chart.geometry_now.line_ends(0, 0)
    assert has_color(picture(chart), theme.series_color(0), at.x(), round(low), about=110)
    click(chart, QPoint(at.x(), round(low)))
    assert details(panel)["Contents"] == "'mine'"


def test_a_selected_message_is_seen_however_short(panel: MessagesPanel) -> None:
    made = Made("main", "sender", "receiver")
    made.pipe(5, 5)
    one, other = sent(50, 51, 5, "quick"), received(50, 51, 5, "quick")
    other["end"] = one["begin"] + 3_000  # 3 µs of a run of 10 s
    made.did("sender", one)
    made.did("receiver", other)
    made.end(10.0)
    chart = show(panel, made)
    press(chart, RIGHT, held=SHIFT)
    geometry = chart.geometry_now
    length = float(geometry.x(int(other["end"][0])) - geometry.x(int(one["begin"][0])))
    assert length > geometry.wide / 20
    top, bottom = geometry.line_ends(1, 2)
    x, y = float(geometry.x(int(one["begin"][0]))) + 0.8 * length, top + 0.8 * (bottom - top)
    assert has_color(picture(chart), theme.series_color(0), round(x), round(y), about=20)


def test_many_messages_are_bands_with_counts(panel: MessagesPanel) -> None:
    made = crowd(20_000)
    chart = show(panel, made)
    assert chart.arrows == []
    assert sum(one.amount for one in chart.bands) == 20_000
    assert names(chart) == ["main", "sender", "receiver"]
    press(chart, *[Qt.Key.Key_Plus] * 30)
    assert chart.bands == []
    assert 0 < sum(one.amount for one in chart.arrows) < 100


def test_many_messages_of_a_queue_are_its_depth_as_a_lane_between(panel: MessagesPanel) -> None:
    chart = show(panel, crowd(5_000, kind="queue"))
    assert names(chart) == ["main", "sender", "Queue 1", "receiver"]
    (lane,) = [slot for slot in chart.geometry_now.slots if isinstance(slot, ChannelLane)]
    assert lane.limit == 50
    press(chart, *[Qt.Key.Key_Plus] * 30)
    assert names(chart) == ["main", "sender", "receiver"]


def test_a_lane_of_many_calls_is_a_strip_of_how_its_time_was_spent(panel: MessagesPanel) -> None:
    chart = show(panel, crowd(20_000))  # 2 of 10 µs in send(), 5 of 10 in recv()
    image = picture(chart)
    geometry = chart.geometry_now
    solid = theme.series_color(0).rgb()

    def filled(lane: int) -> int:
        x = round(float(geometry.x(100 * MS)))
        middle = round(geometry.middle(lane))
        return sum(image.pixelColor(x, y).rgb() == solid for y in range(middle - 14, middle + 15))

    assert 0 < filled(1) < filled(2)


def test_more_lanes_than_fit_are_scrolled(panel: MessagesPanel) -> None:
    made = Made(*(f"worker {number}" for number in range(64)))
    made.pipe(5, 5, "worker 0")
    made.did("worker 0", sent(10, 11, 5, "a"))
    made.did("worker 63", received(20, 21, 5, "a"))
    made.end(0.1)
    chart = show(panel, made)
    geometry = chart.geometry_now
    assert geometry.lane_height == theme.px(26)
    assert not geometry.in_sight(63)
    press(chart, *[DOWN] * 60)
    assert chart.geometry_now.offset == chart.geometry_now.hidden > 0
    assert chart.geometry_now.middle(63) + 13 == pytest.approx(chart.geometry_now.bottom, abs=1)
    press(chart, *[UP] * 60)
    assert chart.geometry_now.offset == 0
    wheel(chart, place(chart, 3, 50), QPoint(0, -240), CONTROL)
    assert chart.geometry_now.offset == theme.px(96)


def test_what_the_keys_select_is_scrolled_into_sight(panel: MessagesPanel) -> None:
    made = Made(*(f"worker {number}" for number in range(64)))
    for number in (1, 60):
        made.did(f"worker {number}", row(record.ACQUIRE, 10, 20, 9, line=10))
    made.end(0.1)
    chart = show(panel, made)
    press(chart, DOWN, DOWN, held=SHIFT)
    assert details(panel)["Process"] == "worker 60"
    assert chart.geometry_now.in_sight(60)


# ------------------------------------------------------------------------------------------------------------- view


def test_the_wheel_zooms_about_the_pointer(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    at = place(chart, 1, 60)
    before, width = chart.geometry_now.time_at(at.x()), chart.view.width
    wheel(chart, at, QPoint(0, 240))
    assert chart.view.width == pytest.approx(width / 1.25**2, rel=1e-3)
    assert chart.geometry_now.time_at(at.x()) == pytest.approx(before, abs=width / 500)
    wheel(chart, at, QPoint(0, -2400))
    assert chart.view.start <= 0
    assert chart.view.stop >= 100 * MS


def test_dragging_and_arrows_pan(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    press(chart, Qt.Key.Key_Plus, Qt.Key.Key_Plus)
    start, width = chart.view.start, chart.view.width
    press(chart, RIGHT)
    assert chart.view.start == pytest.approx(start + width / 8, abs=2)
    press(chart, LEFT)
    assert chart.view.start == pytest.approx(start, abs=2)
    QTest.mousePress(chart, Qt.MouseButton.LeftButton, NONE, QPoint(500, 100))
    QTest.mouseMove(chart, QPoint(450, 100))
    QTest.mouseMove(chart, QPoint(400, 100))
    QTest.mouseRelease(chart, Qt.MouseButton.LeftButton, NONE, QPoint(400, 100))
    assert chart.view.start > start
    assert chart.selection is None  # a drag is no click


def test_no_pan_loses_the_run(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    press(chart, Qt.Key.Key_Plus, *[RIGHT] * 50)
    assert chart.view.start < 100 * MS
    press(chart, *[LEFT] * 100)
    assert chart.view.stop > 0


def test_a_click_in_the_overview_goes_there(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    press(chart, *[Qt.Key.Key_Plus] * 6)
    width = chart.view.width
    geometry = chart.geometry_now
    x = geometry.left + round(geometry.wide * 0.8)
    click(chart, QPoint(x, chart.height() - 20))
    assert (chart.view.start + chart.view.stop) / 2 == pytest.approx(0.8 * 102 * MS, rel=0.02)
    assert chart.view.width == width


def test_zero_shows_all_and_enter_what_is_selected(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    whole = span(chart)
    press(chart, RIGHT, RIGHT, held=SHIFT)
    press(chart, Qt.Key.Key_Return)
    assert chart.view.start < 60 * MS < 70 * MS < chart.view.stop
    assert chart.view.width == pytest.approx(15 * MS, rel=0.01)
    press(chart, Qt.Key.Key_0)
    assert span(chart) == whole


def test_a_double_click_zooms_to_what_is_there(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    QTest.mouseDClick(chart, Qt.MouseButton.LeftButton, NONE, place(chart, 2, 50))
    assert details(panel)[""] == "recv()"
    assert chart.view.width == pytest.approx(60 * MS, rel=0.01)


# -------------------------------------------------------------------------------------------------------- selecting


def test_shift_and_arrows_go_through_all_messages_in_time(panel: MessagesPanel) -> None:
    made = Made("main", "a", "b", "c")
    made.pipe(5, 5)
    made.pipe(6, 6)
    made.did("a", sent(10, 11, 5, 1), sent(30, 31, 5, 3))
    made.did("b", sent(20, 21, 6, 2), sent(30, 31, 6, 4))  # one of them in the same moment as one of a's
    made.did(
        "c", *(received(40 + n, 41 + n, end, what) for n, (end, what) in enumerate([(5, 1), (6, 2), (5, 3), (6, 4)]))
    )
    made.end(0.1)
    chart = show(panel, made)
    seen = []
    for _ in range(5):
        press(chart, RIGHT, held=SHIFT)
        seen.append(details(panel)["Contents"])
    assert seen == ["1", "2", "3", "4", "4"]
    for _ in range(4):
        press(chart, LEFT, held=SHIFT)
        seen.append(details(panel)["Contents"])
    assert seen[5:] == ["3", "2", "1", "1"]


def test_the_keyboard_alone_reaches_every_call(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    found = []
    for _ in range(3):
        press(chart, DOWN, held=SHIFT)
        press(chart, *[LEFT] * 3, held=SHIFT)
        found.append((details(panel)["Process"], details(panel)["Began"]))
        press(chart, RIGHT, held=SHIFT)
        found.append((details(panel)["Process"], details(panel)["Began"]))
    assert found == [
        ("main", "5.000 ms"), ("main", "5.000 ms"), ("sender", "20.000 ms"), ("sender", "60.000 ms"),
        ("receiver", "10.000 ms"), ("receiver", "30.000 ms"),
    ]  # fmt: skip
    press(chart, UP, held=SHIFT)
    assert details(panel)["Process"] == "sender"
    press(chart, Qt.Key.Key_Escape)
    assert chart.selection is None
    press(chart, RIGHT, held=SHIFT)
    assert details(panel)[""].startswith("Message")


def test_without_messages_the_keys_reach_calls(panel: MessagesPanel) -> None:
    made = Made("main")
    made.lock(9)
    made.did("main", row(record.ACQUIRE, 10, 20, 9, line=10))
    made.end(0.1)
    chart = show(panel, made)
    press(chart, RIGHT, held=SHIFT)
    assert details(panel)[""] == "acquire()"


def test_a_message_is_numbered_in_its_channel(panel: MessagesPanel) -> None:
    made = Made("main", "p", "q", "c")
    made.queue(5)
    made.did("p", sent(10, 11, 5, "p1"), sent(30, 31, 5, "p2"))
    made.did("q", sent(20, 21, 5, "q1"), sent(40, 41, 5, "q2"))
    made.did("c", *(received(50 + n, 51 + n, 5, what) for n, what in enumerate(("p1", "q1", "p2", "q2"))))
    made.end(0.1)
    chart = show(panel, made)
    titles = {}
    for _ in range(4):
        press(chart, RIGHT, held=SHIFT)
        titles[details(panel)["Contents"]] = details(panel)[""]
    assert titles == {"'p1'": "Message 1", "'q1'": "Message 2", "'p2'": "Message 3", "'q2'": "Message 4"}


def test_the_pointer_is_told_when_and_what(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    geometry, scene = chart.geometry_now, chart.scene
    assert scene is not None

    def told(at: QPoint) -> tuple[str, ...]:
        words = hits.words_at(geometry, scene, at.x(), at.y(), chart.arrows)
        return tuple(word.replace("\u00a0", " ") for word in words)

    assert told(place(chart, 0, 50)) == ("join(sender)", "85.0 ms, line 40")
    assert told(place(chart, 2, 50)) == ("recv(Pipe 1)", "40.0 ms, line 20")
    assert told(between(chart, (1, 60), (2, 70))) == ("Message 2 of Pipe 1", "sender to receiver, 10.0 ms")
    assert told(place(chart, 1, 40)) == ()
    assert hits.exact(60_000_000, chart.view.width).replace("\u00a0", " ") == "60.0 ms"
    at = place(chart, 1, 40)
    bare = picture(chart).pixelColor(at.x(), at.y() - 40).rgb()
    hover(chart, at)
    assert has_color(picture(chart), theme.color("text3"), at.x(), at.y() - 40, 1)
    chart.point(None)
    assert picture(chart).pixelColor(at.x(), at.y() - 40).rgb() == bare


def test_a_depth_is_told_under_the_pointer(panel: MessagesPanel) -> None:
    made = crowd(5_000, kind="queue")
    chart = show(panel, made)
    geometry = chart.geometry_now
    at = QPoint(round(float(geometry.x(20 * MS))), round(geometry.slot_middle(2)))
    assert chart.scene is not None
    (words,) = hits.words_at(geometry, chart.scene, at.x(), at.y(), chart.arrows)
    assert words.endswith("in Queue 1")


# ------------------------------------------------------------------------------------------------------------- live


def test_a_run_is_followed_as_it_grows(panel: MessagesPanel) -> None:
    made = Made("main", "other")
    made.pipe(5, 5)
    made.fold(time=1.0)
    chart = show(panel, made)
    assert chart.view.start == 0
    assert chart.view.stop == pytest.approx(1.02e9, rel=1e-3)
    made.did("main", sent(7_000, 7_001, 5, "a"), time=8.0)
    made.did("other", received(7_001, 7_002, 5, "a"), time=8.0)
    panel.refresh(True)
    assert span(chart) == (3_000 * MS, 8_000 * MS)  # the latest five seconds
    assert [one.amount for one in chart.arrows] == [1]
    made.end(9.0)
    panel.refresh(True)
    assert span(chart)[0] == 0  # all of it at the end
    assert span(chart)[1] >= 9_000 * MS


def test_space_pauses_and_follows_again(panel: MessagesPanel) -> None:
    made = Made("main")
    made.did("main", row(record.ACQUIRE, 10, 20, 9, line=10), time=8.0)
    chart = show(panel, made)
    follow = named(panel, "Follow", QToolButton)
    assert follow.isChecked()
    press(chart, Qt.Key.Key_Space)
    before = span(chart)
    assert not follow.isChecked()
    made.fold(time=9.0)
    panel.refresh(True)
    assert span(chart) == before
    press(chart, Qt.Key.Key_Space)
    assert span(chart)[1] == 9_000 * MS
    follow.click()
    assert not chart.view.following


def test_zero_follows_the_whole_run(panel: MessagesPanel) -> None:
    made = Made("main")
    made.did("main", row(record.ACQUIRE, 10, 20, 9, line=10), time=8.0)
    chart = show(panel, made)
    press(chart, Qt.Key.Key_0)
    made.fold(time=12.0)
    panel.refresh(True)
    assert chart.view.start == 0
    assert chart.view.stop == pytest.approx(12.24e9, rel=1e-3)


def test_a_wait_grows_until_it_ends(panel: MessagesPanel) -> None:
    made = Made("main", "worker")
    made.queue(5)
    made.did("worker", row(record.GET, 10, 0, 5, line=20))
    made.fold(time=0.1)
    chart = show(panel, made)
    click(chart, place(chart, 1, 50))
    assert details(panel)["Lasts"] == "90.0 ms"
    made.fold(time=0.2)
    panel.refresh(True)
    assert details(panel)["Lasts"] == "190 ms"
    made.completed("worker", 0, row(record.GET, 10, 210, 5, line=20))
    panel.refresh(True)
    assert details(panel)["Lasted"] == "200 ms"


def test_between_two_looks_only_what_is_new_is_read(panel: MessagesPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Made("main")
    made.pipe(5, 5)
    made.did("main", row(record.ACQUIRE, 1, 0, 9, line=10))  # pending all along
    show(panel, made)
    read = []
    pieces = LaneReader.pieces

    def noted(reader: LaneReader) -> Iterator[tuple[int, NDArray[Any]]]:
        for number, rows in pieces(reader):
            read.append((number, len(rows)))
            yield number, rows

    monkeypatch.setattr(LaneReader, "pieces", noted)
    for number in range(3):
        made.did("main", sent(10 + number, 11 + number, 5, number))
        panel.refresh(False)
    panel.refresh(False)
    assert read == [(1, 1), (2, 1), (3, 1)]
