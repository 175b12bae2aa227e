"""What stands is kept as a picture: it looks as if it had been painted from nothing, and little of it is painted."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QImage, QRegion, QTransform
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ipclab.trace import record
from ipclab_gui import motion, style
from ipclab_gui.diagram import faces, scenery
from ipclab_gui.diagram.board import FRAME, Board
from ipclab_gui.diagram.canvas import Canvas
from ipclab_gui.diagram.routes import Routes
from ipclab_gui.panels.diagram import DiagramPanel
from tests.gui.diagram.drawn import at, drag, greeting, middle, show
from tests.operated import MS, Made, received, row, sent

STEPS = 30
NEAR = 8  # levels of a colour: where a clip cuts it, Qt rounds the edge of a shape otherwise
DASHES = 0.005  # of all: those of dashes, which Qt begins where a line comes into the view
UNTIL = 200  # ms


def everything(*, unlike: int = 5, alike: int = 12) -> Made:
    """Return a run of 200 ms with each kind of shape, in which something happens all the time."""
    chance = np.random.default_rng(3)
    names = [f"{letter} process" for letter in "abcdefghijklmnopqrstuvwxyz"[:unlike]]
    made = Made("main", *names, *(f"worker {number}" for number in range(alike)), "server")
    made.pipe(5, 6)
    made.queue(7, limit=9)
    made.lock(9)
    array = {"number": 11, "made": "Array", "type": "c_int_Array_3", "lock": 0, "site": 30}
    raw = {"number": 12, "made": "RawArray", "type": "c_double_Array_40", "lock": 0, "raw": True, "site": 30}
    proxy = {"number": 13, "made": "list", "address": "/tmp/listener", "site": 30}
    made.fold(traced=[(4000, "shared", array), (4000, "shared", raw), (4000, "proxy", proxy),
                      (4000, "block", {"number": 14, "name": "x", "size": 4096, "site": 30}),
                      (made.pids["server"], "socket", {"end": 3, "own": "/tmp/listener", "peer": ""})])  # fmt: skip
    made.did("server", row(record.ACCEPT, 1, 2, size=3))
    made.did("main", row(record.CREATE, 10, 10, 14, line=30), row(record.JOIN, 20, 190, size=4001, line=40))
    for time in range(5, UNTIL - 10, 9):
        made.did(names[0], sent(time, time + 1, 5, time))
        made.did(names[1], received(time + 1, time + 6, 6, time))
        write = row(record.WRITE, time, time + 1, 11, text=str(time).encode(), line=10)
        made.did(names[2], write, row(record.CALL, time + 2, time + 5, 13, line=10, text=b"append"))
        took = int(chance.integers(1, 6))
        made.did(names[3], row(record.ACQUIRE, time, time + took, 9, line=10))
        made.did(names[3], row(record.RELEASE, time + took + 1, time + took + 1, 9, line=10))
        worker = f"worker {chance.integers(alike)}"
        made.did(worker, row(record.PUT, time, time + 1, 7, line=10))
        made.fold(shown=[(1, "count", time, time / 1e3)])
    made.ended(names[4], "killed", 0.15, signal="SIGKILL")
    return made


def image(canvas: Canvas, board: Board, ratio: float, pieces: list[scenery.Piece] | None = None) -> QImage:
    """Return what a canvas shows of a board."""
    view = board.camera.transform(board.size().toSizeF())
    return canvas.picture(board.size(), ratio, view, pieces or board._pieces_now).toImage()


def from_nothing(board: Board, ratio: float) -> QImage:
    """Return the same, of which nothing was known before."""
    geometry = board.geometry_now
    return image(Canvas(), board, ratio, scenery.pieces(geometry, Routes(geometry), []))


def differing(one: QImage, other: QImage) -> float:
    """Return the share of pixels that are not the same, or nearly."""
    assert (one.size(), one.format()) == (other.size(), other.format()) == (one.size(), QImage.Format.Format_RGB32)
    if one == other:
        return 0.0
    first, second = (np.frombuffer(picture.constBits(), np.uint8) for picture in (one, other))
    return float((np.abs(first.astype(np.int16) - second) > NEAR).mean())


def walk(panel: DiagramPanel, qapp: QApplication, chance: np.random.Generator) -> Iterator[str]:
    """Do something a person does, again and again; yield what it was."""
    board = panel.board

    def a_shape() -> str:
        return str(chance.choice([*board.geometry_now.boxes, ""]))

    def moment() -> None:
        at(panel, float(chance.uniform(0, UNTIL)))

    def next_moment() -> None:
        panel.showing.show(jumped=False)
        panel.time_cursor.set((panel.time_cursor.moment or 0) + 3 * MS)

    def drag_one() -> None:
        key = a_shape()
        if key and board.rect().contains(middle(board, key)):
            drag(board, middle(board, key), QPoint(*(int(one) for one in chance.integers(-60, 60, 2))))

    def stack() -> None:
        for key in [one.key for one in board.picture.processes if one.count > 1]:
            board.unfold(key)
            return
        for key in [*board.unfolded]:
            board.fold_up(key)

    does: list[Callable[[], object]] = [
        moment, moment, next_moment, next_moment, drag_one, stack,
        lambda: board.zoom(float(chance.choice([1.2, 1 / 1.2])), QPointF(*chance.uniform(0, 400, 2).tolist())),
        lambda: board.pan_wanted.emit(*(float(one) for one in chance.integers(-90, 90, 2))),
        lambda: board.pan_wanted.emit(*chance.uniform(-30, 30, 2).tolist()),
        lambda: style.set_mode(qapp, str(chance.choice(["Light", "Dark"]))),  # type: ignore[arg-type]
        lambda: board.show_only(None if board.only else a_shape() or None),
        lambda: panel.resize(880 + int(chance.integers(-200, 200)), 650), board.fit,
    ]  # fmt: skip
    names = ["moment", "moment", "next", "next", "drag", "stack", "zoom", "pan", "pan a part", "theme", "only",
             "resize", "fit"]  # fmt: skip
    for _ in range(STEPS):
        which = int(chance.integers(len(does)))
        does[which]()
        qapp.processEvents()
        yield names[which]


@pytest.mark.parametrize("seed", range(3))
def test_it_looks_as_if_it_were_painted_from_nothing(panel: DiagramPanel, qapp: QApplication, seed: int) -> None:
    board = show(panel, everything())
    ratios = {1.0: board._canvas, 1.25: Canvas(), 2.0: Canvas()}
    did, panned = [], False
    for what in walk(panel, qapp, np.random.default_rng(seed)):
        did.append(what)
        panned = what == "pan" or (panned and what in ("moment", "next", "drag"))
        if what == "theme":
            ratios[1.25].drop()
            ratios[2.0].drop()
        for ratio, canvas in ratios.items():
            off = differing(image(canvas, board, ratio), from_nothing(board, ratio))
            assert off <= (DASHES if panned else 0), (ratio, did)


def test_only_what_has_changed_is_painted(panel: DiagramPanel) -> None:
    board = show(panel, greeting())
    at(panel, 16)
    board.grab()
    panel.refresh(True)
    board.grab()
    assert board._canvas.painted.isEmpty()
    at(panel, 22)
    board.grab()
    painted = board._canvas.painted
    assert not painted.isEmpty()
    assert not painted.contains(_box(board, "process sender").center().toPoint())
    assert painted.contains(_box(board, "process receiver").center().toPoint())


def test_what_is_panned_is_moved_and_only_what_comes_into_view_is_painted(panel: DiagramPanel) -> None:
    board = show(panel, everything())
    board.grab()
    board.pan_wanted.emit(-30.0, 12.0)
    board.grab()
    room = board.rect()
    strips = QRegion(QRect(room.right() - 29, 0, 30, room.height())) + QRegion(QRect(0, 0, room.width(), 12))
    assert board._canvas.painted == strips


def test_a_shape_that_is_dragged_is_painted_where_it_was_and_where_it_is(panel: DiagramPanel) -> None:
    board = show(panel, greeting())
    board.grab()
    before = _box(board, "process receiver")
    drag(board, middle(board, "process receiver"), QPoint(0, 40))
    board.grab()
    painted = board._canvas.painted
    assert painted.contains(before.center().toPoint()) and painted.contains(middle(board, "process receiver"))
    assert not painted.contains(middle(board, "process sender"))


def test_it_is_let_go_when_nobody_looks_or_the_colours_change(panel: DiagramPanel, qapp: QApplication) -> None:
    board = show(panel, everything())
    board.grab()
    light = image(board._canvas, board, 1.0)
    style.set_mode(qapp, "Dark")
    assert board._canvas._picture is None
    board.grab()
    assert image(board._canvas, board, 1.0) != light
    assert faces.width.cache_info().currsize
    panel.hide()
    assert (board._canvas._picture, board._known) == (None, [])
    assert not faces.width.cache_info().currsize


def test_what_lies_over_another_now_is_painted_over_it() -> None:
    def piece(name: str, tone: str) -> scenery.Piece:
        from ipclab_gui import theme

        box = QRectF(10, 10, 20, 20)
        return scenery.Piece((name,), (tone,), (box,), lambda painter: painter.fillRect(box, theme.color(tone)))

    canvas, size, view = Canvas(), QSize(40, 40), QTransform()
    pieces = [piece("one", "ok"), piece("other", "bad")]
    first = canvas.picture(size, 1.0, view, pieces).toImage().pixelColor(20, 20)
    turned = canvas.picture(size, 1.0, view, pieces[::-1]).toImage().pixelColor(20, 20)
    assert turned != first
    assert canvas.picture(size, 1.0, view, pieces[1:]).toImage().pixelColor(20, 20) == first


def test_what_moves_is_painted_with_the_pictures_while_they_come(panel: DiagramPanel, qtbot: QtBot) -> None:
    made = greeting(end=False)
    made.did("receiver", row(record.RECEIVE, 91, 0, 6, line=20))
    made.fold(time=0.12)
    board = show(panel, made)
    assert motion.allowed() and board._timer.isActive()
    for number in range(3):
        qtbot.waitUntil(lambda: board._timer.interval() == FRAME)
        made.did("main", sent(130 + number, 131 + number, 5, number))
        panel.refresh(True)
        assert board._timer.interval() > FRAME
    assert not differing(image(board._canvas, board, 1.0), from_nothing(board, 1.0))


def _box(board: Board, key: str) -> QRectF:
    found = board.box_of(key)
    assert found is not None
    return found
