"""Producers put messages into a queue, consumers take them out: what waits, where, and for how long."""

from __future__ import annotations

import math
import pickle
import reprlib
import sys
import threading
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, perf_counter_ns, sleep
from types import SimpleNamespace
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

from ipclab import clock
from ipclab.declarations import Help, Level, Processes, Range, Series, When
from ipclab.experiments.pipe import percentile
from ipclab.quantity import measured, spell_number, thousands

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from ipclab.lab import Lab

GROUP = "Messages"
ORDER = 2
QUESTION = "How do many processes hand their work to many others?"
SERIES = (
    Series("depth", "messages", plot="steps"),
    Series("put", "messages/s", group="rates"),
    Series("got", "messages/s", group="rates"),
    Series("put to get", "s", distribution=True),
)
STREAM: dict[str, Any] = {"traffic": "stream", "start_consumers": "with the producers", "end": "END message"}
MANY: dict[str, Any] = {"producers": 4, "consumers": 2, "count": 20_000}
SLOW: dict[str, Any] = {"put_rate": 2_000.0, "get_rate": 1_000.0, "count": 6_000}
LAMBDA: dict[str, Any] = {"unpicklable": "lambda", "count": 6, "put_rate": 100.0}
PRESETS: dict[str, dict[str, Any]] = {
    "Tutorial's squares": {},
    "empty() right after put()": {"ask_empty": True},
    "empty() is not the end": STREAM | {"end": "empty"},
    "Many at both ends": STREAM | MANY,
    "Many at a SimpleQueue": STREAM | MANY | {"queue": "SimpleQueue"},
    "Many at a JoinableQueue": STREAM | MANY | {"queue": "JoinableQueue"},
    "A slow consumer": STREAM | SLOW,
    "A slow consumer, bounded": STREAM | SLOW | {"maxsize": 100},
    "Join before draining": STREAM | {"start_consumers": "after the producers", "payload_size": 1_000},
    "Drain, then join": STREAM | {"payload_size": 1_000},
    "An object of a class": STREAM | {"payload": "object"},
    "One that cannot be pickled": STREAM | LAMBDA,
    "One that cannot be pickled, and the end": STREAM | LAMBDA | {"put_rate": None},
    "One that cannot be pickled, SimpleQueue": STREAM | LAMBDA | {"queue": "SimpleQueue"},
    "One that cannot be pickled, JoinableQueue": STREAM | LAMBDA | {"queue": "JoinableQueue"},
}
WATCHED = TUTORIAL = When(traffic="tutorial")
STREAMED = When(traffic="stream")
BOUNDED = When(queue=("Queue", "JoinableQueue"))
RATE = Range(0.1, 100_000)
END = "END"
INTERVAL = 0.01  # s between two looks at the workers
ASKED = 200  # times that a producer asks empty() after a put()
WINDOW = 0.05  # s over which one sample of a rate is taken


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may tweak."""

    queue: Annotated[
        Literal["Queue", "JoinableQueue", "SimpleQueue"],
        Help("A thread writes what was put; the same, and it counts what is done; or put() writes it itself"),
    ] = "Queue"
    maxsize: Annotated[int, Range(0, 30_000), BOUNDED, Help("Messages from which on put() waits; 0 for no bound")] = 0
    traffic: Annotated[Literal["tutorial", "stream"], Help("A few squares, or a stream of messages")] = "tutorial"
    numbers: Annotated[tuple[int, ...], Range(-(10**9), 10**9), TUTORIAL, Help("What is squared")] = (1, 2, 3, 4)
    producers: Annotated[int, Range(1, 16), Processes(), STREAMED, Help("Processes that put")] = 1
    consumers: Annotated[int, Range(1, 16), Processes(), STREAMED, Help("Processes that get")] = 1
    count: Annotated[int, Range(1, 1_000_000, log=True), STREAMED, Help("Messages that each producer puts")] = 1_000
    payload: Annotated[
        Literal["bytes", "list", "object", "function"], STREAMED,
        Help("What each message carries: anything that pickles; a function goes as its name"),
    ] = "bytes"  # fmt: skip
    payload_size: Annotated[
        int, Range(0, 2**22, "B", log=True), When(traffic="stream", payload=("bytes", "list")),
        Help("Size of the payload; of a list about that, when pickled"),
    ] = 64  # fmt: skip
    unpicklable: Annotated[
        Literal["none", "lambda", "generator", "open file", "lock"], When(traffic="stream", maxsize=0),
        Help("Let each producer, half-way, put an object that cannot be pickled"),
    ] = "none"  # fmt: skip
    put_rate: Annotated[float | None, RATE, STREAMED, Help("Messages a second that each producer puts")] = None
    get_rate: Annotated[float | None, RATE, STREAMED, Help("Messages a second that each consumer gets at most")] = None
    start_consumers: Annotated[
        Literal["after the producers", "with the producers"],
        Help("When the consumers start: once main has joined the producers, or together with them"),
    ] = "after the producers"
    end: Annotated[Literal["empty", "END message"], Help("A consumer ends when empty() is True, or at END")] = "empty"
    ask_empty: Annotated[bool, Help("First ask empty() after each put() into a queue of a producer's own")] = False
    patience: Annotated[float, Range(0.1, 60, "s"), Help("How long nothing may move until main helps")] = 1.0


def check(options: Options) -> dict[str, str]:
    """Return what makes no sense, by field: to rest between two messages for longer than main has patience."""
    rates = [options.put_rate] if options.start_consumers == "after the producers" else []
    rates += [options.get_rate] if options.end == "empty" else []
    rest = max((1 / rate for rate in rates if rate), default=0.0)
    text = f"It has to be longer than the rest between two messages: here {measured(rest, 's')}."
    return {} if options.patience > rest else {"patience": text}


class Desk(NamedTuple):
    """What the processes have done: shared arrays with a place for each, so that no two write the same."""

    put: Any  # messages for which put() has returned, by producer
    got: Any  # messages taken, by consumer; the last place is main's


class Main:
    """The main program's side: it has the queue and the workers, looks on, and helps where nothing moves."""

    def __init__(self, lab: Lab, options: Options) -> None:
        self.lab, self.options = lab, options
        limit = () if options.queue == "SimpleQueue" else (options.maxsize,)
        self.q: Any = getattr(lab.mp, options.queue)(*limit)
        producers, consumers = options.producers, options.consumers  # one each in the tutorial
        each = len(options.numbers) if options.traffic == "tutorial" else options.count
        self.total = producers * (each + (options.unpicklable != "none"))
        self.desk = Desk(*(lab.mp.Array("q", size, lock=False) for size in (producers, consumers + 1)))
        self.gates: dict[BaseProcess, tuple[Connection, Connection]] = {}
        self.producers = [self._worker(produce, "producer", number) for number in range(producers)]
        self.consumers = [self._worker(consume, "consumer", number) for number in range(consumers)]
        self.joined_first = False  # no consumer was started before all producers had ended
        self._rates = monotonic(), 0, 0

    def _worker(self, target: Callable[..., None], role: str, number: int) -> BaseProcess:
        gate = self.lab.mp.Pipe()
        arguments = (number, self.q, gate[1], self.desk, self.options, self.lab)
        worker = self.lab.mp.Process(target=target, name=f"{role} {number + 1}", args=arguments)
        self.gates[worker] = gate
        return worker

    def start(self, workers: Sequence[BaseProcess]) -> None:
        """Start some workers, compare their clocks with main's, and let them all go."""
        for worker in workers:
            worker.start()
            self.gates[worker][1].close()
        with suppress(EOFError, OSError):  # one was killed, and the run has failed
            apart = max(clock.difference(self.gates[worker][0]) for worker in workers)
            for worker in workers:
                clock.tell(self.gates[worker][0], f"clocks agree with main's to within {measured(apart / 1e9, 's')}")

    def look(self) -> None:
        """Record how deep the queue is and how fast it is filled and emptied."""
        put, got, now = sum(self.desk.put), sum(self.desk.got), monotonic()
        self.lab.record("depth", max(put - got, 0))  # a message may be taken and counted before its put() returns
        self.lab.progress(got, self.total)
        since, put_then, got_then = self._rates
        if now - since >= WINDOW:
            self.lab.record("put", (put - put_then) / (now - since))
            self.lab.record("got", (got - got_then) / (now - since))
            self._rates = now, put, got

    def join(self, workers: Sequence[BaseProcess], patience: float = math.inf) -> bool:
        """Wait until these have ended; False: the run is to stop, the consumers have gone, or nothing moved so long."""
        moved, since = (0, 0), monotonic()
        while living := alive(workers):
            self.look()
            now, counts = monotonic(), (sum(self.desk.put), sum(self.desk.got))
            if counts != moved:
                moved, since = counts, now
            gone = self.consumers[0].pid is not None and not alive(self.consumers)
            if self.lab.stopping or gone or now - since >= patience:
                return False
            living[0].join(INTERVAL)
        self.look()
        return True

    def drain(self) -> int:
        """Take out what is left, once all consumers have gone, so that the producers can end; return how much it was.

        Nobody else takes, and what a process has put is in the pipe once it has ended: here empty() can be trusted.
        """
        while True:
            living = alive(self.producers)  # asked first
            while not self.q.empty():
                self.desk.got[-1] += self.q.get() != END
                if self.options.queue == "JoinableQueue":
                    self.q.task_done()
            self.look()
            if not living:
                return int(self.desk.got[-1])
            living[0].join(INTERVAL)


def alive(workers: Sequence[BaseProcess]) -> list[BaseProcess]:
    """Return those that have started and not ended."""
    return [worker for worker in workers if worker.pid is not None and worker.is_alive()]


def still_alive(workers: Sequence[BaseProcess]) -> str:
    """Say who of them has not ended: "producer 1 is still alive"."""
    return ", ".join(one.name for one in alive(workers)) + (" are" if alive(workers)[1:] else " is") + " still alive"


def run(lab: Lab, options: Options) -> None:
    """Start producers and consumers, see them through to their end, and count what has arrived."""
    main = Main(lab, options)
    if options.start_consumers == "with the producers":
        main.start(main.producers + main.consumers)
        main.join(main.producers)
    else:
        main.start(main.producers)
        main.joined_first = main.join(main.producers, options.patience)
        if main.joined_first:
            main.start(main.consumers)
        elif not lab.stopping:
            start_late(main)
    if not alive(main.producers) or lab.stopping:
        see_consumers_off(main)
    left = main.drain()
    report(main, sum(main.desk.put), sum(main.desk.got) - left, left)
    if options.queue == "JoinableQueue" and not lab.stopping:
        join_tasks(main, sum(main.desk.put) - sum(main.desk.got))


def start_late(main: Main) -> None:
    """Say that the producers do not end while nobody takes anything; then start the consumers, and they do."""
    put = f"{thousands(sum(main.desk.put))} of {thousands(main.total)} messages put, 0 taken"
    main.lab.finding("bad", f"main's join() has not returned: {still_alive(main.producers)}, and nothing "
                     f"was put for {spell_number(main.options.patience, 's')}.", put)  # fmt: skip
    began = perf_counter_ns()
    main.start(main.consumers)
    if main.join(main.producers):
        took = measured((perf_counter_ns() - began) / 1e9, "s")
        main.lab.finding("ok", f"main has started the consumers, and {took} later the producers had ended.")


def see_consumers_off(main: Main) -> None:
    """Tell the consumers that nothing more will come; say which of them has waited for something that never came."""
    lab, ends, patience = main.lab, main.options.end == "END message", main.options.patience
    if lab.stopping:
        ends = main.q.empty()  # else there is enough for them to get, and then they see that they are to stop
    for _ in main.consumers if ends else ():
        main.q.put(END)
    if lab.stopping:
        for worker in alive(main.consumers):
            worker.join()
        return
    main.join(main.consumers, math.inf if ends else patience)
    if (stuck := alive(main.consumers)) and not lab.stopping:
        lab.finding("bad", f"{still_alive(stuck)}, and nothing was taken for {spell_number(patience, 's')}.",
                    "all was put; empty() told of a message, another took it; main puts an END for each")  # fmt: skip
        for _ in stuck:
            main.q.put(END)
        main.join(main.consumers)


def report(main: Main, put: int, got: int, left: int) -> None:
    """State what of that which was put has been taken, and by whom."""
    lab, options, lost = main.lab, main.options, put - got - left
    level: Level = "info" if lost else "ok"
    text, evidence = ", then END", "main puts END once it has joined all producers"
    if lab.stopping:
        level, text, evidence = "info", " before the run was stopped", ""
    elif left:
        level, text = "bad", "; then empty() said True, and more was to come"
        evidence = f"main has taken out the other {thousands(left)}, so that the producers could end"
    elif options.end == "empty" and main.joined_first:
        text, evidence = ", then empty() said True", "the producers had ended: what they had put was in the pipe"
    elif options.end == "empty":
        level, text, evidence = "warning", "; empty() was not True too early this time", "nothing forbids it"
    lab.finding(level, f"{thousands(got)} of {thousands(put)} messages taken{text}.", evidence)
    if lost and options.unpicklable != "none" and not lab.stopping:
        after = f"; {thousands(lost - options.producers)} were put after it" if lost > options.producers else ""
        lab.finding("bad", f"{thousands(lost)} never arrived, though put() had returned: each producer's "
                    f"{options.unpicklable} cannot be pickled{after}.",
                    "its feeder thread pickles, and prints a traceback; in a process that is about to end it prints "
                    "nothing, and what was put later is lost too")  # fmt: skip


def join_tasks(main: Main, lost: int) -> None:
    """Wait in the queue's own join(), which returns once task_done() was called for each put()."""
    waiter = threading.Thread(target=main.q.join, daemon=True)  # it takes no timeout
    waiter.start()
    until = monotonic() + main.options.patience
    while waiter.is_alive() and monotonic() < until and not main.lab.stopping:
        waiter.join(INTERVAL)
    if waiter.is_alive() and not main.lab.stopping:
        main.lab.finding("bad", f"The queue's join() does not return: {thousands(lost)} task_done() missing.",
                         "put() counts what is put, arriving or not; main calls task_done() for it")  # fmt: skip
        for _ in range(lost):
            main.q.task_done()
        waiter.join()
    if not waiter.is_alive():
        main.lab.finding("ok", "The queue's join() has returned: task_done() was called for each put().")


def produce(number: int, q: Any, gate: Connection, desk: Desk, options: Options, lab: Lab) -> None:
    """Put every message; that put() has returned does not say that anything is in the pipe."""
    clock.answer(gate)
    if options.ask_empty and number == 0:
        ask_empty(getattr(lab.mp, options.queue)(), lab)
    began = perf_counter_ns()
    for sent, message in enumerate(messages(number, options, lab), 1):
        try:
            q.put(message)
            desk.put[number] += 1
        except (AttributeError, RuntimeError, TypeError, pickle.PicklingError) as error:  # a SimpleQueue: at once
            text = f"put() of a {options.unpicklable} raised {type(error).__name__} in producer {number + 1}."
            lab.finding("warning", text, str(error))
        keep_rate(options.put_rate, sent, began, lab)
        if lab.stopping:
            break
    lab.show("put", desk.put[number])


def messages(number: int, options: Options, lab: Lab) -> Iterator[object]:
    """Yield what a producer is to put: squares; or its number, the time and a payload."""
    if options.traffic == "tutorial":
        yield from (each * each for each in options.numbers)
        return
    payload = payload_of(options.payload, options.payload_size)
    for count in range(options.count):
        yield number, perf_counter_ns(), payload
        if count == (options.count - 1) // 2 and options.unpicklable != "none":
            kinds = {"lambda": lambda: None, "generator": (_ for _ in ()), "open file": sys.stdout}
            yield kinds.get(options.unpicklable) or lab.mp.Lock()


def payload_of(kind: str, size: int) -> object:
    """Return what each message carries."""
    numbers = [0.0] * (size // 9)  # 9 B each, pickled
    return {"list": numbers, "object": SimpleNamespace(subject="hello", lines=2), "function": math.sqrt}.get(
        kind, bytes(size)
    )


def ask_empty(own: Any, lab: Lab) -> None:
    """Put one message at a time into a queue that nobody else has, and ask empty() until it is False."""
    wrong, longest = 0, 0
    for _ in range(ASKED):
        own.put(None)
        returned, said = perf_counter_ns(), own.empty()
        while own.empty() and not lab.stopping:
            pass
        wrong, longest = wrong + said, max(longest, perf_counter_ns() - returned if said else 0)
        own.get()
    text = f"After {wrong or 'none'} of {ASKED} put() empty() said True"
    text += f", for up to {measured(longest / 1e9, 's')}." if wrong else "."
    lab.finding("bad" if wrong else "info", text, "one message in it each time, and nobody else has that queue")


def keep_rate(rate: float | None, done: int, began: int, lab: Lab) -> None:
    """Rest until it is time for the next message, but no longer than the run goes on."""
    while rate and (left := done / rate - (perf_counter_ns() - began) / 1e9) > 0 and not lab.stopping:
        sleep(min(left, 0.05))


def consume(number: int, q: Any, gate: Connection, desk: Desk, options: Options, lab: Lab) -> None:
    """Take messages until the end; print the squares, or time the messages and look at their order."""
    clocks, began, late, newest, message = clock.answer(gate), perf_counter_ns(), 0, 0, None
    tally: dict[int, int] = defaultdict(int)  # ns, to a thousandth: how many messages took so long
    for message in taken(number, q, desk, options):
        if options.traffic == "tutorial":
            print(message)
        else:
            took = perf_counter_ns() - message[1]
            lab.record("put to get", took / 1e9)
            tally[took >> (shift := max(took.bit_length() - 10, 0)) << shift] += 1
            late += message[1] < newest
            newest = max(newest, message[1])
        keep_rate(options.get_rate, desk.got[number], began, lab)
        if lab.stopping:
            break
    lab.show("got", got := desk.got[number])
    if options.traffic == "tutorial":
        print("Queue is now empty!" if options.end == "empty" else "Got END")
    elif message is not None:
        lab.show("last payload", reprlib.repr(message[2]))
        p50, p99 = (measured(percentile(tally, share) / 1e9, "s") for share in (0.5, 0.99))
        lab.finding("info", f"consumer {number + 1}: from put to get {p50} (p50), {p99} (p99); {thousands(late)} of "
                    f"{thousands(got)} messages came after one that was put later.",
                    f"timed from just before put() on; {clocks}")  # fmt: skip


def taken(number: int, q: Any, desk: Desk, options: Options) -> Iterator[Any]:
    """Yield what comes out of the queue, until empty() says True, or END comes."""
    message: object = None
    while message != END and not (options.end == "empty" and q.empty()):
        message = q.get()
        if message != END:
            desk.got[number] += 1
            yield message
        if options.queue == "JoinableQueue":
            q.task_done()
