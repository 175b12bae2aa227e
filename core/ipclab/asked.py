"""What proxies ask their managers for: calls with their arguments, from the requests that they send."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipclab import past
from ipclab.preview import request
from ipclab.trace import record

if TYPE_CHECKING:
    from ipclab.lane import Operation
    from ipclab.past import Past

PARTS = 24  # records of a call among which its request is looked for: before the first, a proxy makes itself known
LOOKED_AT = 8  # calls of a process among which one is looked for that puts something in
PUTTING = frozenset({"append", "extend", "insert", "__setitem__", "__setattr__", "set", "put", "put_nowait", "add",
                     "update", "setdefault"})  # fmt: skip


def method(call: Operation) -> str:
    """Return the name that a proxy's call is of."""
    return call.text.rstrip(b"\0").decode(errors="replace")


def request_of(known: Past, row: int) -> str:
    """Return the proxy's call that stands in a row of all: "append(('Jeff', 8))"; empty where nobody knows."""
    lane, number = known.operations.by_number[row >> 40], row & (2**40 - 1)
    call = lane.operation(number)
    if call is None:
        return ""
    for place in range(number + 1, number + PARTS):
        sent = lane.operation(place)
        if sent is None or 0 < call.end < sent.begin:
            break
        if sent.operation == record.SEND and sent.thread == call.thread:
            text = request(sent.text[: min(sent.size, record.TEXT_SIZE)], sent.size, method(call))
            if text:
                return text
    return ""


def last_put(known: Past, thing: int, time: int) -> str:
    """Return the last call until a moment that put something into an object, of each process's last few."""
    newest, at = -1, -1
    for lane in known.lanes.get((past.ASKED, thing), ()):
        line = known.line(past.ASKED, thing, lane)
        stop = line.count(time)
        for row in reversed(line.rows(max(line.first, stop - LOOKED_AT), stop)):
            call = known.operation(row)
            if call is None or call.end <= at:
                break
            if method(call) in PUTTING and not call.flags & record.ERROR:
                newest, at = row, call.end
                break
    return request_of(known, newest) if newest >= 0 else ""


__all__ = ["last_put", "method", "request_of"]
