"""Who is killed while holding what others need takes it along: a lock, the places of a Queue. Nobody gives it back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from ipclab.quantity import spell_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.process import BaseProcess

    from ipclab.lab import Lab

STILL = 0.3  # s after a kill without a message: then main looks whether a lock is why
WITHIN = 0.2  # s in which a lock comes free that a living process holds while there is something to do


class Held(NamedTuple):
    """A lock of those in one role.

    Attributes:
        name: what it is called.
        lock: the lock; None where the system needs none.
        also: who needs it besides, once nobody in the role is left.
    """

    name: str
    lock: Any
    also: tuple[str, ...] = ()


class TakenAlong(NamedTuple):
    """Who was killed with what, who waits for it, and how main knows."""

    holder: str
    what: str
    waiting: tuple[str, ...]
    evidence: str


def taken_along(
    killed: Sequence[BaseProcess], alive: Sequence[BaseProcess], locks: Mapping[str, Held]
) -> TakenAlong | None:
    """Return which of the killed held a lock; None where each lock can still be had. Takes WITHIN for each that cannot.

    Asked when nothing moves any more, although there is something to write and to read.

    Args:
        killed: processes that a signal has ended, called "writer 1" or "reader 2".
        alive: the others.
        locks: by "writer" or "reader".
    """
    for process in killed:
        role = process.name.partition(" ")[0]
        held = locks.get(role, Held("", None))
        waiting = tuple(one.name for one in alive if one.name.startswith(role)) or held.also
        if held.lock is None or not waiting:
            continue
        if not held.lock.acquire(timeout=WITHIN):
            evidence = f"main could not take the lock in {spell_number(WITHIN, 's')}: it dies with its holder"
            return TakenAlong(process.name, held.name, waiting, evidence)
        held.lock.release()
    return None


def places_taken_along(killed: Sequence[BaseProcess], alive: Sequence[BaseProcess], queue: Any) -> TakenAlong | None:
    """Return which of the killed held all places of a bounded Queue; None where there is one left, or a message.

    A place is taken by put() and given back by get(); what a process has put and its thread not yet written is lost
    with it. Asked when nothing moves any more.
    """
    writers, waiting = ([one.name for one in some if one.name.startswith("writer")] for some in (killed, alive))
    if not writers or not queue.full() or not queue.empty():
        return None
    evidence = "the Queue is full and empty at once: what was put and not yet written is gone, and still has its places"
    return TakenAlong(writers[0], "all places of the Queue", tuple(waiting) or ("main",), evidence)


def report_taken_along(found: TakenAlong, lab: Lab) -> None:
    """Say who was killed with what, and what a person can do."""
    wait = "waits" if len(found.waiting) == 1 else "wait"
    lab.finding("bad", f"{found.holder} was killed while it held {found.what}: {', '.join(found.waiting)} {wait} "
                "for ever.", f"no message for {spell_number(STILL, 's')}; {found.evidence}; main has ended the "
                "others")  # fmt: skip
    lab.finding("info", "Ask a process that may hold a lock to end, and never kill it; or give each a pipe of its own: "
                "who is killed then stops nobody else.")  # fmt: skip
