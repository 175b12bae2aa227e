"""Standard output as a command needs it: any text can be written, and a reader that has gone is no surprise."""

from __future__ import annotations

import contextlib
import errno
import os
import sys

from ipclab.quantity import SPACE

BROKEN_PIPE = 141  # 128 + SIGPIPE, as shells have it


class StdoutGone(Exception):
    """Nothing can be written any more; `.code` is the exit code, `.text` what to say: nothing for a broken pipe."""

    def __init__(self, error: OSError) -> None:
        super().__init__(str(error))
        broken = isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == errno.EINVAL)
        self.code = BROKEN_PIPE if broken else 1
        self.text = "" if broken else f"The output could not be written: {error.strerror or error}."


def prepare() -> None:
    """Let every text be written whatever the encoding: what it lacks is written as an escape."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def write(text: str) -> None:
    """Write a text as it is, and let it go out at once.

    Raises:
        StdoutGone: it cannot be written; what is buffered is dropped.
    """
    if sys.stdout is None:  # closed before we began
        return
    if not can(SPACE):
        text = text.replace(SPACE, " ")
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        let_go()
        raise StdoutGone(error) from None


def tell(sentence: str) -> None:
    """Say a sentence on stderr, where anybody hears it: what is wrong, or what a document's end is too late for."""
    if sys.stderr is None:  # closed before we began; print would take stdout for it
        return
    with contextlib.suppress(OSError):  # nobody reads that either; the exit code says it
        print(f"ipclab: {sentence}", file=sys.stderr)


def say(text: str) -> None:
    """Write a text as it is on stderr, where stdout is to hold something else."""
    if sys.stderr is not None:
        with contextlib.suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()


def let_go() -> None:
    """Drop what is still buffered: the interpreter would try to write it at its end, and complain or wait."""
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
    except (OSError, ValueError, AttributeError):  # no descriptor behind it: nothing to complain about either
        pass


def can(text: str) -> bool:
    """Tell whether stdout's encoding has all these characters."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True
