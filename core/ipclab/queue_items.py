"""Which put() of a process put what was written into a queue: a Queue's feeder writes later than it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ipclab.trace import record

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ipclab.lane import Lane, Operation


def put_of(lane: Lane, write: int) -> Operation | None:
    """Return the put() whose item was written in a row of a process, by a queue's feeder or by put() itself.

    It is the n-th, where the write is the n-th that was written or dropped: the lane must hold all from the beginning.
    """
    made = lane.operation(write)
    if made is None or made.site != record.NOWHERE:
        return None
    writes, puts = _items(lane, made.thing)
    rank = int(np.searchsorted(writes, write))
    return lane.operation(int(puts[rank])) if rank < len(puts) else None


def write_of(lane: Lane, put: int) -> int | None:
    """Return the row in which was written, or dropped, what a put() in a row put; None where it is not yet."""
    made = lane.operation(put)
    if made is None:
        return None
    writes, puts = _items(lane, made.thing)
    rank = int(np.searchsorted(puts, put))
    return int(writes[rank]) if rank < len(writes) and rank < len(puts) and puts[rank] == put else None


def is_under_way(lane: Lane, write: int) -> bool:
    """Tell whether what is written in a row may still be received, as far as messages are paired."""
    made = lane.operation(write)
    return made is not None and made.operation == record.SEND and lane.partner(write) < 0


def _items(lane: Lane, queue: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return in which rows items were written into a queue or dropped, and in which they were put."""
    mine = (lane["thing"] == queue) & ((lane["word"] & (record.ERROR | record.FAILED)) == 0)
    did = lane["word"] >> 8
    writes = np.flatnonzero(mine & ((did == record.SEND) | (did == record.DROPPED))) + lane.dropped
    return writes, np.flatnonzero(mine & (did == record.PUT)) + lane.dropped
