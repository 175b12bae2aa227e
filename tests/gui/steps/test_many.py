"""Views of a stepped run of 64 processes, all of which stand at the gate: made up, drawn as any."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from ipclab.trace import record
from ipclab_gui.panels.code_view import At, CodeView, fitting
from ipclab_gui.panels.diagram import DiagramPanel
from ipclab_gui.panels.messages import MessagesPanel
from ipclab_gui.time_cursor import TimeCursor
from tests.operated import Made, row

WORKERS = 63


def at_the_gate() -> Made:
    """Return a run whose workers are all about to get, and its main program about to put."""
    names = [f"worker {number + 1}" for number in range(WORKERS)]
    made = Made("main", *names)
    made.queue(5)
    made.did("main", row(record.PUT, 1, 2, 5, line=10))
    for name in names:
        made.did(name, row(record.GET, 3, 4, 5, line=20, flags=record.FAILED))
    made.stands(
        ("main", row(record.PUT, 5, 0, 5, line=10)), *((name, row(record.GET, 6, 0, 5, line=20)) for name in names)
    )
    made.fold(time=0.5)
    return made


def test_messages_has_a_step_button_beside_each_name(qtbot: QtBot) -> None:
    made = at_the_gate()
    panel = MessagesPanel()
    qtbot.addWidget(panel)
    panel.resize(880, 640)
    panel.show()
    panel.begin(made.observation)
    panel.refresh(True)
    QApplication.processEvents()
    panel.refresh(True)
    buttons = [one for one in panel.chart.findChildren(QPushButton) if one.isVisible()]
    assert len(buttons) > 10
    left = panel.chart.geometry_now.left
    assert all(button.geometry().right() < left and not button.text() for button in buttons)
    assert {button.accessibleName() for button in buttons} >= {
        "Step main, next: put()", "Step worker 1, next: get()", "Step worker 9, next: get()",
    }  # fmt: skip
    third = next(one for one in buttons if one.accessibleName().startswith("Step worker 2,"))
    assert third.toolTip() == "Let worker 2 go next (3)"
    with qtbot.waitSignal(panel.step_wanted) as caught:
        QTest.mouseClick(third, Qt.MouseButton.LeftButton)
    assert caught.args == [made.pids["worker 2"]]


def test_a_stack_of_the_diagram_says_how_many_may_go_next(qtbot: QtBot, tmp_path: Path) -> None:
    panel = DiagramPanel()
    qtbot.addWidget(panel)
    panel.share(TimeCursor(panel))
    panel.resize(880, 650)
    panel.show()
    panel.begin(at_the_gate().observation)
    panel.refresh(True)
    stack = panel.board.picture.processes[1]
    assert (stack.count, stack.lines) == (WORKERS, (f"{WORKERS} next: get()",))


def test_code_names_as_many_as_fit_and_counts_the_others(qtbot: QtBot) -> None:
    view = CodeView()
    qtbot.addWidget(view)
    ready = [At(f"worker {number}", "next: get()", next=True) for number in range(1, 31)]
    waiting = [At(f"worker {number}", "waits 1.0 s") for number in range(31, 34)]
    everybody = (*ready, *waiting)
    assert fitting(everybody, 100_000) == [*everybody]
    named = []
    for room in (1_200, 800, 400, 0):
        *some, next_ones, others = fitting(everybody, room)
        more = " more" if some else ""
        assert some == ready[: len(some)]
        assert next_ones == At(f"{30 - len(some)}{more}", "next", next=True)
        assert others == At(f"3{more}", "wait")
        named.append(len(some))
    assert named == sorted(named, reverse=True)
    assert named[0] > named[-1] == 0


def test_who_has_ended_waits_no_longer(qtbot: QtBot) -> None:
    view = CodeView()
    qtbot.addWidget(view)
    waiting = At("sender", "in get()")
    ended = tuple(At(f"worker {number}", "was in get()", over=True) for number in range(4))
    assert fitting((waiting, *ended), 0) == [At("1", "waits"), At("4", "waited", over=True)]
    assert fitting(ended, 0) == [At("4", "waited", over=True)]


def test_one_alone_is_named_however_little_room_there_is(qtbot: QtBot) -> None:
    view = CodeView()
    qtbot.addWidget(view)
    assert fitting((At("sender", "next: send('hello')", next=True),), 0)[0].process == "sender"
