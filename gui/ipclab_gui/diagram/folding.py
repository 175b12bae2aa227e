"""Folds processes that are alike into stacks, so that a picture of 64 can be read. No Qt."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from ipclab_gui.diagram.figures import Picture, Process, Tube, Wire
from ipclab_gui.diagram.processes import TABS

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST = 9  # alike, from which on they are one stack
LINES = 3  # of a stack that say how many do what
_NUMBER = re.compile(r"[\s_#-]*\d+(?::\d+)*$")


def stem(name: str) -> str:
    """Return a name without the number at its end: "worker 12", "Process-1:3" and "SyncManager-1"."""
    return _NUMBER.sub("", name) or name


def fold(picture: Picture, unfolded: Iterable[str] = ()) -> Picture:
    """Return a picture in which those who are alike are one: same name but its number, same parent, neither a server.

    Args:
        picture: as it was made.
        unfolded: keys of stacks that a person has unfolded.
    """
    groups: dict[tuple[str, str], list[Process]] = {}
    for one in picture.processes[1:]:
        if not one.objects:
            groups.setdefault((stem(one.name), one.parent), []).append(one)
    opened = set(unfolded)
    names: dict[str, str] = {}
    stacks: dict[str, Process] = {}
    for (name, parent), alike in groups.items():
        key = f"stack {parent} {name}"
        if len(alike) >= LEAST and key not in opened:
            stacks[key] = _stack(key, name, parent, alike)
            names.update((one.key, key) for one in alike)
    if not stacks:
        return picture
    processes = {one.key: one for one in (stacks[names[p.key]] if p.key in names else p for p in picture.processes)}
    things = [
        replace(thing, left=_named(thing.left, names), right=_named(thing.right, names))
        if isinstance(thing, Tube)
        else thing
        for thing in picture.things
    ]
    sides = {names.get(key, key): side for key, side in picture.sides.items()}
    unsure = frozenset(names.get(key, key) for key in picture.unsure)
    return Picture(tuple(processes.values()), tuple(things), _wires(picture.wires, names), sides, unsure)


def key_of_stack(one: Process) -> str:
    """Return the key of the stack that a process would be in."""
    return f"stack {one.parent} {stem(one.name)}"


def _named(keys: tuple[str, ...], names: dict[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names.get(key, key) for key in keys))


def _wires(wires: tuple[Wire, ...], names: dict[str, str]) -> tuple[Wire, ...]:
    made: dict[tuple[str, str, str], Wire] = {}
    for wire in wires:
        source, target = names.get(wire.source, wire.source), names.get(wire.target, wire.target)
        key, known = (source, target, wire.tab), made.get((source, target, wire.tab))
        if known is None:
            same = source == wire.source and target == wire.target
            made[key] = wire if same else replace(wire, source=source, target=target)
            continue
        solid, both = wire.solid or known.solid, wire.both or known.both
        waits, blind = wire.waits and known.waits, wire.blind and known.blind
        if (wire.color, solid, waits, both, blind) != (known.color, known.solid, known.waits, known.both, known.blind):
            made[key] = replace(wire, source=source, target=target, solid=solid, waits=waits, both=both, blind=blind)
    return tuple(made.values())


def _stack(key: str, name: str, parent: str, alike: list[Process]) -> Process:
    doing = Counter(_doing(one) for one in alike)
    lines = [f"{count} {words}" for words, count in doing.most_common(LINES)]
    if len(doing) > LINES:
        rest = sum(count for _, count in doing.most_common()[LINES - 1 :])
        lines = [*lines[: LINES - 1], f"{rest} others"]
    tabs = tuple(dict.fromkeys(tab for one in alike for tab in one.tabs))[:TABS]
    living = [one for one in alike if not one.over]
    state = living[0].state if living else alike[0].state
    chip = None if living else alike[0].chip if len({one.chip for one in alike}) == 1 else None
    return Process(key, name, 0, parent, state, chip, (), 0, None, (), 0, tabs, len(alike),
                   tuple(one.key for one in alike), tuple(lines))  # fmt: skip


def _doing(one: Process) -> str:
    if one.chip is not None:
        return one.chip.words
    if one.foot is None:
        return one.state
    call = re.sub(r"\(.*", "()", one.foot.text)
    if one.foot.when == "next":
        return f"next: {call}"
    return f"wait in {call}" if one.foot.tone == "wait" else call if call == "computing" else f"in {call}"


__all__ = ["fold", "key_of_stack", "stem"]
