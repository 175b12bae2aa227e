"""Before there is something to draw; keys, mouse, zoom, only this one; what is said to who does not see it; copies."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton, QToolButton
from pytestqt.qtbot import QtBot

from ipclab.observation import Observation
from ipclab.records import Outcome
from ipclab.trace import record
from ipclab_gui import style, theme
from ipclab_gui.panels.diagram import DiagramPanel
from tests.gui.diagram.drawn import CONTROL, NONE, SHIFT, drag, greeting, many, middle, press, show, written
from tests.gui.observed import named, words
from tests.operated import Made, received, row, sent

SENDER, RECEIVER, MAIN = "process sender", "process receiver", "process main"


def test_before_a_run_it_says_what_will_be_here(qtbot: QtBot, panel: DiagramPanel) -> None:
    assert "No diagram yet" in words(panel)
    with qtbot.waitSignal(panel.run_wanted, timeout=1000):
        named(panel, "Run", QPushButton).click()


def test_a_run_that_is_not_watched_says_how_to_watch(panel: DiagramPanel) -> None:
    observation = Observation(watched=False)
    panel.begin(observation)
    assert "This run is not watched" in words(panel)
    observation.end(Outcome("done", "Done.", 1.0))
    panel.refresh(True)
    assert "This run was not watched" in words(panel)
    assert "Set Watch to On" in words(panel)
    assert not panel.board.isVisible()


def test_a_watched_run_that_has_done_nothing_says_so(panel: DiagramPanel) -> None:
    observation = Observation()
    panel.begin(observation)
    assert "Nothing yet" in words(panel)
    observation.end(Outcome("done", "Done.", 1.0))
    panel.refresh(True)
    assert "Nothing was recorded" in words(panel)


def test_another_experiment_forgets_the_run(panel: DiagramPanel) -> None:
    from ipclab.catalog import find

    show(panel, greeting())
    assert panel.board.isVisible()
    panel.set_experiment(find("queue"))
    assert not panel.board.isVisible()
    assert panel.board.picture.processes == ()


def test_a_click_selects_and_says_what_it_is(panel: DiagramPanel) -> None:
    board = show(panel, greeting())
    QTest.mouseClick(board, Qt.MouseButton.LeftButton, NONE, middle(board, SENDER))
    assert board.selection == SENDER
    assert board.accessibleDescription() == "sender, process 4001. ended, 0. after 0.100 s. uses Pipe 1"
    QTest.mouseClick(board, Qt.MouseButton.LeftButton, NONE, QPoint(5, 5))
    assert board.selection is None
    assert board.accessibleDescription() == "Nothing selected"


def test_keys_go_from_shape_to_shape(panel: DiagramPanel) -> None:
    board = show(panel, greeting())
    chosen = []
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Up):
        press(board, key, SHIFT)
        chosen.append(board.selection)
    assert chosen[0] == MAIN
    assert chosen[1] in (SENDER, RECEIVER, "Pipe 1")
    assert chosen[3] == MAIN
    press(board, Qt.Key.Key_Tab)
    assert board.selection == SENDER
    press(board, Qt.Key.Key_Escape)
    assert board.selection is None


def test_keys_zoom_pan_and_fit(panel: DiagramPanel) -> None:
    board = show(panel, greeting())
    before, at = board.camera.zoom, middle(board, SENDER)
    press(board, Qt.Key.Key_Plus)
    assert board.camera.zoom == pytest.approx(before * 1.2)
    assert panel.zoom_label.text() == f"{round(before * 120)} %"
    press(board, Qt.Key.Key_Minus)
    press(board, Qt.Key.Key_Right)
    assert middle(board, SENDER).x() == at.x() - 48
    press(board, Qt.Key.Key_0)
    assert (board.camera.zoom, middle(board, SENDER)) == (before, at)


def test_the_ground_is_dragged_and_a_shape_stands_still_on_it(panel: DiagramPanel) -> None:
    board = show(panel, greeting())
    at = middle(board, SENDER)
    drag(board, QPoint(20, board.height() - 20), QPoint(30, -40))
    assert middle(board, SENDER) == at + QPoint(30, -40)
    assert board.places is not None
    assert board.places.moved == {}


def test_only_who_talks_to_this_one_is_shown(panel: DiagramPanel) -> None:
    made = Made("main", "a", "b", "c", "d")
    for number, (one, other) in enumerate((("a", "b"), ("c", "d"))):
        made.pipe(10 + 2 * number, 11 + 2 * number)
        made.did(one, sent(10, 11, 10 + 2 * number, "x"))
        made.did(other, received(5, 20, 11 + 2 * number, "x"))
    made.end(0.1)
    board = show(panel, made)
    assert not panel.only_button.isEnabled()
    board.select("process a")
    panel.only_button.click()
    assert set(board.geometry_now.boxes) == {"process a", "process b", "Pipe 1"}
    assert panel.only_button.isChecked()
    press(board, Qt.Key.Key_Escape)
    assert len(board.geometry_now.boxes) == 7
    board.select("Pipe 2")
    press(board, Qt.Key.Key_Return)
    assert set(board.geometry_now.boxes) == {"process c", "process d", "Pipe 2"}


def test_a_double_click_unfolds_a_stack(panel: DiagramPanel) -> None:
    board = show(panel, many(12))
    QTest.mouseDClick(board, Qt.MouseButton.LeftButton, NONE, middle(board, "stack process main worker"))
    assert len(board.picture.processes) == 13
    assert len(board.geometry_now.boxes) == 14


def test_the_picture_is_copied(panel: DiagramPanel) -> None:
    board = show(panel, greeting())
    QGuiApplication.clipboard().clear()
    press(board, Qt.Key.Key_C, CONTROL)
    image = QGuiApplication.clipboard().image()
    assert (image.width(), image.height()) == (2 * board.width(), 2 * board.height())
    tube = board.camera.transform(board.size().toSizeF()).map(board.geometry_now.pipes["Pipe 1"].center()).toPoint()
    assert image.pixelColor(tube * 2) == theme.series_tint(0)
    assert panel.note.whole == "picture copied"


@pytest.mark.parametrize(("name", "kind", "made"), [
    ("run.png", "Picture (*.png)", "run.png"), ("run", "Picture (*.png)", "run.png"),
    ("run", "Drawing (*.svg)", "run.svg"),
])  # fmt: skip
def test_it_is_saved(
    panel: DiagramPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str, made: str
) -> None:
    board = show(panel, greeting())
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / name), kind))
    named(panel, "Save", QToolButton).click()
    assert panel.note.whole == f"saved as {made}"
    if made.endswith(".png"):
        assert QImage(str(tmp_path / made)).width() == 2 * board.width()
    else:
        assert {"sender", "receiver", "Pipe 1", "2 sent, all received"} <= {*written(panel, tmp_path)}


def test_a_file_that_cannot_be_written_is_said(panel: DiagramPanel, tmp_path: Path) -> None:
    show(panel, greeting())
    panel.save(tmp_path / "nowhere" / "run.png")
    assert panel.note.whole == "run.png was not saved: No such file or directory"


@pytest.mark.parametrize("mode", ["Light", "Dark"])
def test_colours_follow_the_theme(panel: DiagramPanel, qapp: QApplication, mode: theme.Mode) -> None:
    board = show(panel, greeting())
    style.set_mode(qapp, mode)
    try:
        image = board.grab().toImage()
        shades = Counter(image.pixel(x, 8) for x in range(image.width()))
        assert QColor(shades.most_common(1)[0][0]) == theme.color("bg")
    finally:
        style.set_mode(qapp, "System")


def test_shapes_say_how_they_stand(panel: DiagramPanel) -> None:
    made = Made("main", "worker")
    made.queue(5)
    made.lock(9)
    made.did("main", row(record.PUT, 10, 11, 5, line=10), row(record.ACQUIRE, 12, 13, 9, line=10))
    made.did("worker", row(record.ACQUIRE, 20, 0, 9, line=10))
    made.fold(time=0.05)
    board = show(panel, made)
    told = {}
    for key in board.geometry_now.boxes:
        board.select(key)
        told[key] = board.accessibleDescription()
    assert told["process worker"] == "worker, process 4001. waits in acquire(Lock 1) 30 ms. uses Lock 1"
    assert told["Queue 1"] == "Queue 1, 1 inside; 0 of 1 taken. used by main"
    assert told["Lock 1"] == "Lock 1, held by main, 1 waits"


def test_the_menu_offers_what_can_be_done(panel: DiagramPanel) -> None:
    board = show(panel, many(12))

    def offered(key: str | None) -> list[str]:
        board.select(key)
        menu = board.menu()
        menu.deleteLater()
        return [action.text() for action in menu.actions()]

    assert offered(None) == ["Fit"]
    assert offered("stack process main worker") == ["Unfold the stack", "Only who talks to this one", "Fit"]
    board.unfold("stack process main worker")
    assert offered("process worker 3") == ["Only who talks to this one", "Fold into a stack", "Fit"]
    board.show_only("process worker 3")
    board._move(5, 5)
    assert offered("process worker 3") == ["Show all", "Fold into a stack", "Put back", "Fit"]
