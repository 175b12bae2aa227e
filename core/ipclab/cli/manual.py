"""What `--help` and `ipclab list` print: written from what the experiments declare."""

from __future__ import annotations

import shutil
import sys
import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING

from ipclab.catalog import Experiment, every_run, experiments
from ipclab.cli.guide import command

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ipclab.options import Field

OVERVIEW = """\
IPC Lab: a laboratory for communication between Python processes

  ipclab                              open the window
  ipclab list [--json]                list the experiments
  ipclab run EXPERIMENT [--FLAG VALUE ...] [--json]
                                      run one and print what it finds
  ipclab run EXPERIMENT --help        list its flags, their ranges and its presets
  ipclab run [--watch on|off|slow|step] [--python PYTHON] [--json] PROGRAM.py|-m MODULE [ARGUMENT ...]
                                      run your own program by your own Python, and tell what went through its channels
  ipclab guide EXPERIMENT             print its guide: what happens, why, what to try
  ipclab tour [--json]                run the tutorial's seven steps, and compare them with what it says
  ipclab serve [--FLAG VALUE ...] [--json]
                                      keep objects for clients on other computers
  ipclab join HOST:PORT [--FLAG VALUE ...] [--json]
                                      be such a client
  ipclab --version                    print what a bug report needs

Exit codes: 0 done; 1 failed, timed out or crashed; 2 wrong usage; 3 no display for the window;
130 after Ctrl-C; 143 after SIGTERM; 141 where nobody reads the output any more.
A program of your own that ends by itself has its own, as a shell would tell it.
"""

LIST = """\
ipclab list [--json]: list the experiments by group

  --json   one document with name, title, group, summary and fields of each
"""

TOUR = """\
ipclab tour [--json]: run the tutorial's seven steps one after the other, in well under a minute

For each: the question, what was seen, the lesson. Exit code 1 when a result is not what the tutorial says.

  --json   one document with id, experiment, question, seen, lesson and passed of each step
"""

GUIDE = """\
ipclab guide EXPERIMENT: print an experiment's guide

What happens, why, what to try (as commands), what goes wrong in practice, the words of the field.
"""

RUN = """\
ipclab run EXPERIMENT [--FLAG VALUE ...] [--json]: run an experiment and print what it finds

Each experiment has flags of its own: ipclab run EXPERIMENT --help.

ipclab run [--watch on|off|slow|step] [--pace DURATION] [--steps RULE|FILE] [--python PYTHON] [--time-limit DURATION]
           [--json] PROGRAM.py|-m MODULE [ARGUMENT ...]

A word that ends in .py or holds a separator is a program of yours; all behind it is its own. It runs by --python, else
by the Python of VIRTUAL_ENV, else python3 on the PATH, in this terminal, and cannot tell that it is
watched. What went through its channels, and who was still waiting, is said on stderr; with --json it and the output are
in one document. The first Ctrl-C goes to the program, the second ends the run.

Slow motion and steps, of experiments and of your own programs:
  --watch slow --pace DURATION   each operation on multiprocessing waits so long before it begins
  --watch step                   each waits until it is let go: who is ready and who is blocked, and why, is listed, and
                                 a line chooses: a process's number or name, Enter for who came first; oldest, newest
                                 or random plays on by that rule; go lets all go; stop
  --steps RULE|FILE|-            choices from a file, a line each (# begins a remark), or a rule for all of them
  --save-order FILE              save who went next, step by step
  --order FILE|NAME              let them go in that order again, or in one that the experiment has by name, like
                                 make-it-happen; with --watch step the choice is yours at its end
Time stands still while somebody is held: what sleeps or has a time limit waits as much longer. Times of such a run are
no measurements.
"""

SERVE = """\
ipclab serve [--FLAG VALUE ...] [--json]: keep a list of records that clients elsewhere work with

It says where it listens, and serves until Ctrl-C (exit code 130), or until --clients have come and gone (0). With
--json the one document comes at the end, on stdout; where it listens is said at once, on stderr. Others reach it at an
address of this computer that they can reach: --host. Whoever has the key can run code here, and nothing that is sent
is encrypted.

  ipclab serve --host 192.168.1.5 --port 5000 --key-file KEYFILE
  ipclab join 192.168.1.5:5000 --key-file KEYFILE       on the other computer

Flags:
"""

JOIN = """\
ipclab join HOST:PORT [--FLAG VALUE ...] [--json]: work with the list that ipclab serve keeps at this address

Inserts a record and prints all, or measures round trips. Exit codes: 0 done; 1 where the server cannot be reached,
refuses the key, or falls silent.

Flags:
"""

VALUES = """\
Values:
  SIZE      in B, KiB, MiB, GiB, kB, MB or GB, like 64KiB; without a unit in bytes
  DURATION  in ns, us, ms, s, min or h, like 50ms; without a unit in seconds
  A,B,...   a list; where an item holds a comma, give the flag once for each item
"""

SETTLED = {"serve": ("role", "kind"), "join": ("role", "host", "port")}  # by the command, or by its address
NARROW, WIDE = 60, 110  # columns that the text is fitted into, whatever the terminal's width


PAGES = {"list": LIST, "tour": TOUR}


def page(subject: str, experiment: Experiment | None) -> str:
    """Return the page on a command, on one experiment's flags, or on all."""
    if experiment is not None and subject in SETTLED:
        return _half(subject, experiment)
    if experiment is not None:
        return _about(experiment)
    if subject in PAGES:
        return PAGES[subject]
    if subject == "guide":
        return f"{GUIDE}\n{catalogue()}"
    if subject == "run":
        return f"{RUN}\nFlags of every experiment:\n{_flags(every_run())}{_json_flag()}\n{VALUES}\n{catalogue()}"
    return f"{OVERVIEW}\n{catalogue()}"


def _half(command: str, experiment: Experiment) -> str:
    """Return the page on `ipclab serve` or `ipclab join`: an experiment in one of its roles."""
    settled = SETTLED[command]
    own = [replace(field, when={name: some for name, some in field.when.items() if name not in settled})
           for field in experiment.fields
           if command in field.when.get("role", (command,)) and field.name not in settled]  # fmt: skip
    return f"{SERVE if command == 'serve' else JOIN}{_flags([*own, *every_run()])}{_json_flag()}\n{VALUES}"


def catalogue() -> str:
    """Return the experiments by group, a line each."""
    wide = max((len(experiment.name) for experiment in experiments()), default=0)
    lines: list[str] = []
    group = ""
    for experiment in experiments():
        if experiment.group != group:
            lines += [""] * bool(lines) + [experiment.group]
            group = experiment.group
        lines.append(_entry(experiment.name, experiment.summary, wide))
    return "".join(f"{line}\n" for line in lines)


def _about(experiment: Experiment) -> str:
    parts = [f"ipclab run {experiment.name} [--FLAG VALUE ...] [--json]", "", *_wrap(experiment.summary), ""]
    if experiment.fields:
        parts += [_flags(experiment.fields)]
    parts += ["Flags of every experiment:", _flags(every_run()) + _json_flag(), VALUES]
    if experiment.presets:
        parts += ["Presets:"]
        for title, values in experiment.presets.items():
            parts += [f"  {title}", f"      {command(experiment, values)}"]
    return "\n".join(parts).rstrip() + "\n"


def _flags(fields: Iterable[Field]) -> str:
    return "".join(f"{line}\n" for field in fields for line in _flag(field))


def _flag(field: Field) -> list[str]:
    facts = [f"{field.format(field.lo)} to {field.format(field.hi)}"] if field.kind in ("int", "float", "ints") else []
    if field.kind == "secret":
        facts.append(f"else from the environment variable {field.variable}, or asked for in a terminal; as a word of a "
                     "command anybody can read it, in ps")  # fmt: skip
    else:
        facts.append(f"default {_default(field)}")
    if field.when:
        needs = (f"{_as_flag(name)} {' or '.join(map(_spelled, some))}" for name, some in field.when.items())
        facts.append(f"only with {' and '.join(needs)}")
    return [
        f"  {field.flag}{_value(field)}",
        *(f"      {line}" for line in _wrap(f"{field.help.rstrip('.')} ({'; '.join(facts)})".strip(), 6)),
    ]


def _value(field: Field) -> str:
    """Return what stands behind a flag: the other flag of a switch, else a blank and what is to be given."""
    if field.kind == "bool":
        return f", --no-{field.flag[2:]}"
    if field.kind == "choice":
        return " " + "|".join(_spelled(choice) for choice in field.choices)
    if field.kind == "secret":
        return f" TEXT, {field.flag}-file FILE"
    shape = {"B": "SIZE", "s": "DURATION"}.get(field.unit, "N" if field.kind in ("int", "float", "ints") else "TEXT")
    return f" {shape},{shape},..." if field.kind in ("ints", "texts") else f" {shape}"


def _default(field: Field) -> str:
    if field.kind == "bool":
        return field.words(field.default)[0]
    return _spelled(field.default) if field.kind == "choice" else field.format(field.default)


def _as_flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _spelled(value: object) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value).replace(" ", "-")


def _json_flag() -> str:
    return "  --json\n      Print one JSON document, and nothing else, on stdout\n"


def _entry(name: str, about: str, wide: int) -> str:
    first, *rest = _wrap(about, wide + 4)
    return "\n".join([f"  {name:{wide}}  {first}", *(" " * (wide + 4) + line for line in rest)])


def _wrap(text: str, indent: int = 0) -> list[str]:
    """Return a text in lines that fit a terminal; as one line where stdout is none.

    The backticks round code, which the window sets in a type of its own, are left out: nobody is to type them.
    """
    text = text.replace("`", "")
    if sys.stdout is None or not sys.stdout.isatty():
        return [text]
    columns = min(max(shutil.get_terminal_size().columns, NARROW), WIDE)
    return textwrap.wrap(text, columns - indent) or [""]
