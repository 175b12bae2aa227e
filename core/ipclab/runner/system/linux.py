"""Linux: child subreapers, pidfds, inotify, /proc."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import suppress

from ipclab.outputs import run_name
from ipclab.runner.system import posix
from ipclab.runner.system.posix import (
    ASKED,
    ENDED,
    Asked,
    ask_to_end,
    code_of,
    end,
    exists,
    hold,
    ignore_signals,
    input_pipe,
    interrupt,
    is_held,
    is_own,
    pipe_end,
    read_at,
    reap,
    start,
    start_keeper,
    start_runner,
    wait,
    write_at,
)

assert sys.platform == "linux"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from typing import Any

CREDIT, BATCH = 3, 32 * 1024  # a socket pair took 95 232 bytes of small writes; large ones cost it less
WATCHES_WRITES = True  # a FolderWatch tells every write to a file at once

_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
_IN_MODIFY, _IN_ATTRIB, _IN_CREATE = 0x2, 0x4, 0x100  # linux/inotify.h

_libc = ctypes.CDLL(None, use_errno=True)


def pipe() -> tuple[Connection[Any, Any], Connection[Any, Any]]:
    """Return the window's end of a run's Pipe and the runner's."""
    from multiprocessing import Pipe

    ours, theirs = Pipe()
    return posix.above_standard(ours), posix.above_standard(theirs)


def adopt_orphans(folder: str) -> None:  # noqa: ARG001  # elsewhere it tells whom to find
    """Make descendants whose parent dies children of this process: prctl(2), PR_SET_CHILD_SUBREAPER."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Death:
    """Ready to read once a process has ended: pidfd_open(2). A pid that is gone already is ready at once."""

    def __init__(self, pid: int) -> None:
        try:
            self._fd = os.pidfd_open(pid)
        except ProcessLookupError:
            self._fd, other = os.pipe2(os.O_CLOEXEC)
            os.close(other)

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._fd

    def close(self) -> None:
        """Give the descriptor back."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def _stat(pid: int | str) -> list[str] | None:
    """Return the fields of /proc/PID/stat from the state on; None where it is gone."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def descendants(root: int) -> list[int]:
    """Return the live pids below a process, zombies left out."""
    below: dict[int, list[tuple[int, str]]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (fields := _stat(name)) is not None:
            below.setdefault(int(fields[1]), []).append((int(name), fields[0]))
    found, stack = [], [root]
    while stack:
        for pid, state in below.get(stack.pop(), ()):
            stack.append(pid)
            if state not in "ZX":
                found.append(pid)
    return found


def users_of(folder: str) -> list[int]:
    """Return the pids of processes that have a file of this folder mapped: those of a run, whoever their parent is."""
    needle = (folder.rstrip("/") + "/").encode()
    return [pid for pid in _pids() if pid != os.getpid() and needle in _read(f"/proc/{pid}/maps")]


def _pids() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def is_tracker(pid: int) -> bool:
    """Tell whether a process is a resource tracker: it removes names at the end of its pipe, and must not be killed."""
    return b"multiprocessing.resource_tracker" in _read(f"/proc/{pid}/cmdline")


def zombie_status(pid: int) -> int | None:
    """Return the exit code of a process that has ended and was not reaped: field 52 of proc(5)'s stat."""
    fields = _stat(pid)
    if fields is None or fields[0] != "Z" or len(fields) < 50:
        return None
    return os.waitstatus_to_exitcode(int(fields[49]))


class FolderWatch:
    """Ready to read when a file in a folder was made, written or touched: inotify(7). Mapped stores do not count."""

    def __init__(self, path: str) -> None:
        self._fd: int = _libc.inotify_init1(os.O_CLOEXEC | os.O_NONBLOCK)
        if self._fd < 0:
            raise OSError(ctypes.get_errno(), "inotify_init1 failed")
        if _libc.inotify_add_watch(self._fd, os.fsencode(path), _IN_MODIFY | _IN_ATTRIB | _IN_CREATE) < 0:
            code = ctypes.get_errno()
            os.close(self._fd)
            raise OSError(code, f"{path} cannot be watched")

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._fd

    def drain(self) -> bool:
        """Take what has been told; tell whether there was anything."""
        told = False
        try:
            while os.read(self._fd, 65_536):
                told = True
        except BlockingIOError:
            pass
        return told

    def close(self) -> None:
        """Give the descriptor back."""
        os.close(self._fd)


def remove_folder(folder: str) -> None:
    """Remove a run's folder with all that is in it, and the semaphores and shared memory that bear its name.

    sem_overview(7) and shm_overview(7) say where they lie.
    """
    posix.remove_folder(folder)
    name_of_run = run_name(folder)
    with suppress(OSError):  # a system without it has no named semaphores
        for name in os.listdir("/dev/shm"):
            if name.startswith((f"sem.{name_of_run}-", f"{name_of_run}-")):
                with suppress(FileNotFoundError):  # its tracker was quicker
                    os.unlink(f"/dev/shm/{name}")


def memory_folder() -> str | None:
    """Return the folder whose files live in memory and are never written back to a disk while a run measures."""
    folder = "/dev/shm"
    if os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK):
        room = os.statvfs(folder)
        if room.f_bavail * room.f_frsize >= 256 * 2**20:  # a container's default of 64 MiB is no place for rings
            return folder
    return None


def forget_pages(descriptor: int, start: int, size: int) -> None:
    """Give back the blocks of a part of a file that has been read: fallocate(2), FALLOC_FL_PUNCH_HOLE | KEEP_SIZE."""
    _libc.fallocate(descriptor, 3, ctypes.c_long(start), ctypes.c_long(size))


__all__ = [
    "ASKED",
    "BATCH",
    "CREDIT",
    "ENDED",
    "WATCHES_WRITES",
    "Asked",
    "Death",
    "FolderWatch",
    "adopt_orphans",
    "ask_to_end",
    "code_of",
    "descendants",
    "end",
    "exists",
    "forget_pages",
    "hold",
    "ignore_signals",
    "input_pipe",
    "interrupt",
    "is_held",
    "is_own",
    "is_tracker",
    "memory_folder",
    "pipe",
    "pipe_end",
    "read_at",
    "reap",
    "remove_folder",
    "start",
    "start_keeper",
    "start_runner",
    "users_of",
    "wait",
    "write_at",
    "zombie_status",
]
