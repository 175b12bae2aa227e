"""Runs that are watched, made up operation by operation, as batches bring them."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ipclab.lane import ROW
from ipclab.observation import Observation
from ipclab.records import Outcome, process
from ipclab.trace import record

MS = 1_000_000  # ns
FILE = "/home/sam/exchange.py"


def row(
    operation: int, begin: int, end: int, thing: int = 0, *, size: int = 0, text: bytes = b"", line: int = 0,
    thread: int = 1, flags: int = 0,
) -> NDArray[Any]:  # fmt: skip
    """Return one record; milliseconds, `end` 0 while it is pending, `line` 0 for multiprocessing's own."""
    made = np.zeros(1, ROW)
    made["begin"], made["end"], made["thing"], made["size"] = begin * MS, end * MS, thing, size
    made["site"], made["thread"] = line or record.NOWHERE, thread
    made["text"] = np.void(text[: record.TEXT_SIZE].ljust(record.TEXT_SIZE, b"\0"))
    made["word"] = operation << 8 | flags | (record.DONE if end else 0)
    return made


def sent(begin: int, end: int, thing: int, what: object, *, line: int = 10, thread: int = 1) -> NDArray[Any]:
    """Return a send of an object."""
    data = pickle.dumps(what)
    return row(record.SEND, begin, end, thing, size=len(data), text=data, line=line, thread=thread)


def received(begin: int, end: int, thing: int, what: object, *, line: int = 20) -> NDArray[Any]:
    """Return a receive of an object."""
    data = pickle.dumps(what)
    return row(record.RECEIVE, begin, end, thing, size=len(data), text=data, line=line)


class Made:
    """A run whose processes have these names; pids from 4000 on.

    Attributes:
        observation: what the window has of it.
    """

    def __init__(self, *names: str) -> None:
        self.observation = Observation()
        self.pids = {name: 4000 + number for number, name in enumerate(names)}
        self._done = dict.fromkeys(names, 0)
        processes = [
            process(number, name, pid, 0 if number else None, "running", 0.0, 0.0)
            for number, (name, pid) in enumerate(self.pids.items())
        ]
        sites = [
            (pid, "site", {"number": line, "file": FILE, "line": line, "function": "work"})
            for pid in self.pids.values()
            for line in (10, 20, 30, 40)
        ]
        self.fold(processes=processes, traced=sites, origin=0)

    def fold(self, **batch: Any) -> None:
        """Fold a batch in."""
        batch.setdefault("time", self.observation.time)
        for _ in self.observation.take(batch):
            pass

    def pipe(self, first: int, second: int, name: str = "main") -> None:
        """Tell that a process made a Pipe of these two ends; two-way unless they are one."""
        self.fold(traced=[(self.pids[name], "pipe", {"ends": (first, second), "duplex": first != second, "site": 30})])

    def queue(self, end: int, made: str = "Queue", limit: int = 0, name: str = "main") -> None:
        """Tell that a process made a queue."""
        about = {"end": end, "made": made, "limit": limit, "site": 30}
        self.fold(traced=[(self.pids[name], "queue", about)])

    def lock(self, number: int, made: str = "Lock", name: str = "main") -> None:
        """Tell that a process made a lock."""
        self.fold(traced=[(self.pids[name], "lock", {"number": number, "made": made, "site": 30})])

    def did(self, name: str, *rows: NDArray[Any], time: float | None = None) -> None:
        """Tell what a process did next."""
        data = np.concatenate(rows)
        first = self._done[name]
        self._done[name] += len(data)
        latest = max(int(data["begin"].max()), int(data["end"].max())) / 1e9
        moment = max(self.observation.time, latest) if time is None else time
        self.fold(time=moment, operations=[(self.pids[name], first, data.tobytes())])

    def lost(self, name: str, count: int) -> None:
        """Tell that so many operations of a process are missing."""
        self._done[name] += count
        self.fold(unrecorded=(self.observation.operations.unrecorded if self.observation.operations else 0) + count)

    def completed(self, name: str, index: int, one: NDArray[Any]) -> None:
        """Tell how an operation ended that was pending."""
        self.fold(
            time=max(self.observation.time, int(one["end"][0]) / 1e9),
            completed=[(self.pids[name], index, one.tobytes())],
        )

    def ended(self, name: str, state: str, seconds: float, **about: Any) -> None:
        """Tell how a process ended."""
        ident = list(self.pids).index(name)
        parent = 0 if ident else None
        known = process(ident, name, self.pids[name], parent, state, seconds, 0.0, known=True, **about)  # type: ignore[arg-type]
        self.fold(time=max(self.observation.time, seconds), processes=[known])

    def end(self, seconds: float | None = None) -> None:
        """End the run."""
        self.observation.end(Outcome("done", "Done.", self.observation.time if seconds is None else seconds))

    def stands(self, *standing: tuple[str, NDArray[Any]], mode: str = "step") -> None:
        """Tell that processes stand at the gate, each with what it is about to do; the oldest first."""
        told = [(self.pids[name], number, one.tobytes()) for number, (name, one) in enumerate(standing, 1)]
        about = {"origin": 0, "mode": mode, "pace": 0, "rule": "", "left": None, "standing": told, "stood": []}
        self.fold(gate=about)
