"""Workers that do not want to end, as an experiment: what the engine's tests run."""

from __future__ import annotations

import ctypes
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from multiprocessing import Manager, shared_memory
from multiprocessing.connection import Listener
from multiprocessing.synchronize import Lock
from typing import Any

from ipclab.lab import Lab

KINDS = (
    "recv", "lock", "spin", "ignores SIGTERM", "holds the GIL", "grandchild", "session of its own", "shared memory",
    "manager", "stopped", "listener", "forks by hand", "crashes", "records",
)  # fmt: skip
SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Which workers there are, and what else is to happen."""

    kinds: tuple[str, ...] = ("recv",)
    main: str = "joins"  # or: raises, exits, leaves, is killed, spins, prints
    count: int = 0


def work(lab: Lab, kind: str, lock: Lock, receiver: Any) -> None:
    """Say that it is in position, then be stubborn."""
    if kind in ("ignores SIGTERM", "holds the GIL"):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if kind in ("shared memory", "forgets its block"):
        block = shared_memory.SharedMemory(create=True, size=4096)
        lab.show("block", block.name)
    if kind == "forks by hand" and os.fork() == 0:
        time.sleep(60)
    lab.show("in position", True)
    if kind == "recv":
        receiver.recv()
    elif kind == "lock":
        lock.acquire()
    elif kind == "spin":
        while True:
            pass
    elif kind == "holds the GIL":
        ctypes.PyDLL(None).sleep(60)
    elif kind == "grandchild":
        subprocess.Popen(SLEEPER).wait()
    elif kind == "session of its own":
        subprocess.Popen(SLEEPER, start_new_session=True).wait()
    elif kind == "manager":
        with Manager() as manager:
            manager.list([1])
            time.sleep(60)
    elif kind == "stopped":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif kind == "listener":
        Listener(family="AF_UNIX").accept()
    elif kind == "crashes":
        time.sleep(random.random() * 0.3)
        os.kill(os.getpid(), signal.SIGSEGV)
    elif kind == "raises":
        raise ValueError("a worker's own error")
    elif kind == "exits with 3":
        sys.exit(3)
    elif kind == "is terminated":
        time.sleep(60)
    elif kind == "records":
        n = 0
        while not lab.stopping:
            lab.record("count", n)
            n += 1
    elif kind == "counts":
        pass
    time.sleep(60 if kind not in ("counts", "forgets its block") else 0)


def count(lab: Lab, n: int) -> None:
    """Record the numbers below n, and end at once: nobody may lose the last of them."""
    for value in range(n):
        lab.record("count", value)
        if value % 1000 == 0:
            lab.progress(value, n)
    print("counted", n)
    os.kill(os.getpid(), signal.SIGKILL)


def run(lab: Lab, options: Options) -> None:
    """Start the workers, then do what the options ask of the main program."""
    if options.main == "dies making a lock":
        from multiprocessing import resource_tracker

        def die(name: str, kind: str) -> None:
            lab.show("semaphore", name)
            os.kill(os.getpid(), signal.SIGKILL)

        resource_tracker.register = die  # type: ignore[assignment]
    lock = lab.mp.Lock()
    lock.acquire()
    receiver, _sender = lab.mp.Pipe(duplex=False)
    workers = [
        lab.mp.Process(target=work, args=(lab, kind, lock, receiver), name=kind, daemon=kind != "manager")
        for kind in options.kinds
    ]
    for worker in workers:
        worker.start()
    if options.count:
        counter = lab.mp.Process(target=count, args=(lab, options.count), name="counter")
        counter.start()
        lab.expects_death(counter)
        counter.join()
    lab.show("started", len(workers))
    if options.main == "raises":
        raise RuntimeError("main's own error")
    if options.main == "exits":
        sys.exit(3)
    if options.main == "leaves":
        os._exit(0)
    if options.main == "terminates":
        for worker in workers:
            worker.terminate()
    if options.main == "prints":
        for n in range(200_000):
            print(f"line {n}")
    for worker in workers:
        worker.join()
