"""Waits at ends of channels, as an experiment: of each it is known what ended it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipclab.lab import Lab

LARGE = 2**24  # bytes: more than any channel holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What main does, and whether its pipe is two-way."""

    how: str = "poll"
    duplex: bool = True


def take(end: Any) -> None:
    """Receive a message once it has begun to come."""
    end.poll(None)
    end.recv()


def give(end: Any, event: Any, seen: Any, how: str) -> None:
    """Send a word, and once an event is set let go of the end; end by itself, or once that was seen."""
    end.send("first")
    event.wait()
    if how == "close":
        end.close()
        seen.wait()
    os._exit(0)


def give_again(end: Any, event: Any) -> None:
    """Send a word each time an event is set."""
    for word in ("first", "second"):
        event.wait()
        event.clear()
        end.send(word)


def run(lab: Lab, options: Options) -> None:
    """Wait."""
    mp, how = lab.mp, options.how
    reader, writer = mp.Pipe(options.duplex)
    event, seen = mp.Event(), mp.Event()
    if how == "send":
        taker = mp.Process(target=take, args=(reader,), name="other")
        taker.start()
        writer.send(bytes(LARGE))
        taker.join()
        return
    if how in ("close", "end"):
        giver = mp.Process(target=give, args=(writer, event, seen, how), name="other")
        giver.start()
        writer.close()
        reader.recv()
        event.set()
        reader.poll(None)
        try:
            reader.recv()
        except EOFError:
            seen.set()
    else:
        giver = mp.Process(target=give_again, args=(writer, event), name="other")
        giver.start()
        silent, _other = mp.Pipe()
        for _ in range(2):
            event.set()
            if how == "poll":
                reader.poll(60)
            else:
                wait([silent, reader], 60)
            reader.recv()
        if how == "wait":
            wait([silent, giver.sentinel])
    giver.join()
