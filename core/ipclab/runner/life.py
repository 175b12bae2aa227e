"""The life of one run: an event loop without threads that starts the main program, reads, supervises, sends, ends.

It never runs a person's code, and it alone writes at its end of the Pipe.
"""

from __future__ import annotations

import marshal
import mmap
import os
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, NoReturn

from ipclab import boot
from ipclab.gate import CONTROL
from ipclab.lab import GAP
from ipclab.records import GATE, TYPED, WORD_LIMIT, Level, Status
from ipclab.runner import gates
from ipclab.runner.files import Files
from ipclab.runner.gates import Gates
from ipclab.runner.ladder import Ladder
from ipclab.runner.main_program import start_main
from ipclab.runner.roster import NO_ROOM, Member, Roster
from ipclab.runner.sending import Sender
from ipclab.runner.system import system
from ipclab.runner.totals import Totals
from ipclab.runner.typed_input import TypedInput
from ipclab.runner.usage import Usage

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

TICK, BUSY_TICK, LADDER_TICK = 0.050, 0.020, 0.005  # s from look to look: idle; recording; ending, or rings that fill
BETWEEN_BATCHES = 0.020  # s, unless there is a batch full
AFTER_FAILURE = 1.0  # s that the others get to end by themselves once a process has failed
AFTER_MAIN = 2.0  # s that descendants get once the main program has ended
TRACED = frozenset(
    {"site", "thread", "pipe", "socket", "queue", "lock", "shared", "has", "proxy", "block", "function", "untraced"}
)


class Run:
    """One run, from its request to its outcome."""

    def __init__(self, folder: str, connection: Connection[Any, Any], keeper: int) -> None:
        with open(os.path.join(folder, boot.REQUEST), "rb") as file:
            self.request = marshal.load(file)
        self.folder = folder
        self.connection = connection
        self.sender = Sender(connection)
        self.roster = Roster()
        self.watch = system.FolderWatch(folder)
        self.keeper: system.Death | None = system.Death(keeper)
        self.files = Files(folder)
        self.usage = Usage()
        self.ladder: Ladder | None = None
        self.failure: tuple[str, float] | None = None  # why, and when
        self.window_gone = False
        self.looking = True
        self._last_sent = self._looked = 0.0
        self._gap_until = 0.0
        self._left_running: list[str] = []
        self._has_explained = False
        self._totals = Totals()
        program = self.request["program"]
        self.typed = TypedInput() if program is not None and program["typed"] else None
        with open(os.path.join(folder, CONTROL), "r+b") as file:
            self.control = mmap.mmap(file.fileno(), 0)
        self.gates = Gates(self.control, self.request, self.files, self.sender.tell)

    def seconds(self) -> float:
        """Return the time since the run began."""
        return (perf_counter_ns() - int(self.request["origin"])) / 1e9

    def start(self) -> None:
        """Start the main program."""
        stdin = self.typed.theirs if self.typed is not None else None
        self.main = self.roster.of(start_main(self.folder, self.request, stdin), self.seconds())
        if self.typed is not None:
            self.typed.owner = self.main
            self.files.outputs.append(self.typed)
        self.roster.note(self.main, (int(self.seconds() * 1e9), "process", {"name": "main", "parent": 0}))
        self.main.state = "starting"

    def live(self) -> None:
        """Go on until the run has ended and everything is sent, or nobody is there to hear it."""
        while not self._finished():
            if not self._wait() and self._stands_still():
                continue
            self._read()
            self._supervise()
            self._send()
        self._say_outcome()

    # -- waiting and reading

    def _stands_still(self) -> bool:
        """Tell whether the same stand at the gate as before, by a look at it alone: all else can wait until TICK."""
        now = self.seconds()
        quick = self.ladder is None and not self.looking and now - self._looked < TICK
        if quick and self.gates.tick == gates.TICK and self.gates.stands_still():
            return True
        self._looked = now
        return False

    def _wait(self) -> bool:
        """Wait for news, or until it is time to look; tell whether anybody has some."""
        timeout = self._timeout()
        deaths = [member.death for member in self.roster if member.alive and member.death is not None]
        waiting: list[object] = [self.watch, *deaths]
        if not self.window_gone:
            waiting.append(self.connection)
        if self.keeper is not None:
            waiting.append(self.keeper)
        ready = system.wait(waiting, timeout)
        now = self.seconds()
        if self.connection in ready:
            self._listen()
        if self.keeper is not None and self.keeper in ready:
            self.keeper.close()
            self.keeper = None
            self._end("crashed", "The keeper of this run died; everything it had started was ended.")
        if self.watch in ready:
            self.looking |= self.watch.drain()
        self.looking |= not system.WATCHES_WRITES
        for member in self.roster:
            if member.alive and member.death in ready:
                self.roster.saw_death(member, now)
        return bool(ready)

    def _timeout(self) -> float:
        if self.ladder is not None or not self.main.alive or any(one.fills for one in self.files.operations):
            return LADDER_TICK
        if any(member.alive is False and not member.judged for member in self.roster):
            return LADDER_TICK
        if self.gates.tick is not None:
            return self.gates.tick
        now = self.seconds()
        until = max((m.life.burst_until / 1e9 for m in self.roster if m.life and m.alive), default=0.0)
        if until > now:  # a process measures: it will wake us in its gap
            return min(until - now + GAP, 0.5)
        busy = self.files.waits() or not system.WATCHES_WRITES
        return BUSY_TICK if busy else TICK

    def _listen(self) -> None:
        try:
            while self.connection.poll():
                word = self.connection.recv_bytes(WORD_LIMIT)
                if word == b"+":
                    self.sender.credit += 1
                elif word == b"interrupt":
                    system.interrupt(self.main.pid)
                elif word.startswith(TYPED):
                    if self.typed is not None:
                        self.typed.take_in(word.removeprefix(TYPED), self.seconds(), self.files.outputs)
                        self.looking = True
                elif word == b"stop":
                    self._end("stopped", "")
                elif word.startswith(GATE) and (refused := self.gates.obey(word.removeprefix(GATE).decode().split())):
                    self._find("warning", refused, self.seconds())
        except (EOFError, OSError):
            self.window_gone = True
            self._end("stopped", "The window went away.")

    def _read(self) -> None:
        now = self.seconds()
        for pid, code in system.reap().items():
            member = self.roster.of(pid, now)
            self.roster.saw_death(member, now)
            self.roster.status(member, code, sure=True)
        self.gates.find()
        if self.looking or self.ladder is not None:
            names = self.files.names()
            self._read_lives()  # a parent notes each child before it starts the next: so they are known in that order
            self.looking = self.files.open(names, self.roster, now, self.main, self._read_life)
            for output in self.files.outputs:
                output.look(now)
        if self.typed is not None:
            self.typed.look(now)
        self._read_lives()
        for ring in self.files.rings:
            ring.relieve()
        for one in self.files.operations:
            one.look(ended=one.owner.judged, all_of_it=self.gates.stepping)
        self._look_at_gate()

    def _look_at_gate(self) -> None:
        news = self.gates.look()
        if news is not None:
            self.sender.tell_total("gate", news)
        if self.gates.trouble:
            trouble, self.gates.trouble = self.gates.trouble, ""
            if self.ladder is not None:  # whom we end can follow no order
                return
            self._find("bad", trouble, self.seconds())
            if self.gates.mode != "step":
                self.failure = self.failure or (trouble, self.seconds())
                self._end("failed", trouble)

    def _read_lives(self) -> None:
        for member in list(self.roster):
            if member.life is not None and not (member.judged and "drained" in member.news):
                self._read_life(member)
                if member.judged:
                    member.news["drained"] = True

    def _read_life(self, member: Member) -> None:
        assert member.life is not None
        for moment, kind, about in member.life.events():
            if kind == "finding":
                self.sender.tell("findings", {**self.gates.marked(about), "seconds": moment / 1e9}, about["key"])
            elif kind == "gap":
                self.gates.measures = True
                self._gap_until = moment / 1e9 + about["seconds"]
                self._last_sent = 0.0
            elif kind == "unrecorded":
                text = f"There was no room to record the series {about['series']!r} of {member.name}."
                self._find("warning", text, self.seconds())
            elif kind == "ungated":
                self._find("warning", f"{NO_ROOM}hold {member.name}: it goes on by itself.", self.seconds())
            elif kind in TRACED:
                if kind == "untraced":
                    who = member.name or f"process {member.pid}"
                    self._find("warning", f"{NO_ROOM}record what {who} does: it is missing here.", self.seconds())
                if kind == "site":
                    self.gates.places[member.pid, about["number"]] = (
                        f"{os.path.basename(about['file'])}:{about['line']}"
                    )
                elif kind in ("shared", "has"):
                    about["since"] = moment
                self.sender.tell("traced", (member.pid, kind, about))
            else:
                self.roster.note(member, (moment, kind, about))
        if member.id >= 0:
            for variable, value, moment in member.life.shown():
                self.sender.tell("shown", (member.id, variable, value, moment / 1e9), member.id, variable)

    # -- supervising

    def _supervise(self) -> None:
        now = self.seconds()
        for member in self.roster:
            if self.ladder is not None and member.pid in self.ladder.ended:
                member.ended_by_lab = True
            if not self.roster.judge(member, now):
                continue
            if member.life is None and not member.ended_by_lab and (member.known or member.unrecorded):
                self._find(*member.unseen(), now)
                if self.request["watched"] and not member.signal:
                    self.sender.tell("traced", (member.pid, "untraced", {}))
            if self.failure is None and self.ladder is None:
                why = self.roster.failure(member)
                if why is not None:
                    theirs = self.request["program"] is not None and member is not self.main  # their main decides
                    self.failure = None if theirs else (why, now)
                    told = "; main takes its workers for ended, with exit code 255" if member.unlisted else ""
                    level: Level = "warning" if theirs else "bad"
                    self._find(level, why[0].upper() + why[1:] + ".", now, f"at {member.since:.3f} s{told}", member.pid)
        limit = self.request["time_limit"]
        if self.ladder is None:
            if limit is not None and now > limit:
                self._end("timed out", f"The time limit of {limit:g} s was reached.")
            elif self.failure is not None and now - self.failure[1] > AFTER_FAILURE:
                self._end("failed", _sentence(self.failure[0]))
            elif not self.main.alive and now - (self.main.died or now) > AFTER_MAIN:
                self._left_running = [m.name for m in self.roster.listed() if m.alive]
                self._end("failed" if self.failure else "done", _sentence(self.failure[0]) if self.failure else "")

    def _end(self, status: Status, text: str) -> None:
        if self.ladder is None:
            self.ladder = Ladder(status, text, self.seconds(), self.control, self._event)

    def _find(self, level: Level, text: str, now: float, evidence: str = "", pid: int = 0) -> None:
        about = {"key": text, "level": level, "text": text, "evidence": evidence, "seconds": now, "pid": pid}
        self.sender.tell("findings", about, text)

    def _event(self, sentence: str) -> None:
        self.sender.tell("events", (self.seconds(), sentence))

    def _all_gone(self) -> bool:
        if self.ladder is not None:
            return self.ladder.climb(self.seconds())
        return not self.main.alive and not system.descendants(os.getpid())

    def _finished(self) -> bool:
        if self.main.alive and self.ladder is None:
            return False
        if not self._all_gone():
            return False
        self.looking = True
        self._read()
        now = self.seconds()
        for member in self.roster:
            if member.alive:
                self.roster.saw_death(member, now)
        if any(not member.judged for member in self.roster):
            return False
        self._read()
        return True

    # -- sending

    def _send(self) -> None:
        now = self.seconds()
        if self.window_gone:
            return
        measuring = any(m.life and m.alive and m.life.burst_until / 1e9 > now for m in self.roster)
        if measuring and now > self._gap_until and self.ladder is None:
            return
        for member in self.roster.listed():
            if member.changed:
                member.changed = False
                self.sender.tell("processes", member.describe(self.roster.parent_of(member)), member.id)
        for usage in self.usage.look(now, self.roster):
            self.sender.tell("usage", usage, usage[0])
        self._totals.tell(self)
        full = self.files.waits() >= system.BATCH
        if full or self._gap_until or now - self._last_sent >= BETWEEN_BATCHES:
            self._pass_on(last=False)

    def _pass_on(self, *, last: bool) -> None:
        """Send batches while there is credit and news; the gap is told with the last of them."""
        try:
            while self.sender.credit > 0:
                now = self.seconds()
                batch = self.sender.batch(now, self.files.outputs, self.files.rings, self.files.operations, last=last)
                more = self.files.waits() > 0
                if self._gap_until and not more:
                    if now < self._gap_until:
                        batch["gap"] = self._gap_until - now
                    self._gap_until = 0.0
                if len(batch) == 1:
                    return
                self.sender.send(batch)
                self._last_sent = now
        except OSError:
            self.window_gone = True
            self._end("stopped", "The window went away.")

    def _say_outcome(self) -> None:
        seconds = self.seconds()
        status, text = self._outcome(seconds)
        for member in self.roster.listed():
            if member.changed:
                self.sender.tell("processes", member.describe(self.roster.parent_of(member)), member.id)
        self._totals.tell(self)
        while not self.window_gone:
            for output in self.files.outputs:
                output.look(seconds)
            self._pass_on(last=True)
            waits = self.sender.news or self.files.waits() or any(out.waiting for out in self.files.outputs)
            if not waits and self.sender.credit > 0:
                if self._explained():
                    continue
                outcome = {"status": status, "text": text, "seconds": seconds}
                self.sender.send({"time": seconds, "outcome": outcome})
                return
            system.wait([self.connection], None)
            self._listen()

    def _explained(self) -> bool:
        """Explain, once, words in the output that look alarming after processes were ended; tell whether just now."""
        alarming = self.ladder is not None and self.ladder.ended and any(one.tells_leaks for one in self.files.outputs)
        if alarming and not self._has_explained:
            self._has_explained = True
            text = "Python's resource tracker speaks of leaked objects in Output: nothing of them is left."
            why = "what is ended cannot remove its semaphores and shared memory; the tracker does, and says so"
            self._find("info", text, self.seconds(), why)
            return True
        return False

    def _outcome(self, seconds: float) -> tuple[Status, str]:
        if self._left_running:
            names = ", ".join(self._left_running)
            text = f"The main program ended, but {names} went on, to be ended after {AFTER_MAIN:g} s."
            self._find("warning", text, seconds)
        if self.typed is not None and (text := self.typed.unread()):
            self._find("info", text, seconds)
        if self.ladder is not None and self.ladder.status not in ("done", "failed"):
            return self.ladder.status, self.ladder.text or f"Stopped after {seconds:.1f} s."
        if self.failure is not None:
            return "failed", _sentence(self.failure[0])
        return "done", f"Done in {seconds:.1f} s."


def _sentence(text: str) -> str:
    return text if text.endswith(".") else text + "."


def main(folder: str, end: int, keeper: int) -> NoReturn:
    """Live one run in this process, and end it: exit code 0 once the outcome was said or nobody is there to hear it."""
    system.ignore_signals()
    system.adopt_orphans(folder)
    run = Run(folder, system.pipe_end(end), keeper)
    run.start()
    run.live()
    run.connection.close()
    os._exit(0)  # with the run still mapped: who looks for what is left of it finds this process to its end
