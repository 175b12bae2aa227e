"""Threads that begin with a call of multiprocessing, with no line of Python below it."""

from __future__ import annotations

import _thread
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipclab.lab import Lab


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Nothing to choose."""


def run(lab: Lab, _: Options) -> None:
    """Run it."""
    here, there = lab.mp.Pipe()
    _thread.start_new_thread(here.send, ("hello",))
    assert there.recv() == "hello"
    queue, lock, last = lab.mp.Queue(), lab.mp.Lock(), lab.mp.Lock()
    _thread.start_new_thread(queue.put, (1,))
    assert queue.get() == 1
    _thread.start_new_thread(lock.acquire, ())
    while lock.acquire(False):
        lock.release()
    last.acquire()
    _thread.start_new_thread(last.release, ())
    assert last.acquire(timeout=30)
