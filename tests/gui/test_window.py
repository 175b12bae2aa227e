"""The window as a whole: a person picks, presses Run, and real processes work."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ipclab_gui import style
from ipclab_gui.panels.guide_view import GuideView
from ipclab_gui.window import MainWindow


@pytest.mark.parametrize("stem", ["separate_memory", "pipe"])
def test_run_starts_real_processes_and_shows_how_they_ended(qtbot: QtBot, tmp_path: Path, stem: str) -> None:
    window = MainWindow(tmp_path / "settings.json")
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: window.workspace is not None)
    window.show_experiment(stem.replace("_", "-"))
    window.run()
    qtbot.waitUntil(lambda: window.live.observation.outcome is not None, timeout=20_000)
    outcome = window.live.observation.outcome
    assert outcome is not None
    assert outcome.status == "done"
    assert "main" in {process.name for process in window.live.observation.processes.values()}
    window.close()
    window.live.shut()


def test_numbers_beside_a_graph_are_painted_anew_when_its_range_changes(qtbot: QtBot) -> None:
    import pyqtgraph as pg

    from ipclab_gui.plots._canvas import Canvas

    assert issubclass(Canvas, pg.GraphicsView)
    canvas = Canvas()
    qtbot.addWidget(canvas)
    assert canvas.cacheMode() == Canvas.CacheModeFlag.CacheNone


def test_a_window_closed_right_after_it_appeared_loads_nothing_more(qtbot: QtBot, tmp_path: Path) -> None:
    window = MainWindow(tmp_path / "settings.json")
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.shown):
        window.show()
    assert window._warming.isActive()
    window.close()
    assert not window._warming.isActive()


@pytest.fixture
def dressed(qapp: QApplication) -> None:
    """Dress the application as the lab does: lines between docks, for one, are a pixel wide."""
    style.apply(qapp)


@pytest.mark.usefixtures("dressed")
def test_the_window_opens_no_larger_than_its_screen(qtbot: QtBot, tmp_path: Path) -> None:
    window = MainWindow(tmp_path / "settings.json")
    qtbot.addWidget(window)
    window.show()
    room = window.screen().availableGeometry()
    assert window.height() <= room.height()
    assert window.width() <= max(room.width(), window.minimumSizeHint().width())


LATE = (
    *("ipclab.catalog", "ipclab.engine", "ipclab.experiments.pipe", "ipclab.observation", "ipclab.records"),
    *("ipclab_gui.form", "ipclab_gui.live", "ipclab_gui.panels.guide", "multiprocessing", "pyqtgraph", "numpy"),
)
PAINTED = f"""
import sys
from collections.abc import Iterator
from pathlib import Path
from ipclab_gui import app, window
def first_paint(self):
    print([name for name in {LATE!r} if name in sys.modules], self.workspace.has_form)
    self.close()
window.MainWindow._after_first_paint = first_paint
sys.exit(app.main(["ipclab"], Path(sys.argv[1])))
"""


def test_the_first_paint_waits_for_nothing_that_it_does_not_show(tmp_path: Path) -> None:
    said = subprocess.run(
        [sys.executable, "-c", PAINTED, str(tmp_path / "settings.json")],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert (said.returncode, said.stdout) == (0, "[] False\n"), said.stderr


def test_the_form_comes_after_the_guide_and_holds_what_was_remembered(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    remembered = {"pipe": {"preset": "Round trips", "texts": {"count": "12"}}}
    file.write_text(json.dumps({"format": 1, "experiment": "pipe", "parameters": remembered}))
    window = MainWindow(file)
    qtbot.addWidget(window)
    assert not window.workspace.has_form
    with qtbot.waitSignal(window.shown):
        window.show()
    form = window.workspace.form
    assert form.isVisible() and window.forms.currentWidget() is form
    assert form.request().parameters["count"] == 12
    window.close()
    assert json.loads(file.read_text())["parameters"]["pipe"] == remembered["pipe"]


def test_a_window_closed_before_its_form_was_made_forgets_no_parameters(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    remembered = {"pipe": {"preset": "Round trips", "texts": {"count": "12"}}}
    file.write_text(json.dumps({"format": 1, "experiment": "pipe", "parameters": remembered}))
    window = MainWindow(file)
    qtbot.addWidget(window)
    window.show()
    window.close()
    assert json.loads(file.read_text())["parameters"] == remembered


def test_run_pressed_before_the_form_is_there_runs_what_was_remembered(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    remembered = {"pipe": {"preset": "Tutorial's messages", "texts": {"messages": "one, two"}}}
    file.write_text(json.dumps({"format": 1, "experiment": "pipe", "parameters": remembered}))
    window = MainWindow(file)
    qtbot.addWidget(window)
    window.show()
    window.run()
    qtbot.waitUntil(lambda: window.live.observation.outcome is not None, timeout=20_000)
    assert "2 of 2 messages received." in {finding.text for finding in window.live.observation.findings.values()}
    window.close()
    window.live.shut()


def test_the_form_waits_until_the_guide_has_been_painted(
    qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    paint, complete = GuideView.paintEvent, MainWindow._complete

    def painted(self: GuideView, event: QPaintEvent) -> None:
        order.append("guide")
        paint(self, event)

    def completed(self: MainWindow) -> None:
        order.append("form")
        complete(self)

    monkeypatch.setattr(GuideView, "paintEvent", painted)
    monkeypatch.setattr(MainWindow, "_complete", completed)
    window = MainWindow(tmp_path / "settings.json")
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.shown):
        window.show()
    assert order[0] == "guide"
    assert order.count("form") == 1
    window.close()
