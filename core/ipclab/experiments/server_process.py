"""A Manager keeps objects in a process of its own; others work on them through proxies, a message for every call."""

from __future__ import annotations

import re
import threading
from array import array
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from operator import getitem, setitem
from time import perf_counter_ns
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ipclab.declarations import Help, Range, Series, When
from ipclab.quantity import measured, thousands, three

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from threading import Barrier

    from ipclab.lab import Lab

GROUP = "Server process"
ORDER = 1
TITLE = "Manager"
QUESTION = "How do processes share a list or a dict?"
WAYS = ("managed", "managed in batches", "shared", "shared in batches")
SERIES = (
    Series("expected", "updates", plot="steps", group="updates"),
    Series("actual", "updates", plot="steps", group="updates"),
    *(Series(way, "items/s", group="speed", log=True) for way in WAYS),
    Series("managed call", "s", distribution=True),
)
PRESETS = {
    "Tutorial's records": {},
    "Every type of object": {"kind": "every type"},
    "A list in a dict": {"kind": "list in a dict"},
    "Assigned back": {"kind": "list in a dict", "list_cure": "assign back"},
    "A managed list inside": {"kind": "list in a dict", "list_cure": "managed list"},
    "Increments": {"kind": "increments"},
    "Increments under a lock": {"kind": "increments", "update_cure": "Lock of the manager"},
    "One call that adds": {"kind": "increments", "update_cure": "one call"},
    "How much slower": {"kind": "speed"},
    "A dict, read": {"kind": "speed", "held_in": "dict", "operation": "read"},
}
INTERVAL = 0.02  # s between two looks at the workers; each costs the server a message
WINDOW = 10_000_000  # ns for which each way is measured before the next one's turn
AT_ONCE = 100  # accesses to shared memory between two looks at the clock: one takes hardly longer than the look
RECORD = re.compile(r"\S.* -?\d{1,9}")
RECORDS, UPDATES = ("records", "every type"), ("list in a dict", "increments")
WATCHED, BURSTS = When(kind=RECORDS + UPDATES), When(kind="speed")
SEQUENCES = ("list", "dict", "Array")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may tweak."""

    kind: Annotated[
        Literal["records", "every type", "list in a dict", "increments", "speed"],
        Help("The tutorial's list of records, one object of every type, the two traps, or the speed of a call"),
    ] = "records"
    records: Annotated[
        tuple[str, ...], When(kind=RECORDS), Help("What main puts there: a name and a score each")
    ] = ("Sam 10", "Adam 9", "Kevin 9")  # fmt: skip
    new_record: Annotated[str, When(kind=RECORDS), Help("What the inserter adds: a name and a score")] = "Jeff 8"
    count: Annotated[
        int, Range(1, 100_000, log=True), When(kind=UPDATES), Help("How often each of two workers appends, or adds 1")
    ] = 2_000  # fmt: skip
    list_cure: Annotated[
        Literal["none", "assign back", "assign back under a lock", "managed list"], When(kind="list in a dict"),
        Help("Append to what the dict returned, write that back afterwards, or let the dict hold another proxy"),
    ] = "none"  # fmt: skip
    update_cure: Annotated[
        Literal["none", "Lock of the manager", "Lock in shared memory", "one call"], When(kind="increments"),
        Help("What makes reading, adding and writing one step: a lock held for all three, or a method in the server"),
    ] = "none"  # fmt: skip
    held_in: Annotated[
        Literal["list", "dict", "Array", "Value"], When(kind="speed"), Help("The managed object that is timed")
    ] = "list"  # fmt: skip
    operation: Annotated[Literal["write", "read"], When(kind="speed"), Help("What is done to an item of it")] = "write"
    batch: Annotated[
        int, Range(2, 100_000, log=True), When(kind="speed", held_in=SEQUENCES),
        Help("Items in one call where they go in batches: a slice, update() or copy()"),
    ] = 1_000  # fmt: skip
    rounds: Annotated[
        int, Range(5, 10_000, log=True), When(kind="speed"), Help("How often each way has its turn, 10 ms long")
    ] = 50  # fmt: skip


def check(options: Options) -> dict[str, str]:
    """Return which records are none, by field."""
    texts = {"records": options.records, "new_record": (options.new_record,)}
    wrong = {field: text for field, several in texts.items() for text in several if not RECORD.fullmatch(text)}
    how = "write a name and a number of up to 9 digits, like Sam 10"
    return {field: f"“{text}” is no record; {how}." for field, text in wrong.items()}


def record_of(text: str) -> tuple[str, int]:
    """Return the name and the score that a text like "Sam 10" holds."""
    name, _, score = text.rpartition(" ")
    return name, int(score)


def run(lab: Lab, options: Options) -> None:
    """Start the server process, let workers use what lies there, and shut it down, whatever has happened."""
    if wrong := check(options):
        raise ValueError(" ".join(wrong.values()))
    from multiprocessing.managers import SyncManager  # 20 ms, not for whoever only reads Options

    SyncManager.register("Counter", Counter)  # before the start: the server gets a copy of the register
    with lab.mp.Manager() as manager:
        server = lab.mp.active_children()[0].name
        lab.show("address", manager.address)
        part = compare if options.kind == "speed" else share_records if options.kind in RECORDS else update_together
        part(lab, options, manager, server)


# Records: one worker inserts, and when it has ended another prints.


def share_records(lab: Lab, options: Options, manager: Any, server: str) -> None:
    """Let one worker add a record, and another print what is there then: in a list, or in an object of each type."""
    records = [record_of(text) for text in options.records]
    objects = {
        "list": manager.list(records),
        "dict": manager.dict(records),
        "Namespace": manager.Namespace(newest=records[-1][0]),
        "Value": manager.Value("i", len(records)),
        "Array": manager.Array("i", [score for _, score in records] + [0]),
        "Queue": manager.Queue(),
        "Lock": manager.Lock(),
    }
    insert: Any = insert_record if options.kind == "records" else change_each
    show: Any = print_records if options.kind == "records" else print_each
    shared = objects["list"] if options.kind == "records" else objects
    records.append(record_of(options.new_record))  # what the printer is to find
    inserter = lab.mp.Process(target=insert, name="inserter", args=(records[-1], shared))
    printer = lab.mp.Process(target=show, name="printer", args=(shared, records, server, lab))
    inserter.start()
    inserter.join()
    if inserter.exitcode == 0 and not lab.stopping:
        printer.start()
        printer.join()


def insert_record(record: tuple[str, int], records: Any) -> None:
    """The inserter: one call, which the server carries out."""
    records.append(record)
    print("New record added!\n")


def print_records(records: Any, expected: list[tuple[str, int]], server: str, lab: Lab) -> None:
    """The printer: each step of the loop asks the server for one record."""
    for name, score in records:
        print(f"Name: {name}\nScore: {score}\n")
    lab.show("records", records[:])
    lab.finding("ok" if records[:] == expected else "bad",
                f"The list in {server} holds {thousands(len(records))} records: main's, and the inserter's.",
                f"{thousands(len(expected) - 1)} were made by main and 1 by the inserter; read by the printer through "
                f"its {type(records).__name__}: each call is a message to {server}, and one back")  # fmt: skip


def change_each(record: tuple[str, int], objects: dict[str, Any]) -> None:
    """The inserter: a record goes into each object; whoever takes the Lock as well sees all or nothing of it."""
    name, score = record
    with objects["Lock"]:
        objects["list"].append(record)
        objects["dict"][name] = score
        objects["Namespace"].newest = name
        objects["Value"].value += 1
        objects["Array"][len(objects["Array"]) - 1] = score  # its size is fixed
        objects["Queue"].put(record)
    print("New record added to each!")


def print_each(objects: dict[str, Any], expected: list[tuple[str, int]], server: str, lab: Lab) -> None:
    """The printer: read what the inserter has left."""
    with objects["Lock"]:
        found = {
            "list": objects["list"][:],
            "dict": objects["dict"].copy(),
            "Namespace": objects["Namespace"].newest,
            "Value": objects["Value"].value,
            "Array": objects["Array"][:].tolist(),
            "Queue": objects["Queue"].get(),
        }
    for kind, value in found.items():
        print(f"{kind}: {value}")
        lab.show(kind, value)
    meant = (expected, dict(expected), expected[-1][0], len(expected), [score for _, score in expected], expected[-1])
    same = sum(value == other for value, other in zip(found.values(), meant, strict=True))
    lab.finding("ok" if same == len(meant) else "bad",
                f"The printer reads from {same} of {len(meant)} objects in {server} what the inserter left there.",
                "both held the Lock, which is the seventh; through "
                + ", ".join(type(proxy).__name__ for proxy in objects.values()))  # fmt: skip


# Updates: two workers change what both see, or think that they do.


class Counter:
    """A number in the server. Each client has a thread there, so a method that must be one step takes a lock."""

    def __init__(self) -> None:
        self._number = 0
        self._lock = threading.Lock()

    def add(self, number: int) -> None:
        """Add a number, as one step for all who call."""
        with self._lock:
            self._number += number

    def number(self) -> int:
        """Return what has been added."""
        return self._number


def append_in_place(table: Any, item: int) -> None:
    """Append to what `table["items"]` returns: a copy, unless a proxy lies there."""
    table["items"].append(item)


def append_and_assign(table: Any, item: int) -> None:
    """Fetch the list, append, and write it back: whole, each time, over whatever has been written meanwhile."""
    items = table["items"]
    items.append(item)
    table["items"] = items


def increment(table: Any, _item: int) -> None:
    """Read, add, write: two calls, and a gap between them."""
    table["n"] += 1


def call_add(counter: Any, _item: int) -> None:
    """Let the server add: one call."""
    counter.add(1)


def update_together(lab: Lab, options: Options, manager: Any, server: str) -> None:
    """Let two workers change one object while main compares it with what they have done."""
    change: Callable[[Any, int], None] = increment
    cure: str = options.update_cure if options.kind == "increments" else options.list_cure
    table = manager.Counter() if cure == "one call" else manager.dict(n=0)
    if options.kind == "list in a dict":
        inner = manager.list() if cure == "managed list" else []
        table["items"] = inner
        change = append_and_assign if cure.startswith("assign back") else append_in_place
    elif cure == "one call":
        change = call_add

    def actual() -> int:
        if options.kind == "list in a dict":  # table["items"] would be another proxy each time, with a connection
            return len(inner if cure == "managed list" else table["items"])
        return int(table.number() if cure == "one call" else table["n"])

    locks = {"assign back under a lock": manager.Lock, "Lock of the manager": manager.Lock}
    lock: Any = locks.get(cure, lab.mp.Lock if cure == "Lock in shared memory" else nullcontext)()
    done: Any = lab.mp.Array("q", 2, lock=False)  # a place for each worker: no two write the same
    rates: Any = lab.mp.Array("d", 2, lock=False)
    barrier = lab.mp.Barrier(2)  # in the time that a process takes to start the other would make many

    def observe() -> None:
        lab.record("actual", actual())
        lab.record("expected", sum(done))
        lab.progress(sum(done), 2 * options.count)

    args = (change, table, lock, options.count, done, rates, barrier, lab)
    workers = [lab.mp.Process(target=update, name=f"worker {n + 1}", args=(n, *args)) for n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        while worker.is_alive():
            observe()
            worker.join(INTERVAL)
    observe()
    what, expected, there = "increments" if options.kind == "increments" else "items", sum(done), actual()
    lab.show("expected", expected)
    lab.show("actual", there)
    print(f"{thousands(expected)} {what} by two workers, {thousands(there)} in {server}")
    report_updates(lab, what, cure, expected, there, sum(rates))


def update(
    number: int, change: Callable[[Any, int], None], table: Any, lock: Any, count: int, done: Any, rates: Any,
    barrier: Barrier, lab: Lab,
) -> None:  # fmt: skip
    """Change the object again and again, with the lock held for each change: a real one, or none."""
    barrier.wait()
    began = perf_counter_ns()
    for item in range(count):
        if lab.stopping:
            break
        with lock:
            change(table, item)
        done[number] += 1
    rates[number] = done[number] / (perf_counter_ns() - began) * 1e9
    lab.show("updates", done[number])


def report_updates(lab: Lab, what: str, cure: str, expected: int, actual: int, rate: float) -> None:
    """State the loss with its n, and the rate; where nothing forbids a loss, none proves nothing."""
    n, lost = thousands(expected), thousands(max(expected - actual, 0))
    evidence = f"n = {n} by two workers, cure: {cure}"
    if actual < expected and what == "items" and cure == "none":
        there = f"the list in the server has {thousands(actual)}"
        lab.finding("bad", f"{lost} of {n} items were appended to copies: {there}.", evidence)
    elif actual < expected:
        share = f"{100 * (expected - actual) / expected:.1f} %"
        lab.finding("bad", f"{lost} of {n} {what} lost ({share}): one call reads, another writes.", evidence)
    elif cure in ("none", "assign back"):
        lab.finding("warning", f"No loss shown in {n} {what}; nothing forbids one.", evidence)
    else:
        why = "one call each" if cure in ("one call", "managed list") else "each had the lock from its reading on"
        lab.finding("ok", f"{lost} of {n} {what} lost: {why}.", evidence)
    lab.finding("info", f"{measured(rate, 'updates')} a second by both workers together.",
                f"n = {n}, their own rates added; main looks on every {measured(INTERVAL, 's')}")  # fmt: skip


# Speed: the same work on a managed object and in shared memory, in turn.


def compare(lab: Lab, options: Options, manager: Any, _server: str) -> None:
    """Let a client measure both in one run: what else the machine does then hits both."""
    numbers = [0] * options.batch
    shared = lab.mp.Value("q") if options.held_in == "Value" else lab.mp.Array("q", numbers)
    contents = {"list": (numbers,), "dict": (dict(enumerate(numbers)),), "Array": ("q", numbers), "Value": ("q", 0)}
    managed = getattr(manager, options.held_in)(*contents[options.held_in])
    client = lab.mp.Process(target=measure, name="client", args=(managed, shared, options, lab))
    client.start()
    client.join()


def calls(held: Any, options: Options) -> list[Callable[[], object]]:
    """Return what is called for one item and, but for a Value, for a batch."""
    writes, n = options.operation == "write", options.batch
    if options.held_in == "Value":
        return [partial(setattr, held, "value", 7) if writes else partial(getattr, held, "value")]
    one = partial(setitem, held, 0, 7) if writes else partial(getitem, held, 0)
    if hasattr(held, "update"):  # a dict
        return [one, partial(held.update, dict.fromkeys(range(n), 7)) if writes else held.copy]
    numbers = array("q", [7]) * n if options.held_in == "Array" else [7] * n
    return [one, partial(setitem, held, slice(0, n), numbers) if writes else partial(getitem, held, slice(0, n))]


def measure(managed: Any, shared: Any, options: Options, lab: Lab) -> None:
    """The client: give each way its turn, round after round."""
    ways = [*calls(managed, options), *calls(shared, options)]
    names = WAYS if len(ways) == len(WAYS) else WAYS[::2]
    rounds: list[dict[str, float]] = []
    for burst in lab.bursts():
        while burst.going() and len(rounds) <= options.rounds and not lab.stopping:
            rates = {}
            for name, call in zip(names, ways, strict=True):
                rate = timed(call, AT_ONCE if name == "shared" else 1, lab if name == "managed" and rounds else None)
                rates[name] = rate * options.batch if "batches" in name else rate
                if rounds:  # the first round is there to warm up
                    lab.record(name, rates[name])
            rounds.append(rates)
        lab.progress(len(rounds) - 1, options.rounds)
        if len(rounds) > 1:
            report_speed(lab, options, rounds[1:])
        if len(rounds) > options.rounds:
            break


def timed(call: Callable[[], object], at_once: int, lab: Lab | None) -> float:
    """Return how often a second something can be called; record each call's duration where there is a lab."""
    made = busy = 0
    while busy < WINDOW:
        began = perf_counter_ns()
        for _ in range(at_once):
            call()
        took = perf_counter_ns() - began
        busy += took
        made += at_once
        if lab is not None:
            lab.record("managed call", took / 1e9)
    return made / busy * 1e9


def report_speed(lab: Lab, options: Options, rounds: Sequence[dict[str, float]]) -> None:
    """State how many times as fast one way is as another, in the same round, with the spread over the rounds."""
    does = "Writing" if options.operation == "write" else "Reading"
    n, managed = thousands(options.batch), f"the managed {options.held_in}"
    shared = "a shared Value" if options.held_in == "Value" else "a shared Array"
    for fast, slow, sentence in (
        ("shared", "managed", f"{does} one item takes {{}} times as long with {managed} as with {shared}."),
        ("shared in batches", "managed in batches", f"In batches of {n} it takes {{}} times as long."),
        ("managed in batches", "managed", f"With {n} items a call {managed} moves {{}} times as many a second."),
    ):
        if fast in rounds[0]:
            ratios = sorted(one[fast] / one[slow] for one in rounds)
            low, half, high = (three(ratios[len(ratios) * part // 4]) for part in (1, 2, 3))
            rates = {name: sorted(one[name] for one in rounds)[len(rounds) // 2] for name in (slow, fast)}
            costs = ", ".join(f"{name} {measured(1 / rate, 's')}" for name, rate in rates.items())
            lab.finding("info", sentence.format(half), f"median of n = {thousands(len(rounds))} rounds, "
                        f"half of them between {low} and {high}; an item: {costs}", key=sentence)  # fmt: skip
