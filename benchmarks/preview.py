"""What the text of one message costs whoever shows it (a window, a terminal; never a process under observation).

    python benchmarks/preview.py [ROUNDS]

Each message's first 80 bytes are read ROUNDS times; the minimum is the cost, the rest is other work on the machine.
"""

from __future__ import annotations

import os
import pickle
import sys
import time

from table import row, show

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "core"))
KEPT = 80  # bytes of a message that a recorder keeps


class Record:
    """A message of a class of its own."""

    def __init__(self) -> None:
        self.name, self.score = "Sam", 10


def main(rounds: int) -> None:
    """Measure and print the table."""
    from ipclab.preview import preview

    messages = {
        "int": 16,
        "short text": "hello",
        "text of 1 000": "y" * 1000,
        "('Sam', 10)": ("Sam", 10),
        "{'n': 1, 'k': [1, 2]}": {"n": 1, "k": [1, 2]},
        "instance": Record(),
        "request to a manager": ("7f0012ab", "append", (("Jeff", 8),), {}),
        "list of 1 000 ints": list(range(1000)),
    }
    rows = []
    for what, message in messages.items():
        data = pickle.dumps(message)
        kept, size = data[:KEPT], len(data)
        costs = []
        for _ in range(rounds):
            began = time.perf_counter_ns()
            preview(kept, size)
            costs.append((time.perf_counter_ns() - began) / 1e3)
        rows.append(row(what, costs, "µs"))
    show(f"The text of one message, from its first {KEPT} bytes, CPython {sys.version.split()[0]}", rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3_000)
