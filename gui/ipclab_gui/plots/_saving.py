"""Writes plots: pictures in one go, large texts piece by piece, so that the window goes on. GUI thread only."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from PySide6.QtCore import QCoreApplication, QObject, QTimer


def save_whole(path: Path, data: bytes, say: Callable[[str], None]) -> None:
    """Write a file that has its name only when it is whole; `say` is told how it went, in a few words."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_bytes(data)
        os.replace(part, path)
    except OSError as wrong:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        say(not_saved(path, wrong))
    else:
        say(f"saved as {path.name}")


def not_saved(path: Path, wrong: OSError) -> str:
    """Return the words that a file was not saved, and why."""
    return f"{path.name} was not saved: {wrong.strerror or wrong}"


class Saving(QObject):
    """Takes a piece each time the event loop is free; the file has its name only when it is whole.

    Args:
        path: the file.
        pieces: (share that is done, from 0 to 1; text) until all is there.
        say: is told how it goes, in a few words.
        parent: when it goes, or the application quits, the saving ends, and what was written is removed.
    """

    def __init__(
        self, path: Path, pieces: Iterator[tuple[float, str]], say: Callable[[str], None], *, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._path, self._pieces, self._say = path, pieces, say
        self._part = path.with_name(path.name + ".part")
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._step)
        parent.destroyed.connect(self.cancel)
        application = QCoreApplication.instance()
        assert application is not None
        application.aboutToQuit.connect(self.cancel)
        try:
            self._file: TextIO | None = self._part.open("w", encoding="utf-8", newline="\n")
        except OSError as wrong:
            self._file = None
            self._failed(wrong)
            return
        self._say(f"saving {path.name}")
        self._timer.start(0)

    @property
    def finished(self) -> bool:
        """Tell whether all is written, or nothing more will be."""
        return self._file is None

    def cancel(self) -> None:
        """End it; what was written is removed."""
        self._timer.stop()
        if self._file is not None:
            self._file.close()
            self._file = None
            self._part.unlink(missing_ok=True)

    def _step(self) -> None:
        if self._file is None:
            return
        try:
            share, text = next(self._pieces)
            self._file.write(text)
        except StopIteration:
            self._finish()
        except OSError as wrong:
            self.cancel()
            self._failed(wrong)
        else:
            self._say(f"saving {self._path.name}, {round(share * 100)} %")

    def _finish(self) -> None:
        self._timer.stop()
        if self._file is not None:
            self._file.close()
            self._file = None
            try:
                os.replace(self._part, self._path)
            except OSError as wrong:
                self._part.unlink(missing_ok=True)
                self._failed(wrong)
            else:
                self._say(f"saved as {self._path.name}")

    def _failed(self, wrong: OSError) -> None:
        self._say(not_saved(self._path, wrong))
