"""Menus and keys: every line does what it says, and its key too."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from ipclab_gui import about, motion, theme
from ipclab_gui.window import MainWindow
from ipclab_gui.workspace import PANELS
from tests.gui.conftest import Open
from tests.gui.formed import messages, type_into, words
from tests.gui.handed import Start
from tests.gui.pressed import CONTROL, CONTROLS, SHIFT, focus, lines, menu, nameless, press

TITLES = list(PANELS)


def focused_text(window: MainWindow) -> str:
    there = window.focusWidget()
    return there.text() if isinstance(there, QAbstractButton) else ""


def opened(window: MainWindow) -> QDialog:
    """Return the page that has opened over the window."""
    pages = [page for page in window.findChildren(QDialog) if page.isVisible()]
    assert len(pages) == 1
    return pages[0]


def test_the_menus_hold_these_lines_with_these_keys(window: MainWindow) -> None:
    held = {title: menu(window, title) for title in ("File", "Run", "View", "Help")}
    keys = {
        title: {text: [key.toString() for key in action.shortcuts()] for text, action in found.items()}
        for title, found in held.items()
    }
    assert keys == {
        "File": {
            "Open program...": ["Ctrl+O"], "Open module...": ["Ctrl+Shift+O"], "Remove program from the list": [],
            "Copy command": [], "Quit": ["Ctrl+Q"],
        },
        "Run": {
            "Run": ["F5", "Ctrl+Return", "Ctrl+Enter"], "Stop": ["Shift+F5"], "Reset parameters": ["Ctrl+R"],
            "Step": ["F10"], "Step back": ["Ctrl+F10"], "Save order...": [], "Follow order...": [],
            "Oldest first": [], "Newest first": [], "At random": [], "Hold": [], "Next Watch": ["F9"],
        },
        "View": {
            "Guide": ["Ctrl+1"], "Diagram": ["Ctrl+2"], "Graphs": ["Ctrl+3"], "Messages": ["Ctrl+4"],
            "Processes": ["Ctrl+5"], "Output": ["Ctrl+6"], "Code": ["Ctrl+7"],
            "Start here": ["Alt+Home"], "Search experiments": ["Ctrl+K"], "Find in view": ["Ctrl+F"],
            "Next region": ["F6"], "Experiments": ["Ctrl+B"], "Parameters": ["Ctrl+Shift+B"],
            "System": [], "Light": [], "Dark": [], "Motion": [], "Full screen": ["F11"],
        },
        "Help": {"First look": [], "Keys": [], "Copy details for a report": [], "About IPC Lab": []},
    }  # fmt: skip
    more = window.parameters_dock.titleBarWidget().findChildren(QAbstractButton)
    own = [button.menu() for button in more if hasattr(button, "menu") and button.menu() is not None]
    assert list(lines(own[0])) == ["Reset parameters", "Copy command", "Float or dock", "Hide parameters"]


def test_no_key_is_given_twice(window: MainWindow) -> None:
    given = [key.toString() for action in window.actions() for key in action.shortcuts()]
    assert sorted(given) == sorted(set(given))


def test_the_page_of_keys_names_every_key_of_the_menus(window: MainWindow) -> None:
    menu(window, "Help")["Keys"].trigger()
    page = opened(window)
    said = " ".join(label.text() for label in page.findChildren(QLabel)).replace("Ctrl+Enter", "Ctrl+Return")
    spelled = {key.toString() for action in window.actions() for key in action.shortcuts()}
    tabs = {f"Ctrl+{number + 1}" for number in range(len(TITLES))}
    numbers = {str(number) for number in range(2, 9)}  # "1 to 9"
    not_said = {key for key in spelled - tabs - numbers if key not in said}
    assert not_said <= {"Ctrl+Enter", "Ctrl+Q"}  # the same key of another keyboard; what every program has
    assert f"Ctrl+1 to Ctrl+{len(TITLES)}" in said
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert not page.isVisible()


# File and Help


def test_quit_closes_the_window(window: MainWindow) -> None:
    press(window, Qt.Key.Key_Q, CONTROL)
    assert not window.isVisible()


@pytest.mark.parametrize(("title", "line"), [("File", "Copy command"), ("Help", "Copy details for a report")])
def test_a_copy_is_on_the_clipboard(window: MainWindow, title: str, line: str) -> None:
    QGuiApplication.clipboard().clear()
    type_into(window.workspace.form, "messages", "one")
    menu(window, title)[line].trigger()
    copied = QGuiApplication.clipboard().text()
    if title == "File":
        assert copied == "ipclab run pipe --messages one"
    else:
        assert {"Python", "PySide6"} <= set(copied.replace(":", " ").split())
        assert window.status.currentMessage() == "Copied"


def test_about_says_the_version_and_copies_the_machine(window: MainWindow) -> None:
    from ipclab import __version__

    menu(window, "Help")["About IPC Lab"].trigger()
    page = opened(window)
    assert f"IPC Lab {__version__}" in [label.text() for label in page.findChildren(QLabel)]
    buttons = {button.text(): button for button in page.findChildren(QPushButton)}
    buttons["Copy details"].click()
    details = [label.text() for label in page.findChildren(QLabel) if "PySide6" in label.text()]
    assert details == [QGuiApplication.clipboard().text()]
    buttons["Close"].click()
    assert not page.isVisible()
    assert isinstance(page, about.AboutDialog)


# Run


def test_reset_brings_the_forms_values_back_by_key_and_by_menu(window: MainWindow) -> None:
    form = window.workspace.form
    type_into(form, "messages", "one")
    assert form.fields.differing()
    press(window, Qt.Key.Key_R, CONTROL)
    assert not form.fields.differing()
    type_into(form, "messages", "two")
    menu(window, "Run")["Reset parameters"].trigger()
    assert not form.fields.differing()


@pytest.mark.parametrize("key", [Qt.Key.Key_F5, None])
def test_nothing_runs_while_a_value_is_wrong(window: MainWindow, key: Qt.Key | None) -> None:
    form = window.workspace.form
    type_into(form, "messages", "")
    assert not menu(window, "Run")["Run"].isEnabled()
    assert not window.bar.run.isEnabled()
    assert window.bar.run.toolTip() == "Some values need a change before this can run"
    for number in range(4):
        window.workspace.show_tab(number)
        own = [one for one in window.workspace.findChildren(QPushButton) if one.text() == "Run" and one.isVisible()]
        assert [(one.isEnabled(), one.toolTip()) for one in own] == [(False, window.bar.run.toolTip())]
    if key is not None:
        press(window, key)
    else:
        window.run()
    assert not window.live.running
    type_into(form, "messages", "mended")
    assert window.bar.run.isEnabled()
    assert all(one.isEnabled() for one in window.workspace.findChildren(QPushButton) if one.text() == "Run")


def test_a_wrong_value_that_nobody_announced_is_shown_in_the_form_instead_of_run(window: MainWindow) -> None:
    window.parameters_dock.hide()
    editor = window.workspace.form.fields.rows["messages"].editor
    editor.blockSignals(True)
    assert isinstance(editor, QLineEdit)
    editor.setText("")
    editor.blockSignals(False)
    assert window.bar.run.isEnabled()
    press(window, Qt.Key.Key_F5)
    assert not window.live.running
    assert not window.bar.run.isEnabled()
    assert messages(window.workspace.form) == {"messages": "At least one item is needed."}
    assert focus(window) == "Messages"


def test_a_value_that_this_machine_cannot_do_is_refused_at_its_field_and_may_be_tried_again(
    qtbot: QtBot, open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = 2**20
    monkeypatch.setattr("ipclab.experiments.shared_block.free_room", lambda: room)
    start = Start()
    window = open_window("shared-block", start=start)
    window.parameters_dock.hide()
    form = window.workspace.form
    type_into(form, "size", "64 GiB")
    assert form.valid
    press(window, Qt.Key.Key_F5)
    assert not window.live.running
    assert window.parameters_dock.isVisible()
    assert list(messages(form)) == ["size"]
    assert "This machine cannot do this now." in words(form)
    assert focus(window) == "Size"
    assert window.bar.run.isEnabled()
    form.reset()
    assert messages(form) == {}
    assert "This experiment" in words(form)
    type_into(form, "size", "64 GiB")
    press(window, Qt.Key.Key_F5)
    assert list(messages(form)) == ["size"]
    room = 2**40  # somebody has made room
    press(window, Qt.Key.Key_F5)
    assert window.live.running
    assert messages(form) == {}
    assert "This experiment" in words(form)
    press(window, Qt.Key.Key_F5, SHIFT)
    qtbot.waitUntil(lambda: not window.live.running)
    assert len(start.runs) == 1


# View


@pytest.mark.parametrize(("number", "title"), list(enumerate(TITLES)))
def test_a_number_shows_a_view(window: MainWindow, number: int, title: str) -> None:
    window.workspace.show_tab(0 if number else 1)
    press(window, Qt.Key(Qt.Key.Key_1 + number), CONTROL)
    assert window.workspace.title == title
    panel = window.workspace.panel
    assert panel is not None
    assert panel.isVisible()
    window.workspace.show_tab(0 if number else 1)
    menu(window, "View")[title].trigger()
    assert window.workspace.title == title


def test_another_experiment_opens_with_the_view_that_was_on_show(window: MainWindow) -> None:
    press(window, Qt.Key.Key_7, CONTROL)
    window.show_experiment("deadlock")
    assert window.workspace.title == "Code"
    press(window, Qt.Key.Key_5, CONTROL)
    window.show_experiment("pipe")
    assert window.workspace.title == "Code"  # each has its own from then on


@pytest.mark.parametrize("start", ["Experiments", "Tabs", "view"])
@pytest.mark.parametrize(("title", "field"), [("Guide", "Find"), ("Code", "Find")])
def test_find_opens_its_field_wherever_the_focus_is(window: MainWindow, title: str, field: str, start: str) -> None:
    press(window, Qt.Key(Qt.Key.Key_1 + TITLES.index(title)), CONTROL)
    panel = window.workspace.panel
    assert panel is not None
    {"Experiments": window.catalogue.list, "Tabs": window.workspace.tabs, "view": panel}[start].setFocus()
    press(window, Qt.Key.Key_F, CONTROL)
    assert focus(window) == field
    QTest.keyClicks(window.focusWidget(), "pipe")
    press(window, Qt.Key.Key_Escape)
    assert panel.isAncestorOf(window.focusWidget())


def test_find_is_offered_where_there_are_words_to_find(window: MainWindow) -> None:
    find = menu(window, "View")["Find in view"]
    offered = {}
    for number, title in enumerate(TITLES):
        press(window, Qt.Key(Qt.Key.Key_1 + number), CONTROL)
        offered[title] = find.isEnabled()
    assert offered == {
        "Guide": True,
        "Diagram": False,
        "Graphs": False,
        "Messages": False,
        "Processes": False,
        "Output": True,
        "Code": True,
    }


def test_search_goes_to_the_catalogue_even_where_it_was_hidden(window: MainWindow) -> None:
    press(window, Qt.Key.Key_B, CONTROL)
    assert not window.experiments_dock.isVisible()
    press(window, Qt.Key.Key_K, CONTROL)
    assert window.experiments_dock.isVisible()
    assert focus(window) == "Search"


def test_next_region_goes_round_the_window(window: MainWindow) -> None:
    window.catalogue.list.setFocus()
    names = []
    for _ in range(6):
        names.append(focus(window) or focused_text(window))
        press(window, Qt.Key.Key_F6)
    assert names == ["Experiments", "Views", "Guide text", "Traffic", "Run", "Experiments"]


@pytest.mark.parametrize(
    ("key", "held", "line"),
    [(Qt.Key.Key_B, CONTROL, "Experiments"), (Qt.Key.Key_B, CONTROL | SHIFT, "Parameters")],
)
def test_a_dock_hides_and_comes_back(window: MainWindow, key: Qt.Key, held: Qt.KeyboardModifier, line: str) -> None:
    dock = window.experiments_dock if line == "Experiments" else window.parameters_dock
    toggle = menu(window, "View")[line]
    assert (dock.isVisible(), toggle.isChecked()) == (True, True)
    press(window, key, held)
    assert (dock.isVisible(), toggle.isChecked()) == (False, False)
    toggle.trigger()
    assert (dock.isVisible(), toggle.isChecked()) == (True, True)


def test_the_parameters_float_and_dock_again_and_hide(window: MainWindow) -> None:
    button = next(one for one in window.findChildren(QAbstractButton) if one.accessibleName() == "More")
    held = lines(button.menu())  # type: ignore[attr-defined]
    held["Float or dock"].trigger()
    assert window.parameters_dock.isFloating()
    held["Float or dock"].trigger()
    assert not window.parameters_dock.isFloating()
    held["Hide parameters"].trigger()
    assert not window.parameters_dock.isVisible()


def test_a_theme_is_taken_at_once_and_kept(window: MainWindow, tmp_path: Path) -> None:
    themes = menu(window, "View")
    grounds = []
    for mode in ("Dark", "Light"):
        themes[mode].trigger()
        assert [text for text in theme.MODES if themes[text].isChecked()] == [mode]
        assert theme.is_dark() == (mode == "Dark")
        grounds.append(window.grab().toImage().pixelColor(window.width() // 2, 4).name())
    assert grounds == [theme.TOKENS["panel"][1].lower(), theme.TOKENS["panel"][0].lower()]
    window.close()
    assert json.loads((tmp_path / "window.json").read_text())["theme"] == "Light"


def test_full_screen_and_back(qtbot: QtBot, window: MainWindow) -> None:
    press(window, Qt.Key.Key_F11)
    assert window.isFullScreen()
    press(window, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: not window.isFullScreen())


# names


@pytest.mark.parametrize("number", range(len(TITLES)), ids=TITLES)
@pytest.mark.parametrize("name", ["pipe", "deadlock"])
def test_every_control_in_sight_has_a_name(window: MainWindow, name: str, number: int) -> None:
    window.show_experiment(name)
    press(window, Qt.Key(Qt.Key.Key_1 + number), CONTROL)
    assert [one for one in nameless(window, CONTROLS) if not one.startswith(QScrollBar.__name__)] == []


def test_buttons_with_a_picture_alone_say_what_they_do_in_a_tool_tip(window: MainWindow) -> None:
    for button in window.findChildren(QAbstractButton):
        if button.isVisible() and not button.text():
            assert button.toolTip() or button.accessibleName() == "Duplex", button


def test_tool_tips_that_name_a_key_name_the_right_one(window: MainWindow) -> None:
    keys = {key.toString() for action in window.actions() for key in action.shortcuts()}
    tips = [one.toolTip() for one in window.findChildren(QWidget)]
    said = {found[1] for tip in tips if (found := re.search(r"\(((Ctrl|Shift|F\d).*)\)$", tip))}
    assert {"F5", "Shift+F5", "Ctrl+R", "Ctrl+B", "Ctrl+K"} <= said
    assert said <= keys


def test_motion_is_turned_off_and_remembered(window: MainWindow) -> None:
    action = menu(window, "View")["Motion"]
    assert (action.isChecked(), motion.allowed()) == (True, True)
    action.trigger()
    assert (motion.allowed(), window.settings.motion) == (False, False)
    action.trigger()
    assert (motion.allowed(), window.settings.motion) == (True, True)
