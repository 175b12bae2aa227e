"""Hooks on `multiprocessing.sharedctypes`: what is read from a Value or an Array that has a lock, and written to it.

A raw one (`lock=False`) is ctypes' own object: nobody sees what is done to it.
"""

from __future__ import annotations

import sys

from ipclab.trace import things
from ipclab.trace.hooks import disguised, hide, hook_making
from ipclab.trace.record import ERROR, READ, WRITE
from ipclab.trace.synchronize import number_of
from ipclab.trace.writer import begin, end, end_with, new_site, sites, tell

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_getframe = sys._getframe


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


def _number(shared: Any) -> int:
    """Return the number of what lies in shared memory: of its arena and its place there; and keep it."""
    try:
        (arena, start, _), _ = shared._obj._wrapper._state
        number = things.placed(things.inode(arena.fd), start)
    except (AttributeError, ValueError, TypeError):
        number = things.new()
    shared._ipclab_shared = number
    return number


def _tell_shared(shared: Any, place: int) -> None:
    kind = "Array" if hasattr(shared._obj, "_length_") else "Value"
    about = {"made": kind, "type": type(shared._obj).__name__, "lock": number_of(shared._lock)}
    tell("shared", number=_number(shared), site=place, **about)


def _text(value: object) -> bytes:
    """Return a number as text; nothing of what may have a `repr` of its own."""
    return repr(value).encode() if type(value) in (int, float) else b""


def _hooked_property(original: property) -> property:
    read, write = original.fget, original.fset
    assert read is not None
    assert write is not None

    def get(self: Any) -> Any:
        frame = _getframe(1)
        place = sites.get(id(frame.f_code) + frame.f_lasti) or new_site(frame)
        slot = 0
        try:
            slot = begin(READ, getattr(self, "_ipclab_shared", 0) or _number(self), place, 0, -1)
            value = read(self)
        except BaseException as error:
            end(slot, READ, ERROR)
            hide(error)
            raise
        end_with(slot, 0, _text(value))
        return value

    def put(self: Any, value: Any) -> None:
        frame = _getframe(1)
        place = sites.get(id(frame.f_code) + frame.f_lasti) or new_site(frame)
        slot = 0
        try:
            slot = begin(WRITE, getattr(self, "_ipclab_shared", 0) or _number(self), place, 0, -1, _text(value))
            write(self, value)
        except BaseException as error:
            end(slot, WRITE, ERROR)
            hide(error)
            raise
        end(slot, WRITE)

    return property(disguised(get, read), disguised(put, write), original.fdel, original.__doc__)


def _hook_items(cls: Any) -> None:
    read, write = cls.__getitem__, cls.__setitem__

    def hooked_read(self: Any, i: Any) -> Any:
        frame = _getframe(1)
        place = sites.get(id(frame.f_code) + frame.f_lasti) or new_site(frame)
        slot = 0
        try:
            slot = begin(READ, getattr(self, "_ipclab_shared", 0) or _number(self), place, 0, _at(i))
            value = read(self, i)
        except BaseException as error:
            end(slot, READ, ERROR)
            hide(error)
            raise
        end_with(slot, 0, _text(value))
        return value

    def hooked_write(self: Any, i: Any, value: Any) -> None:
        frame = _getframe(1)
        place = sites.get(id(frame.f_code) + frame.f_lasti) or new_site(frame)
        slot = 0
        try:
            slot = begin(WRITE, getattr(self, "_ipclab_shared", 0) or _number(self), place, 0, _at(i), _text(value))
            write(self, i, value)
        except BaseException as error:
            end(slot, WRITE, ERROR)
            hide(error)
            raise
        end(slot, WRITE)

    cls.__getitem__ = disguised(hooked_read, read)
    cls.__setitem__ = disguised(hooked_write, write)


def _at(index: object) -> int:
    return index if type(index) is int and -(2**62) < index < 2**62 else -1
