"""Hooks on `multiprocessing.process`: starts and joins as operations that take time. Lives are recorded by boot."""

from __future__ import annotations

import sys

from ipclab.recorder import tell
from ipclab.trace.hold import TimeLimit
from ipclab.trace.hooks import disguised, hide
from ipclab.trace.places import site_above
from ipclab.trace.record import ERROR, FAILED, JOIN, LIMITED, START
from ipclab.trace.writer import begin, end, end_with

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def hook(module: ModuleType) -> None:
    """Hook the module."""
    cls = module.BaseProcess  # type: ignore[attr-defined, unused-ignore]
    start, join = cls.start, cls.join

    def hooked_start(self: Any) -> None:
        slot = 0
        try:
            shares = sys.modules.get("ipclab.trace.sharedctypes")
            given = shares.handed(self) if shares is not None else ()
            slot = begin(START, 0, site_above(2))  # 1 is boot's hook
            start(self)
            end_with(slot, self._popen.pid or 0, b"")
            slot = 0
            if getattr(type(self._popen), "method", "") == "fork":  # others tell what they have when they unpickle it
                for number in given:
                    tell("has", number=number, pid=self._popen.pid)
        except BaseException as error:
            end(slot, START, ERROR)
            hide(error)
            raise

    def hooked_join(self: Any, timeout: float | None = None) -> None:
        child = self._popen
        flags = 0 if timeout is None else LIMITED
        slot = 0
        try:
            slot = begin(JOIN, 0, site_above(), (child.pid or 0) if child is not None else 0, flags=flags)
            limit = TimeLimit() if timeout else None
            join(self, timeout)
            while limit is not None and child.returncode is None and (owed := limit.owed()):
                join(self, owed)
            end(slot, JOIN, flags | FAILED if flags and child.returncode is None else flags)
        except BaseException as error:
            end(slot, JOIN, flags | ERROR)
            hide(error)
            raise

    cls.start = disguised(hooked_start, start)
    cls.join = disguised(hooked_join, join)
