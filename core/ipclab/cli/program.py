"""`ipclab run path/to/program.py`: a person's program as they would run it themselves, with the lab looking on."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from ipclab.cli import stdout
from ipclab.quantity import thousands
from ipclab.records import CLOSED

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ipclab.engine import Observation, Outcome, Request

MOST = 50  # channels, and waits, that are told one by one; --json has all
COUNTS = ("sent", "received", "dropped")
ABOVE = 10  # the lowest descriptor that a copy of a standard stream gets: the lower ones are the program's


def streams() -> tuple[int, ...]:
    """Return copies of stdin, stdout and stderr that the main program inherits, CLOSED for one that is closed."""
    if sys.platform == "win32":  # the lab passes the output on
        return ()
    import fcntl

    # One that was closed when the lab began may be another file of the lab's by now.
    begun = (sys.__stdin__, sys.__stdout__, sys.__stderr__)
    return tuple(
        CLOSED if one is None else fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, ABOVE) for number, one in enumerate(begun)
    )


class Watched:
    """Says on stderr, at the program's end, what went through its channels and who was still waiting."""

    def __init__(self, copies: tuple[int, ...], seen: list[Observation]) -> None:
        for one in copies:  # they have been inherited
            if one != CLOSED:
                os.close(one)
        self._passes_on = not copies
        self._seen = seen

    def take(self, batch: Mapping[str, Any] | None, observation: Observation) -> None:
        """Pass on what the program wrote, where it could not have the terminal itself."""
        del observation
        if self._passes_on and batch is not None:
            for _, stream, _, line in batch.get("output", ()):
                print(line, file=sys.stderr if stream == "stderr" else sys.stdout, flush=True)

    def end(self, observation: Observation, outcome: Outcome) -> None:
        """Say what was seen."""
        self._seen.append(observation)
        if observation.outcome is None:  # it could not be started, and that has been said
            return
        for sentence in sentences(observation, outcome):
            stdout.tell(sentence)

    def leave(self) -> None:
        """Say nothing more."""


class Document:
    """One JSON document on stdout at the end, the program's output in it."""

    def __init__(self, request: Request, seen: list[Observation]) -> None:
        self._request, self._seen = request, seen

    def take(self, batch: Mapping[str, Any] | None, observation: Observation) -> None:
        """Say nothing yet."""

    def end(self, observation: Observation, outcome: Outcome) -> None:
        """Write the document."""
        from ipclab import document

        self._seen.append(observation)
        stdout.write(document.text(document.of_program(self._request, observation, outcome)))

    def leave(self) -> None:
        """Say nothing more."""


def report(request: Request, copies: tuple[int, ...], seen: list[Observation], *, json: bool) -> Watched | Document:
    """Return what says a program's run; at its end it puts what is known of it into `seen`."""
    return Document(request, seen) if json else Watched(copies, seen)


def sentences(observation: Observation, outcome: Outcome) -> list[str]:
    """Return what is said of a run: its end where it is not the program's own, channels, waits, what was lost."""
    said = []
    if outcome.status in ("crashed", "timed out", "stopped"):
        said.append(outcome.text)
    said += [finding.text for finding in observation.findings.values() if finding.level in ("warning", "bad")]
    operations, traffic = observation.operations, observation.traffic
    if operations is None or traffic is None:
        return said
    shown = [one for one in traffic.channels() if one.thing is None or one.thing.site is not None]
    for channel in shown[:MOST]:
        lost = f", {thousands(channel.dropped)} could not be pickled" if channel.dropped else ""
        if channel.unrecorded:
            lost += f", {thousands(channel.unrecorded)} not recorded"
        said.append(f"{channel.name}: {thousands(channel.sent)} sent, {thousands(channel.received)} received{lost}.")
    if rest := shown[MOST:]:
        sent, received, lost = (thousands(sum(getattr(one, what) for one in rest)) for what in COUNTS)
        said.append(f"{thousands(len(rest))} more: {sent} sent, {received} received, {lost} could not be pickled.")
    names = {process.pid: process.name for process in observation.processes.values()}
    waits = observation.waits()
    for pid, wait in list(waits.items())[:MOST]:
        ender = f"; what could have ended that: {wait.ender.words}" if wait.ender.words else ""
        said.append(f"{names.get(pid, pid)} ended in {wait.words}{ender}.")
    if len(waits) > MOST:
        said.append(f"{thousands(len(waits) - MOST)} more ended in a call that waited.")
    if operations.unrecorded:
        said.append(f"{thousands(operations.unrecorded)} operations were not recorded.")
    return said


def exit_code(observation: Observation, outcome: Outcome) -> int:
    """Return the program's own exit code, 128 + n after a signal; 1 where the lab ended it or could not start it."""
    import signal

    main = next((one for one in observation.processes.values() if one.name == "main"), None)
    if main is None or outcome.status in ("crashed", "timed out", "stopped"):
        return 1
    if main.signal is not None:
        return 128 + getattr(signal, main.signal, 0)
    return main.code if main.code is not None else 1
