"""Hooks on `multiprocessing.managers`: a proxy's call, from its request to its answer."""

from __future__ import annotations

from ipclab.recorder import tell
from ipclab.trace import things
from ipclab.trace.hooks import disguised, hide
from ipclab.trace.places import frame_above, maker_site
from ipclab.trace.record import CALL, ERROR, TEXT_SIZE
from ipclab.trace.writer import begin, end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def hook(module: ModuleType) -> None:
    """Hook the module."""
    cls = module.BaseProxy
    make, call = cls.__init__, cls._callmethod

    def hooked_init(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            make(self, *args, **kwargs)
            token, place = self._token, maker_site(frame_above(1))
            self._ipclab_proxy = number = things.named(str(token.address)) ^ int(token.id, 16)
            tell("proxy", number=number, made=token.typeid, address=str(token.address), site=place)
        except BaseException as error:
            hide(error)
            raise

    def hooked_call(self: Any, methodname: str, args: Any = (), kwds: Any = {}) -> Any:  # noqa: B006  # as the original
        slot = 0
        try:
            place = maker_site(frame_above(1))
            name = methodname.encode()[:TEXT_SIZE] if type(methodname) is str else b""
            slot = begin(CALL, getattr(self, "_ipclab_proxy", 0), place, 0, 0, name)
            result = call(self, methodname, args, kwds)
            end(slot, CALL)
            return result
        except BaseException as error:
            end(slot, CALL, ERROR)
            hide(error)
            raise

    cls.__init__ = disguised(hooked_init, make)
    cls._callmethod = disguised(hooked_call, call)
