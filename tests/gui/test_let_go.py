"""What a window lets go of: of a run that another one replaces, or that was left long ago, nothing is kept."""

from __future__ import annotations

import gc
import linecache
import weakref
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel
from pytestqt.qtbot import QtBot

from ipclab.outlines import outlines
from ipclab_gui import style
from ipclab_gui.panels.diagram import DiagramPanel
from ipclab_gui.panels.graphs import GraphsPanel
from ipclab_gui.panels.guide_diagram import GuideDiagram
from ipclab_gui.panels.messages import MessagesPanel
from ipclab_gui.window import KEPT, MainWindow
from tests.gui import owned
from tests.gui.conftest import Open
from tests.gui.handed import Start, samples, with_main
from tests.gui.pressed import menu, press
from tests.gui.steps.stepped import bring, click, segment, standing, until_over, until_standing, until_steps


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


def leave(window: MainWindow) -> None:
    """Look at so many other experiments that the run on show is let go."""
    here = window.workspace.outline.name
    for name in [outline.name for outline in outlines() if outline.name != here][:KEPT]:
        window.show_experiment(name)


def watched_parts(window: MainWindow) -> list[object]:
    """Return what holds a run that was watched and drawn in each view, and play it again from its beginning."""
    workspace = window.workspace
    for tab in range(workspace.tabs.count()):
        workspace.show_tab(tab)
    guide, diagram, chart = workspace.make("Guide"), workspace.make("Diagram"), workspace.make("Messages")
    assert isinstance(diagram, DiagramPanel) and isinstance(chart, MessagesPanel)
    workspace.show_tab_of("Messages")
    chart.chart.select_next(1)
    chart.grab()
    workspace.show_tab_of("Diagram")
    diagram.board.select_beside(1, 0)
    diagram.player.toggle()
    seen, showing = window.live.observation, diagram.showing
    assert diagram.player.playing and chart.chart.selection is not None and diagram.board.selection is not None
    parts = [seen, seen.operations, seen.traffic, seen.enders, showing.moments, showing._maker, chart.scene]
    return [*parts, *guide.findChildren(GuideDiagram)]


def test_nothing_is_kept_of_a_run_that_was_left_long_ago_and_that_is_said(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("pipe")
    workspace = window.workspace
    workspace.form.show_preset("Tutorial's messages")
    workspace.form.fields.rows["messages"].write("one, two")
    window.run()
    assert until_over(qtbot, window) == "done"
    parts = watched_parts(window)
    assert all(part is not None for part in parts) and len(parts) == 8
    assert "1 of" not in workspace.header.left.text()
    leave(window)
    until_gone(qtbot, parts)
    window.show_experiment("pipe")
    assert window.workspace is workspace and workspace.title == "Diagram"
    assert workspace.header.left.text() == "The last run was let go"
    assert workspace.header.chip.isHidden()
    assert workspace.time_cursor.moment is None
    assert workspace.form.fields.rows["messages"].editor.written() == "one, two"
    said = {title: words_in(window, title) for title in ("Guide", "Diagram", "Messages", "Processes", "Output")}
    assert said == {
        "Guide": "The last run was let go.",
        "Diagram": "No diagram yet",
        "Messages": "No messages yet",
        "Processes": "No processes yet",
        "Output": "No output yet",
    }
    window.run()
    assert until_over(qtbot, window) == "done"
    assert workspace.header.left.text() == ""
    assert words_in(window, "Guide") == "Done in"


def words_in(window: MainWindow, title: str) -> str:
    """Return the first of the sentences above that stands in a view, when that is on show."""
    window.workspace.show_tab_of(title)
    known = ("The last run was let go.", "Done in", *(f"No {what} yet" for what in KINDS))
    texts = [label.text() for label in window.workspace.make(title).findChildren(QLabel) if label.isVisible()]
    return next((words for words in known for text in texts if text.startswith(words)), "")


KINDS = ("diagram", "messages", "processes", "output")


def test_of_a_run_that_was_let_go_no_order_is_saved_and_no_step_taken_back(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("pipe")
    click(segment(window, "Step"))
    click(window.bar.run)
    until_standing(qtbot, window)
    click(window.bar.watch.step)
    until_steps(qtbot, window, 1)
    bring(qtbot, window, "sender", "send")
    window.workspace.step_wanted.emit(0)
    window.workspace.chase_wanted.emit(standing(window)["sender"].pid)
    qtbot.waitUntil(lambda: window.live.note == "")
    window.stop()
    until_over(qtbot, window)
    runs = menu(window, "Run")
    assert runs["Step back"].isEnabled() and runs["Save order..."].isEnabled()
    parts: list[object] = [window.live.observation]
    leave(window)
    until_gone(qtbot, parts)
    window.show_experiment("pipe")
    assert not runs["Step back"].isEnabled() and not runs["Save order..."].isEnabled()
    press(window, Qt.Key.Key_F10, Qt.KeyboardModifier.ControlModifier)
    assert not window.running


def test_a_run_that_goes_on_is_kept_however_long_ago_it_was_looked_at(
    qtbot: QtBot, window: MainWindow, start: Start
) -> None:
    window.run()
    qtbot.waitUntil(lambda: bool(start.runs))
    workspace, seen = window.workspace, window.live.observation
    leave(window)
    assert workspace.observation is seen is window.live.observation
    start.runs[-1].give(with_main(), samples(1, 0.1, 0.2, 0.3))
    start.runs[-1].finish()
    qtbot.waitUntil(lambda: not window.running)
    window.show_experiment("pipe")
    assert workspace.header.chip.accessibleName().startswith("done")


def test_of_a_program_of_a_persons_own_the_whole_workspace_goes(
    qtbot: QtBot, open_window: Open, tmp_path: Path
) -> None:
    window = open_window("pipe")
    owned.opened(window, tmp_path / "pipes.py", owned.PIPE)
    window.workspace.form.fields.rows["arguments"].write("one two")
    window.run()
    assert until_over(qtbot, window) == "done"
    workspace = window.workspace
    for tab in range(workspace.tabs.count()):
        workspace.show_tab(tab)
    parts: list[object] = [
        window.live.observation,
        workspace,
        *workspace.findChildren(QObject),
        workspace.form,
        *workspace.form.findChildren(QObject),
    ]
    name = workspace.outline.name
    del workspace
    leave(window)
    until_gone(qtbot, parts)
    window.show_experiment(name)
    assert window.workspace.form.fields.rows["arguments"].editor.written() == "one two"


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


def test_no_source_of_what_was_imported_is_kept(window: MainWindow) -> None:
    assert linecache.getlines(__file__)  # as PySide6 does with each module that is imported
    window.workspace.make("Graphs")
    assert not linecache.cache
