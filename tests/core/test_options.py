"""Options declared once: read, checked, written, and written so that they read back the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal

import pytest

from ipclab.declarations import Help, Range, Secret, When
from ipclab.options import Field, Invalid, Plain, fields, nearest, quote, split, validate
from ipclab.quantity import SPACE


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One field of every kind."""

    traffic: Literal["tutorial", "one way", "there-and-back"] = "tutorial"
    count: Annotated[int, Range(1, 10_000_000, log=True), When(traffic=("one way", "there-and-back"))] = 1_000
    payload_size: Annotated[int, Range(0, 2**24, "B", log=True), Help("Size of one")] = 64
    pause: Annotated[float, Range(0, 10, "s"), Help("Between two")] = 0.0
    share: Annotated[float, Range(-1, 1)] = 0.5
    limit: Annotated[float | None, Range(0.1, 60, "s")] = None
    lock: bool = True
    greeting: str = "hello"
    messages: Annotated[tuple[str, ...], When(traffic="tutorial")] = ("hello", "hey", "hru?")
    numbers: Annotated[tuple[int, ...], Range(-100, 1_000_000)] = (1, 2, 3, 4)
    port: Annotated[int, Range(0, 65_535, grouped=False)] = 0


FIELDS = {field.name: field for field in fields(Options)}

VALUES: list[tuple[str, Plain]] = [
    ("traffic", "tutorial"),
    ("traffic", "one way"),
    ("traffic", "there-and-back"),
    ("count", 1),
    ("count", 10_000_000),
    ("payload_size", 0),
    ("payload_size", 1_000),
    ("payload_size", 65_536),
    ("pause", 0.0),
    ("pause", 0.0123),
    ("pause", 1 / 3),
    ("share", -0.25),
    ("share", 1e-7),
    ("limit", None),
    ("limit", 2.5),
    ("lock", True),
    ("lock", False),
    ("greeting", "hello, you"),
    ("greeting", " with  spaces "),
    ("greeting", ""),
    ("greeting", "--flag"),
    ("greeting", "-5"),
    ("messages", ("hello", "hey", "hru?")),
    ("messages", ("one, two",)),
    ("messages", ("one, two", "three")),
    ("messages", (" padded ", "", '"quoted"', 'say "hi", then')),
    ("messages", ("",)),
    ("messages", ("--json", "-h")),
    ("messages", ("--json",)),
    ("numbers", (5,)),
    ("numbers", (-3, 1_000_000, 0)),
    ("port", 45_999),
]


def ident(value: object) -> str:
    return repr(value)


@pytest.mark.parametrize(("name", "value"), VALUES, ids=ident)
def test_what_is_shown_in_the_form_reads_back_the_same(name: str, value: Plain) -> None:
    field = FIELDS[name]
    assert field.parse(field.format(value)) == value


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("traffic", "there-and-back", "there-and-back"),
        ("traffic", "there and back", "there-and-back"),
        ("traffic", "one-way", "one way"),
        ("payload_size", "64 KiB", 65_536),
        ("pause", "50 ms", 0.05),
        ("limit", "", None),
        ("limit", "None", None),
        ("lock", "off", False),
        ("lock", "Yes", True),
        ("messages", "a, b ,c", ("a", "b", "c")),
        ("messages", '"a, b", c', ("a, b", "c")),
        ("messages", 'say "hi", bye', ('say "hi"', "bye")),
        ("numbers", "1,2, 3", (1, 2, 3)),
        ("numbers", "1 000, -5", (1_000, -5)),
    ],
)
def test_reads_what_a_person_writes(name: str, text: str, value: Plain) -> None:
    assert FIELDS[name].parse(text) == value


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("traffic", "one wat", "“one wat” is not one of tutorial, one way, there-and-back; did you mean “one way”?"),
        ("traffic", "xyz", "“xyz” is not one of tutorial, one way, there-and-back."),
        ("count", "0", "0 is out of range; allowed is 1 to 10_000_000."),
        ("payload_size", "17 MiB", "17_MiB is out of range; allowed is 0_B to 16_MiB."),
        ("pause", "11 s", "11_s is out of range; allowed is 0_s to 10_s."),
        ("lock", "maybe", "“maybe” is neither on nor off."),
        ("messages", "", "At least one item is needed."),
        ("numbers", "1,x", "“x” is not a whole number; write it like 2 000."),
        ("numbers", "1,,2", "“” is not a whole number; write it like 2 000."),
        ("numbers", "1,-101", "-101 is out of range; allowed is -100 to 1_000_000."),
    ],
)
def test_says_in_one_sentence_what_is_wrong_and_what_is_allowed(name: str, text: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence.replace('_', SPACE))}$"):
        FIELDS[name].parse(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("count", True),
        ("count", 1.5),
        ("count", "1"),
        ("count", None),
        ("share", float("nan")),
        ("share", "0.5"),
        ("lock", 1),
        ("greeting", 5),
        ("messages", "hello"),
        ("messages", (1, 2)),
        ("messages", 5),
        ("numbers", (1.5,)),
        ("numbers", ()),
    ],
)
def test_a_value_of_another_type_is_refused(name: str, value: object) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        FIELDS[name].check(value)


def test_a_number_that_is_a_name_is_never_written_in_groups() -> None:
    port = FIELDS["port"]
    assert (port.format(45_999), port.words(45_999), port.parse("45 999")) == ("45999", ["--port", "45999"], 45_999)
    with pytest.raises(ValueError, match=r"^70000 is out of range; allowed is 0 to 65535\.$"):
        port.parse("70000")


def test_one_sided_ranges_say_the_side_they_have() -> None:
    with pytest.raises(ValueError, match="0 is too small; at least 1"):
        Field("n", "int", 1, lo=1).check(0)
    with pytest.raises(ValueError, match="3 is too large; at most 2"):
        Field("n", "int", 1, hi=2).check(3)


def test_every_wrong_field_is_reported_at_once() -> None:
    given = {"count": "0", "payload_size": "much", "mesages": "x", "lock": "off"}
    with pytest.raises(Invalid) as wrong:
        validate(FIELDS.values(), given, parse=True)
    assert list(wrong.value.errors) == ["count", "payload_size", "mesages"]
    assert wrong.value.errors["mesages"] == "There is no parameter mesages; did you mean messages?"


def test_an_unknown_name_that_resembles_nothing_is_answered_with_those_that_exist() -> None:
    with pytest.raises(Invalid, match="There is no parameter xyz; there are traffic, count, "):
        validate(FIELDS.values(), {"xyz": 1})


def test_what_is_not_given_has_its_default() -> None:
    values = validate(FIELDS.values(), {"traffic": "one way"})
    assert values == {name: field.default for name, field in FIELDS.items()} | {"traffic": "one way"}


def test_a_field_that_does_not_apply_is_refused_unless_it_is_left_alone() -> None:
    with pytest.raises(Invalid, match="Count applies only when traffic is one way or there-and-back"):
        validate(FIELDS.values(), {"count": 5})
    assert validate(FIELDS.values(), {"count": 5, "traffic": "one way"})["count"] == 5
    assert validate(FIELDS.values(), {"count": 1_000})["count"] == 1_000


def test_names_are_derived_for_form_and_command_line() -> None:
    assert (FIELDS["payload_size"].label, FIELDS["payload_size"].flag) == ("Payload size", "--payload-size")


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("payload_size", 65_536, ["--payload-size", "64KiB"]),
        ("pause", 15e-6, ["--pause", "15us"]),
        ("traffic", "one way", ["--traffic", "one-way"]),
        ("lock", False, ["--no-lock"]),
        ("limit", None, ["--limit", "none"]),
        ("numbers", (1, 2), ["--numbers", "1,2"]),
        ("messages", ("a", "b"), ["--messages", "a,b"]),
        ("messages", ("a,b", "c"), ["--messages", "a,b", "--messages", "c"]),
        ("greeting", "--x", ["--greeting=--x"]),
        ("share", -0.5, ["--share", "-0.5"]),
    ],
)
def test_a_value_is_spelled_as_words_of_the_command_line(name: str, value: Plain, words: list[str]) -> None:
    assert FIELDS[name].words(value) == words


def test_a_field_is_described_as_plain_data() -> None:
    assert FIELDS["payload_size"].describe() == {
        "name": "payload_size",
        "kind": "int",
        "unit": "B",
        "range": [0, 2**24],
        "default": 64,
        "help": "Size of one",
    }
    assert FIELDS["traffic"].describe()["choices"] == ["tutorial", "one way", "there-and-back"]
    assert FIELDS["messages"].describe()["when"] == {"traffic": ["tutorial"]}


def test_an_annotation_that_is_no_kind_is_refused() -> None:
    @dataclass
    class Strange:
        table: dict[str, int] | None = None

    with pytest.raises(TypeError, match="'table'"):
        fields(Strange)


@pytest.mark.parametrize("items", [["a"], ["a", "b"], [""], ["", ""], [",", '"', '""'], ['a"b', " c "]], ids=ident)
def test_a_list_reads_back_the_same(items: list[str]) -> None:
    assert split(", ".join(map(quote, items))) == items


def test_the_nearest_word_is_one_that_looks_alike() -> None:
    assert nearest("Lost updates", ["pipe", "lost-updates"]) == "lost-updates"
    assert nearest("zzz", ["pipe", "lost-updates"]) is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Locked:
    """A secret that applies in one case."""

    role: Literal["alone", "together"] = "alone"
    key: Annotated[str, Secret(), When(role="together"), Help("What both know")] = ""


def test_a_secret_is_read_and_given_away_by_nothing() -> None:
    key = fields(Locked)[1]
    assert (key.kind, key.flag, key.variable) == ("secret", "--key", "IPCLAB_KEY")
    for text in ("hunter2", " two words ", "none", "--flag"):
        assert key.parse(text) == key.check(text) == text
        assert key.format(text) == "***"
        assert key.words(text) == []
    assert key.format("") == ""
    assert key.describe()["kind"] == "secret"
    with pytest.raises(ValueError, match=r"^It is not a text\.$"):
        key.check(b"hunter2")


def test_an_empty_secret_is_refused_where_it_applies_and_only_there() -> None:
    assert validate(fields(Locked), {})["key"] == ""
    assert validate(fields(Locked), {"role": "together", "key": "hunter2"})["key"] == "hunter2"
    for given in ({"role": "together"}, {"role": "together", "key": ""}):
        with pytest.raises(Invalid) as wrong:
            validate(fields(Locked), given, parse=True)
        assert wrong.value.errors == {"key": "The key is empty; give one."}


def test_a_secret_that_does_not_apply_is_refused_without_being_said() -> None:
    with pytest.raises(Invalid) as wrong:
        validate(fields(Locked), {"key": "hunter2"})
    assert wrong.value.errors == {"key": "Key applies only when role is together."}
