"""A secret in a form: dots, a button that shows it, and nothing that keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from ipclab.declarations import Help, Secret, When
from ipclab.options import fields
from ipclab_gui.form import Fields, Row

KEY = "hunter2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """A secret that applies in one case."""

    role: Annotated[Literal["alone", "together"], Help("With whom")] = "together"
    key: Annotated[str, Secret(), When(role="together"), Help("What both know")] = ""


@pytest.fixture
def form(qtbot: QtBot) -> Fields:
    made = Fields(fields(Options))
    for row in made.rows.values():
        qtbot.addWidget(row)
        row.resize(300, 40)
        row.show()
    made.write({})
    return made


def parts(row: Row) -> tuple[QLineEdit, QToolButton]:
    editor = row.editor
    assert isinstance(editor, QLineEdit)
    return editor, editor.findChildren(QToolButton)[0]


def test_what_is_typed_is_shown_as_dots_until_the_button_is_pressed(form: Fields) -> None:
    editor, button = parts(form.rows["key"])
    QTest.keyClicks(editor, KEY)
    assert editor.displayText() != KEY and len(editor.displayText()) == len(KEY)
    assert (editor.accessibleName(), button.accessibleName(), button.toolTip()) == ("Key", "Show key", "Show key")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert editor.displayText() == KEY
    assert button.accessibleName() == button.toolTip() == "Hide key"
    QTest.keyClick(button, Qt.Key.Key_Space)
    assert editor.displayText() != KEY
    assert form.values() == {"role": "together", "key": KEY}


def test_the_button_is_reached_by_tab_and_lies_within_the_editor(form: Fields, qtbot: QtBot) -> None:
    editor, button = parts(form.rows["key"])
    editor.window().activateWindow()
    editor.setFocus()
    qtbot.waitUntil(editor.hasFocus)
    QTest.keyClick(editor, Qt.Key.Key_Tab)
    assert button.hasFocus()
    assert editor.rect().contains(button.geometry())
    assert editor.textMargins().right() >= button.width()


def test_an_empty_one_is_refused_at_the_field(form: Fields) -> None:
    editor, _ = parts(form.rows["key"])
    assert form.errors == {"key": "The key is empty; give one."}
    QTest.keyClicks(editor, "x")
    assert form.errors == {}
    form.write({"role": "alone"})
    assert form.errors == {}
    assert not form.rows["key"].isVisible()


def test_it_is_not_among_what_is_remembered_and_nothing_remembered_becomes_one(form: Fields) -> None:
    editor, _ = parts(form.rows["key"])
    QTest.keyClicks(editor, KEY)
    QTest.keyClick(editor, Qt.Key.Key_Return)  # what is written is made tidy then
    assert editor.text() == KEY
    assert form.changed_by_hand
    assert form.differing() == {}
    form.write({}, texts={"key": "from a file"})
    assert editor.text() == ""
    assert not form.changed_by_hand
