"""Where a process of the run writes: files of its own for stdout and stderr, so that nothing blocks or is lost."""

from __future__ import annotations

import os
import sys

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


def write_by_line() -> None:
    """Let stdout and stderr write at each line's end, as on a terminal, and UTF-8, as the lab reads it."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(line_buffering=True, encoding="utf-8", errors=stream.errors)


def run_name(folder: str) -> str:
    """Return what names of the run begin with outside its folder: short, since a semaphore's may have 31 characters."""
    return f"ipclab-{os.path.basename(folder).rpartition('-')[2]}"
