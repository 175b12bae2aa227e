"""The experiments there are: found by their files, described by what those declare."""

from __future__ import annotations

import importlib
import multiprocessing
import pkgutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ipclab.options import RESERVED, Field, Invalid, Plain, fields, nearest, validate

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import ModuleType

    from ipclab.records import Series

PACKAGE = "ipclab.experiments"  # loaded when it is asked for: workers, which import this file, need none of them
GROUPS = ("Memory", "Messages", "Server process")  # in the order in which a person would learn


class UnknownExperiment(Exception):
    """No experiment has this name; the text says so and names the nearest."""


class BadExperiment(Exception):
    """An experiment's file declares something that the lab cannot use; the text says what and where."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What the window and the command line know of one experiment.

    Attributes:
        name: on the command line: "lost-updates".
        title: in the window: "Lost updates".
        group: its heading in the catalogue.
        summary: one line: the first of its docstring.
        fields: its own options, in order.
        presets: values by field name, by the preset's title; the first is the tutorial's.
        series: what it may record.
        module: "ipclab.experiments.lost_updates".
        source: its file.
        options: the dataclass that its `run` takes.
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

    @property
    def stem(self) -> str:
        """The name of its file, guide and glyph: "lost_updates"."""
        return self.module.rpartition(".")[2]

    def describe(self) -> dict[str, object]:
        """Return name, title, group, summary and fields, as `ipclab list --json` has them."""
        about = [field.describe() for field in (*self.fields, *every_run())]
        return {"name": self.name, "title": self.title, "group": self.group, "summary": self.summary, "fields": about}


def start_methods() -> tuple[str, ...]:
    """Return the start methods that this system offers, spawn first."""
    return tuple(sorted(multiprocessing.get_all_start_methods(), key=("spawn", "fork", "forkserver").index))


@cache
def every_run() -> tuple[Field, ...]:
    """Return the options that every experiment has: start method, seed, time limit."""
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
    )


def names() -> tuple[str, ...]:
    """Return the experiments' names, in the catalogue's order."""
    return tuple(experiment.name for experiment in experiments())


@cache
def experiments() -> tuple[Experiment, ...]:
    """Return every experiment, by group and then by `ORDER` and name.

    Raises:
        BadExperiment: a file declares something that the lab cannot use.
    """
    package = importlib.import_module(PACKAGE)
    found = [
        importlib.import_module(f"{PACKAGE}.{item.name}")
        for item in pkgutil.iter_modules(package.__path__)
        if not item.name.startswith("_")
    ]
    known = [(described(module), getattr(module, "ORDER", 99)) for module in found]
    known.sort(key=lambda one: (GROUPS.index(one[0].group), one[1], one[0].name))
    return tuple(experiment for experiment, _ in known)


def find(name: str) -> Experiment:
    """Return the experiment of this name; underscores and capitals are forgiven.

    Raises:
        UnknownExperiment: there is none; the text names the nearest.
    """
    wanted = name.lower().replace("_", "-").replace(" ", "-")
    for experiment in experiments():
        if experiment.name == wanted:
            return experiment
    close = nearest(wanted, names())
    hint = f"did you mean {close}?" if close else f"there are {', '.join(names())}."
    raise UnknownExperiment(f"There is no experiment {name!r}; {hint}")


def described(module: ModuleType) -> Experiment:
    """Return what an experiment's module declares.

    Raises:
        BadExperiment: something is missing, or cannot be used.
    """
    stem = module.__name__.rpartition(".")[2]
    for wanted in ("GROUP", "SERIES", "PRESETS", "Options", "run"):
        if not hasattr(module, wanted):
            raise BadExperiment(f"{stem}.py has no {wanted}")
    if not (module.__doc__ or "").strip():
        raise BadExperiment(f"{stem}.py has no docstring, whose first line is its summary")
    if module.GROUP not in GROUPS:
        raise BadExperiment(f"{stem}.py: group {module.GROUP!r} is not one of {', '.join(GROUPS)}")
    own = _checked(stem, module.Options)
    for title, values in module.PRESETS.items():
        try:
            validate(own, values)
        except Invalid as wrong:
            raise BadExperiment(f"{stem}.py: preset {title!r}: {wrong}") from None
    return Experiment(
        name=stem.replace("_", "-"),
        title=getattr(module, "TITLE", stem.replace("_", " ").capitalize()),
        group=module.GROUP,
        summary=(module.__doc__ or "").strip().splitlines()[0],
        fields=own,
        presets=module.PRESETS,
        series=module.SERIES,
        module=module.__name__,
        source=Path(str(module.__file__)),
        options=module.Options,
    )


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
