"""What is known of the selected message or call, as pairs of label and value. No Qt."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

from ipclab.enders import moment
from ipclab.preview import preview
from ipclab.quantity import thousands
from ipclab.queue_items import put_of
from ipclab.trace import record
from ipclab.waiting import lock_name
from ipclab_gui.messages.view import duration

if TYPE_CHECKING:
    from ipclab.lane import Lane, Operation
    from ipclab.operations import Operations
    from ipclab.traffic import Route, Traffic
    from ipclab_gui.messages.scene import Scene

Pairs = list[tuple[str, str]]

ITSELF = "multiprocessing itself"  # where no line of a person's code did it
BELOW = "no line of Python: a thread, or a handler at exit, begins with it"


def of_message(scene: Scene, route: Route, row: int) -> tuple[str, Pairs]:
    """Return a message's title and what is known of it."""
    operations, traffic = scene.operations, scene.traffic
    place = int(np.flatnonzero(route["send"] == row)[0])
    giver, taker = operations.by_number[route.sender], operations.by_number[route.receiver]
    send, receive = giver.operation(row), taker.operation(int(route["receive"][place]))
    if send is None or receive is None:
        return "Message", [("", "It gave way to later ones.")]
    whole = not giver.dropped and not operations.unrecorded  # else nobody knows the how many-th a write is
    put, get = put_of(giver, row) if whole else None, _around(taker, int(route["receive"][place]), record.GET)
    first = put or send
    names = scene.names
    content = preview(send.text[: min(send.size, record.TEXT_SIZE)], send.size)
    pairs = [
        ("Contents", content),
        ("Size", f"{thousands(send.size)} B"),
        ("Channel", traffic.name_of(route.channel)),
        ("Put" if put else "Sent", f"{names[giver.pid]}, {moment(first.begin)}"),
        ("Taken" if get else "Received", f"{names[taker.pid]}, {moment(receive.end)}"),
        ("put() to get()" if put else "On its way", duration(receive.end - first.begin)),
    ]
    if put:
        pairs.append(("Until written", duration(max(0, send.begin - put.begin))))
        pairs.append(("In the pipe", duration(max(0, receive.end - send.begin))))
    pairs.append(("Put at" if put else "Sent at", _place(giver, first.site) or ITSELF))
    pairs.append(("Taken at" if get else "Received at", _place(taker, (get or receive).site) or ITSELF))
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
        ("Began", moment(call.begin)),
        ("Lasted" if call.end else "Lasts", duration(lasted)),
        ("Called at", _place(lane, call.site)),
    ]
    if call.flags & record.ERROR:
        pairs.append(("Outcome", "the other end is closed" if call.flags & record.END else "raised an exception"))
        if call.flags & record.END:
            pairs.append(("Ended by", scene.enders.ended(lane, row, call, scene.observation.people)))
    elif call.flags & record.FAILED:
        pairs.append(("Outcome", "not in the time it was given"))
    elif call.end:
        pairs.append(("Ended by", scene.enders.ended(lane, row, call, scene.observation.people)))
    else:
        pairs.append(("Could be ended by", scene.enders.could_end(lane, call, scene.observation.people).words))
    return title, [(label, value) for label, value in pairs if value]


def _place(lane: Lane, number: int) -> str:
    site = lane.sites.get(number)
    if site is not None:
        return f"{os.path.basename(site.file)}, line {site.line}"
    return BELOW if number == record.BOTTOM else ""


def _thing(operations: Operations, traffic: Traffic, names: dict[int, str], call: Operation) -> str:
    if call.operation in (record.START, record.JOIN):
        return names.get(call.size, f"process {call.size}")
    known = operations.things.get(call.thing)
    if known is not None and known.kind not in ("pipe", "queue", "socket"):
        return lock_name(operations, call.thing)
    return traffic.name_of(call.thing) if call.thing else ""


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
