"""The processes of a moment as figures: name, state, variables, and what each is in. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipclab.trace import record
from ipclab_gui.diagram.figures import Chip, Foot, Held, Process, Variable
from ipclab_gui.messages.view import duration
from ipclab_gui.panels.process_model import spell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ipclab.moment import Call, Moment, ObjectAt, ProcessAt

ROWS = 3  # variables that have room
OBJECTS = 8  # of a server that have room
TABS = 8
ACCEPTS = "accept()"  # as `ready.in_words` has it
PATIENCE = 1_000_000  # ns that a call lasts until its process is said to wait
TEXT = 12  # characters of a message
WAITS = frozenset(
    {record.JOIN, record.SEND, record.RECEIVE, record.POLL, record.WAIT, record.PUT, record.GET, record.JOIN_QUEUE,
     record.FLUSH, record.ACQUIRE, record.WAIT_EVENT, record.WAIT_CONDITION, record.WAIT_BARRIER, record.CALL,
     record.ACCEPT, record.CONNECT, record.RESULT_OF}
)  # fmt: skip
_ICONS = {
    record.SEND: "arrow-right", record.PUT: "arrow-right", record.WRITE: "arrow-right", record.CALL: "arrow-right",
    record.RECEIVE: "arrow-left", record.GET: "arrow-left", record.READ: "eye", record.POLL: "eye",
    record.EMPTY: "eye",
}  # fmt: skip
_CHIPS = {"starting": "circle-dashed", "not started": "circle-dashed", "ended": "circle-check", "failed": "circle-x",
          "killed": "octagon-x", "stopped": "circle-stop"}  # fmt: skip


def process_key(name: str) -> str:
    """Return the key of a process's figure."""
    return f"process {name}"


def short(text: str, most: int = TEXT) -> str:
    """Return the first characters of a message's text."""
    return text if len(text) <= most else text[: most - 1].rstrip("…") + "…"


def waits(call: Call | None, time: int) -> bool:
    """Tell whether a call is one that waits by now."""
    return call is not None and call.operation in WAITS and time - call.since >= PATIENCE


def words_of(call: Call) -> str:
    """Return a call as it is written in a program, without what nobody knows."""
    if call.operation in (record.SEND, record.PUT):
        return f"{call.name}({short(call.text)})"
    if call.operation == record.CALL and call.text:
        return call.text
    if call.operation in (record.RECEIVE, record.GET, record.POLL, record.EMPTY, record.CALL):
        return f"{call.name}()"
    if call.operation == record.READ:
        return call.on
    if call.operation == record.WRITE:
        return f"{call.on} = {short(call.text)}" if call.text else f"{call.on} = …"
    return f"{call.name}({call.on})"


def figure_of(one: ProcessAt, moment: Moment, names: Mapping[int, str], coming: str = "") -> Process:
    """Return the figure of a process; `names`: its fellows' by ident; `coming`: what it is about to do at the gate."""
    seen = one.seen
    shown = list(one.shown.items())
    room = ROWS if len(shown) <= ROWS else ROWS - 1
    served = [held for held in moment.objects if held.server == seen.pid and held.server]
    used = [held for held in moment.objects if seen.pid in held.users or _calls(one, held)]
    return Process(
        process_key(seen.name),
        seen.name,
        seen.pid,
        process_key(names[seen.parent]) if seen.parent is not None and seen.parent in names else "",
        one.state,
        _chip(one),
        tuple(Variable(name, spell(value).replace("\n", " ")) for name, value in shown[:room]),
        len(shown) - len(shown[:room]),
        Foot("step", coming, "next") if coming and one.state == "running" else _foot(one, moment.time),
        tuple(Held(held.name, held.name, _use(held), _called(held, moment)) for held in served[:OBJECTS]),
        max(0, len(served) - OBJECTS),
        tuple((held.name, held.name) for held in used[:TABS]),
        serves=bool(served) or coming == ACCEPTS or (one.call is not None and one.call.operation == record.ACCEPT),
    )


def _calls(one: ProcessAt, held: ObjectAt) -> bool:
    return one.call is not None and one.call.operation == record.CALL and one.call.thing == held.number


def _called(held: ObjectAt, moment: Moment) -> bool:
    return any(_calls(one, held) for one in moment.processes if one.state == "running")


def _use(held: ObjectAt) -> str:
    count = sum(held.users.values())
    if held.last:
        return f"last {held.last}"
    return "not used" if not count else f"{count:,} call{'' if count == 1 else 's'}".replace(",", "\u00a0")


def _chip(one: ProcessAt) -> Chip | None:
    state, seen = one.state, one.seen
    if state == "running":
        return None
    words, tone = state, "text2"
    if state == "ended":
        words, tone = f"ended, {seen.code}" if seen.code is not None else "ended", "ok"
    elif state == "failed":
        words, tone = f"exit {seen.code}" if seen.code is not None else "failed", "bad"
    elif state == "killed":
        words, tone = seen.signal or "killed", "bad"
    return Chip(_CHIPS.get(state, "circle-dashed"), words, tone)


def _foot(one: ProcessAt, time: int) -> Foot | None:
    call = one.call
    if one.state == "not started":
        return None
    if one.state == "failed":
        return Foot("circle-x", one.seen.doing.removeprefix("raised ") or "failed", "", "")
    if one.state in ("killed", "stopped"):
        if call is None and one.stood:
            return Foot("step", f"stood before {one.stood}", "", "bad" if one.state == "killed" else "")
        lasted = duration(one.since - call.since) if call is not None else ""
        words = f"was in {words_of(call)}" if call is not None else "was computing"
        return Foot("hourglass" if call is not None else "cpu", words, lasted, "bad" if one.state == "killed" else "")
    if one.state == "ended":
        return Foot("clock", f"after {one.since / 1e9:.3f} s")
    if call is None:
        return Foot("circle-dashed", "starting") if one.state == "starting" else Foot("cpu", "computing")
    if waits(call, time):
        return Foot("hourglass", words_of(call), since(time - call.since), "wait")
    when = "reads" if call.operation == record.READ else "writes" if call.operation == record.WRITE else ""
    return Foot(_ICONS.get(call.operation, "arrow-right"), words_of(call), when)


def since(nanoseconds: int) -> str:
    """Return how long, no finer than it can be read while it grows."""
    return f"{nanoseconds / 1e9:.1f} s" if nanoseconds >= 100_000_000 else f"{nanoseconds / 1e6:.0f} ms"


__all__ = ["figure_of", "process_key", "short", "since", "waits", "words_of"]
