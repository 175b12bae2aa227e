"""Workers that record more than anybody could look at.

An experiment of the benchmark samples.py; not in the catalogue.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Annotated

from ipclab.declarations import Help, Range, Series
from ipclab.lab import Lab

GROUP = "Messages"
SERIES = (Series("signal", ""),)
PRESETS: dict[str, dict[str, object]] = {}
WAVE = [math.sin(2 * math.pi * n / 5000) + n % 7 / 50 for n in range(5000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How much is recorded, and by how many."""

    workers: Annotated[int, Range(1, 64), Help("Processes that record")] = 1
    rate: Annotated[int, Range(1, 10_000_000), Help("Samples a second, of all of them")] = 1_000_000
    seconds: Annotated[int, Range(1, 60), Help("How long")] = 10


def work(lab: Lab, rate: float, total: int) -> None:
    """Record `total` samples at this rate, each by a call of its own, every few milliseconds those that are due."""
    began, done = time.perf_counter(), 0
    while done < total:
        due = min(total, int((time.perf_counter() - began) * rate))
        while done < due:
            lab.record("signal", WAVE[done % 5000])
            done += 1
        time.sleep(0.001)


def run(lab: Lab, options: Options) -> None:
    """Start the workers and wait for them."""
    rate = options.rate / options.workers
    workers = [
        lab.mp.Process(target=work, args=(lab, rate, int(rate * options.seconds)), name=f"worker {n}")
        for n in range(1, options.workers + 1)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
