"""Where a process of the run writes: files of its own for stdout and stderr, so that nothing blocks or is lost."""

from __future__ import annotations

import io
import os
import sys
from time import perf_counter_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Note = Callable[[int, int, int], None]  # descriptor, offset at which a write ended, perf_counter_ns at its begin

Mine = dict[int, tuple[int, int]]  # descriptor: (device, inode) of the lab's file on it


def capture(path: str, mine: Mine) -> Mine:
    """Put files of this process onto descriptors 1 and 2, where they still are the lab's; return what they are now.

    Args:
        path: the files' without their endings.
        mine: what the lab put there before: what a program has sent elsewhere since is left alone.
    """
    if not path:  # unrecorded: it goes on writing where its parent writes
        return mine
    now: Mine = {}
    for descriptor, ending in ((1, ".out"), (2, ".err")):
        if not is_mine(descriptor, mine):
            continue
        opened = os.open(
            path + ending,
            os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0),
            0o600,
        )
        os.dup2(opened, descriptor, inheritable=True)
        os.close(opened)
        status = os.fstat(descriptor)
        now[descriptor] = (status.st_dev, status.st_ino)
    return now


def is_mine(descriptor: int, mine: Mine) -> bool:
    """Tell whether what is open there is still what the lab put there."""
    try:
        status = os.fstat(descriptor)
    except OSError:  # closed by the program
        return False
    return mine.get(descriptor) == (status.st_dev, status.st_ino)


class Stamped(io.FileIO):
    """Descriptor 1 or 2 of this process; tells `note` the offset at which each write ended, and when it began."""

    def __init__(self, descriptor: int, note: Note) -> None:
        super().__init__(descriptor, "wb", closefd=False)
        self._note = note

    def write(self, data: Any) -> int:
        """Write as FileIO does; where it goes to no file that has offsets, there is nothing to note."""
        when = perf_counter_ns()
        written = super().write(data)
        try:
            end = os.lseek(self.fileno(), 0, os.SEEK_CUR)
        except OSError:  # a pipe or a terminal: the program has sent it elsewhere
            return written
        self._note(self.fileno(), end, when)
        return written


def write_by_line(note: Note) -> None:
    """Let stdout and stderr write at each line's end, as on a terminal, UTF-8, as the lab reads it, and note when.

    Where lines of several processes are shown together, only whoever wrote them knows which was first.
    """
    for descriptor, name in ((1, "stdout"), (2, "stderr")):
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper):  # closed before we began
            continue
        stream.flush()
        raw = Stamped(descriptor, note)
        raw.name = f"<{name}>"
        new = io.TextIOWrapper(io.BufferedWriter(raw), encoding="utf-8", errors=stream.errors, line_buffering=True)
        new.mode = "w"  # type: ignore[misc]  # as Python itself sets it
        setattr(sys, name, new)
        setattr(sys, f"__{name}__", new)


def run_name(folder: str) -> str:
    """Return what names of the run begin with outside its folder: short, since a semaphore's may have 31 characters."""
    return f"ipclab-{os.path.basename(folder).rpartition('-')[2]}"
