"""Two functions of the same bytecode, called in turn, by two threads: no place is known by its offset alone."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipclab.lab import Lab


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How often."""

    times: int = 20


def first(here: Any, there: Any) -> None:
    """Send and receive one message."""
    here.send("first")
    there.recv()


def second(here: Any, there: Any) -> None:
    """Send and receive another message."""
    here.send("second")
    there.recv()


def both(ends: tuple[Any, Any], times: int) -> None:
    """Call them in turn."""
    for _ in range(times):
        first(*ends)
        second(*ends)


def run(lab: Lab, options: Options) -> None:
    """Run it."""
    assert first.__code__.co_code == second.__code__.co_code
    ends = lab.mp.Pipe()
    other = threading.Thread(target=both, args=(lab.mp.Pipe(), options.times), name="other")
    other.start()
    both(ends, options.times)
    other.join()
