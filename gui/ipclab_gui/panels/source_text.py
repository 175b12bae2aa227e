"""The text of a Python file, in the encoding that its coding line names."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 4 * 2**20  # bytes of a file that is shown


class Unreadable(Exception):
    """A file cannot be shown; the text says why, for a person."""


def source_text(file: Path) -> str:
    """Return what Python would read.

    Raises:
        Unreadable: there is no such file, it may not be read, it is no text, or it is too large.
    """
    import tokenize  # not before the first paint

    try:
        if file.exists() and not file.is_file():
            raise Unreadable(f"{file.name} is no file.")
        if file.stat().st_size > LARGEST:
            raise Unreadable(f"{file.name} has more than {LARGEST // 2**20} MiB, which is too large to be shown.")
        with tokenize.open(file) as opened:
            return opened.read()
    except OSError as wrong:
        raise Unreadable(f"{file.name} cannot be read: {wrong.strerror}.") from None
    except (SyntaxError, UnicodeError, LookupError):  # tokenize says so of an encoding that nobody knows
        raise Unreadable(f"{file.name} is no text that Python could read.") from None
