"""What one `lab.record` costs the process that calls it.

    python benchmarks/recorder.py [ROUNDS]

A loop that records is timed against the same loop that calls an empty function, in turns; the ring is emptied between
two rounds by moving its read mark, as the runner does. A series' first sample, which makes its ring, is not counted.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time

from table import row, show

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "core"))
SAMPLES = 100_000


def main(rounds: int) -> None:
    """Measure and print the table."""
    from ipclab import recorder
    from ipclab.lab import Lab

    parent_folder = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="ipclab-benchmark-", dir=parent_folder) as folder:
        recorder.current = recorder.Recorder(folder, time.perf_counter_ns())
        lab = Lab("spawn", 0)
        lab.record("round trip", 0.0)
        with open(f"{recorder.current.life.path}.s0", "r+b") as file:
            import mmap

            cells = memoryview(mmap.mmap(file.fileno(), 0))[:64].cast("q")

        def empty(series: str, value: float) -> None:
            pass

        def loop(record: object) -> float:
            call = record
            began = time.perf_counter_ns()
            for _ in range(SAMPLES):
                call("round trip", 1.5e-5)  # type: ignore[operator]
            return (time.perf_counter_ns() - began) / SAMPLES

        nothing, recorded = [], []
        for _ in range(rounds):
            nothing.append(loop(empty))
            recorded.append(loop(lab.record))
            cells[2] = cells[1]
        assert cells[3] == 0, "samples were dropped: another path was measured"
        cost = [a - b for a, b in zip(recorded, nothing, strict=True)]
        show(
            f"One sample recorded, {SAMPLES} a round, CPython {sys.version.split()[0]}",
            [
                row("loop with an empty function", nothing, "ns"),
                row("loop with lab.record", recorded, "ns"),
                row("lab.record alone, at most 1000", cost, "ns"),
            ],
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
