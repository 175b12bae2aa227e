"""What each process of a watched run does or waits for, from the operations that it has begun and not ended."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ipclab.trace import record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ipclab.operations import Lane, Operations, Site
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
    for lane, row in operations.pending():
        site = lane.sites.get(int(row["site"]))
        key = (lane.pid, int(row["thread"]))
        if site is None and (key in found or int(row["thread"]) > 1):
            continue  # a part of a person's call, or a thread of multiprocessing's own
        found[key] = _wait(operations, traffic, names, lane, row)
    return list(found.values())


def _wait(
    operations: Operations, traffic: Traffic, names: Mapping[int, str], lane: Lane, row: Any
) -> Wait:
    operation, thing = int(row["word"]) >> 8, int(row["thing"])
    known = operations.things.get(thing)
    if operation in ON_CHANNEL:
        on = traffic.name_of(thing) if thing else ""
    elif operation == record.JOIN:
        on = f"process {names.get(int(row['size']), row['size'])}"
    elif operation == record.CALL:
        method = row["text"].tobytes().rstrip(b"\0").decode(errors="replace")
        on = f"{known.made if known else 'a proxy'}.{method}"
    else:
        on = lock_name(operations, thing)
    thread = lane.threads.get(int(row["thread"]), "")
    return Wait(
        lane.pid, record.NAMES[operation], on, int(row["begin"]) / 1e9, lane.sites.get(int(row["site"])),
        "" if thread == "MainThread" else thread,
    )  # fmt: skip


def lock_name(operations: Operations, number: int) -> str:
    """Return "Lock 2": what it is and a number in the order of their making; empty where nobody told."""
    known = operations.things.get(number)
    if known is None:
        return ""
    alike = [one.number for one in operations.things.values() if one.made == known.made and one.site is not None]
    return f"{known.made} {alike.index(number) + 1}" if number in alike else known.made
