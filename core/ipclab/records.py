"""What crosses a process border, as plain data, and the few values that describe it. Standard library only.

A **batch** is what the runner sends to the window or the command line: a pickled dict, with any of these keys.

| key | value |
| --- | --- |
| `time` | seconds since the run began, when the batch was made; always there |
| `processes` | a list of dicts, whole and only those that changed: see `process()` |
| `shown` | a list of (process id, variable, value as plain data or text, seconds) |
| `findings` | a list of dicts: key, level, text, evidence, seconds; the same key again replaces |
| `progress` | (done, of), summed over the processes that report it |
| `usage` | a list of (process id, share of one core, resident bytes, seconds) |
| `output` | a list of (process id, "stdout", "stderr" or, what was typed, "stdin", seconds, a line without its end) |
| `asks` | what a person's program has written of a line that has no end yet; empty again once it has one |
| `samples` | a list of (process id, series' name, bytes): n times SAMPLE, in the order of time within a process |
| `dropped` | {series' name: samples that its processes could not record}, totals |
| `omitted` | (lines of output, samples) that were too many to keep, totals |
| `events` | a list of (seconds, sentence): what supervision did |
| `traced` | a list of (pid, kind, dict): what operations refer to: places in the source, threads, channels, ... |
| `operations` | a list of (pid, index of the first, bytes): n times `trace.record.RECORD`, in their order |
| `completed` | a list of (pid, index, bytes): the record of an operation that was pending when it was sent |
| `origin` | perf_counter_ns at which the run began: times of operations are on that clock |
| `unrecorded` | operations that could not be recorded or kept, total |
| `unrecorded_of` | {thing: how many of these were to be done to it}, totals, as far as that is known |
| `gate` | how the run goes and who stands at the gate: see `observation.Gate` |
| `steps` | a list of (number, pid, record, `order.Step` as a tuple): let go since, or known better now |
| `gap` | seconds: the run pauses its measuring for so long, so that results can be looked at now |
| `outcome` | a dict: status, text, seconds; the last batch of every run that could still speak |
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field, fields
from typing import Literal

from ipclab.declarations import LEVELS, Level, Series

SAMPLE = struct.Struct("=qd")  # nanoseconds since the run began, value in the series' unit; 16 bytes

CLOSED = -1  # in the place of a descriptor
TYPED = b"typed "  # begins the word to the runner that holds lines for the program's stdin; no lines: their end
GATE = b"gate "  # begins a word to the runner about slow motion and steps: see `runner.gates.Gates.obey`
WORD_LIMIT = 2**18  # bytes of one word to the runner

LATENESS = 250_000_000  # ns: records of one moment come within so long, from whichever process

Status = Literal["done", "failed", "stopped", "timed out", "crashed"]
STATUSES: tuple[Status, ...] = ("done", "failed", "stopped", "timed out", "crashed")

State = Literal["starting", "running", "ended", "failed", "killed", "stopped"]


@dataclass(frozen=True, slots=True)
class Program:
    """A person's own program, run by their own Python.

    Attributes:
        python: the interpreter's path.
        words: what follows it: ("orders.py", "--fast"), ("-m", "orders").
        streams: descriptors of the engine's process that are its stdin, stdout and stderr, CLOSED for one that it
            does not have; empty where the lab keeps its output and its input is empty.
        by_line: write each line of its output at once, as on a terminal, where the lab keeps it.
        typed: its input is what `engine.Run.type` is given, and not empty.
        folder: where it is started; empty: where the engine's process is.
    """

    python: str
    words: tuple[str, ...]
    streams: tuple[int, ...] = ()
    by_line: bool = False
    typed: bool = False
    folder: str = ""

    def plain(self) -> dict[str, object]:
        """Return it as plain data."""
        return {one.name: getattr(self, one.name) for one in fields(self)}


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be run: plain data, complete, checked by whoever made it.

    Attributes:
        experiment: its name on the command line: "lost-updates".
        parameters: a value for every field of its options, in base units.
        start_method: of the main program's workers: "spawn", "fork" or "forkserver".
        seed: what `lab.random` starts from.
        time_limit: seconds after which the run is ended; None for no limit.
        watched: every operation on multiprocessing is recorded; fixed for the whole run.
        mode: how a watched run goes at first: "on", "slow" or "step"; see `gate.MODES`.
        pace: seconds that each operation waits while the run goes slow.
        order: steps (`order.Step` as tuples) to be followed first; then the run goes as `mode` says. None for none.
        program: a person's own, to be run in place of an experiment; then `experiment` is its name for people.
    """

    experiment: str
    parameters: dict[str, object] = field(default_factory=dict)
    start_method: str = "spawn"
    seed: int = 0
    time_limit: float | None = None
    watched: bool = False
    mode: str = "on"
    pace: float = 0.5
    order: tuple[tuple[object, ...], ...] | None = None
    program: Program | None = None


class StartFailed(Exception):
    """A run could not be started; the text says why, for a person."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended, in a word and in a sentence; `seconds` from its start to its end."""

    status: Status
    text: str
    seconds: float


def process(
    ident: int,
    name: str,
    pid: int,
    parent: int | None,
    state: State,
    since: float,
    started: float,
    *,
    code: int | None = None,
    signal: str | None = None,
    doing: str = "",
    known: bool = False,
) -> dict[str, object]:
    """Return a process as a batch holds it.

    Args:
        ident: small number of the run's own, in order of appearance; 0 is the main program.
        name: unique within the run; the main program is "main".
        pid: the system's number.
        parent: the parent's ident.
        state: "starting" until its own code runs; "ended" by itself with code 0, "failed" with another code or an
            exception, "killed" by a signal of somebody else's, "stopped" by the lab.
        since: seconds since the run began, when it came into this state.
        started: seconds since the run began, when it was started.
        code: its exit code; None while it runs, after a signal, or where nobody could learn it.
        signal: "SIGKILL" where a signal ended it.
        doing: a few words: what it raised, or what it was ended by; empty while nothing is to be said.
        known: `code` or `signal` is what its parent or the system said.
    """
    return {
        "id": ident,
        "name": name,
        "pid": pid,
        "parent": parent,
        "state": state,
        "since": since,
        "started": started,
        "code": code,
        "signal": signal,
        "doing": doing,
        "known": known,
    }


__all__ = [
    "LATENESS",
    "LEVELS",
    "SAMPLE",
    "STATUSES",
    "Level",
    "Outcome",
    "Request",
    "Series",
    "State",
    "Status",
    "process",
]
