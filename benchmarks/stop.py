"""How long Stop takes until nothing is left, for workers that do not want to end.

    python benchmarks/stop.py [ROUNDS]

The time runs from `run.stop()` until keeper, runner and every process below them are gone and the run's folder too.
"""

from __future__ import annotations

import os
import sys
import time

from table import row, show

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [ROOT, os.path.join(ROOT, "core")]
KINDS = {
    "blocked in recv()": "recv",
    "spinning": "spin",
    "ignoring SIGTERM": "ignores SIGTERM",
    "stopped by SIGSTOP": "stopped",
    "holding the GIL in C": "holds the GIL",
    "with a grandchild in its own session": "session of its own",
}


def once(kinds: list[str], method: str) -> float:
    """Return the seconds from Stop to nothing left."""
    from ipclab import engine
    from ipclab.runner.system import system

    run = engine.Run(engine.Request("stubborn", {"kinds": kinds}, method), "tests.engine.stubborn")
    seen = engine.Observation()
    while True:
        batch = run.receive(0.2)
        for _ in seen.take(batch) if batch else ():
            pass
        if sum("in position" in process.shown for process in seen.processes.values()) == len(kinds):
            break
    below = [run._keeper.pid, *system.descendants(run._keeper.pid)]
    began = time.perf_counter()
    run.stop()
    try:
        while True:
            run.receive(0.2)
    except EOFError:
        outcome = run.end()
    took = time.perf_counter() - began
    assert outcome.status == "stopped", outcome
    assert not os.path.exists(run.folder)
    assert not any(alive(pid) for pid in below), "a process is left"
    return took


def alive(pid: int) -> bool:
    """Tell whether a process is there and is no zombie."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def main(rounds: int) -> None:
    """Measure and print the table."""
    rows = []
    for method in ("spawn", "fork", "forkserver"):
        for what, kind in KINDS.items():
            rows.append(row(f"{what}, {method}", [once([kind], method) * 1000 for _ in range(rounds)], "ms"))
        rows.append(
            row(f"all of them, {method}", [once([*KINDS.values()], method) * 1000 for _ in range(rounds)], "ms")
        )
    show(f"Stop to nothing left, at most 1000, {rounds} rounds, CPython {sys.version.split()[0]}", rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
