"""What a pickle says, as data: names in the place of what they would import, descriptions of what would be made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

Kind = Literal["list", "tuple", "dict", "set", "frozenset"]

RECONSTRUCT = frozenset({"numpy._core.multiarray._reconstruct", "numpy.core.multiarray._reconstruct"})
PARTIAL = "functools.partial"
GROWING: dict[str, Kind] = {
    "collections.deque": "list",
    "collections.OrderedDict": "dict",
    "collections.defaultdict": "dict",
}
PYTHON_2 = {"xrange": "range", "long": "int", "unicode": "str"}  # names that protocols 0 to 2 give builtins


class NotAPickle(Exception):
    """The bytes are no pickle, nor the beginning of one."""


class Name:
    """A class or function, as the pickle names it."""

    __slots__ = ("module", "name")

    def __init__(self, module: object, name: object) -> None:
        if not (isinstance(module, str) and isinstance(name, str) and module and name):
            raise NotAPickle
        if module == "__builtin__":
            module, name = "builtins", PYTHON_2.get(name, name)
        self.module, self.name = module, name

    @property
    def path(self) -> str:
        """Module and name."""
        return f"{self.module}.{self.name}"


class Items:
    """A container; a dict has keys and values by turns. Unfinished: more was to come."""

    __slots__ = ("items", "kind", "unfinished")

    def __init__(self, kind: Kind, items: Iterable[object] = (), *, unfinished: bool = False) -> None:
        self.kind, self.items, self.unfinished = kind, list(items), unfinished


class Part:
    """The beginning of a str or bytes."""

    __slots__ = ("value",)

    def __init__(self, value: str | bytes) -> None:
        self.value = value


class Made:
    """What a call would give: an instance, or the value of a function.

    Attributes:
        function: a Name, in pickles that Python writes.
        arguments: of the call.
        state: what the instance would then be given; None where there is nothing.
        grown: what would then be appended or set, where it is a list or dict of its own kind.
        unfinished: more of any of these was to come.
    """

    __slots__ = ("arguments", "function", "grown", "state", "unfinished")

    def __init__(self, function: object, arguments: Iterable[object], *, unfinished: bool = False) -> None:
        self.function, self.arguments = function, list(arguments)
        self.state: object = None
        self.grown: Items | None = None
        self.unfinished = unfinished

    @property
    def path(self) -> str:
        """The function's module and name; empty where it is no Name."""
        return self.function.path if isinstance(self.function, Name) else ""


MARK = object()
UNKNOWN = object()  # a value of which nothing is there
