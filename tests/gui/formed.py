"""A form with a field of every kind, and what a person does to a form and reads of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit
from pytestqt.qtbot import QtBot

from ipclab.catalog import Experiment
from ipclab.options import Help, Range, When, fields
from ipclab_gui.form import Row
from ipclab_gui.parameters import Parameters
from ipclab_gui.slider import LogSlider


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """A field of every kind."""

    traffic: Annotated[Literal["one way", "there and back"], Help("Where messages go")] = "one way"
    count: Annotated[int, Range(1, 10_000, log=True), Help("Messages to send")] = 1_000
    payload_size: Annotated[int, Range(0, 2**20, "B", log=True), Help("Size of one message")] = 64
    pause: Annotated[float, Range(0, 10, "s", log=True), Help("Rest between two")] = 0.05
    share: Annotated[float, Range(0, 1), Help("How many of them are large")] = 0.5
    workers: Annotated[int, Range(1, 64), Help("Processes that send")] = 2
    patience: Annotated[float | None, Range(0.1, 60, "s"), Help("When main gives up")] = None
    duplex: Annotated[bool, Help("Both ends can send")] = False
    greeting: Annotated[str, When(duplex=True), Help("What is sent first")] = "hello"
    messages: Annotated[tuple[str, ...], Help("What is sent")] = ("hello", "hey")
    numbers: Annotated[tuple[int, ...], Range(-9, 9), When(traffic="there and back"), Help("What comes back")] = (1, 2)


PRESETS: dict[str, dict[str, Any]] = {"Defaults": {}, "Many": {"count": 5_000, "pause": 0.0}, "Back": {"duplex": True}}
MADE = Experiment("made", "Made", "Messages", "Every kind.", fields(Options), PRESETS, (), __name__, Path(), Options)

DEFAULTS = {
    "traffic": "one way", "count": "1 000", "payload_size": "64 B", "pause": "50 ms", "share": "0.5", "workers": "2",
    "patience": "none", "duplex": "off", "greeting": "hello", "messages": "hello, hey", "numbers": "1, 2",
}  # fmt: skip
NO_GRAB = "This plugin does not support grabbing the keyboard"  # what the offscreen platform says of an open list


def form_of(qtbot: QtBot, experiment: Experiment = MADE, **remembered: Any) -> Parameters:
    """Return an experiment's form, open and with the keyboard."""
    form = Parameters(experiment, remembered)
    qtbot.addWidget(form)
    form.resize(310, 1_000)
    with qtbot.waitExposed(form):
        form.show()
    form.activateWindow()
    return form


def row(form: Parameters, name: str) -> Row:
    """Return a field's row."""
    return form.fields.rows[name]


def slider(form: Parameters, name: str) -> LogSlider:
    """Return a field's slider."""
    found = row(form, name).slider
    assert found is not None
    return found


def shown(form: Parameters, name: str) -> str:
    """Return what a field shows, with plain spaces."""
    return row(form, name).editor.written().replace("\u00a0", " ")


def all_shown(form: Parameters) -> dict[str, str]:
    """Return what all fields show, by their names."""
    return {field.name: shown(form, field.name) for field in MADE.fields}


def type_into(form: Parameters, name: str, text: str, *, leave: bool = True) -> None:
    """Write over what a field holds, key by key, and leave the field."""
    editor = row(form, name).editor
    assert isinstance(editor, QLineEdit)
    editor.setFocus()
    editor.selectAll()
    QTest.keyClick(editor, Qt.Key.Key_Delete)
    if text.isascii():
        QTest.keyClicks(editor, text)
    else:  # QTest has keys for ASCII alone
        QGuiApplication.clipboard().setText(text)
        editor.paste()
    if leave:
        QTest.keyClick(editor, Qt.Key.Key_Tab)


def messages(form: Parameters) -> dict[str, str]:
    """Return what stands under the fields, with plain spaces and unbroken words, by the field's name."""
    found = {}
    for name, one in form.fields.rows.items():
        said = [label for label in one.findChildren(QLabel) if label.property("tone") == "bad" and label.isVisible()]
        if said:
            found[name] = said[0].text().replace("\u00a0", " ").replace("\u200b", "")
    return found


def in_sight(form: Parameters) -> list[str]:
    """Return the names of the fields that a person sees, without those of every run."""
    return [field.name for field in MADE.fields if row(form, field.name).isVisible()]


def words(form: Parameters) -> str:
    """Return all that labels outside the rows say, with plain spaces."""
    rows = form.fields.rows.values()
    labels = [one for one in form.findChildren(QLabel) if one.isVisible() and one.text()]
    return "\n".join(one.text() for one in labels if not any(r.isAncestorOf(one) for r in rows)).replace("\u00a0", " ")
