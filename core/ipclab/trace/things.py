"""Numbers by which the same thing is known in every process: what records call `thing`.

- an end of a channel: its descriptor's inode (both ends of a one-way pipe have the same, of a socket each its own);
- a semaphore with a name (spawn, forkserver): made of its name's last letters;
- one without (fork, where children inherit it), and whatever else lives in memory alone: process and counter.
"""

from __future__ import annotations

import itertools
import os

_NAMED, _OWN = 1 << 62, 1 << 63

_numbers = itertools.count(1)


def inode(descriptor: int) -> int:
    """Return what is open on a descriptor; 0 where nothing is."""
    try:
        return os.fstat(descriptor).st_ino & (_NAMED - 1)
    except OSError:
        return 0


def named(name: str) -> int:
    """Return the number of a name whose last eight letters are random."""
    return int.from_bytes(name.encode()[-8:], "little") & (_NAMED - 1) | _NAMED


def of_name(name: str) -> int:
    """Return the number of a name, the same in every process."""
    number = 0
    for byte in name.encode(errors="replace"):
        number = (number * 1_000_003 ^ byte) & (_NAMED - 1)
    return number | _NAMED


def new() -> int:
    """Return a number that no other process of the run gives; children made by fork inherit it with the thing."""
    return _OWN | os.getpid() << 32 | next(_numbers) & 0xFFFF_FFFF


def placed(memory: int, offset: int) -> int:
    """Return the number of what lies at an offset in some shared memory, of which the inode is given."""
    return (memory << 24 ^ offset) & (_NAMED - 1) | _NAMED
