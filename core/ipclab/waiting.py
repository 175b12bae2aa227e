"""What each process of a watched run does or waits for, from the operations that it has begun and not ended."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipclab.trace import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ipclab.operations import Lane, Operation, Operations, Site
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
    """

    pid: int
    call: str
    on: str
    since: float
    site: Site | None
    thread: str

    @property
    def words(self) -> str:
        """In words: "recv() on Pipe 1, line 145 of pipe.py"."""
        where = f", line {self.site.line} of {os.path.basename(self.site.file)}" if self.site else ""
        return f"{self.call}()" + (f" on {self.on}" if self.on else "") + where


def waits(operations: Operations, traffic: Traffic, names: Mapping[int, str]) -> list[Wait]:
    """Return what each thread does or waits for, the innermost call of a person's code.

    Args:
        operations: of the run.
        traffic: of the same.
        names: of processes, by pid.
    """
    found: dict[tuple[int, int], Wait] = {}
    for lane, pending in operations.pending():
        key = (lane.pid, pending.thread)
        if pending.site not in lane.sites and (key in found or pending.thread > 1):
            continue  # a part of a person's call, or a thread of multiprocessing's own
        found[key] = _wait(operations, traffic, names, lane, pending)
    return list(found.values())


def _wait(operations: Operations, traffic: Traffic, names: Mapping[int, str], lane: Lane, pending: Operation) -> Wait:
    thread = lane.threads.get(pending.thread, "")
    return Wait(
        lane.pid, record.NAMES[pending.operation], _on(operations, traffic, names, pending), pending.begin / 1e9,
        lane.sites.get(pending.site), "" if thread == "MainThread" else thread,
    )  # fmt: skip


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
    alike = [one.number for one in operations.things.values() if one.made == known.made and one.site is not None]
    return f"{known.made} {alike.index(number) + 1}" if number in alike else known.made
