"""Hooks on `multiprocessing.synchronize`: locks, semaphores, events, conditions and barriers of a person's code.

Those inside of queues, pools and conditions are called by multiprocessing itself and stay unrecorded.
"""

from __future__ import annotations

import functools
from types import MethodType

from ipclab.recorder import tell
from ipclab.trace import things
from ipclab.trace.hold import TimeLimit
from ipclab.trace.hooks import disguised, hide, hook_call, hook_making
from ipclab.trace.places import frame_above, maker_site, site_above
from ipclab.trace.record import (
    ACQUIRE,
    CLEAR,
    ERROR,
    FAILED,
    LIMITED,
    NOTIFY,
    NOWHERE,
    RELEASE,
    SET,
    WAIT_BARRIER,
    WAIT_CONDITION,
    WAIT_EVENT,
)  # fmt: skip
from ipclab.trace.writer import begin, end, point, stand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any


def hook(module: ModuleType) -> None:
    """Hook the module."""
    condition, event, barrier = module.Condition, module.Event, module.Barrier
    _hook_semaphores(module.SemLock)
    _hook_with(module.SemLock)
    for cls, number in ((condition, _of_condition), (event, _of_event), (barrier, _of_barrier)):
        hook_making(cls, functools.partial(_tell_lock, number))
    hook_call(condition, "wait", WAIT_CONDITION, _of_condition, limited=True)
    hook_call(condition, "notify", NOTIFY, _of_condition)
    hook_call(event, "wait", WAIT_EVENT, _of_event, limited=True)
    hook_call(event, "set", SET, _of_event)
    hook_call(event, "clear", CLEAR, _of_event)
    _hook_barrier(barrier)


def _tell_lock(number: Callable[[Any], int], thing: Any, place: int) -> None:
    about = {"lock": number_of(thing._lock)} if hasattr(thing, "_lock") else {}
    tell("lock", number=number(thing), made=type(thing).__name__, value=0, site=place, **about)


def _hook_barrier(cls: Any) -> None:
    """Its `wait` is threading's, whose inner locks are multiprocessing's: hooked for this class alone."""
    wait = cls.wait

    def hooked(self: Any, timeout: float | None = None) -> int:
        slot = 0
        try:
            slot = begin(WAIT_BARRIER, _of_barrier(self), site_above(), 0, self._parties)
            got: int = wait(self, timeout)
            end(slot, WAIT_BARRIER)
            return got
        except BaseException as error:
            end(slot, WAIT_BARRIER, ERROR)
            hide(error)
            raise

    cls.wait = disguised(hooked, wait)


def number_of(lock: Any) -> int:
    """Return the number of a semaphore, which lies in it since it was made."""
    return int(getattr(lock, "_ipclab_lock", 0))


def unhook(lock: Any) -> None:
    """Leave a lock alone that multiprocessing has inside of something of its own."""
    if lock is not None and number_of(lock):
        lock.acquire, lock.release = lock._semlock.acquire, lock._semlock.release
        lock._ipclab_lock = 0


def _of_condition(condition: Any) -> int:
    return number_of(condition._wait_semaphore) ^ 1


def _of_event(event: Any) -> int:
    return number_of(event._flag) ^ 1


def _of_barrier(barrier: Any) -> int:
    return number_of(barrier._cond._wait_semaphore) ^ 2


def _hook_semaphores(cls: Any) -> None:
    make, make_methods = cls.__init__, cls._make_methods

    def hooked_init(self: Any, kind: int, value: int, maxvalue: int, *, ctx: Any) -> None:
        try:
            make(self, kind, value, maxvalue, ctx=ctx)
            place = maker_site(frame_above(1))
            if place != NOWHERE:
                tell("lock", number=self._ipclab_lock, made=type(self).__name__, value=value, site=place)
        except BaseException as error:
            hide(error)
            raise

    def hooked_make_methods(self: Any) -> None:
        make_methods(self)
        name = getattr(self._semlock, "name", None)
        self._ipclab_lock = number = things.named(name) if name else things.new()
        # Bound as the methods of the C object are: kept in a class of a person's they are bound to nothing else.
        self.acquire = MethodType(_acquiring(self.acquire, number), self._semlock)
        self.release = MethodType(_releasing(self.release, number), self._semlock)

    cls.__init__ = disguised(hooked_init, make)
    cls._make_methods = disguised(hooked_make_methods, make_methods)


def _hook_with(cls: Any) -> None:
    enter, leave = cls.__enter__, cls.__exit__

    def hooked_enter(self: Any) -> Any:
        slot = 0
        try:
            if not self._ipclab_lock:
                return enter(self)
            place = site_above()
            if place == NOWHERE:
                return enter(self)
            slot = begin(ACQUIRE, self._ipclab_lock, place)
            got = enter(self)
            end(slot, ACQUIRE)
            return got
        except BaseException as error:
            end(slot, ACQUIRE, ERROR)
            hide(error)
            raise

    def hooked_exit(self: Any, *args: Any) -> Any:
        try:
            if not self._ipclab_lock:
                return leave(self, *args)
            place = site_above()
            if place != NOWHERE:
                stand(RELEASE, self._ipclab_lock, place)
                point(RELEASE, self._ipclab_lock, place)
            return leave(self, *args)
        except BaseException as error:
            hide(error)
            raise

    cls.__enter__ = disguised(hooked_enter, enter)
    cls.__exit__ = disguised(hooked_exit, leave)


def _acquiring(acquire: Callable[..., bool], number: int) -> Callable[..., bool]:
    def hooked(_: Any, /, *args: Any, **kwargs: Any) -> bool:  # wrong ones are the original's to complain of
        slot, flags, timeout = 0, 0, None
        try:
            place = site_above()
            if place == NOWHERE:
                return acquire(*args, **kwargs)
            if args or kwargs:
                block = args[0] if args else kwargs.get("block", True)
                timeout = args[1] if len(args) > 1 else kwargs.get("timeout")
                flags = 0 if block and timeout is None else LIMITED
            slot = begin(ACQUIRE, number, place, flags=flags)
            limit = TimeLimit() if timeout else None
            got = acquire(*args, **kwargs)
            while limit is not None and not got and (owed := limit.owed()):
                got = acquire(block, owed)
            end(slot, ACQUIRE, flags if got else flags | FAILED)
            return got
        except BaseException as error:
            end(slot, ACQUIRE, flags | ERROR)
            hide(error)
            raise

    made: Callable[..., bool] = disguised(hooked, acquire)
    return made


def _releasing(release: Callable[..., None], number: int) -> Callable[..., None]:
    def hooked(_: Any, /, *args: Any, **kwargs: Any) -> None:
        try:
            place = site_above()
            if place != NOWHERE:  # before it is: afterwards another process may have it already
                stand(RELEASE, number, place)
                point(RELEASE, number, place)
            release(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise

    made: Callable[..., None] = disguised(hooked, release)
    return made
