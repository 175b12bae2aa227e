"""Run an experiment through the real engine, to its end, and keep what it said."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ipclab import engine

START_METHODS = engine.start_methods()
PATIENCE = 60.0  # s until a run that does not end is killed, and the test fails

Meanwhile = Callable[[engine.Run, engine.Observation], None]


@dataclass(slots=True)
class Ran:
    """A run that has ended.

    Attributes:
        status: "done", "failed", "stopped", "timed out" or "crashed".
        text: how it ended, in a sentence.
        seconds: from its start to its end.
        observation: all that is known of it.
        samples: values by series' name, in the order in which they came.
    """

    status: str
    text: str
    seconds: float
    observation: engine.Observation
    samples: dict[str, Any] = field(default_factory=dict)

    @property
    def processes(self) -> dict[str, engine.ProcessSeen]:
        """The run's processes, by name."""
        return {process.name: process for process in self.observation.processes.values()}

    @property
    def findings(self) -> list[engine.FindingSeen]:
        """What it found, in order."""
        return list(self.observation.findings.values())

    @property
    def series(self) -> dict[str, Any]:
        """Figures by series' name."""
        return self.observation.series

    @property
    def errors(self) -> str:
        """All that was written to stderr, and how the run ended: what a test that fails wants to show."""
        return "\n".join([self.text, *(line.text for line in self.observation.lines if line.stream == "stderr")])

    def found(self, level: str) -> list[str]:
        """Return the texts of the findings of this level, with plain spaces."""
        return [plain(finding.text) for finding in self.findings if finding.level == level]

    def shown(self, process: str) -> dict[str, object]:
        """Return the variables that a process has shown last."""
        return self.processes[process].shown

    def output(self, process: str, stream: str = "stdout") -> list[str]:
        """Return the lines that a process has written."""
        ident = self.processes[process].id
        return [line.text for line in self.observation.lines if line.process == ident and line.stream == stream]


def plain(text: str) -> str:
    """Return a text with plain spaces for those that do not break."""
    return text.replace("\u00a0", " ")


def run_experiment(
    name: str,
    *,
    start_method: str = "spawn",
    seed: int = 0,
    time_limit: float | None = None,
    meanwhile: Meanwhile | None = None,
    watched: bool = False,
    pace: float = 0.0,
    **parameters: object,
) -> Ran:
    """Run an experiment to its end.

    Args:
        name: "lost-updates".
        watched: record its operations.
        pace: for how long each operation waits, in seconds; 0 for a run that is not slowed.
        meanwhile: called with the run and what is known of it, after each batch.
        parameters: values of its options; what is not given has its default.

    Raises:
        Invalid: a parameter is wrong.
        TimeoutError: it did not end within PATIENCE; nothing is left of it.
    """
    values: dict[str, object] = dict(engine.validate(engine.find(name).fields, parameters))
    mode = "slow" if pace else "on"
    run = engine.start(engine.Request(name, values, start_method, seed, time_limit, watched, mode=mode, pace=pace))
    observation = engine.Observation()
    parts: dict[str, list[Any]] = {}
    deadline = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < deadline:
            batch = run.receive(0.5)
            if batch is None:
                continue
            for _, series, samples in observation.take(batch):
                parts.setdefault(series, []).append(samples["value"])
            if meanwhile is not None:
                meanwhile(run, observation)
        raise TimeoutError(f"{name} did not end within {PATIENCE:g} s")
    except EOFError:
        outcome = run.end()
        if watched:
            observation.end(outcome)
    except BaseException:
        run.kill()
        run.end()
        raise
    samples = {series: np.concatenate(arrays) for series, arrays in parts.items()}
    return Ran(outcome.status, outcome.text, outcome.seconds, observation, samples)


def stop_when(condition: Callable[[engine.Observation], bool]) -> Meanwhile:
    """Return what stops the run as soon as something is so."""

    def meanwhile(run: engine.Run, observation: engine.Observation) -> None:
        if condition(observation):
            run.stop()

    return meanwhile


def kill(
    name: str, number: signal.Signals = signal.SIGKILL, *, when: Callable[[engine.Observation], bool]
) -> Meanwhile:
    """Return what sends a signal, once, to the process of this name as soon as something is so."""
    sent = False

    def meanwhile(_run: engine.Run, observation: engine.Observation) -> None:
        nonlocal sent
        pids = [process.pid for process in observation.processes.values() if process.name == name and process.alive]
        if pids and not sent and when(observation):
            sent = True
            os.kill(pids[0], number)

    return meanwhile
