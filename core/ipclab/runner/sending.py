"""Batches to the window or the command line, by credit: nothing is sent that somebody would have to wait for."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from ipclab.runner.operations import OperationReader
from ipclab.runner.reading import OutputReader, SampleReader
from ipclab.runner.system import system
from ipclab.runner.typed_input import TypedInput

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

NEWS_SHARE = system.BATCH // 2  # bytes of a batch for what is not samples or output, about
LEAST = 512  # bytes below which no further part of a batch is begun


class Sender:
    """Holds what is news until there is credit for it. `send` never blocks: credit is what the Pipe holds by itself."""

    def __init__(self, connection: Connection[Any, Any]) -> None:
        self.connection = connection
        self.credit = system.CREDIT
        self.news: dict[tuple[object, ...], tuple[str, object]] = {}  # (what, of what): (key of the batch, item)

    def tell(self, key: str, item: object, *of: object) -> None:
        """Have an item of a list in a batch sent; a later one `of` the same replaces it while it is not sent yet."""
        self.news[(key, *of) if of else (key, len(self.news), id(item))] = (key, item)

    def tell_total(self, key: str, value: object) -> None:
        """Have the value of a key of a batch sent; a later one replaces it."""
        self.news[(key,)] = ("=" + key, value)

    def batch(
        self,
        seconds: float,
        outputs: Iterable[OutputReader | TypedInput],
        rings: Iterable[SampleReader],
        operations: Iterable[OperationReader] = (),
        *,
        last: bool,
    ) -> dict[str, object]:
        """Return the next batch of at most about `system.BATCH` bytes; it holds `time` alone where there is no news."""
        batch: dict[str, object] = {"time": seconds}
        room = system.BATCH - 2048
        for name in list(self.news):
            if room < system.BATCH - NEWS_SHARE:
                break
            key, item = self.news.pop(name)
            room -= len(repr(item))
            if key.startswith("="):
                batch[key[1:]] = item
            else:
                batch.setdefault(key, []).append(item)  # type: ignore[attr-defined]
        if "findings" in batch:  # processes are read one after the other; what they found is told in the order of time
            batch["findings"].sort(key=lambda finding: finding["seconds"])  # type: ignore[attr-defined]
        lines: list[tuple[int, str, float, str]] = []
        for output in outputs:
            if room < LEAST:
                break
            if output.waiting and output.owner.id >= 0:
                taken = output.take(max(room // 2, LEAST), last=last)
                lines += [(output.owner.id, output.stream, when, text) for when, text in taken]
                room -= sum(len(text) + 48 for _, text in taken)
        if lines:
            lines.sort(key=lambda line: line[2])
            batch["output"] = lines
        samples: list[tuple[int, str, bytes]] = []
        for ring in sorted(
            (ring for ring in rings if ring.waiting and ring.owner.id >= 0), key=lambda ring: -ring.waiting
        ):
            if room < LEAST:
                break
            data = ring.take(room)
            samples.append((ring.owner.id, ring.name, data))
            room -= len(data) + 64
        if samples:
            batch["samples"] = samples
        self._add_operations(batch, operations, room)
        return batch

    @staticmethod
    def _add_operations(batch: dict[str, object], operations: Iterable[OperationReader], room: int) -> None:
        """Add what fits: of every process its share first, so that none is far behind the others."""
        ready = [one for one in operations if one.waiting]
        began: list[tuple[int, int, bytes]] = []
        ended: list[tuple[int, int, bytes]] = []
        for left, one in zip(range(len(ready), 0, -1), sorted(ready, key=lambda one: one.waiting), strict=True):
            share = room // left
            while share > LEAST and (completed := one.take_completed()) is not None:
                ended.append((one.owner.pid, *completed))
                share, room = share - 160, room - 160
            if share > LEAST:
                first, data = one.take(share)
                if data:
                    began.append((one.owner.pid, first, data))
                    room -= len(data) + 64
        if began:
            batch["operations"] = began
        if ended:
            batch["completed"] = ended

    def send(self, batch: dict[str, object]) -> None:
        """Send a batch for one credit.

        Raises:
            OSError: nobody is there any more.
        """
        self.credit -= 1
        self.connection.send_bytes(pickle.dumps(batch, pickle.HIGHEST_PROTOCOL))
