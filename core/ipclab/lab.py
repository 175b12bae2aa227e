"""What an experiment may say to the lab. Its messages it need not say: they are ordinary multiprocessing code."""

from __future__ import annotations

import mmap
import multiprocessing
import os
import time
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from ipclab import outputs, recorder
from ipclab.declarations import LEVELS, Level
from ipclab.gate import CONTROL, STOPPING

if TYPE_CHECKING:
    import random
    import sys
    from multiprocessing.context import SpawnContext
    from multiprocessing.process import BaseProcess

    if sys.platform == "win32":
        Context = SpawnContext
    else:
        from multiprocessing.context import ForkContext, ForkServerContext

        Context = SpawnContext | ForkContext | ForkServerContext

BURST = 200_000_000  # ns of measuring; drawing between bursts left p50 and p99.9 of a round trip where they were
GAP = 0.030  # s in which results are sent and drawn


class Burst:
    """A stretch of measuring."""

    __slots__ = ("_until",)

    def __init__(self, until: int) -> None:
        self._until = until

    def going(self) -> bool:
        """Tell whether to go on measuring; about 60 ns."""
        return time.perf_counter_ns() < self._until


class Lab:
    """One process's way to the lab. Pass it to a Process as an argument: there it speaks for that process.

    Nothing here waits for anybody, but `bursts` between two bursts. Any thread may call it.
    """

    def __init__(self, start_method: str, seed: int) -> None:
        if recorder.current is None:
            raise RuntimeError("a Lab can be made only in a process that the lab started")
        self.start_method = start_method
        self.seed = seed
        self._recorder = recorder.current
        self._writers = self._recorder.writers

    def __reduce__(self) -> tuple[type[Lab], tuple[str, int]]:
        return Lab, (self.start_method, self.seed)

    @property
    def mp(self) -> Context:
        """The plain multiprocessing context of the start method chosen for the run."""
        return multiprocessing.get_context(self.start_method)  # type: ignore[return-value]  # typed as their ancestor

    @cached_property
    def run_name(self) -> str:
        """What names of this run begin with; shared memory called "NAME-..." is removed after it, whoever forgot to.

        21 characters at most with its "/" (macOS takes 31); only Linux can list such names, and remove them.
        """
        return outputs.run_name(self._recorder.folder)

    @cached_property
    def random(self) -> random.Random:
        """Random numbers that are the same in every run of one seed, and others in every process of it."""
        import random

        return random.Random(f"{self.seed} {multiprocessing.current_process().name}")

    def record(self, series: str, value: float) -> None:
        """Record one sample of a series that the experiment declares, in its unit, now; not in a signal handler.

        Under 1 us.
        """
        writer = self._writers.get(series)
        if writer is None:
            writer = self._recorder.writer(series)
        writer(value)

    def progress(self, done: float, of: float) -> None:
        """Say how far this process is; the run's progress is the sum over the processes that say."""
        self._recorder.life.progress(done, of)

    def show(self, name: str, value: object) -> None:
        """Show a variable on this process's card: its latest value."""
        self._recorder.life.show(name, value)

    def finding(self, level: Level, text: str, evidence: str = "", *, key: str | None = None) -> None:
        """State what the run has found.

        Args:
            level: "info", "ok", "warning" or "bad".
            text: a plain sentence: subject, what happened, number.
            evidence: what it rests on, with its n.
            key: a later finding with the same key replaces this one ("so far").
        """
        if level not in LEVELS:
            raise ValueError(f"a finding's level is one of {', '.join(LEVELS)}, not {level!r}")
        self._recorder.life.event("finding", level=level, text=text, evidence=evidence, key=key or text)

    def expects_death(self, process: BaseProcess) -> None:
        """Say that a worker is about to end by a signal or with an exit code, and that this is no failure."""
        self._recorder.life.event("expects", pid=process.pid)

    @cached_property
    def _control(self) -> mmap.mmap:
        with open(os.path.join(self._recorder.folder, CONTROL), "rb") as file:
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)

    @property
    def stopping(self) -> bool:
        """True once the run is to end: return soon, or be ended."""
        return self._control[STOPPING] != 0

    def bursts(self) -> Iterator[Burst]:
        """Yield bursts of 200 ms to measure in, each followed by a gap of 30 ms, until the run is stopped.

            for burst in lab.bursts():
                while burst.going():
                    ...

        In the gaps results are sent and graphs are drawn, whether anybody looks or not: looking changes no figure.
        """
        life = self._recorder.life
        control = os.path.join(self._recorder.folder, CONTROL)
        try:
            while not self.stopping:
                until = time.perf_counter_ns() + BURST
                life.burst(until - self._recorder.origin)
                yield Burst(until)
                life.burst(0)
                life.event("gap", seconds=GAP)
                os.utime(control)  # wakes the runner, which watches the folder
                time.sleep(GAP)
        finally:
            life.burst(0)
