"""Options: declared once as a frozen dataclass of `Annotated` fields; form, flags, checks and JSON are read from it.

    payload_size: Annotated[int, Range(0, 2**24, "B", log=True), Help("Size of one message")] = 64

A list is written with commas; an item that holds one stands in double quotes, as in CSV: `"a, b", c`.
Kinds of fields: int, float, bool, str, `Literal[...]` of strings, `tuple[str, ...]`, `tuple[int, ...]`, `float | None`;
and a str with the marker `Secret()`, whose value no method here gives away.
Values are plain data in base units: bytes, seconds.
"""

from __future__ import annotations

import dataclasses
import math
import re
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from ipclab.declarations import Help, Processes, Range, Secret, When
from ipclab.quantity import number_from, spell_number, units_of

Plain = bool | int | float | str | tuple[Any, ...] | None

# Flags that every experiment has, or will have: an option of that name could not be told from them.
RESERVED = frozenset(
    {"seed", "watch", "pace", "order", "save_order", "repetitions"}
    | {"python", "json", "help", "time_limit", "start_method"}
)


class Invalid(Exception):
    """Some values are not allowed; `.errors` maps each wrong field's name (or an unknown name) to one sentence."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(errors.values()))
        self.errors = dict(errors)


Kind = Literal["int", "float", "bool", "choice", "text", "texts", "ints", "secret"]


SWITCHES = {"on": True, "true": True, "yes": True, "1": True, "off": False, "false": False, "no": False, "0": False}


@dataclass(frozen=True, slots=True)
class Field:
    """What form, command line and checks know of one option."""

    name: str  # payload_size
    kind: Kind
    default: Plain
    help: str = ""
    lo: float = -math.inf
    hi: float = math.inf
    unit: str = ""
    log: bool = False
    grouped: bool = True
    choices: tuple[str, ...] = ()
    when: Mapping[str, tuple[object, ...]] = dataclasses.field(default_factory=dict)
    optional: bool = False  # None is allowed, and means "none"
    processes: bool = False  # it counts processes

    @property
    def label(self) -> str:
        """The name as a person reads it: "Payload size"."""
        return self.name.replace("_", " ").capitalize()

    @property
    def flag(self) -> str:
        """The name on the command line: "--payload-size"."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment variable that a secret is read from: "IPCLAB_KEY"."""
        return "IPCLAB_" + self.name.upper()

    def applies(self, values: Mapping[str, object]) -> bool:
        """Tell whether the field is to be shown, and may be given, beside these values of the others."""
        return all(values.get(name) in allowed for name, allowed in self.when.items())

    def applies_only(self, known: Mapping[str, Field]) -> str:
        """Return the sentence that says when this field applies, with the labels of the fields it depends on."""
        needs = " and ".join(
            f"{known[other].label.lower()} is {' or '.join(known[other].format(value) for value in allowed)}"
            for other, allowed in self.when.items()
        )
        return f"{self.label} applies only when {needs}."

    def parse(self, text: str) -> Plain:
        """Return the value that a person wrote, checked.

        Raises:
            ValueError: with one sentence that says what is wrong and what is allowed.
        """
        if self.kind in ("text", "secret"):
            return self.check(None if self.optional and text.strip().lower() in ("", "none") else text)
        text = text.strip()
        if self.optional and text.lower() in ("", "none"):
            return None
        if self.kind in ("int", "float"):
            return self.check(number_from(text, self.unit, whole=self.kind == "int"))
        if self.kind == "bool":
            if text.lower() not in SWITCHES:
                raise ValueError(f"“{text}” is neither on nor off.")
            return SWITCHES[text.lower()]
        if self.kind == "choice":
            return self.check(text)
        items = split(text)
        if self.kind == "ints":
            return self.check(tuple(number_from(item, self.unit, whole=True) for item in items))
        return self.check(tuple(items))

    def check(self, value: object) -> Plain:
        """Return a plain value as the option's own type.

        Raises:
            ValueError: with one sentence that says what is wrong and what is allowed.
        """
        if value is None and self.optional:
            return None
        match self.kind:
            case "int":
                return self._whole(value)
            case "float":
                return self._real(value)
            case "choice":
                return self._chosen(value)
            case "bool":
                if not isinstance(value, bool):
                    raise ValueError(f"{value!r} is neither true nor false.")
                return value
            case "text" | "secret":
                if not isinstance(value, str):
                    raise ValueError(f"{value!r} is not a text." if self.kind == "text" else "It is not a text.")
                return value
        return self._items(value)

    def _items(self, value: object) -> tuple[Plain, ...]:
        if isinstance(value, str) or not isinstance(value, Iterable):
            raise ValueError(f"{value!r} is not a list.")
        items = tuple(value)
        if not items:
            raise ValueError("At least one item is needed.")
        if self.kind == "ints":
            return tuple(self._whole(item) for item in items)
        if not all(isinstance(item, str) for item in items):
            raise ValueError("Every item must be a text.")
        return items

    def _whole(self, value: object) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise ValueError(f"“{value}” is not a whole number.")
        self._in_range(value)
        return value

    def _real(self, value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"“{value}” is not a number.")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"“{value}” is not a finite number.")
        self._in_range(value)
        return float(value)

    def _chosen(self, value: object) -> str:
        if value in self.choices:  # before capitals are forgiven: "b" and "B" may both be there
            return str(value)
        wanted = str(value).replace("-", " ").replace("_", " ").lower()
        known = {choice.replace("-", " ").replace("_", " ").lower(): choice for choice in self.choices}
        if wanted in known:
            return known[wanted]
        close = [known[one] for one in _closest(wanted, known)]
        hint = f"; did you mean “{close[0]}”?" if close else "."
        raise ValueError(f"“{value}” is not one of {', '.join(self.choices)}{hint}")

    def _in_range(self, value: float) -> None:
        if self.lo <= value <= self.hi:
            return
        lo, hi = self.format(self.lo), self.format(self.hi)
        if math.isinf(self.hi):
            raise ValueError(f"{self.format(value)} is too small; at least {lo}.")
        if math.isinf(self.lo):
            raise ValueError(f"{self.format(value)} is too large; at most {hi}.")
        raise ValueError(f"{self.format(value)} is out of range; allowed is {lo} to {hi}.")

    def format(self, value: object) -> str:
        """Return the value as a person reads it: "64 KiB", "500 000", "50 ms", "hello, hey"; "***" for a secret."""
        if self.kind == "secret":
            return "***" if value else ""
        if value is None:
            return "none"
        if isinstance(value, bool):
            return "on" if value else "off"
        if isinstance(value, tuple | list):
            return ", ".join(self.format(item) if self.kind == "ints" else quote(str(item)) for item in value)
        if isinstance(value, int | float) and self.grouped:
            return spell_number(value, self.unit)
        return str(value)

    def words(self, value: object) -> list[str]:
        """Return the words that set this value on the command line: ["--payload-size", "64KiB"]; none for a secret."""
        if self.kind == "secret":
            return []
        if isinstance(value, bool):
            return [self.flag if value else "--no-" + self.flag[2:]]
        if isinstance(value, tuple | list):
            if self.kind == "ints":
                return self._word(",".join(spell_number(item, self.unit, tight=True) for item in value))
            items = [str(item) for item in value]
            if len(items) > 1 and any(quote(item) != item for item in items):
                return [word for item in items for word in self._word(item)]
            return self._word(",".join(map(quote, items)))
        if isinstance(value, int | float):
            return self._word(spell_number(value, self.unit, tight=True))
        text = "none" if value is None else str(value)
        return self._word(text.replace(" ", "-") if self.kind == "choice" else text)

    def _word(self, text: str) -> list[str]:
        looks_like_flag = text.startswith("-") and not text[1:2].isdigit()
        return [f"{self.flag}={text}"] if looks_like_flag else [self.flag, text]

    def describe(self) -> dict[str, object]:
        """Return the field as JSON has it: name, kind, unit, range or choices, default, help."""
        about: dict[str, object] = {"name": self.name, "kind": self.kind, "unit": self.unit}
        if self.kind == "choice":
            about["choices"] = list(self.choices)
        elif self.kind in ("int", "float", "ints"):
            about["range"] = [None if math.isinf(bound) else bound for bound in (self.lo, self.hi)]
        about["default"] = list(self.default) if isinstance(self.default, tuple) else self.default
        about["help"] = self.help
        if self.when:
            about["when"] = {name: list(allowed) for name, allowed in self.when.items()}
        return about


_ITEM = re.compile(r'\s*(?:"((?:[^"]|"")*)"\s*|([^,]*))(?:,|$)')


def split(text: str) -> list[str]:
    """Return the items of a list that a person wrote with commas; spaces round an item go unless it is quoted."""
    items, position = [], 0
    while text and position <= len(text):
        match = _ITEM.match(text, position)
        assert match is not None, "the second alternative takes anything up to the next comma"
        items.append(match[2].strip() if match[1] is None else match[1].replace('""', '"'))
        position = match.end() + (match[0][-1:] != ",")
    return items


def quote(item: str) -> str:
    """Return an item as it is written in a list: in double quotes where `split` would not read it back else."""
    plain = item and item == item.strip() and "," not in item and not item.startswith('"')
    return item if plain else '"' + item.replace('"', '""') + '"'


def fields(options: type) -> tuple[Field, ...]:
    """Return the fields of a dataclass of options, in order.

    Raises:
        TypeError: an annotation that is none of the kinds this file knows.
    """
    hints = typing.get_type_hints(options, include_extras=True)
    return tuple(_field(item, hints[item.name]) for item in dataclasses.fields(options))


def _field(item: dataclasses.Field[Any], hint: Any) -> Field:
    marks: tuple[object, ...] = ()
    if typing.get_origin(hint) is Annotated:
        hint, *rest = typing.get_args(hint)
        marks = tuple(rest)
    optional = False
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        inner = [one for one in typing.get_args(hint) if one is not type(None)]
        optional, hint = True, inner[0]
    about = _marked(item.name, marks)
    words: Kind = "secret" if any(isinstance(mark, Secret) for mark in marks) else "text"
    plain: dict[object, Kind] = {int: "int", float: "float", bool: "bool", str: words}
    if typing.get_origin(hint) is Literal:
        kind: Kind = "choice"
        about["choices"] = typing.get_args(hint)
    elif hint in plain:
        kind = plain[hint]
    elif hint == tuple[str, ...]:
        kind = "texts"
    elif hint == tuple[int, ...]:
        kind = "ints"
    else:
        raise TypeError(f"option {item.name!r}: {hint!r} is not a kind that options.py knows")
    if item.default is dataclasses.MISSING:
        raise TypeError(f"option {item.name!r} has no default")
    return Field(item.name, kind, item.default, optional=optional, **about)


def _marked(name: str, marks: Iterable[object]) -> dict[str, Any]:
    about: dict[str, Any] = {}
    for mark in marks:
        if isinstance(mark, Range):
            about |= {"lo": mark.lo, "hi": mark.hi, "unit": mark.unit, "log": mark.log, "grouped": mark.grouped}
        elif isinstance(mark, Help):
            about["help"] = mark.text
        elif isinstance(mark, When):
            about["when"] = mark.conditions
        elif isinstance(mark, Processes):
            about["processes"] = True
        elif not isinstance(mark, Secret):
            raise TypeError(f"option {name!r}: {mark!r} is not a marker that options.py knows")
    return about


def validate(
    known: Iterable[Field], given: Mapping[str, object], *, parse: bool = False, strict: bool = False
) -> dict[str, Plain]:
    """Return a value for every field: what was given, checked, else its default.

    Args:
        known: the fields, with names of their own.
        given: values by field name; texts that a person wrote where `parse` holds, else plain values.
        parse: read texts with their units; other types are checked as they are.
        strict: refuse a field that does not apply even where its default is given.

    Raises:
        Invalid: every wrong field at once, unknown names with the nearest known one.
    """
    by_name = {field.name: field for field in known}
    errors: dict[str, str] = {}
    values: dict[str, Plain] = {name: field.default for name, field in by_name.items()}
    for name, value in given.items():
        field = by_name.get(name)
        if field is None:
            close = _closest(name, by_name)
            hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(by_name) or 'none'}."
            errors[name] = f"There is no parameter {name}; {hint}"
            continue
        try:
            values[name] = field.parse(value) if parse and isinstance(value, str) else field.check(value)
        except ValueError as wrong:
            errors[name] = str(wrong)
    for name in given:
        field = by_name.get(name)
        if field is None or name in errors or field.applies(values) or errors.keys() & field.when.keys():
            continue  # where what it depends on is wrong, nobody can tell
        if strict or values[name] != field.default:
            errors[name] = field.applies_only(by_name)
    for name, field in by_name.items():
        blank = field.kind == "secret" and not str(values[name] or "").strip()
        if blank and name not in errors and field.applies(values):
            errors[name] = f"The {field.label.lower()} is empty; give one."
    if errors:
        raise Invalid(errors)
    return values


def _closest(word: str, known: Iterable[str], cutoff: float = 0.6) -> list[str]:
    """Return the known word nearest to this one, if one is near enough."""
    import difflib  # only where something is wrong

    return difflib.get_close_matches(word, list(known), 1, cutoff)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that looks most like this one, or None where none does."""
    found = _closest(re.sub(r"[_ ]", "-", word.lower()), known, 0.5)
    return found[0] if found else None


__all__ = [
    "RESERVED",
    "Field",
    "Help",
    "Invalid",
    "Plain",
    "Range",
    "When",
    "fields",
    "nearest",
    "quote",
    "split",
    "units_of",
    "validate",
]
