"""Which variables have just got a new value, and are tinted for a while. No Qt."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipclab_gui.diagram.figures import Picture

FRESH = 0.6  # s that a new value is tinted


class Tints:
    """Notes when values changed, by the clock."""

    def __init__(self) -> None:
        self._since: dict[tuple[str, str], float] = {}  # by a process's key and the variable's name

    def __bool__(self) -> bool:
        """Tell whether something is tinted, or was when we last looked."""
        return bool(self._since)

    @property
    def over(self) -> bool:
        """Tell whether the time of something that is tinted is over."""
        now = time.perf_counter()
        return any(now - when >= FRESH for when in self._since.values())

    def clear(self) -> None:
        """Let nothing be tinted."""
        self._since.clear()

    def note(self, before: Picture, picture: Picture) -> None:
        """Note what differs between two moments of which one follows the other."""
        now = time.perf_counter()
        variables = {one.key: one.variables for one in before.processes}
        for one in picture.processes:
            were = variables.get(one.key)
            if were is None or were == one.variables:
                continue
            known = {variable.name: variable.text for variable in were}
            for variable in one.variables:
                if known.get(variable.name) != variable.text:
                    self._since[one.key, variable.name] = now

    def on(self, picture: Picture) -> Picture:
        """Return a picture with what is tinted now."""
        now = time.perf_counter()
        self._since = {key: when for key, when in self._since.items() if now - when < FRESH}
        if not self._since:
            return picture
        keys = {key for key, _ in self._since}
        return replace(
            picture,
            processes=tuple(
                replace(one, variables=tuple(replace(v, fresh=(one.key, v.name) in self._since) for v in one.variables))
                if one.key in keys
                else one
                for one in picture.processes
            ),
        )
