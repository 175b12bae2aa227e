"""What the words of a command line say about steps: `--steps`, `--order FILE`, `--save-order FILE`."""

from __future__ import annotations

import os
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ipclab import order
from ipclab.gate import RULES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ipclab.order import Order
    from ipclab.records import Request

FLAGS = ("--steps", "--order", "--save-order")
STDIN = "-"


class CannotStep(Exception):
    """What is asked of the steps cannot be done; the text says why."""


@dataclass(frozen=True, slots=True)
class Stepping:
    """What was asked.

    Attributes:
        steps: where choices come from: a rule of `gate.RULES`, a file, or STDIN; empty where nothing was said.
        order: the file of an order to be followed; empty for none.
        save: the file that the run's order is saved in; empty for none.
    """

    steps: str = ""
    order: str = ""
    save: str = ""


def taken_out(words: Sequence[str]) -> tuple[list[str], Stepping, list[str]]:
    """Return the words without these flags, what they say, and a sentence for each mistake."""
    rest: list[str] = []
    given: dict[str, str] = {}
    wrong: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        flag, equals, value = word.partition("=")
        flag = flag.replace("_", "-") if flag.startswith("--") else flag
        if flag not in FLAGS:
            rest.append(word)
        elif equals:
            given[flag] = value
        elif left and not left[0].startswith("--"):
            given[flag] = left.pop(0)
        else:
            wrong.append(f"{flag} needs a value: the name of a file{' or a rule' if flag == '--steps' else ''}.")
    stepping = Stepping(given.get("--steps", ""), given.get("--order", ""), given.get("--save-order", ""))
    return rest, stepping, wrong + _objections(stepping)


def _objections(stepping: Stepping) -> list[str]:
    wrong = []
    is_file = os.path.exists(stepping.steps) and not os.path.isdir(stepping.steps)  # a pipe too: <(echo main) in bash
    if stepping.steps not in ("", *RULES, STDIN) and not is_file:
        what = "{!r} is a folder" if os.path.isdir(stepping.steps) else "there is no file {!r}"
        wrong.append(f"--steps is {', '.join(RULES)}, - or a file of choices; {what.format(stepping.steps)}.")
    folder = os.path.dirname(stepping.save) or "."
    if stepping.save and (os.path.isdir(stepping.save) or not os.path.isdir(folder)):
        what = "a folder" if os.path.isdir(stepping.save) else f"in {folder!r}, which is no folder"
        wrong.append(f"--save-order: {stepping.save!r} is {what}.")
    return wrong


def flag_of(title: str) -> str:
    """Return what --order says for an order that an experiment declares under a title."""
    return title.lower().replace(" ", "-")


def order_of(stepping: Stepping, program: str, known: Mapping[str, Order], watch: str) -> Order | None:
    """Return the order asked for, None where none is; checks what was said of steps against `watch`.

    Args:
        stepping: what was said.
        program: of which the order must be: an experiment's name, or a program's.
        known: orders that have names of their own.
        watch: what was said of that.

    Raises:
        CannotStep: there is no such order, it is another program's, or nobody watches.
    """
    if stepping.steps and watch != "step":
        raise CannotStep("--steps applies only with --watch step.")
    if (stepping.order or stepping.save) and watch == "off":
        raise CannotStep("An order is of a watched run: not with --watch off.")
    if stepping.save and not stepping.order and watch != "step":
        raise CannotStep("--save-order saves the order of a stepped run: give --watch step.")
    if not stepping.order:
        return None
    named = {flag_of(title): one for title, one in known.items()}
    found = named.get(flag_of(stepping.order))
    if found is not None:
        return found
    try:
        found = order.read(Path(stepping.order))
    except order.BadOrder as bad:
        hint = f" This experiment has the orders {', '.join(named)}." if named else ""
        raise CannotStep(f"--order: {bad}{hint}") from None
    if found.program != program:
        raise CannotStep(f"--order: {stepping.order} is an order of {found.program}, not of {program}.")
    return found


def following(request: Request, found: Order | None) -> Request:
    """Return a request that follows an order, if there is one."""
    if found is None:
        return request
    return replace(request, watched=True, order=tuple(astuple(step) for step in found.steps))
