"""Values that are pickled as a call and have a shape of their own in Python: dates, sets, methods, numpy's arrays.

Each function adds one to a text, and returns False, with nothing added, where it was given something else than Python
writes. All raise Full.
"""

from __future__ import annotations

import struct
from collections.abc import Callable

from ipclab.preview.parts import GROWING, PARTIAL, RECONSTRUCT, UNKNOWN, Items, Kind, Made, Name, Part
from ipclab.preview.text import Full, Text, attributes, printable

NUMPY_KINDS = {"b": "bool", "i": "int", "u": "uint", "f": "float", "c": "complex"}
NUMPY_CODES = {
    "b1": "?", "i1": "b", "i2": "h", "i4": "i", "i8": "q", "u1": "B", "u2": "H", "u4": "I", "u8": "Q",
    "f2": "e", "f4": "f", "f8": "d",
}  # of scalars, as struct names them  # fmt: skip


def date(text: Text, made: Made, depth: int) -> bool:
    """Add a date or a datetime: its bytes are year (2), month, day; hour, minute, second, microsecond (3)."""
    packed = bytes_of(made.arguments)
    if packed is None or len(packed) not in (4, 10):
        return False
    day = [int.from_bytes(packed[:2]), packed[2] & 0x7F, packed[3]]  # the month's highest bit is `fold`
    return moment(text, made, [*day, *clock(packed[4:])], depth)


def time(text: Text, made: Made, depth: int) -> bool:
    """Add a time of day."""
    packed = bytes_of(made.arguments)
    if packed is None or len(packed) != 6:
        return False
    return moment(text, made, clock(bytes((packed[0] & 0x7F,)) + packed[1:]), depth)


def clock(packed: bytes) -> list[int]:
    """Return hour, minute, second, microsecond, without what is zero at the end, as `repr` does."""
    if not packed:
        return []
    numbers = [*packed[:3], int.from_bytes(packed[3:])]
    while len(numbers) > 2 and not numbers[-1]:
        numbers.pop()
    return numbers


def moment(text: Text, made: Made, numbers: list[int], depth: int) -> bool:
    """Add a date or time by its numbers, and its time zone."""
    zone = (("tzinfo=", zone) for zone in made.arguments[1:])
    pieces = (*(("", number) for number in numbers), *zone)
    text.called(made.function, iter(pieces), depth, unfinished=made.unfinished)
    return True


def bytes_of(arguments: list[object]) -> bytes | None:
    """Return the first argument where it is bytes; up to protocol 2 they are a call of `_codecs.encode`."""
    first = arguments[0] if arguments else None
    if isinstance(first, Made) and first.path == "_codecs.encode" and first.arguments:
        first = first.arguments[0]
        if isinstance(first, str):
            return first.encode("latin-1", "replace")
    return first if isinstance(first, bytes) else None


def encoded(text: Text, made: Made, depth: int) -> bool:
    """Add bytes as protocols 0 to 2 have them."""
    first = made.arguments[0] if made.arguments else None
    if isinstance(first, Part) and isinstance(first.value, str):
        text.value(Part(first.value.encode("latin-1", "replace")), depth)
    packed = bytes_of([made])
    if packed is None:
        return False
    text.value(packed, depth)
    return True


def no_bytes(text: Text, made: Made, _: int) -> bool:
    """Add empty bytes as protocols 0 to 2 have them."""
    if made.arguments or made.unfinished:
        return False
    text.add("b''")
    return True


def a_set(text: Text, made: Made, depth: int) -> bool:
    """Add a set or frozenset as protocols 0 to 3 have them."""
    items = made.arguments[0] if len(made.arguments) == 1 else None
    if not isinstance(items, Items):
        return False
    kind: Kind = "frozenset" if made.path.endswith("frozenset") else "set"
    text.items(Items(kind, items.items, unfinished=items.unfinished or made.unfinished), depth)
    return True


def grown(text: Text, made: Made, depth: int) -> bool:
    """Add a deque, OrderedDict or defaultdict: its content first, if a deque; then its greatest length."""
    if made.path != "collections.deque" or made.unfinished or len(made.arguments) > 2:
        return False
    pieces: list[tuple[str, object]] = [("", made.grown or Items("list"))]
    pieces += [("maxlen=", argument) for argument in made.arguments[1:]]
    text.called(made.function, iter(pieces), depth)
    return True


def attribute(text: Text, made: Made, depth: int) -> bool:
    """Add a bound method: what it is bound to, a point, its name."""
    owner, name = made.arguments[:1], made.arguments[1:]
    if not owner or not (made.unfinished or (len(name) == 1 and isinstance(name[0], str))):
        return False
    text.value(owner[0], depth)
    if made.unfinished:
        raise Full
    text.add(f".{printable(str(name[0]))}")
    return True


def instance(text: Text, made: Made, depth: int) -> bool:
    """Add an instance as protocols 0 and 1 have it: the class is the first argument."""
    if not made.arguments or not isinstance(made.arguments[0], Name):
        return False
    text.called(made.arguments[0], attributes(made.state), depth, unfinished=made.unfinished)
    return True


def exception(text: Text, made: Made, depth: int) -> bool:
    """Add an exception that a pool sends back, without the traceback's text behind it."""
    if not made.arguments:
        return False
    text.value(made.arguments[0], depth)
    if made.unfinished and len(made.arguments) < 2:
        raise Full
    return True


def partial(text: Text, made: Made, depth: int) -> bool:
    """Add a `functools.partial`, whose state (or, by multiprocessing, arguments) is function, arguments, keywords."""
    known = made.state.items if isinstance(made.state, Items) else made.arguments
    pieces: list[tuple[str, object]] = [("", value) for value in known[:1]]
    for more in known[1:3]:
        if isinstance(more, Items):
            pieces += [("", value) for value in more.items] if more.kind == "tuple" else attributes(more)
    text.called(Name("functools", "partial"), iter(pieces), depth, unfinished=made.unfinished)
    return True


def array(text: Text, made: Made, depth: int) -> bool:
    """Add a numpy array by shape and type. Its state is version, shape, dtype, order, content."""
    if made.path in RECONSTRUCT:
        of = made.arguments[0] if made.arguments else None
        known = made.state.items[1:3] if isinstance(made.state, Items) else []
    else:  # _frombuffer, protocol 5: content, dtype, shape, order
        of, known = None, made.arguments[2:0:-1] if len(made.arguments) > 2 else []
    pieces: list[tuple[str, object]] = [("shape=", shape) for shape in known[:1] if isinstance(shape, Items)]
    pieces += [("dtype=", Name("numpy", type_name(kind))) for kind in known[1:] if isinstance(kind, Made)]
    name = of if isinstance(of, Name) else Name("numpy", "ndarray")
    text.called(name, iter(pieces), depth, unfinished=made.unfinished or len(pieces) < 2)
    return True


def type_name(made: Made) -> str:
    """Return a dtype's name: `float64`; `>float64` where its bytes are in the other order; `<U5` and the like."""
    code = made.arguments[0] if made.arguments else None
    if not isinstance(code, str) or not code:
        return "?"
    order = made.state.items[1] if isinstance(made.state, Items) and len(made.state.items) > 1 else ""
    kind = NUMPY_KINDS.get(code[:1])
    if kind is None or not code[1:].isdecimal() or len(code) > 3:
        return f"{order}{code}" if order in ("<", ">") else code
    name = kind if kind == "bool" else f"{kind}{8 * int(code[1:])}"
    return f">{name}" if order == ">" else name


def dtype(text: Text, made: Made, depth: int) -> bool:
    """Add a numpy dtype that stands by itself."""
    text.called(made.function, iter([("", type_name(made))]), depth)
    return True


def scalar(text: Text, made: Made, depth: int) -> bool:
    """Add a number of numpy: `float64(1.5)`."""
    kind, packed = made.arguments[0] if made.arguments else None, bytes_of(made.arguments[1:])
    if not isinstance(kind, Made) or not kind.arguments:
        return False
    function = Name("numpy", type_name(kind))
    code = NUMPY_CODES.get(str(kind.arguments[0]))
    if packed is None or code is None or struct.calcsize(code) != len(packed):
        text.called(function, iter([("", UNKNOWN)]), depth)
    else:
        order = ">" if function.name[0] == ">" else "<"
        text.called(function, iter([("", struct.unpack(order + code, packed)[0])]), depth)
    return True


SPECIAL: dict[str, Callable[[Text, Made, int], bool]] = {
    "datetime.date": date,
    "datetime.datetime": date,
    "datetime.time": time,
    "_codecs.encode": encoded,
    "builtins.bytes": no_bytes,
    "builtins.set": a_set,
    "builtins.frozenset": a_set,
    "builtins.getattr": attribute,
    "copyreg._reconstructor": instance,
    "copy_reg._reconstructor": instance,
    "concurrent.futures.process._rebuild_exc": exception,
    "multiprocessing.pool.rebuild_exc": exception,
    PARTIAL: partial,
    "multiprocessing.reduction._rebuild_partial": partial,
    **dict.fromkeys(GROWING, grown),
    **dict.fromkeys(RECONSTRUCT, array),
    "numpy._core.numeric._frombuffer": array,
    "numpy.core.numeric._frombuffer": array,
    "numpy._core.multiarray.scalar": scalar,
    "numpy.core.multiarray.scalar": scalar,
    "numpy.dtype": dtype,
}
