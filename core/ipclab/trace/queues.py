"""Hooks on `multiprocessing.queues`: a Queue's put and get apart from what its feeder thread writes.

A queue has the number of the pipe in it. What the feeder and `get` do to that pipe is recorded by `connection`'s hooks.
"""

from __future__ import annotations

import sys

from ipclab.gate import MODE_BYTE
from ipclab.recorder import tell
from ipclab.trace import things
from ipclab.trace.hold import TimeLimit, page
from ipclab.trace.hooks import disguised, hide
from ipclab.trace.places import frame_above, is_a_handlers, maker_site, site_above, sites
from ipclab.trace.record import (
    DROPPED,
    EMPTY,
    ERROR,
    FAILED,
    FLUSH,
    GET,
    JOIN_QUEUE,
    LIMITED,
    NOWHERE,
    PUT,
    TASK_DONE,
)  # fmt: skip
from ipclab.trace.synchronize import unhook
from ipclab.trace.writer import begin, end, now, pack, point, ring, stand, take, thread_number, threads, wait_turn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_getframe = sys._getframe
_PUT, _PUT_LIMITED = PUT << 8, PUT << 8 | LIMITED
_GET, _GET_LIMITED = GET << 8, GET << 8 | LIMITED


def hook(module: ModuleType) -> None:
    """Hook the module."""
    queue, joinable, simple = module.Queue, module.JoinableQueue, module.SimpleQueue
    for cls in (queue, simple):
        _hook_making(cls)
    for cls in (queue, joinable):
        _hook_put(cls, module.Full)
    _hook_get(queue, module.Empty)
    _hook_empty(queue)
    _hook_joinable(joinable)
    _hook_simple(simple)
    _hook_feeder(module)


def _pipe_of(queue: Any) -> int:
    """Return a queue's number, and keep it there; leave its own locks alone."""
    for name in ("_sem", "_rlock", "_wlock"):
        unhook(getattr(queue, name, None))
    number = 0
    for name in ("_reader", "_writer"):  # a pool's worker closes one of them
        one: Any = getattr(queue, name, None)
        if not number and getattr(one, "_handle", None) is not None:
            number = getattr(one, "_ipclab_end", 0) or things.inode(one._handle)
    queue._ipclab_queue = number
    return int(number)


def _number_of(queue: Any) -> int:
    return getattr(queue, "_ipclab_queue", 0) or _pipe_of(queue)


def _hook_making(cls: Any) -> None:
    make = cls.__init__

    def hooked(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            make(self, *args, **kwargs)
            limit = getattr(self, "_maxsize", 0)
            caller = frame_above(1)
            own = caller is not None and caller.f_globals.get("__name__") == cls.__module__
            if caller is not None and own and caller.f_code.co_name == "__init__":  # a JoinableQueue makes its Queue
                caller = caller.f_back
            about = {"made": type(self).__name__, "limit": limit if limit < 2**30 else 0, "site": maker_site(caller)}
            tell("queue", end=_pipe_of(self), **about)
        except BaseException as error:
            hide(error)
            raise

    cls.__init__ = disguised(hooked, make)


def _hook_put(cls: Any, full: type[Exception]) -> None:
    put = cls.put

    def hooked(self: Any, obj: Any, block: bool = True, timeout: float | None = None) -> None:
        slot, word = 0, _PUT if block and timeout is None else _PUT_LIMITED
        try:
            try:
                frame = _getframe(1)
                thing = self._ipclab_queue
                thread = threads.number
                place = sites[id(frame.f_code) + frame.f_lasti]
                slot = take()
            except (AttributeError, LookupError, ValueError) as error:
                if is_a_handlers(error):
                    raise
                thing, thread, place = _number_of(self), thread_number(), site_above()
                slot = ring.more(thing)
            limit = TimeLimit() if timeout else None
            if page[MODE_BYTE]:
                first, slot = slot, 0
                slot = wait_turn(first, PUT, thing, place, thread, flags=word & LIMITED)
            pack(ring.records, slot << 7, now(), thing, 0, 0, b"", 0, place, thread, word)
            while True:
                try:
                    put(self, obj, block, timeout)
                    break
                except full:
                    if limit is None or not (timeout := limit.owed()):
                        raise
            ring.ended[slot] = now()
        except BaseException as error:
            end(slot, PUT, word & LIMITED | (FAILED if isinstance(error, full) else ERROR))
            hide(error)
            raise

    cls.put = disguised(hooked, put)


def _hook_get(cls: Any, empty: type[Exception]) -> None:
    get = cls.get

    def hooked(self: Any, block: bool = True, timeout: float | None = None) -> Any:
        slot, word = 0, _GET if block and timeout is None else _GET_LIMITED
        try:
            try:
                frame = _getframe(1)
                thing = self._ipclab_queue
                thread = threads.number
                place = sites[id(frame.f_code) + frame.f_lasti]
                slot = take()
            except (AttributeError, LookupError, ValueError) as error:
                if is_a_handlers(error):
                    raise
                thing, thread, place = _number_of(self), thread_number(), site_above()
                slot = ring.more(thing)
            limit = TimeLimit() if timeout else None
            if page[MODE_BYTE]:
                first, slot = slot, 0
                slot = wait_turn(first, GET, thing, place, thread, flags=word & LIMITED)
            pack(ring.records, slot << 7, now(), thing, 0, 0, b"", 0, place, thread, word)
            while True:
                try:
                    got = get(self, block, timeout)
                    break
                except empty:
                    if limit is None or not (timeout := limit.owed()):
                        raise
            ring.ended[slot] = now()
            return got
        except BaseException as error:
            end(slot, GET, word & LIMITED | (FAILED if isinstance(error, empty) else ERROR))
            hide(error)
            raise

    cls.get = disguised(hooked, get)


def _hook_empty(cls: Any) -> None:
    empty = cls.empty

    def hooked(self: Any) -> bool:
        try:
            number, place = _number_of(self), site_above()
            stand(EMPTY, number, place)
            is_empty: bool = empty(self)
            point(EMPTY, number, place, int(is_empty))
            return is_empty
        except BaseException as error:
            hide(error)
            raise

    cls.empty = disguised(hooked, empty)


def _hook_joinable(cls: Any) -> None:
    task_done, join = cls.task_done, cls.join

    def hooked_task_done(self: Any) -> None:
        slot = 0
        try:
            slot = begin(TASK_DONE, _number_of(self), site_above())
            task_done(self)
            end(slot, TASK_DONE)
        except BaseException as error:
            end(slot, TASK_DONE, ERROR)
            hide(error)
            raise

    def hooked_join(self: Any) -> None:
        slot = 0
        try:
            slot = begin(JOIN_QUEUE, _number_of(self), site_above())
            join(self)
            end(slot, JOIN_QUEUE)
        except BaseException as error:
            end(slot, JOIN_QUEUE, ERROR)
            hide(error)
            raise

    cls.task_done = disguised(hooked_task_done, task_done)
    cls.join = disguised(hooked_join, join)


def _hook_simple(cls: Any) -> None:
    put, get = cls.put, cls.get

    def hooked_put(self: Any, obj: Any) -> None:
        slot = 0
        try:
            slot = begin(PUT, _number_of(self), site_above())
            put(self, obj)
            end(slot, PUT)
        except BaseException as error:
            end(slot, PUT, ERROR)
            hide(error)
            raise

    def hooked_get(self: Any) -> Any:
        slot = 0
        try:
            slot = begin(GET, _number_of(self), site_above())
            got = get(self)
            end(slot, GET)
            return got
        except BaseException as error:
            end(slot, GET, ERROR)
            hide(error)
            raise

    cls.put = disguised(hooked_put, put)
    cls.get = disguised(hooked_get, get)


def _hook_feeder(module: Any) -> None:
    """Note an item that cannot be pickled, which the feeder reports, or not even that while its process ends."""
    cls = module.Queue
    failed, info, flush = cls._on_queue_feeder_error, module.info, cls._finalize_join

    def hooked_error(e: Exception, obj: Any) -> None:
        _dropped(_getframe(1))
        failed(e, obj)

    def hooked_info(msg: str, *args: Any) -> None:
        _dropped(_getframe(1))
        info(msg, *args)

    def hooked_flush(twr: Any) -> None:
        thread = twr()
        arguments: Any = getattr(thread, "_args", ())
        if thread is None or not thread.is_alive() or len(arguments) < 3:
            flush(twr)
            return
        number = getattr(getattr(arguments[2], "__self__", None), "_ipclab_end", 0)
        slot = 0
        try:
            slot = begin(FLUSH, number, NOWHERE)
            flush(twr)
        finally:
            end(slot, FLUSH)

    cls._on_queue_feeder_error = staticmethod(disguised(hooked_error, failed))
    cls._finalize_join = staticmethod(disguised(hooked_flush, flush))
    module.info = disguised(hooked_info, info)


def _dropped(feeder: Any) -> None:
    if feeder.f_code.co_name != "_feed":
        return
    writer = getattr(feeder.f_locals.get("send_bytes"), "__self__", None)
    if writer is not None and "obj" in feeder.f_locals:
        point(DROPPED, getattr(writer, "_ipclab_end", 0) or things.inode(writer._handle), NOWHERE)
