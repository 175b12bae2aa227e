"""A run whose batches the test hands out, in the engine's place: the window's side can be seen step by step."""

from __future__ import annotations

import queue
import threading
from collections.abc import Mapping
from typing import Any

import numpy as np

from ipclab.observation import Standing
from ipclab.records import Outcome, Request, process

DONE = Outcome("done", "Done.", 1.0)


class HandedRun:
    """Stands in for `ipclab.engine.Run`; the link's thread calls `receive` and `end`, the test the rest."""

    def __init__(self) -> None:
        self.received = 0  # batches that the link has taken
        self.asked: list[str] = []  # "stop", "kill", "end"
        self.outcome = DONE
        self._batches: queue.SimpleQueue[Mapping[str, Any] | Exception] = queue.SimpleQueue()

    def give(self, *batches: Mapping[str, Any] | Exception) -> None:
        """Hand out batches; an exception is raised where it is received."""
        for batch in batches:
            self._batches.put(batch)

    def finish(self) -> None:
        """Hand out nothing more."""
        self.give(EOFError())

    def receive(self, timeout: float) -> Mapping[str, Any] | None:
        try:
            batch = self._batches.get(timeout=timeout)
        except queue.Empty:
            return None
        if isinstance(batch, Exception):
            raise batch
        self.received += 1
        return batch

    def stop(self) -> None:
        self.asked.append("stop")
        self.outcome = Outcome("stopped", "Stopped.", 1.0)
        self.finish()

    def kill(self) -> None:
        self.asked.append("kill")
        self.finish()

    def type(self, line: str) -> None:
        self.asked.append(f"type {line}")

    def end_input(self) -> None:
        self.asked.append("end of input")

    def go(self, mode: str, pace: float | None = None) -> None:
        self.asked.append(f"go {mode}" + ("" if pace is None else f" {pace:g}"))

    def step(self, one: Standing | None = None) -> None:
        self.asked.append("step" if one is None else f"step {one.process}")

    def play(self, rule: str) -> None:
        self.asked.append(f"play {rule}")

    def hold(self) -> None:
        self.asked.append("hold")

    def end(self) -> Outcome:
        self.asked.append("end")
        return self.outcome


class Start:
    """Starts `HandedRun`s; held back while `held` is clear."""

    def __init__(self) -> None:
        self.runs: list[HandedRun] = []
        self.called, self.held = threading.Event(), threading.Event()
        self.held.set()

    def __call__(self, request: Request) -> HandedRun:
        del request
        self.called.set()
        assert self.held.wait(10)
        self.runs.append(HandedRun())
        return self.runs[-1]


def batch(number: int, **more: Any) -> dict[str, Any]:
    """Return a batch that is known by the time it bears."""
    return {"time": float(number), **more}


def with_main(number: int = 0) -> dict[str, Any]:
    """Return a batch that tells of a main program."""
    return batch(number, processes=[process(0, "main", 4_000, None, "running", 0.0, 0.0)])


def samples(number: int, *values: float) -> dict[str, Any]:
    """Return a batch with samples of the main program's round trips."""
    data = np.array([(number, value) for value in values], [("time", np.int64), ("value", np.float64)])
    return batch(number, samples=[(0, "round trip", data.tobytes())])
