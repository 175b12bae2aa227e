"""Who talks to whom: over what both are at. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipclab_gui.diagram.figures import Picture


def who_talks(picture: Picture, key: str) -> set[str]:
    """Return the keys of a shape, of what it is at, and of all who are at that; of a thing, of who is at it."""
    processes = {one.key for one in picture.processes}
    at = _beside(picture, key)
    found = {key} | at
    if key in processes:
        for thing in at - processes:
            found |= _beside(picture, thing)
    return found


def _beside(picture: Picture, key: str) -> set[str]:
    sources = {wire.source for wire in picture.wires if wire.target == key}
    return sources | {wire.target for wire in picture.wires if wire.source == key}


__all__ = ["who_talks"]
