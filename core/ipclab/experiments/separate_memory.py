"""Two processes, two memories: what a worker appends to a list, the main program's list never gets."""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from ipclab.declarations import Help, Range, Series, When

if TYPE_CHECKING:
    from ipclab.lab import Lab

GROUP = "Memory"
ORDER = 1
QUESTION = "Why is my list still empty in the main program?"
SERIES: tuple[Series, ...] = ()
WATCHED = True
PRESETS = {
    "Tutorial's squares": {},
    "Filled before the start": {"fill_first": True},
}

HOW_IT_BEGAN = {
    "spawn": "spawn: a fresh Python imported this file anew",
    "fork": "fork: a copy of main's memory as it was at the start",
    "forkserver": "forkserver: a copy of a small server process, which never had main's list",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may tweak."""

    numbers: Annotated[tuple[int, ...], Range(-(10**9), 10**9), Help("What the worker squares")] = (1, 2, 3, 4)
    fill_first: Annotated[bool, Help("Let main put something into its list before the worker starts")] = False
    filling: Annotated[
        tuple[int, ...], Range(-(10**9), 10**9), When(fill_first=True), Help("What main puts into its list first")
    ] = (100, 200)


result: list[int] = []  # global, and still every process has one of its own


def append_squares(numbers: tuple[int, ...], lab: Lab) -> None:
    """Worker p1: append the squares to the list `result`, which is its own."""
    found = list(result)
    for number in numbers:
        result.append(number * number)
        lab.show("result", result)
    print(f"result in p1: {result}")
    text = f"p1 found {reprlib.repr(found)} in its list and left {reprlib.repr(result)} there."
    lab.finding("info", text, HOW_IT_BEGAN[lab.start_method])


def run(lab: Lab, options: Options) -> None:
    """Start p1, wait for its end, and look at main's own list."""
    if options.fill_first:
        result.extend(options.filling)
    before = list(result)

    p1 = lab.mp.Process(target=append_squares, name="p1", args=(options.numbers, lab))
    p1.start()
    p1.join()

    print(f"result in the main program: {result}")
    lab.show("result", result)
    now = reprlib.repr(result)
    evidence = f"before p1 {reprlib.repr(before)}, after it {now}"
    if result == before:
        lab.finding("ok", f"main's list is {now}: nothing that p1 appended is in it.", evidence)
    else:
        lab.finding("bad", f"main's list has become {now}, though p1 has a memory of its own.", evidence)
