"""macOS: kqueue, sysctl's table of processes, and no subreapers: orphans are found again by what they have of a run."""

from __future__ import annotations

import ctypes
import os
import select
import sys
import time
from contextlib import suppress

from ipclab.runner.system.posix import (
    ASKED,
    ENDED,
    Asked,
    above_standard,
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
    remove_folder,
    start_keeper,
    start_runner,
    wait,
    write_at,
)
from ipclab.runner.system.posix import start as _start

assert sys.platform == "darwin"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.connection import Connection
    from typing import Any

    from ipclab.runner.system.family import Family, Row

CREDIT, BATCH = 3, 32 * 1024
WATCHES_WRITES = True  # a FolderWatch watches each output file: no polling, which would disturb what is measured

_PIPE_HOLDS = 256 * 1024  # bytes, of the 8 KiB that a socket pair holds by itself (net.local.stream.recvspace)
_CTL_KERN, _KERN_PROC, _KERN_PROC_ALL, _KERN_PROC_PID = 1, 14, 0, 1  # sys/sysctl.h
_O_EVTONLY = 0x8000  # fcntl.h: for events alone, which keeps nothing from being unmounted
_F_PUNCHHOLE, _BLOCK = 99, 4096  # fcntl.h; APFS punches whole blocks only
_WATCHED = (".out", ".err", "control")  # ends of the names of files whose writes are told; the others are mapped
_EXIT_TAKES = 0.02  # s from the event of a death to its exit status, at most

_libc = ctypes.CDLL(None, use_errno=True)
_folder = ""  # the run's, in keeper and runner
_families: dict[int, Family] = {}


def pipe() -> tuple[Connection[Any, Any], Connection[Any, Any]]:
    """Return the window's end of a run's Pipe and the runner's, with room for the batches of all credit."""
    import socket
    from multiprocessing import Pipe

    ours, theirs = Pipe()
    ends = above_standard(ours), above_standard(theirs)
    for one in ends:
        with socket.socket(fileno=os.dup(one.fileno())) as same:
            for size in (socket.SO_SNDBUF, socket.SO_RCVBUF):
                same.setsockopt(socket.SOL_SOCKET, size, _PIPE_HOLDS)
    return ends


def adopt_orphans(folder: str) -> None:
    """Remember the folder by which `descendants` finds those whose parent has died: there are no subreapers."""
    global _folder
    _folder = folder


class Death:
    """Ready to read once a process has ended: kqueue(2), EVFILT_PROC. A pid that is gone already is ready at once."""

    def __init__(self, pid: int) -> None:
        queue = select.kqueue()
        event = select.kevent(pid, select.KQ_FILTER_PROC, select.KQ_EV_ADD, select.KQ_NOTE_EXIT)
        try:
            queue.control([event], 0, 0)
        except ProcessLookupError:  # also a zombie
            queue.close()
            self._queue = None
            self._fd, other = os.pipe()
            os.close(other)
        else:
            self._queue = queue  # the event is never taken: it stays ready
            self._fd = queue.fileno()

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._fd

    def close(self) -> None:
        """Give the descriptor back."""
        if self._queue is not None:
            self._queue.close()
        elif self._fd >= 0:
            os.close(self._fd)
        self._queue, self._fd = None, -1


class FolderWatch:
    """Ready to read when a file in a folder was made, or an output file written, or the control page touched.

    kqueue(2), EVFILT_VNODE, tells of a folder what was made in it, and of a file, held open, that it was written or
    touched. One file that cannot be opened is one whose writes are seen with the next event.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._queue = select.kqueue()
        self._files: dict[str, int] = {}
        try:
            self._add("", path)
            self._look()
        except OSError:
            self.close()
            raise

    def _add(self, name: str, path: str) -> None:
        descriptor = os.open(path, _O_EVTONLY)
        self._files[name] = descriptor
        what = select.KQ_NOTE_WRITE | select.KQ_NOTE_EXTEND | select.KQ_NOTE_ATTRIB
        event = select.kevent(descriptor, select.KQ_FILTER_VNODE, select.KQ_EV_ADD | select.KQ_EV_CLEAR, what)
        self._queue.control([event], 0, 0)

    def _look(self) -> None:
        for name in os.listdir(self._path):
            if name.endswith(_WATCHED) and name not in self._files:
                with suppress(OSError):
                    self._add(name, os.path.join(self._path, name))

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._queue.fileno()

    def drain(self) -> bool:
        """Take what has been told; tell whether there was anything."""
        told = False
        while self._queue.control(None, 64, 0):
            told = True
        if told:
            with suppress(OSError):  # the folder is gone
                self._look()  # what was written before a file is watched is seen by whoever looks after this
        return told

    def close(self) -> None:
        """Give the descriptors back."""
        self._queue.close()
        for descriptor in self._files.values():
            os.close(descriptor)
        self._files.clear()


def _table(*which: int) -> list[Row]:
    """Return the processes that sysctl(3) tells for KERN_PROC and what follows it."""
    from ipclab.runner.system.family import rows

    name = (ctypes.c_int * (2 + len(which)))(_CTL_KERN, _KERN_PROC, *which)
    size = ctypes.c_size_t(0)
    while True:
        if _libc.sysctl(name, len(name), None, ctypes.byref(size), None, 0) != 0:
            return []
        size.value += size.value // 8  # some may be started meanwhile
        data = ctypes.create_string_buffer(size.value)
        if _libc.sysctl(name, len(name), data, ctypes.byref(size), None, 0) == 0:
            return rows(data.raw[: size.value])


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return 0


def _command(pid: int) -> str:
    """Return the words of a process's command; none where it is gone, or somebody else's."""
    import psutil

    try:
        return " ".join(psutil.Process(pid).cmdline())
    except (psutil.Error, OSError):
        return ""


def _names(pid: int, folder: str) -> bool:
    """Tell whether a process was started by the lab for this folder: a person may look into it with other tools."""
    command = _command(pid)
    return "from ipclab" in command and os.path.basename(folder) in command


def descendants(root: int) -> list[int]:
    """Return the live pids below a process, those included whose parent has died; zombies left out."""
    from ipclab.runner.system.family import Family

    family = _families.setdefault(root, Family())
    folder = _folder if root == os.getpid() else ""
    return family.below(root, _table(_KERN_PROC_ALL), _session_of, lambda pid: bool(folder) and _names(pid, folder))


def users_of(folder: str) -> list[int]:
    """Return the pids of a run's processes, whoever their parent is: they name its folder, or have files of it open."""
    import psutil

    needle = f"/{os.path.basename(folder)}/"
    found = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        with suppress(psutil.Error, OSError):
            if _names(process.pid, folder) or any(needle in file.path for file in process.open_files()):
                found.append(process.pid)
    return found


def is_tracker(pid: int) -> bool:
    """Tell whether a process is a resource tracker: it removes names at the end of its pipe, and must not be killed."""
    return "multiprocessing.resource_tracker" in _command(pid)


def zombie_status(pid: int) -> int | None:
    """Return the exit code of a process that has ended and was not reaped: p_xstat of its kinfo_proc."""
    give_up = time.monotonic() + _EXIT_TAKES
    while True:
        found = _table(_KERN_PROC_PID, pid)
        if not found:
            return None
        if found[0].zombie:
            return os.waitstatus_to_exitcode(found[0].status)
        if not found[0].ending or time.monotonic() > give_up:  # a death is told a moment before its status is there
            return None
        time.sleep(0.001)


def start(
    command: list[str], out: str, err: str, environment: Mapping[str, str] = os.environ, streams: Sequence[int] = ()
) -> int:
    """Start a program as `posix.start` does; return its pid."""
    pid = _start(command, out, err, environment, streams)
    descendants(os.getpid())  # sees it, and with it everybody of its session, however soon it ends
    return pid


def memory_folder() -> str | None:
    """Return None: there is no folder whose files live in memory."""
    return None


def forget_pages(descriptor: int, start: int, size: int) -> None:
    """Give back the whole blocks of a part of a file that has been read: fcntl(2), F_PUNCHHOLE."""
    import fcntl
    from struct import pack

    first = -(-start // _BLOCK) * _BLOCK
    length = (start + size) // _BLOCK * _BLOCK - first
    if length > 0:
        with suppress(OSError):  # a file system without holes
            fcntl.fcntl(descriptor, _F_PUNCHHOLE, pack("=IIqq", 0, 0, first, length))


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
