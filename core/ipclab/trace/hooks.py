"""How hooks come into multiprocessing, and how they hide: each module of it is hooked as it is imported."""

from __future__ import annotations

from ipclab.importing import when_imported
from ipclab.trace.hold import TimeLimit
from ipclab.trace.places import frame_above, maker_site, site_above
from ipclab.trace.record import ERROR, FAILED, LIMITED, NOWHERE
from ipclab.trace.writer import begin, end

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType, TracebackType
    from typing import Any

HOOKED = {
    "concurrent.futures._base": "tasks",
    "concurrent.futures.process": "tasks",
    "multiprocessing.connection": "connection",
    "multiprocessing.managers": "managers",
    "multiprocessing.pool": "tasks",
    "multiprocessing.process": "process",
    "multiprocessing.queues": "queues",
    "multiprocessing.shared_memory": "shared_memory",
    "multiprocessing.sharedctypes": "sharedctypes",
    "multiprocessing.synchronize": "synchronize",
    "socket": "sockets",
    "time": "sleeping",
}  # module: file of this folder whose `hook` does it
OWN = ("ipclab.trace.", "ipclab.recorder", "ipclab.bell")  # modules in which a hook is at work
DISGUISE = ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__")


def disguised(hook: Any, original: Any) -> Any:
    """Give a hook the names of what it stands for: bound methods are pickled by name."""
    for name in DISGUISE:
        if hasattr(original, name):
            setattr(hook, name, getattr(original, name))
    return hook


def hide(error: BaseException) -> None:
    """Take the hook that handles an exception, and what it called, out of its traceback; a bare `raise` adds none.

    Where a signal's handler raised it while the hook handled an error of its own, that is not its context either.
    """
    trace = error.__traceback__
    while trace is not None and _is_own(trace):
        trace = trace.tb_next
    error.__traceback__ = trace
    while error.__context__ is not None and _is_of_hooks(error.__context__):
        error.__context__ = error.__context__.__context__


def _is_own(trace: TracebackType) -> bool:
    return str(trace.tb_frame.f_globals.get("__name__")).startswith(OWN)


def _is_of_hooks(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace is not None and _is_own(trace):
        trace = trace.tb_next
    return trace is None and error.__traceback__ is not None


def hook_call(
    cls: Any, name: str, operation: int, number_of: Callable[[Any], int], *, limited: bool = False, always: bool = False
) -> None:
    """Hook a method that is not called in hot loops: recorded from its begin to its end.

    Args:
        cls: the class that defines it.
        name: the method's.
        operation: of `record`.
        number_of: returns the thing that an object is known by.
        limited: it takes a time limit as `timeout` or first argument, and returns what is false once that is reached.
        always: record also what multiprocessing does for itself.
    """
    original = vars(cls)[name]

    def hooked(self: Any, *args: Any, **kwargs: Any) -> Any:
        slot, flags = 0, 0
        try:
            place = site_above()
            if limited and (args[:1] or (kwargs.get("timeout"),))[0] is not None:
                flags = LIMITED
            if place != NOWHERE or always:
                slot = begin(operation, number_of(self), place, flags=flags)
            limit = TimeLimit() if flags else None
            got = original(self, *args, **kwargs)
            while limit is not None and not got and (owed := limit.owed()):
                got = original(self, owed)
            end(slot, operation, flags | FAILED if flags and not got else flags)
            return got
        except BaseException as error:
            end(slot, operation, flags | ERROR)
            hide(error)
            raise

    setattr(cls, name, disguised(hooked, original))


def hook_making(cls: Any, tell_of: Callable[[Any, int], None]) -> None:
    """Hook a constructor: `tell_of(object, place)` is called where a person's code made the object."""
    original = cls.__init__

    def hooked(self: Any, *args: Any, **kwargs: Any) -> None:
        try:
            original(self, *args, **kwargs)
            place = maker_site(frame_above(1))
            if place != NOWHERE:
                tell_of(self, place)
        except BaseException as error:
            hide(error)
            raise

    cls.__init__ = disguised(hooked, original)


def install() -> None:
    """Hook what is imported already, now, and the rest when it is."""
    for name in HOOKED:
        when_imported(name, _hook)


def _hook(module: ModuleType) -> None:
    __import__(f"ipclab.trace.{HOOKED[module.__name__]}", fromlist=["hook"]).hook(module)
