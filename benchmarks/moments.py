"""How long it takes to follow a run of a million operations, and to tell its state at random moments.

Four producers put into a Queue, four consumers take from it and have a lock for a while: made up, so that the run is
the same each time. Run: python benchmarks/moments.py
"""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[1]))

from ipclab.lane import ROW
from ipclab.moments import Moments
from ipclab.trace import record
from tests.operated import Made

ITEMS = 40_000  # of each producer; with what is recorded of them 960 000 operations
STEP, LAG, SLICE = 4_000, 5_000_000, 2_000_000  # ns: from item to item, consumers behind producers, in one batch
QUEUE, LOCK = 5, 9
MOMENTS = 300


def main() -> None:
    """Print both."""
    moments = Moments(_made().observation)
    follow, told = [], []
    done = False
    while not done:
        began = perf_counter()
        done = moments.follow()
        follow.append(perf_counter() - began)
    chance = np.random.default_rng(1)
    for time in chance.integers(0, round(moments.observation.time * 1e9), MOMENTS).tolist():
        began = perf_counter()
        complete = moments.at(time).complete
        told.append(perf_counter() - began)
    count = sum(lane.count for lane in moments.operations.by_number)
    print(f"{count} operations, {'all' if complete else 'NOT ALL'} of them read, in {sum(follow) * 1e3:.0f} ms")
    for name, took in (("a portion", follow), ("a moment", told)):
        at = np.percentile(np.array(took) * 1e3, (50, 95, 100))
        print(f"{name}: median {at[0]:.2f}, 95 % {at[1]:.2f}, worst {at[2]:.2f} ms")


def _made() -> Made:
    """Return the run, folded in by slices of time as batches bring it."""
    made = Made("main", *(f"p{n}" for n in range(4)), *(f"c{n}" for n in range(4)))
    made.queue(QUEUE)
    made.lock(LOCK)
    item = pickle.dumps(12345)
    parts = {}
    for number in range(4):
        begin = np.arange(ITEMS, dtype=np.int64) * STEP + number * 900 + 1_000
        parts[f"p{number}"] = _woven(
            _rows(record.PUT, begin, 200, QUEUE, line=10),
            _rows(record.SEND, begin + 300, 100, QUEUE, text=item, thread=2),
        )
        begin += LAG
        parts[f"c{number}"] = _woven(
            _rows(record.GET, begin, 300, QUEUE, line=20),
            _rows(record.RECEIVE, begin + 50, 200, QUEUE, text=item),
            _rows(record.ACQUIRE, begin + 400, 50, LOCK, line=20),
            _rows(record.RELEASE, begin + 500, 0, LOCK, line=20),
        )
    for start in range(0, ITEMS * STEP + 2 * LAG, SLICE):
        for name, rows in parts.items():
            some = rows[(rows["end"] > start) & (rows["end"] <= start + SLICE)]
            if len(some):
                made.did(name, some)
    made.observation.traffic.pair()  # type: ignore[union-attr]
    return made


def _rows(
    operation: int,
    begin: NDArray[np.int64],
    took: int,
    thing: int,
    *,
    text: bytes = b"",
    line: int = 0,
    thread: int = 1,
) -> NDArray[Any]:
    rows = np.zeros(len(begin), ROW)
    rows["begin"], rows["end"], rows["thing"], rows["thread"] = begin, begin + took, thing, thread
    rows["size"], rows["text"] = len(text), np.void(text.ljust(record.TEXT_SIZE, b"\0"))
    rows["site"], rows["word"] = line or record.NOWHERE, operation << 8 | record.DONE
    return rows


def _woven(*parts: NDArray[Any]) -> NDArray[Any]:
    woven = np.empty(len(parts) * len(parts[0]), ROW)
    for place, part in enumerate(parts):
        woven[place :: len(parts)] = part
    return woven


if __name__ == "__main__":
    main()
