"""Operations and shapes in words: for the pane below the diagram, and for who does not see it. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipclab.quantity import thousands
from ipclab.trace import record
from ipclab_gui.diagram.figures import Block, Cells, Lock, Process, Queue, Tube
from ipclab_gui.diagram.processes import WAITS, short, waits, words_of
from ipclab_gui.messages.view import duration

if TYPE_CHECKING:
    from ipclab.lane import Lane, Operation
    from ipclab.moments import Moments
    from ipclab_gui.diagram.figures import Figure, Picture

Row = tuple[str, str, str, str]
_RETURNS = (record.RECEIVE, record.GET)


def latest(moments: Moments, time: int, most: int) -> list[Row]:
    """Return the last calls that had begun at a moment: when, whose, which, and what came of each by then."""
    names = {one.pid: one.name for one in moments.observation.processes.values()}
    found = []
    for row in moments.past.latest_calls(time, most):
        lane = moments.operations.by_number[row >> 40]
        call = moments.past.operation(row)
        if call is not None:
            name = names.get(lane.pid, str(lane.pid))
            found.append((clock(call.begin), name, *_of(moments, lane, row, call, time)))
    return found


def clock(nanoseconds: int) -> str:
    """Return a moment of the run: "3.503 s"."""
    return f"{nanoseconds / 1e9:,.3f} s".replace(",", "\u00a0")


def _of(moments: Moments, lane: Lane, row: int, call: Operation, time: int) -> tuple[str, str]:
    told = moments.told(lane, row, call)
    words = words_of(told)
    done = 0 < call.end <= time
    if not done:
        if waits(told, time):
            return words, f"waits on {told.on}" if told.on and told.on not in words else "waits"
        return words, told.on if told.on not in words else ""
    if call.flags & record.ERROR:
        return words, "the other end is closed" if call.flags & record.END else "raised an exception"
    if call.flags & record.FAILED:
        return words, "not in the time it was given"
    if call.operation in _RETURNS and told.text:
        partner = moments.past.operation(lane.partner(row & (2**40 - 1))) if _partner(lane, row) >= 0 else None
        remark = f"{duration(call.end - partner.begin)} after it was sent" if partner is not None else told.on
        return f"{words} returned {short(told.text)}", remark
    if call.operation == record.SEND:
        return words, f"{thousands(call.size)} B, {told.on}" if call.size else told.on
    if call.operation in (record.READ, record.WRITE):
        return f"{told.on} is {told.text}" if call.operation == record.READ and told.text else words, (
            f"cell {call.second}" if call.second >= 0 and "Array" in told.on else ""
        )
    where = told.on if told.on and told.on not in words else ""
    lasted = f"took {duration(call.end - call.begin)}" if call.operation in WAITS else ""
    return words, ", ".join(word for word in (where, lasted) if word)


def _partner(lane: Lane, row: int) -> int:
    return lane.partner(row & (2**40 - 1))


def of_figure(figure: Figure, picture: Picture) -> str:
    """Return a shape as a screen reader says it: what it is, how it stands, who is at it."""
    if isinstance(figure, Process):
        return _of_process(figure, picture)
    parts = [f"{figure.name}, {figure.note}"]
    if isinstance(figure, Tube):
        for stream in (figure.rightward, figure.leftward):
            if stream is not None and stream.texts:
                parts.append("in it: " + ", ".join(stream.texts))
            if stream is not None and stream.words:
                parts.append(stream.words)
    elif isinstance(figure, Queue) and any(figure.stream.texts):
        parts.append("from the oldest: " + ", ".join(text or "not known yet" for text in figure.stream.texts))
    elif isinstance(figure, Cells):
        parts.append("cells " + ", ".join(value or "unknown" for value in figure.values))
        if figure.lock:
            parts.append(figure.lock)
    elif isinstance(figure, Block):
        parts.append("contents not watched")
    names = {one.key: one.name for one in picture.processes}
    for blind, words in ((False, "used by "), (True, "known to ")):
        users = dict.fromkeys(
            names[key] for wire in picture.wires for key in (wire.source, wire.target)
            if wire.blind == blind and figure.key in (wire.source, wire.target) and key in names
        )  # fmt: skip
        if users and not isinstance(figure, Lock):
            parts.append(words + ", ".join(users))
    return ". ".join(parts)


def _of_process(figure: Process, picture: Picture) -> str:
    parts = [
        f"{figure.name}, {figure.count} processes alike" if figure.count > 1 else f"{figure.name}, process {figure.pid}"
    ]
    if figure.chip is not None:
        parts.append(figure.chip.words)
    if figure.foot is not None:
        waits = "waits in " if figure.foot.tone == "wait" else ""
        parts.append(f"{waits}{figure.foot.text} {figure.foot.when}".strip())
    parts += figure.lines
    parts += [f"{one.name} = {one.text}" for one in figure.variables]
    parts += [f"{one.name}, {one.note}" for one in figure.objects]
    names = {one.key: one.name for one in picture.figures()}
    at = dict.fromkeys(
        names[wire.target if wire.source == figure.key else wire.source] for wire in picture.wires
        if figure.key in (wire.source, wire.target)
    )  # fmt: skip
    if at:
        parts.append("uses " + ", ".join(at))
    return ". ".join(parts)


__all__ = ["Row", "clock", "latest", "of_figure"]
