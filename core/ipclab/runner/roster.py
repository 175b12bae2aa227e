"""The run's processes as the runner knows them, from what boot noted, what the system tells, and who reaped them."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ipclab.records import Level, State, process
from ipclab.runner.reading import Event, LifeReader
from ipclab.runner.system import system

NO_ROOM = "There was no room, or no descriptor left, to "
NAME_PATIENCE = 0.5  # s to wait for a parent to say whom it has started, where that one could not: it may end sooner
STATUS_PATIENCE = 0.1  # s to wait for somebody to say how a process ended, before it is "unknown"


@dataclass(slots=True, eq=False)
class Member:
    """One process; `name` is empty until it is known to be one of the run's own, and only then is it listed."""

    id: int
    pid: int
    name: str = ""
    parent_pid: int = 0
    state: State = "starting"
    since: float = 0.0
    started: float = 0.0
    code: int | None = None  # as Python has it: negative after a signal
    exception: dict[str, Any] | None = None
    life: LifeReader | None = None
    death: system.Death | None = None
    died: float | None = None  # when its death was seen
    judged: bool = False  # its end has been looked at
    expected: bool = False  # the experiment said that it may die
    signalled: bool = False  # a process of the run sent it a signal through multiprocessing
    ended_by_lab: bool = False
    unlisted: bool = False  # a forkserver
    known: bool = False  # a process of the run has started it through multiprocessing: it would have a life file
    unrecorded: bool = False  # it said that it found no room for its files
    changed: bool = True
    news: dict[str, object] = field(default_factory=dict)

    @property
    def alive(self) -> bool:
        """Tell whether its death has not been seen."""
        return self.died is None

    @property
    def signal(self) -> str | None:
        """The name of the signal that ended it."""
        return signal_name(-self.code) if self.code is not None and self.code < 0 else None

    def unseen(self) -> tuple[Level, str]:
        """Return why nothing is known of it but its end, and how bad that is."""
        if self.unrecorded:
            return "warning", f"{NO_ROOM}record {self.name}: only its end is known."
        if self.signal:
            return "info", f"{self.name} was ended by {self.signal} before anything of it was recorded."
        return "warning", (
            f"Nothing of {self.name} was recorded: it ended before, or was started in a way that is not"
            " multiprocessing's own."
        )

    def end_in_words(self) -> str:
        """How it ended, as the rest of a sentence about it: "was ended by SIGKILL", "raised ValueError: ..."."""
        if self.exception is not None:
            return f"raised {raised(self.exception)}"
        if self.signal:
            return f"was ended by {self.signal}"
        if self.code is None:
            return "ended, nobody could tell how"
        return f"ended with exit code {self.code}"

    def describe(self, parent: int | None) -> dict[str, object]:
        """Return it as a batch holds it."""
        doing = ""
        if not self.alive and (self.exception or self.signal or self.code):
            doing = self.end_in_words()
        code = self.code if self.code is not None and self.code >= 0 else None
        return process(
            self.id, self.name, self.pid, parent, self.state, self.since, self.started,
            code=code, signal=self.signal, doing=doing, known=self.code is not None,
        )  # fmt: skip


def signal_name(number: int) -> str:
    """Return "SIGKILL" for 9; "signal 64" where the system has no name for it."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def raised(exception: dict[str, Any]) -> str:
    """Return "ValueError on line 27 of pipe.py: its text" of a noted exception."""
    where = ""
    if exception["lines"]:
        path, line, _ = own_line(exception["lines"])
        where = f" on line {line} of {os.path.basename(path)}"
    text = exception["text"].strip().splitlines()
    return f"{exception['type']}{where}" + (f": {text[0]}" if text else "")


def own_line(lines: list[tuple[str, int, str]]) -> tuple[str, int, str]:
    """Return the last line that is an experiment's own, else the last of all."""
    for entry in reversed(lines):
        if f"{os.sep}experiments{os.sep}" in entry[0]:
            return tuple(entry)  # type: ignore[return-value]
    return tuple(lines[-1])  # type: ignore[return-value]


class Roster:
    """Every process of one run, in order of appearance; listed ones have their numbers in order of their start."""

    def __init__(self) -> None:
        self.members: list[Member] = []
        self._by_pid: dict[int, Member] = {}
        self._names: set[str] = set()
        self._listed = 0

    def __iter__(self) -> Iterator[Member]:
        return iter(self.members)

    def listed(self) -> Iterator[Member]:
        """Yield the processes that are the run's own: no forkserver, nothing without a name."""
        return iter(sorted((one for one in self.members if one.name and not one.unlisted), key=lambda one: one.id))

    def of(self, pid: int, seconds: float) -> Member:
        """Return the process with this pid, new where it was not known."""
        found = self._by_pid.get(pid)
        if found is None:
            found = Member(-1, pid, since=seconds, started=seconds, death=system.Death(pid))
            self.members.append(found)
            self._by_pid[pid] = found
        return found

    def parent_of(self, member: Member) -> int | None:
        """Return the ident of its parent, None where that is not one of the run's own."""
        parent = self._by_pid.get(member.parent_pid)
        return parent.id if parent is not None and parent.name and parent is not member else None

    def note(self, member: Member, event: Event) -> None:
        """Fold what boot noted in a process into what is known."""
        moment, kind, about = event
        seconds = moment / 1e9
        if kind == "boot":
            member.unlisted = about["role"] == "forkserver"
            member.parent_pid = member.parent_pid or about["parent"]
        elif kind == "process":
            member.parent_pid = about["parent"]
            self._name(member, about["name"])
            if member.state == "starting" and member.alive:
                member.state, member.since = "running", seconds
                member.started = min(member.started, seconds)
            member.changed = True
        elif kind == "started":
            child = self.of(about["pid"], seconds)
            child.parent_pid = about["parent"]
            child.started = min(child.started, seconds)
            child.known = True
            self._name(child, about["name"])
        elif kind == "exit":
            self.status(self.of(about["pid"], seconds), about["code"])
        elif kind == "exception":
            member.exception = about
        elif kind == "signalled":
            self.of(about["pid"], seconds).signalled = True
        elif kind == "expects":
            self.of(about["pid"], seconds).expected = True

    def status(self, member: Member, code: int, *, sure: bool = False) -> None:
        """Take an exit code that somebody learned; the first word counts, but that of the system is above it.

        Whoever has lost the forkserver takes its children for ended, with exit code 255, while they go on.
        """
        if member.code is None or (sure and member.code != code):
            member.code = code
            member.changed = True
            if member.judged:
                self._settle(member)

    def _name(self, member: Member, name: str) -> None:
        if member.name:
            return
        unique, n = name, 1
        while unique in self._names:
            n += 1
            unique = f"{name} #{n}"
        self._names.add(unique)
        member.name = unique
        member.id = self._listed
        self._listed += 1
        member.changed = True

    def saw_death(self, member: Member, seconds: float) -> None:
        """Take that a process has ended; its exit code where a zombie still tells it."""
        if member.died is None:
            member.died = seconds
            code = system.zombie_status(member.pid)
            if member.death is not None:
                member.death.close()
            if code is not None:
                self.status(member, code)

    def judge(self, member: Member, seconds: float) -> bool:
        """Settle the state of a process that has ended, once its exit code is known or nobody will tell it any more.

        Returns:
            whether it was settled just now.
        """
        if member.died is None or member.judged:
            return False
        if member.code is None and seconds - member.died < STATUS_PATIENCE:
            return False
        if member.unrecorded and not member.name and seconds - member.died < NAME_PATIENCE:
            return False
        member.judged = True
        if not member.name and member.unrecorded:  # it found no room to say who it is
            self._name(member, f"process {member.pid}")
        if not member.name:  # forked by hand, or the forkserver: what it printed is its parent's
            parent = self.parent_of(member)
            member.id = parent if parent is not None else 0
        self._settle(member)
        return True

    def _settle(self, member: Member) -> None:
        member.since = member.died or member.since
        if member.ended_by_lab and member.code != 0:
            member.state = "stopped"
        elif member.signal:
            member.state = "killed"
        elif member.exception is not None or member.code:
            member.state = "failed"
        else:
            member.state = "ended"
        member.changed = True

    def failure(self, member: Member) -> str | None:
        """Return in a sentence why this process' end makes an experiment's run fail; None where it does not."""
        if not (member.name or member.unlisted) or member.expected or member.ended_by_lab:
            return None
        who = "the main program" if member.name == "main" else f"worker {member.name!r}"
        if member.unlisted:
            who = "the forkserver"
        if member.exception is not None and member.code != 0:
            return f"{who} {member.end_in_words()}"
        if member.signal and not member.signalled:
            return f"{who} {member.end_in_words()} after {member.since:.1f} s"
        if member.code and member.code > 0 and not member.signalled:
            return f"{who} {member.end_in_words()} after {member.since:.1f} s"
        return None
