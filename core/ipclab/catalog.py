"""The experiments there are: found by their files, described by what those declare."""

from __future__ import annotations

import dataclasses
import importlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ipclab import room
from ipclab.declarations import When
from ipclab.gate import PACE_LIMIT
from ipclab.options import RESERVED, Field, Invalid, Plain, fields, nearest, validate
from ipclab.outlines import BadExperiment, outlines, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType

    from ipclab.order import Order, Step
    from ipclab.records import Request, Series

FEW = 4  # processes, a manager's threads counted, that an experiment has which says no number


class UnknownExperiment(Exception):
    """No experiment has this name; the text says so and names the nearest."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What the window and the command line know of one experiment.

    Attributes:
        name: on the command line: "lost-updates". A file whose plain name would hide one of the standard library's
            bears a "_" at its end, which is no part of the name: "queue" is `queue_.py`.
        title: in the window: "Lost updates".
        group: its heading in the catalogue.
        summary: one line: the first of its docstring.
        fields: its own options, in order.
        presets: values by field name, by the preset's title; the first is the tutorial's.
        series: what it may record.
        module: "ipclab.experiments.lost_updates".
        source: its file.
        options: the dataclass that its `run` takes.
        declared_watch: `WATCHED`: whether its operations are recorded where nobody says so, always or with some values
            of its options: yes where it teaches, no where it measures.
        check: what the file says that cannot be done, by field; None where it has no `check`.
        in_bursts: `BURSTS`: whether it measures in `lab.bursts()`, always or with some values of its options.
        orders: `ORDERS`: orders of steps that show something every time, by title.
    """

    name: str
    title: str
    group: str
    summary: str
    fields: tuple[Field, ...]
    presets: Mapping[str, Mapping[str, Plain]]
    series: tuple[Series, ...]
    module: str
    source: Path
    options: type
    check: Callable[[Any], dict[str, str]] | None = None
    declared_watch: bool | When = False
    in_bursts: bool | When = False
    orders: Mapping[str, Order] = dataclasses.field(default_factory=dict)

    @property
    def stem(self) -> str:
        """The name of its file, guide and glyph: "lost_updates"."""
        return self.module.rpartition(".")[2]

    def refusals(self, parameters: Mapping[str, object], watch: str = "auto") -> dict[str, str]:
        """Return a sentence for each value, allowed as it is, that cannot be done now; asked before a run."""
        wrong = self._too_many(parameters)
        if watch in ("slow", "step") and (why := self.unheld(parameters)):
            wrong["watch"] = why
        return wrong | (self.check(self.options(**parameters)) if self.check is not None else {})

    def unheld(self, parameters: Mapping[str, object]) -> str:
        """Return why a run with these values can be neither slowed nor stepped, as one in bursts; empty if it can."""
        words = f"{self.title} measures in bursts with these values: it can be neither slowed nor stepped."
        return words if _holds(self.in_bursts, parameters) else ""

    def watched(self, choice: str, parameters: Mapping[str, object]) -> bool:
        """Tell whether a run is watched: by a choice of the field "watch"; "auto" is what the experiment declares."""
        return choice != "off" if choice != "auto" else _holds(self.declared_watch, parameters)

    def watching(self, choice: str, pace: float, parameters: Mapping[str, object]) -> dict[str, Any]:
        """Return what a Request says of how it is watched: for the fields "watch" and "pace"."""
        mode = choice if choice in ("slow", "step") else "on"
        return {"watched": self.watched(choice, parameters), "mode": mode, "pace": pace}

    def order(self, request: Request, steps: Iterable[Step]) -> Order:
        """Return the order of a run: its steps, and what is not as usual in its parameters but for secrets."""
        from ipclab.order import Order

        kept = {field.name: request.parameters[field.name] for field in self.fields
                if field.kind != "secret" and field.applies(request.parameters)
                and request.parameters[field.name] != field.default}  # fmt: skip
        return Order(self.name, tuple(steps), kept, request.start_method)

    def _too_many(self, parameters: Mapping[str, object]) -> dict[str, str]:
        counts = {field.name: parameters[field.name] for field in self.fields
                  if field.processes and field.applies(parameters)}  # fmt: skip
        wanted = max(FEW, sum(count for count in counts.values() if isinstance(count, int)))
        left = room.processes_left()
        if left is None or wanted <= left[0]:
            return {}
        text = f"{wanted} processes are more than this machine can hold now: {left[1]}, enough for {left[0]} more."
        return dict.fromkeys(counts or ("start_method",), text)

    def describe(self) -> dict[str, object]:
        """Return name, title, group, summary and fields, as `ipclab list --json` has them."""
        about = [field.describe() for field in (*self.fields, *every_run())]
        return {"name": self.name, "title": self.title, "group": self.group, "summary": self.summary, "fields": about}


def start_methods() -> tuple[str, ...]:
    """Return the start methods that this system offers, spawn first."""
    import multiprocessing  # takes 5 ms, and a window's first paint needs none of it

    return tuple(sorted(multiprocessing.get_all_start_methods(), key=("spawn", "fork", "forkserver").index))


@cache
def every_run() -> tuple[Field, ...]:
    """Return the options that every experiment has: start method, seed, time limit, watch, pace."""
    return (
        Field(
            "start_method",
            "choice",
            "spawn",
            help="How worker processes come to be: a fresh Python (spawn), a copy of the parent (fork), "
            "or a copy of a small server process (forkserver)",
            choices=start_methods(),
        ),
        Field("seed", "int", 0, help="Where random choices of the experiment start from", lo=0, hi=2**32 - 1),
        Field(
            "time_limit",
            "float",
            None,
            help="When the run is ended, ready or not",
            lo=0.1,
            hi=86_400,
            unit="s",
            optional=True,
        ),
        Field(
            "watch",
            "choice",
            "auto",
            help="Record every operation on multiprocessing; slow: each waits for its pace; step: each waits until it "
            "is let go; auto leaves it to the experiment, which says no where it measures",
            choices=("auto", "on", "off", "slow", "step"),
        ),
        Field(
            "pace",
            "float",
            0.5,
            help="How long each operation waits in slow motion",
            lo=0,
            hi=PACE_LIMIT,
            unit="s",
            when={"watch": ("slow",)},
        ),
    )


def names() -> tuple[str, ...]:
    """Return the experiments' names, in the catalogue's order."""
    return tuple(outline.name for outline in outlines())


@cache
def experiments() -> tuple[Experiment, ...]:
    """Return every experiment, in the catalogue's order; loads them all.

    Raises:
        BadExperiment: a file declares something that the lab cannot use.
    """
    return tuple(_loaded(outline.module) for outline in outlines())


@cache
def _loaded(module: str) -> Experiment:
    return described(importlib.import_module(module))


def find(name: str) -> Experiment:
    """Return the experiment of this name, and load no other; underscores and capitals are forgiven.

    Raises:
        UnknownExperiment: there is none; the text names the nearest.
    """
    wanted = name.lower().replace(" ", "-").replace("_", "-")
    for outline in outlines():
        if outline.name == wanted:
            return _loaded(outline.module)
    close = nearest(wanted, names())
    hint = f"did you mean {close}?" if close else f"there are {', '.join(names())}."
    raise UnknownExperiment(f"There is no experiment {name!r}; {hint}")


def described(module: ModuleType) -> Experiment:
    """Return what an experiment's module declares.

    Raises:
        BadExperiment: something is missing, or cannot be used.
    """
    source = Path(str(module.__file__))
    stem, outline = source.stem, read(source)
    for wanted in ("SERIES", "PRESETS", "Options", "run"):
        if not hasattr(module, wanted):
            raise BadExperiment(f"{stem}.py has no {wanted}")
    own = _checked(stem, module.Options)
    for title, values in module.PRESETS.items():
        try:
            validate(own, values)
        except Invalid as wrong:
            raise BadExperiment(f"{stem}.py: preset {title!r}: {wrong}") from None
    for name in ("WATCHED", "BURSTS"):
        said = getattr(module, name, False)
        if isinstance(said, When) and not said.conditions.keys() <= {field.name for field in own}:
            raise BadExperiment(f"{stem}.py: {name} depends on what is no option")
    orders = getattr(module, "ORDERS", {})
    for title, order in orders.items():
        try:
            validate(own, order.parameters)
        except Invalid as wrong:
            raise BadExperiment(f"{stem}.py: order {title!r}: {wrong}") from None
    return Experiment(
        name=outline.name,
        title=outline.title,
        group=outline.group,
        summary=outline.summary,
        fields=own,
        presets=module.PRESETS,
        series=module.SERIES,
        module=module.__name__,
        source=source,
        options=module.Options,
        check=getattr(module, "check", None),
        declared_watch=getattr(module, "WATCHED", False),
        in_bursts=getattr(module, "BURSTS", False),
        orders=orders,
    )


def _holds(said: bool | When, parameters: Mapping[str, object]) -> bool:
    """Tell whether what an experiment declares holds for values of its options."""
    if isinstance(said, bool):
        return said
    return all(parameters[name] in values for name, values in said.conditions.items())


def _checked(stem: str, options: type) -> tuple[Field, ...]:
    try:
        own = fields(options)
    except TypeError as wrong:
        raise BadExperiment(f"{stem}.py: {wrong}") from None
    known = {field.name: field for field in own}
    for field in own:
        if field.name in RESERVED:
            raise BadExperiment(f"{stem}.py: option {field.name!r} is named like a flag that every experiment has")
        try:
            field.check(field.default)
            for other, allowed in field.when.items():
                for value in allowed:
                    known[other].check(value)
        except KeyError as missing:
            raise BadExperiment(f"{stem}.py: option {field.name!r} depends on {missing}, which is no option") from None
        except ValueError as wrong:
            raise BadExperiment(f"{stem}.py: option {field.name!r}: {wrong}") from None
    return own
