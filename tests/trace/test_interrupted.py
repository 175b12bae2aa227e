"""What a signal's handler raises in the midst of a hook: the program sees none of it, and nothing is told wrong."""

from __future__ import annotations

import sys

import pytest

from ipclab.trace import record
from tests.trace.conftest import Watch


@pytest.mark.skipif(sys.platform == "win32", reason="has no alarms")
def test_a_handler_that_raises_in_a_hook_leaves_no_trace_of_it(watch: Watch) -> None:
    observation = watch("interrupted", "fork")
    (process,) = observation.processes.values()
    assert process.shown["hooks"] == ""
    assert observation.operations is not None
    (lane,) = observation.operations.lanes.values()
    assert list(observation.operations.pending()) == []
    operations = [one for row in range(lane.count) if (one := lane.operation(row)) is not None]
    calls = process.shown["calls"]
    assert isinstance(calls, int)
    done = sum(one.operation == record.SEND and not one.flags & record.ERROR for one in operations)
    assert done + observation.operations.unrecorded >= calls
