"""The commands themselves, from words to exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipclab import catalog
from ipclab.cli import arguments, manual, stdout
from ipclab.cli.own import Own
from ipclab.cli.stdout import StdoutGone
from ipclab.outlines import BadExperiment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ipclab.cli.report import Report

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
        outcome = attend(wanted.request, lambda: _report(wanted), interrupts)
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
    request = Request(wanted.title, time_limit=wanted.time_limit, watched=wanted.watched, program=own)
    seen: list[Observation] = []
    with Interrupts(forwards=True) as interrupts:
        outcome = attend(request, lambda: program.report(request, streams, seen), interrupts)
        return interrupts.code or program.exit_code(seen[0] if seen else Observation(), outcome)


def _report(wanted: arguments.Run) -> Report:
    if wanted.json:
        from ipclab.cli.report import Document, ServersDocument

        serves = wanted.experiment.name == arguments.NETWORK and wanted.request.parameters["role"] == "serve"
        return (ServersDocument if serves else Document)(wanted.experiment, wanted.request)
    from ipclab.cli.terminal import Told

    return Told(wanted.experiment, wanted.request)
