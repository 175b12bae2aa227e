"""Who could go next in a run that is stepped, and who cannot and why: in words, for the window and for a terminal."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipclab.enders import either
from ipclab.preview import preview
from ipclab.trace import record
from ipclab.waiting import ON_CHANNEL, lock_name

if TYPE_CHECKING:
    from ipclab.enders import People
    from ipclab.lane import Operation, Site
    from ipclab.observation import Observation, Standing
    from ipclab.waiting import Wait

TEXT = 24  # characters of a message that are told

# What is missing where an operation waits, and what those who could end that would do.
LACKS = {
    record.RECEIVE: ("{} is empty", "send"),
    record.POLL: ("{} is empty", "send"),
    record.WAIT: ("nothing has come", "send"),
    record.GET: ("{} is empty", "put"),
    record.SEND: ("{} is full", "receive"),
    record.PUT: ("{} is full", "get"),
    record.FLUSH: ("{} is full", "get"),
    record.JOIN_QUEUE: ("not all of {} is done", "say task_done"),
    record.ACQUIRE: ("{} is taken", "release it"),
    record.WAIT_EVENT: ("{} is not set", "set it"),
    record.WAIT_CONDITION: ("{} was not notified", "notify"),
}
# What lets a wait go on: who stands at the gate with it is among those who could.
MEETS = {
    record.RECEIVE: record.SEND, record.POLL: record.SEND, record.WAIT: record.SEND, record.GET: record.PUT,
    record.SEND: record.RECEIVE, record.PUT: record.GET, record.FLUSH: record.GET, record.JOIN_QUEUE: record.TASK_DONE,
    record.ACQUIRE: record.RELEASE, record.WAIT_EVENT: record.SET, record.WAIT_CONDITION: record.NOTIFY,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ready:
    """A thread that stands at the gate, and may go next.

    Attributes:
        standing: what `engine.Run.step` takes.
        number: of its process among all, from 1, in the order of their start.
        process: its name.
        thread: its name; empty for the main one.
        call: what it is about to do: "send('END')", "acquire Lock 1", "write 1 to Value 1".
        on: what that is done to where `call` does not say so: "Pipe 1"; empty where nobody can tell.
        site: where in the source; None where that was not told yet.
    """

    standing: Standing
    number: int
    process: str
    thread: str
    call: str
    on: str
    site: Site | None

    @property
    def place(self) -> str:
        """Its place: "orders.py:23"; empty where that was not told yet."""
        return f"{os.path.basename(self.site.file)}:{self.site.line}" if self.site is not None else ""

    @property
    def words(self) -> str:
        """Say it without its process: "send('END') on Pipe 1, line 23 of orders.py"."""
        where = f", line {self.site.line} of {os.path.basename(self.site.file)}" if self.site is not None else ""
        return self.call + (f" on {self.on}" if self.on else "") + where


@dataclass(frozen=True, slots=True)
class Blocked:
    """A thread that waits in an operation, and goes on without a step once it can.

    Attributes:
        pid: of its process.
        number: of its process among all, from 1.
        process: its name.
        thread: its name; empty for the main one.
        call: what it is in: "get()", "join(sender)".
        why: what is missing, and who could bring it: "Queue 1 is empty; main could put"; empty where nobody knows.
        since: seconds since the run began.
        site: where in the source; None for what multiprocessing does for itself.
    """

    pid: int
    number: int
    process: str
    thread: str
    call: str
    why: str
    since: float
    site: Site | None

    @property
    def words(self) -> str:
        """Say it without its process: "waits in get(): Queue 1 is empty; main could put"."""
        return f"waits in {self.call}" + (f": {self.why}" if self.why else "")


@dataclass(frozen=True, slots=True)
class Choice:
    """Who may go next, the oldest first, and who cannot."""

    ready: tuple[Ready, ...] = ()
    blocked: tuple[Blocked, ...] = ()

    def of(self, pid: int) -> Ready | None:
        """Return the oldest of a process that may go next."""
        return next((one for one in self.ready if one.standing.pid == pid), None)

    def by_number(self, number: int) -> Ready | None:
        """Return the oldest of the process with this number that may go next."""
        return next((one for one in self.ready if one.number == number), None)

    def why(self, pid: int) -> Blocked | None:
        """Return what a process's main thread waits in, else one of its others."""
        mine = [one for one in self.blocked if one.pid == pid]
        return min(mine, key=lambda one: bool(one.thread), default=None)


def choice(observation: Observation) -> Choice:
    """Return who may go next in a run, and who waits, as far as was seen."""
    if isinstance(observation.choice, Choice):
        return observation.choice
    processes = list(observation.processes.values())
    numbers = {one.pid: number for number, one in enumerate(processes, 1)}
    alive = {one.pid: one.name for one in processes if one.alive}
    ready = tuple(
        _ready(observation, one, numbers.get(one.pid, 0), alive[one.pid])
        for one in observation.gate.standing
        if one.pid in alive
    )
    people = observation.people
    threads = {(one.standing.pid, one.thread) for one in ready}
    blocked = tuple(
        Blocked(wait.pid, numbers.get(wait.pid, 0), alive[wait.pid], wait.thread, _called(wait),
                _why(observation, wait, people), wait.since, wait.site)
        for wait in observation.all_waits()
        if wait.pid in alive and (wait.pid, wait.thread) not in threads
    )  # fmt: skip
    observation.choice = made = Choice(ready, blocked)
    return made


def stood(observation: Observation) -> dict[int, str]:
    """Return by pid what those were about to do who stood at the gate when they ended: "read Value 1".

    Of a process that has not ended it says what it is about to do: a crash may end all before it is told.
    """
    gate = observation.gate
    return {one.pid: " on ".join(filter(None, in_words(observation, one.operation)))
            for one in reversed(gate.stood + gate.standing)}  # of threads, the oldest  # fmt: skip


def _ready(observation: Observation, standing: Standing, number: int, process: str) -> Ready:
    lane = observation.operations.lanes.get(standing.pid) if observation.operations is not None else None
    thread = lane.threads.get(standing.thread, "") if lane is not None else ""
    site = lane.sites.get(standing.operation.site) if lane is not None else None
    call, on = in_words(observation, standing.operation)
    return Ready(standing, number, process, "" if thread == "MainThread" else thread, call, on, site)


def in_words(observation: Observation, operation: Operation) -> tuple[str, str]:
    """Return what an operation that is to come does, and to what where the first does not say so."""
    name, thing = record.NAMES.get(operation.operation, "?"), _name_of(observation, operation)
    match operation.operation:
        case record.JOIN:
            names = {one.pid: one.name for one in observation.processes.values()}
            return f"join({names.get(operation.size, '')})", ""
        case record.SEND if operation.size:
            text = preview(operation.text[: min(operation.size, record.TEXT_SIZE)], operation.size, TEXT)
            return f"send({text})", thing
        case record.CALL:
            method = operation.text.rstrip(b"\0").decode(errors="replace") or name
            return f"{thing or 'proxy'}.{method}()", ""
        case record.READ if thing:
            return f"read {_part(thing, operation.second)}", ""
        case record.WRITE if thing:
            value = operation.text.rstrip(b"\0").decode(errors="replace")
            return f"write {value} to {_part(thing, operation.second)}".replace("  ", " "), ""
        case record.ACQUIRE | record.RELEASE if thing:
            return f"{name} {thing}", ""
    return f"{name}()", thing


def _part(thing: str, index: int) -> str:
    return thing if index < 0 else f"{thing}[{index}]"


def _name_of(observation: Observation, operation: Operation) -> str:
    """Return "Pipe 1", "Lock 2"; empty where nobody told of it yet."""
    if observation.operations is None or observation.traffic is None or not operation.thing:
        return ""
    if operation.operation in ON_CHANNEL or operation.operation in (record.CLOSE, record.EMPTY):
        return observation.traffic.name_of(operation.thing)
    return lock_name(observation.operations, operation.thing)


def _called(wait: Wait) -> str:
    return f"{wait.call}({wait.on})" if wait.operation == record.JOIN else f"{wait.call}()"


def _why(observation: Observation, wait: Wait, people: People) -> str:
    """Return what is missing where a thread waits, and who could bring it: "Queue 1 is empty; main could put"."""
    if wait.operation == record.JOIN:
        return f"{wait.on} has not ended"
    if wait.operation == record.WAIT_BARRIER:
        return wait.ender.words.partition("; ")[2]
    lacks, verb = LACKS.get(wait.operation, ("", ""))
    if not lacks:
        return f"for {wait.ender.words}" if wait.ender.words else ""
    words = lacks.format(wait.on or "it")
    if wait.ender.words.startswith("nobody"):
        return f"{words}: nobody could {verb}{wait.ender.words.removeprefix('nobody')}"
    could = set(wait.ender.by)
    could |= {
        one.pid
        for one in observation.gate.standing
        if wait.on
        and one.operation.operation == MEETS[wait.operation]
        and _name_of(observation, one.operation) == wait.on
    }
    if could:
        names = ["another thread of its own" if pid == wait.pid else people.name(pid) for pid in sorted(could)]
        return f"{words}; {either(names)} could {verb}"
    if "; nobody" in wait.ender.words:
        return f"{words}; nobody was seen to {verb} yet"
    ended = wait.ender.words.partition(", but ")[2]
    return f"{words}; {ended}" if ended else words


__all__ = ["Blocked", "Choice", "Ready", "choice", "in_words", "stood"]
