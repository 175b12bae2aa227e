"""Start here: what a person reads there, and how they get from it to an experiment and back."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from ipclab.outlines import Outline, outlines
from ipclab_gui.catalogue import NAME, START
from ipclab_gui.start_page import DONE, EXPERIMENT, LessonList, StartPage, in_order, step_of
from ipclab_gui.window import MainWindow
from tests.gui.conftest import Open
from tests.gui.observed import named, words
from tests.gui.pressed import SHIFT, focus, menu, press

ALT = Qt.KeyboardModifier.AltModifier
STEPS = {
    "separate-memory": 1, "shared-memory": 2, "server-process": 3, "network-manager": 4,
    "queue": 5, "pipe": 6, "two-at-one-end": 7,
}  # fmt: skip

Make = Callable[..., StartPage]


@pytest.fixture
def make(qtbot: QtBot) -> Make:
    """Return a function that shows the page of all experiments, of which some have been tried."""

    def made(*done: str, width: int = 800) -> StartPage:
        page = StartPage(outlines(), done)
        qtbot.addWidget(page)
        page.resize(width, 700)
        page.show()
        page.activateWindow()
        return page

    return made


def indexes(page: StartPage) -> list[QModelIndex]:
    """Return the rows that hold an experiment."""
    model = page.list.model()
    return [index for row in range(model.rowCount()) if (index := model.index(row, 0)).data(EXPERIMENT) is not None]


def experiment(index: QModelIndex) -> Outline:
    """Return a row's experiment."""
    held = index.data(EXPERIMENT)
    assert isinstance(held, Outline)
    return held


def spot(page: StartPage, name: str) -> QPoint:
    """Return the middle of an experiment's row."""
    (index,) = [one for one in indexes(page) if experiment(one).name == name]
    page.list.scrollTo(index)
    return page.list.visualRect(index).center()


@pytest.mark.parametrize("outline", outlines(), ids=lambda outline: outline.name)
def test_each_experiment_asks_a_question(outline: Outline) -> None:
    assert outline.question.endswith("?")
    assert len(outline.question) <= 60
    assert len({one.question for one in outlines()}) == len(outlines())


def test_the_tutorials_steps_come_first_in_their_order_and_the_others_as_the_catalogue_has_them() -> None:
    names = [one.name for one in in_order(outlines())]
    known = [name for name in STEPS if name in names]
    assert names == known + [one.name for one in outlines() if one.name not in STEPS]
    assert {one.name: step_of(one) for one in outlines()} == {name: STEPS.get(name, 0) for name in names}


def test_a_screen_reader_hears_question_title_and_what_it_shows(make: Make) -> None:
    page = make("pipe")
    first = indexes(page)[0]
    assert first.data(Qt.ItemDataRole.AccessibleTextRole) == (
        "Step 1. Why is my list still empty in the main program? Separate memory. "
        "Two processes, two memories: what a worker appends to a list, the main program's list never gets."
    )
    heard = {experiment(index).name: index.data(Qt.ItemDataRole.AccessibleDescriptionRole) for index in indexes(page)}
    assert {name for name, said in heard.items() if said == "has been run"} == {"pipe"}
    assert named(page, "Experiments in order", LessonList) is page.list


def test_it_names_what_is_next_and_how_much_has_been_tried(make: Make) -> None:
    count = len(outlines())
    names = [one.name for one in in_order(outlines())]
    page = make()
    assert page.go_on.text() == "Begin with Separate memory"
    assert f"{count} experiments." in words(page)
    page.show_done(["separate-memory", "pipe", "an experiment of an older lab"])
    assert page.go_on.text() == "Continue with Shared memory"
    assert f"2 of {count} tried." in words(page)
    assert [experiment(index).name for index in indexes(page) if index.data(DONE)] == ["separate-memory", "pipe"]
    assert experiment(page.list.currentIndex()).name == "shared-memory"
    page.show_done(names)
    assert not page.go_on.isVisible()
    assert f"{count} of {count} tried." in words(page)


def test_a_click_or_a_key_opens_an_experiment(qtbot: QtBot, make: Make) -> None:
    page = make("separate-memory")
    opened: list[str] = []
    page.picked.connect(opened.append)
    QTest.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=spot(page, "deadlock"))
    page.list.setCurrentIndex(indexes(page)[1])
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
        QTest.keyClick(page.list, key)
    QTest.keyClick(page.list, Qt.Key.Key_Down)
    QTest.keyClick(page.list, Qt.Key.Key_Return)
    QTest.mouseClick(page.go_on, Qt.MouseButton.LeftButton)
    third = in_order(outlines())[2].name
    assert [name for name in opened if name == "deadlock"] == ["deadlock"]
    assert opened[-5:] == ["shared-memory"] * 3 + [third, "shared-memory"]


def test_a_heading_opens_nothing(make: Make) -> None:
    page = make()
    opened: list[str] = []
    page.picked.connect(opened.append)
    top = page.list.visualRect(page.list.model().index(0, 0))
    QTest.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=top.center())
    assert opened == []


@pytest.mark.parametrize("width", [pytest.param(460, id="narrow"), pytest.param(848, id="usual")])
def test_rows_are_as_high_as_their_words_and_no_line_is_cut(make: Make, width: int) -> None:
    page = make(width=width)
    page.grab()
    rows = page.list.itemDelegate()
    for index in indexes(page):
        rects, height = rows._lines(index)  # type: ignore[attr-defined]
        assert page.list.visualRect(index).height() == height
        assert rects[-1].bottom() < height
        assert max(rect.right() for rect in rects) < page.list.viewport().width() - 19
        for above, below in pairwise(rects):
            assert above.bottom() < below.top()


def test_all_of_the_header_is_seen_in_the_smallest_window(open_window: Open) -> None:
    window = open_window()
    window.resize(1024, 700)
    window.show_start()
    page = window.start_page
    for widget in (page.go_on, *page.findChildren(QLabel)):
        assert page.rect().contains(widget.geometry())
    assert page.go_on.width() >= page.go_on.sizeHint().width()


def test_a_key_and_the_catalogue_lead_to_it_and_from_it(qtbot: QtBot, window: MainWindow) -> None:
    press(window, Qt.Key.Key_Home, ALT)
    assert window.starting
    assert window.windowTitle() == "Start here · IPC Lab"
    assert window.catalogue.list.currentIndex().data(NAME) == START
    assert not window.bar.run.isEnabled()
    assert window.bar.run.toolTip() == "Open an experiment to run it"
    assert not window.workspace.form.isVisible()
    press(window, Qt.Key.Key_F5)
    assert not window.running
    press(window, Qt.Key.Key_F6)
    assert focus(window) == "Experiments in order"
    press(window, Qt.Key.Key_Return)
    assert not window.starting
    assert window.workspace.outline.name == "separate-memory"
    assert window.workspace.title == "Guide"
    assert window.workspace.form.isVisible()
    assert window.bar.run.isEnabled()
    assert focus(window) == "Views"
    items = window.catalogue.list
    first = items.visualRect(items.model().index(0, 0)).center()
    QTest.mouseClick(items.viewport(), Qt.MouseButton.LeftButton, pos=first)
    assert window.starting
    window.show_experiment("pipe")
    assert not window.starting


def test_what_is_no_use_without_an_experiment_is_not_offered(window: MainWindow) -> None:
    window.show_start()
    run, file = menu(window, "Run"), menu(window, "File")
    assert not any(line.isEnabled() for line in (run["Run"], run["Reset parameters"], file["Copy command"]))
    assert not menu(window, "View")["Find in view"].isEnabled()
    menu(window, "View")["Code"].trigger()
    assert window.starting
    window.show_experiment("pipe")
    assert window.workspace.title == "Guide"
    assert all(line.isEnabled() for line in (run["Run"], run["Reset parameters"], file["Copy command"]))


def test_the_guide_is_what_an_experiment_opens_on_from_here(window: MainWindow) -> None:
    window.workspace.show_tab(2)
    window.show_start()
    QTest.mouseClick(window.start_page.list.viewport(), Qt.MouseButton.LeftButton, pos=spot(window.start_page, "pipe"))
    assert (window.workspace.outline.name, window.workspace.title) == ("pipe", "Guide")


def test_a_run_that_ends_is_marked_and_the_next_one_named(qtbot: QtBot, window: MainWindow) -> None:
    window.show_start()
    QTest.mouseClick(window.start_page.go_on, Qt.MouseButton.LeftButton)
    press(window, Qt.Key.Key_F5)
    window.show_start()
    assert window.status.show_run.text() == "Show Separate memory"
    assert window.status.show_run.isVisible()
    qtbot.waitUntil(lambda: not window.running, timeout=20_000)
    assert window.start_page.go_on.text() == "Continue with Shared memory"
    assert not window.status.show_run.isVisible()
    assert window.settings.done == ["separate-memory"]


def test_stop_works_from_here(qtbot: QtBot, window: MainWindow) -> None:
    window.workspace.form.fields.write({"traffic": "there and back", "count": 10_000_000})
    press(window, Qt.Key.Key_F5)
    window.show_start()
    assert window.bar.stop.isEnabled()
    press(window, Qt.Key.Key_F5, SHIFT)
    qtbot.waitUntil(lambda: not window.running, timeout=20_000)
    assert not window.bar.run.isEnabled()
    QTest.mouseClick(window.start_page.go_on, Qt.MouseButton.LeftButton)
    assert window.bar.run.isEnabled()


def test_a_window_closed_here_opens_on_the_experiment_before(open_window: Open) -> None:
    window = open_window("deadlock")
    window.show_start()
    window.close()
    assert open_window().workspace.outline.name == "deadlock"
