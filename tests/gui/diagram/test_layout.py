"""Shapes stand still: nothing that comes later moves what is there."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt

from ipclab.catalog import find
from ipclab.trace import record
from ipclab_gui.diagram import layout
from ipclab_gui.diagram.figures import Tube
from ipclab_gui.panels.diagram import DiagramPanel
from tests.gui.diagram.drawn import CONTROL, drag, greeting, many, middle, places, press, show, starts
from tests.operated import Made, received, row, sent

SENDER, RECEIVER, MAIN = "process sender", "process receiver", "process main"


def test_main_stands_on_top_then_the_sender_the_pipe_the_receiver(panel: DiagramPanel) -> None:
    boxes = show(panel, greeting()).geometry_now.boxes
    assert boxes[MAIN].bottom() < min(boxes[key].top() for key in (SENDER, RECEIVER, "Pipe 1"))
    assert boxes[SENDER].center().x() < boxes["Pipe 1"].center().x() < boxes[RECEIVER].center().x()


def test_a_pipe_between_two_touches_both(panel: DiagramPanel) -> None:
    board = show(panel, greeting())
    assert board.geometry_now.joined == {("Pipe 1", SENDER), ("Pipe 1", RECEIVER)}
    body = board.geometry_now.pipes["Pipe 1"]
    assert body.left() == board.geometry_now.boxes[SENDER].right()
    assert body.right() == board.geometry_now.boxes[RECEIVER].left()


def test_what_comes_later_moves_nothing(panel: DiagramPanel) -> None:
    made = Made("main")
    made.queue(7)
    made.did("main", row(record.PUT, 1, 2, 7, line=10))
    board = show(panel, made)
    known = places(board)
    for number in range(8):
        name = f"{'producer' if number % 3 else 'consumer'} {number}"
        starts(made, name, 5000 + number, at=0.01 * number)
        what = record.PUT if number % 3 else record.RECEIVE
        made.did(name, row(what, 10 + 10 * number, 12 + 10 * number, 7, line=10))
        if number == 4:
            made.pipe(30, 31)
            made.did("main", sent(55, 56, 30, "late"))
        panel.refresh(True)
        now = places(board)
        assert {key: now[key] for key in known} == known
        assert len(now) > len(known)
        known = now


def test_no_two_shapes_lie_on_each_other(panel: DiagramPanel) -> None:
    made = Made("main", *(f"p{n}" for n in range(6)))
    for number in range(3):
        made.pipe(10 + 2 * number, 11 + 2 * number)
        made.did(f"p{2 * number}", sent(10, 11, 10 + 2 * number, "x"))
        made.did(f"p{2 * number + 1}", received(5, 20, 11 + 2 * number, "x"))
    made.queue(40)
    made.lock(50)
    made.did("p0", row(record.ACQUIRE, 30, 31, 50, line=10), row(record.PUT, 32, 33, 40, line=10))
    made.end(0.1)
    boxes = list(show(panel, made).geometry_now.boxes.items())
    overlapping = [
        (one, other)
        for place, (one, box) in enumerate(boxes)
        for other, second in boxes[place + 1 :]
        if box.adjusted(2, 2, -2, -2).intersects(second.adjusted(2, 2, -2, -2))
    ]
    assert overlapping == []


def test_who_has_done_nothing_yet_waits_for_a_place_and_gets_one(panel: DiagramPanel) -> None:
    made = greeting(end=False)
    starts(made, "late", 5000, at=0.07)
    board = show(panel, made)
    assert "process late" not in board.geometry_now.boxes
    made.fold(time=0.6)
    panel.refresh(True)
    assert "process late" in board.geometry_now.boxes


def test_what_a_person_drags_stays_there_and_in_the_next_run(panel: DiagramPanel) -> None:
    board = show(panel, greeting())
    before = places(board)
    start = middle(board, SENDER)
    drag(board, start, QPoint(40, 90))
    moved = places(board)[SENDER]
    factor = board.camera.factor
    assert abs(moved[0] - before[SENDER][0] - 40 / factor) < 2
    assert abs(moved[1] - before[SENDER][1] - 90 / factor) < 2
    show(panel, greeting())
    assert places(board)[SENDER] == moved
    assert places(board)[RECEIVER] == before[RECEIVER]
    panel.set_experiment(find("queue"))
    panel.set_experiment(find("pipe"))
    show(panel, greeting())
    assert places(board)[SENDER] == moved


def test_a_shape_is_moved_by_keys_and_put_back(panel: DiagramPanel) -> None:
    board = show(panel, greeting())
    before = places(board)[SENDER]
    board.select(SENDER)
    press(board, Qt.Key.Key_Down, CONTROL)
    assert places(board)[SENDER][1] > before[1]
    board._put_back(SENDER)
    assert places(board)[SENDER] == before
    assert layout.session["pipe"] == {}


def test_a_shape_that_comes_into_view_moves_the_picture_no_more_than_it_must(panel: DiagramPanel) -> None:
    made = greeting(end=False)
    board = show(panel, made)
    seen = middle(board, SENDER)
    made.queue(9)
    made.did("main", row(record.PUT, 92, 93, 9, line=10))
    panel.refresh(True)
    assert "Queue 1" in board.geometry_now.boxes
    assert middle(board, SENDER) == seen


def test_everything_is_in_view_with_64_processes(panel: DiagramPanel) -> None:
    board = show(panel, many(63))
    room = board.rect()
    assert all(room.contains(board.box_of(key).toRect()) for key in board.geometry_now.boxes)  # type: ignore[union-attr]
    assert 0.5 <= board.camera.zoom <= 1.25


def test_both_ends_of_a_pipe_of_many_are_wired(panel: DiagramPanel) -> None:
    made = Made("main", "one", "two", "reader")
    made.pipe(5, 6)
    made.did("one", sent(10, 11, 5, "a"))
    made.did("two", sent(12, 13, 5, "b"))
    made.did("reader", received(5, 20, 6, "a"), received(21, 30, 6, "b"))
    made.end(0.1)
    board = show(panel, made)
    tube = board.picture.find("Pipe 1")
    assert isinstance(tube, Tube)
    assert (tube.left, tube.right) == (("process one", "process two"), ("process reader",))
    routes = board.routes_now
    drawn = [wire for wire in board.picture.wires if routes.of(wire)]
    assert {wire.source for wire in drawn} >= {"process one", "process two"}


def test_who_told_main_an_address_and_then_serves_stands_to_the_right(panel: DiagramPanel) -> None:
    made = Made("main", "server", "client")
    made.pipe(5, 5)
    made.did("main", row(record.RECEIVE, 5, 12, 5, line=10))
    made.did("server", sent(10, 11, 5, "address"))
    board = show(panel, made)
    assert not {"process server", "Pipe 1"} & {*board.geometry_now.boxes}
    made.did("server", row(record.ACCEPT, 20, 0, line=10))
    panel.refresh(True)
    assert board.geometry_now.boxes["process server"].left() > board.geometry_now.boxes[MAIN].center().x()
    about = {"number": 9, "made": "list", "address": "/tmp/listener", "site": 30}
    made.fold(traced=[(4000, "proxy", about), (4001, "socket", {"end": 3, "own": "/tmp/listener", "peer": ""})])
    made.did("server", row(record.ACCEPT, 30, 31, size=3))
    made.did("client", row(record.CALL, 40, 50, 9, line=10, text=b"append"))
    made.fold(time=0.6)
    panel.refresh(True)
    (wire,) = (one for one in board.picture.wires if one.tab)
    tube = board.geometry_now.boxes["Pipe 1"]
    assert not any(tube.contains(corner) for corner in board.routes_now.of(wire))


def test_who_waits_for_a_message_first_stands_to_the_right_of_its_pipe(panel: DiagramPanel) -> None:
    made = Made("main", "sender", "receiver")
    made.pipe(5, 6)
    made.did("receiver", row(record.RECEIVE, 5, 0, 5, line=20))
    show(panel, made)
    made.did("sender", sent(20, 21, 6, "hello"))
    panel.refresh(True)
    boxes = panel.board.geometry_now.boxes
    assert boxes[SENDER].center().x() < boxes["Pipe 1"].center().x() < boxes[RECEIVER].center().x()
