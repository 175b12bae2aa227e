"""What a window lets go of: of a run that another one replaces, and of a workspace that it forgets, nothing is kept."""

from __future__ import annotations

import gc
import linecache
import weakref

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from ipclab.outlines import outlines
from ipclab_gui import style
from ipclab_gui.panels.graphs import GraphsPanel
from ipclab_gui.window import KEPT, MainWindow
from tests.gui.conftest import Open
from tests.gui.handed import Start, samples, with_main


@pytest.fixture
def start() -> Start:
    return Start()


@pytest.fixture
def window(open_window: Open, start: Start) -> MainWindow:
    """Return a window that shows the pipe, its runs handed out by the test."""
    return open_window("pipe", start=start)


def run_through(qtbot: QtBot, window: MainWindow, start: Start) -> None:
    """Let the experiment on show run to its end, and look at all of its tabs."""
    before = len(start.runs)
    window.run()
    qtbot.waitUntil(lambda: len(start.runs) > before)
    start.runs[-1].give(with_main(), samples(1, 0.1, 0.2, 0.3))
    start.runs[-1].finish()
    qtbot.waitUntil(lambda: not window.running)
    for tab in range(window.workspace.tabs.count()):
        window.workspace.show_tab(tab)


def parts_of_run(window: MainWindow) -> list[object]:
    """Return what holds a run: what was seen of it, its samples, and its plots with the pictures in them."""
    graphs = window.workspace.make("Graphs")
    assert isinstance(graphs, GraphsPanel)
    assert graphs.plots
    pictures = [plot.canvas for plot in graphs.plots]
    areas = [picture.area for picture in pictures]
    seen = window.live.observation
    return [seen, graphs._data.buffers, *graphs.plots, *pictures, *areas]


def until_gone(qtbot: QtBot, parts: list[object]) -> None:
    """Wait until all of them are gone, which empties the list; garbage in cycles is collected."""
    watched = [(type(part).__name__, weakref.ref(part)) for part in parts]
    parts.clear()

    def left() -> list[str]:
        gc.collect()
        return [name for name, part in watched if part() is not None]

    qtbot.waitUntil(lambda: not left())


def test_nothing_of_a_run_is_kept_once_the_next_is_shown(qtbot: QtBot, window: MainWindow, start: Start) -> None:
    run_through(qtbot, window, start)
    parts = parts_of_run(window)
    run_through(qtbot, window, start)
    until_gone(qtbot, parts)


def test_nothing_of_a_forgotten_workspace_is_kept(qtbot: QtBot, window: MainWindow, start: Start) -> None:
    run_through(qtbot, window, start)
    workspace = window.workspace
    parts: list[object] = [
        workspace,
        *workspace.findChildren(QObject),
        workspace.form,
        *workspace.form.findChildren(QObject),
    ]
    parts += parts_of_run(window)
    del workspace
    others = [outline.name for outline in outlines() if outline.name != "pipe"]
    for name in others[:KEPT]:
        window.show_experiment(name)
    run_through(qtbot, window, start)  # the window follows the run that goes on, and holds the last one until then
    until_gone(qtbot, parts)


def test_a_window_gets_no_more_objects_by_looking_at_every_experiment_again(qtbot: QtBot, window: MainWindow) -> None:
    def look() -> None:
        for outline in outlines():
            window.show_experiment(outline.name)
            for tab in range(window.workspace.tabs.count()):
                window.workspace.show_tab(tab)

    def held() -> int:
        gc.collect()
        return len(window.findChildren(QObject))

    look()
    before = held()
    look()
    qtbot.waitUntil(lambda: held() <= before)


def test_a_window_gets_no_more_objects_by_another_theme(qtbot: QtBot, qapp: QApplication, open_window: Open) -> None:
    before = qapp.styleSheet()
    style.apply(qapp)
    window = open_window("queue")
    window.workspace.show_tab_of("Diagram")
    combos = [*window.workspace.findChildren(QComboBox), *window.workspace.form.findChildren(QComboBox)]
    assert len(combos) > 3

    def switch() -> int:
        for mode in ("Dark", "Light"):
            window.set_theme(mode)
        return sum(len(combo.view().findChildren(QObject)) for combo in combos)

    first = switch()
    assert switch() == first
    qapp.setStyleSheet(before)


def test_no_source_of_what_was_imported_is_kept(window: MainWindow) -> None:
    assert linecache.getlines(__file__)  # as PySide6 does with each module that is imported
    window.workspace.make("Graphs")
    assert not linecache.cache
