"""Runs of the stubborn experiment, driven as the window and the command line drive theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from ipclab import engine

LIMIT = 30  # s: a run that takes longer is stuck


@dataclass
class Driven:
    """A run and what came of it."""

    run: engine.Run
    seen: engine.Observation = field(default_factory=engine.Observation)
    samples: dict[str, list[float]] = field(default_factory=dict)
    outcome: engine.Outcome | None = None

    def step(self, timeout: float = 0.2) -> bool:
        """Take one batch; tell whether more may come."""
        try:
            batch = self.run.receive(timeout)
        except EOFError:
            self.outcome = self.run.end()
            self.seen.end(self.outcome)
            return False
        if batch is not None:
            for _, name, samples in self.seen.take(batch):
                self.samples.setdefault(name, []).extend(samples["value"])
        return True

    def until(self, condition: Callable[[engine.Observation], object]) -> None:
        """Go on until something is so."""
        for _ in range(LIMIT * 1000):
            if condition(self.seen):
                return
            assert self.step(), f"the run ended before: {self.outcome}"
        raise AssertionError("it never came")

    def finish(self) -> engine.Outcome:
        """Go on to the end."""
        while self.step():
            pass
        assert self.outcome is not None
        return self.outcome

    def process(self, name: str) -> engine.ProcessSeen:
        """Return the process of this name."""
        return next(process for process in self.seen.processes.values() if process.name == name)

    def in_position(self, *names: str) -> bool:
        """Tell whether these workers are where they want to stay."""
        there = {process.name for process in self.seen.processes.values() if "in position" in process.shown}
        return set(names) <= there

    @property
    def text(self) -> str:
        """All output, a line each."""
        return "\n".join(line.text for line in self.seen.lines)


Start = Callable[..., Driven]


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a function that starts the stubborn experiment; what it started is gone after the test."""
    started: list[Driven] = []

    def begin(*kinds: str, method: str = "spawn", time_limit: float | None = None, **options: Any) -> Driven:
        request = engine.Request("stubborn", {"kinds": kinds, **options}, method, time_limit=time_limit)
        driven = Driven(engine.Run(request, "tests.engine.stubborn"))
        started.append(driven)
        return driven

    yield begin
    for driven in started:
        if driven.outcome is None:
            driven.run.kill()
            driven.finish()
