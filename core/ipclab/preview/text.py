"""A text of limited length, from what `parts` describes."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Mapping

from ipclab.preview.parts import UNKNOWN, Items, Kind, Made, Name, Part

DEPTH = 24  # levels of nesting that are written
WIDEST = 2_048  # bits of an int written in decimal, below any limit of sys.set_int_max_str_digits; beyond, hexadecimal

BRACKETS: dict[Kind, tuple[str, str]] = {
    "list": ("[", "]"),
    "tuple": ("(", ")"),
    "dict": ("{", "}"),
    "set": ("{", "}"),
    "frozenset": ("frozenset({", "})"),
}
BREAKS = str.maketrans("", "", "\t\r\n")  # control characters that texts have


class Full(Exception):
    """The text is as long as it may be, or as what is known of the message."""


class Text:
    """A text that grows up to a limit.

    Attributes:
        limit: characters.
        special: what writes the value of a function, by the function's path; see `spelling`.
        parts: of the text so far; together they may be longer than the limit after Full was raised.
    """

    __slots__ = ("limit", "parts", "room", "special")

    def __init__(self, limit: int, special: Mapping[str, Callable[[Text, Made, int], bool]]) -> None:
        self.special = special
        self.limit = self.room = limit
        self.parts: list[str] = []

    def add(self, text: str) -> None:
        """Add characters.

        Raises:
            Full: there is no more room.
        """
        self.parts.append(text)
        self.room -= len(text)
        if self.room < 0:
            raise Full

    def value(self, value: object, depth: int) -> None:
        """Add what `pickled.read` returns, or a part of it. Raises Full, as all methods below do."""
        if isinstance(value, str):
            self.add(repr(value[: self.limit]))  # its quotes alone overfill the text if that is not all
        elif isinstance(value, Items):
            self.items(value, depth + 1)
        elif isinstance(value, Made):
            self.made(value, depth + 1)
        elif isinstance(value, Name):
            self.add(printable(value.name))
        elif isinstance(value, Part):
            self.add(repr(value.value[: self.limit])[:-1])
            raise Full
        elif value is UNKNOWN:
            raise Full
        elif isinstance(value, int) and value.bit_length() > WIDEST:
            self.add(f"{value:#x}")
        elif isinstance(value, (bytes, bytearray)):
            self.add(repr(value[: self.limit]))
        else:
            self.add(repr(value))  # a float, an int, a bool, None

    def raw(self, data: bytes, *, cut: bool) -> None:
        """Add bytes that are no pickle, or what is there of them."""
        if cut and not data:
            raise Full
        written = repr(data)
        try:
            text = codecs.utf_8_decode(data, "strict", not cut)[0]  # a character that is cut at the end is no error
            if text.translate(BREAKS).isprintable():
                written = f"b{text!r}"
        except UnicodeDecodeError:
            pass
        self.add(written[:-1] if cut else written)
        if cut:
            raise Full

    def series(self, pieces: Iterator[tuple[str, object]], depth: int, *, unfinished: bool) -> None:
        """Add values with what stands before each, and a comma between two."""
        if depth > DEPTH:
            raise Full
        comma = ""
        for before, value in pieces:
            self.add(comma + before)
            self.value(value, depth)
            comma = ", "
        if unfinished:
            self.add(comma)
            raise Full

    def items(self, items: Items, depth: int) -> None:
        """Add a container."""
        kind = items.kind
        opening, closing = BRACKETS[kind]
        if not items.items and kind in ("set", "frozenset") and not items.unfinished:
            self.add(f"{kind}()")
            return
        self.add(opening)
        if kind == "dict":
            self.entries(items, depth)
        else:
            self.series((("", item) for item in items.items), depth, unfinished=items.unfinished)
        self.add(",)" if kind == "tuple" and len(items.items) == 1 else closing)

    def entries(self, items: Items, depth: int) -> None:
        """Add the keys and values of a dict."""
        if depth > DEPTH:
            raise Full
        comma = ""
        flat = iter(items.items)
        for key in flat:
            self.add(comma)
            self.value(key, depth)
            self.add(": ")
            for value in flat:  # one; none after the key at which the message is cut
                self.value(value, depth)
                break
            else:
                raise Full
            comma = ", "
        if items.unfinished:
            self.add(comma)
            raise Full

    def made(self, made: Made, depth: int) -> None:
        """Add an instance or the value of a call: as Python writes it where that is known, else by name."""
        special = self.special.get(made.path)
        if special is None or not special(self, made, depth):
            self.called(made.function, pieces_of(made), depth, unfinished=made.unfinished)

    def called(
        self, function: object, pieces: Iterator[tuple[str, object]], depth: int, *, unfinished: bool = False
    ) -> None:
        """Add a name and what belongs to it in parentheses."""
        self.value(function, depth)
        self.add("(")
        self.series(pieces, depth, unfinished=unfinished)
        self.add(")")


def printable(name: str) -> str:
    """Return a name that the pickle gives: its control characters escaped."""
    return name if name.isprintable() else repr(name)[1:-1]


def pieces_of(made: Made) -> Iterator[tuple[str, object]]:
    """Yield arguments, attributes and content of an instance, each with what stands before it."""
    for argument in made.arguments:
        yield "", argument
    if made.grown is not None:
        yield "", made.grown
    yield from attributes(made.state)


def attributes(state: object) -> Iterator[tuple[str, object]]:
    """Yield what `__getstate__` gave: a dict of attributes, that and one of slots, or anything else."""
    if state is None:
        return
    if isinstance(state, Items) and state.kind == "dict":
        yield from zip(map(keyword, state.items[::2]), state.items[1::2], strict=False)
        if len(state.items) % 2:
            yield keyword(state.items[-1]), UNKNOWN
    elif isinstance(state, Items) and state.kind == "tuple" and 1 <= len(state.items) <= 2:
        for part in state.items:
            yield from attributes(part)
    else:
        yield "state=", state


def keyword(name: object) -> str:
    """Return an attribute as it stands before its value."""
    return (
        f"{name}="
        if isinstance(name, str) and name.isidentifier()
        else f"{name!r:.80}="
        if isinstance(name, str)
        else ""
    )
