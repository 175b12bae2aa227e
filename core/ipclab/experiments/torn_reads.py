"""One worker fills an Array with a number, again and again; another copies it, and finds parts of two fillings."""

from __future__ import annotations

import time
from contextlib import nullcontext
from ctypes import sizeof
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ipclab.declarations import Help, Level, Range, Series
from ipclab.quantity import measured, thousands, three

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ipclab.lab import Burst, Lab

GROUP = "Memory"
ORDER = 4
QUESTION = "May I read while another process writes?"
UNDER = " under the lock"
SERIES = (
    Series("torn", "reads/s", group="reads"),
    Series("all", "reads/s", group="reads"),
    Series("torn" + UNDER, "reads/s", group="reads"),
    Series("all" + UNDER, "reads/s", group="reads"),
    Series("written", "writes/s", group="writes"),
    Series("written" + UNDER, "writes/s", group="writes"),
    Series("read", "s", distribution=True, group="a read"),
    Series("read" + UNDER, "s", distribution=True, group="a read"),
)
BURSTS = True
PRESETS = {
    "No lock": {},
    "A lock on each element": {"lock": "on each access", "reads": "element by element", "writes": "element by element"},
    "A lock on each slice": {"lock": "on each access"},
    "Lock around the whole": {"lock": "around the whole"},
    "The price of the lock": {"lock": "with and without"},
    "One element": {"length": 1, "type_code": "q"},
    "A writer that rests": {"pause": 0.01},
}

WINDOW = 20_000_000  # ns over which one sample of the rates is taken
BYTES = range(1, 128)  # a number has one of these in each of its bytes: an element that was half written shows
WAITS, FREE, LOCKED, OVER = range(4)  # what main and the reader ask of the writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may tweak."""

    lock: Annotated[
        Literal["none", "on each access", "around the whole", "with and without"],
        Help("The Array's lock: never taken, by each access for itself, held by both round the whole Array; "
             "or round the whole in every other stretch, to compare"),
    ] = "none"  # fmt: skip
    length: Annotated[int, Range(1, 100_000, log=True), Help("Elements of the Array")] = 1_000
    type_code: Annotated[
        Literal["b", "h", "i", "q"], Help("Size of an element: 1 byte (b), 2 (h), 4 (i) or 8 (q)")
    ] = "i"  # fmt: skip
    writes: Annotated[
        Literal["slice", "element by element"], Help("How it is filled: array[:] = numbers, or index by index")
    ] = "slice"
    reads: Annotated[Literal["slice", "element by element"], Help("How it is copied: array[:], or index by index")] = (
        "slice"
    )
    pause: Annotated[float, Range(0, 0.1, "s"), Help("Rest of the writer between two fillings")] = 0.0
    rounds: Annotated[
        int, Range(1, 1_000, log=True), Help("Stretches of 200 ms in which the reader reads; as many again to compare")
    ] = 10  # fmt: skip


@dataclass(slots=True)
class Seen:
    """What the reader has seen, with the lock or without; for each stretch: mean s of a copy, writes a second."""

    reads: int = 0
    torn: int = 0
    half_written: int = 0  # elements
    stretches: list[tuple[float, float]] = field(default_factory=list)


def run(lab: Lab, options: Options) -> None:
    """Start both; when the reader has seen enough, tell the writer."""
    array: Any = lab.mp.Array(options.type_code, options.length)
    asked: Any = lab.mp.Value("b", WAITS, lock=False)
    agreed: Any = lab.mp.Value("b", WAITS, lock=False)
    written: Any = lab.mp.Value("q", 0, lock=False)
    writer = lab.mp.Process(target=write, name="writer", args=(array, asked, agreed, written, options, lab))
    reader = lab.mp.Process(target=read, name="reader", args=(array, asked, agreed, written, options, lab))
    writer.start()
    reader.start()
    reader.join()
    asked.value = OVER
    writer.join()


def bare(array: Any, options: Options) -> Any:
    """Return what is indexed: the Array, which takes its lock for each access, or the memory without a lock."""
    return array if options.lock == "on each access" else array.get_obj()  # as Array(..., lock=False) would be


def patterns(array: Any) -> list[int]:
    """Return the numbers that are written: of an element's size, with all bytes alike."""
    size = sizeof(array.get_obj()) // len(array)
    return [int.from_bytes(bytes([byte]) * size, "little") for byte in BYTES]


def write(array: Any, asked: Any, agreed: Any, written: Any, options: Options, lab: Lab) -> None:
    """The writer: fill the Array with one number, then with the next, in the way that is asked for."""
    held, numbers, count = bare(array, options), patterns(array), 0
    while (mode := asked.value) != OVER and not lab.stopping:
        agreed.value = mode  # the filling before is complete, and the next ones are done in this way
        number = numbers[count % len(numbers)]
        filling = [number] * options.length
        with array.get_lock() if mode == LOCKED else nullcontext():
            if options.writes == "slice":
                held[:] = filling
            else:
                for index in range(options.length):
                    held[index] = number
        count += 1
        written.value = count
        if options.pause:
            time.sleep(options.pause)
    lab.show("written", count)


def read(array: Any, asked: Any, agreed: Any, written: Any, options: Options, lab: Lab) -> None:
    """The reader: copy the Array stretch after stretch, with the lock, without it, or in turn."""
    modes = {"around the whole": (LOCKED,), "with and without": (FREE, LOCKED)}.get(options.lock, (FREE,))
    seen = {mode: Seen() for mode in modes}
    stretches = options.rounds * len(modes)
    for number, burst in enumerate(lab.bursts(), 1):
        mode = modes[(number - 1) % len(modes)]
        asked.value = mode
        while agreed.value != mode and not lab.stopping:
            time.sleep(0.0001)  # until the filling that the writer is at is complete, or until it has started
        look(array, mode == LOCKED, written, options, burst, seen[mode], lab)
        lab.progress(number, stretches)
        for one in modes:
            if seen[one].reads:
                report(lab, options, one == LOCKED, seen[one])
        if len(modes) > 1 and all(one.stretches for one in seen.values()):
            compare(lab, seen[FREE].stretches, seen[LOCKED].stretches)
        if number == stretches:
            break
    lab.show("reads", sum(one.reads for one in seen.values()))


def look(array: Any, locked: bool, written: Any, options: Options, burst: Burst, seen: Seen, lab: Lab) -> None:
    """Copy the Array until the stretch is over, and look whether each copy is whole: all of one number."""
    held, known, suffix = bare(array, options), {0, *patterns(array)}, UNDER if locked else ""  # 0: not yet written
    lock = array.get_lock() if locked else nullcontext()
    last: list[int] = []
    first = since = perf_counter_ns()
    before = start = (seen.reads, seen.torn, written.value)
    busy = 0
    while burst.going() and not lab.stopping:
        began = perf_counter_ns()
        with lock:
            copy = held[:] if options.reads == "slice" else [held[index] for index in range(options.length)]
        now = perf_counter_ns()
        busy += now - began
        lab.record("read" + suffix, (now - began) / 1e9)
        seen.reads += 1
        if copy.count(copy[0]) < len(copy):
            seen.torn += 1
            last = copy
        if not known.issuperset(copy):
            seen.half_written += sum(number not in known for number in copy)
        if now - since >= WINDOW:
            after = (seen.reads, seen.torn, written.value)
            for name, new, old in zip(("all", "torn", "written"), after, before, strict=True):
                lab.record(name + suffix, (new - old) / (now - since) * 1e9)
            since, before = now, after
    if reads := seen.reads - start[0]:
        writes = (written.value - start[2]) / (perf_counter_ns() - first) * 1e9
        seen.stretches.append((busy / reads / 1e9, writes))
    if seen.torn > start[1]:
        lab.show("last torn copy", ", ".join(f"{thousands(last.count(one))} × {one:#x}" for one in dict.fromkeys(last)))


def report(lab: Lab, options: Options, locked: bool, seen: Seen) -> None:
    """State what was torn, with its n, and what a copy took; no torn copy proves nothing by itself."""
    n, each = thousands(seen.reads), "element" if options.length == 1 else "elements"
    took, writes = (middle([stretch[which] for stretch in seen.stretches])[1] for which in (0, 1))
    evidence = (f"n = {n} copies of {thousands(options.length)} {each} (type code {options.type_code!r}), "
                f"read {way(options.reads)}, written {way(options.writes)}; "
                f"{measured(took, 's')} a copy, {measured(writes, 'writes')} a second")  # fmt: skip
    whole = options.lock == "on each access" and options.reads == options.writes == "slice"
    level: Level = "ok"
    if seen.torn:
        level, text = "bad", f"{thousands(seen.torn)} of {n} copies torn ({100 * seen.torn / seen.reads:.1f} %)."
    elif locked:
        text = f"0 of {n} copies torn: both held the lock round the whole Array."
    elif whole:
        text = f"0 of {n} copies torn: a slice is one access, and takes the lock for all of it."
    else:
        level, text = "warning", f"No torn copy shown in {n}; nothing forbids one."
    lab.finding(level, text, evidence, key=f"torn{UNDER if locked else ''}")
    elements = thousands(seen.reads * options.length)
    if seen.half_written:
        lab.finding("bad", f"{thousands(seen.half_written)} of {elements} elements were half written.", evidence,
                    key="half written")  # fmt: skip
    elif not locked:
        lab.finding("info", f"No half-written element shown in {elements}.",
                    "all bytes of a number are the same, so one that has bytes of two fillings would show",
                    key="half written")  # fmt: skip


def compare(lab: Lab, free: Sequence[tuple[float, float]], locked: Sequence[tuple[float, float]]) -> None:
    """State the lock's price: what a copy takes and how many writes there are, beside the stretch without it."""
    pairs = list(zip(free, locked, strict=False))
    times = [under[0] / without[0] for without, under in pairs]
    writes = [100 * under[1] / without[1] for without, under in pairs if without[1]]
    (low, took, high), (fewer, share, more) = ([three(bound) for bound in middle(ones)] for ones in (times, writes))
    lab.finding("info", f"With the lock round the whole a copy takes {took} times as long, waiting included, and "
                f"{share} % of the writes are made.", f"median of n = {thousands(len(pairs))} pairs of stretches; half "
                f"of them between {low} and {high} times, {fewer} and {more} %", key="price")  # fmt: skip


def middle(values: Sequence[float]) -> tuple[float, float, float]:
    """Return the median, between the bounds within which half of the values lie; zeros of none."""
    ordered = sorted(values) or [0.0]
    return ordered[len(ordered) // 4], ordered[len(ordered) // 2], ordered[len(ordered) * 3 // 4]


def way(how: str) -> str:
    """Return how something was read or written, as a part of a sentence."""
    return "by a slice" if how == "slice" else how
