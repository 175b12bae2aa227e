"""What `ipclab run path/to/program.py ARGUMENTS` and `ipclab run -m MODULE ARGUMENTS` ask for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ipclab import programs

if TYPE_CHECKING:
    from collections.abc import Sequence

VALUED = ("--watch", "--python", "--time-limit")


@dataclass(frozen=True, slots=True)
class Own:
    """Run a person's own program, which has been looked at.

    Attributes:
        title: its name for people: "orders.py", "-m orders".
        words: what follows the interpreter.
        python: the interpreter.
        watched: its operations are recorded.
        time_limit: seconds, or None.
        json: one document on stdout, and nothing else there.
        note: a sentence that the person has to know before; empty for none.
    """

    title: str
    words: tuple[str, ...]
    python: str
    watched: bool
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
    given, wrong = _flags(words[:at])
    watch = given.get("--watch", "auto")
    if watch not in ("auto", "on", "off"):
        wrong.append(f"--watch is on or off, not {watch!r}.")
    limit = None
    if "--time-limit" in given:
        try:
            limit = float(given["--time-limit"].removesuffix("s"))
        except ValueError:
            limit = -1.0
        if not 0.1 <= limit <= 86_400:
            wrong.append(f"--time-limit is a number of seconds from 0.1 to 86400, not {given['--time-limit']!r}.")
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
    title = " ".join(program[:2]) if program[0] == "-m" else program[0].rpartition("/")[2]
    return Own(title, program, python.path, watched, limit, "--json" in given, note)


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
