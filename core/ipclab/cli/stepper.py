"""Steps in a terminal: lists who is ready and who is blocked, and takes a choice a line, from stdin or from a file."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from ipclab.cli import stdout
from ipclab.cli.stepping_words import STDIN
from ipclab.gate import RULES
from ipclab.preview.text import printable
from ipclab.ready import choice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ipclab.cli.stepping_words import Stepping
    from ipclab.engine import Observation, Run
    from ipclab.order import Order, Step
    from ipclab.ready import Blocked, Choice, Ready

SETTLED_AFTER = 0.08  # s without change at the gate, after which the list is shown: others may be on their way
COMES_WITHIN = 5.0  # s that a process named in a file of choices may take to come to the gate
HELP = "Type a process's number or name; Enter for who came first; oldest, newest or random to play on; go; stop."


class Stepper:
    """One run's steps. `say` writes a text where the person reads it; the rest is for the thread that receives."""

    def __init__(
        self, stepping: Stepping, say: Callable[[str], None], order: Callable[[Iterable[Step]], Order]
    ) -> None:
        """Take what was asked for; `order` makes the order that is saved.

        Raises:
            OSError: the file of choices cannot be read.
        """
        self._save, self._say, self._order = stepping.save, say, order
        self._rule = stepping.steps if stepping.steps in RULES else ""
        self._lines: SimpleQueue[str | None] = SimpleQueue()  # None: there are no more
        typed = stepping.steps in ("", STDIN)
        self._waits = not typed or sys.stdin is None or not sys.stdin.isatty()  # for whom a choice names
        self._reads = bool(self._rule)
        if not typed and not self._rule:
            self._reads = True
            with open(stepping.steps, encoding="utf-8", errors="replace") as file:
                for line in file:
                    if not line.startswith("#"):
                        self._lines.put(line.strip())
            self._lines.put(None)
        self._seen: tuple[object, ...] = ()
        self._since = time.monotonic()
        self._shown: tuple[object, ...] | None = None
        self._choice: str | None = None  # one that waits for its process
        self._gone: object = None  # who was let go last: until news of it comes, what is seen is what was
        self._chooses = True  # until the rest goes by itself
        self._told = ""  # who is stuck

    def look(self, run: Run, observation: Observation) -> None:
        """Show what there is to choose once it is settled, and do what was chosen. Called every tenth of a second."""
        gate = observation.gate
        if gate.mode != "step" or gate.left is not None:
            return
        if (stuck := observation.findings.get("stuck")) is not None and self._told != stuck.text:
            self._told = stuck.text
            self._say(f"\n{stuck.text}\n  {stuck.evidence}\nCtrl-C ends the run.\n")
        if not self._chooses:
            return
        if self._rule:
            run.play(self._rule)
            self._chooses = False
            return
        now = time.monotonic()
        seen = tuple((one.pid, one.thread, one.ticket) for one in gate.standing)
        if seen != self._seen:
            self._seen, self._since = seen, now
        if not seen or self._gone in seen or now - self._since < SETTLED_AFTER:
            return
        if self._shown != seen and self._choice is None:
            self._shown = seen
            self._say(self._listing(observation))
            self._begin_to_read()
        while (self._shown == seen or self._choice is not None) and (line := self._line()) is not None:
            goes_on = self._obey(line, run, observation, now)
            if goes_on:
                self._shown = None
            if goes_on or self._choice is not None:
                return

    def _line(self) -> str | None:
        """Return a choice that has been made; "end" after the last, None where there is none yet."""
        if self._choice is not None:
            return self._choice
        try:
            line = self._lines.get_nowait()
        except Empty:
            return None
        if line is not None and self._waits:
            self._say(f"{printable(line)}\n")  # a file may hold anything, and a terminal would obey it
        return "end" if line is None else line

    def _begin_to_read(self) -> None:
        if not self._reads:
            self._reads = True
            threading.Thread(target=self._read, name="choices", daemon=True).start()

    def _read(self) -> None:
        """Read stdin, in a thread of its own, which may be left waiting there."""
        with contextlib.suppress(OSError, ValueError):
            while sys.stdin is not None and (line := sys.stdin.readline()):
                self._lines.put(line.strip())
        self._lines.put(None)

    def _obey(self, line: str, run: Run, observation: Observation, now: float) -> bool:
        """Do what a line says; tell whether the run goes on from here."""
        self._choice = None
        if line == "end":
            self._say("No more choices: the rest goes by itself, the oldest first.\n")
            run.play("oldest")
            self._chooses = False
        elif line in RULES:
            run.play(line)
            self._chooses = False
        elif line == "go":
            run.go("on")
            self._chooses = False
        elif line == "stop":
            run.stop()
            self._chooses = False
        elif (one := chosen(line, choice(observation))) is not None:
            run.step(one.standing)
            self._gone = (one.standing.pid, one.standing.thread, one.standing.ticket)
        elif self._waits and now - self._since < COMES_WITHIN and self._may_come(line, observation):
            self._choice = line
            return False
        else:
            known = [process.name for process in observation.processes.values()]
            cannot = f"{line} cannot go on now." if line in known else f"There is no {line!r} to choose."
            self._say(f"{cannot} {HELP}\n> ")
            return False
        return True

    @staticmethod
    def _may_come(line: str, observation: Observation) -> bool:
        alive = {process.name for process in observation.processes.values() if process.alive}
        ended = {process.name for process in observation.processes.values()} - alive
        return not line.isdigit() and line not in ended

    def _listing(self, observation: Observation) -> str:
        found = choice(observation)
        rows = [(str(one.number), _who(one), one.words) for one in found.ready]
        rows += [("-", _who(one), one.words) for one in found.blocked]
        wide = max((len(who) for _, who, _ in rows), default=0)
        steps = len(observation.steps) + observation.steps_gone
        lines = [f"\nAfter {steps} step{'' if steps == 1 else 's'}:"]
        lines += [f"  {mark:>2}  {who:<{wide}}  {words}" for mark, who, words in rows]
        return "\n".join(lines) + "\n> "

    def end(self, observation: Observation) -> None:
        """Save the order, where that was asked for."""
        if not self._save:
            return
        text = self._order(seen.step for seen in observation.steps).text()
        part = f"{self._save}.part"
        try:
            with open(part, "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(part, self._save)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.unlink(part)
            stdout.tell(f"The order could not be saved in {self._save}: {error.strerror}.")


def chosen(line: str, among: Choice) -> Ready | None:
    """Return whom a line means: a process's number or name, or who has waited longest where it is empty."""
    if not line:
        return among.ready[0] if among.ready else None
    if line.isdecimal():
        return among.by_number(int(line))
    return next((one for one in among.ready if line in (one.process, _who(one))), None)


def _who(one: Ready | Blocked) -> str:
    return f"{one.process}, {one.thread}" if one.thread else one.process


__all__ = ["Stepper", "chosen"]
