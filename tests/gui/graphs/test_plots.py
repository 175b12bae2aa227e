from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton, QWidget
from pytestqt.qtbot import QtBot

from ipclab.records import Series
from ipclab_gui import theme
from ipclab_gui.panels.graphs import GraphsPanel
from ipclab_gui.plots import bands
from ipclab_gui.plots._plot import Plot
from ipclab_gui.plots.trace import OUTLIERS
from tests.gui.graphs.graphed import (
    CONTROL,
    DISTRIBUTION,
    RATE,
    TRACE,
    Floats,
    View,
    begin,
    colors,
    curves,
    end,
    panel_of,
    percentile,
    plain,
    plot,
    press,
    record,
    round_trips,
    samples,
    seconds,
    show,
    span,
)
from tests.gui.observed import fold, named

LEVEL = "Level over the run’s time"


# -------------------------------------------------------------------------------------------- what is drawn is true


def by_column(x: Floats, y: Floats, view: View, width: int) -> dict[int, tuple[float, float]]:
    """Return lowest and highest of the points in each column of pixels that has some."""
    inside = (x >= view[0]) & (x < view[1])
    column = np.floor((x[inside] - view[0]) / (span(view) / width)).astype(int)
    order = np.argsort(column, kind="stable")
    found, starts = np.unique(column[order], return_index=True)
    values = y[inside][order]
    low, high = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    return dict(zip(found.tolist(), zip(low.tolist(), high.tolist(), strict=True), strict=True))


def whole(_one: Plot) -> None:
    """Look at all."""


def nearer(one: Plot) -> None:
    one.zoom("x", 2.5, 0.37)


@pytest.mark.parametrize("look", [whole, nearer])
@pytest.mark.parametrize("bursts", [False, True], ids=["even", "in bursts"])
def test_each_column_of_pixels_shows_exactly_the_lowest_and_highest_of_its_samples(
    panel: GraphsPanel, bursts: bool, look: Callable[[Plot], None]
) -> None:
    recorded = round_trips(40_000)
    recorded["value"][::1_711] *= 70
    if bursts:
        recorded = recorded[np.sin(80 * seconds(recorded)) > 0.2]
    show(panel, "round trip", recorded)
    trace = plot(panel, TRACE)
    look(trace)
    trace.redraw_now()
    width, view = trace.canvas.columns, trace.canvas.x_range
    envelope = curves(trace)[0]
    x, y = envelope.getData()
    expected = by_column(seconds(recorded), np.log10(recorded["value"]), view, width)
    assert envelope.opts["connect"] == "pairs"
    assert len(expected) > 0.3 * width
    assert by_column(x, y, view, width) == expected
    upright = x[0::2] == x[1::2]
    column = np.floor((x[0::2][upright] - view[0]) / (span(view) / width)).astype(int).tolist()
    lines = set(zip(column, y[0::2][upright].tolist(), y[1::2][upright].tolist(), strict=True))
    assert {(place, low, high) for place, (low, high) in expected.items()} <= lines


def test_few_samples_are_drawn_themselves(panel: GraphsPanel) -> None:
    recorded = round_trips(2_000)
    show(panel, "rate", recorded)
    x, y = curves(plot(panel, RATE))[0].getData()
    assert np.array_equal(x, seconds(recorded))
    assert np.array_equal(y, recorded["value"])


def test_a_single_sample_can_be_seen(panel: GraphsPanel) -> None:
    end(panel, show(panel, "rate", samples(0.5, 100)))
    rate = plot(panel, RATE)
    assert theme.series_color(0).name() in colors(rate.canvas.grab().toImage())


@pytest.mark.parametrize("count", [32, 249, 250, 3_000])
def test_the_median_of_each_stretch_is_drawn_over_the_samples(panel: GraphsPanel, count: int) -> None:
    recorded = round_trips(count)
    show(panel, "round trip", recorded)
    _envelope, median = curves(plot(panel, TRACE))
    stretches = recorded["value"][: count // 16 * 16].reshape(-1, 16)
    assert median.getData()[1][: len(stretches)] == pytest.approx(np.log10(np.median(stretches, axis=1)))


def level(one: Plot, time: float) -> float:
    """Return the value that a curve of steps has at a time; NaN where it has none."""
    x, y = curves(one)[0].getData()
    place = int(np.searchsorted(x, time, side="right"))
    return float(y[place - 1]) if 0 < place < len(x) and y[place - 1] == y[place] else math.nan


def test_a_step_holds_its_value_until_the_next_one_and_the_last_until_now(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, "pipe", Series("level", "", plot="steps"))
    recorded = samples([0.1, 0.25, 0.5], [3, 7, 5])
    observation = show(panel, "level", recorded)
    steps = plot(panel, LEVEL)
    fold(observation, time=0.9)
    panel.refresh(True)
    assert [level(steps, time) for time in (0.1, 0.2, 0.3, 0.4999, 0.6, 0.89)] == [3, 3, 7, 7, 5, 5]
    assert math.isnan(level(steps, 0.05))
    assert math.isnan(level(steps, 0.91))


def test_of_many_steps_each_column_reaches_from_the_lowest_to_the_highest(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, "pipe", Series("level", "", plot="steps"))
    recorded = round_trips(30_000)
    show(panel, "level", recorded)
    steps = plot(panel, LEVEL)
    width, view = min(600, steps.canvas.columns), steps.canvas.x_range
    x, y = curves(steps)[0].getData()
    corners = np.repeat(seconds(recorded), 2)[1:], np.repeat(recorded["value"], 2)[:-1]
    assert by_column(x, y, view, width) == by_column(*corners, view, width)


def test_a_step_is_drawn_where_the_samples_that_make_it_are_out_of_sight(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, "pipe", Series("level", "", plot="steps"))
    show(panel, "level", samples([0.1, 0.2, 0.9], [3, 7, 5]))
    steps = plot(panel, LEVEL)
    steps.zoom("x", 5, 0.5)
    assert [level(steps, time) for time in (0.41, 0.5, 0.59)] == [7, 7, 7]


def test_a_step_before_many_in_sight_is_drawn(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, "pipe", Series("level", "", plot="steps"))
    times = np.concatenate(([0.1], np.linspace(0.5, 0.6, 5_000)))
    show(panel, "level", samples(times, np.arange(5_001)))
    steps = plot(panel, LEVEL)
    steps.zoom("x", 2, 0.5)
    x, y = curves(steps)[0].getData()
    assert x[0] <= steps.canvas.x_range[0] + 0.01
    assert y[0] == 0


@pytest.mark.parametrize("running", [True, False], ids=["goes on", "has ended"])
@pytest.mark.parametrize(("low", "high"), [(1e-9, 1e-3), (-7.0, -2.0), (-0.1, 4e9), (0.0, 0.0), (3.0, 3.0)])
def test_the_axes_hold_all_samples(panel: GraphsPanel, low: float, high: float, running: bool) -> None:
    random = np.random.default_rng(7)
    values = np.concatenate(([low, high], random.uniform(low, high, 500)))
    recorded = samples(np.sort(random.uniform(3.0, 17.0, 502)), values)
    observation = show(panel, "round trip", recorded)
    if not running:
        end(panel, observation)
    trace = plot(panel, TRACE)
    bottom, top = (10**end for end in trace.canvas.y_range) if trace.log else trace.canvas.y_range
    assert trace.log == (low > 0)
    assert bottom <= low <= high <= top
    left, right = trace.canvas.x_range
    assert left <= seconds(recorded)[0] <= seconds(recorded)[-1] <= right


@pytest.mark.parametrize("log", [True, False], ids=["logarithmic", "linear"])
def test_the_axes_grow_with_the_samples_and_hold_each(panel: GraphsPanel, log: bool) -> None:
    observation = show(panel, "rate", samples(0.9, 1e-6))
    rate = plot(panel, RATE)
    rate.set_log(log)
    for step in range(1, 31):
        time, value = 0.9 * 1.13**step, 1e-6 * 1.9**step
        record(panel, observation, "rate", samples(time, value))
        panel.refresh(False)
        left, right = rate.canvas.x_range
        bottom, top = rate.canvas.y_range
        assert left <= time <= right
        assert bottom <= (np.log10(value) if log else value) <= top


def test_the_triangles_mark_exactly_the_largest_samples(panel: GraphsPanel) -> None:
    observation = begin(panel)
    random = np.random.default_rng(3)
    parts = [round_trips(2_000, begin=0.1 * n, end=0.1 * n + 0.1, seed=n) for n in range(5)]
    for part in parts:
        part["value"][random.integers(0, 2_000, 12)] *= random.uniform(15, 3_000, 12)
        record(panel, observation, "round trip", part)
        panel.refresh(True)
    trace = plot(panel, TRACE)
    values = np.concatenate([part["value"] for part in parts])
    times = np.concatenate([seconds(part) for part in parts])
    marks = sorted(trace.canvas.marks, key=lambda mark: mark[1])
    assert 3 < len(marks) <= OUTLIERS
    largest = np.argsort(values)[-len(marks) :]
    assert [mark[0] for mark in marks] == times[largest].tolist()
    assert [mark[1] for mark in marks] == np.log10(values[largest]).tolist()
    (entry,) = (entry for entry in trace.legend.entries if entry.text().startswith("outliers over"))
    assert entry.value == str(len(marks))
    entry.click()
    assert list(trace.canvas.marks) == []


def test_the_histogram_counts_every_sample_in_its_bin(panel: GraphsPanel) -> None:
    recorded = round_trips(5_000)
    show(panel, "round trip", recorded)
    distribution = plot(panel, DISTRIBUTION)
    (histogram,) = curves(distribution)
    x, heights = histogram.getData()
    edges, counts = 10 ** x[1:-1], np.where(heights[1:-1] > -0.01, np.round(10 ** heights[1:-1]), 0)
    assert len(counts) > 20
    assert counts.tolist() == np.histogram(recorded["value"], edges)[0].tolist()
    assert counts.sum() == 5_000
    left, right = distribution.canvas.x_range
    assert left <= np.log10(recorded["value"].min()) < np.log10(recorded["value"].max()) <= right


def test_the_percentiles_are_those_of_the_samples(panel: GraphsPanel) -> None:
    recorded = round_trips(5_000)
    show(panel, "round trip", recorded)
    distribution = plot(panel, DISTRIBUTION)
    named(distribution, "Percentiles", QToolButton).click()
    (curve,) = curves(distribution)
    shares = 1 - 10 ** -curve.getData()[0]
    exact = [percentile(recorded["value"], share) for share in shares]
    assert 10 ** curve.getData()[1] == pytest.approx(exact, rel=0.005)
    assert distribution.canvas.x_axis.texts == ("50 %", "90 %", "99 %", "99.9 %")


def test_a_histogram_can_be_zoomed_between_two_of_its_lines(panel: GraphsPanel) -> None:
    show(panel, "round trip", round_trips(1_000))
    distribution = plot(panel, DISTRIBUTION)
    press(distribution, *[Qt.Key.Key_Plus] * 40, held=CONTROL)
    assert span(distribution.canvas.y_range) > 0


def band(one: Plot) -> list[tuple[Floats, Floats]]:
    """Return lower edge, upper edge and middle."""
    drawn = [item.getData() for item in curves(one)]
    return sorted(drawn, key=lambda data: (data[1].mean(), 0))


def test_a_single_sample_is_a_mark_that_is_seen(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, "pipe", Series("delay", "s"))
    observation = begin(panel, "main")
    record(panel, observation, "delay", samples(0.1, 1e-3))
    panel.refresh(True)
    assert curves(panel.plots[0])[0].opts["pen"].widthF() == 4
    record(panel, observation, "delay", samples(0.2, 1e-3))
    panel.refresh(True)
    assert curves(panel.plots[0])[0].opts["pen"].widthF() == 1


def test_bands_reach_from_the_lowest_to_the_highest_process(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, "pipe", Series("delay", "s"))
    observation = begin(panel, *(f"worker {n}" for n in range(11)))
    times = seconds(round_trips(400))
    values = 10.0 ** np.random.default_rng(5).uniform(-6, -3, (11, 400))
    for ident in range(11):
        record(panel, observation, "delay", samples(times, values[ident]), ident)
    for _ in range(11):  # a frame brings one curve up to date, or more
        panel.refresh(True)
    (one,) = panel.plots
    low, middle, high = band(one)
    edges = np.linspace(*one.canvas.x_range, bands.COLUMNS + 1)
    column = np.searchsorted(edges, times, side="right")
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    last = np.sort(values[:, np.append(starts[1:], 400) - 1], axis=0)
    assert low[1].tolist() == np.log10(np.minimum.reduceat(values.min(axis=0), starts)).tolist()
    assert high[1].tolist() == np.log10(np.maximum.reduceat(values.max(axis=0), starts)).tolist()
    assert middle[1].tolist() == np.log10(last[5]).tolist()


def test_bands_of_a_run_that_has_ended_hold_every_process(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bands, "BUDGET", 0.0)  # as on a machine that is slow
    panel = panel_of(qtbot, "pipe", Series("rate", "messages/s"))
    observation = begin(panel, *(f"worker {n}" for n in range(11)))
    for ident in range(11):
        record(panel, observation, "rate", samples([0.1, 0.2, 0.3], ident + 1), ident)
    end(panel, observation)
    qtbot.waitUntil(lambda: [edge[1].max() for edge in band(panel.plots[0])] == [1, 6, 11], timeout=1000)


# ------------------------------------------------------------------------------------------- legend and colours


def checked(widget: QWidget) -> bool:
    """Tell whether a screen reader says that it is checked."""
    interface = QAccessible.queryAccessibleInterface(widget)
    assert interface is not None
    assert interface.role() == QAccessible.Role.CheckBox
    return bool(interface.state().checked)


def test_each_process_has_an_entry_in_the_legend_that_hides_its_curve(panel: GraphsPanel) -> None:
    observation = begin(panel, "main", "left", "right")
    for ident in range(3):
        record(panel, observation, "rate", samples([0.1, 0.2 + ident / 10], [ident + 1, 10 * (ident + 1)]), ident)
    panel.refresh(True)
    rate = plot(panel, RATE)
    entries = [entry for entry in rate.legend.entries if entry.isVisible()]
    assert [entry.accessibleName() for entry in entries] == ["main", "left", "right"]
    assert [plain(entry.accessibleDescription()) for entry in entries] == [f"{n}0 messages/s" for n in (1, 2, 3)]
    assert [curve.getData()[1][0] for curve in curves(rate)] == [1, 2, 3]
    entries[1].click()
    assert [checked(entry) for entry in entries] == [True, False, True]
    assert [curve.getData()[1][0] for curve in curves(rate)] == [1, 3]
    QTest.keyClick(entries[1], Qt.Key.Key_Space)
    assert checked(entries[1])
    assert [curve.getData()[1][0] for curve in curves(rate)] == [1, 2, 3]


def test_a_curve_alone_is_named_after_what_it_shows_until_a_second_process_records(
    qtbot: QtBot, panel: GraphsPanel
) -> None:
    observation = begin(panel, "main", "left", "right")
    record(panel, observation, "round trip", round_trips(300), 1)
    panel.refresh(True)
    trace = plot(panel, TRACE)

    def said() -> list[str]:
        return [entry.text() for entry in trace.legend.entries if entry.isVisible()]

    assert said() == ["lowest to highest", "median"]
    next(entry for entry in trace.legend.entries if entry.text() == "median").click()
    assert len(curves(trace)) == 1
    record(panel, observation, "round trip", round_trips(300, begin=1.0, end=2.0), 2)
    panel.refresh(True)
    qtbot.waitUntil(lambda: said() == ["left", "right"])


def look_of(one: Plot) -> list[str]:
    """Return the colours that a plot's curves are drawn with."""
    return [curve.opts["pen"].color().name() for curve in curves(one)]


@pytest.fixture
def wear(qapp: object) -> Iterator[Callable[[theme.Mode], None]]:
    """Return what puts on a theme; afterwards the one that was."""
    before = theme.mode()

    def put_on(mode: theme.Mode) -> None:
        theme.set_mode(mode)
        theme.notifier.changed.emit()

    yield put_on
    put_on(before)


@pytest.mark.parametrize("processes", [1, 2, 9])
def test_every_kind_of_plot_follows_the_theme(qtbot: QtBot, wear: Callable[[theme.Mode], None], processes: int) -> None:
    level = Series("level", "", plot="steps")
    panel = panel_of(qtbot, "pipe", Series("delay", "s", distribution=True, against=level), level)
    observation = begin(panel, *(f"worker {n}" for n in range(processes)))
    for ident in range(processes):
        record(panel, observation, "delay", round_trips(300, seed=ident), ident)
        record(panel, observation, "level", samples([0.1, 0.2, 0.8], [ident, 2, 3]), ident)
    worn: dict[theme.Mode, list[list[str]]] = {}
    for mode in ("Light", "Dark"):
        wear(mode)
        panel.refresh(True)
        worn[mode] = [look_of(one) for one in panel.plots]
        for one in panel.plots:
            assert one.canvas.grab().toImage().pixelColor(1, 1) == theme.color("bg")
    assert all(worn["Light"])
    for light, dark in zip(worn["Light"], worn["Dark"], strict=True):
        assert len(light) == len(dark)
        assert not set(light) & set(dark)
    wear("Light")
    assert [look_of(one) for one in panel.plots] == worn["Light"]


@pytest.mark.parametrize("count", [50, 5_000, 200_000])
def test_no_bin_of_the_distribution_rises_out_of_sight(panel: GraphsPanel, count: int) -> None:
    recorded = round_trips(count)
    recorded["value"][count // 2] = 0.01  # so far from the others that bins are wide
    show(panel, "round trip", recorded)
    one = plot(panel, DISTRIBUTION)
    heights = np.concatenate([curve.getData()[1] for curve in curves(one)])
    assert heights.max() <= one.canvas.y_range[1]
