"""Where the bytes of a pickle end before the pickle does: what its author had begun.

A pickle says what a value belongs to when the value is complete. So this is a guess where several things are possible:
what follows an empty list or dict is taken to be its content, and what follows a class its arguments.
"""

from __future__ import annotations

import codecs
import pickletools
from collections import deque

from ipclab.preview.parts import GROWING, MARK, PARTIAL, RECONSTRUCT, UNKNOWN, Items, Made, Name, NotAPickle, Part

BATCH = 1000  # pickle._Pickler._BATCHSIZE: items that one APPENDS, SETITEMS or ADDITEMS takes
STATE_IS_TUPLE = RECONSTRUCT | {PARTIAL, "numpy.dtype"}
CALLED_MODULES = frozenset({"datetime", "collections", "copyreg", "copy_reg", "_codecs"})
CALLED = STATE_IS_TUPLE | {
    *(
        f"builtins.{name}"
        for name in ("bytearray", "bytes", "complex", "frozenset", "getattr", "range", "set", "slice")
    ),
    "concurrent.futures.process._rebuild_exc",
    "multiprocessing.pool.rebuild_exc",
    "multiprocessing.reduction._rebuild_partial",
    "numpy._core.multiarray.scalar",
    "numpy._core.numeric._frombuffer",
    "numpy.core.multiarray.scalar",
    "numpy.core.numeric._frombuffer",
}  # functions with small letters that reduce a value; other such names are taken for values: what a pool is to call
OPCODES = {opcode.code: opcode for opcode in pickletools.opcodes}
PREFIXES = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}  # bytes that tell an argument's length


def take_beginning(stack: list[object], data: bytes, place: int) -> None:
    """Put onto the stack what is there of the argument that begins after `place`.

    Raises:
        NotAPickle: the bytes do not end within that argument: there is no such opcode, or its argument is wrong.
    """
    if place >= len(data):
        return
    opcode = OPCODES.get(chr(data[place]))
    if opcode is None or opcode.arg is None:
        raise NotAPickle
    rest, length = data[place + 1 :], opcode.arg.n
    if length == pickletools.UP_TO_NEWLINE:
        lines = 2 if opcode.name in ("GLOBAL", "INST") else 1
        if rest.count(b"\n") >= lines:
            raise NotAPickle
        if opcode.name == "UNICODE":
            stack.append(Part(rest.decode("raw-unicode-escape", "ignore")))
        return
    if length >= 0:
        if len(rest) >= length:
            raise NotAPickle
        return
    prefix = PREFIXES[length]
    body = rest[prefix:]
    if len(rest) >= prefix and int.from_bytes(rest[:prefix], "little") <= len(body):
        raise NotAPickle
    if opcode.name.endswith("UNICODE") or opcode.name == "BINUNICODE8":
        stack.append(Part(codecs.utf_8_decode(body, "replace", False)[0]))  # without the character that is cut
    elif "BYTE" in opcode.name:
        stack.append(Part(body))
    elif "STRING" in opcode.name:
        stack.append(Part(body.decode("latin-1")))


def closed(stack: list[object]) -> object:
    """Return what is on the stack, which is emptied, as one value: in the way in which `pickle` would have gone on."""
    tail: deque[object] = deque()
    while stack:
        value = stack.pop()
        if value is MARK:
            tail = deque([_opened_by_mark(stack, tail)])
        elif tail and _takes(value, tail):
            tail = deque([value if not isinstance(value, Name) else _begun(value, tail)])
        else:
            tail.appendleft(value)
    if not tail:
        return UNKNOWN
    return tail[0] if len(tail) == 1 else Items("tuple", tail, unfinished=True)


def _opened_by_mark(stack: list[object], tail: deque[object]) -> object:
    """Return what a MARK began: the content of the container below it, which is taken off the stack, or a tuple."""
    owner = stack[-1] if stack else None
    if isinstance(owner, Items) and owner.kind in ("list", "dict", "set") and len(owner.items) % BATCH == 0:
        owner.items += tail
        owner.unfinished = True
        return stack.pop()
    opened = Items("tuple", tail, unfinished=True)
    if not isinstance(owner, Made) or owner.state is not None or owner.grown is not None:
        return opened
    if owner.path in GROWING:
        opened.kind = GROWING[owner.path]
        owner.grown, owner.unfinished = opened, True
        return stack.pop()
    if owner.path in STATE_IS_TUPLE:
        owner.state, owner.unfinished = opened, True
        return stack.pop()
    return opened


def _is_called(function: Name) -> bool:
    """Tell whether arguments are likely to follow."""
    last = function.name.rpartition(".")[2].lstrip("_")
    return last[:1].isupper() or function.module in CALLED_MODULES or function.path in CALLED


def _takes(value: object, tail: deque[object]) -> bool:
    """Tell whether a value is to take what follows it, and let a container or an instance do so."""
    if isinstance(value, Items) and not value.items and len(tail) <= {"list": 1, "dict": 2}.get(value.kind, 0):
        value.items += tail
        value.unfinished = True
        return True
    first = tail[0]
    if isinstance(value, Made) and len(tail) == 1 and isinstance(first, Items) and first.kind in ("dict", "tuple"):
        if value.state is not None or value.grown is not None:
            return False
        value.state, value.unfinished = first, True
        return True
    return isinstance(value, Name) and _is_called(value) and len(tail) <= 3


def _begun(function: Name, tail: deque[object]) -> Made:
    first = tail[0]
    is_tuple = len(tail) == 1 and isinstance(first, Items) and first.kind == "tuple"
    return Made(function, first.items if is_tuple and isinstance(first, Items) else tail, unfinished=True)
