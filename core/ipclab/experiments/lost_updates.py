"""Several workers add to one counter, and increments vanish: `counter.value += 1` reads, adds and writes apart."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ipclab.declarations import Help, Processes, Range, Series, When
from ipclab.order import Order, Step
from ipclab.quantity import thousands

if TYPE_CHECKING:
    from collections.abc import MutableSequence
    from threading import Barrier

    from ipclab.lab import Lab

GROUP = "Memory"
ORDER = 3
QUESTION = "Why is my counter too small?"
SERIES = (
    Series("expected", "increments", plot="steps", group="updates"),
    Series("actual", "increments", plot="steps", group="updates"),
)
FEW = 100  # increments that can be followed one by one: nobody looks at the counter while they are made
WATCHED = When(increments=tuple(range(1, FEW + 1)))
PRESETS = {
    "A lock on each access": {},
    "No lock": {"lock": "none", "increments": 1_000_000},
    "Lock around the update": {"lock": "around the update"},
    "Step by step": {"workers": 2, "increments": 1},
    "Too short to show it": {"increments": 1_000, "start_together": False},
    "Sixteen workers": {"workers": 16, "increments": 50_000},
}

_TWO = {"workers": 2, "increments": 1, "start_together": False}
ORDERS = {
    "Make it happen": Order(
        "lost-updates",
        (Step("worker 1", "read"), Step("worker 2", "read"), Step("worker 1", "write"), Step("worker 2", "write")),
        _TWO,
    ),
    "The cure under the same order": Order(
        "lost-updates",
        (
            Step("worker 1", "acquire"), Step("worker 2", "acquire"),  # worker 2 waits: its read cannot come next
            Step("worker 1", "read"), Step("worker 1", "write"), Step("worker 1", "release"),
            Step("worker 2", "read"), Step("worker 2", "write"), Step("worker 2", "release"),
        ),
        {**_TWO, "lock": "around the update"},
    ),
}  # fmt: skip

BATCH = 100  # increments until a worker says how many it has made: `expected` is at most so far behind, for each
INTERVAL = 0.01  # s between two samples of the counter


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may tweak."""

    lock: Annotated[
        Literal["none", "on each access", "around the update"],
        Help("The counter's lock: none, as a Value takes it by itself, or held from the reading to the writing"),
    ] = "on each access"
    workers: Annotated[int, Range(1, 16), Processes(), Help("Processes that add to the one counter")] = 4
    increments: Annotated[int, Range(1, 10_000_000, log=True), Help("How often each of them adds 1")] = 200_000
    start_together: Annotated[bool, Help("Hold the workers at a barrier until all are there")] = True


def add(
    number: int, counter: Any, hold_lock: bool, increments: int, done: MutableSequence[int], barrier: Barrier | None,
    lab: Lab,
) -> None:  # fmt: skip
    """Add 1 to the counter again and again, and say in a place of our own how often."""
    if barrier is not None:
        barrier.wait()
    while done[number] < increments and not lab.stopping:
        batch = min(BATCH, increments - done[number])
        if hold_lock:
            for _ in range(batch):
                with counter.get_lock():
                    counter.value += 1
        else:
            for _ in range(batch):
                counter.value += 1
        done[number] += batch
    lab.show("increments", done[number])


def run(lab: Lab, options: Options) -> None:
    """Start the workers, compare the counter with what they have done while they work, and count the loss."""
    total = options.workers * options.increments
    counter: Any = lab.mp.Value("i", 0, lock=options.lock != "none")
    done: Any = lab.mp.Array("q", options.workers, lock=False)  # a place for each worker: no two write the same
    barrier = lab.mp.Barrier(options.workers) if options.start_together else None

    def observe() -> None:
        lab.record("actual", counter.value)
        lab.record("expected", sum(done))
        lab.progress(sum(done), total)

    hold_lock = options.lock == "around the update"
    workers = [
        lab.mp.Process(
            target=add, name=f"worker {number + 1}",
            args=(number, counter, hold_lock, options.increments, done, barrier, lab),
        )
        for number in range(options.workers)
    ]  # fmt: skip
    began = perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        while worker.is_alive() and options.increments > FEW:
            observe()
            worker.join(INTERVAL)
        worker.join()
    observe()

    expected, actual = sum(done), counter.value
    lab.show("expected", expected)
    lab.show("counter", actual)
    print(f"{thousands(expected)} increments made, the counter says {thousands(actual)}")
    report(lab, options, expected, expected - actual, perf_counter() - began)


def report(lab: Lab, options: Options, expected: int, lost: int, seconds: float) -> None:
    """State the loss with its n. No loss proves nothing unless the lock forbids it."""
    n = thousands(expected)
    evidence = f"n = {n}, workers: {options.workers}, lock: {options.lock}, {seconds:.2f} s with their start"
    if lost:
        share = 100 * lost / expected
        lab.finding("bad", f"{thousands(lost)} of {n} increments lost ({share:.1f} %).", evidence)
    elif options.lock == "around the update":
        lab.finding("ok", f"0 of {n} increments lost: from its reading to its writing each had the lock.", evidence)
    elif options.workers == 1:
        lab.finding("info", f"0 of {n} increments lost: there was nobody else to overwrite them.", evidence)
    else:
        lab.finding("warning", f"No loss shown in {n} increments; nothing forbids one.", evidence)
