"""Hooks on pools and executors: what is submitted, which worker runs it, who waits for its result.

A task is known by its function's name: what a person wrote, not the helper by which `map` calls it. A pool of threads
is none of multiprocessing's channels, and is left alone.
"""

from __future__ import annotations

from types import BuiltinFunctionType, FunctionType, MethodType

from ipclab.recorder import tell
from ipclab.trace.hold import TimeLimit
from ipclab.trace.hooks import disguised, hide
from ipclab.trace.places import frame_above, site
from ipclab.trace.record import ERROR, FAILED, LIMITED, NOWHERE, RESULT_OF, SUBMIT, TASK
from ipclab.trace.things import of_name
from ipclab.trace.writer import begin, end, point, stand

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType, ModuleType
    from typing import Any

OWN = ("multiprocessing.pool", "concurrent.futures.")  # modules through which a person's call goes on
HELPERS = frozenset({"mapstar", "starmapstar", "_process_chunk"})  # call a function for each of a chunk
NAMED = frozenset({FunctionType, BuiltinFunctionType, MethodType, type})  # to ask others may run a person's code

_told: set[int] = set()


def hook(module: ModuleType) -> None:
    """Hook `multiprocessing.pool`, `concurrent.futures.process` or `concurrent.futures._base`."""
    {
        "multiprocessing.pool": _hook_pool,
        "concurrent.futures.process": _hook_executor,
        "concurrent.futures._base": _hook_future,
    }[module.__name__](module)


def _hook_pool(module: Any) -> None:
    for name in ("apply_async", "_map_async", "imap", "imap_unordered"):
        _hook_submit(module.Pool, name)
    _hook_result(module.ApplyResult, "wait")
    _hook_result(module.IMapIterator, "next")
    module.IMapIterator.__next__ = module.IMapIterator.next
    module.worker = _worker(module.worker, lambda task: (task[2], task[3], task[0] << 20 | (task[1] or 0) & 0xFFFFF))


def _hook_executor(module: Any) -> None:
    _hook_submit(module.ProcessPoolExecutor, "submit")
    module._process_worker = _worker(module._process_worker, lambda item: (item.fn, item.args, item.work_id))


def _hook_future(module: Any) -> None:
    _hook_result(module.Future, "result")
    _hook_result(module.Future, "exception", inner=False)  # `wait` asks those that are done
    _hook_waiters(module)


def _hook_waiters(module: Any) -> None:
    """Hook what `wait` and `as_completed` wait for: both stay as they are, a function and a generator."""
    from threading import Event

    install, over = module._create_and_install_waiters, (module.CANCELLED_AND_NOTIFIED, module.FINISHED)

    class Awaited(Event):
        """Of some futures: the number of their function, 0 for several; never the futures, which would be kept."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self._number = number

        def wait(self, timeout: float | None = None) -> bool:
            slot, flags = 0, 0 if timeout is None else LIMITED
            try:
                place = site(_caller(frame_above(1)))
                if place != NOWHERE:
                    slot = begin(RESULT_OF, self._number, place, flags=flags)
                limit = TimeLimit() if timeout else None
                got = super().wait(timeout)
                while limit is not None and not got and (owed := limit.owed()):
                    got = super().wait(owed)
                if slot:
                    end(slot, RESULT_OF, flags if got else flags | FAILED)
                return got
            except BaseException as error:
                if slot:
                    end(slot, RESULT_OF, flags | ERROR)
                hide(error)
                raise

    def hooked(fs: Any, return_when: Any) -> Any:
        try:
            waiter = install(fs, return_when)  # nothing is set before the futures are let go
        except BaseException as error:
            hide(error)
            raise
        numbers = {one.__dict__.get("_ipclab_task", 0) for one in fs if one._state not in over}
        if any(numbers):
            waiter.event = Awaited(numbers.pop() if len(numbers) == 1 else 0)
        return waiter

    disguised(Awaited, Event)
    module._create_and_install_waiters = disguised(hooked, install)


def _hook_submit(cls: Any, name: str) -> None:
    submit = vars(cls)[name]

    def hooked(self: Any, /, *args: Any, **kwargs: Any) -> Any:  # a task may take a `func`, and a `self`
        number, place = 0, NOWHERE
        try:
            if not _of_threads(self):
                number = _number_of(args[0] if args else kwargs.get("func"), args[1:])
                place = site(_caller(frame_above(1)))
            stand(SUBMIT, number, place)
            made = submit(self, *args, **kwargs)
            if number:
                point(SUBMIT, number, place)
                if hasattr(made, "__dict__"):  # not a generator, as imap returns one where tasks are chunks
                    made._ipclab_task = number
            return made
        except BaseException as error:
            hide(error)
            raise

    setattr(cls, name, disguised(hooked, submit))


def _hook_result(cls: Any, name: str, *, inner: bool = True) -> None:
    """Hook a method that waits for a result.

    Args:
        cls: the class that defines it.
        name: the method's.
        inner: record it too where pools and executors call it, as for who iterates over what `map` returns.
    """
    original = vars(cls)[name]

    def hooked(self: Any, timeout: float | None = None) -> Any:
        slot, flags = 0, 0 if timeout is None else LIMITED
        try:
            number = self.__dict__.get("_ipclab_task", 0)
            told = number and (inner or not _is_own(frame_above(1)))
            place = site(_caller(frame_above(1))) if told else NOWHERE
            if place != NOWHERE:
                slot = begin(RESULT_OF, number, place, flags=flags)
            limit = TimeLimit() if timeout else None
            while True:
                try:
                    result = original(self, timeout)
                    break
                except TimeoutError:
                    if limit is None or not (timeout := limit.owed()):
                        raise
            if slot:
                end(slot, RESULT_OF, flags)
            return result
        except BaseException as error:
            if slot:
                end(slot, RESULT_OF, flags | (FAILED if isinstance(error, TimeoutError) else ERROR))
            hide(error)
            raise

    setattr(cls, name, disguised(hooked, original))


def _worker(worker: Callable[..., Any], task_of: Callable[[Any], tuple[Any, Any, int]]) -> Any:
    """Return what a worker runs, so that what it takes out of one queue is a task until it puts into the other.

    Args:
        worker: takes the two queues first. Those of threads are left alone.
        task_of: returns function, arguments and number of what was taken.
    """

    def hooked(tasks: Any, results: Any, *args: Any, **kwargs: Any) -> Any:
        if _is_queue(tasks) and _is_queue(results):
            _record_tasks(tasks, results, task_of)
        try:
            return worker(tasks, results, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise

    return disguised(hooked, worker)


def _record_tasks(tasks: Any, results: Any, task_of: Callable[[Any], tuple[Any, Any, int]]) -> None:
    get, put, slots = tasks.get, results.put, [0]

    def take(*args: Any, **kwargs: Any) -> Any:
        try:
            got = get(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        if got is not None:
            func, arguments, number = task_of(got)
            slots[0] = begin(TASK, _number_of(func, arguments), NOWHERE, 0, number)
        return got

    def give(*args: Any, **kwargs: Any) -> Any:
        slot, slots[0] = slots[0], 0
        if slot:
            end(slot, TASK)
        try:
            return put(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise

    tasks.get, results.put = take, give


def _is_queue(one: Any) -> bool:
    return any(cls.__module__ == "multiprocessing.queues" for cls in type(one).__mro__)


def _of_threads(pool: Any) -> bool:
    """Tell whether a pool's workers are threads: `ThreadPool` is a Pool too."""
    return any(cls.__name__ == "ThreadPool" and cls.__module__ == "multiprocessing.pool" for cls in type(pool).__mro__)


def _caller(frame: FrameType | None) -> FrameType | None:
    """Return the frame that called into pools and executors."""
    while frame is not None and _is_own(frame):
        frame = frame.f_back
    return frame


def _is_own(frame: FrameType | None) -> bool:
    return frame is not None and str(frame.f_globals.get("__name__")).startswith(OWN)


def _number_of(func: Any, args: Any) -> int:
    """Return the number by which a function is known, after it was told."""
    name = _name(func, args)
    number = of_name(name)
    if number not in _told:
        _told.add(number)
        tell("function", number=number, made=name)
    return number


def _name(func: Any, args: Any) -> str:
    """Return a function's name without running anything of a person's."""
    if type(func).__name__ == "partial" and type(func).__module__ == "functools":
        func = func.args[0] if _is_helper(func.func) and func.args else func.func
    elif _is_helper(func) and type(args) is tuple and args and type(args[0]) is tuple and args[0]:
        func = args[0][0]  # of (function, chunk)
    return str(func.__qualname__ if type(func) in NAMED else type(func).__qualname__)


def _is_helper(func: Any) -> bool:
    return type(func) is FunctionType and func.__name__ in HELPERS and str(func.__module__).startswith(OWN)
