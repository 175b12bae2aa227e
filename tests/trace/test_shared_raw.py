"""What is shared and passes no hook: that it is there is known, and who has it; nothing else changes."""

from __future__ import annotations

import pytest

from ipclab.engine import start_methods
from ipclab.moment import SharedAt
from ipclab.moments import Moments
from ipclab.observation import Observation
from tests.trace.conftest import Watch


def told(observation: Observation, time: int | None = None) -> dict[str, SharedAt]:
    """Return what is told of each thing in shared memory at a moment, at the run's end by default."""
    moments = Moments(observation)
    while not moments.follow():
        pass
    at = round(observation.time * 1e9) if time is None else time
    moment = moments.at(at)
    assert not moment.locks, "each is that of a Value or an Array"
    return {one.name: one for one in moment.shared}


@pytest.mark.parametrize("method", start_methods())
def test_what_was_made_and_who_has_it(watch: Watch, method: str) -> None:
    observation = watch("shared_raw", method)
    names = {one.pid: one.name for one in observation.processes.values()}
    shared = told(observation)
    kinds = {name: (one.made, one.type, one.length, one.raw) for name, one in shared.items()}
    pooled = next(name for name in names.values() if "Pool" in name)
    assert kinds == {
        "RawArray 1": ("RawArray", "int", 4, True),
        "Value 1": ("Value", "byte", 1, True),
        "RawArray 2": ("RawArray", "Point", 3, True),
        "RawValue 1": ("RawValue", "double", 1, True),
        "Array 1": ("Array", "double", 2, True),
        "RawArray 3": ("RawArray", "double", 2, True),
        "Array 2": ("Array", "long", 2, False),
        "Value 2": ("Value", "int", 1, False),
        "Array 3": ("Array", "short", 2, False),
        "RawValue 2": ("RawValue", "int", 1, True),  # one place, used a thousand times
    }
    holders = {name: {names[pid] for pid in one.holders} for name, one in shared.items()}
    assert holders == {
        "RawArray 1": {"main", "worker"},
        "Value 1": {"main", "worker"},
        "RawArray 2": {"main", pooled},
        "RawValue 1": {"main"},
        "Array 1": {"main"},
        "RawArray 3": {"main"},
        "Array 2": {"main", "worker"},
        "Value 2": set(),  # its uses are seen
        "Array 3": set(),
        "RawValue 2": {"main"},
    }
    operations, traffic = observation.operations, observation.traffic
    assert operations is not None and traffic is not None
    assert operations.unrecorded == 0
    (pipe,) = (one for one in traffic.channels() if one.name == "Pipe 1")
    assert (pipe.sent, pipe.received) == (1, 1)


def test_nobody_has_it_before_it_came_to_them(watch: Watch) -> None:
    observation = watch("shared_raw")
    assert observation.operations is not None
    (number,) = (one.number for one in told(observation).values() if one.name == "RawArray 1")
    first, second = sorted(observation.operations.holders[number].values())
    counts = [len(told(observation, time)["RawArray 1"].holders) for time in (first - 1, second - 1, second)]
    assert counts == [0, 1, 2]


def test_of_thousands_some_are_told(watch: Watch) -> None:
    from ipclab.trace.sharedctypes import MOST

    observation = watch("many_raw", count=3 * MOST)
    assert observation.operations is not None
    assert len(observation.operations.things) == MOST
    assert not [one for one in observation.findings.values() if one.level != "info"]
