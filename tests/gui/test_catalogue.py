"""The catalogue on the left: its search, its keys, and what picking an experiment does."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from ipclab.outlines import GROUPS, Outline, outlines
from ipclab_gui import theme
from ipclab_gui.catalogue import NAME, START, Catalogue
from ipclab_gui.window import MainWindow
from tests.gui.observed import named, words
from tests.gui.pressed import CONTROL, focus, press

NAMES = [one.name for one in outlines()]


@pytest.fixture
def catalogue(qtbot: QtBot) -> Catalogue:
    """Return a catalogue of four experiments in two groups."""
    known = [
        ("separate-memory", "Memory", "Two processes, two memories."),
        ("lost-updates", "Memory", "Increments vanish."),
        ("pipe", "Messages", "Two processes, one pipe."),
        ("deadlock", "Messages", "Two processes wait for each other: `recv()` and `recv()`."),
    ]
    made = Catalogue(
        [Outline(name, name.replace("-", " ").capitalize(), group, about, "", 0) for name, group, about in known],
        ["pipe"],
    )
    qtbot.addWidget(made)
    made.resize(240, 500)
    made.show()
    made.activateWindow()
    return made


def rows(catalogue: Catalogue) -> list[str]:
    """Return what stands in the list, headings in capitals."""
    model = catalogue.list.model()
    found = [model.index(row, 0) for row in range(model.rowCount()) if not catalogue.list.isRowHidden(row)]
    return [str(index.data()) if index.data(NAME) else str(index.data()).upper() for index in found]


def search(catalogue: Catalogue, text: str) -> QLineEdit:
    """Write into the search field."""
    field = named(catalogue, "Search", QLineEdit)
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    return field


EVERYTHING = ["Start here", "MEMORY", "Separate memory", "Lost updates", "MESSAGES", "Pipe", "Deadlock"]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("pip", ["MESSAGES", "Pipe"]),
        ("LOST", ["MEMORY", "Lost updates"]),
        ("messages", ["MESSAGES", "Pipe", "Deadlock"]),  # a group
        ("two processes", ["MEMORY", "Separate memory", "MESSAGES", "Pipe", "Deadlock"]),  # of the summary
        ("processes two one", ["MESSAGES", "Pipe"]),  # all words, in any order
        ("  ", EVERYTHING),
    ],
)
def test_the_search_leaves_what_fits_under_its_heading(catalogue: Catalogue, text: str, left: list[str]) -> None:
    assert rows(catalogue) == EVERYTHING
    search(catalogue, text)
    assert rows(catalogue) == left
    assert words(catalogue) == ""


def test_the_search_says_when_it_finds_nothing_and_picks_nothing_then(catalogue: Catalogue) -> None:
    picked: list[str] = []
    catalogue.picked.connect(picked.append)
    field = search(catalogue, "zebra")
    assert rows(catalogue) == []
    assert words(catalogue) == "No experiment is about “zebra”."
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert picked == []
    assert field.hasFocus()
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert (field.text(), rows(catalogue), words(catalogue)) == ("", EVERYTHING, "")
    assert catalogue.list.hasFocus()


def test_enter_picks_the_first_that_was_found(catalogue: Catalogue) -> None:
    picked: list[str] = []
    catalogue.picked.connect(picked.append)
    QTest.keyClick(search(catalogue, "dead"), Qt.Key.Key_Return)
    assert picked == ["deadlock"]
    assert catalogue.list.hasFocus()


def test_down_in_the_search_goes_to_the_first_that_was_found_where_the_one_on_show_was_not(
    catalogue: Catalogue,
) -> None:
    catalogue.select("separate-memory")
    picked: list[str] = []
    catalogue.picked.connect(picked.append)
    QTest.keyClick(search(catalogue, "dead"), Qt.Key.Key_Down)
    assert picked == ["deadlock"]
    assert catalogue.list.hasFocus()


def test_arrows_go_from_experiment_to_experiment_over_headings_and_what_is_hidden(catalogue: Catalogue) -> None:
    picked: list[str] = []
    catalogue.select("separate-memory")
    catalogue.picked.connect(picked.append)
    QTest.keyClick(search(catalogue, "e"), Qt.Key.Key_Down)
    assert catalogue.list.hasFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        QTest.keyClick(catalogue.list, key)
    assert picked == ["lost-updates", "pipe", "deadlock", "pipe"]


@pytest.mark.parametrize("key", [Qt.Key.Key_End, Qt.Key.Key_PageDown, Qt.Key.Key_P, Qt.Key.Key_Down, Qt.Key.Key_Home])
def test_no_key_picks_what_the_search_has_hidden(catalogue: Catalogue, key: Qt.Key) -> None:
    search(catalogue, "memory")
    assert rows(catalogue) == EVERYTHING[1:4]
    catalogue.select("lost-updates")
    picked: list[str] = []
    catalogue.picked.connect(picked.append)
    QTest.keyClick(catalogue.list, key)
    assert picked == (["separate-memory"] if key == Qt.Key.Key_Home else [])
    QTest.keyClick(catalogue.search, Qt.Key.Key_Escape)
    QTest.keyClick(catalogue.list, Qt.Key.Key_End)
    assert picked[-1] == "deadlock"


def test_a_screen_reader_hears_titles_and_what_has_been_run(catalogue: Catalogue) -> None:
    model = catalogue.list.model()

    def heard() -> dict[str, str]:
        return {
            str(index.data(Qt.ItemDataRole.AccessibleTextRole)): str(
                index.data(Qt.ItemDataRole.AccessibleDescriptionRole)
            )
            for index in (model.index(row, 0) for row in range(model.rowCount()))
            if index.data(NAME)
        }

    assert heard() == {
        "Start here": "",
        "Separate memory": "",
        "Lost updates": "",
        "Pipe": "has been run",
        "Deadlock": "",
    }
    catalogue.mark_done("deadlock")
    assert heard()["Deadlock"] == "has been run"


def test_code_in_a_summary_stands_without_its_backticks_in_a_tool_tip(catalogue: Catalogue) -> None:
    model = catalogue.list.model()
    tips = [str(model.index(row, 0).data(Qt.ItemDataRole.ToolTipRole)) for row in range(model.rowCount())]
    assert "Two processes wait for each other: recv() and recv()." in tips


def test_the_window_lists_every_experiment_by_group(window: MainWindow) -> None:
    shown = rows(window.catalogue)
    assert [one for one in shown if one.isupper()] == [group.upper() for group in GROUPS if group.upper() in shown]
    assert [one for one in shown if not one.isupper()] == ["Start here", *(one.title for one in outlines())]


def test_a_click_shows_an_experiment_with_its_guide_and_its_form(window: MainWindow) -> None:
    items = window.catalogue.list
    model = items.model()
    for row in range(model.rowCount()):
        index = model.index(row, 0)
        at = items.visualRect(index).center()
        QTest.mouseClick(items.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at))
        if index.data(NAME) in (None, START):
            continue  # a heading: nothing changes
        workspace = window.workspace
        assert workspace.outline.name == index.data(NAME)
        assert workspace.header.title.text() == index.data()
        assert window.windowTitle() == f"{index.data()} · IPC Lab"
        assert window.forms.currentWidget() is workspace.form
        assert workspace.form.experiment.name == index.data(NAME)
        assert workspace.panel is not None


def test_keys_alone_lead_from_the_search_to_another_experiments_form(qtbot: QtBot, window: MainWindow) -> None:
    press(window, Qt.Key.Key_K, CONTROL)
    QTest.keyClicks(window.focusWidget(), "lost")
    press(window, Qt.Key.Key_Return)
    assert window.workspace.outline.name == "lost-updates"
    assert focus(window) == "Experiments"
    panel = window.workspace.panel
    assert panel is not None
    qtbot.waitUntil(panel.isVisible)
    for _ in range(3):
        press(window, Qt.Key.Key_F6)
    assert focus(window) == window.workspace.form.fields.applying()[0].field.label


def test_code_in_a_summary_is_set_as_code_over_the_tabs(window: MainWindow) -> None:
    window.show_experiment("lost-updates")
    summary = window.workspace.header.summary
    assert "`" in window.workspace.outline.summary
    assert "`" not in summary.text()
    document = QTextDocument()
    document.setHtml(summary.text())
    assert document.toPlainText() == window.workspace.outline.summary.replace("`", "")
    cursor = document.find("counter.value += 1")
    assert cursor.charFormat().fontFamilies() == [theme.font(12, mono=True).family()]
