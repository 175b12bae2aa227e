"""What a list of the experiments shows, read from their files without loading them; standard library only."""

from __future__ import annotations

import ast
import importlib
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

PACKAGE = "ipclab.experiments"
GROUPS = ("Memory", "Messages", "Server process")  # in the order in which a person would learn
LAST = 99  # the ORDER of an experiment that says nothing about it

_SUMMARY = re.compile(r'(?:\s|#.*\n)*"""(.+?)(?:"""|$)', re.MULTILINE)
_ORDERS = re.compile(r"\nORDERS\b[^\n]*\{\n((?: .*\n|\n)*)\}")
_ORDER = re.compile(r'^    "([^"\n]+)": Order\(', re.MULTILINE)
_DECLARATION = re.compile(r"^(GROUP|ORDER|QUESTION|TITLE)\b[^=\n]*= *(.+)$", re.MULTILINE)


class BadExperiment(Exception):
    """An experiment's file declares something that the lab cannot use; the text says what and where."""


class Outline(NamedTuple):
    """What a list shows of an experiment; attributes as `catalog.Experiment` has them.

    `question` is what a person asks whom it answers, and empty where the file does not say; `orders` are the titles of
    its orders of steps.

    Loading all experiments takes about 3 ms for each, and what describes their options as much again, which a window's
    start need not wait for.
    """

    name: str
    title: str
    group: str
    summary: str
    module: str
    order: int
    question: str = ""
    orders: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        """The name of its file, guide and glyph: "lost_updates"."""
        return self.module.rpartition(".")[2]


@cache
def outlines() -> tuple[Outline, ...]:
    """Return an outline of every experiment, by group and then by `ORDER` and name.

    Raises:
        BadExperiment: a file has no docstring, no group, or does not write them plainly.
    """
    folder = Path(importlib.import_module(PACKAGE).__path__[0])
    found = [read(source) for source in folder.glob("[!_]*.py")]
    return tuple(sorted(found, key=lambda one: (GROUPS.index(one.group), one.order, one.name)))


def read(source: Path) -> Outline:
    """Return the outline that a file's docstring, GROUP, ORDER, QUESTION and TITLE give, each one literal in one line.

    The titles in ORDERS are read too, each at the beginning of a line: `    "Make it happen": Order(`.

    Raises:
        BadExperiment: something is missing, or is not written so.
    """
    stem, text = source.stem, source.read_text(encoding="utf-8")
    summary = _SUMMARY.match(text)
    if summary is None:
        raise BadExperiment(f"{stem}.py has no docstring, whose first line is its summary")
    title = stem.rstrip("_").replace("_", " ").capitalize()
    declared: dict[str, Any] = {"ORDER": LAST, "QUESTION": "", "TITLE": title}
    for name, value in _DECLARATION.findall(text):
        try:
            declared[name] = ast.literal_eval(value)
        except (ValueError, SyntaxError):
            raise BadExperiment(
                f"{stem}.py: {name} must be a literal in one line, which is read without loading the file"
            ) from None
    if "GROUP" not in declared:
        raise BadExperiment(f"{stem}.py has no GROUP")
    if declared["GROUP"] not in GROUPS:
        raise BadExperiment(f"{stem}.py: group {declared['GROUP']!r} is not one of {', '.join(GROUPS)}")
    return Outline(
        name=stem.rstrip("_").replace("_", "-"),
        title=declared["TITLE"],
        group=declared["GROUP"],
        summary=summary[1].strip(),
        module=f"{PACKAGE}.{stem}",
        order=declared["ORDER"],
        question=declared["QUESTION"],
        orders=_orders(text),
    )


def _orders(text: str) -> tuple[str, ...]:
    """Return the titles of a file's orders; most files have none, and are not searched but for the word."""
    found = _ORDERS.match(text, at) if (at := text.find("\nORDERS")) >= 0 else None
    return tuple(_ORDER.findall(found[1])) if found is not None else ()
