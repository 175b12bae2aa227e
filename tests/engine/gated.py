"""What time limits and sleeps do while somebody is held at the gate: an experiment for tests, no part of the lab's."""

from __future__ import annotations

import time
from dataclasses import dataclass
from queue import Empty
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipclab.lab import Lab

SLEEP, LIMIT = 0.3, 0.6  # s


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which kind of wait is limited."""

    kind: str = "recv"


def late(kind: str, thing: Any) -> None:
    """Do after a while what the other waits for, and end."""
    time.sleep(SLEEP)
    if kind == "poll":
        thing.send("late")
    elif kind == "get":
        thing.put("late")
    elif kind == "event":
        thing.set()
    elif kind == "acquire":
        thing.release()


def run(lab: Lab, options: Options) -> None:
    """Wait with a time limit for what comes before it runs out, if nobody thinks meanwhile."""
    kind, mp = options.kind, lab.mp
    here: Any = None
    there: Any = None
    if kind == "poll":
        here, there = mp.Pipe()
    elif kind == "get":
        here = there = mp.Queue()
    elif kind == "event":
        here = there = mp.Event()
    elif kind == "acquire":
        here = there = mp.Semaphore(1)
        here.acquire()
    worker = mp.Process(target=late, name="late", args=(kind, there))
    worker.start()
    waits: dict[str, Callable[[], object]] = {
        "poll": lambda: here.poll(LIMIT),
        "get": lambda: here.get(timeout=LIMIT),
        "event": lambda: here.wait(LIMIT),
        "acquire": lambda: here.acquire(timeout=LIMIT),
        "join": lambda: (worker.join(LIMIT), worker.exitcode == 0)[1],
    }
    try:
        lab.show("got", bool(waits[kind]()))
    except Empty:
        lab.show("got", False)
    worker.join()
