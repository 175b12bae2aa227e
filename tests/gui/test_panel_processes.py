from __future__ import annotations

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from ipclab.catalog import find
from ipclab.observation import Observation
from ipclab.records import Outcome, process
from ipclab.trace import record
from ipclab_gui import theme
from ipclab_gui.panels.process_card import CardDelegate
from ipclab_gui.panels.process_model import CARD, ProcessModel
from ipclab_gui.panels.processes import CardsView, ProcessesPanel
from tests.gui.observed import fold, named, pipe_that_failed, running, words
from tests.operated import Made, row, sent


@pytest.fixture
def panel(qtbot: QtBot) -> ProcessesPanel:
    panel = ProcessesPanel()
    qtbot.addWidget(panel)
    panel.set_experiment(find("pipe"))
    panel.resize(880, 700)
    panel.show()
    return panel


def view(panel: ProcessesPanel) -> CardsView:
    return named(panel, "Process cards", CardsView)


def show(panel: ProcessesPanel, observation: Observation) -> None:
    panel.begin(observation)
    panel.refresh(True)


def index(panel: ProcessesPanel, name: str) -> QModelIndex:
    model = view(panel).model()
    return next(i for i in (model.index(row, 0) for row in range(model.rowCount())) if i.data() == name)


def spoken(panel: ProcessesPanel, name: str) -> list[str]:
    text = index(panel, name).data(Qt.ItemDataRole.AccessibleTextRole)
    assert isinstance(text, str)
    return text.replace("\u00a0", " ").splitlines()


def test_says_what_will_be_here_before_the_first_run(qtbot: QtBot, panel: ProcessesPanel) -> None:
    assert "Each process of the run has a card here" in words(panel)
    with qtbot.waitSignal(panel.run_wanted, timeout=1000):
        named(panel, "Run", QPushButton).click()


def test_a_card_says_name_pid_state_and_since_when(panel: ProcessesPanel) -> None:
    show(panel, running("main", "sender"))
    assert spoken(panel, "main") == ["main, process 4000: running", "runs the main program, since 0.1 s"]
    assert spoken(panel, "sender") == ["sender, process 4001: running", "started by main, since 0.1 s"]
    assert words(panel).splitlines() == ["2 processes", "2 running"]


def test_the_end_is_said_with_exit_code_and_cause(panel: ProcessesPanel) -> None:
    show(panel, pipe_that_failed())
    assert spoken(panel, "receiver") == ["receiver, process 4002: exit 1", "raised ValueError, after 0.2 s"]
    assert spoken(panel, "sender") == ["sender, process 4001: ended, 0", "ended by itself, after 0.29 s"]
    assert words(panel).splitlines() == ["3 processes", "1 ended, 2 failed; nothing is left running."]


def test_a_kill_is_said_with_the_signals_name(panel: ProcessesPanel) -> None:
    observation = running("main", "sender", "receiver")
    killed = process(1, "sender", 4001, 0, "killed", 1.622, 0.06, signal="SIGKILL", known=True)
    stopped = process(2, "receiver", 4002, 0, "stopped", 1.7, 0.06, signal="SIGTERM", known=True)
    fold(observation, time=2.0, processes=[killed, stopped])
    show(panel, observation)
    assert spoken(panel, "sender") == ["sender, process 4001: SIGKILL", "was ended by SIGKILL, after 1.622 s"]
    assert spoken(panel, "receiver") == ["receiver, process 4002: SIGTERM", "was stopped by the lab, after 1.7 s"]
    assert words(panel).splitlines()[1] == "1 running, 1 stopped, 1 killed"


def test_one_that_stood_at_the_gate_at_its_end_says_before_what() -> None:
    made = Made("main", "worker")
    made.stands(("main", row(record.JOIN, 3, 0, size=4001)), ("worker", row(record.ACQUIRE, 3, 0, 9)))
    made.ended("worker", "stopped", 0.5)
    made.end()
    model = ProcessModel()
    model.update(made.observation)
    assert [(one.doing, one.ender) for one in map(model.card, (0, 1))] == [
        ("was ended with the run", "Stood at the gate, before join(worker)"),
        ("was stopped by the lab", "Stood at the gate, before acquire()"),
    ]


def test_variables_cpu_and_memory_are_on_the_card(panel: ProcessesPanel) -> None:
    observation = running("main", "p1")
    fold(observation, shown=[(1, "result", [1, 4, 9, 16], 0.2), (1, "count", 186000, 0.3)])
    fold(observation, usage=[(1, 0.5, 12 * 2**20, 0.25), (1, 0.22, 14 * 2**20, 0.5)])
    show(panel, observation)
    assert spoken(panel, "p1")[2:] == ["result = [1, 4, 9, 16]", "count = 186 000", "CPU 22 %, memory 14.0 MiB"]


def test_an_ended_process_shows_the_mean_of_its_life(panel: ProcessesPanel) -> None:
    observation = running("main", "p1")
    fold(observation, usage=[(1, 0.5, 2**20, 0.25), (1, 0.3, 2**20, 0.5)])
    fold(observation, processes=[process(1, "p1", 4001, 0, "ended", 0.6, 0.06, code=0, known=True)])
    show(panel, observation)
    assert spoken(panel, "p1")[-1] == "Mean CPU 40 %, memory 1.00 MiB"


def test_a_long_value_is_whole_in_the_tool_tip_and_can_be_copied(qtbot: QtBot, panel: ProcessesPanel) -> None:
    observation = running("main", "p1")
    value = [n * n for n in range(200)]
    fold(observation, shown=[(1, "result", value, 0.2), (1, "short", 7, 0.2)])
    show(panel, observation)
    here, place = view(panel), index(panel, "p1")
    panel.grab()
    delegate, cell = here.itemDelegate(), here.visualRect(place)
    assert isinstance(delegate, CardDelegate)
    tips = {
        delegate.hidden_text(place, cell, cell.topLeft() + offset) for offset in points(cell.width(), cell.height())
    }
    assert tips == {"", f"result = {value!r}"}
    here.setCurrentIndex(place)
    QTest.keyClick(here, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert f"result = {value!r}" in QGuiApplication.clipboard().text()


def points(width: int, height: int) -> list[QPoint]:
    return [QPoint(x, y) for x in range(0, width, 5) for y in range(0, height, 5)]


def test_variables_beyond_the_fifth_are_in_the_tool_tip(panel: ProcessesPanel) -> None:
    observation = running("main")
    fold(observation, shown=[(0, f"v{n}", n, 0.2) for n in range(9)])
    show(panel, observation)
    here, place = view(panel), index(panel, "main")
    delegate, cell = here.itemDelegate(), here.visualRect(place)
    assert isinstance(delegate, CardDelegate)
    tips = {
        delegate.hidden_text(place, cell, cell.topLeft() + offset) for offset in points(cell.width(), cell.height())
    }
    assert tips == {"", "v5 = 5\nv6 = 6\nv7 = 7\nv8 = 8"}


def test_the_keyboard_goes_from_card_to_card(qtbot: QtBot, panel: ProcessesPanel) -> None:
    show(panel, running("main", "sender", "receiver"))
    here = view(panel)
    here.setCurrentIndex(index(panel, "main"))
    QTest.keyClick(here, Qt.Key.Key_Right)
    assert here.currentIndex().data() == "sender"
    here.setCurrentIndex(index(panel, "main"))
    QTest.keyClick(here, Qt.Key.Key_Down)
    assert here.currentIndex().data() == "receiver"


@pytest.mark.parametrize(
    ("width", "columns"),
    [pytest.param(540, 1, id="small"), pytest.param(880, 2, id="usual"), pytest.param(1400, 3, id="wide")],
)
def test_as_many_columns_as_there_is_room_for(panel: ProcessesPanel, width: int, columns: int) -> None:
    panel.resize(width, 700)
    show(panel, running("main", *(f"worker {n}" for n in range(63))))
    panel.grab()
    here = view(panel)
    model = here.model()
    cells = [here.visualRect(model.index(row, 0)) for row in range(model.rowCount())]
    assert len({cell.x() for cell in cells}) == columns
    assert all(cell.left() >= 0 for cell in cells)
    gap = 12
    assert all(here.viewport().x() + cell.right() - gap < panel.width() - 20 for cell in cells)


def test_only_cards_that_changed_are_drawn_again(qtbot: QtBot, panel: ProcessesPanel) -> None:
    observation = pipe_that_failed()
    show(panel, observation)
    changed: list[int] = []
    view(panel).model().dataChanged.connect(lambda first, _last: changed.append(first.row()))
    panel.refresh(True)
    assert changed == []
    fold(observation, shown=[(1, "sent", 3, 0.2)])
    panel.refresh(True)
    assert changed == [1]


def test_nothing_is_read_between_the_quarters_of_a_second(panel: ProcessesPanel) -> None:
    observation = running("main")
    show(panel, observation)
    fold(observation, shown=[(0, "count", 1, 0.2)])
    panel.refresh(False)
    assert len(spoken(panel, "main")) == 2
    panel.refresh(True)
    assert spoken(panel, "main")[-1] == "count = 1"


def test_another_run_begins_with_no_card(panel: ProcessesPanel) -> None:
    show(panel, pipe_that_failed())
    panel.begin(Observation())
    assert "The run is about to start its main program." in words(panel)
    assert not named(panel, "Run", QPushButton).isVisible()


def test_who_could_end_a_wait_is_on_the_card(panel: ProcessesPanel) -> None:
    made = Made("main", "left", "right")
    made.pipe(5, 6)
    for name, end in (("left", 5), ("right", 6)):
        made.did(name, row(record.RECEIVE, 100, 0, end, line=20))
    made.did("main", row(record.JOIN, 100, 0, size=made.pids["left"], line=40))
    fold(made.observation, time=1.0)
    show(panel, made.observation)
    assert spoken(panel, "left") == [
        "left, process 4001: waiting",
        "recv() on Pipe 1, line 20 of exchange.py, since 0.1 s",
        "Could end it: a message of right",
    ]
    assert spoken(panel, "main")[-1] == "Could end it: the end of left"
    made.ended("left", "killed", 2.0, signal="SIGTERM", doing="was ended by SIGTERM")
    panel.refresh(True)
    assert spoken(panel, "left")[1:] == [
        "was ended by SIGTERM, in recv() on Pipe 1, line 20 of exchange.py, after 2 s",
        "Could have ended it: a message of right",
    ]


def test_a_long_ender_is_whole_in_the_tool_tip(panel: ProcessesPanel) -> None:
    made = Made("main", *(f"a producer with a long name {number}" for number in range(9)))
    made.pipe(5, 5)
    for name in list(made.pids)[1:]:
        made.did(name, sent(1, 2, 5, "x"))
    made.did("main", row(record.RECEIVE, 100, 0, 5, line=20))
    fold(made.observation, time=1.0)
    show(panel, made.observation)
    here = view(panel)
    here.resize(280, 400)  # px: too narrow for what it does, too
    cell, delegate = here.visualRect(index(panel, "main")), here.itemDelegate()
    assert isinstance(delegate, CardDelegate)
    place = index(panel, "main")
    doing = place.data(CARD).doing
    tips = {
        delegate.hidden_text(place, cell, cell.topLeft() + offset) for offset in points(cell.width(), cell.height())
    }
    names = ", ".join(f"a producer with a long name {number}" for number in range(3))
    assert tips == {"", doing, f"Could end it: a message of {names} or one of 6 more"}
    assert doing.startswith("recv() on Pipe 1, line 20")


def test_who_could_end_a_wait_is_read_in_full_and_no_card_jumps_when_it_is_over(panel: ProcessesPanel) -> None:
    made = Made("main", "the first producer", "the other producer")
    made.pipe(5, 5)
    for name in list(made.pids)[1:]:
        made.did(name, sent(1, 2, 5, "x"))
    made.did("main", row(record.RECEIVE, 100, 0, 5, line=20))
    here = view(panel)
    delegate = here.itemDelegate()
    assert isinstance(delegate, CardDelegate)

    def height(time: float) -> int:
        fold(made.observation, time=time)
        panel.refresh(True)
        return here.visualRect(index(panel, "main")).height()

    panel.resize(700, 700)
    panel.begin(made.observation)
    low = height(0.2)  # it does not wait yet
    high = height(1.0)
    assert high > low
    place = index(panel, "main")
    inner, card = delegate._inner(delegate._card_rect(here.visualRect(place))), place.data(CARD)
    assert " ".join(delegate._lines_of_doing(inner, card)) == "recv() on Pipe 1, line 20 of exchange.py"
    ender = delegate._ender(inner, card)
    assert " ".join(ender) == "Could end it: a message of the first producer or the other producer"
    assert len(ender) > 1
    assert delegate._ender_rect(inner, card).bottom() < inner.y() + theme.px(delegate._body(card) - 6)
    made.completed("main", 0, row(record.RECEIVE, 100, 1100, 5, line=20))
    assert height(1.2) == high
    made.observation.end(Outcome("done", "Done.", 1.3))
    assert height(1.3) == low


def test_cards_of_a_watched_run_are_higher_by_a_line(panel: ProcessesPanel) -> None:
    show(panel, running("main"))
    bare = view(panel).visualRect(index(panel, "main")).height()
    made = Made("main")
    made.did("main", row(record.JOIN, 100, 0, size=77, line=40))
    show(panel, made.observation)
    assert view(panel).visualRect(index(panel, "main")).height() == bare + 22
