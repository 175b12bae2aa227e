"""The lines of output as a model: filtered, and with tracebacks known as such. GUI thread only."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from ipclab.quantity import SPACE
from ipclab_gui.panels.source_places import place_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ipclab.observation import Line, Observation

Index = QModelIndex | QPersistentModelIndex
Part = Literal["", "traceback", "error"]  # of a traceback: one of its lines, the line that names the exception

TAGS = {"stderr": "stderr", "stdin": "typed"}  # what is said of a line beside its process, by its stream

ROW = Qt.ItemDataRole.UserRole  # the role under which the delegate gets a Row

_BEGIN = "Traceback (most recent call last):"
_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")


@dataclass(frozen=True, slots=True)
class Row:
    """What is drawn in one row; `leads` where time and process are to be said (not again within a traceback)."""

    line: Line
    process: str
    part: Part
    leads: bool


def spell_time(seconds: float) -> str:
    """Return a time on the run's clock: "0.031 s"."""
    return f"{seconds:,.3f}{SPACE}s".replace(",", SPACE)


class _Tracebacks:
    """Recognizes tracebacks in a stream of lines, one process beside the others."""

    def __init__(self) -> None:
        self._blocks = itertools.count(1)
        self._open: dict[int, tuple[int, bool]] = {}  # process: its block, and whether the exception was named

    def mark(self, line: Line) -> tuple[int, Part] | None:
        """Return the traceback's number and the line's part in it; None for a line that belongs to none."""
        text, process = line.text, line.process
        block, named = self._open.get(process, (0, False))
        if text.lstrip(" |+").startswith(_BEGIN):
            if not block:
                block = next(self._blocks)
            self._open[process] = (block, False)
            return block, "traceback"
        if not block:
            return None
        if not named and (not text.strip() or text[0] in " \t|+"):
            return block, "traceback"
        if not named:
            self._open[process] = (block, True)
            return block, "error"
        if not text.strip() or text.startswith(_CHAINED):
            return block, "traceback"
        del self._open[process]
        return None


class OutputModel(QAbstractListModel):
    """The lines that the filters let pass, oldest first.

    Lines are numbered from the first that came; `_first` is the number of the oldest that is kept.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._observation: Observation | None = None
        self._tracebacks = _Tracebacks()
        self._lines: list[Line] = []
        self._first = 0
        self._parts: dict[int, tuple[int, Part]] = {}
        self._shown: list[int] | None = None  # numbers of the lines that pass; None while all do
        self._hidden: frozenset[int] = frozenset()
        self._only_errors = False
        self._needle = ""
        self.longest = 0  # characters of the longest line
        self.tagged: set[int] = set()  # processes of which something is said beside their names

    def begin(self, observation: Observation | None) -> None:
        """Forget all, and read from this run; `take` then reads what it holds already."""
        self.beginResetModel()
        self._observation = observation
        self._tracebacks = _Tracebacks()
        self._lines, self._first, self._parts, self.longest, self.tagged = [], 0, {}, 0, set()
        self._shown = [] if self._filtered else None
        self.endResetModel()

    @property
    def total(self) -> int:
        """How many lines are held, shown or not."""
        return len(self._lines)

    @property
    def _filtered(self) -> bool:
        return bool(self._hidden or self._only_errors or self._needle)

    def filter(self, *, hidden: Iterable[int], only_errors: bool, needle: str) -> None:
        """Show only lines of processes that are not hidden, of stderr where asked for, that contain a text."""
        wanted = (frozenset(hidden), only_errors, needle.casefold())
        if wanted == (self._hidden, self._only_errors, self._needle):
            return
        self.beginResetModel()
        self._hidden, self._only_errors, self._needle = wanted
        self._shown = self._passing(self._first, self._lines) if self._filtered else None
        self.endResetModel()

    def _passing(self, number: int, lines: Iterable[Line]) -> list[int]:
        hidden, only_errors, needle = self._hidden, self._only_errors, self._needle
        return [
            n
            for n, line in enumerate(lines, number)
            if line.process not in hidden
            and (not only_errors or line.stream == "stderr")
            and (not needle or needle in line.text.casefold())
        ]

    def take(self) -> int:
        """Read what has come since the last call; return how many shown rows went off the top."""
        if self._observation is None:
            return 0
        held = self._observation.lines
        last = self._lines[-1] if self._lines else None
        new: list[Line] = []
        for line in reversed(held):
            if line is last:
                break
            new.append(line)
        new.reverse()
        gone = self._drop(len(self._lines) + len(new) - len(held))
        if new:
            self._append(new)
        return gone

    def _drop(self, count: int) -> int:
        """Forget the oldest lines; return how many rows that were."""
        count = min(count, len(self._lines))
        if count <= 0:
            return 0
        self._first += count
        rows = count
        if self._shown is not None:
            rows = sum(1 for _ in itertools.takewhile(lambda number: number < self._first, self._shown))
        if rows:
            self.beginRemoveRows(QModelIndex(), 0, rows - 1)
        del self._lines[:count]
        if self._shown is not None:
            del self._shown[:rows]
        for number in list(itertools.takewhile(lambda number: number < self._first, self._parts)):
            del self._parts[number]
        if rows:
            self.endRemoveRows()
        return rows

    def _append(self, new: list[Line]) -> None:
        number = self._first + len(self._lines)
        for n, line in enumerate(new, number):
            if line.stream in TAGS:
                self.tagged.add(line.process)
            if line.stream == "stderr" and (part := self._tracebacks.mark(line)) is not None:
                self._parts[n] = part
        self.longest = max(self.longest, *(len(line.text) for line in new))
        passing = None if self._shown is None else self._passing(number, new)
        rows = len(new) if passing is None else len(passing)
        if rows:
            self.beginInsertRows(QModelIndex(), self.rowCount(), self.rowCount() + rows - 1)
        self._lines.extend(new)
        if self._shown is not None and passing is not None:
            self._shown.extend(passing)
        if rows:
            self.endInsertRows()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return how many lines pass the filters."""
        if parent.isValid():
            return 0
        return len(self._lines) if self._shown is None else len(self._shown)

    def _number(self, row: int) -> int:
        return self._first + row if self._shown is None else self._shown[row]

    def row(self, place: int) -> Row:
        """Return what is drawn in a row."""
        number = self._number(place)
        line = self._lines[number - self._first]
        block, part = self._parts.get(number, (0, ""))
        before = self._parts.get(self._number(place - 1), (0, "")) if block and place else (0, "")
        return Row(line, self.process_name(line.process), part, not block or before[0] != block)

    def process_name(self, ident: int) -> str:
        """Return the name of the process with this number."""
        seen = self._observation.processes.get(ident) if self._observation is not None else None
        return seen.name if seen is not None else f"process {ident}"

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a line's text, its Row, or how a screen reader says it."""
        place = index.row()
        if not 0 <= place < self.rowCount():
            return None
        if role == ROW:
            return self.row(place)
        line = self._lines[self._number(place) - self._first]
        if role == Qt.ItemDataRole.DisplayRole:
            return line.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            stream = f", {TAGS[line.stream]}" if line.stream in TAGS else ""
            leads = " (Enter shows it in Code)" if place_in(line.text) is not None else ""
            return f"{spell_time(line.seconds)}, {self.process_name(line.process)}{stream}: {line.text}{leads}"
        return None

    def text(self, rows: Iterable[int]) -> str:
        """Return rows as plain text in columns, a line each."""
        lines = [self._lines[self._number(row) - self._first] for row in rows]
        width = max((len(self.process_name(line.process)) for line in lines), default=0)
        return "".join(
            f"{f'{line.seconds:.3f} s':>12}  {self.process_name(line.process):<{width}}  "
            f"{TAGS.get(line.stream, ''):<6}  {line.text}".rstrip()
            + "\n"
            for line in lines
        )
