from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from ipclab.catalog import find
from ipclab.quantity import measured, number_from, thousands
from ipclab.records import Series
from ipclab_gui import theme
from ipclab_gui.buffers import SEGMENT, Buffers
from ipclab_gui.panels import graphs
from ipclab_gui.panels.graphs import GraphsPanel
from tests.gui.graphs.graphed import (
    DISTRIBUTION,
    TRACE,
    begin,
    curves,
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
)
from tests.gui.observed import fold, named, words

# --------------------------------------------------------------------------------------------- with nothing to see


@pytest.mark.parametrize(
    ("experiment", "heading", "sentence"),
    [
        pytest.param("pipe", "No graphs yet", "round trips over time, and how they are distributed", id="traces"),
        pytest.param("lost-updates", "No graphs yet", "expected against actual increments over time", id="steps"),
        pytest.param("separate-memory", "No graphs", "This experiment measures nothing", id="no series"),
    ],
)
def test_says_what_will_be_drawn_before_the_first_run(
    qtbot: QtBot, experiment: str, heading: str, sentence: str
) -> None:
    panel = panel_of(qtbot, experiment)
    assert words(panel).splitlines()[0] == heading
    assert sentence in words(panel)
    with qtbot.waitSignal(panel.run_wanted, timeout=1000):
        named(panel, "Run", QPushButton).click()


def test_offers_no_run_while_one_goes_on_that_has_recorded_nothing(panel: GraphsPanel) -> None:
    begin(panel)
    panel.refresh(True)
    assert words(panel).splitlines() == ["No graphs yet", "Nothing has been recorded so far."]
    assert not named(panel, "Run", QPushButton).isVisible()
    assert figures(panel) == {}


def test_says_that_a_run_recorded_nothing_and_offers_another(panel: GraphsPanel) -> None:
    observation = begin(panel)
    panel.refresh(True)
    end(panel, observation)
    assert "This run recorded nothing that could be drawn." in words(panel)
    assert named(panel, "Run", QPushButton).isVisible()


# ------------------------------------------------------------------------------------------------ which plots there are


def test_a_plot_appears_with_the_first_sample_of_its_series(panel: GraphsPanel) -> None:
    observation = show(panel, "rate", samples(0.2, 700.0))
    assert [one.canvas.accessibleName() for one in panel.plots] == ["Rate over the run’s time"]
    assert panel.plots[0].isVisible()
    assert "Nothing has been recorded" not in words(panel)
    record(panel, observation, "round trip", samples(0.3, 15e-6))
    panel.refresh(False)
    assert [one.title.text() for one in panel.plots] == ["Round trip", "Distribution", "Rate"]
    assert all(one.isVisible() for one in panel.plots)


LEVEL = Series("level", "", plot="steps")
DELAY = Series("delay", "s")
DISTRIBUTED = Series("delay", "s", distribution=True)


@pytest.mark.parametrize(
    ("series", "processes", "kinds"),
    [
        pytest.param((DELAY,), 1, ["TracePlot"], id="trace"),
        pytest.param((DISTRIBUTED,), 1, ["TracePlot", "DistributionPlot"], id="with a distribution"),
        pytest.param(
            (DELAY._replace(against=LEVEL), LEVEL), 1, ["AgainstPlot", "TracePlot", "StepsPlot"], id="against"
        ),
        pytest.param((DELAY,), 8, ["TracePlot"], id="traces of eight processes"),
        pytest.param((LEVEL,), 8, ["StepsPlot"], id="steps of eight"),
        pytest.param((LEVEL,), 9, ["BandsPlot"], id="of nine: bands"),
        pytest.param((DISTRIBUTED,), 9, ["DistributionPlot", "BandsPlot"], id="bands and a distribution"),
        pytest.param((LEVEL, DELAY), 1, ["StepsPlot", "TracePlot"], id="a plot for each series"),
        pytest.param(
            (LEVEL._replace(group="levels"), DELAY._replace(group="levels")), 1, ["StepsPlot"], id="one for a group"
        ),
    ],
)
def test_what_is_declared_says_which_plots_there_are(
    qtbot: QtBot, series: tuple[Series, ...], processes: int, kinds: list[str]
) -> None:
    panel = panel_of(qtbot, "pipe", *series)
    observation = begin(panel, *(f"worker {n}" for n in range(processes)))
    for one in series:
        for ident in range(processes):
            record(panel, observation, one.name, samples([0.1, 0.2], [1e-3, 2e-3]), ident)
    panel.refresh(True)
    assert [type(one).__name__ for one in panel.plots] == kinds


def test_a_single_curve_is_called_by_what_it_is_and_not_by_who_recorded_it(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, "pipe", LEVEL)
    observation = begin(panel, "main", "worker")
    record(panel, observation, "level", samples(0.1, 3.0), 0)
    panel.refresh(True)
    assert figures(panel) == {"Level": "3"}
    record(panel, observation, "level", samples(0.1, 4.0), 1)
    panel.refresh(True)
    assert figures(panel) == {"Main": "3", "Worker": "4"}


def test_a_median_has_the_colour_that_the_legend_says_where_another_series_may_join(qtbot: QtBot) -> None:
    other = DELAY._replace(name="delay under a lock")
    panel = panel_of(qtbot, "pipe", DELAY._replace(group="delays"), other._replace(group="delays"))
    observation = begin(panel, "main")
    record(panel, observation, "delay", samples(np.linspace(0.1, 0.9, 2_000), np.linspace(1e-3, 2e-3, 2_000)))
    panel.refresh(True)
    (trace,) = panel.plots
    assert [entry.text() for entry in trace.legend.entries if entry.isVisible()] == ["delay"]
    envelope, median = (one.opts["pen"].color().name() for one in curves(trace))
    assert median == theme.series_color(0).name()
    assert envelope != median
    trace.legend.entries[0].click()
    assert not any(one.isVisible() for one in curves(trace))


def test_curves_become_bands_when_a_ninth_process_records(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, "pipe", LEVEL)
    observation = begin(panel, *(f"worker {n}" for n in range(10)))
    for ident in range(8):
        record(panel, observation, "level", samples(0.1, ident), ident)
    panel.refresh(True)
    (steps,) = panel.plots
    record(panel, observation, "level", samples(0.2, 8), 8)
    with qtbot.waitSignal(steps.destroyed, timeout=1000):
        panel.refresh(True)
    (bands,) = panel.plots
    assert type(bands).__name__ == "BandsPlot"
    assert plain(bands.canvas.accessibleDescription()) == "9 samples from 0 to 8"
    record(panel, observation, "level", samples(0.2, 9), 9)
    panel.refresh(True)
    assert panel.plots == [bands]
    assert figures(panel) == {"Lowest now": "0", "Middle now": "4", "Highest now": "9"}
    assert [entry.value for entry in bands.legend.entries] == ["10 curves", "4"]


def test_two_plots_stand_side_by_side_where_the_panel_is_low(qtbot: QtBot, panel: GraphsPanel) -> None:
    show(panel, "round trip", round_trips(20))
    trace, distribution = panel.plots
    assert trace.y() < distribution.y()
    panel.resize(900, 400)
    qtbot.waitUntil(lambda: trace.y() == distribution.y())
    assert trace.x() + trace.width() < distribution.x()


# ----------------------------------------------------------------------------------------------------------- figures


@pytest.mark.parametrize("count", [1, 2, 1_000, 80_000])
def test_figures_of_a_finished_run_are_those_of_its_samples(panel: GraphsPanel, count: int) -> None:
    recorded = round_trips(count)
    values, times = recorded["value"], seconds(recorded)
    end(panel, show(panel, "round trip", recorded))
    expected = {
        "Round trip, p50": plain(measured(percentile(values, 0.5), "s")),
        "p99": plain(measured(percentile(values, 0.99), "s")),
        "p99.9": plain(measured(percentile(values, 0.999), "s")),
        "Slowest": plain(measured(values.max(), "s")),
        "Round trips": plain(thousands(count)),
    }
    if count > 1:
        expected["Rate"] = plain(measured((count - 1) / (times[-1] - times[0]), "")) + " /s"
    else:  # one sample has no percentiles
        expected = {"Round trip": expected["Round trip, p50"]}
    assert figures(panel) == expected
    assert plain(panel.figures.accessibleName()) == ", ".join(f"{label} {text}" for label, text in expected.items())


def test_percentiles_of_a_long_run_that_goes_on_are_near_and_its_extremes_exact(panel: GraphsPanel) -> None:
    recorded = round_trips(80_000)
    values = recorded["value"]
    show(panel, "round trip", recorded)
    said = figures(panel)
    for label, share in (("Round trip, p50", 0.5), ("p99", 0.99), ("p99.9", 0.999)):
        bound = 0.004 + 0.005  # of the histogram, and of three digits
        assert number_from(said[label], "s", whole=False) == pytest.approx(percentile(values, share), rel=bound)
    assert said["Slowest"] == plain(measured(values.max(), "s"))
    assert said["Round trips"] == "80 000"


def test_figures_count_the_samples_of_all_processes(panel: GraphsPanel) -> None:
    observation = begin(panel, "main", "left", "right")
    parts = [round_trips(300, seed=1), round_trips(500, seed=2)]
    for ident, part in enumerate(parts, 1):
        record(panel, observation, "round trip", part, ident)
    panel.refresh(True)
    values = np.concatenate([part["value"] for part in parts])
    assert figures(panel)["Round trip, p50"] == plain(measured(percentile(values, 0.5), "s"))
    assert figures(panel)["Round trips"] == "800"


def test_a_plain_series_says_its_median_whichever_process_recorded_it(panel: GraphsPanel) -> None:
    observation = begin(panel, "main", "left", "right")
    for ident, (time, value) in enumerate([(0.2, 900), (0.4, 1234), (0.3, 700)]):
        record(panel, observation, "rate", samples([0.1, time, time + 0.1], [100, value, value]), ident)
    panel.refresh(True)
    assert figures(panel) == {"Rate, median": "700 messages/s"}


def test_steps_say_the_newest_value_of_each(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, "lost-updates")
    observation = begin(panel)
    record(panel, observation, "expected", samples([0.1, 0.2], [100, 40_000]))
    record(panel, observation, "actual", samples([0.1, 0.2], [90, 37_887]))
    panel.refresh(True)
    assert figures(panel) == {"Expected": "40 000", "Actual": "37 887"}


def test_no_number_counts_as_none(panel: GraphsPanel) -> None:
    show(panel, "round trip", samples([0.1, 0.2, 0.3], [2e-3, math.nan, 4e-3]))
    panel.grab()
    assert figures(panel)["Slowest"] == "4.00 ms"
    assert figures(panel)["Round trips"] == "2"


def test_a_sample_may_be_infinite(panel: GraphsPanel) -> None:
    show(panel, "rate", samples([0.1, 0.2, 0.3], [3.0, math.inf, math.inf]))
    assert figures(panel) == {"Rate, median": "inf"}


def test_figures_and_words_change_four_times_a_second_while_curves_go_on(panel: GraphsPanel) -> None:
    observation = show(panel, "rate", samples([0.1, 0.2], [6, 6]))
    (rate,) = panel.plots
    described = rate.canvas.accessibleDescription()
    before = rate.canvas.grab().toImage()
    record(panel, observation, "rate", samples([0.5, 0.6, 0.7], [4, 4, 4]))
    panel.refresh(False)
    assert rate.canvas.grab().toImage() != before
    assert figures(panel) == {"Rate, median": "6 messages/s"}
    assert rate.canvas.accessibleDescription() == described
    panel.refresh(True)
    assert figures(panel) == {"Rate, median": "4 messages/s"}
    assert plain(rate.canvas.accessibleDescription()) == "5 samples from 4 messages/s to 6 messages/s"


# --------------------------------------------------------------------------------- pause, notes, and another run


def test_space_pauses_all_plots_and_goes_on_with_what_came_meanwhile(panel: GraphsPanel) -> None:
    observation = show(panel, "round trip", round_trips(30))
    trace, distribution = panel.plots
    press(trace, Qt.Key.Key_Space)
    assert [one.paused for one in panel.plots] == [True, True]
    assert trace.unit.text() == "drawing paused, the run goes on"
    before = [one.canvas.grab().toImage() for one in panel.plots], figures(panel)
    record(panel, observation, "round trip", samples(1.5, 1e-3))
    panel.refresh(True)
    assert ([one.canvas.grab().toImage() for one in panel.plots], figures(panel)) == before
    press(distribution, Qt.Key.Key_Space)
    assert "paused" not in words(panel)
    assert curves(trace)[0].getData()[0][-1] == 1.5
    panel.refresh(True)
    assert figures(panel)["Round trips"] == "31"


def test_a_paused_plot_that_is_zoomed_still_says_that_it_is_paused(panel: GraphsPanel) -> None:
    show(panel, "round trip", round_trips(30))
    trace = plot(panel, TRACE)
    press(trace, Qt.Key.Key_Space, Qt.Key.Key_Plus)
    assert trace.unit.text() == "drawing paused, the run goes on"


def test_what_came_before_the_end_of_a_paused_run_is_in_the_figures_when_it_goes_on(panel: GraphsPanel) -> None:
    observation = show(panel, "round trip", round_trips(30))
    press(panel.plots[0], Qt.Key.Key_Space)
    record(panel, observation, "round trip", samples(1.5, 1e-3))
    end(panel, observation)
    press(panel.plots[0], Qt.Key.Key_Space)
    assert figures(panel)["Round trips"] == "31"


def test_says_how_many_samples_are_not_here(panel: GraphsPanel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphs, "Buffers", partial(Buffers, held=2 * SEGMENT))
    observation = show(panel, "round trip", round_trips(2 * SEGMENT))
    assert "samples" not in words(panel)
    record(panel, observation, "round trip", samples([1.1, 1.2], 1e-3), dropped={"rate": 5, "throughput": 2_000})
    panel.refresh(True)
    assert plain(words(panel)).splitlines()[0] == (
        f"The oldest {plain(thousands(SEGMENT))} samples are no longer held. 2 005 samples could not be recorded."
    )
    fold(observation, omitted=(0, 1_234))
    panel.refresh(True)
    assert "1 234 samples were too many to keep." in plain(words(panel))
    assert figures(panel)["Round trips"] == plain(thousands(2 * SEGMENT + 2))


def test_a_note_that_was_said_of_the_run_before_is_said_again(panel: GraphsPanel) -> None:
    for _ in range(2):
        observation = begin(panel)
        record(panel, observation, "rate", samples(0.1, 5), dropped={"rate": 7})
        panel.refresh(True)
        assert "7 samples could not be recorded." in plain(words(panel))


def another_run(panel: GraphsPanel) -> None:
    begin(panel)


def another_experiment(panel: GraphsPanel) -> None:
    panel.set_experiment(find("lost-updates"))


@pytest.mark.parametrize("come", [another_run, another_experiment])
def test_the_run_before_is_forgotten(qtbot: QtBot, panel: GraphsPanel, come: Callable[[GraphsPanel], None]) -> None:
    observation = show(panel, "round trip", round_trips(30))
    fold(observation, dropped={"rate": 7})
    panel.refresh(True)
    press(panel.plots[0], Qt.Key.Key_Space)
    panel.plots[0].select((0.2, 0.5))
    with qtbot.waitSignals([one.destroyed for one in panel.plots], timeout=1000):
        come(panel)
    assert panel.plots == []
    assert figures(panel) == {}
    assert words(panel).startswith("No graphs yet")


def test_another_run_begins_with_its_own_samples_and_is_not_paused(panel: GraphsPanel) -> None:
    show(panel, "round trip", round_trips(30))
    press(panel.plots[0], Qt.Key.Key_Space)
    show(panel, "round trip", samples([0.1, 0.2], [1e-3, 2e-3]))
    trace, distribution = panel.plots
    assert not trace.paused
    assert curves(trace)[0].getData()[0].tolist() == [0.1, 0.2]
    assert plain(distribution.canvas.accessibleDescription()).startswith("2 round trips: ")
    assert figures(panel)["Round trips"] == "2"


# ---------------------------------------------------------------------------------------------------- spoken names


@pytest.mark.parametrize("processes", [1, 9])
def test_all_that_the_keyboard_reaches_has_a_name(qtbot: QtBot, processes: int) -> None:
    series = DISTRIBUTED._replace(name="round trip"), LEVEL
    panel = panel_of(qtbot, "pipe", *series)
    observation = begin(panel, *(f"worker {n}" for n in range(processes)))
    for ident in range(processes):
        for one in series:
            record(panel, observation, one.name, samples([0.1, 0.2], [1e-3, 2e-3]), ident)
    panel.refresh(True)
    names = sorted(one.canvas.accessibleName() for one in panel.plots)
    assert names == [DISTRIBUTION, "Level over the run’s time", TRACE]
    for widget in panel.findChildren(QWidget):
        reached = widget.focusPolicy() != Qt.FocusPolicy.NoFocus and widget.focusProxy() is None
        if widget.isVisible() and reached:
            assert widget.accessibleName(), widget
    for button in panel.findChildren(QToolButton):
        assert button.text() in ("", button.accessibleName())
        assert button.toolTip().startswith(button.accessibleName())


def test_a_plot_says_what_it_shows_to_those_who_cannot_see_it(panel: GraphsPanel) -> None:
    recorded = round_trips(1_000)
    show(panel, "round trip", recorded)
    values = recorded["value"]
    said = {one.canvas.accessibleName(): plain(one.canvas.accessibleDescription()) for one in panel.plots}
    low, high = plain(measured(values.min(), "s")), plain(measured(values.max(), "s"))
    p50, p99, p999 = (plain(measured(percentile(values, share), "s")) for share in (0.5, 0.99, 0.999))
    assert said[TRACE] == f"1 000 samples from {low} to {high}"
    assert said[DISTRIBUTION] == f"1 000 round trips: p50 {p50}, p99 {p99}, p99.9 {p999}, max {high}"
