"""Two workers where there are no bells, so that who stands at the gate has to look: for tests, no part of the lab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ipclab import bell

if TYPE_CHECKING:
    from ipclab.lab import Lab

bell.made = lambda path, place: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """None."""


def work(queue: Any) -> None:
    """Put three things."""
    for number in range(3):
        queue.put(number)


def run(lab: Lab, options: Options) -> None:
    """Get what two workers put."""
    queue = lab.mp.Queue()
    workers = [lab.mp.Process(target=work, name=f"worker {number}", args=(queue,)) for number in (1, 2)]
    for worker in workers:
        worker.start()
    lab.show("sum", sum(queue.get() for _ in range(6)))
    for worker in workers:
        worker.join()
