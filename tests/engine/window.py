"""A stand-in for the window, in a process of its own: starts a run, says what it learns, obeys "stop".

    python window.py METHOD KIND,KIND,...

It prints a JSON line when the run was started, one when all workers are in position, one when the run has ended.
"""

from __future__ import annotations

import json
import select
import sys
from typing import Any

from ipclab import engine


def say(**what: Any) -> None:
    """Print one line."""
    print(json.dumps(what), flush=True)


def main(method: str, kinds: list[str]) -> None:
    """Drive one run to its end."""
    run = engine.Run(engine.Request("stubborn", {"kinds": kinds}, method), "tests.engine.stubborn")
    say(keeper=run._keeper.pid, folder=run.folder)
    seen, ready = engine.Observation(), False
    while True:
        if select.select([sys.stdin], [], [], 0)[0] and sys.stdin.readline():
            run.stop()
        try:
            batch = run.receive(0.05)
        except EOFError:
            break
        for _ in seen.take(batch) if batch else ():
            pass
        workers = {process.name: process for process in seen.processes.values()}
        if not ready and all(kind in workers and "in position" in workers[kind].shown for kind in kinds):
            ready = True
            say(ready={name: process.pid for name, process in workers.items()})
    outcome = run.end()
    say(status=outcome.status, text=outcome.text)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2].split(","))
