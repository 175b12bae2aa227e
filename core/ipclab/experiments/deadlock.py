"""Two processes wait for each other, and nobody ever goes on: four ways into it, and a way out of each."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ipclab.declarations import Help, Range, Series, When
from ipclab.order import Order, Step
from ipclab.quantity import measured, spell_number, thousands

if TYPE_CHECKING:
    from collections.abc import MutableSequence, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from multiprocessing.synchronize import Lock
    from threading import Barrier

    from ipclab.lab import Lab

GROUP = "Messages"
ORDER = 4
QUESTION = "Why does my program hang?"
SERIES = (
    Series("left", "steps", plot="steps", group="steps"),
    Series("right", "steps", plot="steps", group="steps"),
    Series("sent", "messages", plot="steps", group="messages"),
    Series("received", "messages", plot="steps", group="messages"),
)
WATCHED = True
PRESETS = {
    "Both receive first": {},
    "One side sends first": {"exchange_cure": "one side the other way round"},
    "Both send first": {"kind": "both send first"},
    "One side receives first": {"kind": "both send first", "exchange_cure": "one side the other way round"},
    "Opposite lock order": {"kind": "opposite lock order"},
    "The same lock order": {"kind": "opposite lock order", "lock_cure": "same order"},
    "A lock with a timeout": {"kind": "opposite lock order", "lock_cure": "timeout"},
    "Join before receiving": {"kind": "join before receiving"},
    "Receive, then join": {"kind": "join before receiving", "join_cure": "receive before join"},
}

_ONE_TURN = {"kind": "opposite lock order", "count": 1, "pause": 0.0, "hold": 0.0}
ORDERS = {
    "Make it happen": Order(
        "deadlock",
        (
            Step("left", "wait"), Step("right", "wait"),  # for each other's start
            Step("left", "acquire"), Step("right", "acquire"), Step("left", "acquire"), Step("right", "acquire"),
        ),
        _ONE_TURN,
    ),
    "The cure under the same order": Order(
        "deadlock",
        (
            Step("left", "wait"), Step("right", "wait"),
            Step("left", "acquire"), Step("right", "acquire"),  # right waits
            Step("left", "acquire"),
            Step("left", "release"), Step("left", "release"),
            Step("right", "acquire"), Step("right", "release"), Step("right", "release"),
        ),
        {**_ONE_TURN, "lock_cure": "same order"},
    ),
}  # fmt: skip

INTERVAL = 0.01  # s between two looks at the workers
EXCHANGES = ("both receive first", "both send first")
CURES = {  # the field that has the cure of each kind, and what to choose there
    "both receive first": ("exchange_cure", "one side the other way round"),
    "both send first": ("exchange_cure", "one side the other way round"),
    "opposite lock order": ("lock_cure", "same order, or timeout"),
    "join before receiving": ("join_cure", "receive before join"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may tweak."""

    kind: Annotated[
        Literal["both receive first", "both send first", "opposite lock order", "join before receiving"],
        Help("What each waits for: a message that the other will send later, room in a full pipe, a lock, an end"),
    ] = "both receive first"
    exchange_cure: Annotated[
        Literal["none", "one side the other way round"], When(kind=EXCHANGES),
        Help("Let the right side send where the left receives, and receive where it sends"),
    ] = "none"  # fmt: skip
    lock_cure: Annotated[
        Literal["none", "same order", "timeout"], When(kind="opposite lock order"),
        Help("Take both locks in one order everywhere, or give the first back when the second does not come in time"),
    ] = "none"  # fmt: skip
    join_cure: Annotated[
        Literal["none", "receive before join"], When(kind="join before receiving"),
        Help("Let main receive all messages before it waits for the sender's end"),
    ] = "none"  # fmt: skip
    count: Annotated[
        int, Range(1, 1_000_000, log=True), Help("Exchanges, turns with both locks, or messages: the work to be done")
    ] = 200  # fmt: skip
    goes_wrong_after: Annotated[
        int, Range(0, 1_000_000), When(kind="both receive first", exchange_cure="none"),
        Help("Exchanges in which the left side sends first, before both receive first"),
    ] = 50  # fmt: skip
    payload_size: Annotated[
        int, Range(1, 2**26, "B", log=True), When(kind="both send first"),
        Help("Size of the last message; the first is small, and each is longer than the one before"),
    ] = 2**20  # fmt: skip
    message_size: Annotated[
        int, Range(1, 2**20, "B", log=True), When(kind="join before receiving"), Help("Size of each message")
    ] = 2**10  # fmt: skip
    hold: Annotated[
        float, Range(0, 0.1, "s"), When(kind="opposite lock order"),
        Help("How long a worker has its first lock before it asks for the second"),
    ] = 0.001  # fmt: skip
    timeout: Annotated[
        float, Range(0.001, 1, "s"), When(kind="opposite lock order", lock_cure="timeout"),
        Help("How long a worker waits for its second lock before it gives the first one back"),
    ] = 0.01  # fmt: skip
    pause: Annotated[
        float, Range(0, 1, "s"), Help("Rest between two steps; with locks it is random, up to twice this")
    ] = 0.01
    patience: Annotated[
        float, Range(0.1, 60, "s"), Help("How long main waits without a step of anybody, before it ends who is alive")
    ] = 1.0  # fmt: skip


def check(options: Options) -> dict[str, str]:
    """Return what makes no sense, by field: to rest between two steps for longer than main has patience."""
    rest = options.hold + 2 * options.pause if options.kind == "opposite lock order" else options.pause
    if options.patience > rest:
        return {}
    return {"patience": f"It has to be longer than the rest between two steps: here up to {spell_number(rest, 's')}."}


def run(lab: Lab, options: Options) -> None:
    """Start the workers, join them with patience, and end those that wait for ever."""
    steps: Any = lab.mp.Array("q", 2, lock=False)  # a place for each: no two write the same
    if options.kind == "join before receiving":
        barrier = lab.mp.Barrier(2)  # main's patience begins when all have started
        receiving, sending = lab.mp.Pipe(duplex=False)
        sender = lab.mp.Process(target=send_all, name="sender", args=(sending, options, steps, barrier, lab))
        sender.start()
        sending.close()  # else recv() waits for ever for the rest of a message whose sender was killed
        barrier.wait()
        began = time.monotonic()
        if options.join_cure == "receive before join":
            receive_all(receiving, sender, options, steps, lab)
        waited = join([sender], ("sent", "received"), options, steps, lab)
        if not waited:
            receive_all(receiving, sender, options, steps, lab)  # the pipe held it all, or it has been received
        report(lab, options, [sender], steps, waited, time.monotonic() - began)
        return
    barrier = lab.mp.Barrier(3)
    ends: tuple[Any, ...]
    if options.kind == "opposite lock order":
        a, b = lab.mp.Lock(), lab.mp.Lock()
        target: Any = take_both
        ends = (a, b), ((a, b) if options.lock_cure == "same order" else (b, a))
    else:
        target, ends = exchange, lab.mp.Pipe()
    workers = [
        lab.mp.Process(target=target, name=name, args=(number, ends[number], options, steps, barrier, lab))
        for number, name in enumerate(("left", "right"))
    ]
    for worker in workers:
        worker.start()
    barrier.wait()
    began = time.monotonic()
    waited = join(workers, ("left", "right"), options, steps, lab)
    report(lab, options, workers, steps, waited, time.monotonic() - began)


# Main: it waits with patience, says who is stuck, and ends them.


def join(workers: Sequence[BaseProcess], series: tuple[str, str], options: Options, steps: Any, lab: Lab) -> float:
    """Join the workers; return how long nobody had made a step while some are alive, or 0 once all have ended.

    Who waits for ever and who only takes long look the same from here: all that main has is patience.
    """
    seen, since = tuple(steps), time.monotonic()
    while alive := [worker for worker in workers if worker.is_alive()]:
        now, look = time.monotonic(), tuple(steps)
        if look != seen:
            seen, since = look, now
        for name, value in zip(series, steps, strict=True):
            lab.record(name, value)
        lab.progress(sum(steps), 2 * options.count)
        if lab.stopping or now - since >= options.patience:
            return now - since
        alive[0].join(INTERVAL)
    for name, value in zip(series, steps, strict=True):
        lab.record(name, value)
    lab.progress(sum(steps), 2 * options.count)
    return 0.0


def report(lab: Lab, options: Options, workers: Sequence[BaseProcess], steps: Any, waited: float, took: float) -> None:
    """Say who is still alive and for how long, end it, and name the cure. Or say what was done, or left undone."""
    broken = ", ".join(f"{one.name} has ended with exit code {one.exitcode}" for one in workers if one.exitcode)
    alive = [worker for worker in workers if worker.is_alive()]
    names = " and ".join(worker.name for worker in alive)
    what = {"opposite lock order": "turns", "join before receiving": "messages"}.get(options.kind, "exchanges")
    done = ", ".join(
        f"{name}: {thousands(step)} of {thousands(options.count)} {what}"
        for name, step in zip([*(worker.name for worker in workers), "main"], steps, strict=False)
    )
    field, cure = CURES[options.kind]
    cured = getattr(options, field)
    lab.show("steps", list(steps))
    if alive and not lab.stopping:
        verb = "are" if len(alive) > 1 else "is"
        lab.finding("bad" if cured == "none" else "warning",
                    f"{names} {verb} still alive, and nobody has made a step for {measured(waited, 's')}.",
                    f"{done}{where(options, steps)}; patience {spell_number(options.patience, 's')}")  # fmt: skip
        print(f"{names} {verb} still alive after {waited:.2f} s without a step")
    for worker in alive:
        lab.expects_death(worker)
        worker.terminate()  # locks it has, and half-sent messages, are lost: end all that use them
        worker.join()
    if broken:
        left = "work" if min(steps) < options.count else "nothing"
        lab.finding("warning", f"{broken}: {left} was left undone.", done)
    if lab.stopping:
        lab.finding("info", "Stopped before an end was in sight.", done)
    elif alive:
        lab.finding("info", f"main has ended {names} with terminate().",
                    "exit codes: " + ", ".join(str(worker.exitcode) for worker in alive))  # fmt: skip
        if cured == "none":
            text, why = f"The cure is a choice: {field.replace('_', ' ').capitalize()}, {cure}.", ""
        else:
            text, why = (
                "Nobody waits in a circle here: with more Patience they end by themselves.",
                f"cured by: {cured}",
            )
        lab.finding("info", text, why)
    elif broken:
        return
    elif cured != "none":
        lab.finding("ok", f"The same work has ended by itself in {measured(took, 's')}.",
                    f"{done}; {cured}")  # fmt: skip
    else:
        lab.finding("warning", f"No deadlock shown in {thousands(options.count)} {what}; nothing forbids one.", done)


def where(options: Options, steps: Any) -> str:
    """Return at what size a pipe was full, as the end of a sentence."""
    if options.kind == "both send first":
        return f"; the next message to each has {measured(size_of(options, min(steps)), 'B')}"
    if options.kind == "join before receiving":
        return f"; {measured(steps[0] * options.message_size, 'B')} lie in the pipe, and main receives after the join"
    return ""


def receive_all(receiving: Connection, sender: BaseProcess, options: Options, steps: Any, lab: Lab) -> None:
    """Receive every message while the sender sends."""
    while steps[1] < options.count and not lab.stopping:
        if receiving.poll(0.05):
            try:
                receiving.recv()
            except (EOFError, OSError):  # the sender has ended; OSError: within a message
                return
            steps[1] += 1
            lab.record("sent", steps[0])
            lab.record("received", steps[1])
            lab.progress(sum(steps), 2 * options.count)
        elif not sender.is_alive():
            return


# Workers.


def exchange(
    number: int, end: Connection, options: Options, steps: MutableSequence[int], barrier: Barrier, lab: Lab
) -> None:
    """Send a message and receive one, again and again; who does which first is the whole question."""
    barrier.wait()
    for step in range(options.count):
        payload = bytes(size_of(options, step))
        first = sends_first(number, options, step)
        if first:
            end.send(payload)
        end.recv()
        if not first:
            end.send(payload)
        steps[number] = step + 1
        lab.show("exchanges", step + 1)
        if options.pause:
            time.sleep(options.pause)


def sends_first(number: int, options: Options, step: int) -> bool:
    """Tell whether a worker sends before it receives in this exchange."""
    both = options.kind == "both send first"
    if options.exchange_cure != "none" or (not both and step < options.goes_wrong_after):
        return number == 0
    return both


def size_of(options: Options, step: int) -> int:
    """Return the size of an exchange's messages in bytes."""
    return max(options.payload_size * (step + 1) // options.count, 1) if options.kind == "both send first" else 1


def take_both(
    number: int, locks: tuple[Lock, Lock], options: Options, steps: MutableSequence[int], barrier: Barrier, lab: Lab
) -> None:
    """Take the first lock, then the second, and give both back, again and again."""
    first, second = locks
    limit = options.timeout if options.lock_cure == "timeout" else None
    given_back = 0
    barrier.wait()
    while steps[number] < options.count and not lab.stopping:
        if options.pause:
            time.sleep(options.pause * 2 * lab.random.random())
        with first:
            time.sleep(options.hold)
            got = second.acquire(timeout=limit)
            if got:
                steps[number] += 1
                second.release()
        lab.show("turns", steps[number])
        if limit is not None and not got:
            given_back += 1
            lab.show("given back", given_back)
            time.sleep(limit * lab.random.random())  # both give way, but not in step
    if limit is not None:
        name, times = "left" if number == 0 else "right", "time" if given_back == 1 else "times"
        lab.finding("info", f"{name} has given its first lock back {thousands(given_back)} {times}.",
                    f"n = {thousands(steps[number])} turns, timeout {spell_number(limit, 's')}")  # fmt: skip


def send_all(sending: Connection, options: Options, steps: MutableSequence[int], barrier: Barrier, lab: Lab) -> None:
    """Send every message; whether anybody receives is not ours to know."""
    payload = bytes(options.message_size)
    barrier.wait()
    for step in range(options.count):
        sending.send(payload)
        steps[0] = step + 1
        lab.show("sent", step + 1)
        if options.pause:
            time.sleep(options.pause)
