"""What of the chart is kept or made coarser to be fast looks as if it were not."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QImage, QPainter

from ipclab.trace import record
from ipclab_gui import theme
from ipclab_gui.messages import lanes
from ipclab_gui.panels.messages import MessagesPanel
from tests.gui.messages.charted import picture, place, show
from tests.operated import MS, Made, received, row, sent


def test_the_painted_labels_are_those_of_the_lanes_in_sight(panel: MessagesPanel) -> None:
    made = Made(*(f"worker {number}" for number in range(60)))
    made.did("worker 0", sent(1, 2, 5, "a"))
    made.end(0.1)
    chart = show(panel, made)

    def labels(image: QImage) -> QImage:
        geometry = chart.geometry_now
        return image.copy(4, geometry.top, geometry.left - 4, geometry.bottom - geometry.top)  # without the focus

    def afresh() -> QImage:
        image = QImage(chart.size(), QImage.Format.Format_RGB32)
        with QPainter(image) as painter:
            chart.paint(painter)
        return labels(image)

    before = labels(picture(chart).convertToFormat(QImage.Format.Format_RGB32))
    assert before == afresh()
    chart._scroll(40)
    after = labels(picture(chart).convertToFormat(QImage.Format.Format_RGB32))
    assert after != before
    assert after == afresh()


def test_a_strip_is_as_high_in_a_crowd_as_alone(panel: MessagesPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "FEW", 0)
    made = Made("main")
    made.did("main", *(row(record.ACQUIRE, 10 * n, 10 * n + 10 * (n % 2), 9, line=10) for n in range(1, 10)))
    made.end(0.1)
    chart = show(panel, made)
    alone = picture(chart)
    monkeypatch.setattr(lanes, "CROWD", 0)
    chart.redraw()
    crowded = picture(chart)
    differ = [
        x for x in range(chart.width()) if any(alone.pixel(x, y) != crowded.pixel(x, y) for y in range(chart.height()))
    ]
    assert len(differ) <= 4 * 10  # columns beside where the five calls begin and end, of 700
    monkeypatch.setattr(lanes, "strip_height", lambda _geometry: 4.0)
    chart.redraw()
    assert picture(chart) != crowded


def test_a_strip_is_no_longer_than_its_process_lives(panel: MessagesPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lanes, "FEW", 0)
    made = Made("main", "worker")
    made.did("worker", *(row(record.ACQUIRE, n, n + 1, 9, line=10) for n in range(50, 60, 2)))
    made.ended("worker", "ended", 0.07, code=0)
    made.observation.processes[1].started = 0.04
    made.end(0.1)
    chart = show(panel, made)
    ground, drawn, where = theme.color("hover"), picture(chart), chart.geometry_now
    top = round(where.middle(1) - lanes.strip_height(where) / 2) + 2
    strip = [time for time in range(2, 100, 5) if drawn.pixelColor(place(chart, 1, time).x(), top) == ground]
    assert strip[0] == 42
    assert strip[-1] == 67


def test_a_process_that_ended_before_the_view_leaves_no_dot_at_its_edge(panel: MessagesPanel) -> None:
    made = Made("main", "worker")
    made.did("worker", sent(1, 2, 5, "a"))
    made.ended("worker", "ended", 0.01, code=0)
    made.end(0.1)
    chart = show(panel, made)
    chart.view.show(50 * MS, 60 * MS)
    chart.redraw()
    where, drawn = chart.geometry_now, picture(chart)
    middle = round(where.middle(1))
    edge = {drawn.pixel(where.left + x, middle + y) for x in (0, 1) for y in (-2, -1, 0, 1)}
    assert edge == {theme.color("bg").rgb()}


def test_a_band_hides_nothing_of_the_lanes_that_it_crosses(panel: MessagesPanel) -> None:
    made = Made("sender", "between", "receiver")
    made.pipe(5, 6, "sender")
    made.did("sender", *(sent(n // 40, n // 40 + 1, 5, n) for n in range(4000)))
    made.did("between", row(record.ACQUIRE, 0, 100, 9, line=10))
    made.did("receiver", *(received(n // 40, n // 40 + 1, 6, n) for n in range(4000)))
    made.end(0.1)
    chart = show(panel, made)
    assert sum(one.amount for one in chart.bands) == 4000
    drawn, where = picture(chart), chart.geometry_now
    band = theme.mixed(theme.series_color(0), theme.color("bg"), 0.2)
    across = range(where.left + 4, where.left + where.wide - 4)

    def banded(y: float) -> int:
        return sum(drawn.pixelColor(x, round(y)) == band for x in across)

    assert banded((where.middle(0) + where.middle(1)) / 2) > 100
    assert banded(where.middle(1)) == 0
