"""What is known of a run so far, folded from its batches; the window and the command line read the same one.

One thread at a time. Samples are handed out as arrays and only their figures are kept here.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ipclab.quantity import thousands
from ipclab.records import LATENESS, Level, Outcome, State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ipclab.enders import Enders, People
    from ipclab.lane import Operation
    from ipclab.operations import Operations
    from ipclab.order import Step
    from ipclab.statistics import Summary
    from ipclab.traffic import Traffic
    from ipclab.waiting import Wait

_TRACED = frozenset({"traced", "operations", "completed", "unrecorded", "unrecorded_of"})
_NO_PERSONS = frozenset({"MainThread", "QueueFeederThread"})
STUCK_AFTER = 1.0  # s without anybody at the gate or a new call, after which a stepped run may be stuck
UNSEEN_LIMIT = 20_000  # operations that nobody has looked at, beyond which their messages are paired all the same:
# in small portions, of which none keeps the window (benchmarks/messages.py)
SAID_KEPT = 2_000  # values of variables that a process showed; the oldest go first
STEPS_KEPT = 100_000  # an order of more nobody reads; a rule that plays all night would fill the memory
LINES_KEPT = 100_000  # of output, of all processes; the oldest go first and are counted


@dataclass(slots=True)
class ProcessSeen:
    """One process of the run; see `records.process` for the words."""

    id: int
    name: str
    pid: int
    parent: int | None
    state: State
    since: float
    started: float
    code: int | None = None
    signal: str | None = None
    doing: str = ""
    known: bool = False
    shown: dict[str, object] = field(default_factory=dict)
    usage: deque[tuple[float, float, int]] = field(default_factory=lambda: deque(maxlen=240))  # seconds, share, bytes
    said: deque[tuple[float, str, object]] = field(
        default_factory=lambda: deque(maxlen=SAID_KEPT)
    )  # what it showed when

    @property
    def alive(self) -> bool:
        """Tell whether it has not ended yet."""
        return self.state in ("starting", "running")

    def shown_at(self, seconds: float) -> dict[str, object]:
        """Return the variables that it had shown at a moment, with their values then, as far back as is kept."""
        if not self.said or seconds >= self.said[-1][0]:
            return dict(self.shown)
        return {variable: value for when, variable, value in self.said if when <= seconds}


@dataclass(frozen=True, slots=True)
class FindingSeen:
    """A statement that the run makes; `seconds` since its beginning, `pid` of whose end it tells, 0 for none."""

    level: Level
    text: str
    evidence: str
    seconds: float
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line of output, without its end."""

    process: int
    stream: str
    seconds: float
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """A thread that stands at the gate: `operation` is what it is about to do, and began when it came there.

    `ticket` is how often it has come there; `process` its process's name.
    """

    pid: int
    process: str
    thread: int
    ticket: int
    operation: Operation


@dataclass(frozen=True, slots=True)
class Gate:
    """How a watched run goes.

    Attributes:
        mode: "on", "slow" or "step".
        pace: seconds that each operation waits in slow motion.
        rule: by which steps are let go; empty where a person chooses.
        left: steps of an order that are still to be followed; None where none is.
        standing: who stands at the gate, the oldest first.
        stood: who stood there when its process ended.
    """

    mode: str = "on"
    pace: float = 0.0
    rule: str = ""
    left: int | None = None
    standing: tuple[Standing, ...] = ()
    stood: tuple[Standing, ...] = ()


@dataclass(frozen=True, slots=True)
class StepSeen:
    """A step that was let go."""

    pid: int
    operation: Operation
    step: Step


class Observation:
    """The state of one run.

    Attributes:
        watched: whether the run is.
        time: seconds since the run began, of the newest batch.
        processes: by ident, main first, in the order of their start.
        findings: by key, in order of appearance.
        lines: the newest output; `lines_gone` counts those that went before them.
        asks: what a person's program has written of a line that has no end yet: "Your name? ".
        progress: (done, of), or None where nobody reports it.
        series: figures by series' name.
        operations: of a run that is watched; None until the first comes.
        traffic: its messages; who looks pairs them, see there.
        enders: who could end its waits.
        dropped: samples that could not be recorded, by series' name.
        gate: how it goes, and who stands at the gate.
        steps: that were let go, in their order, the first STEPS_KEPT; `steps_gone` counts those after them.
        paced: it was slowed or stepped at some time: its times are no figures.
        outcome: None while the run goes on.
    """

    def __init__(self, *, watched: bool = True) -> None:
        self.watched = watched
        self.time = 0.0
        self.processes: dict[int, ProcessSeen] = {}
        self.findings: dict[str, FindingSeen] = {}
        self.lines: deque[Line] = deque(maxlen=LINES_KEPT)
        self.lines_gone = 0
        self.asks = ""
        self.progress: tuple[float, float] | None = None
        self.series: dict[str, Summary] = {}
        self.dropped: dict[str, int] = {}
        self.samples_gone = 0
        self.events: list[tuple[float, str]] = []
        self.outcome: Outcome | None = None
        self.operations: Operations | None = None
        self.traffic: Traffic | None = None
        self.enders: Enders | None = None
        self.gate = Gate()
        self.steps: list[StepSeen] = []
        self.steps_gone = 0
        self.paced = False
        self._waits: list[Wait] | None = None
        self.choice: object | None = None  # what `ready.choice` has found out, until more is known
        self._omitted = (0, 0)
        self._origin = 0

    def take(self, batch: Mapping[str, Any]) -> Iterator[tuple[int, str, Any]]:
        """Fold a batch in; yield its samples as (process ident, series' name, array).

        The array has the dtype [("time", int64 nanoseconds since the run began), ("value", float64)]. All of the
        batch but the samples is folded in before the first is yielded; exhaust the iterator.
        """
        self.time = max(self.time, batch["time"])
        self._waits = self.choice = None
        self._take_processes(batch)
        self._take_output(batch)
        for about in batch.get("findings", ()):
            self.findings[about["key"]] = FindingSeen(
                about["level"], about["text"], about["evidence"], about["seconds"], about.get("pid", 0)
            )
        self.progress = batch.get("progress", self.progress)
        self.asks = batch.get("asks", self.asks)
        self.dropped.update(batch.get("dropped", {}))
        self.events.extend(batch.get("events", ()))
        if not _TRACED.isdisjoint(batch):
            self._watch(batch)
        if "gate" in batch or "steps" in batch:
            self._take_gate(batch)
        if self.gate.mode == "step":
            self._look_who_is_stuck()
        if "outcome" in batch:
            self.outcome = Outcome(**batch["outcome"])
        if "samples" in batch:
            yield from self._samples(batch["samples"])

    def _take_processes(self, batch: Mapping[str, Any]) -> None:
        for about in batch.get("processes", ()):
            seen = self.processes.get(about["id"])
            if seen is None:
                self.processes[about["id"]] = ProcessSeen(**about)
            else:
                for key, value in about.items():
                    setattr(seen, key, value)
        for ident, variable, value, seconds in batch.get("shown", ()):
            if ident in self.processes:
                self.processes[ident].shown[variable] = value
                self.processes[ident].said.append((seconds, variable, value))
        for ident, share, size, seconds in batch.get("usage", ()):
            if ident in self.processes:
                self.processes[ident].usage.append((seconds, share, size))

    def _take_output(self, batch: Mapping[str, Any]) -> None:
        for ident, stream, seconds, text in batch.get("output", ()):
            if len(self.lines) == LINES_KEPT:
                self.lines_gone += 1
            self.lines.append(Line(ident, stream, seconds, text))
        if "omitted" in batch:
            lines, samples = batch["omitted"]
            self.lines_gone += lines - self._omitted[0]
            self.samples_gone += samples - self._omitted[1]
            self._omitted = (lines, samples)

    def _watch(self, batch: Mapping[str, Any]) -> None:
        if self.operations is None:
            from ipclab.enders import Enders  # only a run that is watched pays for it
            from ipclab.operations import Operations
            from ipclab.traffic import Traffic

            self.operations = Operations()
            self.traffic = Traffic(self.operations)
            self.enders = Enders(self.operations)
        self.operations.take(batch)
        if self.operations.unseen > UNSEEN_LIMIT and self.traffic is not None:
            self.traffic.pair(int(self.time * 1e9) - LATENESS)

    def _let_step_go(self, number: int) -> None:
        if not self.steps_gone:
            text = f"An order saved of this run ends after {STEPS_KEPT} steps: further ones are not kept."
            self.findings[text] = FindingSeen("info", text, "", self.time)
        self.steps_gone = number - STEPS_KEPT

    def _take_gate(self, batch: Mapping[str, Any]) -> None:
        from ipclab.lane import operation_of
        from ipclab.order import Step

        about = batch.get("gate")
        self._origin = origin = about["origin"] if about is not None else self._origin
        names = {one.pid: one.name for one in self.processes.values()}
        for number, pid, data, step in batch.get("steps", ()):
            if number > STEPS_KEPT:
                self._let_step_go(number)
                continue
            seen = StepSeen(pid, operation_of(data, origin), Step(*step))
            self.steps[number - 1 : number] = [seen]
        if about is not None:
            self.paced |= about["mode"] != "on"
            found: dict[str, list[Standing]] = {"standing": [], "stood": []}
            for key, those in found.items():
                for pid, ticket, data in about[key]:
                    operation = operation_of(data, origin)
                    those.append(Standing(pid, names.get(pid, ""), operation.thread, ticket, operation))
            standing, stood = (tuple(those) for those in found.values())
            self.gate = Gate(about["mode"], about["pace"] / 1e9, about["rule"], about["left"], standing, stood)

    def _say_what_was_done(self) -> None:
        """Add to what is said of a process's end how many messages it had sent and received, and in which call."""
        assert self.operations is not None
        waits = self.waits()
        for key, finding in self.findings.items():
            lane = self.operations.lanes.get(finding.pid)
            if lane is None:
                continue
            sent, received = lane.messages()
            what = "message" if sent == 1 else "messages"
            words = [finding.evidence, f"{thousands(sent)} {what} sent, {thousands(received)} received"]
            if finding.pid in waits:
                words.append(f"in {waits[finding.pid].words}")
            self.findings[key] = replace(finding, evidence=", ".join(word for word in words if word))

    def _look_who_is_stuck(self) -> None:
        """Say in a stepped run that nobody is left who could go next, and no longer once somebody is."""
        waits = [] if self.gate.standing or self.gate.left is not None else self.all_waits()
        if waits and self.time - max(wait.since for wait in waits) > STUCK_AFTER:
            self._say_who_waits_for_each_other("wait", "can let them go on")
        elif self.gate.standing:
            self.findings.pop("stuck", None)

    def _say_who_was_stuck(self) -> None:
        """Add that processes waited for each other, where they did when the run was ended."""
        assert self.outcome is not None
        if self.outcome.status in ("stopped", "timed out"):
            self._say_who_waits_for_each_other("waited", "could let them go on")

    def _say_who_waits_for_each_other(self, verb: str, can: str) -> None:
        from ipclab.waiting import stuck

        people = self.people
        waits = stuck(wait for wait in self.all_waits() if wait.pid not in people.ended)
        threads = {(wait.pid, wait.thread) for wait in waits}
        if waits and not self._go_on_elsewhere({wait.pid for wait in waits}, threads):
            stuck_ones = {wait.pid for wait in waits}
            names = [name for pid, name in people.names.items() if pid in stuck_ones]
            other = "each other" if names[1:] else "itself"
            one = "s" if verb == "wait" and not names[1:] else ""
            who = f"{', '.join(names[:-1])} and {names[-1]}" if names[1:] else names[0]
            who = f"{who} {verb}{one} for {other}"
            evidence = "; ".join(f"{people.name(wait.pid)} in {wait.words}" for wait in waits)
            self.findings["stuck"] = FindingSeen(
                "bad", f"{who}: as far as was seen, nobody else {can}.", evidence, self.time
            )

    def _go_on_elsewhere(self, pids: set[int], waiting: set[tuple[int, str]]) -> bool:
        """Tell whether one of these processes had a thread of a person's that may not have been waiting."""
        assert self.operations is not None
        lanes = (self.operations.lanes[pid] for pid in pids)
        return any(
            name not in _NO_PERSONS and (lane.pid, name) not in waiting
            for lane in lanes
            for name in lane.threads.values()
        )

    @property
    def people(self) -> People:
        """The processes, as those who may end each other's waits."""
        from ipclab.enders import People

        seen = self.processes.values()
        by_themselves = (process for process in seen if not process.alive and process.state != "stopped")
        return People({one.pid: one.name for one in seen}, {one.pid: one.since for one in by_themselves})

    def all_waits(self) -> list[Wait]:
        """Return what each thread has begun and not ended; nothing in a run that is not watched."""
        if self.operations is None or self.traffic is None or self.enders is None:
            return []
        if self._waits is None:
            from ipclab.waiting import waits

            self._waits = waits(self.operations, self.traffic, self.enders, self.people)
        return self._waits

    def waits(self) -> dict[int, Wait]:
        """Return by pid what each process's main thread has begun and not ended; empty in a run that is not watched."""
        return {wait.pid: wait for wait in self.all_waits() if not wait.thread}

    def end(self, outcome: Outcome) -> None:
        """Take the outcome that `Run.end` returned: after a crash no batch told it, nor how the processes ended."""
        self.outcome = outcome
        self.time = max(self.time, outcome.seconds)
        self._waits = self.choice = None
        if self.traffic is not None:
            self.traffic.pair()
            self._say_what_was_done()
            self._say_who_was_stuck()
        for seen in self.processes.values():
            if seen.alive:
                seen.state, seen.since, seen.doing = "stopped", outcome.seconds, "was ended with the run"

    def _samples(self, parts: list[tuple[int, str, bytes]]) -> Iterator[tuple[int, str, Any]]:
        import numpy as np  # only a run that records pays for it

        from ipclab.statistics import Summary

        for ident, name, data in parts:
            samples = np.frombuffer(data, dtype=[("time", np.int64), ("value", np.float64)])
            if name not in self.series:
                self.series[name] = Summary()
            self.series[name].add(samples["value"])
            yield ident, name, samples

    @property
    def time_left(self) -> float | None:
        """Seconds until the end as progress so far has it; None where it cannot be told yet."""
        if self.progress is None or self.outcome is not None:
            return None
        done, of = self.progress
        began = min((p.started for p in self.processes.values()), default=0.0)
        elapsed = self.time - began
        if done <= 0 or of <= done or elapsed < 0.5:
            return None
        return elapsed * (of - done) / done
