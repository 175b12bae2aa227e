"""Each mechanism's operations are recorded, in the process that does them and on the thing that they are done to."""

from __future__ import annotations

import pytest

from ipclab.engine import start_methods
from ipclab.observation import Observation
from ipclab.trace import record
from tests.trace.conftest import Watch

BLOCK = "a block"  # of shared memory, whose name is made up


def done(observation: Observation, name: str) -> set[tuple[str, str]]:
    """Return what a process did where its own code says so: the operation and what the thing is called."""
    operations = observation.operations
    assert operations is not None
    assert operations.unrecorded == 0
    (pid,) = (one.pid for one in observation.processes.values() if one.name == name)
    lane = operations.lanes[pid]
    found = set()
    for number in range(lane.count):
        one = lane.operation(number)
        assert one is not None
        assert one.end, "all have ended"
        if one.site in lane.sites:
            thing = operations.things.get(one.thing)
            made = thing.made if thing is not None else ""
            found.add((record.NAMES[one.operation], BLOCK if made.startswith("psm_") else made))
    return found


@pytest.mark.parametrize("method", start_methods())
def test_what_each_process_did_to_what(watch: Watch, method: str) -> None:
    observation = watch("mechanisms", method)
    main, worker = done(observation, "main"), done(observation, "worker")
    assert main >= {("wait", "Condition"), ("wait", "Barrier"), ("set", "Event"), ("read", "Value"), ("read", BLOCK),
                    ("create", BLOCK), ("unlink", BLOCK), ("send", "connection"), ("recv", "connection"),
                    ("accept", ""), ("start", ""), ("join", "")}  # fmt: skip
    assert worker >= {("wait", "Event"), ("clear", "Event"), ("notify", "Condition"), ("wait", "Barrier"),
                      ("write", "Value"), ("write", BLOCK), ("attach", BLOCK), ("send", "connection"),
                      ("recv", "connection"), ("connect", "")}  # fmt: skip
    assert observation.traffic is not None
    (channel,) = (one for one in observation.traffic.channels() if one.kind == "connection")
    assert channel.sent == channel.received > 2  # the two that make sure of the key as well
