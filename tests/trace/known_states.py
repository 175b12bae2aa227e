"""Channels, locks and an Array whose true states are known at many moments: who works with them prints each.

A line is a moment of `time.perf_counter_ns`, a word that says of what, and JSON that says how it is then.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipclab.lab import Lab

CELLS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How many steps main makes on each thing, and how often each worker takes each lock."""

    steps: int = 200
    turns: int = 40


def say(about: str, state: object) -> None:
    """Print how something is now: after its last change, before its next."""
    print(perf_counter_ns(), about, json.dumps(state))


def take_turns(locks: dict[str, Any], turns: int, seed: int) -> None:
    """Take the locks, each in its turn; say so while it is had."""
    chance = random.Random(seed)
    for _ in range(turns):
        name = chance.choice(sorted(locks))
        with locks[name]:
            say(name, 1)
            if name == "RLock":
                with locks[name]:
                    say(name, 2)
                say(name, 1)


def put_and_get(about: str, put: Any, get: Any, chance: random.Random, options: Options) -> None:
    """Put and get in an order left to chance; say after each what lies in it, the oldest first."""
    inside: list[int] = []
    for number in range(options.steps):
        if (inside and chance.random() < 0.45) or len(inside) == 12:
            assert get() == inside.pop(0)
        else:
            inside.append(number)
            put(number)
        say(about, inside)
    while inside:
        assert get() == inside.pop(0)


def run(lab: Lab, options: Options) -> None:
    """Work with each of them."""
    mp = lab.mp
    chance = random.Random(7)
    queue, simple, bounded = mp.Queue(), mp.SimpleQueue(), mp.Queue(12)
    reader, writer = mp.Pipe(duplex=False)
    left, right = mp.Pipe()
    put_and_get("Queue 1", queue.put, queue.get, chance, options)
    put_and_get("SimpleQueue 1", simple.put, simple.get, chance, options)
    put_and_get("Queue 2", bounded.put, bounded.get, chance, options)
    put_and_get("Pipe 1", writer.send, reader.recv, chance, options)
    put_and_get("Pipe 2", left.send, right.recv, chance, options)
    array = mp.Array("i", CELLS)
    cells = [0] * CELLS
    for number in range(CELLS):
        array[number] = 0
    for number in range(options.steps):
        place = chance.randrange(CELLS)
        array[place] = cells[place] = number
        say("Array 1", cells)
    locks = {"Lock": mp.Lock(), "RLock": mp.RLock(), "Semaphore": mp.Semaphore(2)}
    workers = [mp.Process(target=take_turns, args=(locks, options.turns, n), name=f"w{n}") for n in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    say("free", sorted(locks))
    for one in (queue, bounded):
        one.close()
        one.join_thread()
