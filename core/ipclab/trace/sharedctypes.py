"""Hooks on `multiprocessing.sharedctypes`: what is read from a Value or an Array that has a lock, and written to it.

A raw one (`RawArray`, `lock=False`) is ctypes' own object: nobody sees what is done to it. That it was made is told,
and which processes have it: who made it, unpickled it at their start, or was forked with it among the arguments.
"""

from __future__ import annotations

import os
from itertools import islice

from ipclab.recorder import tell
from ipclab.trace import things
from ipclab.trace.hooks import disguised, hide, hook_making
from ipclab.trace.places import frame_above, maker_site, site_above
from ipclab.trace.record import ERROR, NOWHERE, READ, WRITE
from ipclab.trace.synchronize import number_of
from ipclab.trace.writer import begin, end, end_with

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType
    from typing import Any

MOST = 256  # raw ones of a process that are told: they may be made by the thousand, and a picture has no room for these
DEPTH, LOOKED_AT = 3, 256  # how deep, and at how many things, arguments are looked through
_MAKERS = ("Value", "Array", "RawValue", "RawArray")

_raw_types: dict[int, type] = {}  # by `id`: hashing a type may be a metaclass's own business
_synchronized: list[type] = []  # SynchronizedBase, once there is one
_told: set[tuple[int, int, str]] = set()  # pid, number, words: children by fork inherit those of their parents


def hook(module: Any) -> None:
    """Hook the module."""
    make_property = module.make_property
    whole: dict[str, property] = {}

    def hooked(name: str) -> property:
        if name not in whole:
            whole[name] = _hooked_property(make_property(name))
        return whole[name]

    module.make_property = disguised(hooked, make_property)
    module.Synchronized.value = hooked("value")
    module.SynchronizedString.value, module.SynchronizedString.raw = hooked("value"), hooked("raw")
    _hook_items(module.SynchronizedArray)
    hook_making(module.SynchronizedBase, _tell_shared)
    _synchronized.append(module.SynchronizedBase)
    _hook_raw(module)


def _placed(wrapper: Any) -> int:
    """Return the number of a piece of shared memory: of its arena and its place there; 0 where it has none."""
    try:
        (arena, start, _), _ = wrapper._state
        memory = things.inode(arena.fd) if hasattr(arena, "fd") else things.of_name(arena.name)  # Windows: by name
        return things.placed(memory, start)
    except (AttributeError, ValueError, TypeError):
        return 0


def _number(shared: Any) -> int:
    """Return the number of a Value or an Array that has a lock, and keep it."""
    shared._ipclab_shared = number = _placed(getattr(shared._obj, "_wrapper", None)) or things.new()
    return number


def _tell_shared(shared: Any, place: int) -> None:
    kind = "Array" if hasattr(shared._obj, "_length_") else "Value"
    about = {"made": kind, "type": type(shared._obj).__name__, "lock": number_of(shared._lock)}
    tell("shared", number=_number(shared), site=place, **about)


# ---------------------------------------------------------------------------------------- what passes no hook


def _hook_raw(module: Any) -> None:
    """Hook what all of them are made by, and what they come out of in a process that is started with them."""
    new, rebuild = module._new_value, module.rebuild_ctype
    code, names = new.__code__, vars(module)

    def made_by(frame: FrameType | None) -> str:
        """Return which function of the module a person's code has called."""
        made = ""
        while frame is not None and frame.f_globals is names:
            made, frame = frame.f_code.co_name, frame.f_back
        return made

    def hooked_new(type_: Any) -> Any:
        try:
            raw = new(type_)
            place = maker_site(frame_above(1))
            if place != NOWHERE:
                made = made_by(frame_above(1))
                if made not in _MAKERS:  # copy
                    made = "RawArray" if issubclass(type_, module.ctypes.Array) else "RawValue"
                _tell_raw(raw, made, place)
            return raw
        except BaseException as error:
            hide(error)
            raise

    def hooked_rebuild(type_: Any, wrapper: Any, length: Any) -> Any:
        try:
            raw = rebuild(type_, wrapper, length)
        except BaseException as error:
            hide(error)
            raise
        _raw_types[id(type(raw))] = type(raw)
        above = frame_above(1)
        if above is None or above.f_code is not code:
            number = _placed(wrapper)
            if number and _is_new(number, "has"):
                tell("has", number=number)
        return raw

    module._new_value = disguised(hooked_new, new)
    module.rebuild_ctype = disguised(hooked_rebuild, rebuild)


def _is_new(number: int, words: str) -> bool:
    """Tell whether something is to be told in this process, and take that it is."""
    known = (os.getpid(), number, words)
    if known in _told or len(_told) == MOST:
        return False
    _told.add(known)
    return True


def _tell_raw(raw: Any, made: str, place: int) -> None:
    number = _placed(object.__getattribute__(raw, "_wrapper"))
    kind = type(raw).__name__
    if number and _is_new(number, f"{made} of {kind}"):
        tell("shared", number=number, made=made, type=kind, lock=0, raw=True, site=place)


def handed(process: Any) -> set[int]:
    """Return the numbers of what a process that will be forked is given: as arguments, or as attributes of its object.

    What lies in other things than tuples, lists and dicts, or is known by a global name, is not found.
    """
    found: set[int] = set()
    looked = [(object.__getattribute__(process, "__dict__"), 0)] if _told else []
    for thing, depth in looked:
        kind = type(thing)
        if kind in (tuple, list, dict):
            if depth <= DEPTH:
                some = islice(thing.values() if kind is dict else thing, max(0, LOOKED_AT - len(looked)))
                looked += [(one, depth + 1) for one in list(some)]  # at once: other threads may change it
        elif _raw_types.get(id(kind)) is kind:
            found.add(_placed(object.__getattribute__(thing, "__dict__").get("_wrapper")))
        elif any(issubclass(kind, base) for base in _synchronized):
            found.add(object.__getattribute__(thing, "__dict__").get("_ipclab_shared", 0))
    return found - {0}


# ------------------------------------------------------------------------------------------------- what has a lock


def _text(value: object) -> bytes:
    """Return a number as text; nothing of what may have a `repr` of its own."""
    return repr(value).encode() if type(value) in (int, float) else b""


def _hooked_property(original: property) -> property:
    read, write = original.fget, original.fset
    assert read is not None
    assert write is not None

    def get(self: Any) -> Any:
        slot = 0
        try:
            place = site_above()
            slot = begin(READ, getattr(self, "_ipclab_shared", 0) or _number(self), place, 0, -1)
            value = read(self)
            end_with(slot, 0, _text(value))
            return value
        except BaseException as error:
            end(slot, READ, ERROR)
            hide(error)
            raise

    def put(self: Any, value: Any) -> None:
        slot = 0
        try:
            place = site_above()
            slot = begin(WRITE, getattr(self, "_ipclab_shared", 0) or _number(self), place, 0, -1, _text(value))
            write(self, value)
            end(slot, WRITE)
        except BaseException as error:
            end(slot, WRITE, ERROR)
            hide(error)
            raise

    return property(disguised(get, read), disguised(put, write), original.fdel, original.__doc__)


def _hook_items(cls: Any) -> None:
    read, write = cls.__getitem__, cls.__setitem__

    def hooked_read(self: Any, i: Any) -> Any:
        slot = 0
        try:
            place = site_above()
            slot = begin(READ, getattr(self, "_ipclab_shared", 0) or _number(self), place, 0, _at(i))
            value = read(self, i)
            end_with(slot, 0, _text(value))
            return value
        except BaseException as error:
            end(slot, READ, ERROR)
            hide(error)
            raise

    def hooked_write(self: Any, i: Any, value: Any) -> None:
        slot = 0
        try:
            place = site_above()
            slot = begin(WRITE, getattr(self, "_ipclab_shared", 0) or _number(self), place, 0, _at(i), _text(value))
            write(self, i, value)
            end(slot, WRITE)
        except BaseException as error:
            end(slot, WRITE, ERROR)
            hide(error)
            raise

    cls.__getitem__ = disguised(hooked_read, read)
    cls.__setitem__ = disguised(hooked_write, write)


def _at(index: object) -> int:
    return index if type(index) is int and -(2**62) < index < 2**62 else -1
