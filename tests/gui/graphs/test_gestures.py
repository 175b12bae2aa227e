from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from ipclab.quantity import measured, thousands
from ipclab_gui.buffers import SEGMENT
from ipclab_gui.panels.graphs import GraphsPanel
from ipclab_gui.plots._canvas import Canvas
from ipclab_gui.plots._plot import NEAREST, Plot
from tests.gui.graphs.graphed import (
    CONTROL,
    DISTRIBUTION,
    LEFT,
    NONE,
    RATE,
    SHIFT,
    TRACE,
    Floats,
    Samples,
    begin,
    curves,
    drag,
    end,
    figures,
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
from tests.gui.observed import named


@pytest.fixture
def few(panel: GraphsPanel) -> Plot:
    """Return the trace of thirty round trips of a run that goes on."""
    show(panel, "round trip", round_trips(30))
    return plot(panel, TRACE)


# ---------------------------------------------------------------------------------------- figures of what is selected


def selected(recorded: Samples, one: Plot) -> Floats:
    assert one.selection is not None
    times = seconds(recorded)
    values: Floats = recorded["value"][(times >= one.selection[0]) & (times <= one.selection[1])]
    return values


def expected_of(values: Floats, length: float) -> dict[str, str]:
    return {
        "Selected": plain(measured(length, "s")),
        "Lowest": plain(measured(values.min(), "s")),
        "p50": plain(measured(percentile(values, 0.5), "s")),
        "p99": plain(measured(percentile(values, 0.99), "s")),
        "Highest": plain(measured(values.max(), "s")),
        "Round trips": plain(thousands(len(values))),
    }


def by_escape(canvas: Canvas) -> None:
    QTest.keyClick(canvas, Qt.Key.Key_Escape)


def by_click(canvas: Canvas) -> None:
    QTest.mouseClick(canvas.viewport(), LEFT, SHIFT, QPoint(400, 60))


@pytest.mark.parametrize("take_back", [by_escape, by_click])
def test_dragging_with_shift_shows_figures_of_what_is_selected(
    panel: GraphsPanel, take_back: Callable[[Canvas], None]
) -> None:
    recorded = round_trips(1_000)
    show(panel, "round trip", recorded)
    trace, whole = plot(panel, TRACE), figures(panel)
    drag(trace.canvas, QPoint(500, 60), QPoint(250, 90), SHIFT)
    assert trace.selection == pytest.approx([trace.canvas.to_data(QPointF(x, 0))[0] for x in (250, 500)])
    inside = selected(recorded, trace)
    assert 0 < len(inside) < 1_000
    assert trace.selection is not None
    assert figures(panel) == expected_of(inside, trace.selection[1] - trace.selection[0])
    take_back(trace.canvas)
    assert trace.selection is None
    assert figures(panel) == whole


def test_shift_and_arrows_select_from_the_middle_and_back(panel: GraphsPanel) -> None:
    recorded = round_trips(1_000)
    show(panel, "round trip", recorded)
    trace = plot(panel, TRACE)
    for _ in range(5):
        QTest.keyClick(trace.canvas, Qt.Key.Key_Right, SHIFT)
    first, last = trace.canvas.x_range
    assert trace.selection == pytest.approx(((first + last) / 2, (first + last) / 2 + 0.1 * (last - first)))
    assert figures(panel)["Round trips"] == str(len(selected(recorded, trace)))
    for _ in range(5):
        QTest.keyClick(trace.canvas, Qt.Key.Key_Left, SHIFT)
    assert trace.selection is None
    assert figures(panel)["Round trips"] == "1 000"


def test_figures_of_a_large_selection_are_counted_in_the_background(qtbot: QtBot, panel: GraphsPanel) -> None:
    recorded = round_trips(SEGMENT + 50_000)
    show(panel, "round trip", recorded)
    trace = plot(panel, TRACE)
    trace.select((0.1, 0.85))
    count = len(selected(recorded, trace))
    assert count > SEGMENT
    qtbot.waitUntil(lambda: "Selected" in figures(panel))
    assert figures(panel)["Round trips"] == plain(thousands(count))
    assert figures(panel)["Highest"] == plain(measured(selected(recorded, trace).max(), "s"))


def test_what_is_selected_is_counted_again_while_more_comes(panel: GraphsPanel) -> None:
    observation = show(panel, "round trip", samples([0.1, 0.2], 1e-3))
    plot(panel, TRACE).select((0.15, 0.9))
    assert figures(panel)["Round trips"] == "1"
    record(panel, observation, "round trip", samples([0.5, 0.95], 2e-3))
    panel.refresh(True)
    assert figures(panel)["Round trips"] == "2"


def test_a_curve_that_is_hidden_is_not_counted_in_what_is_selected(panel: GraphsPanel) -> None:
    observation = begin(panel, "main", "left", "right")
    record(panel, observation, "round trip", samples([0.1, 0.2], 1e-3), 1)
    record(panel, observation, "round trip", samples([0.1, 0.2, 0.3], 1e-3), 2)
    end(panel, observation)
    trace = plot(panel, TRACE)
    trace.select((0.0, 0.5))
    assert figures(panel)["Round trips"] == "5"
    next(entry for entry in trace.legend.entries if entry.text() == "left").click()
    assert figures(panel)["Round trips"] == "3"


def test_a_selection_of_steps_says_how_much_each_changed(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, "lost-updates")
    observation = begin(panel)
    record(panel, observation, "expected", samples([0.1, 0.2, 0.3, 0.4], [10, 20, 30, 40]))
    record(panel, observation, "actual", samples([0.1, 0.2, 0.3, 0.4], [10, 19, 27, 38]))
    panel.refresh(True)
    panel.plots[0].select((0.2, 0.35))
    assert figures(panel) == {"Selected": "150 ms", "Expected, change": "10", "Actual, change": "8"}


# -------------------------------------------------------------------------------------------------- zoom and pan


def turn(canvas: Canvas, at: QPoint, steps: int, held: Qt.KeyboardModifier = NONE) -> None:
    """Turn the wheel over a place, away from the person where `steps` is positive."""
    place = QPointF(at)
    where = QPointF(canvas.viewport().mapToGlobal(at))
    no_button, no_phase = Qt.MouseButton.NoButton, Qt.ScrollPhase.NoScrollPhase
    event = QWheelEvent(place, where, QPoint(), QPoint(0, 120 * steps), no_button, held, no_phase, False)
    QApplication.sendEvent(canvas.viewport(), event)


def test_the_wheel_zooms_about_the_pointer_once_the_plot_was_clicked(qtbot: QtBot, few: Plot) -> None:
    canvas, at = few.canvas, QPoint(300, 60)
    view = canvas.x_range
    elsewhere = named(few, "Save", QToolButton)
    elsewhere.setFocus()
    qtbot.waitUntil(elsewhere.hasFocus)
    turn(canvas, at, 3)
    assert canvas.x_range == view
    QTest.mouseClick(canvas.viewport(), LEFT, NONE, at)
    qtbot.waitUntil(canvas.hasFocus)
    time, value = canvas.to_data(QPointF(at))
    turn(canvas, at, 3)
    assert span(canvas.x_range) == pytest.approx(span(view) / 1.25**3)
    turn(canvas, at, 2, CONTROL)
    assert canvas.to_data(QPointF(at)) == pytest.approx((time, value))
    assert not few.shows_all
    turn(canvas, at, -5)
    turn(canvas, at, -5, CONTROL)
    assert few.shows_all
    assert canvas.x_range == view


@pytest.mark.parametrize("log", [True, False])
def test_zoom_by_keys_has_an_end_in_both_directions(few: Plot, log: bool) -> None:
    few.set_log(log)
    canvas = few.canvas
    all_times, all_values = canvas.x_range, canvas.y_range
    for held, axis in ((NONE, "x"), (CONTROL, "y")):
        press(few, *[Qt.Key.Key_Plus] * 120, held=held)
        view, everything = (canvas.x_range, all_times) if axis == "x" else (canvas.y_range, all_values)
        assert NEAREST * span(everything) <= span(view) < 2 * NEAREST * span(everything)
    canvas.grab()
    press(few, *[Qt.Key.Key_Minus] * 120)
    press(few, *[Qt.Key.Key_Minus] * 120, held=CONTROL)
    assert few.shows_all
    assert (canvas.x_range, canvas.y_range) == (all_times, all_values)


def test_arrows_and_the_mouse_move_the_view_never_past_the_data(few: Plot) -> None:
    canvas = few.canvas
    first, last = canvas.x_range
    press(few, Qt.Key.Key_Right)
    assert few.shows_all
    few.zoom("x", 4, 0.5)
    few.zoom("y", 4, 0.5)
    x, y = canvas.x_range, canvas.y_range
    press(few, Qt.Key.Key_Right, Qt.Key.Key_Up)
    assert canvas.x_range == pytest.approx((x[0] + 0.1 * span(x), x[1] + 0.1 * span(x)))
    assert canvas.y_range == pytest.approx((y[0] + 0.1 * span(y), y[1] + 0.1 * span(y)))
    under = canvas.to_data(QPointF(300, 60))
    drag(canvas, QPoint(300, 60), QPoint(380, 80), NONE)
    assert canvas.to_data(QPointF(380, 80)) == pytest.approx(under)
    press(few, *[Qt.Key.Key_Right] * 50)
    assert canvas.x_range == pytest.approx((last - span(x), last))
    press(few, *[Qt.Key.Key_Left] * 50)
    assert canvas.x_range == pytest.approx((first, first + span(x)))


def by_key(one: Plot) -> None:
    press(one, Qt.Key.Key_0)


def by_button(one: Plot) -> None:
    named(one, "Show all", QToolButton).click()


def by_double_click(one: Plot) -> None:
    QTest.mouseDClick(one.canvas.viewport(), LEFT, NONE, QPoint(300, 60))


@pytest.mark.parametrize("by", [by_key, by_button, by_double_click])
def test_all_is_shown_again_and_followed(panel: GraphsPanel, by: Callable[[Plot], None]) -> None:
    observation = show(panel, "round trip", round_trips(30))
    trace = plot(panel, TRACE)
    before = trace.canvas.x_range, trace.canvas.y_range
    press(trace, Qt.Key.Key_Plus)
    press(trace, Qt.Key.Key_Plus, held=CONTROL)
    by(trace)
    assert (trace.canvas.x_range, trace.canvas.y_range) == before
    record(panel, observation, "round trip", samples(before[0][1] + 0.9, 1.0))
    panel.refresh(False)
    assert trace.canvas.x_range[1] >= before[0][1] + 0.9
    assert trace.canvas.y_range[1] >= 0


def test_l_and_its_button_toggle_the_logarithm(few: Plot) -> None:
    button = named(few, "Log", QToolButton)
    (logarithms,) = (item.getData()[1] for item in curves(few))
    assert button.isChecked()
    press(few, Qt.Key.Key_L)
    assert not button.isChecked()
    assert curves(few)[0].getData()[1] == pytest.approx(10**logarithms)
    assert few.canvas.y_range[0] == 0
    button.click()
    assert np.array_equal(curves(few)[0].getData()[1], logarithms)


def test_there_is_no_logarithm_of_what_is_not_above_zero(panel: GraphsPanel) -> None:
    show(panel, "rate", samples([0.1, 0.2], [0, 5]))
    rate = plot(panel, RATE)
    button = named(rate, "Log", QToolButton)
    assert not button.isEnabled()
    assert button.toolTip() == "A logarithmic axis needs values above zero"
    press(rate, Qt.Key.Key_L)
    assert not rate.log
    assert curves(rate)[0].getData()[1].tolist() == [0, 5]


def test_a_zoomed_view_survives_the_first_sample_of_zero(panel: GraphsPanel) -> None:
    observation = show(panel, "round trip", round_trips(30))
    trace = plot(panel, TRACE)
    trace.zoom("y", 2, 0.5)
    record(panel, observation, "round trip", samples(0.95, 0.0))
    panel.refresh(True)
    assert not trace.log
    assert trace.canvas.y_range[1] > 0


# -------------------------------------------------------------------------------------------------------- crosshair


def even(count: int) -> Samples:
    return samples(np.linspace(0.1, 0.9, count), 1e-6 * np.arange(1, count + 1))


def test_control_and_arrows_go_from_sample_to_sample_and_say_each(panel: GraphsPanel) -> None:
    show(panel, "round trip", even(9))
    trace = plot(panel, TRACE)
    said = []
    for key in [Qt.Key.Key_Right] * 3 + [Qt.Key.Key_Left]:
        press(trace, key, held=CONTROL)
        said.append(plain(trace.canvas.accessibleDescription()))
    assert said == [
        "5.00 µs, at 0.5000 s, sample 5",
        "6.00 µs, at 0.6000 s, sample 6",
        "7.00 µs, at 0.7000 s, sample 7",
        "6.00 µs, at 0.6000 s, sample 6",
    ]
    press(trace, *[Qt.Key.Key_Right] * 20, held=CONTROL)
    assert plain(trace.canvas.accessibleDescription()) == "9.00 µs, at 0.9000 s, sample 9"
    press(trace, *[Qt.Key.Key_Left] * 20, held=CONTROL)
    assert plain(trace.canvas.accessibleDescription()) == "1.00 µs, at 0.1000 s, sample 1"


def test_of_many_samples_the_crosshair_steps_to_one_that_can_be_told_apart(panel: GraphsPanel) -> None:
    show(panel, "round trip", even(50_000))
    trace = plot(panel, TRACE)
    places = []
    for _ in range(4):
        press(trace, Qt.Key.Key_Right, held=CONTROL)
        assert trace.canvas.pinned is not None
        places.append(trace.canvas.to_pixel(trace.canvas.pinned.x, 0).x())
    assert np.diff(places).min() > 0.99
    assert np.diff(places).max() < 1.1


def test_the_crosshair_is_painted_at_the_sample_nearest_to_the_pointer(panel: GraphsPanel) -> None:
    observation = begin(panel, "left", "right")
    recorded = even(9)
    record(panel, observation, "round trip", recorded, 0)
    record(panel, observation, "round trip", samples(seconds(recorded), 1e-3), 1)
    panel.refresh(True)
    canvas = plot(panel, TRACE).canvas
    before = canvas.grab().toImage()
    place = canvas.to_pixel(0.3, float(np.log10(3e-6))) + QPointF(9, 6)
    QTest.mouseMove(canvas.viewport(), place.toPoint())
    assert canvas.pointer is not None
    snapped = canvas.snap(canvas.pointer)
    assert snapped is not None
    assert [plain(line) for line in snapped.lines] == ["3.00 µs", "at 0.3000 s", "left", "sample 3"]
    assert canvas.grab().toImage() != before
    QApplication.sendEvent(canvas, QEvent(QEvent.Type.Leave))
    assert canvas.grab().toImage() == before


def test_over_the_histogram_it_says_how_many_are_in_the_bin(panel: GraphsPanel) -> None:
    show(panel, "round trip", samples(np.linspace(0.1, 0.9, 40), [16e-6] * 30 + [1e-3] * 10))
    canvas = plot(panel, DISTRIBUTION).canvas
    snapped = canvas.snap(canvas.to_pixel(float(np.log10(16e-6)), 1))
    assert snapped is not None
    count, between, share = (plain(line) for line in snapped.lines)
    assert (count, share) == ("30", "75.0 % of all")
    low, high = (float(text.removesuffix(" µs")) for text in between.split(" to "))
    assert low <= 16 <= high


def test_escape_takes_the_crosshair_of_the_keyboard_away(panel: GraphsPanel) -> None:
    show(panel, "round trip", round_trips(1_000))
    trace = plot(panel, TRACE)
    QTest.keyClick(trace.canvas, Qt.Key.Key_Right, CONTROL)
    assert trace.canvas.pinned is not None
    QTest.keyClick(trace.canvas, Qt.Key.Key_Escape)
    assert trace.canvas.pinned is None
    QTest.keyClick(trace.canvas, Qt.Key.Key_Right, CONTROL)
    assert trace.canvas.pinned is not None
