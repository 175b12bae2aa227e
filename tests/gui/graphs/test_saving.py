from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QToolButton
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from ipclab.catalog import find
from ipclab_gui import theme
from ipclab_gui.panels.graphs import GraphsPanel
from ipclab_gui.plots._plot import Plot
from tests.gui.graphs.graphed import (
    CONTROL,
    DISTRIBUTION,
    TRACE,
    begin,
    colors,
    plot,
    press,
    record,
    round_trips,
    samples,
    show,
)
from tests.gui.observed import named

LONG = 100_001  # samples: written in several pieces, the last of one sample


@pytest.fixture
def trace(panel: GraphsPanel) -> Plot:
    """Return the trace of a thousand round trips."""
    show(panel, "round trip", round_trips(1_000))
    return plot(panel, TRACE)


def choose(monkeypatch: pytest.MonkeyPatch, path: Path | str, kind: str = "") -> None:
    """Let the person answer the question where to save."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), kind))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_picture_on_the_clipboard_shows_title_and_curves(trace: Plot) -> None:
    press(trace, Qt.Key.Key_C, held=CONTROL)
    copied = QGuiApplication.clipboard().image()
    assert copied.width() == 2 * trace.canvas.width()
    assert copied.height() > 2 * trace.canvas.height()
    assert {theme.color("bg").name(), theme.color("text").name(), theme.series_color(0).name()} <= colors(copied)
    assert trace.unit.text() == "picture copied"


def test_the_button_copies_what_the_key_copies(trace: Plot) -> None:
    named(trace, "Copy picture", QToolButton).click()
    by_button = QGuiApplication.clipboard().image()
    QGuiApplication.clipboard().clear()
    press(trace, Qt.Key.Key_C, held=CONTROL)
    assert QGuiApplication.clipboard().image() == by_button


def test_every_plot_can_be_copied_and_saved_by_button(panel: GraphsPanel, trace: Plot) -> None:
    for one in panel.plots:
        buttons = [button.accessibleName() for button in one.findChildren(QToolButton)]
        assert buttons[-2:] == ["Copy picture", "Save"]


@pytest.mark.parametrize(
    ("chosen", "kind", "file"),
    [
        pytest.param("a.png", "Picture (*.png)", "a.png", id="named"),
        pytest.param("a", "Picture (*.png)", "a.png", id="picture"),
        pytest.param("a.b", "Drawing (*.svg)", "a.b.svg", id="drawing"),
        pytest.param("a", "All samples (*.csv)", "a.csv", id="samples"),
    ],
)
def test_the_kind_that_was_chosen_is_in_the_files_name(
    qtbot: QtBot, trace: Plot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str, kind: str, file: str
) -> None:
    choose(monkeypatch, tmp_path / chosen, kind)
    press(trace, Qt.Key.Key_S, held=CONTROL)
    qtbot.waitUntil(lambda: trace.unit.text() == f"saved as {file}")
    assert names(tmp_path) == [file]


def test_nothing_is_saved_when_the_person_changes_their_mind(
    trace: Plot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    asked = []

    def ask(_parent: object, title: str, proposed: str, _kinds: str) -> tuple[str, str]:
        asked.append((title, proposed))
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    before = trace.unit.text()
    named(trace, "Save", QToolButton).click()
    assert asked == [("Save Round trip", str(tmp_path / "Round trip.png"))]
    assert trace.unit.text() == before
    assert names(tmp_path) == []


def test_a_saved_picture_is_the_one_that_is_copied(trace: Plot, tmp_path: Path) -> None:
    trace.save(tmp_path / "a.PNG")
    saved = QImage(str(tmp_path / "a.PNG")).convertToFormat(QImage.Format.Format_RGB32)
    assert saved.size() == trace.picture().size()
    assert saved == trace.picture().toImage().convertToFormat(QImage.Format.Format_RGB32)


def test_a_saved_drawing_has_title_description_and_curves(trace: Plot, tmp_path: Path) -> None:
    trace.save(tmp_path / "a.svg")
    root = ET.parse(tmp_path / "a.svg").getroot()
    space = {"svg": "http://www.w3.org/2000/svg"}
    assert root.findtext("svg:title", namespaces=space) == "Round trip"
    assert root.findtext("svg:desc", namespaces=space) == trace.canvas.accessibleDescription()
    assert "Round trip" in {text.text for text in root.iterfind(".//svg:text", space)}
    strokes = {group.get("stroke") for group in root.iterfind(".//svg:g", space)}
    assert {theme.series_color(0).name(), theme.series_color(1).name()} <= strokes


def test_a_table_holds_every_sample_exactly(qtbot: QtBot, panel: GraphsPanel, tmp_path: Path) -> None:
    observation = begin(panel, "main", 'say "a, b", 50 %s')
    parts = [round_trips(LONG, seed=1), round_trips(30, seed=2)]
    for ident, part in enumerate(parts):
        record(panel, observation, "round trip", part, ident)
    panel.refresh(True)
    plot(panel, TRACE).save(tmp_path / "a.csv")
    assert names(tmp_path) == ["a.csv.part"]
    qtbot.waitUntil((tmp_path / "a.csv").exists)
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    assert names(tmp_path) == ["a.csv"]
    assert header == ["series", "process", "time (s)", "value", "unit"]
    assert [line[1] for line in lines] == ["main"] * LONG + ['say "a, b", 50 %s'] * 30
    assert {(line[0], line[4]) for line in lines} == {("round trip", "s")}
    together = np.concatenate(parts)
    assert [round(float(line[2]) * 1e9) for line in lines] == together["time"].tolist()
    assert [float(line[3]) for line in lines] == together["value"].tolist()


def test_a_table_of_a_distribution_counts_every_sample(qtbot: QtBot, panel: GraphsPanel, tmp_path: Path) -> None:
    recorded = round_trips(1_000)
    show(panel, "round trip", recorded)
    plot(panel, DISTRIBUTION).save(tmp_path / "a.csv")
    qtbot.waitUntil((tmp_path / "a.csv").exists)
    header, *lines = csv.reader((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines())
    assert header == ["from (s)", "below (s)", "round trips"]
    edges = np.array([float(line[0]) for line in lines] + [float(lines[-1][1])])
    assert [int(line[2]) for line in lines] == np.histogram(recorded["value"], edges)[0].tolist()
    assert sum(int(line[2]) for line in lines) == 1_000


def test_a_table_of_percentiles_counts_what_came_since_they_are_shown(
    qtbot: QtBot, panel: GraphsPanel, tmp_path: Path
) -> None:
    observation = show(panel, "round trip", round_trips(500))
    distribution = plot(panel, DISTRIBUTION)
    named(distribution, "Percentiles", QToolButton).click()
    record(panel, observation, "round trip", samples(1.5, [1e-3]))
    panel.refresh(True)
    distribution.save(tmp_path / "a.csv")
    qtbot.waitUntil((tmp_path / "a.csv").exists)
    lines = (tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()[1:]
    assert sum(int(line.split(",")[2]) for line in lines) == 501


every_form = pytest.mark.parametrize("file", ["a.png", "a.svg", "a.csv"])


@every_form
def test_says_why_a_file_cannot_be_written(trace: Plot, tmp_path: Path, file: str) -> None:
    trace.save(tmp_path / "none" / file)
    assert trace.unit.text() == f"{file} was not saved: No such file or directory"
    assert names(tmp_path) == []


@every_form
def test_a_file_that_cannot_get_its_name_leaves_nothing(qtbot: QtBot, trace: Plot, tmp_path: Path, file: str) -> None:
    (tmp_path / file).mkdir()
    trace.save(tmp_path / file)
    qtbot.waitUntil(lambda: trace.unit.text().startswith(f"{file} was not saved: "))
    assert names(tmp_path) == [file]


def test_the_run_that_begins_while_a_table_is_written_leaves_nothing_half_written(
    qtbot: QtBot, panel: GraphsPanel, tmp_path: Path
) -> None:
    show(panel, "round trip", round_trips(LONG))
    trace = plot(panel, TRACE)
    trace.save(tmp_path / "a.csv")
    qtbot.waitUntil(lambda: "%" in trace.unit.text())
    assert names(tmp_path) == ["a.csv.part"]
    with qtbot.waitSignal(trace.destroyed, timeout=1000):
        begin(panel)
    assert names(tmp_path) == []


def test_neither_of_two_tables_is_left_half_written(panel: GraphsPanel, tmp_path: Path) -> None:
    show(panel, "round trip", round_trips(LONG))
    trace = plot(panel, TRACE)
    trace.save(tmp_path / "a.csv")
    first = trace._saving
    assert first is not None
    trace.save(tmp_path / "b.csv")
    begin(panel)
    left = names(tmp_path)
    first.cancel()
    assert left == []


def test_the_window_that_closes_while_a_table_is_written_leaves_nothing(qapp: object, tmp_path: Path) -> None:
    panel = GraphsPanel()
    panel.set_experiment(find("pipe"))
    show(panel, "round trip", round_trips(LONG))
    plot(panel, TRACE).save(tmp_path / "a.csv")
    saving = plot(panel, TRACE)._saving
    assert saving is not None
    delete(panel)
    left = names(tmp_path)
    if saving._file is not None:
        saving._file.close()
    assert left == []


def test_the_application_that_quits_while_a_table_is_written_leaves_nothing(tmp_path: Path) -> None:
    program = f"""
import os
from itertools import repeat
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QObject, QTimer
from ipclab_gui.plots._saving import Saving
app = QCoreApplication([])
owner = QObject()
saving = Saving(Path({str(tmp_path / "a.csv")!r}), repeat((0.5, "1,2\\\\n")), lambda words: None, parent=owner)
QTimer.singleShot(20, app.quit)
app.exec()
os._exit(0)  # nothing is destroyed any more
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
    assert names(tmp_path) == []
