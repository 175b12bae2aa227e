"""The log of the lab's own mistakes: what a crash report says, where it can still be found later.

Nothing is written before there is something to write, and this file is imported no sooner. All windows of a person
write into one file: each has it for itself while it writes, and whoever finds it full begins a new one.
"""

from __future__ import annotations

import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path

from PySide6.QtCore import QLockFile

SIZE, OLDER = 256 * 1024, 2  # bytes at most in a file, as far as whole reports allow; files that are kept before it
PATIENCE = 1_000  # ms that another window is waited for


def place() -> Path | None:
    """Return the file where this system keeps logs of its users; None for a user who has no home folder."""
    import platformdirs

    try:
        folder = Path(platformdirs.user_log_dir("ipclab", appauthor=False))
    except RuntimeError:
        return None
    return folder / "window.log" if folder.is_absolute() else None


def write(file: Path | None, text: str) -> Path | None:
    """Append a text with its time and this process's number; return the file, None where it could not be written.

    Blocks while another window writes, for PATIENCE at most: then the text is written all the same.
    """
    if file is None:
        return None
    handler: RotatingFileHandler | None = None
    lock = QLockFile(f"{file}.lock")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        alone = lock.tryLock(PATIENCE)
        handler = _Handler(file, maxBytes=SIZE if alone else 0, backupCount=OLDER, encoding="utf-8", errors="replace")
        handler.setFormatter(logging.Formatter("%(asctime)s  process %(process)d\n%(message)s"))
        handler.handle(logging.makeLogRecord({"msg": text.rstrip() + "\n", "process": os.getpid()}))
    except OSError:  # a full disk, a home that is read-only, a folder in its place
        return None
    finally:
        if handler is not None:
            handler.close()
        lock.unlock()
    return file


class _Handler(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:
        """Let the error out where logging would print it."""
        error = sys.exc_info()[1]
        if error is not None:
            raise error
