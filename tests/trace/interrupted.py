"""A program whose alarm's handler raises again and again in the midst of its calls, as an experiment."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import TracebackType

    from ipclab.lab import Lab


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How often it is interrupted."""

    times: int = 1_000


class OverError(Exception):
    """The time is over."""


def hooks_in(trace: TracebackType | None) -> list[str]:
    """Return where hooks are in a traceback, but for their very first step, which no `try` of theirs holds."""
    found = []
    while trace is not None:
        code = trace.tb_frame.f_code
        if "trace" in code.co_filename and code.co_filename != __file__ and trace.tb_lineno != code.co_firstlineno:
            found.append(f"{code.co_name}, line {trace.tb_lineno}")
        trace = trace.tb_next
    return found


def run(lab: Lab, options: Options) -> None:
    """Run it."""
    may_raise = False

    def over(*_: Any) -> None:
        if may_raise:
            raise OverError

    signal.signal(signal.SIGALRM, over)
    value, lock, found, calls = lab.mp.Value("i"), lab.mp.Lock(), [], 0
    here, there = lab.mp.Pipe()
    for _ in range(options.times):
        try:
            may_raise = True  # before it is set: on a busy machine it is over at once, and comes no second time
            signal.setitimer(signal.ITIMER_REAL, 0.0003)
            while True:
                here.send(calls)
                there.recv()
                with lock:
                    value.value += 1
                calls += 1
        except OverError as error:
            may_raise = False
            found += hooks_in(error.__traceback__)
            if error.__context__ is not None:
                found.append(f"while it handled {error.__context__!r}")
        if not lock.acquire(block=False):
            lock.release()
        else:
            lock.release()
        here.close()
        there.close()
        here, there = lab.mp.Pipe()
    lab.show("hooks", ", ".join(sorted(set(found))))
    lab.show("calls", calls)
