"""A file in the run's folder for what was recorded and not sent yet: first in, first out, its blocks given back."""

from __future__ import annotations

import os

from ipclab.runner.system import system

READ_WRITE = os.O_RDWR | getattr(os, "O_BINARY", 0)


class Spill:
    """Made when something is first added.

    Args:
        path: of the file, which must not exist.
        limit: bytes kept, beyond which the oldest go.
    """

    def __init__(self, path: str, limit: int) -> None:
        self.gone = 0  # bytes that found no room, or gave way
        self._path, self._limit = path, limit
        self._file = -1
        self._from = self._to = 0

    @property
    def waiting(self) -> int:
        """Bytes that can be taken."""
        return self._to - self._from

    def add(self, data: bytes) -> int:
        """Write behind what is there; returns how many bytes were: none where the folder is full."""
        if self._file < 0:
            self._file = os.open(self._path, READ_WRITE | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            written = system.write_at(self._file, data, self._to)
        except OSError:
            self.gone += len(data)
            return 0
        self._to += written
        return written

    def trim(self, unit: int) -> int:
        """Let the oldest go beyond the limit, in whole units of bytes; returns how many bytes went."""
        excess = self.waiting - self._limit
        if excess <= 0:
            return 0
        excess += -excess % unit
        forget(self._file, self._from, excess)
        self._from += excess
        self.gone += excess
        return excess

    def take(self, size: int) -> bytes:
        """Return at most so many of the oldest bytes."""
        data = system.read_at(self._file, min(size, self.waiting), self._from)
        forget(self._file, self._from, len(data))
        self._from += len(data)
        return data

    def close(self) -> None:
        """Give the descriptor back."""
        if self._file >= 0:
            os.close(self._file)


def forget(descriptor: int, start: int, size: int) -> None:
    """Give back whole blocks that have been read, where the system can: what is behind takes no room."""
    if size >= 4096:
        system.forget_pages(descriptor, start, size)
