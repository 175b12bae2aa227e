"""What an experiment's file declares with: markers of its options, its series, the levels of its findings.

Workers import this file with the experiment's; what reads the declarations (options.py, catalog.py) they do not.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Level = Literal["info", "ok", "warning", "bad"]
LEVELS: tuple[Level, ...] = ("info", "ok", "warning", "bad")


class Range(NamedTuple):
    """Bounds of a number, both allowed; `unit` is "B" or "s" or "" (a count); `log` asks for a logarithmic slider.

    `grouped`: written in groups of three; not where the number is a name and no count, as a port is.
    """

    lo: float
    hi: float
    unit: str = ""
    log: bool = False
    grouped: bool = True


class Help(NamedTuple):
    """One sentence for tool tip and `--help`."""

    text: str


class When:
    """The field applies only while others have these values: `When(traffic=("one way", "there and back"))`."""

    __slots__ = ("conditions",)

    def __init__(self, **conditions: object) -> None:
        self.conditions: dict[str, tuple[object, ...]] = {
            name: value if isinstance(value, tuple) else (value,) for name, value in conditions.items()
        }


class Processes:
    """So many processes are started at a time: refused where this machine cannot hold them."""

    __slots__ = ()


class Secret:
    """The text is a key or a password: masked where it is typed, never shown, remembered, copied or printed.

    An empty one is refused wherever the field applies, so its default is empty, and it depends on something.
    """

    __slots__ = ()


class Series(NamedTuple):
    """A named stream of samples that an experiment may record.

    Attributes:
        name: as a person reads it: "round trip".
        unit: "s", "B", or what is counted: "increments".
        plot: "trace" draws the samples over time, "steps" draws values that hold until the next one (counts, levels).
        distribution: a histogram with percentiles makes sense.
        group: series of one group share a graph; empty: a graph of its own.
        log: its graph begins with a logarithmic axis, as that of every duration does: values lie decades apart.
        against: a series whose newest value, in the same process, says at what each sample was measured: a graph of the
            one against the other is drawn. It is declared beside this one, and recorded before each sample.
    """

    name: str
    unit: str
    plot: Literal["trace", "steps"] = "trace"
    distribution: bool = False
    group: str = ""
    log: bool = False
    against: Series | None = None
