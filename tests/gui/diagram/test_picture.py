"""What is drawn of moments: states, waits, ends, what lies where. Of runs made up operation by operation."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from ipclab.trace import record
from ipclab_gui.diagram.figures import Block, Cells, Lock, Process, Queue, Raw, Tube
from ipclab_gui.diagram.words import of_figure
from ipclab_gui.panels.diagram import DiagramPanel
from tests.gui.diagram.drawn import at, greeting, many, show, written
from tests.operated import MS, Made, received, row, sent


def process(panel: DiagramPanel, name: str) -> Process:
    found = panel.board.picture.find(f"process {name}")
    assert isinstance(found, Process)
    return found


def test_a_message_is_in_the_tube_from_its_send_to_its_receive(panel: DiagramPanel, tmp_path: Path) -> None:
    show(panel, greeting())
    texts = []
    for time in (15, 22, 40, 65, 80):
        tube = at(panel, time).find("Pipe 1")
        assert isinstance(tube, Tube)
        texts.append(tube.rightward.texts)
    assert texts == [(), ("'hello'",), (), ("'hey'",), ()]
    at(panel, 65)
    panel.board.flights.clear()
    assert {"'hey'", "sender", "receiver", "main", "Pipe 1", "4001", "started"} <= {*written(panel, tmp_path)}


def test_what_nobody_took_is_not_on_its_way_once_all_have_ended(panel: DiagramPanel) -> None:
    made = Made("main", "sender", "receiver")
    made.pipe(5, 6)
    made.did("sender", sent(20, 21, 5, "hello"), sent(60, 61, 5, "hey"))
    made.did("receiver", received(10, 25, 6, "hello"))
    for name, seconds in (("sender", 0.07), ("receiver", 0.08), ("main", 0.1)):
        made.ended(name, "ended", seconds, code=0)
    made.end(0.1)
    show(panel, made)
    notes = []
    for time in (22, 65, 85, 100):
        tube = at(panel, time).find("Pipe 1")
        assert isinstance(tube, Tube)
        notes.append(tube.note.partition(",")[0])
    assert notes == ["1 on its way", "1 on its way", "1 on its way", "1 not taken"]
    panel.time_cursor.set(None)
    assert "1 not taken" in of_figure(panel.board.picture.things[0], panel.board.picture)


def test_who_waits_says_so_and_since_when(panel: DiagramPanel, tmp_path: Path) -> None:
    show(panel, greeting())
    at(panel, 55)
    foot = process(panel, "receiver").foot
    assert foot is not None
    assert (foot.icon, foot.text, foot.when, foot.tone) == ("hourglass", "recv()", "25 ms", "wait")
    foot = process(panel, "main").foot
    assert foot is not None
    assert (foot.text, foot.when) == ("join(sender)", "50 ms")
    assert {"recv()", "25 ms", "join(sender)"} <= {*written(panel, tmp_path)}
    at(panel, 20.5)
    foot = process(panel, "sender").foot
    assert foot is not None
    assert (foot.icon, foot.text, foot.tone) == ("arrow-right", "send('hello')", "")
    at(panel, 40)
    foot = process(panel, "sender").foot
    assert foot is not None
    assert foot.text == "computing"


@pytest.mark.parametrize(
    ("state", "about", "chip"),
    [
        ("ended", {"code": 0}, "ended, 0"),
        ("failed", {"code": 1, "doing": "raised ValueError"}, "exit 1"),
        ("killed", {"signal": "SIGKILL"}, "SIGKILL"),
    ],
)
def test_how_a_process_ended_is_said_and_what_it_was_doing_stays(
    panel: DiagramPanel, state: str, about: dict[str, object], chip: str, tmp_path: Path
) -> None:
    made = Made("main", "worker")
    made.pipe(5, 6)
    made.did("main", sent(1, 2, 6, "x"))
    made.did("worker", row(record.RECEIVE, 10, 0, 5, line=20))
    made.ended("worker", state, 0.1, **about)
    made.end(0.2)
    show(panel, made)
    figure = process(panel, "worker")
    assert figure.over
    assert figure.chip is not None
    assert figure.chip.words == chip
    assert chip in written(panel, tmp_path)
    foot = figure.foot
    if state == "ended":
        assert foot is not None and foot.text == "after 0.100 s"
    elif state == "failed":
        assert foot is not None and foot.text == "ValueError"
    else:
        assert foot is not None and (foot.text, foot.when, foot.tone) == ("was in recv()", "90.0 ms", "bad")
    at(panel, 50)
    assert process(panel, "worker").chip is None


@pytest.mark.parametrize(("state", "tone"), [("stopped", ""), ("killed", "bad")])
def test_who_stood_at_the_gate_at_its_end_did_not_compute(panel: DiagramPanel, state: str, tone: str) -> None:
    made = Made("main", "worker")
    made.lock(9)
    made.stands(("worker", row(record.ACQUIRE, 5, 0, 9, line=10)))
    made.ended("worker", state, 0.1)
    made.end(0.1)
    show(panel, made)
    foot = process(panel, "worker").foot
    assert foot is not None and (foot.text, foot.tone) == ("stood before acquire Lock 1", tone)


def test_variables_are_shown_with_their_values_of_then(panel: DiagramPanel, tmp_path: Path) -> None:
    made = greeting(end=False)
    made.fold(shown=[(1, "sent", 1, 0.03), (1, "sent", 2, 0.065), (2, "last", "hey", 0.08)])
    made.end(0.1)
    show(panel, made)
    texts = [[(one.name, one.text) for one in process_at.variables] for time in (25, 40, 90)
             for process_at in at(panel, time).processes[1:2]]  # fmt: skip
    assert texts == [[], [("sent", "1")], [("sent", "2")]]
    assert {"sent", "2", "last"} <= {*written(panel, tmp_path)}


def test_a_queue_shows_its_elements_the_newest_left_and_what_is_free(panel: DiagramPanel, tmp_path: Path) -> None:
    made = Made("main")
    made.queue(5, limit=4)
    for number in (1, 4):
        data, when = pickle.dumps(number), 10 * number
        write = row(record.SEND, when + 2, when + 3, 5, size=len(data), text=data, thread=2)
        made.did("main", row(record.PUT, when, when + 1, 5, line=10), write)
    made.did("main", row(record.PUT, 50, 51, 5, line=10), row(record.PUT, 52, 53, 5, line=10))
    made.did("main", row(record.PUT, 60, 0, 5, line=10))
    made.end(0.2)
    show(panel, made)
    queue = at(panel, 45).find("Queue 1")
    assert isinstance(queue, Queue)
    assert (queue.stream.texts, queue.limit, queue.note) == (("1", "4"), 4, "2 of 4; 0 of 2 taken")
    assert {"1", "4", "Queue 1", "newest", "oldest"} <= {*written(panel, tmp_path)}
    full = at(panel, 100).find("Queue 1")
    assert isinstance(full, Queue)
    assert full.note.startswith("4 of 4, full: put() waits")


def test_of_a_queue_that_holds_many_the_others_are_counted(panel: DiagramPanel, tmp_path: Path) -> None:
    made = Made("main")
    made.queue(5)
    for number in range(40):
        made.did("main", row(record.PUT, number + 1, number + 2, 5, line=10))
    made.end(0.2)
    show(panel, made)
    assert "40 inside; 0 of 40 taken" in written(panel, tmp_path)
    counted = [text for text in written(panel, tmp_path) if text.startswith("+")]
    assert len(counted) == 1


def test_a_lock_names_its_holder_and_counts_who_waits(panel: DiagramPanel, tmp_path: Path) -> None:
    made = Made("main", "left", "right")
    made.lock(9)
    made.did("left", row(record.ACQUIRE, 10, 11, 9, line=10), row(record.RELEASE, 60, 60, 9, line=10))
    made.did("right", row(record.ACQUIRE, 20, 61, 9, line=10))
    made.end(0.1)
    show(panel, made)
    notes = []
    for time in (5, 15, 40, 80):
        lock = at(panel, time).find("Lock 1")
        assert isinstance(lock, Lock)
        notes.append((lock.held, lock.note))
    assert notes == [
        (False, "free"), (True, "held by left"), (True, "held by left, 1 waits"), (True, "held by right"),
    ]  # fmt: skip
    wires = {wire.source: (wire.solid, wire.waits) for wire in at(panel, 40).wires}
    assert wires == {"process left": (True, False), "process right": (False, True)}
    assert "held by left, 1 waits" in written(panel, tmp_path)


@pytest.mark.parametrize(
    ("kind", "waits", "frees"),
    [
        pytest.param("Barrier", record.WAIT_BARRIER, record.WAIT_BARRIER, id="barrier"),
        pytest.param("Event", record.WAIT_EVENT, record.SET, id="event"),
        pytest.param("Condition", record.WAIT_CONDITION, record.NOTIFY, id="condition"),
    ],
)
def test_who_has_waited_at_something_has_a_wire_to_it(panel: DiagramPanel, kind: str, waits: int, frees: int) -> None:
    made = Made("main", "left", "right", "other")
    made.lock(9, kind)
    made.did("left", row(waits, 10, 41, 9, line=10))
    made.did("right", row(frees, 40, 41, 9, line=10))
    made.end(0.1)
    show(panel, made)
    of_left, of_right = ("process left", f"{kind} 1"), ("process right", f"{kind} 1")
    wires = [{(wire.source, wire.target): wire.waits for wire in at(panel, time).wires} for time in (5, 20, 80)]
    assert wires == [{}, {of_left: True}, {of_left: False, of_right: False}]
    assert not any(wire.solid for wire in at(panel, 80).wires)


def test_a_semaphore_says_how_many_are_left(panel: DiagramPanel) -> None:
    made = Made("main")
    made.fold(traced=[(4000, "lock", {"number": 9, "made": "Semaphore", "value": 3, "site": 30})])
    made.did("main", row(record.ACQUIRE, 10, 11, 9, line=10))
    made.end(0.1)
    show(panel, made)
    lock = at(panel, 50).find("Semaphore 1")
    assert isinstance(lock, Lock)
    assert lock.note == "2 left, held by main"


def test_cells_show_what_was_last_seen_in_them(panel: DiagramPanel, tmp_path: Path) -> None:
    made = Made("main", "worker")
    about = {"number": 7, "made": "Array", "type": "c_int_Array_3", "lock": 0, "site": 30}
    made.fold(traced=[(4000, "shared", about)])
    writes = []
    for time, cell, value in ((10, 0, 5), (20, 2, 8)):
        one = row(record.WRITE, time, time + 1, 7, text=str(value).encode(), line=10)
        one["second"] = cell
        writes.append(one)
    made.did("worker", *writes)
    made.end(0.1)
    show(panel, made)
    told = []
    for time in (15, 50):
        array = at(panel, time).find("Array 1")
        assert isinstance(array, Cells)
        told.append((array.values, array.newest))
    assert told == [(("5", "", ""), 0), (("5", "", "8"), 2)]
    assert {"5", "8", "·", "[0]", "[2]", "'i', 3 cells"} <= {*written(panel, tmp_path)}


def test_what_passes_no_hook_says_that_it_is_not_watched(panel: DiagramPanel, tmp_path: Path) -> None:
    made = Made("main")
    about = {"number": 7, "made": "Array", "type": "c_int_Array_3", "lock": 0, "site": 30}
    made.fold(traced=[(4000, "shared", about), (4000, "block", {"number": 8, "name": "x", "size": 4096, "site": 30})])
    made.did("main", row(record.CREATE, 10, 10, 8, line=30))
    made.end(0.1)
    board = show(panel, made)
    array, block = board.picture.find("Array 1"), board.picture.find("Block 1")
    assert isinstance(array, Cells)
    assert array.note == "'i', 3 cells, no access watched"
    assert isinstance(block, Block)
    assert block.note == "4.00\u00a0KiB, open in 1 process"
    assert "contents not watched" in written(panel, tmp_path)


def test_a_raw_array_is_cells_that_are_not_watched_at_who_has_it(panel: DiagramPanel, tmp_path: Path) -> None:
    made = Made("main", "worker", "other")
    about = {"number": 7, "made": "RawArray", "type": "c_double_Array_40", "lock": 0, "raw": True, "site": 30}
    has = {"number": 7, "pid": made.pids["worker"], "since": 40 * MS}
    made.fold(traced=[(4000, "shared", {**about, "since": 10 * MS}), (4000, "has", has)])
    made.did("worker", row(record.JOIN, 50, 90, size=4000, line=40))
    made.end(0.1)
    board = show(panel, made)
    array = board.picture.find("RawArray 1")
    assert isinstance(array, Raw)
    assert (array.note, array.cells, array.more) == ("'d', 40 cells, not watched", 3, True)
    assert {"RawArray 1", "'d', 40 cells, not watched"} <= {*written(panel, tmp_path)}
    at_it = [{wire.source for wire in at(panel, time).wires} for time in (5, 20, 60)]
    assert at_it == [set(), {"process main"}, {"process main", "process worker"}]
    assert all(wire.blind and board.routes_now.of(wire) for wire in board.picture.wires)
    assert of_figure(array, board.picture).endswith("known to main, worker")


def test_an_array_that_nobody_uses_by_its_methods_is_at_who_has_it(panel: DiagramPanel) -> None:
    made = Made("main", "worker")
    about = {"number": 7, "made": "Array", "type": "c_int_Array_3", "lock": 0, "site": 30, "since": 10 * MS}
    made.fold(traced=[(4000, "shared", about), (4001, "has", {"number": 7, "since": 20 * MS})])
    made.did("worker", row(record.JOIN, 50, 90, size=4000, line=40))
    assert show(panel, made).picture.wires == ()  # it is new: somebody may use it yet
    made.end(0.1)
    panel.refresh(True)
    assert [(wire.source, wire.blind) for wire in panel.board.picture.wires] == [
        ("process main", True), ("process worker", True),
    ]  # fmt: skip
    one = row(record.READ, 95, 96, 7, line=10)
    made.did("worker", one)
    panel.refresh(True)
    assert [(wire.target, wire.blind) for wire in panel.board.picture.wires] == [("process worker", False)]


def test_a_managers_server_holds_its_objects_and_who_uses_them_has_a_tab(panel: DiagramPanel, tmp_path: Path) -> None:
    made = Made("main", "server", "client")
    about = {"number": 9, "made": "list", "address": "/tmp/listener", "site": 30}
    made.fold(traced=[(4000, "proxy", about), (4001, "socket", {"end": 3, "own": "/tmp/listener", "peer": ""})])
    made.did("server", row(record.ACCEPT, 1, 2, size=3))
    made.did("client", row(record.CALL, 10, 20, 9, line=10, text=b"append"))
    made.end(0.1)
    board = show(panel, made)
    server, client = board.picture.find("process server"), board.picture.find("process client")
    assert isinstance(server, Process)
    assert isinstance(client, Process)
    assert [(one.name, one.note) for one in server.objects] == [("list 1", "1 call")]
    assert client.tabs == (("list 1", "list 1"),)
    (wire,) = [wire for wire in board.picture.wires if wire.tab]
    assert board.routes_now.of(wire)
    assert written(panel, tmp_path).count("list 1") == 2
    assert at(panel, 15).find("process server").objects[0].fresh  # type: ignore[union-attr]


def test_many_messages_a_second_are_a_flow_with_its_rate_and_bytes(panel: DiagramPanel, tmp_path: Path) -> None:
    made = Made("main", "sender", "receiver")
    made.pipe(5, 5)
    made.did("sender", *(sent(10 + 5 * number, 11 + 5 * number, 5, number) for number in range(40)))
    made.fold(time=0.3)
    board = show(panel, made)
    made.fold(time=0.8)  # whose receiver does not come is drawn without
    panel.refresh(True)
    tube = board.picture.find("Pipe 1")
    assert isinstance(tube, Tube)
    assert tube.rightward.rate == 40
    assert "40 /s" in written(panel, tmp_path)
    assert "about" in tube.note and "B/s" in tube.note


def test_nine_alike_are_one_stack_with_a_count_and_eight_are_not(panel: DiagramPanel, tmp_path: Path) -> None:
    board = show(panel, many(8))
    assert len(board.picture.processes) == 9
    board = show(panel, many(9))
    assert [(one.name, one.count) for one in board.picture.processes] == [("main", 1), ("worker", 9)]
    assert {"× 9", "9 computing"} <= {*written(panel, tmp_path)}
    assert len(board.picture.wires) == 1
    board.unfold(board.picture.processes[1].key)
    assert len(board.picture.processes) == 10
    board.fold_up("stack process main worker")
    assert len(board.picture.processes) == 2


def test_a_stack_takes_the_place_of_its_first(panel: DiagramPanel) -> None:
    made = many(8)
    board = show(panel, made)
    known = {key: board.geometry_now.boxes[key].topLeft() for key in ("process worker 1", "Queue 1")}
    from tests.gui.diagram.drawn import starts

    starts(made, "worker 9", 5000, at=0.02)
    made.did("worker 9", row(record.PUT, 30, 31, 5, line=10))
    panel.refresh(True)
    assert len(board.picture.processes) == 2
    assert board.geometry_now.boxes["stack process main worker"].topLeft() == known["process worker 1"]
    assert board.geometry_now.boxes["Queue 1"].top() == known["Queue 1"].y()


def test_operations_that_were_lost_are_said(panel: DiagramPanel) -> None:
    made = greeting(end=False)
    made.lost("sender", 3)
    show(panel, made)
    assert panel.note.whole == "Some operations were not recorded: counts may be off."


def test_the_last_three_operations_are_told_in_words(panel: DiagramPanel) -> None:
    show(panel, greeting())
    at(panel, 65)
    assert [tuple(row) for row in panel.recent.rows] == [
        ("0.020 s", "sender", "send('hello')", "20 B, Pipe 1"),
        ("0.030 s", "receiver", "recv()", "waits on Pipe 1"),
        ("0.060 s", "sender", "send('hey')", "18 B, Pipe 1"),
    ]
    at(panel, 80)
    assert panel.recent.rows[1][2:] == ("recv() returned 'hey'", "10.0 ms after it was sent")
    assert "recv() returned 'hey'" in panel.recent.accessibleDescription()


def test_a_low_tab_leaves_its_room_to_the_picture(panel: DiagramPanel, qtbot: QtBot) -> None:
    show(panel, greeting())
    before = panel.recent.height(), panel.board.height()
    panel.resize(520, 380)
    qtbot.waitUntil(lambda: 380 / 2 < panel.board.height() < before[1])
    assert panel.recent.height() < before[0]
    panel.resize(880, 650)
    qtbot.waitUntil(lambda: (panel.recent.height(), panel.board.height()) == before)


def test_the_row_for_what_comes_next_is_empty_until_it_is_told(panel: DiagramPanel) -> None:
    from ipclab_gui.diagram.recent import Said

    show(panel, greeting())
    high = panel.recent.height()
    panel.recent.say_next(Said("next", "sender", "send('END')", "in 0.1 s"))
    assert panel.recent.accessibleDescription().endswith("next, sender, send('END'), in 0.1 s")
    panel.recent.say_next(None)
    assert "next" not in panel.recent.accessibleDescription()
    assert panel.recent.height() == high


def test_a_new_value_is_tinted_for_a_while_and_not_after_a_jump(
    panel: DiagramPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ipclab_gui.diagram.tints.FRESH", 0.1)
    made = greeting(end=False)
    made.fold(shown=[(1, "sent", 1, 0.03)])
    show(panel, made)
    assert [one.fresh for one in process(panel, "sender").variables] == [False]
    made.fold(time=0.12, shown=[(1, "sent", 2, 0.11)])
    panel.refresh(True)
    assert [(one.text, one.fresh) for one in process(panel, "sender").variables] == [("2", True)]
    qtbot.waitUntil(lambda: not process(panel, "sender").variables[0].fresh)
    at(panel, 50)
    at(panel, 115)
    assert [(one.text, one.fresh) for one in process(panel, "sender").variables] == [("2", False)]
