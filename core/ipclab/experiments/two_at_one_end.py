"""Two processes at the same end of a pipe: their bytes mix, and what arrives is no message any more."""

from __future__ import annotations

import os
import zlib
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from time import monotonic
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from ipclab.declarations import Help, Processes, Range, Series, When
from ipclab.experiments._taken_along import (
    STILL,
    Held,
    TakenAlong,
    places_taken_along,
    report_taken_along,
    taken_along,
)
from ipclab.order import Order, Step
from ipclab.quantity import measured, spell_number, thousands

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from multiprocessing.process import BaseProcess
    from threading import Barrier

    from ipclab.lab import Lab

GROUP = "Messages"
ORDER = 3
QUESTION = "May two processes write into the same end of a pipe?"
SERIES = (Series("whole", "messages/s", group="rates"), Series("corrupted", "messages/s", group="rates"))
PRESETS: dict[str, dict[str, Any]] = {
    "Two writers": {},
    "Two readers": {"who": "readers"},
    "The largest that is written at once": {"payload_size": 4_092},
    "A byte more": {"payload_size": 4_093},
    "A size that looks clean": {"payload_size": 8_000},
    "A socket pair": {"duplex": True, "payload_size": 16_385},
    "Eight writers": {"processes": 8},
    "With a Lock": {"way": "Lock"},
    "A pipe each": {"way": "pipe each"},
    "With a Queue": {"way": "Queue"},
    "The price of each": {"way": "all in turn", "payload_size": 4_092},
    "The price of each, readers": {"way": "all in turn", "who": "readers"},
}

_LARGE = {"payload_size": 2**18, "duration": 0.1}  # more than a pipe holds: who writes waits within the message
_TOGETHER = (
    Step("writer 1", "close"), Step("writer 2", "close"), Step("reader 1", "close"),
    Step("writer 1", "wait"), Step("writer 2", "wait"), Step("reader 1", "wait"),
)  # fmt: skip
ORDERS = {
    "Make it happen": Order(
        "two-at-one-end",
        (*_TOGETHER, Step("writer 1", "send"), Step("writer 2", "send"), Step("reader 1", "recv")),
        _LARGE,
    ),
    "The cure under the same order": Order(
        "two-at-one-end",
        (
            *_TOGETHER,
            Step("writer 1", "acquire"), Step("writer 2", "acquire"),  # writer 2 waits: it cannot send next
            Step("writer 1", "send"), Step("reader 1", "recv"), Step("writer 1", "release"),
        ),
        {**_LARGE, "way": "Lock"},
    ),
}  # fmt: skip

WAYS = ("no lock", "Lock", "pipe each", "Queue")
IN_WORDS = {"no lock": "At one end without a lock", "Lock": "With a Lock", "pipe each": "With a pipe each",
            "Queue": "With a Queue"}  # fmt: skip
INTERVAL = 0.02  # s between two looks at the workers
GRACE = 5.0  # s after the last message was written in which all has been read, or main ends who is left
ROOM = 16  # messages in the Queue from which on put() waits, about as many as a pipe holds
END = b""

# A message: the mark, who sent it and its number, a checksum, and filling. Not one byte occurs twice in the mark, and
# none of it in the filling, so that a reader who has lost its place finds the next message.
MARK = bytes(range(0x80, 0xC0))
HEAD = 9  # bytes: sender, number
SEAL = 4  # bytes of CRC-32 over filling and head


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may tweak."""

    who: Annotated[Literal["writers", "readers"], Help("Which of them share an end; there is one at the other")] = (
        "writers"
    )
    processes: Annotated[int, Range(2, 16), Processes(), Help("How many share the end")] = 2
    way: Annotated[
        Literal["no lock", "Lock", "pipe each", "Queue", "all in turn"],
        Help("They just use the end; hold a lock meanwhile; have a pipe each; or share a Queue, which has locks"),
    ] = "no lock"
    payload_size: Annotated[int, Range(128, 2**20, "B", log=True), Help("Size of one message")] = 5_000
    duplex: Annotated[
        bool, When(way=("no lock", "Lock", "pipe each", "all in turn")),
        Help("Both ends can send and receive (a socket pair), or one each (a pipe)"),
    ] = False  # fmt: skip
    duration: Annotated[float, Range(0.1, 600, "s"), Help("How long is written, each way")] = 2.0


class Counts(NamedTuple):
    """Messages so far: shared arrays with a place for each process, so that no two write the same."""

    sent: Any  # send_bytes() or put() has returned, by writer
    whole: Any  # came out as they went in, by reader


class Carried(NamedTuple):
    """What one way has carried: messages, and whole messages a second while it was written."""

    way: str
    sent: int
    whole: int
    rate: float
    ended: bool  # all processes, before main ended them
    broken: str  # who ended otherwise than by itself, as a sentence without its end
    taken: TakenAlong | None  # who was killed with the lock for which the others wait


def run(lab: Lab, options: Options) -> None:
    """Carry messages one way, or each way after the other, and say what has arrived of them and how fast."""
    ways = WAYS if options.way == "all in turn" else (options.way,)
    carried = []
    for number, way in enumerate(ways):
        if not lab.stopping:
            carried.append(carry(way, number, len(ways), lab, options))
            report(carried[-1], lab, options)
    if len(carried) == len(WAYS):
        rates = ", ".join(f"{one.way} {measured(one.rate, '')}" for one in carried)
        spoilt = carried[0].sent > carried[0].whole and not carried[0].broken
        lab.finding("info", f"Whole messages a second: {rates}.",
                    f"{spell_number(options.payload_size, 'B')} each, {spell_number(options.duration, 's')} each way, "
                    f"{options.processes} {options.who}"
                    + ("; without a lock readers also look for the next whole message" if spoilt else ""))  # fmt: skip


def report(carried: Carried, lab: Lab, options: Options) -> None:
    """State how many were corrupted, with the n; none proves nothing."""
    way, sent, whole, rate, ended, broken, taken = carried
    size, corrupted = spell_number(options.payload_size, "B"), sent - whole
    kind = "a Queue" if way == "Queue" else "a socket pair" if options.duplex else "a pipe"
    evidence = f"n = {thousands(sent)} of {size}, {options.processes} {options.who}, {kind}"
    if broken:
        lab.finding("warning", f"{broken}: {thousands(whole)} of {thousands(sent)} messages had arrived whole.",
                    f"{evidence}; what was left unread, or was under way, is not called corrupted")  # fmt: skip
    if taken:
        report_taken_along(taken, lab)
    elif not ended:
        lab.finding("bad", f"{IN_WORDS[way]} not all processes ended.",
                    f"{evidence}; main ended them {spell_number(GRACE, 's')} after the time was over")  # fmt: skip
    elif broken:
        return
    elif corrupted:
        share = f"{100 * corrupted / sent:.3g} %"
        lab.finding("bad", f"{IN_WORDS[way]} {thousands(corrupted)} of {thousands(sent)} messages were corrupted "
                    f"({share}).", evidence)  # fmt: skip
    elif way == "no lock":
        lab.finding("warning", f"{IN_WORDS[way]} corruption was not shown in {thousands(sent)} messages.",
                    f"{evidence}; that it did not happen does not say that it cannot")  # fmt: skip
    else:
        lab.finding("ok", f"{IN_WORDS[way]} {measured(rate, 'messages')} a second arrived; corruption was not shown in "
                    f"{thousands(sent)} messages.", evidence)  # fmt: skip


def carry(way: str, turn: int, turns: int, lab: Lab, options: Options) -> Carried:
    """Start writers and readers, look on while they work, and see them through to their end."""
    many, writers = options.processes, options.who == "writers"
    counts = Counts(*(lab.mp.Array("q", many if of == writers else 1, lock=False) for of in (True, False)))
    barrier = lab.mp.Barrier(many + 2)
    lock: Any = lab.mp.Lock() if way == "Lock" else nullcontext()  # for those who share: the other one would wait in it
    queue: Any = lab.mp.Queue(ROOM) if way == "Queue" else None
    pipes = [lab.mp.Pipe(options.duplex) for _ in range(0 if queue else many if way == "pipe each" else 1)]
    workers: list[BaseProcess] = []
    for target, role, side, places in ((write, "writer", 1, len(counts.sent)), (read, "reader", 0, len(counts.whole))):
        for number in range(places):
            mine = [pipes[number]] if way == "pipe each" and places > 1 else pipes
            ends = [pipe[side] for pipe in mine]
            others = [end for pipe in pipes for end in pipe if end not in ends]
            held = lock if f"{role}s" == options.who else nullcontext()
            arguments = (number, queue, ends, others, held, options, counts, barrier, lab)
            workers.append(lab.mp.Process(target=target, name=f"{role} {number + 1}", args=arguments))
    for worker in workers:
        worker.start()
    for end in (end for pipe in pipes for end in pipe):
        end.close()
    barrier.wait()
    locks = {options.who[:-1]: Held("the Lock", lock)} if way == "Lock" else {}
    if queue:  # two of its own, which have no public name; on Windows writing needs none
        locks = {"writer": Held("the Queue's lock for writing", queue._wlock, ("main",)),  # which has to say the end
                 "reader": Held("the Queue's lock for reading", queue._rlock)}  # fmt: skip
    return look_on(way, turn, turns, workers, counts, queue, locks, lab, options)


def look_on(
    way: str, turn: int, turns: int, workers: Sequence[BaseProcess], counts: Counts, queue: Any,
    locks: Mapping[str, Held], lab: Lab, options: Options,
) -> Carried:  # fmt: skip
    """Record what is sent and what arrives until all have ended; whoever has not by then is ended."""
    from queue import Full  # main alone needs it

    began, since, (sent, whole), rate = monotonic(), 0.0, (0, 0), 0.0
    moved, counted, taken = 0.0, (0, 0), None
    writers, readers = workers[: len(counts.sent)], workers[len(counts.sent) :]
    ends = list(readers) if queue else []
    while alive := [worker for worker in workers if worker.is_alive()]:
        alive[0].join(INTERVAL)
        now, sent_now, whole_now = monotonic() - began, sum(counts.sent), sum(counts.whole)
        rate = whole_now / now if now <= options.duration else rate or whole_now / now  # where main was late: the first
        if now <= options.duration:
            lab.record("whole", (whole_now - whole) / (now - since))
            if not any(worker.exitcode for worker in workers):  # what is left unread then is not corrupted
                # What is under way counts as sent: the same number, about, at both looks.
                lab.record("corrupted", max(sent_now - whole_now - (sent - whole), 0) / (now - since))
            since, sent, whole = now, sent_now, whole_now
        lab.progress(turn + min(now / options.duration, 1), turns)
        if ends and not any(writer.is_alive() for writer in writers):
            with suppress(Full):  # main has to go on: who was killed may have taken all places along
                queue.put_nowait(END)
                ends.pop()
        if (sent_now, whole_now) != counted:
            moved, counted = now, (sent_now, whole_now)
        if now - moved > STILL:
            killed = [one for one in workers if (one.exitcode or 0) < 0]
            if queue and queue.empty():  # a reader that lives may hold its lock while there is nothing to read
                killed = [one for one in killed if one not in readers]
            alive = [one for one in alive if one.is_alive()]
            taken = taken_along(killed, alive, locks) or (places_taken_along(killed, alive, queue) if queue else None)
        if taken or now > options.duration + GRACE:
            for worker in alive:
                lab.expects_death(worker)
                worker.kill()
                worker.join()
            if queue:
                queue.cancel_join_thread()  # main's own last message may wait for that lock too
            break
    broken = [one for one in workers if one.exitcode and one not in alive]  # those alive were ended by main, above
    text = ", ".join(f"{one.name} has ended with exit code {one.exitcode}" for one in broken)
    return Carried(way, sum(counts.sent), sum(counts.whole), rate, not alive, text, taken)


# Workers: they make and check messages of bytes, and nobody unpickles what came through a pipe.


def write(
    number: int, queue: Any, ends: list[Connection], others: list[Connection], lock: AbstractContextManager[object],
    options: Options, counts: Counts, barrier: Barrier, lab: Lab,
) -> None:  # fmt: skip
    """Write message after message until the time is over."""
    for end in others:
        end.close()
    filling = bytes([number + 1]) * (options.payload_size - len(MARK) - HEAD - SEAL)
    send = [queue.put] if queue else [end.send_bytes for end in ends]
    sent, sum_of_filling = 0, zlib.crc32(filling)
    barrier.wait()
    until = monotonic() + options.duration
    while monotonic() < until and not lab.stopping:
        head = bytes([number]) + sent.to_bytes(8, "big")
        message = MARK + head + zlib.crc32(head, sum_of_filling).to_bytes(SEAL, "big") + filling
        with lock:
            send[sent % len(send)](message)
        sent += 1
        counts.sent[number] = sent
    lab.show("sent", sent)


def is_whole(message: bytes, size: int) -> bool:
    """Tell whether a message is as it was made."""
    at = len(MARK) + HEAD
    head, seal, filling = message[len(MARK) : at], message[at : at + SEAL], message[at + SEAL :]
    return len(message) == size and zlib.crc32(head, zlib.crc32(filling)).to_bytes(SEAL, "big") == seal


def read(
    number: int, queue: Any, ends: list[Connection], others: list[Connection], lock: AbstractContextManager[object],
    options: Options, counts: Counts, barrier: Barrier, lab: Lab,
) -> None:  # fmt: skip
    """Read until the last writer has closed its end, and check each message."""
    for end in others:
        end.close()  # the writers' among them: while one holds them, there is no end of file
    barrier.wait()
    size, wrong = options.payload_size, {"bad length": 0, "bad contents": 0}
    if queue:
        messages: Iterator[bytes | None] = iter(queue.get, END)
    else:
        messages = from_many(ends, size) if len(ends) > 1 else from_one(ends[0], lock, size)
    for message in messages:
        if message is None:
            wrong["bad length"] += 1
        elif is_whole(message, size):
            counts.whole[number] += 1
        else:
            wrong["bad contents"] += 1
    lab.show("whole", counts.whole[number])
    for name, value in wrong.items():
        lab.show(name, value)


def from_many(ends: list[Connection], size: int) -> Iterator[bytes]:
    """Yield what comes from several pipes, each from whichever has something, until all are at their end."""
    while ends:
        for end in wait(ends):
            assert isinstance(end, Connection)
            try:
                yield end.recv_bytes(size)
            except EOFError:
                ends.remove(end)


def from_one(end: Connection, lock: AbstractContextManager[object], size: int) -> Iterator[bytes | None]:
    """Yield what comes from a pipe; None where the length before a message was none.

    recv() would unpickle what it gets, and mixed bytes can then raise anything, and call anything. A length is believed
    up to `size` only, since mixed bytes can ask for gigabytes. When it is larger, recv_bytes() closes the connection
    and raises: a program is through with the pipe. To count on, we keep a descriptor of our own.
    """
    kept = os.dup(end.fileno()) if os.name == "posix" else None
    while True:
        try:
            with lock:
                message = end.recv_bytes(size)
        except EOFError:
            break
        except OSError:  # a bad length, or the end of file within a message
            yield None
            if kept is None or not skip_to_next(kept, size):
                break
            end = Connection(os.dup(kept), writable=False)
        else:
            yield message
    if kept is not None:
        os.close(kept)


def skip_to_next(descriptor: int, size: int) -> bool:
    """Read up to the next mark, and the rest of its message, whose length is gone; tell whether there was one.

    As much is read as the mark still lacks, never more: the bytes after it may be another reader's.
    """
    tail = b""
    while tail != MARK:
        got = os.read(descriptor, len(MARK) - len(tail))
        if not got:
            return False
        tail += got
        while not MARK.startswith(tail):
            tail = tail[1:]
    left = size - len(MARK)
    while left and (got := os.read(descriptor, left)):
        left -= len(got)
    return left == 0
