#!/usr/bin/env python3
"""What watching costs: the same exchange watched and bare, both ends on one core, pair by pair, the minima compared.

    python benchmarks/watching.py [ROUNDS]

For each exchange: nanoseconds of one message bare and watched, and the difference for each record that it makes: a
round trip of a Pipe makes four (send, recv, send, recv), a message of a Queue too (put, the feeder's send, get, recv).

Where the buffers of a large message happen to lie changes what it takes, bare or watched, by more than its records do:
between 50 and 117 us for 64 KiB there and back, as the program allocated a few bytes more or less before. At the end of
the heap glibc gives them back after each message and takes them anew, which costs page faults. So glibc is told to keep
what it has (mallopt(3)), and each pair begins with another number of bytes allocated: the minima are then of the places
that suit each best.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import quantiles

from table import ratio, row, show

ROOT = Path(__file__).resolve().parent.parent
RECORDS = 4
EXCHANGES = (("Pipe, 8 B, there and back", "pipe", 8), ("Pipe, 64 KiB, there and back", "pipe", 65536),
             ("Queue, 8 B, streamed", "queue", 8))  # fmt: skip
KEEP = {"MALLOC_TRIM_THRESHOLD_": "67108864", "MALLOC_TOP_PAD_": "16777216", "MALLOC_MMAP_THRESHOLD_": "33554432"}
PLACES = 272  # bytes between where one pair's buffers lie and the next one's: no part of a page, nor of a cache line

PROGRAM = """
import multiprocessing as mp, os, sys, time
kind, size, before = sys.argv[1], int(sys.argv[2]), bytearray(int(sys.argv[3]))
BATCH, BATCHES = 50, 200

def echo(end):
    while (message := end.recv()) is not None:
        end.send(message)

def take(queue, done):
    for _ in range(BATCHES):
        for _ in range(BATCH):
            queue.get()
        done.send(None)

if __name__ == "__main__":
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    message, best = b"x" * size, float("inf")
    here, there = mp.Pipe()
    if kind == "pipe":
        worker = mp.Process(target=echo, args=(there,))
        worker.start()
        for _ in range(BATCHES):
            began = time.perf_counter_ns()
            for _ in range(BATCH):
                here.send(message)
                here.recv()
            best = min(best, (time.perf_counter_ns() - began) / BATCH)
        here.send(None)
    else:
        queue = mp.Queue()
        worker = mp.Process(target=take, args=(queue, there))
        worker.start()
        for _ in range(BATCHES):
            began = time.perf_counter_ns()
            for _ in range(BATCH):
                queue.put(message)
            here.recv()
            best = min(best, (time.perf_counter_ns() - began) / BATCH)
    worker.join()
    print(best)
"""


def measured(program: Path, words: list[str], *, watched: bool) -> float:
    """Return nanoseconds of one message, the least of all batches."""
    variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")} | KEEP
    variables["PYTHONPATH"] = os.pathsep.join(str(ROOT / part) for part in ("core", "gui", "resources"))
    before = ["-m", "ipclab_gui", "run", "--python", sys.executable] if watched else []
    command = [sys.executable, *before, str(program), *words]
    return float(subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout)


def main() -> None:
    """Measure, and print."""
    rounds = max(2, int(sys.argv[1])) if len(sys.argv) > 1 else 8
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder, "exchange.py")
        program.write_text(PROGRAM)
        for title, kind, size in EXCHANGES:
            bare, watched = [], []
            for number in range(rounds):
                words = [kind, str(size), str(1024 + number * PLACES)]
                bare.append(measured(program, words, watched=False))
                watched.append(measured(program, words, watched=True))
            a_record = (min(watched) - min(bare)) / RECORDS
            pairs = [(one - other) / RECORDS for one, other in zip(watched, bare, strict=True)]
            low, middle, high = quantiles(pairs, n=4)
            show(title, [row("bare", bare, "ns"), row("watched", watched, "ns"), ratio("ratio", watched, bare)])
            print(
                f"  one record of the {RECORDS}: {a_record:.0f} ns more, of the minima; of {len(pairs)} pairs"
                f" {middle:.0f} in the median, {low:.0f} to {high:.0f} the middle half"
            )


if __name__ == "__main__":
    main()
