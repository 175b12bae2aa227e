"""Producers, consumers, one channel between them, as an experiment: what the tests of watching know the truth of.

Every message is alike in its first 200 bytes; who sent it, and as which, stands behind. So only what came when tells
one from another. Each process says at its end what it has sent or taken, in order.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipclab.lab import Lab

PADDING = "." * 200
END = "END"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which channel, how many at each end, how many messages of each producer; `telling` puts the name in front."""

    kind: str = "Queue"
    producers: int = 1
    consumers: int = 1
    count: int = 200
    locked: bool = True
    telling: bool = False


def produce(put: Any, lock: Any, name: str, options: Options) -> None:
    """Send messages."""
    for number in range(options.count):
        text = f"{name}:{number}:" if options.telling else f"{PADDING}:{name}:{number}:"
        with lock:
            put(text)


def consume(get: Any, lock: Any, again: Any, options: Options) -> None:
    """Take messages until END, which goes back for the next consumer; print whose they were."""
    taken = []
    while True:
        with lock:
            text = get()
        if text == END:
            break
        taken.append(":".join(text.split(":")[-3:-1]))
    again(END)
    print(*taken, sep="\n")


def run(lab: Lab, options: Options) -> None:
    """Let producers and consumers exchange their messages."""
    mp = lab.mp
    if options.kind == "Pipe":
        receiver, sender = mp.Pipe(duplex=False)
        put, get = sender.send, receiver.recv
    elif options.kind == "duplex":
        sender, receiver = mp.Pipe()
        put, get = sender.send, receiver.recv
    else:
        queue = getattr(mp, options.kind)()
        put, get = queue.put, queue.get
    at_put, at_get = (mp.Lock() if options.locked else nullcontext() for _ in range(2))
    producers = [mp.Process(target=produce, args=(put, at_put, f"p{number}", options), name=f"p{number}")
                 for number in range(options.producers)]  # fmt: skip
    consumers = [mp.Process(target=consume, args=(get, at_get, put, options), name=f"c{number}")
                 for number in range(options.consumers)]  # fmt: skip
    for process in (*producers, *consumers):
        process.start()
    for process in producers:
        process.join()
    put(END)
    for process in consumers:
        process.join()
