"""What a package costs at the start of a worker and of the command line, beside the source.

    python benchmarks/package.py [ROUNDS]

It measures dist/ipclab, which packaging/build.py makes, against the Python that runs this file. A parent of each kind
spawns an empty worker and joins it; then each runs `ipclab list`. Source and package take turns, and ratios are taken
round by round.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from table import ratio, row, show

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "dist" / "ipclab"
# The worker runs a function that every Python has, and the parent has no file: its children import no main again.
PARENT = """
import sys, time
from multiprocessing import get_context
spawn = get_context("spawn")
for line in sys.stdin:
    began = time.perf_counter_ns()
    worker = spawn.Process(target=int)
    worker.start()
    worker.join()
    print(time.perf_counter_ns() - began, worker.exitcode, flush=True)
"""


def environment() -> dict[str, str]:
    """Return this process's environment, with the source found and nothing else of Python's."""
    found = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return found | {"PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("core", "gui", "resources"))}


def spawned(parent: subprocess.Popen[str]) -> float:
    """Return the milliseconds from start to join of one worker of a parent."""
    assert parent.stdin is not None and parent.stdout is not None
    parent.stdin.write("\n")
    parent.stdin.flush()
    took, code = parent.stdout.readline().split()
    assert code == "0", f"a worker ended with exit code {code}"
    return int(took) / 1e6


def listed(command: list[str]) -> float:
    """Return the milliseconds that a command takes."""
    began = time.perf_counter_ns()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment())
    return (time.perf_counter_ns() - began) / 1e6


def main(rounds: int) -> int:
    """Measure and print the table."""
    if not PACKAGE.is_dir():
        print("There is no package; python packaging/build.py makes one.", file=sys.stderr)
        return 1
    kinds = ("source", "package")
    pythons = {"source": sys.executable, "package": str(PACKAGE / "ipclab-worker")}
    commands = {
        "source": [sys.executable, "-m", "ipclab_gui", "list"],
        "package": [str(PACKAGE / "ipclab"), "list"],
    }
    parents = {
        kind: subprocess.Popen(
            [pythons[kind], "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
        )
        for kind in kinds
    }
    workers: dict[str, list[float]] = {kind: [] for kind in kinds}
    lists: dict[str, list[float]] = {kind: [] for kind in kinds}
    for kind in kinds:  # bytecode is written, files are in memory
        spawned(parents[kind])
        listed(commands[kind])
    for turn in range(rounds):
        for kind in kinds[turn % 2 :] + kinds[: turn % 2]:  # nobody is always first
            workers[kind].append(spawned(parents[kind]))
            lists[kind].append(listed(commands[kind]))
    for parent in parents.values():
        parent.communicate()
    show(
        f"Starts from source and in a package, {rounds} rounds, CPython {sys.version.split()[0]}",
        [
            row("spawned worker, source", workers["source"], "ms"),
            row("spawned worker, package", workers["package"], "ms"),
            ratio("package / source, at most 2", workers["package"], workers["source"]),
            row("ipclab list, source", lists["source"], "ms"),
            row("ipclab list, package", lists["package"], "ms"),
            ratio("package / source", lists["package"], lists["source"]),
        ],
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 40))
