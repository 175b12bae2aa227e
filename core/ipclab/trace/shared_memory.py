"""Hooks on `multiprocessing.shared_memory`: blocks made, attached, closed and unlinked, and a ShareableList's items."""

from __future__ import annotations

from ipclab.recorder import tell
from ipclab.trace import things
from ipclab.trace.hooks import disguised, hide
from ipclab.trace.places import frame_above, site, site_above
from ipclab.trace.record import ATTACH, CLOSE, CREATE, ERROR, NOWHERE, READ, UNLINK, WRITE
from ipclab.trace.writer import begin, end, point, stand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def hook(module: ModuleType) -> None:
    """Hook the module."""
    _hook_block(module.SharedMemory)
    _hook_list(module.ShareableList)


def _hook_block(cls: Any) -> None:
    make, close, unlink = cls.__init__, cls.close, cls.unlink

    def hooked_init(self: Any, name: str | None = None, create: bool = False, size: int = 0, **kwargs: Any) -> None:
        try:
            caller = frame_above(1)
            if caller is not None and caller.f_globals.get("__name__") == cls.__module__:  # a ShareableList's
                caller = caller.f_back
            place = site(caller)
            stand(CREATE if create else ATTACH, 0, place, size if type(size) is int and 0 <= size < 2**62 else 0)
            make(self, name, create, size, **kwargs)
            self._ipclab_block = number = things.named(self._name)
            tell("block", number=number, name=self.name, size=self._size, site=place)
            point(CREATE if create else ATTACH, number, place, self._size)
        except BaseException as error:
            hide(error)
            raise

    def hooked_close(self: Any) -> None:
        try:
            caller = frame_above(1)
            number = getattr(self, "_ipclab_block", 0)
            if number and self._mmap is not None:
                deleted = caller is not None and caller.f_code.co_name == "__del__"
                place = NOWHERE if deleted else site(caller)
                stand(CLOSE, number, place)
                point(CLOSE, number, place)
            close(self)
        except BaseException as error:
            hide(error)
            raise

    def hooked_unlink(self: Any) -> None:
        try:
            number, place = getattr(self, "_ipclab_block", 0), site_above()
            stand(UNLINK, number, place)
            unlink(self)
            point(UNLINK, number, place)
        except BaseException as error:
            hide(error)
            raise

    cls.__init__ = disguised(hooked_init, make)
    cls.close = disguised(hooked_close, close)
    cls.unlink = disguised(hooked_unlink, unlink)


def _hook_list(cls: Any) -> None:
    read, write = cls.__getitem__, cls.__setitem__

    def hooked_read(self: Any, position: Any) -> Any:
        slot = 0
        try:
            slot = begin(READ, getattr(self.shm, "_ipclab_block", 0), site_above(), 0, _at(position))
            value = read(self, position)
            end(slot, READ)
            return value
        except BaseException as error:
            end(slot, READ, ERROR)
            hide(error)
            raise

    def hooked_write(self: Any, position: Any, value: Any) -> None:
        slot = 0
        try:
            slot = begin(WRITE, getattr(self.shm, "_ipclab_block", 0), site_above(), 0, _at(position))
            write(self, position, value)
            end(slot, WRITE)
        except BaseException as error:
            end(slot, WRITE, ERROR)
            hide(error)
            raise

    cls.__getitem__ = disguised(hooked_read, read)
    cls.__setitem__ = disguised(hooked_write, write)


def _at(position: object) -> int:
    return position if type(position) is int else -1
