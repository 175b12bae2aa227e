"""Tasks of pools and executors: who submitted them, which worker ran each, who waited for the result."""

from __future__ import annotations

from collections import Counter

import pytest

from ipclab.engine import start_methods
from ipclab.observation import Observation
from ipclab.trace import record
from tests.trace.conftest import Watch

# tasks: 3 chunks of map, 1 apply, 3 of imap, 2 chunks of imap; 2 of starmap; fail; 2 chunks of the executor's map
TASKS = {"square": 3 + 1 + 3 + 2 + 2, "add": 2 + 1, "fail": 1 + 1, "slow": 2 + 2}

ACQUIRES = ("call() on AcquirerProxy.acquire", "call() on Lock.acquire")  # of a manager's lock


def names(observation: Observation, operation: int, *, main: bool) -> Counter[str]:
    """Count an operation that ended well by the function that it is about, in main or in all others."""
    operations = observation.operations
    assert operations is not None
    assert operations.unrecorded == 0
    found: Counter[str] = Counter()
    for process in observation.processes.values():
        lane = operations.lanes.get(process.pid)
        if lane is None or (process.name == "main") != main:
            continue
        for number in range(lane.dropped, lane.dropped + lane.count):
            one = lane.operation(number)
            if one is not None and one.operation == operation and one.end:
                found[operations.things[one.thing].made] += 1
    return found


@pytest.mark.parametrize("method", start_methods())
def test_each_task_is_known_by_its_function(watch: Watch, method: str) -> None:
    observation = watch("pooled", method)
    assert names(observation, record.TASK, main=False) == TASKS
    assert names(observation, record.TASK, main=True) == {}
    assert names(observation, record.SUBMIT, main=True) == {
        "square": 1 + 1 + 1 + 1 + 2,
        "add": 1 + 1,
        "fail": 1 + 1,
        "slow": 2 + 2,
    }
    waits = names(observation, record.RESULT_OF, main=True)
    assert waits.keys() == {"square", "add", "fail", "slow"}
    assert waits["fail"] == 1 + 1
    assert 1 + 1 + 2 <= waits["slow"] <= 1 + 2 + 2  # wait(); as_completed(), for one or for both at once; result()


@pytest.mark.parametrize("rests", ["apply", "wait", "as_completed"])
@pytest.mark.parametrize("method", start_methods())
def test_who_waits_for_a_result_waits_for_the_worker_that_runs_the_task(watch: Watch, method: str, rests: str) -> None:
    seen: list[dict[str, tuple[str, str]]] = []

    def stand_still(observation: Observation) -> bool:
        waits = observation.waits().values()
        seen.append({
            observation.people.name(wait.pid): (f"{wait.call}() on {wait.on}", wait.ender.words) for wait in waits
        })  # fmt: skip
        workers = [name for name, (waits_for, _) in seen[-1].items() if waits_for in ACQUIRES]
        if len(workers) < (1 if rests == "apply" else 2):  # the innermost call of a person's code, in the task
            return False
        on = "" if rests == "as_completed" else "rest"  # of two functions
        return seen[-1].get("main") == (f"result() on {on}", f"its end in {' or '.join(workers)}")

    watch("pooled", method, rests=rests, stop_when=stand_still)
