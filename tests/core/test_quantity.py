"""Numbers with units: read as a person writes them, written so that they read back the same."""

from __future__ import annotations

import math
import re

import pytest

from ipclab.quantity import SPACE, measured, number_from, spell_number, tells_time, thousands, three

NUMBERS = (0, 1, 7, 64, 999, 1_000, 1_024, 1_536, 65_536, 1_000_000, 2**20, 2**30 + 1, 3 * 2**30, -5)
DURATIONS = (
    0.0,
    1e-9,
    2.5e-7,
    1e-6,
    15.3e-6,
    0.0123,
    0.05,
    0.1,
    1 / 3,
    1.0,
    59.99,
    61.0,
    300.0,
    5_400.0,
    86_400.0,
    1e-12,
    -0.02,
)


@pytest.mark.parametrize(
    ("text", "unit", "whole", "value"),
    [
        pytest.param("64 KiB", "B", True, 65_536, id="binary size"),
        pytest.param("64KiB", "B", True, 65_536, id="no space"),
        pytest.param("64 kib", "B", True, 65_536, id="small letters"),
        pytest.param("4.1 kB", "B", True, 4_100, id="a fraction that is no whole float"),
        pytest.param("1.5 MiB", "B", True, 1_572_864, id="binary fraction"),
        pytest.param("512", "B", True, 512, id="bytes without a unit"),
        pytest.param("50 ms", "s", False, 0.05, id="milliseconds"),
        pytest.param("12.3ms", "s", False, 0.0123, id="exactly the float"),
        pytest.param("15 us", "s", False, 15e-6, id="us"),
        pytest.param("15 µs", "s", False, 15e-6, id="micro sign"),
        pytest.param("15 μs", "s", False, 15e-6, id="Greek letter"),
        pytest.param("2 min", "s", False, 120.0, id="minutes"),
        pytest.param("2", "s", False, 2.0, id="seconds without a unit"),
        pytest.param("500 000", "", True, 500_000, id="groups by spaces"),
        pytest.param(f"500{SPACE}000", "", True, 500_000, id="groups as the lab writes them"),
        pytest.param("500_000", "", True, 500_000, id="groups as Python writes them"),
        pytest.param("1e3", "", True, 1_000, id="exponent"),
        pytest.param("-3", "", True, -3, id="negative"),
        pytest.param(" .5 ", "", False, 0.5, id="no leading zero"),
    ],
)
def test_reads_what_a_person_writes(text: str, unit: str, whole: bool, value: float) -> None:
    read = number_from(text, unit, whole=whole)
    assert read == value
    assert isinstance(read, int) is whole


@pytest.mark.parametrize(
    ("text", "unit", "whole", "sentence"),
    [
        pytest.param("", "B", True, "“” is not a size; write it like 64 KiB.", id="nothing"),
        pytest.param("much", "s", False, "“much” is not a duration; write it like 50 ms.", id="a word"),
        pytest.param("1 2 3", "", True, "“1 2 3” is not a whole number; write it like 2 000.", id="three numbers"),
        pytest.param("5 lightyears", "s", False, "“5 lightyears” has an unknown unit; known are ns, µs, ms, s, min, h.",
                     id="unknown unit"),
        pytest.param("5k", "", True, f"“5k” is not a whole number; did you mean 5{SPACE}000?", id="thousand"),
        pytest.param("5 apples", "", True, "“5 apples” is not a whole number; it takes no unit.", id="unit of a count"),
        pytest.param("0.5", "", True, "“0.5” is not a whole number.", id="half a message"),
        pytest.param("0.3 B", "B", True, "“0.3 B” is not a whole number of bytes.", id="part of a byte"),
        pytest.param("1e301", "", True, "“1e301” is too large.", id="too large to be meant"),
        pytest.param("1e999999999", "", True, "“1e999999999” is not a whole number; it takes no unit.", id="a bomb"),
    ],
)  # fmt: skip
def test_says_in_one_sentence_what_is_wrong(text: str, unit: str, whole: bool, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        number_from(text, unit, whole=whole)


@pytest.mark.parametrize("tight", [False, True], ids=["read by a person", "on the command line"])
@pytest.mark.parametrize("unit", ["", "B"], ids=["count", "bytes"])
@pytest.mark.parametrize("value", NUMBERS)
def test_a_whole_number_reads_back_the_same(value: int, unit: str, tight: bool) -> None:
    text = spell_number(value, unit, tight=tight)
    assert number_from(text, unit, whole=True) == value
    assert not (tight and (" " in text or SPACE in text))


@pytest.mark.parametrize("tight", [False, True], ids=["read by a person", "on the command line"])
@pytest.mark.parametrize("unit", ["", "s"], ids=["plain", "seconds"])
@pytest.mark.parametrize("value", DURATIONS)
def test_a_fraction_reads_back_to_the_last_bit(value: float, unit: str, tight: bool) -> None:
    assert number_from(spell_number(value, unit, tight=tight), unit, whole=False) == value


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (65_536, "B", "64_KiB"),
        (1_000, "B", "1_000_B"),
        (0, "B", "0_B"),
        (0.05, "s", "50_ms"),
        (15e-6, "s", "15_µs"),
        (0.0, "s", "0_s"),
        (3600.0, "s", "1_h"),
        (60.0, "s", "60_s"),
        (300.0, "s", "5_min"),
        (90.5, "s", "90.5_s"),
        (500_000, "", "500_000"),
    ],
)
def test_spells_a_value_as_a_person_would(value: float, unit: str, text: str) -> None:
    assert spell_number(value, unit) == text.replace("_", SPACE)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (15.34e-6, "s", "15.3_µs"),
        (0.99996, "s", "1.00_s"),
        (3e-10, "s", "0.300_ns"),
        (0.0, "s", "0_ns"),
        (1_395_000, "B", "1.33_MiB"),
        (100, "B", "100_B"),
        (40_000, "increments", "40_000_increments"),
        (12.5, "", "12.5"),
        (math.nan, "s", "nan"),
    ],
)
def test_a_measured_value_has_three_digits_and_a_fitting_prefix(value: float, unit: str, text: str) -> None:
    assert measured(value, unit) == text.replace("_", SPACE)


@pytest.mark.parametrize("time", ["in 3.92\u00a0s.", "5 ms", "15.3\u00a0µs, 3", "2\u00a0662 messages a second arrived"])
def test_a_time_or_a_rate_is_seen_in_a_text(time: str) -> None:
    assert tells_time(time)
    assert not tells_time("1 of 2 increments lost (50.0 %), 3 sizes, 64\u00a0KiB each, n = 7")


def test_counts_have_groups_of_three_and_are_exact() -> None:
    assert thousands(1_234_567) == f"1{SPACE}234{SPACE}567"
    assert thousands(1_234_567.25) == f"1{SPACE}234{SPACE}567.25"
    assert thousands(3.0) == "3"
    assert thousands(math.inf) == "inf"


def test_three_digits_never_have_an_exponent_where_a_person_reads_them() -> None:
    assert [three(value) for value in (0, 0.0421, 1.5, 999.6, 123_456)] == [
        "0", "0.0421", "1.50", f"1{SPACE}000", f"123{SPACE}456",
    ]  # fmt: skip
