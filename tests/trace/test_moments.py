"""The state of a run at a moment is what its processes say it was then, under every start method."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ipclab.engine import Observation, start_methods
from ipclab.moment import SHOWN, Moment
from ipclab.moments import Moments
from tests.trace.conftest import Watch

CHANNELS = ("Queue 1", "SimpleQueue 1", "Queue 2", "Pipe 1", "Pipe 2")
STEPS, TURNS = 200, 40


def said(observation: Observation, origin: int) -> Iterator[tuple[int, int, str, Any]]:
    """Yield what the processes said: pid, moment in ns since the run began, of what, how it was."""
    for line in observation.lines:
        if line.stream == "stdout" and line.text:
            time, about = line.text.split(" ", 1)
            name, state = about.split(" [", 1) if " [" in about else about.rsplit(" ", 1)
            state = f"[{state}" if " [" in about else state
            yield observation.processes[line.process].pid, int(time) - origin, name, json.loads(state)


@pytest.mark.parametrize("method", start_methods())
def test_each_state_is_told_as_it_was(watch: Watch, method: str) -> None:
    observation = watch("known_states", method, steps=STEPS, turns=TURNS)
    moments = Moments(observation)
    assert moments.operations.unrecorded == 0
    while not moments.follow():
        pass
    told: Counter[str] = Counter()
    wrong = []
    for pid, time, name, state in said(observation, moments.operations.origin):
        at = moments.at(time)
        told[name] += 1
        known = seen(at, name, pid)
        if name in CHANNELS:
            expected: Any = (len(state), [str(one) for one in state[:SHOWN]])
        elif name == "Array 1":
            expected = [str(one) for one in state]
        else:
            expected = state if name != "free" else []
        if known != expected:
            wrong.append((name, time, expected, known))
    assert wrong == []
    assert all(told[name] == STEPS for name in (*CHANNELS, "Array 1"))
    assert told["Lock"] + told["RLock"] // 3 + told["Semaphore"] == 3 * TURNS
    assert min(told["Lock"], told["RLock"], told["Semaphore"]) > 10


def seen(at: Moment, name: str, pid: int) -> Any:
    """Return what is told of a thing: a channel's depth and oldest messages, how often a process has a lock."""
    if name in CHANNELS:
        channel = next(one for one in at.channels if one.name == name)
        way = max(channel.ways, key=lambda one: one.sent)
        return way.inside, [one.text for one in way.first]
    if name == "Array 1":
        return at.shared[0].values
    if name == "free":
        return [pid for lock in at.locks for pid in lock.holders]
    lock = next(one for one in at.locks if one.made == name)
    if name == "Semaphore":
        assert lock.left == 2 - len(lock.holders)
    else:
        assert list(lock.holders) == [pid]
    return lock.holders.get(pid)
