"""Two processes, one pipe, an end for each. One sends until it has said END; the other receives."""

from __future__ import annotations

import math
import os
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from time import perf_counter_ns
from typing import TYPE_CHECKING, Annotated, Literal

from ipclab.declarations import Help, Range, Series, When
from ipclab.quantity import measured, spell_number, thousands

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from ipclab.lab import Lab

GROUP = "Messages"
ORDER = 1
QUESTION = "How do two processes talk to each other?"
SERIES = (
    Series("round trip", "s", distribution=True),
    Series("rate", "messages/s"),
    Series("throughput", "MiB/s"),
)
WATCHED = When(traffic="tutorial")
BURSTS = When(traffic="there and back")
PRESETS = {
    "Tutorial's messages": {},
    "Round trips": {"traffic": "there and back", "count": 100_000},
    "Round trips on one core": {"traffic": "there and back", "count": 100_000, "cores": "one core"},
    "A stream": {"traffic": "one way", "count": 300_000},
    "A stream of large messages": {"traffic": "one way", "count": 2_000, "payload_size": 2**20},
    "End of file": {"end": "close"},
    "A forgotten end": {"end": "forgotten end"},
}

END = "END"
WARM_UP = 100  # round trips before the first that counts
WINDOW = 20_000_000  # ns over which one sample of the rate is taken

ONE_WAY = ("tutorial", "one way")
COUNTED = ("one way", "there and back")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may tweak."""

    traffic: Annotated[
        Literal["tutorial", "one way", "there and back"],
        Help("A few texts, a stream of messages, or each message sent back and its round trip timed"),
    ] = "tutorial"
    messages: Annotated[tuple[str, ...], When(traffic="tutorial"), Help("What is sent before END")] = (
        "hello", "hey", "hru?",
    )  # fmt: skip
    count: Annotated[int, Range(1, 10_000_000, log=True), When(traffic=COUNTED), Help("Messages to send")] = 1_000
    payload_size: Annotated[
        int, Range(0, 2**24, "B", log=True), When(traffic=COUNTED), Help("Size of one message, before pickling")
    ] = 64
    pause: Annotated[float, Range(0, 10, "s"), When(traffic=ONE_WAY), Help("Rest between two messages")] = 0.0
    end: Annotated[
        Literal["END message", "close", "forgotten end"],
        When(traffic=ONE_WAY),
        Help(
            "What tells the receiver that it is over: END, or the end of file, which comes once all have closed the end"
        ),
    ] = "END message"
    patience: Annotated[
        float, Range(0.1, 10, "s"), When(traffic=ONE_WAY, end="forgotten end"),
        Help("How long main waits before it closes the end that it forgot"),
    ] = 1.0  # fmt: skip
    duplex: Annotated[
        bool, When(traffic=ONE_WAY), Help("Both ends can send and receive (a socket pair), or one each (a pipe)")
    ] = True
    cores: Annotated[
        Literal["any", "one core", "two cores"],
        When(traffic="there and back"),
        Help("Where the two ends run: where the system puts them, both on one core, or one each on two"),
    ] = "any"


def run(lab: Lab, options: Options) -> None:
    """Make the pipe, give an end to each of two processes, and see them through to their end."""
    if options.traffic == "there and back":
        there_and_back(lab, options)
    else:
        one_way(lab, options)


# One way: a sender, a receiver, and three ways to an end.


def one_way(lab: Lab, options: Options) -> None:
    """Start both; close main's copy of the sending end, or forget it."""
    receiving, sending = lab.mp.Pipe(options.duplex)
    if options.traffic == "tutorial":
        send, receive = send_messages, receive_messages
    else:
        send, receive = send_stream, receive_stream
    sender = lab.mp.Process(target=send, name="sender", args=(sending, options, lab))
    receiver = lab.mp.Process(target=receive, name="receiver", args=(receiving, sending, options, lab))
    sender.start()
    receiver.start()
    if options.end == "close":
        sending.close()
    elif options.end == "forgotten end":
        sender.join()
        remember(sending, receiver, options.patience, lab)
    sender.join()
    receiver.join()


def remember(sending: Connection, receiver: BaseProcess, patience: float, lab: Lab) -> None:
    """Wait for an end of file that does not come; then close the end that main forgot."""
    until = time.monotonic() + patience
    while receiver.is_alive() and not lab.stopping and time.monotonic() < until:
        receiver.join(0.05)
    waits = receiver.is_alive() and not lab.stopping
    if waits:
        lab.finding("bad", f"No end of file within {measured(patience, 's')}: main still holds the sending end.",
                    "the sender has closed its own and ended; the receiver is still there")  # fmt: skip
    began = perf_counter_ns()
    sending.close()
    receiver.join()
    took = measured((perf_counter_ns() - began) / 1e9, "s")
    if waits:
        lab.finding("ok", "main closed it, and the end of file was there.", f"{took} later the receiver had ended")


def finish(sending: Connection, options: Options) -> None:
    """Say that nothing more will come."""
    if options.end == "END message":
        sending.send(END)
    sending.close()


def incoming(receiving: Connection) -> Iterator[object]:
    """Yield what comes, until it is END or the last that held the other end has closed it."""
    try:
        while (message := receiving.recv()) != END:
            yield message
    except EOFError:
        pass


def send_messages(sending: Connection, options: Options, lab: Lab) -> None:
    """The tutorial's sender: send each message, then END."""
    for number, message in enumerate(options.messages, 1):
        sending.send(message)
        print(f"Sent: {message}")
        lab.show("sent", number)
        if number < len(options.messages):
            rest(options.pause, lab)
        if lab.stopping:
            break
    finish(sending, options)
    print("Sent: END" if options.end == "END message" else "Closed the sending end")


def receive_messages(receiving: Connection, sending: Connection, options: Options, lab: Lab) -> None:
    """The tutorial's receiver: print what comes, until END."""
    sending.close()  # the sender's; a forked process has inherited it, and would wait for itself
    received = []
    for message in incoming(receiving):
        print(f"Received: {message}")
        received.append(message)
        lab.show("received", received)
    count_up(len(received), len(options.messages), options, lab)


def send_stream(sending: Connection, options: Options, lab: Lab) -> None:
    """Send one payload again and again."""
    payload = bytes(options.payload_size)
    sent = 0
    while sent < options.count and not lab.stopping:
        sending.send(payload)
        sent += 1
        if options.pause and sent < options.count:
            rest(options.pause, lab)
    lab.show("sent", sent)
    finish(sending, options)


def receive_stream(receiving: Connection, sending: Connection, options: Options, lab: Lab) -> None:
    """Count what comes and how fast, from the first message on."""
    sending.close()  # as above
    received = counted = first = since = now = 0
    for _ in incoming(receiving):
        received += 1
        now = perf_counter_ns()
        if received == 1:
            first = since = now
            counted = 1
        elif now - since >= WINDOW or received == options.count:
            rate = (received - counted) / (now - since) * 1e9
            lab.record("rate", rate)
            lab.record("throughput", rate * options.payload_size / 2**20)
            lab.progress(received, options.count)
            counted, since = received, now
    lab.show("received", received)
    count_up(received, options.count, options, lab)
    if received > 1:
        rate = (received - 1) / (now - first) * 1e9
        size, through = spell_number(options.payload_size, "B"), measured(rate * options.payload_size, "B")
        lab.finding("info", f"{measured(rate, 'messages')} a second, {through} a second.",
                    f"n = {thousands(received)} of {size}, from the first to the last")  # fmt: skip


def count_up(received: int, meant: int, options: Options, lab: Lab) -> None:
    """State what of that which was to be sent has been received."""
    text = f"{thousands(received)} of {thousands(meant)} messages received"
    if received == meant:
        lab.finding("ok", f"{text}.", "then END" if options.end == "END message" else "then the end of file")
    elif lab.stopping:
        lab.finding("info", f"{text} before the run was stopped.")
    else:
        lab.finding("bad", f"{text}: one of them says END, and the receiver took it at its word.")


def rest(pause: float, lab: Lab) -> None:
    """Sleep, but no longer than the run goes on."""
    until = time.monotonic() + pause
    while (left := until - time.monotonic()) > 0 and not lab.stopping:
        time.sleep(min(left, 0.05))


# There and back: the sender times each round trip, the receiver sends back what it gets.


def there_and_back(lab: Lab, options: Options) -> None:
    """Start both, each on the core that was chosen for it."""
    left, right = lab.mp.Pipe()
    here, there, where = places(options.cores)
    sender = lab.mp.Process(target=send_and_wait, name="sender", args=(left, here, where, options, lab))
    receiver = lab.mp.Process(target=send_back, name="receiver", args=(right, there))
    sender.start()
    receiver.start()
    sender.join()
    receiver.join()


def send_and_wait(end: Connection, core: int | None, where: str, options: Options, lab: Lab) -> None:
    """Send a message, wait until it is back, and record how long that took."""
    stay_on(core)
    payload = bytes(options.payload_size)
    tally: dict[int, int] = defaultdict(int)  # nanoseconds: how many round trips took so long
    done = -WARM_UP
    for burst in lab.bursts():
        while done < options.count and burst.going():
            began = perf_counter_ns()
            end.send(payload)
            end.recv()
            took = perf_counter_ns() - began
            done += 1
            if done > 0:
                lab.record("round trip", took / 1e9)
                tally[took] += 1
        lab.progress(max(done, 0), options.count)
        if done > 0:
            p50, p99 = (measured(percentile(tally, share) / 1e9, "s") for share in (0.5, 0.99))
            lab.finding("info", f"A round trip takes {p50} (p50), {p99} (p99).",
                        f"n = {thousands(done)} after {WARM_UP} to warm up, {where}", key="round trip")  # fmt: skip
        if done == options.count:
            break
    end.send(END)
    end.close()


def send_back(end: Connection, core: int | None) -> None:
    """Send back whatever comes, until END."""
    stay_on(core)
    for message in incoming(end):
        end.send(message)


def percentile(tally: dict[int, int], share: float) -> int:
    """Return the smallest value that at least this share of all are not above."""
    rank = math.ceil(share * sum(tally.values()))
    for value in sorted(tally):
        rank -= tally[value]
        if rank <= 0:
            return value
    raise ValueError("there is no percentile of nothing")


def places(cores: str) -> tuple[int | None, int | None, str]:
    """Return the core for each end, None for any, and in words where they run."""
    if sys.platform != "linux":
        return None, None, "this system lets no process choose its core"
    allowed = sorted(os.sched_getaffinity(0))
    if cores == "any":
        return None, None, f"each end free to move over {len(allowed)} cores"
    here, there = allowed[0], allowed[0] if cores == "one core" else allowed[-1]
    return here, there, f"both ends on core {here}" if here == there else f"ends on cores {here} and {there}"


def stay_on(core: int | None) -> None:
    """Keep this process on one core."""
    if sys.platform == "linux" and core is not None:
        os.sched_setaffinity(0, {core})
