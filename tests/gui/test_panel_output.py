from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QFileDialog, QLineEdit, QMessageBox, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from ipclab.catalog import find
from ipclab.observation import LINES_KEPT, Observation
from ipclab_gui import style
from ipclab_gui.panels.output import OutputPanel
from ipclab_gui.panels.output_model import ROW, Row
from ipclab_gui.panels.output_view import OutputView
from tests.gui.observed import TRACEBACK, fold, named, pipe_that_failed, running, words


@pytest.fixture
def panel(qtbot: QtBot) -> OutputPanel:
    panel = OutputPanel()
    qtbot.addWidget(panel)
    panel.set_experiment(find("pipe"))
    panel.resize(880, 600)
    panel.show()
    return panel


def view(panel: OutputPanel) -> OutputView:
    return named(panel, "Output lines", OutputView)


def rows(panel: OutputPanel) -> list[Row]:
    model = view(panel).model()
    found = [model.index(place, 0).data(ROW) for place in range(model.rowCount())]
    assert all(isinstance(row, Row) for row in found)
    return found


def texts(panel: OutputPanel) -> list[str]:
    return [row.line.text for row in rows(panel)]


def show(panel: OutputPanel, observation: Observation) -> None:
    panel.begin(observation)
    panel.refresh(True)


def print_lines(observation: Observation, count: int, start: int = 0) -> None:
    fold(observation, output=[(0, "stdout", n / 1000, f"line {n}") for n in range(start, start + count)])


def test_says_what_will_be_here_before_the_first_run(qtbot: QtBot, panel: OutputPanel) -> None:
    assert "What the processes print appears here" in words(panel)
    with qtbot.waitSignal(panel.run_wanted, timeout=1000):
        named(panel, "Run", QPushButton).click()


def test_says_that_nothing_was_printed(panel: OutputPanel) -> None:
    observation = running("main")
    show(panel, observation)
    assert "No process has printed anything so far." in words(panel)
    fold(observation, outcome={"status": "done", "text": "Done in 0.1 s.", "seconds": 0.1})
    panel.refresh(True)
    assert "No process printed anything in this run." in words(panel)


def test_shows_every_line_with_time_process_and_stream(panel: OutputPanel) -> None:
    show(panel, pipe_that_failed())
    assert texts(panel)[:2] == ["Pipe made, starting two processes", "sent 'hello'"]
    model = view(panel).model()
    spoken = [model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(4)]
    assert spoken[1] == "0.094\u00a0s, sender: sent 'hello'"
    assert spoken[3] == "0.197\u00a0s, receiver, stderr: Traceback (most recent call last):"
    assert "8 lines" in words(panel)
    assert "End of output" in words(panel)


def test_a_traceback_is_one_block_that_is_headed_once(panel: OutputPanel) -> None:
    show(panel, pipe_that_failed())
    assert [row.part for row in rows(panel)] == ["", "", "", "traceback", "traceback", "traceback", "error", ""]
    assert [row.leads for row in rows(panel)] == [True, True, True, True, False, False, False, True]


def test_chained_tracebacks_belong_together(panel: OutputPanel) -> None:
    observation = running("main")
    chained = [*TRACEBACK, "", "During handling of the above exception, another exception occurred:", "", *TRACEBACK]
    fold(observation, output=[(0, "stderr", 0.1, line) for line in [*chained, "a warning"]])
    show(panel, observation)
    assert [row.leads for row in rows(panel)] == [True, *[False] * (len(chained) - 1), True]
    assert [row.part for row in rows(panel)].count("error") == 2
    assert rows(panel)[-1].part == ""


def test_tracebacks_of_two_processes_stay_apart_when_their_lines_mix(panel: OutputPanel) -> None:
    observation = running("main", "sender")
    mixed = [(ident, "stderr", 0.1, line) for line in TRACEBACK for ident in (0, 1)]
    fold(observation, output=mixed)
    show(panel, observation)
    assert [row.part for row in rows(panel)] == [*["traceback"] * 6, "error", "error"]
    assert all(row.leads for row in rows(panel))


def test_a_check_box_hides_a_process(qtbot: QtBot, panel: OutputPanel) -> None:
    show(panel, pipe_that_failed())
    named(panel, "receiver", QCheckBox).click()
    assert {row.process for row in rows(panel)} == {"main", "sender"}
    assert "3 of 8 lines" in words(panel)
    named(panel, "receiver", QCheckBox).click()
    assert len(rows(panel)) == 8


def test_processes_beyond_the_eighth_are_in_a_menu(panel: OutputPanel) -> None:
    observation = running("main", *(f"worker {n}" for n in range(1, 12)))
    fold(observation, output=[(n, "stdout", 0.1, f"from {n}") for n in range(12)])
    show(panel, observation)
    more = named(panel, "4 more", QToolButton)
    next(action for action in more.menu().actions() if action.text() == "worker 9").trigger()
    assert "from 9" not in texts(panel)
    assert len(rows(panel)) == 11


def test_only_errors_shows_stderr_alone(panel: OutputPanel) -> None:
    show(panel, pipe_that_failed())
    named(panel, "Only errors", QCheckBox).click()
    assert texts(panel) == list(TRACEBACK)


def test_the_filter_finds_text_in_any_case(qtbot: QtBot, panel: OutputPanel) -> None:
    show(panel, pipe_that_failed())
    field = named(panel, "Filter", QLineEdit)
    QTest.keyClicks(field, "HELLO")
    assert texts(panel) == ["sent 'hello'", "received 'hello'"]
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert len(rows(panel)) == 8


def test_filtered_lines_go_on_coming(qtbot: QtBot, panel: OutputPanel) -> None:
    observation = running("main", "sender")
    show(panel, observation)
    print_lines(observation, 3)
    panel.refresh(False)
    QTest.keyClicks(named(panel, "Filter", QLineEdit), "line 1")
    print_lines(observation, 20, start=3)
    panel.refresh(False)
    assert texts(panel) == ["line 1", *(f"line {n}" for n in range(10, 20))]


def test_a_new_run_begins_with_all_processes_shown(panel: OutputPanel) -> None:
    show(panel, pipe_that_failed())
    named(panel, "sender", QCheckBox).click()
    show(panel, pipe_that_failed())
    assert len(rows(panel)) == 8
    assert named(panel, "sender", QCheckBox).isChecked()


def test_follows_the_end_unless_the_person_scrolled_up(qtbot: QtBot, panel: OutputPanel) -> None:
    observation = running("main")
    print_lines(observation, 500)
    show(panel, observation)
    bar = view(panel).verticalScrollBar()
    assert bar.value() == bar.maximum() > 0

    bar.setValue(100)
    print_lines(observation, 500, start=500)
    panel.refresh(False)
    assert bar.value() == 100

    named(panel, "Go to the end", QPushButton).click()
    print_lines(observation, 500, start=1000)
    panel.refresh(False)
    assert bar.value() == bar.maximum()
    assert "Follows the end" in words(panel)


def test_counts_the_lines_that_are_gone(panel: OutputPanel) -> None:
    observation = running("main")
    show(panel, observation)
    print_lines(observation, LINES_KEPT)
    panel.refresh(True)
    print_lines(observation, 234, start=LINES_KEPT)
    panel.refresh(True)
    assert len(texts(panel)) == LINES_KEPT
    assert texts(panel)[0] == "line 234"
    assert texts(panel)[-1] == f"line {LINES_KEPT + 233}"
    assert "100\u00a0000 lines; 234 earlier lines are gone" in words(panel)


def test_what_is_read_stays_in_its_place_when_lines_go_off_the_top(panel: OutputPanel) -> None:
    observation = running("main")
    print_lines(observation, LINES_KEPT)
    show(panel, observation)
    here = view(panel)
    here.verticalScrollBar().setValue(here.columns.height * 5000)
    before = here.indexAt(here.viewport().rect().topLeft()).data()
    print_lines(observation, 300, start=LINES_KEPT)
    panel.refresh(False)
    assert here.indexAt(here.viewport().rect().topLeft()).data() == before


def test_all_lines_may_go_between_two_looks(panel: OutputPanel) -> None:
    observation = running("main")
    print_lines(observation, 10)
    show(panel, observation)
    print_lines(observation, LINES_KEPT + 5, start=10)
    panel.refresh(True)
    assert texts(panel)[0] == "line 15"
    assert len(texts(panel)) == LINES_KEPT


def test_new_lines_are_read_without_asking_for_the_old_ones(
    panel: OutputPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    observation = running("main")
    print_lines(observation, 50_000)
    show(panel, observation)
    model = view(panel).model()
    asked = []
    original = type(model).data

    def data(self: object, index: object, role: int = 0) -> object:
        asked.append(role)
        return original(self, index, role)  # type: ignore[arg-type]

    monkeypatch.setattr(type(model), "data", data)
    print_lines(observation, 100, start=50_000)
    panel.refresh(False)
    panel.grab()
    assert len(asked) < 2000  # what is in sight, some roles each; not 50 000 rows


def test_copies_what_is_selected_else_all(qtbot: QtBot, panel: OutputPanel) -> None:
    show(panel, pipe_that_failed())
    named(panel, "Copy", QToolButton).click()
    assert len(QGuiApplication.clipboard().text().splitlines()) == 8
    here = view(panel)
    here.selectRow(1)
    QTest.keyClick(here, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().split() == ["0.094", "s", "sender", "sent", "'hello'"]


def test_saves_what_is_shown(panel: OutputPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    show(panel, pipe_that_failed())
    file = tmp_path / "output.txt"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    named(panel, "Save as...", QToolButton).click()
    saved = file.read_text(encoding="utf-8").splitlines()
    assert len(saved) == 8
    assert saved[-1].split() == ["0.247", "s", "sender", "sent", "'END'"]


def test_says_why_a_file_was_not_saved(panel: OutputPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    show(panel, pipe_that_failed())
    told: list[str] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "none" / "output.txt"), ""))
    monkeypatch.setattr(QMessageBox, "warning", lambda *arguments: told.append(arguments[2]))
    named(panel, "Save as...", QToolButton).click()
    assert told == ["output.txt was not saved: No such file or directory."]


def test_nothing_is_clipped_in_a_small_window(qapp: QApplication, panel: OutputPanel) -> None:
    style.apply(qapp)  # as a person sees it
    panel.resize(540, 440)
    show(panel, pipe_that_failed())
    panel.grab()
    for kind in (QCheckBox, QLineEdit, QToolButton):
        for widget in panel.findChildren(kind):
            if widget.isVisible() and widget.accessibleName():
                least = widget.iconSize() if isinstance(widget, QToolButton) else widget.minimumSizeHint()
                assert widget.width() >= least.width(), widget.accessibleName()
                corner = widget.mapTo(panel, widget.rect().topRight())
                assert corner.x() < panel.width(), widget.accessibleName()
