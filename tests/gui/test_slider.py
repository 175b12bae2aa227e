"""The slider under a number: it and the field follow each other, by key and by mouse."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ipclab_gui.parameters import Parameters
from ipclab_gui.slider import LogSlider, stops
from tests.gui.formed import MADE, form_of, messages, row, shown, slider, type_into


@pytest.fixture
def form(qtbot: QtBot) -> Parameters:
    return form_of(qtbot)


def press(one: LogSlider, at: float) -> None:
    """Press the mouse where the share `at` of the slider's width is."""
    QTest.mouseClick(one, Qt.MouseButton.LeftButton, pos=QPoint(round(at * (one.width() - 1)), 9))


def painted(one: LogSlider) -> bytes:
    return bytes(one.grab().toImage().constBits())


def test_a_slider_stands_under_numbers_that_ask_for_one_alone(form: Parameters) -> None:
    assert [field.name for field in MADE.fields if row(form, field.name).slider is not None] == [
        "count", "payload_size", "pause",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("lo", "hi", "unit", "whole", "wanted"),
    [
        (1, 30, "", True, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30]),
        (5, 25, "", True, [5, 6, 7, 8, 9, 10, 20, 25]),
        (0, 3, "", True, [0, 1, 2, 3]),
        (0, 16, "B", True, [0, 1, 2, 4, 8, 16]),
        (3, 100, "B", True, [3, 4, 8, 16, 32, 64, 100]),
        (2e-5, 1e-4, "s", False, [2e-5, 3e-5, 4e-5, 5e-5, 6e-5, 7e-5, 8e-5, 9e-5, 1e-4]),
    ],
)
def test_it_stops_at_round_values(lo: float, hi: float, unit: str, whole: bool, wanted: list[float]) -> None:
    assert stops(lo, hi, unit, whole=whole) == wanted


def test_a_duration_that_may_be_zero_is_followed_down_five_decades() -> None:
    found = stops(0, 10, "s", whole=False)
    assert (found[0], found[1], found[-1]) == (0, 1e-4, 10)


@pytest.mark.parametrize(
    ("name", "keys", "text", "value"),
    [
        ("count", [Qt.Key.Key_Right], "2 000", 2_000),
        ("count", [Qt.Key.Key_Left], "900", 900),
        ("count", [Qt.Key.Key_Home], "1", 1),
        ("count", [Qt.Key.Key_End], "10 000", 10_000),
        ("payload_size", [Qt.Key.Key_Right, Qt.Key.Key_Right], "256 B", 256),
        ("payload_size", [Qt.Key.Key_End], "1 MiB", 2**20),
        ("payload_size", [Qt.Key.Key_Home], "0 B", 0),
        ("pause", [Qt.Key.Key_Left], "40 ms", 0.04),
        ("pause", [Qt.Key.Key_Home, Qt.Key.Key_Right], "100 µs", 1e-4),
        ("pause", [Qt.Key.Key_End], "10 s", 10.0),
    ],
)
def test_the_field_follows_the_slider(form: Parameters, name: str, keys: list[Qt.Key], text: str, value: float) -> None:
    for key in keys:
        QTest.keyClick(slider(form, name), key)
    assert shown(form, name) == text
    assert form.request().parameters[name] == value
    assert form.fields.differing().keys() == {name}


@pytest.mark.parametrize(
    ("name", "typed", "steps", "reached"),
    [
        ("count", "700", Qt.Key.Key_Right, "800"),
        ("count", "10 000", Qt.Key.Key_Left, "9 000"),
        ("payload_size", "4 KiB", Qt.Key.Key_Right, "8 KiB"),
        ("pause", "1 s", Qt.Key.Key_Left, "900 ms"),
    ],
)
def test_the_slider_follows_the_field(form: Parameters, name: str, typed: str, steps: Qt.Key, reached: str) -> None:
    before = painted(slider(form, name))
    type_into(form, name, typed)
    assert painted(slider(form, name)) != before
    QTest.keyClick(slider(form, name), steps)
    assert shown(form, name) == reached


def test_a_value_between_two_stops_stays_as_it_was_written_and_moves_the_knob(form: Parameters) -> None:
    type_into(form, "count", "1 000", leave=False)
    at_the_stop = painted(slider(form, "count"))
    type_into(form, "count", "1 300")
    assert shown(form, "count") == "1 300"
    assert form.request().parameters["count"] == 1_300
    assert painted(slider(form, "count")) != at_the_stop


def test_the_slider_stays_where_it_was_beside_a_wrong_value_and_mends_it_when_moved(form: Parameters) -> None:
    type_into(form, "count", "many")
    assert list(messages(form)) == ["count"]
    QTest.keyClick(slider(form, "count"), Qt.Key.Key_Right)
    assert shown(form, "count") == "2 000"
    assert messages(form) == {}
    assert form.valid


def test_presets_and_reset_move_the_slider_too(form: Parameters) -> None:
    default = painted(slider(form, "count"))
    QTest.keyClick(form.presets, Qt.Key.Key_Down)
    assert painted(slider(form, "count")) != default
    QTest.keyClick(slider(form, "count"), Qt.Key.Key_Right)
    assert shown(form, "count") == "6 000"
    form.reset()
    QTest.keyClick(slider(form, "count"), Qt.Key.Key_Left)
    assert shown(form, "count") == "4 000"


def test_the_mouse_goes_to_the_ends_and_to_the_middle_of_the_decades(form: Parameters) -> None:
    count = slider(form, "count")
    press(count, 1)
    assert shown(form, "count") == "10 000"
    press(count, 0)
    assert shown(form, "count") == "1"
    press(count, 0.5)  # of four decades, to a pixel
    assert shown(form, "count") in ("90", "100", "200")


def test_the_knob_is_dragged_as_far_as_the_mouse_goes_and_no_further_than_the_end(form: Parameters) -> None:
    count = slider(form, "count")
    QTest.mousePress(count, Qt.MouseButton.LeftButton, pos=QPoint(count.width() // 2, 9))
    QTest.mouseMove(count, QPoint(count.width() + 200, 9))
    assert shown(form, "count") == "10 000"
    QTest.mouseRelease(count, Qt.MouseButton.LeftButton, pos=QPoint(count.width() + 200, 9))
    QTest.mouseMove(count, QPoint(0, 9))
    assert shown(form, "count") == "10 000"


def test_each_move_of_the_slider_is_told_once(qtbot: QtBot, form: Parameters) -> None:
    told: list[str] = []
    form.changed.connect(lambda: told.append(shown(form, "count")))
    QTest.keyClick(slider(form, "count"), Qt.Key.Key_Right)
    assert told == ["2 000"]
