"""The form: its fields, its presets, its messages, and what it asks a run for."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QHelpEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QLineEdit, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from ipclab.catalog import Experiment, experiments, find
from ipclab.options import Invalid
from ipclab_gui.editors import Combo
from ipclab_gui.parameters import Parameters
from ipclab_gui.window import MainWindow
from tests.gui.formed import (
    DEFAULTS,
    MADE,
    NO_GRAB,
    all_shown,
    form_of,
    in_sight,
    messages,
    row,
    shown,
    type_into,
    words,
)
from tests.gui.observed import named


@pytest.fixture
def form(qtbot: QtBot) -> Parameters:
    return form_of(qtbot)


def wheel(over: QWidget) -> bool:
    """Turn the wheel over a widget; tell whether the widget took it."""
    where = QPointF(over.rect().center())
    turned = QWheelEvent(
        where, over.mapToGlobal(where), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(over, turned)
    return turned.isAccepted()


# fields


def test_every_field_begins_with_its_default_and_the_editor_of_its_kind(form: Parameters) -> None:
    assert all_shown(form) == DEFAULTS
    kinds = {QComboBox: ["traffic"], QCheckBox: ["duplex"]}
    kinds[QLineEdit] = [name for name in DEFAULTS if name not in ("traffic", "duplex")]
    for kind, names in kinds.items():
        assert all(isinstance(row(form, name).editor, kind) for name in names)
    assert form.valid
    assert form.request().parameters == {field.name: field.default for field in MADE.fields}


@pytest.mark.parametrize("experiment", experiments(), ids=lambda one: one.name)
def test_what_a_screen_reader_says_is_what_stands_beside_the_field(qtbot: QtBot, experiment: Experiment) -> None:
    form = form_of(qtbot, experiment)
    for one in form.fields.rows.values():
        assert one.label.text() == one.editor.accessibleName() == one.field.label
        assert one.label.buddy() is one.editor
        assert one.field.help in one.editor.accessibleDescription()
        if one.slider is not None:
            assert one.slider.accessibleName() == f"{one.field.label}, slider"


def test_a_tool_tip_says_what_a_field_is_and_takes(form: Parameters) -> None:
    tips = {name: row(form, name).editor.toolTip().replace("\u00a0", " ") for name in ("count", "patience", "traffic")}
    assert tips == {
        "count": "Messages to send\n1 to 10 000",
        "patience": "When main gives up\n100 ms to 60 s, or none",
        "traffic": "Where messages go",
    }
    assert all(row(form, name).label.toolTip().replace("\u00a0", " ") == tip for name, tip in tips.items())


@pytest.mark.parametrize(
    ("name", "typed", "value", "tidy"),
    [
        ("count", "5000", 5_000, "5 000"),
        ("count", "5_000", 5_000, "5 000"),
        ("count", "1e3", 1_000, "1 000"),
        ("payload_size", "1024", 1_024, "1 KiB"),
        ("payload_size", "4kib", 4_096, "4 KiB"),
        ("payload_size", "1.5 kB", 1_500, "1 500 B"),
        ("payload_size", "0", 0, "0 B"),
        ("pause", ".25", 0.25, "250 ms"),
        ("pause", "30us", 3e-5, "30 µs"),
        ("pause", "40 µs", 4e-5, "40 µs"),
        ("pause", "1500 ms", 1.5, "1.5 s"),
        ("share", "1", 1.0, "1"),
        ("share", "  .125 ", 0.125, "0.125"),
        ("patience", "", None, "none"),
        ("patience", "None", None, "none"),
        ("patience", "2", 2.0, "2 s"),
        ("messages", "a,  b ,c", ("a", "b", "c"), "a, b, c"),
        ("messages", '"a, b", c', ("a, b", "c"), '"a, b", c'),
        ("messages", "größer", ("größer",), "größer"),
    ],
)  # fmt: skip
def test_what_a_person_writes_is_understood_and_written_tidily(
    form: Parameters, name: str, typed: str, value: object, tidy: str
) -> None:
    type_into(form, name, typed)
    assert form.request().parameters[name] == value
    assert shown(form, name) == tidy


def test_what_is_being_written_is_not_touched_before_the_field_is_left(form: Parameters) -> None:
    type_into(form, "payload_size", "2048", leave=False)
    assert shown(form, "payload_size") == "2048"
    assert form.request().parameters["payload_size"] == 2_048
    QTest.keyClick(row(form, "payload_size").editor, Qt.Key.Key_Return)
    assert shown(form, "payload_size") == "2 KiB"


WRONG = [
    ("count", "0", "0 is out of range; allowed is 1 to 10 000."),
    ("count", "many", "“many” is not a whole number; write it like 2 000."),
    ("count", "2.5", "“2.5” is not a whole number."),
    ("count", "2k", "“2k” is not a whole number; did you mean 2 000?"),
    ("payload_size", "2 MiB", "2 MiB is out of range; allowed is 0 B to 1 MiB."),
    ("payload_size", "3 ms", "“3 ms” has an unknown unit; known are B, KiB, MiB, GiB, kB, MB, GB."),
    ("payload_size", "0.5", "“0.5” is not a whole number of bytes."),
    ("pause", "-1 ms", "-1 ms is out of range; allowed is 0 s to 10 s."),
    ("pause", "soon", "“soon” is not a duration; write it like 50 ms."),
    ("share", "2", "2 is out of range; allowed is 0 to 1."),
    ("share", "50 %", "“50 %” is not a number; it takes no unit."),
    ("share", "nan", "“nan” is not a number; write it like 2 000."),
    ("workers", "", "“” is not a whole number; write it like 2 000."),
    ("patience", "0", "0 s is out of range; allowed is 100 ms to 60 s."),
    ("messages", "", "At least one item is needed."),
]


@pytest.mark.parametrize(("name", "typed", "sentence"), WRONG)
def test_a_wrong_value_is_named_under_its_field_until_it_is_mended(
    form: Parameters, name: str, typed: str, sentence: str
) -> None:
    type_into(form, name, typed)
    assert messages(form) == {name: sentence}
    editor = row(form, name).editor
    assert editor.accessibleDescription().replace("\u00a0", " ") == sentence
    assert editor.property("wrong") is True
    assert shown(form, name) == typed  # what was written stays
    assert not form.valid
    assert "1 value needs a change" in words(form)
    with pytest.raises(Invalid):
        form.request()
    type_into(form, name, DEFAULTS[name])
    assert messages(form) == {}
    assert form.valid
    assert "This experiment" in words(form)
    assert editor.accessibleDescription().startswith(row(form, name).field.help)
    assert editor.property("wrong") is False


def test_all_wrong_values_are_named_at_once(form: Parameters) -> None:
    for name, typed in (("count", "x"), ("pause", "y"), ("messages", "")):
        type_into(form, name, typed)
    assert list(messages(form)) == ["count", "pause", "messages"]
    assert len(set(messages(form).values())) == 3
    assert "3 values need a change" in words(form)
    form.show_wrong()
    assert form.focusWidget() is row(form, "count").editor


def test_a_wrong_value_of_what_every_run_has_is_named_too(form: Parameters) -> None:
    type_into(form, "seed", "-1")
    type_into(form, "time_limit", "1 ms")
    assert {name: text[:23] for name, text in messages(form).items()} == {
        "seed": "-1 is out of range; all", "time_limit": "1 ms is out of range; a",
    }  # fmt: skip
    type_into(form, "seed", "7")
    type_into(form, "time_limit", "2 s")
    request = form.request()
    assert (request.seed, request.time_limit, request.start_method) == (7, 2.0, "spawn")


# fields that depend on others


def test_a_field_that_does_not_apply_is_out_of_sight(form: Parameters) -> None:
    everything = list(DEFAULTS)
    assert in_sight(form) == [name for name in everything if name not in ("greeting", "numbers")]
    QTest.mouseClick(row(form, "duplex").editor, Qt.MouseButton.LeftButton, pos=QPoint(8, 15))
    assert in_sight(form) == [name for name in everything if name != "numbers"]
    QTest.keyClick(row(form, "traffic").editor, Qt.Key.Key_Down)
    assert in_sight(form) == everything
    QTest.keyClick(row(form, "duplex").editor, Qt.Key.Key_Space)
    assert in_sight(form) == [name for name in everything if name != "greeting"]


def test_a_hidden_field_asks_for_nothing_and_remembers_what_was_written(form: Parameters) -> None:
    traffic = row(form, "traffic").editor
    QTest.keyClick(traffic, Qt.Key.Key_Down)
    type_into(form, "numbers", "3, 4")
    assert form.request().parameters["numbers"] == (3, 4)
    QTest.keyClick(traffic, Qt.Key.Key_Up)
    assert form.request().parameters["numbers"] == (1, 2)
    assert "--numbers" not in " ".join(form.command())
    QTest.keyClick(traffic, Qt.Key.Key_Down)
    assert form.request().parameters["numbers"] == (3, 4)


def test_a_mistake_in_a_hidden_field_keeps_nobody_from_running(form: Parameters) -> None:
    traffic = row(form, "traffic").editor
    QTest.keyClick(traffic, Qt.Key.Key_Down)
    type_into(form, "numbers", "99")
    assert messages(form) == {"numbers": "99 is out of range; allowed is -9 to 9."}
    QTest.keyClick(traffic, Qt.Key.Key_Up)
    assert form.valid
    QTest.keyClick(traffic, Qt.Key.Key_Down)
    assert list(messages(form)) == ["numbers"]


def test_each_change_of_a_field_is_told_once(form: Parameters) -> None:
    told: list[str] = []
    form.changed.connect(lambda: told.append(shown(form, "traffic")))
    form.reset()
    assert told == ["one way"]
    told.clear()
    QTest.keyClick(row(form, "workers").editor, Qt.Key.Key_1)
    assert told == ["one way"]
    told.clear()
    QTest.keyClick(row(form, "traffic").editor, Qt.Key.Key_Down)
    QTest.keyClick(row(form, "duplex").editor, Qt.Key.Key_Space)
    assert told == ["there and back"] * 2


# presets


def test_a_preset_sets_its_fields_and_all_others_to_their_defaults(form: Parameters) -> None:
    type_into(form, "workers", "9")
    presets = named(form, "Preset", QComboBox)
    QTest.keyClick(presets, Qt.Key.Key_Down)
    assert presets.currentText() == "Many"
    assert all_shown(form) == DEFAULTS | {"count": "5 000", "pause": "0 s"}
    QTest.keyClick(presets, Qt.Key.Key_Down)
    assert all_shown(form) == DEFAULTS | {"duplex": "on"}
    assert row(form, "greeting").isVisible()


@pytest.mark.qt_log_ignore(NO_GRAB, extend=True)
def test_the_same_preset_picked_again_brings_its_values_back(form: Parameters) -> None:
    type_into(form, "workers", "9")
    presets = named(form, "Preset", QComboBox)
    presets.setFocus()
    QTest.keyClick(presets, Qt.Key.Key_Space)
    QTest.keyClick(presets.view(), Qt.Key.Key_Return)
    assert all_shown(form) == DEFAULTS


def test_a_value_other_than_the_presets_is_marked(form: Parameters) -> None:
    presets, reset = named(form, "Preset", QComboBox), form.reset_button
    QTest.keyClick(presets, Qt.Key.Key_Down)
    weight = row(form, "count").label.font().weight()
    assert (presets.currentText(), reset.isEnabled()) == ("Many", False)
    type_into(form, "count", "4 999")
    assert (presets.currentText(), reset.isEnabled()) == ("Many, changed", True)
    assert row(form, "count").label.font().weight() > weight
    assert row(form, "pause").label.font().weight() == weight
    type_into(form, "count", "5e3")
    assert (presets.currentText(), reset.isEnabled()) == ("Many", False)
    assert row(form, "count").label.font().weight() == weight


def test_reset_brings_the_presets_values_back_wrong_ones_and_hidden_ones_too(form: Parameters) -> None:
    QTest.keyClick(form.presets, Qt.Key.Key_Down)
    QTest.keyClick(row(form, "traffic").editor, Qt.Key.Key_Down)
    type_into(form, "numbers", "7")
    type_into(form, "count", "none at all")
    type_into(form, "seed", "5")
    QTest.keyClick(row(form, "traffic").editor, Qt.Key.Key_Up)
    QTest.mouseClick(form.reset_button, Qt.MouseButton.LeftButton)
    assert all_shown(form) == DEFAULTS | {"count": "5 000", "pause": "0 s"}
    assert (shown(form, "seed"), form.presets.currentText(), messages(form)) == ("0", "Many", {})


def test_the_wheel_scrolls_the_form_and_changes_nothing_in_it(form: Parameters) -> None:
    type_into(form, "workers", "9")
    before = all_shown(form), form.presets.currentText()
    taken = [one for one in form.findChildren(QWidget) if one.isVisible() and isinstance(one, QComboBox) and wheel(one)]
    assert taken == []
    assert not wheel(form.fields.rows["count"].slider or form)
    assert (all_shown(form), form.presets.currentText()) == before


def tool_tip(over: QWidget) -> str:
    """Rest the pointer over a widget; return the tool tip that opens."""
    where = over.rect().center()
    QApplication.sendEvent(over, QHelpEvent(QEvent.Type.ToolTip, where, over.mapToGlobal(where)))
    shown = QToolTip.text()
    QToolTip.hideText()
    return shown


def test_a_choice_that_is_there_whole_has_the_fields_tool_tip(form: Parameters) -> None:
    assert tool_tip(row(form, "traffic").editor) == "Where messages go"
    type_into(form, "workers", "9")
    form.resize(260, 1_000)
    assert form.presets.said() == form.presets.currentText()
    assert tool_tip(form.presets) == "Values to begin with"


def test_a_text_too_long_for_its_field_is_whole_in_the_tool_tip(form: Parameters) -> None:
    messages = row(form, "messages").editor
    assert tool_tip(messages) == "What is sent"
    text = ", ".join(["a rather long message"] * 4)
    type_into(form, "messages", text)
    assert tool_tip(messages) == f"{text}\nWhat is sent"


@pytest.mark.qt_log_ignore(NO_GRAB, extend=True)
def test_a_choice_too_long_for_a_narrow_form_ends_in_an_ellipsis(qtbot: QtBot) -> None:
    form = form_of(qtbot, find("deadlock"))
    form.resize(270, 700)
    combo = row(form, "exchange_cure").editor
    assert isinstance(combo, Combo)
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert combo.currentText() == "one side the other way round"
    assert combo.said().endswith("…")
    assert tool_tip(combo).splitlines()[0] == "one side the other way round"
    assert tool_tip(combo).splitlines()[1:] == combo.toolTip().splitlines()
    combo.showPopup()
    assert combo.view().viewport().width() > combo.fontMetrics().horizontalAdvance(combo.currentText())
    combo.hidePopup()
    narrow = combo.grab().toImage()
    combo.setItemText(combo.currentIndex(), combo.said())
    assert combo.grab().toImage() == narrow  # what is painted is what it says
    combo.setItemText(combo.currentIndex(), combo.said()[:-1])
    assert combo.grab().toImage() != narrow


# the keyboard, the command, what is remembered


def test_tab_goes_through_the_form_from_top_to_bottom_and_back(form: Parameters) -> None:
    named(form, "Preset", QComboBox).setFocus()
    order = [form.focusWidget().accessibleName()]
    while order[-1] != "Copy command" and len(order) < 30:
        QTest.keyClick(form.focusWidget(), Qt.Key.Key_Tab)
        order.append(form.focusWidget().accessibleName())
    wanted = ["Preset"]
    for one in form.fields.applying():
        if one.field.name == "watch":  # that is in the bar on top
            continue
        wanted += [one.field.label] + ([f"{one.field.label}, slider"] if one.slider is not None else [])
    assert [name for name in order if name not in ("", "Copy command")] == wanted
    while form.focusWidget().accessibleName() != "Preset" and order:
        QTest.keyClick(form.focusWidget(), Qt.Key.Key_Backtab)
        order.pop()
    assert form.focusWidget() is form.presets


def test_the_command_says_what_differs_from_the_defaults_and_can_be_copied(form: Parameters) -> None:
    assert form.command() == ["ipclab run made"]
    type_into(form, "count", "7")
    type_into(form, "messages", "it's, so")
    QTest.keyClick(row(form, "duplex").editor, Qt.Key.Key_Space)
    form.copy_button.click()
    copied = QGuiApplication.clipboard().text()
    assert copied == """ipclab run made --count 7 --duplex --messages 'it'"'"'s,so'"""
    assert "".join(copied.split()) in "".join(words(form).split())


def test_the_command_repeats_a_wrong_value_so_that_the_terminal_says_the_same(form: Parameters) -> None:
    type_into(form, "count", "many of them")
    assert form.command() == ["ipclab run made", "--count 'many of them'"]


def test_what_is_remembered_comes_back_and_what_cannot_be_is_left_out(qtbot: QtBot, form: Parameters) -> None:
    QTest.keyClick(form.presets, Qt.Key.Key_Down)
    type_into(form, "workers", "9")
    again = form_of(qtbot, **form.remember())
    assert (again.presets.currentText(), all_shown(again)) == ("Many, changed", all_shown(form))
    texts = {"workers": "65", "count": "9", "nobody": "1", "traffic": "sideways"}
    odd = form_of(qtbot, preset="A preset of an older lab", texts=texts)
    assert (odd.presets.currentText(), all_shown(odd)) == ("Defaults, changed", DEFAULTS | {"count": "9"})
    assert odd.valid


def test_values_survive_a_look_at_the_other_experiments(window: MainWindow) -> None:
    type_into(window.workspace.form, "messages", "one, two")
    for one in experiments():
        window.show_experiment(one.name)
    window.show_experiment("pipe")
    form = window.workspace.form
    assert form.isVisible()
    assert shown(form, "messages") == "one, two"
    assert form.presets.currentText() == "Tutorial's messages, changed"
