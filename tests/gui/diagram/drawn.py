"""Diagrams of made-up and real runs, and what is written in them."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from ipclab.observation import Observation
from ipclab.records import process
from ipclab.trace import record
from ipclab_gui.diagram.board import Board
from ipclab_gui.diagram.figures import Picture
from ipclab_gui.diagram.maker import Maker
from ipclab_gui.panels.diagram import DiagramPanel
from tests.operated import MS, Made, received, row, sent

NONE, SHIFT, CONTROL = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)


def show(panel: DiagramPanel, run: Made | Observation) -> Board:
    """Show a run, all that is known of it."""
    panel.begin(run.observation if isinstance(run, Made) else run)
    panel.refresh(True)
    QApplication.processEvents()
    return panel.board


def greeting(*, end: bool = True) -> Made:
    """Return a run of 100 ms: sender sends "hello" and "hey", receiver waits for each; main joins the sender."""
    made = Made("main", "sender", "receiver")
    made.pipe(5, 6)
    made.did("main", row(record.JOIN, 5, 90, size=4001, line=40))
    made.did("sender", sent(20, 21, 5, "hello"), sent(60, 61, 5, "hey"))
    made.did("receiver", received(10, 25, 6, "hello"), received(30, 70, 6, "hey"))
    if end:
        for name in made.pids:
            made.ended(name, "ended", 0.1, code=0)
        made.end(0.1)
    return made


def many(count: int, *, name: str = "worker", state: str = "running") -> Made:
    """Return a run of main and so many workers that each have put one element into a queue."""
    made = Made("main", *(f"{name} {number + 1}" for number in range(count)))
    made.queue(5)
    for number in range(count):
        made.did(f"{name} {number + 1}", row(record.PUT, 10 + number, 11 + number, 5, line=10))
    assert state == "running"
    return made


def starts(made: Made, name: str, pid: int, *, at: float) -> None:
    """Tell that main starts one more process."""
    number = len(made.pids)
    made.pids[name] = pid
    made._done[name] = 0
    made.fold(
        processes=[process(number, name, pid, 0, "running", at, at)],
        traced=[(pid, "site", {"number": 10, "file": "/x.py", "line": 10, "function": "work"})],
    )


def at(panel: DiagramPanel, milliseconds: float) -> Picture:
    """Show a moment and return what is drawn of it."""
    panel.time_cursor.set(round(milliseconds * MS))
    return panel.board.picture


def pictures(panel: DiagramPanel) -> Maker:
    """Return what makes the pictures of the run on show."""
    assert panel.showing.moments is not None
    return Maker(panel.showing.moments)


def written(panel: DiagramPanel, folder: Path) -> list[str]:
    """Return the texts that the drawing holds, as they are in a file that is saved of it."""
    file = folder / "drawing.svg"
    panel.save(file)
    return [text.strip() for text in ET.parse(file).getroot().itertext() if text.strip()]


def middle(board: Board, key: str) -> QPoint:
    """Return where a shape's middle is seen."""
    box = board.box_of(key)
    assert box is not None
    return box.center().toPoint()


def places(board: Board) -> dict[str, tuple[float, float]]:
    """Return by key where each shape that has a place stands."""
    assert board.places is not None
    return {key: board.places.place(key) for key in board.geometry_now.boxes}


def drag(board: Board, start: QPoint, by: QPoint) -> None:
    """Drag with the mouse."""
    QTest.mousePress(board, Qt.MouseButton.LeftButton, NONE, start)
    for share in (0.3, 0.7, 1.0):
        QTest.mouseMove(board, (QPointF(start) + QPointF(by) * share).toPoint())
    QTest.mouseRelease(board, Qt.MouseButton.LeftButton, NONE, start + by)


def press(board: Board, key: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
    """Press a key in the drawing."""
    board.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(board, key, held)
