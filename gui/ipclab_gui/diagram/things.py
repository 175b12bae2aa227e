"""What processes share, of a moment, as figures and wires: pipes, queues, values, locks, blocks. No Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipclab.quantity import measured, thousands
from ipclab.trace import record
from ipclab_gui.diagram.figures import Block, Cells, Lock, Queue, Raw, Stream, Tube, Wire
from ipclab_gui.diagram.processes import short, waits

if TYPE_CHECKING:
    from ipclab.moment import BlockAt, Call, ChannelAt, LockAt, Moment, ProcessAt, SharedAt, Way

FLOW = 10  # messages a second from which on they are a flow
UNSEEN = 3  # cells that are drawn at most of what nobody looks into
_PUTTING = (record.SEND, record.PUT)
_TAKING = (record.RECEIVE, record.GET, record.POLL)
CTYPES = {"long": "'l'", "int": "'i'", "double": "'d'", "float": "'f'", "char": "'c'", "byte": "'b'", "ubyte": "'B'",
          "short": "'h'", "ushort": "'H'", "uint": "'I'", "ulong": "'L'", "wchar": "'u'"}  # fmt: skip


class People:
    """The processes of a moment by pid: their keys, what each is in, and whether all are gone, also those to come."""

    def __init__(self, moment: Moment, keys: dict[int, str]) -> None:
        self.time = moment.time
        self.keys = keys
        self.by_pid: dict[int, ProcessAt] = {one.seen.pid: one for one in moment.processes}
        self.gone = not any(one.state in ("not started", "starting", "running") for one in moment.processes)

    def keyed(self, pids: object) -> tuple[str, ...]:
        """Return the keys of those that are known, in their order."""
        return tuple(self.keys[pid] for pid in pids if pid in self.keys)  # type: ignore[attr-defined]

    def call(self, pid: int) -> Call | None:
        """Return what a process is in, while it is alive."""
        one = self.by_pid.get(pid)
        return one.call if one is not None and one.state in ("running", "starting") else None

    def named(self, pids: object) -> str:
        """Return names in words: "worker 1", "worker 1 and 3 more"."""
        names = [self.by_pid[pid].seen.name for pid in pids if pid in self.by_pid]  # type: ignore[attr-defined]
        return "" if not names else names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"


def stream(way: Way, size: float, *, flows: bool) -> Stream:
    """Return what goes one way; `size` is that of a message, as far as is known, 0 where it is not."""
    flow = flows and way.rate >= FLOW
    words = rate_words(way.rate, size) if flow else ""
    return Stream(tuple(short(one.text) for one in way.first), way.inside, way.received, way.rate if flow else 0, words)


def rate_words(rate: int, size: float) -> str:
    """Return a rate in words: "1 993 /s, about 95.0 KiB/s"; without bytes where the size is not known."""
    return f"{thousands(rate)} /s" + (f", about {measured(rate * size, 'B')}/s" if size else "")


def flowing(channel: ChannelAt, people: People) -> bool:
    """Tell whether somebody at a channel goes on: who all wait let nothing through."""
    users = {pid for way in channel.ways for pid in (*way.senders, *way.receivers)}
    return any(_alive(people, pid) and not waits(people.call(pid), people.time) for pid in users)


def tube(channel: ChannelAt, color: int, people: People, size: float, first: int, *, flows: bool) -> Tube:
    """Return a pipe's figure; `first` is the end at which it was written first: the left one."""
    ways = sorted(channel.ways, key=lambda way: way.end != first)
    there, back = ways[0], ways[1] if len(ways) > 1 else None
    left = [*there.senders, *(back.receivers if back is not None else ())]
    right = [*there.receivers, *(back.senders if back is not None else ())]
    used = back if back is not None and (back.sent or back.senders) else None
    return Tube(
        channel.name,
        channel.name,
        color,
        people.keyed(dict.fromkeys(left)),
        people.keyed(dict.fromkeys(right)),
        stream(there, size, flows=flows),
        stream(used, size, flows=flows) if used is not None else None,
        _on_their_way(ways, size if flows else 0, gone=people.gone),
    )


def _on_their_way(ways: list[Way], mean: float, *, gone: bool) -> str:
    """Return what a pipe's caption says.

    Args:
        ways: the pipe's.
        mean: a message's size, where it may be a flow.
        gone: nobody is left who could take a message.
    """
    inside, size = sum(way.inside for way in ways), sum(way.size for way in ways)
    sent, received = sum(way.sent for way in ways), sum(way.received for way in ways)
    rate = sum(way.rate for way in ways if way.rate >= FLOW)
    if rate and mean:
        return f"about {measured(rate * mean, 'B')}/s, {thousands(inside)} on {'its' if inside == 1 else 'their'} way"
    if not sent:
        return "nothing sent yet"
    if not inside:
        return f"{thousands(sent)} sent, all received"
    told = sum(len(way.first) for way in ways)
    more = f", {thousands(size)} B" if size and told == inside else ""
    where = "not taken" if gone else f"on {'its' if inside == 1 else 'their'} way"
    return f"{thousands(inside)} {where}{more}; {thousands(received)} received"


def queue(channel: ChannelAt, color: int, people: People, size: float, *, flows: bool) -> Queue:
    """Return a queue's figure."""
    way = channel.ways[0]
    if channel.limit:
        note = f"{thousands(way.inside)} of {thousands(channel.limit)}"
        if way.inside >= channel.limit:
            note += ", full" + (": put() waits" if _someone(way.senders, people, _PUTTING) else "")
    else:
        note = f"{thousands(way.inside)} inside"
    if not way.inside:
        note += ", empty" + (": get() waits" if _someone(way.receivers, people, _TAKING) else "")
    if way.sent:
        note += f"; {thousands(way.received)} of {thousands(way.sent)} taken"
    return Queue(channel.name, channel.name, color, channel.limit, stream(way, size, flows=flows), note)


def _someone(pids: object, people: People, does: tuple[int, ...]) -> bool:
    calls = (people.call(pid) for pid in pids)  # type: ignore[attr-defined]
    return any(call is not None and call.operation in does and waits(call, people.time) for call in calls)


def channel_wires(channel: ChannelAt, color: int, people: People) -> list[Wire]:
    """Return who writes to a channel and who reads from it; both in one where it is the same process at one end."""
    made: dict[tuple[str, str], Wire] = {}
    for way in channel.ways:
        for pid in way.senders:
            if pid in people.keys:
                made[people.keys[pid], channel.name] = _wire(people, pid, channel, color, _PUTTING, outward=True)
        for pid in way.receivers:
            if pid in people.keys:
                made[channel.name, people.keys[pid]] = _wire(people, pid, channel, color, _TAKING, outward=False)
    return list(made.values())


def _wire(people: People, pid: int, channel: ChannelAt, color: int, does: tuple[int, ...], *, outward: bool) -> Wire:
    call, key = people.call(pid), people.keys[pid]
    ends = {way.end for way in channel.ways}
    mine = call is not None and call.operation in does and call.thing in ends
    waiting = mine and waits(call, people.time)
    source, target = (key, channel.name) if outward else (channel.name, key)
    return Wire(source, target, color, solid=_alive(people, pid) and not waiting, waits=waiting)


def _alive(people: People, pid: int) -> bool:
    one = people.by_pid.get(pid)
    return one is not None and one.state in ("starting", "running")


def cells(shared: SharedAt, color: int, people: People) -> Cells:
    """Return the figure of a Value or an Array."""
    note, indexed = _kind(shared), shared.made == "Array"
    if not shared.readers and not shared.writers:
        note += ", no access watched"
    lock, locked = "", False
    if shared.lock is not None and (shared.lock.users or shared.lock.holders):
        locked = bool(shared.lock.holders)
        lock = f"held by {people.named(shared.lock.holders)}" if locked else "lock free"
    values = tuple(short(one) for one in shared.values)
    return Cells(shared.name, shared.name, color, values, shared.length, shared.newest, indexed, note, lock, locked)


def _kind(shared: SharedAt) -> str:
    """Return of what type it is, and how long: "'i', 4 cells"."""
    kind = CTYPES.get(shared.type, shared.type)
    if shared.made not in ("Array", "RawArray"):
        return kind
    return f"{kind}, {thousands(shared.length)} cell{'' if shared.length == 1 else 's'}"


def raw(shared: SharedAt) -> Raw:
    """Return the figure of a Value or an Array without a lock."""
    cells = min(shared.length, UNSEEN)
    return Raw(shared.name, shared.name, cells, shared.length > cells, f"{_kind(shared)}, not watched")


def shared_wires(shared: SharedAt, color: int, people: People) -> list[Wire]:
    """Return who has written it and who has read it; of what nobody sees the use, who has it."""
    made: list[Wire] = []
    waiting = set(shared.lock.waiting) if shared.lock is not None else set()
    for pid in dict.fromkeys([*shared.writers, *shared.readers, *waiting]):
        if pid not in people.keys:
            continue
        call = people.call(pid)
        at_it = call is not None and call.thing == shared.number
        solid = at_it or (_alive(people, pid) and pid not in waiting)
        wait = pid in waiting and waits(call, people.time)
        writes, reads = pid in shared.writers, pid in shared.readers and pid not in shared.writers
        source, target = people.keys[pid], shared.name
        if reads and not writes:
            source, target = target, source
        made.append(Wire(source, target, color, solid=solid and not wait, waits=wait, both=pid in shared.writers
                         and pid in shared.readers))  # fmt: skip
    known = people.keyed(pid for pid in shared.holders if pid not in waiting)
    return made + [Wire(key, shared.name, -1, solid=False, blind=True) for key in known]


def lock(one: LockAt, people: People) -> Lock:
    """Return a lock's figure."""
    held = bool(one.holders)
    if held:
        note = f"held by {people.named(one.holders)}"
    elif one.made in ("Lock", "RLock"):
        note = "free"
    else:
        note = ""
    if one.left is not None:
        note = f"{one.left} left" + (f", {note}" if note else "")
    waiting = [pid for pid in one.waiting if waits(people.call(pid), people.time)]
    if waiting:
        note += (", " if note else "") + f"{len(waiting)} wait{'s' if len(waiting) == 1 else ''}"
    return Lock(one.name, one.name, held, note or "nobody waits")


def lock_wires(one: LockAt, people: People) -> list[Wire]:
    """Return who has a lock, who waits for it, and who has used it."""
    made = []
    for pid in dict.fromkeys([*one.holders, *one.waiting, *one.users]):
        if pid in people.keys:
            waiting = pid in one.waiting and pid not in one.holders and waits(people.call(pid), people.time)
            made.append(Wire(people.keys[pid], one.name, -1, solid=pid in one.holders, waits=waiting))
    return made


def block(one: BlockAt, number: int, color: int) -> Block:
    """Return the figure of a block of shared memory."""
    users = len(one.users)
    state = "unlinked" if one.unlinked else f"open in {users} process{'' if users == 1 else 'es'}"
    return Block(f"Block {number}", f"Block {number}", one.unlinked, f"{measured(one.size, 'B')}, {state}", color)


def block_wires(one: BlockAt, key: str, color: int, people: People) -> list[Wire]:
    """Return who has a block open."""
    return [Wire(people.keys[pid], key, color, solid=True, both=True) for pid in one.users if pid in people.keys]


__all__ = [
    "FLOW",
    "People",
    "block",
    "block_wires",
    "cells",
    "channel_wires",
    "flowing",
    "lock",
    "lock_wires",
    "queue",
    "raw",
    "shared_wires",
    "stream",
    "tube",
]
