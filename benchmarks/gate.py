#!/usr/bin/env python3
"""What the gate costs: open, with many who wait at it, and from a step's being asked for to its beginning.

    python benchmarks/gate.py [SECONDS]

Open: the check that each hook makes, in a tight loop beside an empty statement, in pairs. Waiting: what a run of 33
processes takes that all stand at the gate, the runner with it, over SECONDS (10), in percent of one core. Steps: from
`engine.Run.step` to the beginning of the operation, for processes that have stood there for more than a second.
"""

from __future__ import annotations

import sys
import tempfile
import time
import timeit
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from table import row, show

if TYPE_CHECKING:
    from collections.abc import Callable

from ipclab import engine

ROUNDS, LOOPS = 20, 1_000_000
WAITERS = 32  # and main
STEPS = 40

PROGRAM = f"""
import multiprocessing as mp

def work(queue):
    while True:
        queue.put(None)

if __name__ == "__main__":
    mp.set_start_method("fork")
    queue = mp.Queue()
    for _ in range({WAITERS}):
        mp.Process(target=work, args=(queue,), daemon=True).start()
    while True:
        queue.get()
"""


def open_gate() -> None:
    """Print what the check costs while nobody is held."""
    from ipclab.gate import MODE_BYTE
    from ipclab.trace.hold import page

    names = {"page": page, "MODE_BYTE": MODE_BYTE}
    checked, empty = [], []
    for _ in range(ROUNDS):
        empty.append(timeit.timeit("pass", globals=names, number=LOOPS) / LOOPS * 1e9)
        checked.append(timeit.timeit("if page[MODE_BYTE]: pass", globals=names, number=LOOPS) / LOOPS * 1e9)
    differences = [with_it - without for with_it, without in zip(checked, empty, strict=True)]
    show("open gate, one operation", [row("the check", differences, "ns")])


def standing(seconds: float) -> None:
    """Print what those who stand take, and how soon a step begins."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "waiters.py")
        path.write_text(PROGRAM)
        _stand(seconds, engine.Program(sys.executable, (str(path),)))


def _stand(seconds: float, program: engine.Program) -> None:
    run = engine.start(engine.Request("waiters", watched=True, mode="step", program=program))
    seen = engine.Observation()

    def until(so: Callable[[], bool]) -> None:
        while not so():
            batch = run.receive(0.05)
            for _ in seen.take(batch) if batch is not None else ():
                pass

    def step_main() -> bool:
        mine = [one for one in seen.gate.standing if one.process == "main"]
        if mine and len(seen.processes) <= WAITERS:
            run.step(mine[0])
        return len(seen.gate.standing) >= WAITERS

    try:
        until(step_main)
        pids = [one.pid for one in seen.processes.values()]
        runner = psutil.Process(run._keeper.pid).children()[0]
        processes = [psutil.Process(pid) for pid in pids]
        until(lambda: True)

        def used(some: list[psutil.Process]) -> float:
            return sum(sum(one.cpu_times()[:2]) for one in some)

        time.sleep(1.5)  # all look rarely by now
        before, began = (used(processes), used([runner])), time.perf_counter()
        while time.perf_counter() - began < seconds:
            run.receive(0.5)
        took = time.perf_counter() - began
        after = used(processes), used([runner])
        shares = [100 * (later - earlier) / took for later, earlier in zip(after, before, strict=True)]
        print(f"{len(seen.gate.standing)} of {len(pids)} processes at the gate for {took:.0f} s: "
              f"{shares[0]:.1f} % of a core, {shares[0] * 33 / len(seen.gate.standing):.1f} % for 33; "
              f"the runner {shares[1]:.1f} %")  # fmt: skip
        delays = []
        for _ in range(STEPS):
            time.sleep(0.03)
            until(lambda: bool(seen.gate.standing))
            one = seen.gate.standing[0]
            asked = time.perf_counter_ns()
            run.step(one)
            delays.append((one, asked))
            known = len(seen.steps)
            until(lambda known=known: len(seen.steps) > known)  # type: ignore[misc]
        until(lambda: seen.operations is not None)
        run.go("on")
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            batch = run.receive(0.1)
            for _ in seen.take(batch) if batch is not None else ():
                pass
        found = [wait for one, asked in delays if (wait := _began(seen, one, asked)) is not None]
        show("a step, from its being asked for", [row("begins after", found, "ms")])
    finally:
        run.kill()
        run.end()


def _began(seen: engine.Observation, one: engine.Standing, asked: int) -> float | None:
    """Return the milliseconds after which an operation has begun."""
    assert seen.operations is not None
    lane = seen.operations.lanes.get(one.pid)
    origin = seen.operations.origin
    for _, part in lane.since(0) if lane is not None else ():
        for begin, thread, word in zip(part["begin"].tolist(), part["thread"].tolist(), part["word"].tolist(),
                                       strict=True):  # fmt: skip
            if begin + origin >= asked and thread == one.thread and word >> 8 == one.operation.operation:
                return float(begin + origin - asked) / 1e6
    return None


if __name__ == "__main__":
    open_gate()
    standing(float(sys.argv[1]) if len(sys.argv) > 1 else 10.0)
