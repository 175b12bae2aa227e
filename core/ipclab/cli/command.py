"""The commands themselves, from words to exit code."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from ipclab import catalog
from ipclab.cli import arguments, manual, stdout, stepping_words
from ipclab.cli.own import Own
from ipclab.cli.stdout import StdoutGone
from ipclab.order import Order
from ipclab.outlines import BadExperiment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ipclab.cli.report import Report
    from ipclab.cli.stepper import Stepper
    from ipclab.cli.stepping_words import Stepping
    from ipclab.order import Step
    from ipclab.records import Request

USAGE = 2  # exit code for words that cannot be followed


def execute(words: Sequence[str]) -> int:
    """Do what the words ask for and return the exit code. Main thread."""
    stdout.prepare()
    try:
        wanted = arguments.read(words)
        if isinstance(wanted, arguments.Run):
            return _run(wanted)
        if isinstance(wanted, Own):
            return _run_own(wanted)
        if isinstance(wanted, arguments.Tour):
            from ipclab.cli import tour

            return tour.run(json=wanted.json)
        stdout.write(_answer(wanted))
    except arguments.Misuse as misuse:
        for sentence in misuse.sentences:
            stdout.tell(sentence)
        return USAGE
    except BadExperiment as bad:
        stdout.tell(f"{bad}.")
        return 1
    except StdoutGone as gone:
        if gone.text:
            stdout.tell(gone.text)
        return gone.code
    return 0


def _answer(wanted: arguments.Help | arguments.Version | arguments.Catalogue | arguments.Guide) -> str:
    if isinstance(wanted, arguments.Help):
        return manual.page(wanted.subject, wanted.experiment)
    if isinstance(wanted, arguments.Guide):
        from ipclab.cli import guide

        return guide.page(wanted.experiment)
    if isinstance(wanted, arguments.Version):
        from ipclab import machine

        return machine.report() + "\n"
    if not wanted.json:
        return manual.catalogue()
    from ipclab import document

    return document.text([document.plain(experiment.describe()) for experiment in catalog.experiments()])


def _run(wanted: arguments.Run) -> int:
    from ipclab.cli.attending import attend
    from ipclab.cli.interrupts import Interrupts

    with Interrupts() as interrupts:
        order = partial(wanted.experiment.order, wanted.request)
        stepper = _stepper(wanted.request, wanted.stepping, order, json=wanted.json)
        outcome = attend(wanted.request, lambda: _report(wanted), interrupts, stepper)
        return interrupts.code or (0 if outcome.status == "done" else 1)


def _run_own(wanted: Own) -> int:
    from ipclab.cli import program
    from ipclab.cli.attending import attend
    from ipclab.cli.interrupts import Interrupts
    from ipclab.engine import Observation, Program, Request

    if wanted.note:
        stdout.tell(wanted.note)
    streams = () if wanted.json else program.streams()
    own = Program(wanted.python, wanted.words, streams)
    how = Request(
        wanted.title,
        time_limit=wanted.time_limit,
        watched=wanted.watched,
        mode=wanted.mode,
        pace=wanted.pace,
        program=own,
    )
    request = stepping_words.following(how, wanted.order)
    seen: list[Observation] = []
    with Interrupts(forwards=True) as interrupts:
        stepper = _stepper(request, wanted.stepping, lambda steps: Order(wanted.title, tuple(steps)), json=True)
        outcome = attend(request, lambda: program.report(request, streams, seen, json=wanted.json), interrupts, stepper)
        return interrupts.code or program.exit_code(seen[0] if seen else Observation(), outcome)


def _stepper(
    request: Request, stepping: Stepping, order: Callable[[Iterable[Step]], Order], *, json: bool
) -> Stepper | None:
    """Return what steps a run, None where nobody does; it speaks on stdout, or on stderr where that holds `json`."""
    if not request.watched or (request.mode != "step" and request.order is None):
        return None
    from ipclab.cli.stepper import Stepper

    return Stepper(stepping, stdout.say if json else stdout.write, order)


def _report(wanted: arguments.Run) -> Report:
    if wanted.json:
        from ipclab.cli.report import Document, ServersDocument

        serves = wanted.experiment.name == arguments.NETWORK and wanted.request.parameters["role"] == "serve"
        return (ServersDocument if serves else Document)(wanted.experiment, wanted.request)
    from ipclab.cli.terminal import Told

    return Told(wanted.experiment, wanted.request)
