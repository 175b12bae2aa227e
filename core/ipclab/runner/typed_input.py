"""What a person types for a program of their own: its main program's stdin, a pipe that never makes the runner wait."""

from __future__ import annotations

import os
import sys
from collections import deque
from contextlib import suppress

from ipclab.runner.system import system

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from ipclab.runner.reading import OutputReader
    from ipclab.runner.roster import Member

PROMPT_LIMIT = 4_096  # bytes of a line without an end yet that are told


class TypedInput:
    """Holds what the pipe has no room for, and echoes each line as if it were output: the stream "stdin".

    The pipe keeps what a program has not read (64 KiB on Linux); what is more lies here, however much it is.
    """

    stream = "stdin"
    gone = 0  # lines left out: none
    tells_leaks = False  # no resource tracker writes here

    def __init__(self) -> None:
        self.theirs, self._ours = system.input_pipe()
        self._rest = os.dup(self.theirs)  # to see what is left in the pipe once nobody can read it any more
        self.owner: Member  # the main program, once there is one
        self._held = bytearray()
        self._over = self._closed = False
        self._echoes: deque[tuple[float, str]] = deque()

    def take_in(self, data: bytes, seconds: float, outputs: Iterable[OutputReader | TypedInput]) -> None:
        """Take whole lines, to be written as far as that goes; b"" is the end of the input.

        What the main program has written of a line so far, the question that is answered, becomes a line of its own.
        """
        if self._over or self._closed:
            return
        for output in outputs:
            if output.owner is self.owner:
                output.look(seconds)
                output.cut()
        self._held += data
        self._over = not data
        self._echoes.extend((seconds, line) for line in data.decode(errors="replace").splitlines())
        self.look(seconds)

    def look(self, seconds: float) -> None:
        """Write what there is room for now."""
        del seconds
        while self._held and not self._closed:
            try:
                written = os.write(self._ours, self._held[: 2**16])
            except OSError:  # the pipe is full; Windows has a code of its own for that
                return
            if not written:
                return
            del self._held[:written]
        if self._over:
            self.close()

    def cut(self) -> None:
        """Do nothing: its lines are whole."""

    def close(self) -> None:
        """Close the pipe: whoever reads from it then learns that nothing comes any more."""
        if not self._closed:
            self._closed = True
            with suppress(OSError):
                os.close(self._ours)

    def unread(self) -> str:
        """End the input, once nobody is left to read it; return a sentence where lines of it were never read.

        What a program's own buffers took counts as read: Python takes up to 8 KiB at once where it reads a line.
        """
        self.close()
        lines = self._held.count(b"\n")
        with suppress(BlockingIOError):  # the pipe has no other writer, and ends; should it have one, nobody waits
            if sys.platform != "win32":  # which can since Python 3.12 only
                os.set_blocking(self._rest, False)
            while rest := os.read(self._rest, 2**16):
                lines += rest.count(b"\n")
        os.close(self._rest)
        which = "the last line" if lines == 1 else f"the last {lines} lines"
        return f"The program ended without reading {which} of its input." if lines else ""

    @property
    def waiting(self) -> bool:
        """Tell whether there are echoes that have not been sent."""
        return bool(self._echoes)

    def take(self, limit: int, *, last: bool = False) -> list[tuple[float, str]]:
        """Return echoes of at most about `limit` bytes."""
        del last
        found: list[tuple[float, str]] = []
        while self._echoes and limit > 0:
            found.append(self._echoes.popleft())
            limit -= len(found[-1][1]) + 48
        return found

    def asks(self, outputs: Iterable[OutputReader | TypedInput]) -> str:
        """Return what the main program has written of a line that has no end yet, on stdout: "Your name? "."""
        for output in outputs:
            if output.owner is self.owner and output.stream == "stdout":
                asked = output.unfinished(PROMPT_LIMIT)
                if asked:
                    return asked
        return ""

    def unfinished(self, limit: int) -> str:
        """Return nothing: its lines are whole."""
        del limit
        return ""
