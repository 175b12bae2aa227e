"""Tasks of a pool and of an executor, as an experiment: what the tests of tasks know the truth of."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, as_completed, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.pool import ThreadPool
from time import sleep
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ipclab.lab import Lab


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is submitted."""

    rests: Literal["", "apply", "wait", "as_completed"] = ""  # how main waits for a task that never ends


def square(x: int) -> int:
    """Return a square."""
    return x * x


def add(x: int, y: int) -> int:
    """Return a sum."""
    return x + y


def fail(x: int) -> None:
    """Raise an exception."""
    raise ValueError(x)


def slow(x: int) -> int:
    """Return what it got, later."""
    sleep(0.05)
    return x


def rest(lock: Any) -> None:
    """Wait for a lock that nobody gives back."""
    lock.acquire()


def rest_too(lock: Any) -> None:
    """Wait for it as well."""
    lock.acquire()


def run(lab: Lab, options: Options) -> None:
    """Submit in every way that there is; or one task that never ends."""
    if options.rests:
        lock = lab.mp.Manager().Lock()
        lock.acquire()
        if options.rests == "apply":
            with lab.mp.Pool(1) as pool:
                pool.apply(rest, (lock,))
        with ProcessPoolExecutor(2, lab.mp) as executor:
            if options.rests == "wait":
                wait([executor.submit(rest, lock), executor.submit(rest, lock)])
            list(as_completed([executor.submit(rest, lock), executor.submit(rest_too, lock)]))
    with lab.mp.Pool(2) as pool:
        assert pool.map(square, range(6), 2) == [0, 1, 4, 9, 16, 25]
        assert pool.starmap(add, [(1, 2), (3, 4)], 1) == [3, 7]
        assert pool.apply(square, (3,)) == 9
        assert list(pool.imap(square, range(3))) == [0, 1, 4]
        assert list(pool.imap(square, range(4), 2)) == [0, 1, 4, 9]
        with suppress(ValueError):
            pool.apply(fail, (1,))
    with ProcessPoolExecutor(2, lab.mp) as executor:
        assert list(executor.map(square, range(4), chunksize=2)) == [0, 1, 4, 9]
        assert executor.submit(partial(add, 1), 9).result() == 10
        assert isinstance(executor.submit(fail, 2).exception(), ValueError)
        assert len(wait([executor.submit(slow, n) for n in range(2)]).done) == 2
        assert sorted(one.result() for one in as_completed([executor.submit(slow, n) for n in range(2)])) == [0, 1]
    with ThreadPool(1) as threads:
        assert threads.map(square, range(2)) == [0, 1]
