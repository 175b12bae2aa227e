"""What is known of the selected message or call, as pairs of label and value. No Qt."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from ipclab.preview import preview
from ipclab.quantity import thousands
from ipclab.trace import record
from ipclab.waiting import lock_name
from ipclab_gui.messages.view import duration

if TYPE_CHECKING:
    from ipclab.operations import Lane, Operation, Operations, Site
    from ipclab.traffic import Route, Traffic
    from ipclab_gui.messages.scene import Scene

Pairs = list[tuple[str, str]]

LOOK_BACK = 5_000  # rows of a lane that are searched for who let a lock go
ITSELF = "multiprocessing itself"  # where no line of a person's code did it


def of_message(scene: Scene, route: Route, row: int) -> tuple[str, Pairs]:
    """Return a message's title and what is known of it."""
    operations, traffic = scene.operations, scene.traffic
    place = int(np.flatnonzero(route["send"] == row)[0])
    giver, taker = operations.by_number[route.sender], operations.by_number[route.receiver]
    send, receive = giver.operation(row), taker.operation(int(route["receive"][place]))
    if send is None or receive is None:
        return "Message", [("", "It gave way to later ones.")]
    whole = not giver.dropped and not operations.unrecorded  # else nobody knows the how many-th a write is
    put, get = _caller(giver, row) if whole else None, _around(taker, int(route["receive"][place]), record.GET)
    first = put or send
    names = scene.names
    content = preview(send.text[: min(send.size, record.TEXT_SIZE)], send.size)
    pairs = [
        ("Contents", content),
        ("Size", f"{thousands(send.size)} B"),
        ("Channel", traffic.name_of(route.channel)),
        ("Put" if put else "Sent", f"{names[giver.pid]}, {_moment(first.begin)}"),
        ("Taken" if get else "Received", f"{names[taker.pid]}, {_moment(receive.end)}"),
        ("put() to get()" if put else "On its way", duration(receive.end - first.begin)),
    ]
    if put:
        pairs.append(("Until written", duration(max(0, send.begin - put.begin))))
        pairs.append(("In the pipe", duration(max(0, receive.end - send.begin))))
    pairs.append(("Put at" if put else "Sent at", _place(giver.sites.get(first.site)) or ITSELF))
    pairs.append(("Taken at" if get else "Received at", _place(taker.sites.get((get or receive).site)) or ITSELF))
    return f"Message {thousands(scene.number_of(route, place))}", pairs


def of_call(scene: Scene, lane: Lane, row: int) -> tuple[str, Pairs]:
    """Return a call's title and what is known of it: what it waited for, and what ended that."""
    operations, traffic = scene.operations, scene.traffic
    call = lane.operation(row)
    if call is None:
        return "Call", [("", "It gave way to later ones.")]
    names = scene.names
    lasted = (call.end or scene.until) - call.begin
    title = f"{record.NAMES.get(call.operation, '?')}()"
    pairs = [
        ("Process", names[lane.pid]),
        ("On", _thing(operations, traffic, names, call)),
        ("Began", _moment(call.begin)),
        ("Lasted" if call.end else "Lasts", duration(lasted)),
        ("Called at", _place(lane.sites.get(call.site))),
    ]
    if call.flags & record.ERROR:
        pairs.append(("Outcome", "the other end is closed" if call.flags & record.END else "raised an exception"))
    elif call.flags & record.FAILED:
        pairs.append(("Outcome", "not in the time it was given"))
    else:
        pairs.append(("Ended by" if call.end else "Could be ended by", _ender(scene, lane, row, call, names)))
    return title, [(label, value) for label, value in pairs if value]


def _names(scene: Scene) -> dict[int, str]:
    return {row.process.pid: row.process.name for row in scene.rows}


def _moment(nanoseconds: int) -> str:
    return f"{nanoseconds / 1e6:,.3f} ms".replace(",", "\u00a0")


def _place(site: Site | None) -> str:
    return f"{os.path.basename(site.file)}, line {site.line}" if site is not None else ""


def _thing(operations: Operations, traffic: Traffic, names: dict[int, str], call: Operation) -> str:
    if call.operation in (record.START, record.JOIN):
        return names.get(call.size, f"process {call.size}")
    known = operations.things.get(call.thing)
    if known is not None and known.kind not in ("pipe", "queue", "socket"):
        return lock_name(operations, call.thing)
    return traffic.name_of(call.thing) if call.thing else ""


def _caller(lane: Lane, send: int) -> Operation | None:
    """Return the put() whose item a feeder's write is: the n-th, where it is the n-th that was written or dropped."""
    write = lane.operation(send)
    if write is None or write.site != record.NOWHERE:
        return None
    mine = (lane["thing"] == write.thing) & ((lane["word"] & (record.ERROR | record.FAILED)) == 0)
    did = lane["word"] >> 8
    writes = np.flatnonzero(mine & ((did == record.SEND) | (did == record.DROPPED))) + lane.dropped
    puts = np.flatnonzero(mine & (did == record.PUT)) + lane.dropped
    rank = int(np.searchsorted(writes, send))
    return lane.operation(int(puts[rank])) if rank < len(puts) else None


def _around(lane: Lane, row: int, operation: int) -> Operation | None:
    """Return the call that another is a part of: the last of its kind that began before it in the same thread."""
    inner = lane.operation(row)
    if inner is None or inner.site != record.NOWHERE:
        return None
    for number in range(row - 1, max(lane.dropped - 1, row - 8), -1):
        found = lane.operation(number)
        if found is not None and found.operation == operation and found.thread == inner.thread:
            return found
    return None


def _ender(scene: Scene, lane: Lane, row: int, call: Operation, names: dict[int, str]) -> str:
    """Return in words what ended a wait, or who could."""
    operations = scene.operations
    if call.operation == record.JOIN:
        return f"the end of {names.get(call.size, 'its process')}"
    if call.operation in (record.RECEIVE, record.GET):
        return _sender(operations, lane, row, call, names)
    if call.operation == record.ACQUIRE:
        return _releaser(operations, call, names)
    return ""


def _sender(operations: Operations, lane: Lane, row: int, call: Operation, names: dict[int, str]) -> str:
    if call.end:
        for number in range(row, min(row + 8, lane.dropped + lane.count)):
            partner = int(lane["partner"][number - lane.dropped])
            if partner >= 0:
                giver = operations.by_number[partner >> 40]
                sent = giver.operation(partner & (2**40 - 1))
                when = f", sent {_moment(sent.begin)}" if sent is not None else ""
                return f"a message of {names.get(giver.pid, str(giver.pid))}{when}"
        return ""
    written = operations.ends.get(call.thing, call.thing)
    able = [
        names.get(other.pid, str(other.pid))
        for other in operations.by_number
        if other.pid != lane.pid and bool(np.any((other["thing"] == written) & (other["word"] >> 8 == record.SEND)))
    ]
    return f"a message of {' or '.join(able)}" if able else "a message; nobody has sent one yet"


def _releaser(operations: Operations, call: Operation, names: dict[int, str]) -> str:
    """Return who let a lock go before it was had, or who has it."""
    latest: tuple[int, Lane] | None = None
    wanted = record.RELEASE if call.end else record.ACQUIRE
    until = call.end or 2**62
    for lane in operations.by_number:
        start = max(0, lane.count - LOOK_BACK) if not call.end else 0
        mine = (lane["thing"][start:] == call.thing) & (lane["word"][start:] >> 8 == wanted)
        mine &= (lane["word"][start:] & record.DONE) != 0
        times = lane["end"][start:][mine]
        times = times[times <= until]
        if len(times) and (latest is None or times[-1] > latest[0]):
            latest = int(times[-1]), lane
    if latest is None:
        return ""
    name = names.get(latest[1].pid, str(latest[1].pid))
    return f"release() of {name}, {_moment(latest[0])}" if call.end else f"{name}, which has it"
