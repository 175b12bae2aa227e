"""What plots know of the run that they draw. Qt-free."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ipclab.quantity import SPACE, measured, thousands
from ipclab_gui.buffers import Buffers

if TYPE_CHECKING:
    from ipclab.observation import Observation
    from ipclab.statistics import Summary


@dataclass(slots=True)
class RunData:
    """Samples and figures of one run; the window folds its batches into both."""

    buffers: Buffers = field(default_factory=Buffers)
    observation: Observation | None = None

    @property
    def running(self) -> bool:
        """Tell whether more may come."""
        return self.observation is not None and self.observation.outcome is None

    @property
    def now(self) -> float:
        """Seconds since the run began; never before the newest sample."""
        return max(self.observation.time if self.observation is not None else 0.0, self.buffers.ends)

    def summary(self, series: str) -> Summary | None:
        """Return the figures of a series over all processes; None before its first sample."""
        return None if self.observation is None else self.observation.series.get(series)

    def process(self, ident: int) -> str:
        """Return a process's name."""
        seen = None if self.observation is None else self.observation.processes.get(ident)
        return f"process {ident}" if seen is None else seen.name


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the large numbers over the plots."""

    label: str
    number: str
    unit: str = ""


def figure(label: str, value: float, unit: str) -> Figure:
    """Return a measured value as a figure: number and unit apart."""
    number, _, shown = said(value, unit).rpartition(SPACE)
    if unit and number:
        return Figure(label, number, shown)
    return Figure(label, said(value, ""))


def said(value: float, unit: str) -> str:
    """Return a value as it is said of one sample: counts whole, everything else with three digits."""
    if unit not in ("s", "B") and math.isfinite(value) and float(value).is_integer():
        return f"{thousands(int(value))}{SPACE}{unit}" if unit else thousands(int(value))
    return measured(value, unit)


def capital(text: str) -> str:
    """Return a name as the beginning of a line."""
    return text[:1].upper() + text[1:]


def plural(name: str) -> str:
    """Return what many of a thing are called: "round trips", "put to get times"."""
    if " to " in name:  # from one moment to another
        return f"{name} times"
    if name.endswith(("s", "x", "ch", "sh")):
        return f"{name}es"
    if name.endswith("y") and name[-2:-1] not in "aeiou":
        return f"{name[:-1]}ies"
    return f"{name}s"
