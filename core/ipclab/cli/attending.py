"""Following a run from its start to its end, for the commands that make one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipclab.cli import stdout
from ipclab.cli.stdout import StdoutGone

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipclab import engine
    from ipclab.cli.interrupts import Interrupts
    from ipclab.cli.report import Report
    from ipclab.cli.stepper import Stepper

TICK = 0.1  # s between two looks at the clock while nothing comes from the run


def attend(
    request: engine.Request, report: Callable[[], Report], interrupts: Interrupts, stepper: Stepper | None = None
) -> engine.Outcome:
    """Start a run, follow it to its end, say what it does, and return how it ended; it never outlives this call.

    Args:
        request: what is to be run, checked.
        report: makes what says it, once the run has been started.
        interrupts: entered.
        stepper: chooses its steps, where it is stepped.

    Raises:
        StdoutGone: what was to be said could not be written; the run was stopped then.
    """
    from ipclab import engine

    try:
        run = engine.start(request)
    except engine.StartFailed as failed:
        return _not_started(str(failed), report, interrupts)
    return _follow(run, report, interrupts, stepper)


def _not_started(why: str, report: Callable[[], Report], interrupts: Interrupts) -> engine.Outcome:
    from ipclab.engine import Observation, Outcome

    if interrupts.numbers:
        outcome = Outcome("stopped", "Stopped before it had begun.", 0.0)
    else:
        stdout.tell(why)
        outcome = Outcome("crashed", why, 0.0)
    report().end(Observation(), outcome)
    return outcome


def _follow(
    run: engine.Run, make: Callable[[], Report], interrupts: Interrupts, stepper: Stepper | None
) -> engine.Outcome:
    from ipclab.engine import Observation

    observation = Observation()
    gone: StdoutGone | None = None
    try:
        interrupts.watch(run)
        report = make()
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
            if stepper is not None and gone is None:
                stepper.look(run, observation)
        outcome = run.end()
        observation.end(outcome)
    except BaseException:  # whatever ends this, also a signal, ends the run first; it is raised on
        run.kill()
        raise
    if stepper is not None:
        stepper.end(observation)
    if gone is not None:
        report.leave()
        raise gone
    report.end(observation, outcome)
    return outcome
