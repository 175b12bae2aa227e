"""What boot adds to the start of a worker, and what an experiment's imports add.

    python benchmarks/boot.py [ROUNDS]

Three parents, each a Python of its own, take turns: each spawns a worker and joins it. One is plain multiprocessing
with an empty worker; one was booted as the lab's main program is, with the same empty worker; one was booted and its
worker belongs to an experiment, so its file is imported. Ratios are taken round by round.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time

from table import ratio, row, show

PARENT = """
import os, sys, time
from multiprocessing import get_context
def empty(): pass
def serve(target):
    spawn = get_context("spawn")
    for line in sys.stdin:
        began = time.perf_counter_ns()
        worker = spawn.Process(target=target)
        worker.start()
        worker.join()
        os.write(channel, b"%d %d\\n" % (time.perf_counter_ns() - began, worker.exitcode))
if __name__ == "__main__":
    channel = os.dup(1)
    kind, folder = sys.argv[1:3]
    target = empty
    if kind != "plain":
        from ipclab import boot
        os.makedirs(folder)
        early = [os.open(folder + "/early" + end, os.O_CREAT | os.O_WRONLY) for end in (".out", ".err")]
        mine = {}
        for fd, file in zip((1, 2), early):
            os.dup2(file, fd)
            mine[fd] = (os.fstat(file).st_dev, os.fstat(file).st_ino)
        boot.install(folder, time.perf_counter_ns(), mine, "main")
    if kind == "experiment":
        from ipclab.experiments.pipe import Options as target
    serve(target)
"""


class Parent:
    """A Python that spawns a worker whenever it is told to."""

    def __init__(self, kind: str, script: str, folder: str) -> None:
        root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")} | {
            "PYTHONPATH": f"{root}/core"
        }
        self.process = subprocess.Popen(
            [sys.executable, script, kind, os.path.join(folder, kind)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def spawn(self) -> float:
        """Return the milliseconds from start to join of one worker."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        took, code = self.process.stdout.readline().split()
        assert code == "0", f"a worker ended with exit code {code}"
        return int(took) / 1e6


def main(rounds: int) -> None:
    """Measure and print the table."""
    parent_folder = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with tempfile.TemporaryDirectory(prefix="ipclab-benchmark-", dir=parent_folder) as folder:
        script = os.path.join(folder, "parent.py")
        with open(script, "w") as file:
            file.write(PARENT)
        kinds = ("plain", "booted", "experiment")
        parents = {kind: Parent(kind, script, folder) for kind in kinds}
        for parent in parents.values():  # bytecode is written, files are in memory
            parent.spawn()
        times: dict[str, list[float]] = {kind: [] for kind in kinds}
        for turn in range(rounds):
            for kind in kinds[turn % 3 :] + kinds[: turn % 3]:  # nobody is always first
                times[kind].append(parents[kind].spawn())
        for parent in parents.values():
            parent.process.communicate()
    show(
        f"A spawned worker from start to join, {rounds} rounds, CPython {sys.version.split()[0]}",
        [
            row("empty worker, plain multiprocessing", times["plain"], "ms"),
            row("empty worker, booted", times["booted"], "ms"),
            row("an experiment's worker, booted", times["experiment"], "ms"),
            ratio("boot / plain, at most 1.05", times["booted"], times["plain"]),
            ratio("experiment / plain, at most 1.35", times["experiment"], times["plain"]),
        ],
    )


if __name__ == "__main__":
    began = time.monotonic()
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    print(f"{time.monotonic() - began:.0f} s")
