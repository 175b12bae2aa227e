"""What each process of a watched run does or waits for, from the operations that it has begun and not ended."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipclab.trace import record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ipclab.enders import Ender, Enders, People
    from ipclab.lane import Operation, Site
    from ipclab.operations import Operations
    from ipclab.traffic import Traffic

ON_CHANNEL = frozenset({record.SEND, record.RECEIVE, record.POLL, record.WAIT, record.PUT, record.GET, record.TASK_DONE,
                        record.JOIN_QUEUE, record.FLUSH})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wait:
    """An operation that has begun and not ended.

    Attributes:
        pid: of its process.
        call: "recv", "acquire".
        on: what it is done to: "Pipe 1", "Lock 2", "process receiver"; empty where nobody can tell.
        since: seconds since the run began.
        site: where a person's code called it; None for what multiprocessing does for itself.
        thread: its name; empty for the main one.
        ender: who could end it, as far as was seen.
        limited: it was given a time limit, and ends by itself.
        operation: its number, see `trace.record`: what `call` does not tell apart.
    """

    pid: int
    call: str
    on: str
    since: float
    site: Site | None
    thread: str
    ender: Ender
    limited: bool
    operation: int = 0

    @property
    def words(self) -> str:
        """In words: "recv() on Pipe 1, line 145 of pipe.py"."""
        where = f", line {self.site.line} of {os.path.basename(self.site.file)}" if self.site else ""
        return f"{self.call}()" + (f" on {self.on}" if self.on else "") + where


def waits(operations: Operations, traffic: Traffic, enders: Enders, people: People) -> list[Wait]:
    """Return what each thread does or waits for, the innermost call of a person's code.

    Args:
        operations: of the run.
        traffic: of the same.
        enders: of the same.
        people: the run's processes.
    """
    found: dict[tuple[int, int], Wait] = {}
    for lane, pending in operations.pending():
        key = (lane.pid, pending.thread)
        if pending.site == record.NOWHERE and (key in found or pending.thread > 1):
            continue  # a part of a person's call, or a thread of multiprocessing's own
        thread = lane.threads.get(pending.thread, "")
        found[key] = Wait(
            pid=lane.pid,
            call=record.NAMES[pending.operation],
            on=_on(operations, traffic, people.names, pending),
            since=pending.begin / 1e9,
            site=lane.sites.get(pending.site),
            thread="" if thread == "MainThread" else thread,
            ender=enders.could_end(lane, pending, people),
            limited=bool(pending.flags & record.LIMITED),
            operation=pending.operation,
        )
    return list(found.values())


def stuck(waits: Iterable[Wait]) -> list[Wait]:
    """Return the waits that only those could end who are in one themselves, as far as was seen; not those on top.

    Two who wait for each other's message are returned, and not who waits for the end of one of them.
    """
    left = {(wait.pid, wait.thread): wait for wait in waits}
    while True:
        free = {pid for wait in left.values() for pid in wait.ender.by} - {pid for pid, _ in left}
        goes_on = [
            key for key, wait in left.items() if wait.limited or not wait.ender.by or not free.isdisjoint(wait.ender.by)
        ]
        awaited = {pid for wait in left.values() for pid in wait.ender.by}
        goes_on = goes_on or [key for key in left if key[0] not in awaited]
        if not goes_on:
            return list(left.values())
        for key in goes_on:
            del left[key]


def _on(operations: Operations, traffic: Traffic, names: Mapping[int, str], pending: Operation) -> str:
    """Return in words what an operation is done to; empty where nobody can tell."""
    if pending.operation in ON_CHANNEL:
        return traffic.name_of(pending.thing) if pending.thing else ""
    if pending.operation == record.JOIN:
        return names.get(pending.size, f"process {pending.size}")
    if pending.operation == record.CALL:
        known = operations.things.get(pending.thing)
        method = pending.text.rstrip(b"\0").decode(errors="replace")
        return f"{known.made if known else 'a proxy'}.{method}"
    return lock_name(operations, pending.thing)


def lock_name(operations: Operations, number: int) -> str:
    """Return "Lock 2": what it is and a number in the order of their making; empty where nobody told."""
    known = operations.things.get(number)
    if known is None:
        return ""
    if known.kind == "block":  # is called by a name that says nothing
        return f"Block {[one.number for one in operations.things.values() if one.kind == 'block'].index(number) + 1}"
    alike = [one.number for one in operations.things.values() if one.made == known.made and one.site is not None]
    return f"{known.made} {alike.index(number) + 1}" if number in alike else known.made
