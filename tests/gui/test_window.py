"""The window as a whole: a person picks, presses Run, and real processes work."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

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


def test_the_window_opens_no_larger_than_its_screen(qtbot: QtBot, tmp_path: Path) -> None:
    window = MainWindow(tmp_path / "settings.json")
    qtbot.addWidget(window)
    window.show()
    room = window.screen().availableGeometry()
    assert window.height() <= room.height()
    assert window.width() <= max(room.width(), window.minimumSizeHint().width())
