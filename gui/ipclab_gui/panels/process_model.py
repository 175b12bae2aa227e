"""The run's processes as a model of cards, ready to be drawn or read aloud. GUI thread only."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ipclab.quantity import SPACE, measured, thousands
from ipclab_gui.panels.step_buttons import choice_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ipclab.observation import Observation, ProcessSeen
    from ipclab.ready import Choice, Ready
    from ipclab.waiting import Wait

Index = QModelIndex | QPersistentModelIndex

CARD = Qt.ItemDataRole.UserRole  # the role under which the delegate gets a Card

STATES: dict[str, tuple[str, str, str]] = {  # icon, colour of the chip, word
    "starting": ("circle-dashed", "text2", "starting"),
    "running": ("circle-play", "accent", "running"),
    "waiting": ("hourglass", "wait", "waiting"),
    "next": ("step", "accent", "next"),
    "ended": ("circle-check", "ok", "ended"),
    "failed": ("circle-x", "bad", "failed"),
    "killed": ("octagon-x", "bad", "killed"),
    "stopped": ("circle-stop", "text2", "stopped"),
}
PATIENCE = 0.2  # s that a call lasts until its process is said to wait
STEPPED = 0.02  # s the same in a run that is stepped: a person waits to see who waits
TINTS = {"wait": "wait_tint", "text2": "hover", "accent": "tint", "ok": "ok_tint", "bad": "bad_tint"}


@dataclass(frozen=True, slots=True)
class Card:
    """What one card says.

    Attributes:
        state: one of STATES.
        chip: the state in a word or two, with exit code or signal: "ended, 0", "exit 1", "SIGKILL".
        doing: a sentence without its subject: "raised ValueError".
        ender: "Could end it: a message of right"; empty where it does not wait, None in a run that is not watched.
        when: "since 0.1 s", "after 2.4 s": on the run's clock.
        shown: variables and their last values, as text.
        cpu: share of one core, now or over its life once it has ended, as its label says; empty if never measured.
        memory: resident, as last measured.
        usage: (seconds, share, bytes) over its life, for the curve: the observation's own, which goes on growing.
        span: seconds from the run's beginning to now, the width of the curve.
        culprit: the first of the run to go wrong.
        number: its place among the processes, from 1: the key that steps it.
        ready: what it is about to do where it stands at the gate: "send('END')"; empty where it does not.
        grey: others are stepped, and it cannot be.
    """

    name: str
    pid: int
    state: str
    chip: str
    doing: str
    ender: str | None
    when: str
    shown: tuple[tuple[str, str], ...]
    cpu_label: str
    cpu: str
    memory: str
    usage: Sequence[tuple[float, float, int]] = field(compare=False)
    span: tuple[float, float]
    culprit: bool
    number: int = 0
    ready: str = ""
    grey: bool = False

    def spoken(self) -> str:
        """Return the card as a screen reader says it, and as it is copied: a statement a line."""
        lines = [f"{self.name}, process {self.pid}: {self.chip}", f"{self.doing}, {self.when}"]
        if self.ender:
            lines.append(self.ender)
        lines += [f"{variable} = {value}" for variable, value in self.shown]
        if self.cpu:
            lines.append(f"{self.cpu_label} {self.cpu}, memory {self.memory}")
        return "\n".join(lines)


def spell(value: object) -> str:
    """Return a shown value as text: a count in groups of three, a list as Python writes it, a text as it is."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int):
        return thousands(value)
    return value if isinstance(value, str) else repr(value)


def waiting(process: ProcessSeen, wait: Wait | None, time: float, patience: float = PATIENCE) -> bool:
    """Tell whether a process waits at `time`, seconds since the run began."""
    return wait is not None and process.state == "running" and time - wait.since > patience


def _chip(process: ProcessSeen) -> str:
    if process.signal is not None:
        return process.signal
    if process.state == "failed" and process.code is not None:
        return f"exit {process.code}"
    word = STATES[process.state][2]
    return f"{word}, {process.code}" if process.state == "ended" and process.code is not None else word


def _doing(process: ProcessSeen, parent: str | None, wait: Wait | None) -> str:
    """Return what it waits for or was doing at its end, what the engine says of it, else what its state means."""
    if process.doing:
        return process.doing + (f", in {wait.words}" if wait is not None and not process.alive else "")
    if wait is not None:
        return wait.words
    match process.state:
        case "starting":
            return "starts its Python"
        case "running":
            return f"started by {parent}" if parent else "runs the main program"
        case "ended":
            return "ended by itself"
        case "failed":
            return f"ended with exit code {process.code}" if process.code is not None else "failed"
        case "killed":
            return f"was ended by {process.signal}" if process.signal else "was ended by a signal"
        case _:
            return "was stopped by the lab"


def _ender(process: ProcessSeen, wait: Wait | None) -> str:
    """Return who could end its wait, or could have; empty where it waits for nothing or nobody can tell."""
    if wait is None or not wait.ender.words:
        return ""
    return f"Could {'end' if process.alive else 'have ended'} it: {wait.ender.words}"


def _clock(seconds: float) -> str:
    """Return a time on the run's clock, as short as it can be said: "2.4 s", "0.031 s"."""
    text = f"{seconds:,.{3 if seconds < 100 else 1}f}".rstrip("0").rstrip(".").replace(",", SPACE)
    return f"{text}{SPACE}s"


def card(
    process: ProcessSeen,
    time: float,
    *,
    parent: str | None,
    culprit: bool,
    wait: Wait | None = None,
    watched: bool = False,
    number: int = 0,
    choice: Choice | None = None,
    stood: str = "",
) -> Card:
    """Return what a process's card says.

    Args:
        process: whose it is.
        time: seconds since the run began.
        parent: its parent's name.
        culprit: it was the first of the run to go wrong.
        wait: what its main thread waits in.
        watched: the run is.
        number: its place among the processes, from 1.
        choice: who could go next in a run that is slowed or stepped; None in any other.
        stood: what it was about to do where it stood at the gate when it ended; empty where it did not.
    """
    ready = choice.of(process.pid) if choice is not None else None
    blocked = choice.why(process.pid) if choice is not None and ready is None else None
    waits = waiting(process, wait, time, PATIENCE if choice is None else STEPPED) and ready is None
    since = wait.since if wait is not None and waits else process.since
    if ready is not None:
        since = ready.standing.operation.begin / 1e9
    when = f"{'since' if process.alive else 'after'} {_clock(since)}"
    told = wait if waits or not process.alive else None
    usage = process.usage
    cpu = memory = ""
    if usage:
        share = usage[-1][1] if process.alive else sum(share for _, share, _ in usage) / len(usage)
        cpu = f"{share * 100:.0f}{SPACE}%"
        memory = measured(usage[-1][2], "B")
    begin = usage[0][0] if len(usage) == usage.maxlen else process.started
    doing, ender = _doing(process, parent, told), _ender(process, told) if watched else None
    if stood and told is None and not process.alive:
        ender = f"Stood at the gate, before {stood}"  # a line of its own: behind how it ended there is no room
    if ready is not None:
        doing, ender = f"next: {ready.call}", _where(ready)
    elif blocked is not None and blocked.why and waits:
        ender = blocked.why[:1].upper() + blocked.why[1:]
    return Card(
        name=process.name,
        pid=process.pid,
        state="next" if ready is not None else "waiting" if waits else process.state,
        chip="next" if ready is not None else "waiting" if waits else _chip(process),
        doing=doing,
        ender=ender,
        when=when,
        shown=tuple((name, spell(value)) for name, value in process.shown.items()),
        cpu_label="CPU" if process.alive else "Mean CPU",
        cpu=cpu,
        memory=memory,
        usage=usage,
        span=(begin, max(time, begin + 0.5)),
        culprit=culprit,
        number=number,
        ready=ready.call if ready is not None else "",
        grey=blocked is not None and waits,
    )


def _stood_in(observation: Observation) -> dict[int, str]:
    """Return by pid what those were about to do who stood at the gate when they ended."""
    if not observation.paced:
        return {}
    from ipclab.ready import stood

    return stood(observation)


def _where(ready: Ready) -> str:
    """Return on what and where a process that stands at the gate is about to do something."""
    site = ready.site
    at = f"line {site.line} of {os.path.basename(site.file)}" if site is not None else ""
    words = ", ".join(word for word in (f"on {ready.on}" if ready.on else "", at) if word)
    return words[:1].upper() + words[1:]


def tally(observation: Observation) -> tuple[str, str]:
    """Return how many processes there are, and how they are: "3 processes", "2 ended, 1 killed; nothing is left..."."""
    processes, waits, choice = observation.processes.values(), observation.waits(), choice_in(observation)
    patience = PATIENCE if choice is None else STEPPED
    next_ones = {one.standing.pid for one in choice.ready} if choice is not None else set()
    states = [
        "next" if one.pid in next_ones
        else "waiting" if waiting(one, waits.get(one.pid), observation.time, patience)
        else STATES[one.state][2]
        for one in processes
    ]  # fmt: skip
    order = ("starting", "running", "next", "waiting", "ended", "failed", "stopped", "killed")
    words = ", ".join(f"{states.count(word)} {word}" for word in order if word in states)
    if observation.outcome is not None and not any(process.alive for process in processes):
        words += "; nothing is left running."
    count = len(states)
    return f"{count} {'process' if count == 1 else 'processes'}", words


class ProcessModel(QAbstractListModel):
    """A card per process, in the order of their start; `update` tells the view of those alone that changed."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._cards: list[Card] = []

    def update(self, observation: Observation | None) -> None:
        """Read the run."""
        if observation is None:
            self.beginResetModel()
            self._cards = []
            self.endResetModel()
            return
        processes = list(observation.processes.values())
        told = {finding.pid for finding in observation.findings.values()}  # not of whom their own program has ended
        wrong = [p for p in processes if p.state in ("failed", "killed") and p.pid in told]
        culprit = min(wrong, key=lambda p: p.since, default=None)
        waits = observation.waits()
        names = {process.id: process.name for process in processes}
        choice = choice_in(observation)
        before = _stood_in(observation)
        cards = [
            card(
                one,
                observation.time,
                parent=None if one.parent is None else names.get(one.parent),
                culprit=one is culprit,
                wait=waits.get(one.pid),
                watched=observation.operations is not None or choice is not None,
                number=number,
                choice=choice,
                stood=before.get(one.pid, ""),
            )
            for number, one in enumerate(processes, 1)
        ]
        known = len(self._cards)
        changed = [place for place, (old, new) in enumerate(zip(self._cards, cards, strict=False)) if old != new]
        if len(cards) > known:
            self.beginInsertRows(QModelIndex(), known, len(cards) - 1)
            self._cards = cards
            self.endInsertRows()
        else:
            self._cards = cards
        for place in changed:
            self.dataChanged.emit(self.index(place), self.index(place))

    @property
    def most_shown(self) -> int:
        """Variables of the process that shows most."""
        return max((len(one.shown) for one in self._cards), default=0)

    @property
    def watched(self) -> bool:
        """Whether cards have a line for who could end a wait."""
        return any(one.ender is not None for one in self._cards)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return how many processes there are."""
        return 0 if parent.isValid() else len(self._cards)

    def card(self, place: int) -> Card:
        """Return a card by its place."""
        return self._cards[place]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a process's name, its Card, or how a screen reader says it."""
        if not 0 <= index.row() < len(self._cards):
            return None
        one = self._cards[index.row()]
        if role == CARD:
            return one
        if role == Qt.ItemDataRole.DisplayRole:
            return one.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return one.spoken()
        return None
