"""Code that is made anew for each message, as consoles and templates do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipclab.lab import Lab


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How often."""

    times: int = 100


def run(lab: Lab, options: Options) -> None:
    """Run it."""
    from ipclab.trace import places  # a run that is watched has it: what its hooks keep is asked here

    here, there = lab.mp.Pipe()
    kept = 0
    for number in range(options.times):
        eval(compile("here.send(number)", "<made anew>", "eval"), globals() | {"here": here, "number": number})
        assert there.recv() == number
        if number == places.MOST_CODES:
            kept = len(places.sites) + len(places._codes) + len(places._places)
    lab.show("more", len(places.sites) + len(places._codes) + len(places._places) - kept)
