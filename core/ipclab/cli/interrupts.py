"""Ctrl-C and SIGTERM while a run goes on: the first stops it, the second ends it at once, the third ends us."""

from __future__ import annotations

import os
import signal
import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType, TracebackType
    from typing import Self

    from ipclab.engine import Run


class Interrupts:
    """Takes SIGINT and SIGTERM, where they are not ignored, for the length of a `with`. Main thread.

    A signal may come at any moment, before the run is there too; nothing is raised out of what it interrupts. What it
    asks for is done by a thread, since the main thread may be waiting for the reader of its stdout.

    Args:
        forwards: the first SIGINT goes to a person's own program, which may go on; then the next one stops the run.

    Attributes:
        numbers: the signals that came, in order.
    """

    def __init__(self, *, forwards: bool = False) -> None:
        self.forwards = forwards
        self.numbers: list[int] = []
        self._run: Run | None = None
        self._calls: SimpleQueue[bool] = SimpleQueue()  # its put() may be called by a signal handler
        self._before: dict[int, object] = {}
        self._thread = threading.Thread(target=self._answer, name="interrupts", daemon=True)

    @property
    def code(self) -> int | None:
        """The exit code that the first signal asks for; None where none came, or where it was only passed on."""
        if self.forwards and self.numbers == [signal.SIGINT]:
            return None
        return 128 + self.numbers[0] if self.numbers else None

    def watch(self, run: Run) -> None:
        """Give the run that is to be stopped; a signal that came before stops it now."""
        self._run = run
        self._calls.put(True)

    def __enter__(self) -> Self:
        self._thread.start()
        for number in (signal.SIGINT, signal.SIGTERM):
            before = signal.getsignal(number)
            if before is not signal.SIG_IGN:  # a shell's background job: Ctrl-C is not meant for it
                self._before[number] = before
                signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_back()
        self._calls.put(False)
        self._thread.join()

    def _note(self, number: int, _frame: FrameType | None) -> None:
        self.numbers.append(number)
        if len(self.numbers) > 2 + self.forwards:
            os._exit(128 + self.numbers[0])  # handed to the default handler it might meet others on their way
        self._calls.put(True)

    def _give_back(self) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]  # what getsignal returned
        self._before.clear()

    def _answer(self) -> None:
        while self._calls.get():
            run = self._run
            if run is None:
                continue
            asked = len(self.numbers) - (self.forwards and self.numbers[:1] == [signal.SIGINT])
            if asked > 1:
                run.kill()
            elif asked:
                run.stop()
            elif self.numbers:
                run.interrupt()
