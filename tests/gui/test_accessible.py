"""The form as a screen reader has it: names, values, and what is done without a key or a mouse."""

from __future__ import annotations

import gc

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import QLineEdit, QTextEdit, QWidget
from pytestqt.qtbot import QtBot

from ipclab_gui.editors import Combo
from ipclab_gui.parameters import Parameters
from ipclab_gui.window import MainWindow
from tests.gui.formed import DEFAULTS, NO_GRAB, all_shown, form_of, messages, row
from tests.gui.observed import named
from tests.gui.pressed import CONTROL, press


@pytest.fixture
def form(qtbot: QtBot) -> Parameters:
    return form_of(qtbot)


def heard(widget: QWidget) -> QAccessibleInterface:
    """Return a widget as a screen reader has it."""
    found: QAccessibleInterface | None = QAccessible.queryAccessibleInterface(widget)
    assert found is not None
    return found


def test_what_a_screen_reader_writes_counts_as_if_it_had_been_typed(form: Parameters) -> None:
    heard(row(form, "count").editor).setText(QAccessible.Text.Value, "0")
    assert messages(form) == {"count": "0 is out of range; allowed is 1 to 10 000."}
    assert not form.valid
    heard(row(form, "count").editor).setText(QAccessible.Text.Value, "5")
    assert form.request().parameters["count"] == 5
    assert form.presets.currentText() == "Defaults, changed"


@pytest.mark.qt_log_ignore(NO_GRAB, extend=True)
def test_a_screen_reader_hears_a_choice_by_its_label_and_can_make_another(form: Parameters) -> None:
    traffic = heard(row(form, "traffic").editor)
    assert traffic.role() == QAccessible.Role.ComboBox
    assert (traffic.text(QAccessible.Text.Name), traffic.text(QAccessible.Text.Value)) == ("Traffic", "one way")
    assert traffic.text(QAccessible.Text.Description) == "Where messages go"
    items = [traffic.child(0).child(at) for at in range(traffic.child(0).childCount())]
    assert [one.text(QAccessible.Text.Name) for one in items] == ["one way", "there and back"]
    choice = traffic.selectionInterface()
    assert [one.text(QAccessible.Text.Name) for one in choice.selectedItems()] == ["one way"]
    assert [choice.isSelected(one) for one in items] == [True, False]
    assert choice.select(items[1])
    assert form.request().parameters["traffic"] == "there and back"
    assert (
        choice.selectedItem(0).text(QAccessible.Text.Name) == traffic.text(QAccessible.Text.Value) == "there and back"
    )
    assert not choice.unselect(items[1])
    assert traffic.textInterface() is None
    actions = traffic.actionInterface()
    assert {"SetFocus", "Press", "ShowMenu"} <= set(actions.actionNames())
    form.presets.setFocus()
    actions.doAction("SetFocus")
    assert row(form, "traffic").editor.hasFocus()
    editor = row(form, "traffic").editor
    assert isinstance(editor, Combo)
    for open_ in (True, False):
        actions.doAction("Press")
        assert editor.view().isVisible() is open_
        assert bool(traffic.state().expanded) is open_


def test_a_preset_that_a_screen_reader_picks_is_taken(form: Parameters) -> None:
    presets = heard(form.presets)
    assert presets.text(QAccessible.Text.Name) == "Preset"
    presets.selectionInterface().select(presets.child(0).child(1))
    assert all_shown(form) == DEFAULTS | {"count": "5 000", "pause": "0 s"}
    assert not form.fields.changed_by_hand


def test_what_a_screen_reader_holds_goes_with_the_form(qtbot: QtBot) -> None:
    form = form_of(qtbot)
    ident = QAccessible.uniqueId(heard(row(form, "traffic").editor))
    assert QAccessible.accessibleInterface(ident) is not None
    with qtbot.waitSignal(form.destroyed):
        form.deleteLater()
    gc.collect()
    assert QAccessible.accessibleInterface(ident) is None


def test_words_that_a_screen_reader_writes_are_looked_for(window: MainWindow) -> None:
    press(window, Qt.Key.Key_F, CONTROL)
    heard(named(window, "Find", QLineEdit)).setText(QAccessible.Text.Value, "pipe")
    view = named(window, "Guide text", QTextEdit)
    assert view.textCursor().selectedText().lower() == "pipe"
    press(window, Qt.Key.Key_Escape)
    press(window, Qt.Key.Key_F, CONTROL)
    assert view.textCursor().selectedText().lower() == "pipe"
