"""Pickles read as data: their opcodes are followed, and nothing is loaded, imported, called or hashed."""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable
from typing import Any

from ipclab.preview.beginning import closed, take_beginning
from ipclab.preview.parts import MARK, Items, Kind, Made, Name, NotAPickle

CREDIBLE = 5  # opcodes that a cut message without the opcode PROTO must have: text read as a pickle fails sooner
NEWEST = 5  # pickle.HIGHEST_PROTOCOL of Python 3.11 to 3.14


def read(data: bytes, *, cut: bool | None) -> tuple[object, bool]:
    """Return what a pickle says, and whether that is all of it.

    Args:
        data: the pickle or its beginning.
        cut: whether more of it was there; None where nobody knows.

    Returns:
        An int, float, str, bytes, bytearray, bool or None, one of the classes above, or UNKNOWN.

    Raises:
        NotAPickle: nothing that `pickle` writes begins, or where it is not cut ends, like this.
    """
    stream = io.BytesIO(data)
    reading = _Reading()
    after = count = 0
    try:
        for opcode, argument, _ in pickletools.genops(stream):
            count += 1
            step = STEPS.get(opcode.name)
            if step is None:
                reading.stack.append(argument)
            elif opcode.name == "STOP":
                return _whole(reading.stack, missing=len(data) - stream.tell() or int(cut or 0)), True
            else:
                step(reading, argument)
            after = stream.tell()
    except (ValueError, Warning):  # the bytes end here, or are no pickle; a Warning: those of strings of Python 2
        if cut is False or (count < CREDIBLE and data[:1] != b"\x80"):
            raise NotAPickle from None
        take_beginning(reading.stack, data, after)
    except (IndexError, KeyError):
        raise NotAPickle from None
    return closed(reading.stack), False


def _whole(stack: list[object], *, missing: int) -> object:
    if missing or len(stack) != 1 or stack[0] is MARK:
        raise NotAPickle
    return stack[0]


class _Reading:
    """The stack and memo of a pickle that is being read; each method does what one kind of opcode says."""

    __slots__ = ("memo", "stack")

    def __init__(self) -> None:
        self.stack: list[object] = []
        self.memo: dict[int, object] = {}

    def pop(self) -> object:
        value = self.stack.pop()
        if value is MARK:
            raise NotAPickle
        return value

    def top(self) -> object:
        value = self.stack[-1]
        if value is MARK:
            raise NotAPickle
        return value

    def pop_to_mark(self) -> list[object]:
        stack = self.stack
        for place in range(len(stack) - 1, -1, -1):
            if stack[place] is MARK:
                items = stack[place + 1 :]
                del stack[place:]
                return items
        raise NotAPickle

    def skip(self, _: object) -> None:
        pass

    def protocol(self, number: int) -> None:
        if number > NEWEST or self.stack:
            raise NotAPickle

    def put(self, place: int) -> None:
        self.memo[int(place)] = self.top()

    def memoize(self, _: object) -> None:
        self.memo[len(self.memo)] = self.top()

    def get(self, place: int) -> None:
        self.stack.append(self.memo[int(place)])

    def discard(self, _: object) -> None:
        self.stack.pop()

    def repeat(self, _: object) -> None:
        self.stack.append(self.top())

    def discard_to_mark(self, _: object) -> None:
        self.pop_to_mark()

    def append(self, _: object) -> None:
        value = self.pop()
        self.grow("list", [value])

    def append_all(self, _: object) -> None:
        self.grow("list", self.pop_to_mark())

    def add_all(self, _: object) -> None:
        self.grow("set", self.pop_to_mark())

    def set_item(self, _: object) -> None:
        value, key = self.pop(), self.pop()
        self.grow("dict", [key, value])

    def set_all(self, _: object) -> None:
        items = self.pop_to_mark()
        if len(items) % 2:
            raise NotAPickle
        self.grow("dict", items)

    def grow(self, kind: Kind, items: list[object]) -> None:
        owner = self.top()
        if isinstance(owner, Made):
            owner.grown = owner.grown or Items(kind)
            owner = owner.grown
        if not isinstance(owner, Items) or owner.kind != kind:
            raise NotAPickle
        owner.items += items

    def name(self, argument: str) -> None:
        self.stack.append(Name(*argument.split(" ", 1)))  # genops puts a space between the two

    def name_from_stack(self, _: object) -> None:
        name, module = self.pop(), self.pop()
        self.stack.append(Name(module, name))

    def extension(self, code: int) -> None:
        self.stack.append(Name("copyreg", f"extension {code}"))

    def persistent(self, argument: object) -> None:
        self.stack.append(Made(Name("pickle", "persistent"), [argument]))

    def persistent_from_stack(self, _: object) -> None:
        self.persistent(self.pop())

    def buffer(self, _: object) -> None:
        self.stack.append(Name("pickle", "buffer"))

    def call(self, _: object) -> None:
        arguments, function = self.pop(), self.pop()
        if not isinstance(arguments, Items) or arguments.kind != "tuple":
            raise NotAPickle
        self.stack.append(Made(function, arguments.items))

    def call_with_names(self, _: object) -> None:
        names = self.pop()
        self.call(None)
        self.build_with(names)

    def old_instance(self, argument: str) -> None:
        arguments = self.pop_to_mark()
        self.stack.append(Made(Name(*argument.split(" ", 1)), arguments))

    def old_instance_from_stack(self, _: object) -> None:
        function, *arguments = self.pop_to_mark() or [None]
        self.stack.append(Made(function, arguments))

    def build(self, _: object) -> None:
        self.build_with(self.pop())

    def build_with(self, state: object) -> None:
        owner = self.top()
        if not isinstance(owner, Made):
            raise NotAPickle
        owner.state = state


def _constant(value: object) -> Callable[[_Reading, Any], None]:
    return lambda reading, _: reading.stack.append(value)


def _empty(kind: Kind) -> Callable[[_Reading, Any], None]:
    return lambda reading, _: reading.stack.append(Items(kind))


def _from_mark(kind: Kind) -> Callable[[_Reading, Any], None]:
    return lambda reading, _: reading.stack.append(Items(kind, reading.pop_to_mark()))


def _small_tuple(size: int) -> Callable[[_Reading, Any], None]:
    def step(reading: _Reading, _: object) -> None:
        items = [reading.pop() for _ in range(size)]
        reading.stack.append(Items("tuple", reversed(items)))

    return step


STEPS: dict[str, Callable[[_Reading, Any], None]] = {
    **dict.fromkeys(("FRAME", "READONLY_BUFFER", "STOP"), _Reading.skip),
    "PROTO": _Reading.protocol,
    "MARK": _constant(MARK),
    "NONE": _constant(None),
    "NEWTRUE": _constant(True),
    "NEWFALSE": _constant(False),
    "EMPTY_LIST": _empty("list"),
    "EMPTY_TUPLE": _empty("tuple"),
    "EMPTY_DICT": _empty("dict"),
    "EMPTY_SET": _empty("set"),
    "LIST": _from_mark("list"),
    "TUPLE": _from_mark("tuple"),
    "DICT": _from_mark("dict"),
    "FROZENSET": _from_mark("frozenset"),
    "TUPLE1": _small_tuple(1),
    "TUPLE2": _small_tuple(2),
    "TUPLE3": _small_tuple(3),
    "APPEND": _Reading.append,
    "APPENDS": _Reading.append_all,
    "ADDITEMS": _Reading.add_all,
    "SETITEM": _Reading.set_item,
    "SETITEMS": _Reading.set_all,
    "MEMOIZE": _Reading.memoize,
    **dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), _Reading.put),
    **dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), _Reading.get),
    "POP": _Reading.discard,
    "POP_MARK": _Reading.discard_to_mark,
    "DUP": _Reading.repeat,
    "GLOBAL": _Reading.name,
    "STACK_GLOBAL": _Reading.name_from_stack,
    **dict.fromkeys(("EXT1", "EXT2", "EXT4"), _Reading.extension),
    "PERSID": _Reading.persistent,
    "BINPERSID": _Reading.persistent_from_stack,
    "NEXT_BUFFER": _Reading.buffer,
    "REDUCE": _Reading.call,
    "NEWOBJ": _Reading.call,
    "NEWOBJ_EX": _Reading.call_with_names,
    "INST": _Reading.old_instance,
    "OBJ": _Reading.old_instance_from_stack,
    "BUILD": _Reading.build,
}  # all other opcodes push their argument
