"""A bell by which one process wakes a thread of another: a semaphore with a name.

Only Linux has it. macOS has no time limit for a wait (Python looks again and again there), and Windows' semaphores are
handles without a name: there whoever waits has to look. A bell is made by who waits, beside the file of its process
that `path` names without its ending; its name goes once the other has found it, or with the run's folder.
"""

from __future__ import annotations

import os
import sys

from ipclab.outputs import run_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Bell(Protocol):
        """What is used of a `_multiprocessing.SemLock`."""

        def acquire(self, block: bool, timeout: float, /) -> bool:
            """Wait until it rings, or so many seconds; tell whether it rang."""

        def release(self) -> None:
            """Ring it."""


_SEMAPHORE = 1  # of _multiprocessing/semaphore.c: neither a lock nor owned by a thread


def made(path: str, place: int) -> Bell | None:
    """Make the bell of a thread in its own process; None where there is none."""
    if sys.platform == "linux":
        try:
            from _multiprocessing import SemLock

            bell: Bell = SemLock(_SEMAPHORE, 0, SemLock.SEM_VALUE_MAX, _name(path, place), False)
        except (ImportError, OSError):
            return None
        return bell
    return None


def found(path: str, place: int) -> Bell | None:
    """Find, once, the bell that another process has made, and take its name away; None where there is none."""
    if sys.platform == "linux":
        try:
            from _multiprocessing import SemLock, sem_unlink

            name = _name(path, place)
            bell: Bell = SemLock._rebuild(0, _SEMAPHORE, SemLock.SEM_VALUE_MAX, name)
            sem_unlink(name)
        except (ImportError, OSError):
            return None
        return bell
    return None


def _name(path: str, place: int) -> str:
    return f"/{run_name(os.path.dirname(path))}-{os.path.basename(path)}-{place}"
