"""What `ipclab run path/to/program.py ARGUMENTS` and `ipclab run -m MODULE ARGUMENTS` ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ipclab import programs
from ipclab.catalog import every_run
from ipclab.cli import stepping_words
from ipclab.cli.stepping_words import Stepping

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ipclab.order import Order

VALUED = ("--watch", "--pace", "--python", "--time-limit", *stepping_words.FLAGS)
WATCHES = ("auto", "on", "off", "slow", "step")


@dataclass(frozen=True, slots=True)
class Own:
    """Run a person's own program, which has been looked at.

    Attributes:
        title: its name for people: "orders.py", "-m orders".
        words: what follows the interpreter.
        python: the interpreter.
        watched: its operations are recorded.
        mode, pace: of a Request.
        stepping: what was asked about its steps.
        order: to be followed; None for none.
        time_limit: seconds, or None.
        json: one document on stdout, and nothing else there.
        note: a sentence that the person has to know before; empty for none.
    """

    title: str
    words: tuple[str, ...]
    python: str
    watched: bool
    mode: str
    pace: float
    stepping: Stepping
    order: Order | None
    time_limit: float | None
    json: bool
    note: str


def place(words: Sequence[str]) -> int | None:
    """Return where a program's own words begin; None where an experiment is asked for."""
    at = 0
    while at < len(words):
        word = words[at]
        if word == "-m":
            return at
        if not word.startswith("-"):
            return at if programs.is_program(word) else None
        flag, equals, _ = word.partition("=")
        if flag in VALUED and not equals:
            at += 1
        elif flag not in (*VALUED, "--json"):
            return None
        at += 1
    return None


def read(words: Sequence[str], at: int) -> Own | list[str]:
    """Return what is asked for, or a sentence for each mistake."""
    before, stepping, wrong = stepping_words.taken_out(words[:at])
    given, more = _flags(before)
    wrong += more
    watch, pace = given.get("--watch", "auto"), _pace(given, wrong)
    if watch not in WATCHES:
        wrong.append(f"--watch is {', '.join(WATCHES[1:-1])} or {WATCHES[-1]}, not {watch!r}.")
    if watch == "step" and not stepping.steps and not stepping.order:
        wrong.append("--watch step needs --steps or --order: what is typed here is your program's own.")
    limit = _limit(given, wrong)
    program = tuple(words[at:])
    if program[0] == "-m" and len(program) < 2:
        wrong.append("-m needs the name of a module.")
    try:
        if program[0] != "-m":
            programs.check(program[0])
        python = programs.interpreter(given.get("--python"))
    except programs.NoProgram as error:
        return [*wrong, str(error)]
    if wrong:
        return wrong
    watched, note = watch != "off", ""
    if watched and not python.watchable:
        watched = False
        note = "Python {}.{} is newer than the lab knows: the program is not watched.".format(*python.version)
        if watch in ("slow", "step") or stepping.order:
            return [note]
    title = " ".join(program[:2]) if program[0] == "-m" else program[0].rpartition("/")[2]
    mode = watch if watch in ("slow", "step") else "on"
    try:
        order = stepping_words.order_of(stepping, title, {}, watch)
    except stepping_words.CannotStep as error:
        return [str(error)]
    return Own(title, program, python.path, watched, mode, pace, stepping, order, limit, "--json" in given, note)


def _limit(given: dict[str, str], wrong: list[str]) -> float | None:
    limit = None
    if "--time-limit" in given:
        try:
            limit = float(given["--time-limit"].removesuffix("s"))
        except ValueError:
            limit = -1.0
        if not 0.1 <= limit <= 86_400:
            wrong.append(f"--time-limit is a number of seconds from 0.1 to 86400, not {given['--time-limit']!r}.")
    return limit


def _pace(given: dict[str, str], wrong: list[str]) -> float:
    field = next(field for field in every_run() if field.name == "pace")
    pace = field.default
    if "--pace" in given:
        try:
            pace = field.parse(given["--pace"])
        except ValueError as error:
            wrong.append(f"--pace: {error}")
        if given.get("--watch") != "slow":
            wrong.append("--pace: Pace applies only when watch is slow.")
    return cast("float", pace)


def _flags(words: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    given: dict[str, str] = {}
    wrong: list[str] = []
    rest = list(words)
    while rest:
        flag, equals, value = rest.pop(0).partition("=")
        if flag == "--json":
            given[flag] = ""
            if equals:
                wrong.append("--json takes no value.")
        elif equals or rest:
            given[flag] = value if equals else rest.pop(0)
        else:
            wrong.append(f"{flag} needs a value.")
    return given, wrong
