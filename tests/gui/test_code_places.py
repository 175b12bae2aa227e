"""Code marks the lines at which the processes of a watched run wait, or did when they ended."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from ipclab_gui.panels.code import CodePanel
from ipclab_gui.panels.code_view import CodeView
from ipclab_gui.panels.processes import ProcessesPanel
from ipclab_gui.window import MainWindow
from tests.gui.conftest import Open

LIMIT = 60_000  # ms


def deadlocked(qtbot: QtBot, open_window: Open, *, watched: bool) -> MainWindow:
    window = open_window()
    window.show_experiment("deadlock")
    window.workspace.form.fields.rows["patience"].write("0.5 s")
    window.workspace.form.watch("on" if watched else "off")
    window.run()
    qtbot.waitUntil(lambda: not window.live.running, timeout=LIMIT)
    return window


def marked(window: MainWindow) -> str:
    code = window.workspace.make("Code")
    assert isinstance(code, CodePanel)
    code.refresh(True)
    return next(
        one for one in code.findChildren(CodeView) if one.accessibleName() == "Source code"
    ).accessibleDescription()


def test_the_line_at_which_each_waits_is_marked(qtbot: QtBot, open_window: Open) -> None:
    window = deadlocked(qtbot, open_window, watched=True)
    words = marked(window)
    line = int(words.partition(":")[0].removeprefix("line "))
    source = window.workspace.experiment.source.read_text().splitlines()
    assert source[line - 1].strip() == "end.recv()"
    assert sorted(words.partition(": ")[2].split(", ")) == ["left was in recv()", "right was in recv()"]
    window.show_experiment("pipe")
    assert marked(window) == ""


def test_where_somebody_waited_to_the_end_is_in_sight_when_code_is_opened(qtbot: QtBot, open_window: Open) -> None:
    window = deadlocked(qtbot, open_window, watched=True)
    window.workspace.show_tab_of("Code")
    line = int(marked(window).partition(":")[0].removeprefix("line "))
    view = next(one for one in window.workspace.findChildren(CodeView) if one.accessibleName() == "Source code")
    seen = view.viewport().rect()

    def in_sight(number: int) -> bool:
        block = view.document().findBlockByNumber(number - 1)
        top = view.document().documentLayout().blockBoundingRect(block).y() - view.verticalScrollBar().value()
        return 0 <= top < seen.height()

    qtbot.waitUntil(lambda: in_sight(line))
    window.workspace.show_place(str(window.workspace.experiment.source), 1)  # a person wants to see another
    code = window.workspace.make("Code")
    code.refresh(True)
    assert in_sight(1)
    assert not in_sight(line)


def test_a_run_that_is_not_watched_marks_nothing(qtbot: QtBot, open_window: Open) -> None:
    assert marked(deadlocked(qtbot, open_window, watched=False)) == ""


def test_cards_say_in_which_call_a_process_was_ended(qtbot: QtBot, open_window: Open) -> None:
    window = deadlocked(qtbot, open_window, watched=True)
    panel = window.workspace.make("Processes")
    assert isinstance(panel, ProcessesPanel)
    panel.refresh(True)
    cards = {card.name: card.doing for card in (panel._model.card(place) for place in range(panel._model.rowCount()))}
    assert cards["left"].startswith("was ended by SIGTERM, in recv() on Pipe 1, line ")
