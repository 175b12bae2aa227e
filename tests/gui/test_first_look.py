"""The first look: what it points at, that it stops nobody, and that it comes by itself once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from ipclab_gui import first_look
from ipclab_gui.first_look import STEPS, FirstLook
from ipclab_gui.window import MainWindow
from tests.gui.conftest import Open
from tests.gui.handed import Start
from tests.gui.observed import words
from tests.gui.pressed import CONTROL, CONTROLS, SHIFT, menu, nameless, press

TITLES = [first_look.WELCOME.title, *(step.title for step in STEPS)]


def looks(window: MainWindow) -> list[FirstLook]:
    return [one for one in window.findChildren(FirstLook) if one.isVisible()]


def shown(window: MainWindow) -> str:
    """Return the title of the step on show; empty where there is no first look."""
    return looks(window)[0].card.accessibleName() if looks(window) else ""


def begin(window: MainWindow, step: int = 0) -> FirstLook:
    menu(window, "Help")["First look"].trigger()
    for _ in range(step):
        button("Next" if shown(window) != TITLES[0] else "Show me round", window).click()
    return looks(window)[0]


def button(text: str, window: MainWindow) -> QPushButton:
    return next(one for one in looks(window)[0].findChildren(QPushButton) if one.isVisible() and one.text() == text)


def parts(window: MainWindow) -> list[QWidget]:
    """Return what the steps are about, in their order."""
    space = window.workspace
    return [window.experiments_dock, space.stack, window.parameters_dock, window.bar.run, space.tabs]


def in_window(window: MainWindow, widget: QWidget) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


@pytest.mark.parametrize(("wide", "high"), [(1440, 900), (1024, 700)])
def test_each_step_points_at_its_part_whose_clicks_reach_it(
    qtbot: QtBot, window: MainWindow, wide: int, high: int
) -> None:
    window.windowHandle().resize(wide, high)
    qtbot.waitUntil(lambda: window.width() == wide)
    look = begin(window)
    for number, part in enumerate(parts(window), 1):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
        assert shown(window) == TITLES[number]
        assert STEPS[number - 1].words in words(look)
        qtbot.waitUntil(lambda part=part: not look.mask().contains(in_window(window, part).center()))  # type: ignore[misc]
        reached = window.childAt(in_window(window, part).center())
        assert reached is not None
        assert reached is part or part.isAncestorOf(reached)
        card = look.card.geometry()
        assert window.rect().contains(card)
        assert number == 2 or not card.adjusted(10, 10, -10, -10).intersects(in_window(window, part))
        outside = QPoint(2, 2)  # the bar on top, which no step is about but for Run
        assert window.childAt(outside) is look
        assert nameless(look, CONTROLS) == []


def test_it_begins_with_a_welcome_that_can_be_declined(window: MainWindow) -> None:
    window.catalogue.list.setFocus()
    begin(window)
    assert shown(window) == "Welcome to IPC Lab"
    button("Not now", window).click()
    assert looks(window) == []
    assert window.catalogue.list.hasFocus()


@pytest.mark.parametrize("step", range(len(TITLES)))
@pytest.mark.parametrize("inside", [True, False], ids=["the card", "the window"])
def test_escape_ends_it_wherever_the_keyboard_is(window: MainWindow, step: int, inside: bool) -> None:
    begin(window, step)
    if not inside:
        window.catalogue.list.setFocus()
    press(window, Qt.Key.Key_Escape)
    assert looks(window) == []
    assert window.focusWidget() is not None


def test_skip_and_done_end_it_and_it_can_be_had_again(window: MainWindow) -> None:
    begin(window, 2)
    button("Skip", window).click()
    assert looks(window) == []
    begin(window, len(STEPS))
    button("Done", window).click()
    assert looks(window) == []
    begin(window, 3)
    begin(window)
    assert [shown(window), len(looks(window))] == [TITLES[0], 1]


def test_tab_goes_round_the_card_and_back_goes_back(window: MainWindow) -> None:
    look = begin(window, 2)
    seen = []
    for _ in range(4):
        here = window.focusWidget()
        assert isinstance(here, QPushButton)
        seen.append(here.text())
        press(window, Qt.Key.Key_Tab)
    assert seen == ["Next", "Skip", "Back", "Next"]
    look.card.back.setFocus()
    press(window, Qt.Key.Key_Return)
    assert (shown(window), look.card.back.hasFocus()) == (TITLES[1], True)
    press(window, Qt.Key.Key_Return)
    assert (shown(window), look.card.on.hasFocus()) == (TITLES[0], True)


def test_a_screen_reader_hears_the_step_with_the_button_that_goes_on(window: MainWindow) -> None:
    look = begin(window, 1)
    assert look.accessibleName() == "First look"
    heard = QAccessible.queryAccessibleInterface(window.focusWidget())
    assert heard is not None
    assert heard.text(QAccessible.Text.Name) == "Next"
    assert heard.text(QAccessible.Text.Description) == f"Step 1 of 5. {STEPS[0].title}. {STEPS[0].words}"
    assert look.card.steps.accessibleName() == "Step 1 of 5"


def test_it_stops_nobody_from_running(qtbot: QtBot, open_window: Open) -> None:
    window = open_window("pipe", start=Start())
    begin(window, 4)
    press(window, Qt.Key.Key_F5)
    assert window.live.running
    button("Next", window).click()
    press(window, Qt.Key.Key_3, CONTROL)
    assert window.workspace.title == "Graphs"
    press(window, Qt.Key.Key_F5, SHIFT)
    qtbot.waitUntil(lambda: not window.live.running)
    assert shown(window) == TITLES[5]


def test_what_it_is_about_comes_into_sight(window: MainWindow) -> None:
    window.experiments_dock.hide()
    window.parameters_dock.hide()
    window.show_start()
    begin(window, 1)
    assert window.experiments_dock.isVisible()
    button("Next", window).click()
    assert (window.starting, window.workspace.title) == (False, "Guide")
    button("Next", window).click()
    assert window.parameters_dock.isVisible()


def test_a_dock_that_floats_is_spoken_of_from_the_middle(qtbot: QtBot, window: MainWindow) -> None:
    look = begin(window, 2)
    window.parameters_dock.setFloating(True)
    button("Next", window).click()
    qtbot.waitUntil(lambda: abs(look.card.geometry().center().x() - window.rect().center().x()) < 20)
    assert look.mask().boundingRect() == window.rect()
    assert window.childAt(window.rect().center()) in [look.card, *look.card.findChildren(QWidget)]


def test_it_follows_the_window_and_what_it_points_at(qtbot: QtBot, window: MainWindow) -> None:
    look = begin(window, 3)
    window.windowHandle().resize(1100, 640)
    qtbot.waitUntil(lambda: look.size() == window.size() and window.width() == 1100)
    run = in_window(window, window.parameters_dock)
    qtbot.waitUntil(lambda: not look.mask().contains(run.center()) and look.mask().contains(QPoint(550, 10)))
    window.parameters_dock.hide()
    qtbot.waitUntil(lambda: look.mask().contains(run.center()))


@pytest.mark.parametrize("step", range(len(TITLES)))
def test_a_window_closes_with_it(window: MainWindow, step: int) -> None:
    begin(window, step)
    window.close()
    assert not window.isVisible()


def test_it_is_drawn_in_both_themes(window: MainWindow) -> None:
    look = begin(window, 4)
    grounds = []
    for mode in ("Light", "Dark"):
        menu(window, "View")[mode].trigger()
        picture = window.grab().toImage()
        at = look.card.geometry().topLeft() + QPoint(20, 24)
        grounds.append(picture.pixelColor(at).name())
    assert grounds == ["#f8fafb", "#1d232a"]


START = """
import sys
from pathlib import Path
from PySide6.QtCore import QTimer
from ipclab_gui import app, window
app.WELCOME = 20
def complete(self):
    before(self)
    QTimer.singleShot(500, lambda: tell(self))
def tell(self):
    look = sys.modules.get("ipclab_gui.first_look")
    print([one.card.accessibleName() for one in self.findChildren(look.FirstLook)] if look else "not loaded")
    app.QApplication.exit()  # closes no window: what is remembered is so by now
before, window.MainWindow._complete = window.MainWindow._complete, complete
sys.exit(app.main(["ipclab"], Path(sys.argv[1])))
"""


def test_it_comes_by_itself_at_the_first_start_and_never_again(tmp_path: Path) -> None:
    def started(file: Path) -> str:
        done = subprocess.run(
            [sys.executable, "-c", START, str(file)], env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    new, known = tmp_path / "new" / "window.json", tmp_path / "window.json"
    assert started(new) == "['Welcome to IPC Lab']\n"
    assert started(new) == "not loaded\n"
    known.write_text('{"format": 1}')
    assert started(known) == "not loaded\n"
