"""The plot of a series against the one that says at what each sample was measured."""

from __future__ import annotations

import csv
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from ipclab.observation import Observation
from ipclab.records import Series
from ipclab_gui import theme
from ipclab_gui.panels.graphs import GraphsPanel
from ipclab_gui.plots._plot import Plot
from tests.gui.graphs.graphed import CONTROL, begin, colors, end, panel_of, plain, plot, press, record, samples
from tests.gui.observed import named

SIZE = Series("payload", "B", plot="steps")
TIME = Series("round trip", "s", distribution=True, against=SIZE)
NAME = "Round trip against payload"
SIZES = [1_024, 8_192, 17_000]
TIMES = {1_024: [40e-6, 50e-6, 90e-6], 8_192: [45e-6, 55e-6, 56e-6], 17_000: [0.04, 0.088, 0.09]}


@pytest.fixture
def panel(qtbot: QtBot) -> GraphsPanel:
    return panel_of(qtbot, "pipe", TIME, SIZE)


def round_trips(panel: GraphsPanel, observation: Observation, ident: int, times: dict[int, list[float]]) -> None:
    """Let a process have sent each size in turn, and recorded size and time."""
    turns = [(size, of[turn]) for turn in range(len(next(iter(times.values())))) for size, of in times.items()]
    at = 0.1 + np.arange(len(turns)) * 0.1
    record(panel, observation, "payload", samples(at, [size for size, _ in turns]), ident)
    record(panel, observation, "round trip", samples(at + 1e-6, [took for _, took in turns]), ident)


@pytest.fixture
def against(panel: GraphsPanel) -> Plot:
    """Return the plot of a run that has ended, with two clients; the second one's times are all 30 µs."""
    observation = begin(panel, "slow", "quick")
    round_trips(panel, observation, 0, TIMES)
    round_trips(panel, observation, 1, {size: [30e-6] * 3 for size in SIZES})
    end(panel, observation)
    return plot(panel, NAME)


def drawn(one: Plot) -> list[tuple[list[float], list[float], list[float]]]:
    """Return x, medians, and lowest and highest in turn of each curve in sight, as values."""
    found = [curve for curve in one.curves.values() if curve.median.isVisible() and curve.places]  # type: ignore[attr-defined]
    return [
        (
            (10 ** curve.median.getData()[0]).tolist(),
            (10 ** curve.median.getData()[1]).tolist(),
            (10 ** curve.span.getData()[1]).tolist(),
        )
        for curve in found
    ]


def test_each_size_has_its_median_its_lowest_and_its_highest(against: Plot) -> None:
    (sizes, medians, extremes), (_, quick, _) = drawn(against)
    assert sizes == pytest.approx(SIZES)
    assert medians == pytest.approx([50e-6, 55e-6, 0.088])
    assert extremes == pytest.approx([40e-6, 90e-6, 45e-6, 56e-6, 0.04, 0.09])
    assert quick == pytest.approx([30e-6] * 3)


def test_the_axes_hold_all_and_name_powers_of_two_and_round_times(against: Plot) -> None:
    (left, right), (low, high) = against.canvas.x_range, against.canvas.y_range
    assert 10**left < 1_024 < 17_000 < 10**right
    assert 10**low < 30e-6 < 0.09 < 10**high
    across = against.canvas.x_axis
    assert [plain(text) for text in across.texts] == ["1 KiB", "2 KiB", "4 KiB", "8 KiB", "16 KiB"]
    assert [10**place for place in across.places] == pytest.approx([2**power for power in range(10, 15)])
    assert against.unit.text().startswith("µs, median")


def test_a_sample_waits_for_the_value_that_it_belongs_to(panel: GraphsPanel) -> None:
    observation = begin(panel)
    record(panel, observation, "payload", samples([0.1], [1_024]))
    record(panel, observation, "round trip", samples([0.11, 0.21], [1e-3, 2e-3]))  # the second one's is under way
    panel.refresh(True)
    one = plot(panel, NAME)
    assert drawn(one) == []
    record(panel, observation, "payload", samples([0.2], [2_048]))
    panel.refresh(True)
    assert [where[0] for where in drawn(one)] == [pytest.approx([1_024])]
    assert [where[1] for where in drawn(one)] == [pytest.approx([1e-3])]
    end(panel, observation)
    assert [where[0] for where in drawn(one)] == [pytest.approx([1_024, 2_048])]
    assert [where[1] for where in drawn(one)] == [pytest.approx([1e-3, 2e-3])]


def test_many_samples_are_counted_frame_after_frame_and_all_of_them_at_the_end(panel: GraphsPanel) -> None:
    observation = begin(panel)
    count = 200_000
    at = np.linspace(0.1, 9.0, count)
    sizes = np.resize(np.array(SIZES, np.float64), count)
    took = 1e-5 * np.random.default_rng(1).lognormal(0, 0.3, count)
    record(panel, observation, "payload", samples(at, sizes))
    record(panel, observation, "round trip", samples(at + 1e-6, took))
    panel.refresh(True)
    one = plot(panel, NAME)
    (curve,) = one.curves.values()  # type: ignore[attr-defined]
    assert 0 < curve.seen < count
    end(panel, observation)
    assert {size: summary.n for size, summary in curve.places.items()} == {
        size: int((sizes == size).sum()) for size in SIZES
    }
    ((_, medians, extremes),) = drawn(one)
    assert medians == pytest.approx([float(np.median(took[sizes == size])) for size in SIZES], rel=0.004)
    assert extremes[4:] == pytest.approx([took[sizes == 17_000].min(), took[sizes == 17_000].max()])


def test_nothing_at_all_has_a_place_too(panel: GraphsPanel) -> None:
    observation = begin(panel)
    round_trips(panel, observation, 0, {0: [1e-3], 64: [2e-3]})
    end(panel, observation)
    one = plot(panel, NAME)
    assert drawn(one)[0][0] == pytest.approx([32, 64])
    assert [plain(text) for text in one.canvas.x_axis.texts] == ["0 B", "64 B"]


def test_what_is_not_above_zero_is_left_out(panel: GraphsPanel) -> None:
    observation = begin(panel)
    round_trips(panel, observation, 0, {64: [0.0, -1.0, np.nan, 2e-3]})
    end(panel, observation)
    assert drawn(plot(panel, NAME))[0][2] == pytest.approx([2e-3, 2e-3])


def test_the_legend_hides_a_process(against: Plot) -> None:
    assert [entry.text() for entry in against.legend.entries] == ["slow", "quick"]
    against.legend.entries[0].click()
    assert [medians for _, medians, _ in drawn(against)] == [pytest.approx([30e-6] * 3)]
    against.legend.entries[0].click()
    assert len(drawn(against)) == 2


def test_pointer_and_keys_say_what_is_at_a_place(against: Plot) -> None:
    place = against.canvas.to_pixel(np.log10(17_000), np.log10(0.088))
    shown = against.canvas.snap(place)
    assert shown is not None
    says = ["88.0 ms", "at 17 000 B", "slow", "40.0 ms to 90.0 ms", "3 round trips"]
    assert [plain(line) for line in shown.lines] == says
    assert against.canvas.snap(place + QPoint(0, 60)) is None
    press(against, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, held=CONTROL)
    assert plain(against.canvas.accessibleDescription()) == ", ".join(says)
    press(against, Qt.Key.Key_Right, held=CONTROL)
    assert plain(against.canvas.accessibleDescription()).startswith("30.0 µs, at 1 KiB, quick")
    press(against, Qt.Key.Key_Escape)
    assert against.canvas.pinned is None


def test_it_is_said_in_words(against: Plot) -> None:
    said = plain(against.canvas.accessibleDescription())
    assert (
        said
        == "slow: 1 KiB 50.0 µs, 8 KiB 55.0 µs, 17 000 B 88.0 ms; quick: 1 KiB 30.0 µs, 8 KiB 30.0 µs, 17 000 B 30.0 µs"
    )


def test_a_zoomed_view_shows_all_again(against: Plot) -> None:
    whole = against.canvas.x_range
    against.zoom("x", 4.0, 0.5)
    assert against.canvas.x_range != whole
    named(against, "Show all", QToolButton).click()
    assert against.canvas.x_range == whole
    QTest.keyClick(against.canvas, Qt.Key.Key_L)
    assert against.log


def test_it_is_saved_as_picture_drawing_and_table(qtbot: QtBot, against: Plot, tmp_path: Path) -> None:
    for name in ("a.png", "a.svg", "a.csv"):
        against.save(tmp_path / name)
    qtbot.waitUntil((tmp_path / "a.csv").exists)
    inks = {theme.color("bg").name(), theme.series_color(0).name(), theme.series_color(1).name()}
    assert inks <= colors(QImage(str(tmp_path / "a.png")))
    root = ET.parse(tmp_path / "a.svg").getroot()
    assert root.findtext("{http://www.w3.org/2000/svg}desc") == against.canvas.accessibleDescription()
    header, *lines = csv.reader((tmp_path / "a.csv").read_text("utf-8").splitlines())
    assert header == ["process", "payload (B)", "n", "lowest round trip (s)", "median round trip (s)",
                      "highest round trip (s)"]  # fmt: skip
    assert lines[2] == ["slow", "17000", "3", "0.04", "0.088", "0.09"]
    assert [line[0] for line in lines] == ["slow"] * 3 + ["quick"] * 3
