"""The commands themselves: list, run, version and help, from words to exit code."""

from __future__ import annotations

import contextlib
import sys
from typing import TYPE_CHECKING

from ipclab import catalog
from ipclab.cli import arguments, manual, stdout
from ipclab.cli.stdout import StdoutGone
from ipclab.outlines import BadExperiment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ipclab import engine
    from ipclab.cli.interrupts import Interrupts
    from ipclab.cli.report import Report

USAGE = 2  # exit code for words that cannot be followed
TICK = 0.1  # s between two looks at the clock while nothing comes from the run


def execute(words: Sequence[str]) -> int:
    """Do what the words ask for and return the exit code. Main thread."""
    stdout.prepare()
    try:
        wanted = arguments.read(words)
        if isinstance(wanted, arguments.Run):
            return _run(wanted)
        stdout.write(_answer(wanted))
    except arguments.Misuse as misuse:
        for sentence in misuse.sentences:
            _complain(sentence)
        return USAGE
    except BadExperiment as bad:
        _complain(f"{bad}.")
        return 1
    except StdoutGone as gone:
        if gone.text:
            _complain(gone.text)
        return gone.code
    return 0


def _answer(wanted: arguments.Help | arguments.Version | arguments.Catalogue) -> str:
    if isinstance(wanted, arguments.Help):
        return manual.page(wanted.subject, wanted.experiment)
    if isinstance(wanted, arguments.Version):
        from ipclab import machine

        return machine.report() + "\n"
    if not wanted.json:
        return manual.catalogue()
    from ipclab import document

    return document.text([document.plain(experiment.describe()) for experiment in catalog.experiments()])


def _complain(sentence: str) -> None:
    if sys.stderr is None:  # closed before we began; print would take stdout for it
        return
    with contextlib.suppress(OSError):  # nobody reads that either; the exit code says it
        print(f"ipclab: {sentence}", file=sys.stderr)


def _run(wanted: arguments.Run) -> int:
    from ipclab import engine
    from ipclab.cli.interrupts import Interrupts

    with Interrupts() as interrupts:
        try:
            run = engine.start(wanted.request)
        except engine.StartFailed as failed:
            outcome = _not_started(str(failed), wanted, interrupts)
        else:
            outcome = _attend(run, wanted, interrupts)
        return interrupts.code or (0 if outcome.status == "done" else 1)


def _not_started(why: str, wanted: arguments.Run, interrupts: Interrupts) -> engine.Outcome:
    from ipclab.engine import Observation, Outcome

    if interrupts.numbers:
        outcome = Outcome("stopped", "Stopped before it had begun.", 0.0)
    else:
        _complain(why)
        outcome = Outcome("crashed", why, 0.0)
    if wanted.json:
        _report(wanted).end(Observation(), outcome)
    return outcome


def _attend(run: engine.Run, wanted: arguments.Run, interrupts: Interrupts) -> engine.Outcome:
    """Follow a run to its end, say what it does, and return how it ended; it never outlives this call.

    Raises:
        StdoutGone: what was to be said could not be written; the run was stopped then.
    """
    from ipclab.engine import Observation

    observation = Observation()
    gone: StdoutGone | None = None
    try:
        interrupts.watch(run)
        report = _report(wanted)
        while True:
            try:
                batch = run.receive(TICK)
            except EOFError:
                break
            if batch is not None:
                for _ in observation.take(batch):  # its samples become figures on the way
                    pass
            if gone is None:
                try:
                    report.take(batch, observation)
                except StdoutGone as error:
                    gone = error
                    run.stop()
        outcome = run.end()
        observation.end(outcome)
    except BaseException:  # whatever ends this, also a signal, ends the run first; it is raised on
        run.kill()
        raise
    if gone is not None:
        report.leave()
        raise gone
    report.end(observation, outcome)
    return outcome


def _report(wanted: arguments.Run) -> Report:
    if wanted.json:
        from ipclab.cli.report import Document

        return Document(wanted.experiment, wanted.request)
    from ipclab.cli.terminal import Told

    return Told(wanted.experiment, wanted.request)
