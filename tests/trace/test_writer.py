"""The writer and the runner's reader of one ring: over several turns of it, full, and interrupted."""

from __future__ import annotations

import gc
import signal
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ipclab import recorder
from ipclab.runner import operations
from ipclab.runner.operations import OperationReader
from ipclab.trace import record, writer

CAPACITY = 64
PLACE = 7


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give this process a recorder, and a small ring at its first operation."""
    monkeypatch.setattr(writer, "CAPACITY", CAPACITY)
    recorder.current = recorder.Recorder(str(tmp_path), 0)
    writer.ring.renew()
    yield
    writer.ring.renew()
    writer.ring._kept.clear()
    recorder.current = None
    gc.collect()  # what is mapped has a descriptor


class Reading:
    """A reader of the ring that was made last, and all that it has seen: by index."""

    def __init__(self, folder: Path) -> None:
        path = next(folder.glob("*.operations"))
        owner: Any = SimpleNamespace(pid=1, id=0)
        self.reader = OperationReader(str(path), owner, str(folder / "spill"), 2**20)
        self.seen: dict[int, tuple[Any, ...]] = {}
        self.order: list[int] = []

    def __call__(self) -> None:
        """Read all there is."""
        self.reader.look(ended=False)
        while True:
            first, data = self.reader.take(2**20)
            if not data:
                break
            for number, values in enumerate(record.RECORD.iter_unpack(data), first):
                self.seen[number] = values
                self.order.append(number)
        while (completed := self.reader.take_completed()) is not None:
            number, data = completed
            self.seen[number] = record.RECORD.unpack(data)

    def seconds(self) -> list[int]:
        """Return the second number of each operation, in their order."""
        return [self.seen[number][2] for number in self.order]


@pytest.fixture
def reading(written: None, tmp_path: Path) -> Iterator[Reading]:
    writer.point(record.SET, 1, PLACE)
    made = Reading(tmp_path)
    yield made
    made.reader.close()
    made.reader._cells.release()
    made.reader.map.close()


def do(second: int) -> None:
    writer.end(writer.begin(record.SEND, 5, PLACE, 8, second, b"text"), record.SEND)


def test_what_is_pending_keeps_its_slot_for_turns_of_the_ring(reading: Reading) -> None:
    blocked = writer.begin(record.GET, 6, PLACE, 0, 1)
    for number in range(2, 5 * CAPACITY):
        do(number)
        if number % 20 == 0:
            reading()
    writer.end(blocked, record.GET, record.ERROR)
    for number in range(5 * CAPACITY, 8 * CAPACITY):
        do(number)
        if number % 20 == 0:
            reading()
    reading()
    assert reading.seconds() == list(range(8 * CAPACITY))
    assert all(values[5] for values in reading.seen.values())
    assert reading.seen[1][-1] == record.GET << 8 | record.ERROR
    assert reading.reader.lost == 0


def test_what_came_of_an_operation_is_read_with_its_end(reading: Reading) -> None:
    slot = writer.begin(record.RECEIVE, 5, PLACE)
    reading()
    writer.end_with(slot, 1000, b"x" * 90)
    reading()
    _, _, _, size, text, ended, place, _, _ = reading.seen[1]
    assert (size, text, place) == (1000, b"x" * record.TEXT_SIZE, PLACE)
    assert ended


def test_a_full_ring_loses_and_counts_and_goes_on(reading: Reading) -> None:
    for number in range(1, 2 * CAPACITY):
        do(number)
    reading()
    assert reading.seconds() == list(range(CAPACITY))
    assert reading.reader.lost == CAPACITY
    do(999)
    reading()
    assert reading.seconds() == [*range(CAPACITY), 999]


def test_a_slot_that_was_taken_and_never_written_holds_nobody_up(reading: Reading) -> None:
    writer.take()  # and a signal handler has raised
    for number in range(2, CAPACITY + 1):
        do(number)
        reading()
    assert reading.seconds() == [0]  # the runner cannot know yet: another thread may be about to write
    do(CAPACITY + 1)  # is lost: the ring is full
    reading()
    for number in range(CAPACITY + 2, 5 * CAPACITY):
        do(number)
        reading()
    assert reading.seconds() == [0, *range(2, CAPACITY + 1), *range(CAPACITY + 2, 5 * CAPACITY)]
    assert reading.reader.lost == 1


def test_a_slot_that_was_never_written_is_given_up_after_a_while(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = writer.begin(record.GET, 6, PLACE, 0, 1)
    reading()
    for number in range(2, CAPACITY):
        do(number)
        reading()
    writer.ring.more(5)  # and a signal handler has raised; the place of the blocked one comes next in this turn
    for number in (100, 101):
        do(number)
        reading()
    assert reading.seconds() == list(range(CAPACITY))
    monkeypatch.setattr(operations, "PATIENCE", 0.0)
    reading()
    assert reading.seconds() == [*range(CAPACITY), 100, 101]
    writer.end(blocked, record.GET)
    for number in range(102, 102 + 5 * CAPACITY):
        do(number)
        reading()
    assert reading.seconds() == [*range(CAPACITY), *range(100, 102 + 5 * CAPACITY)]
    assert all(values[5] for values in reading.seen.values())
    assert reading.reader.lost == 0


def test_one_that_is_written_after_it_was_given_up_is_counted_as_lost(reading: Reading) -> None:
    slot = writer.take()
    for number in range(2, CAPACITY + 2):
        do(number)
        reading()
    reading()
    writer.pack(writer.ring.records, slot << 7, 1, 5, 1, 0, b"", 2, PLACE, 1, record.SEND << 8)
    for number in range(CAPACITY + 2, 5 * CAPACITY):
        do(number)
        reading()
    assert reading.seconds() == [0, *range(2, CAPACITY + 1), *range(CAPACITY + 2, 5 * CAPACITY)]
    assert reading.reader.lost == 2


def test_an_operation_in_the_midst_of_which_its_process_forks_ends_nowhere(reading: Reading) -> None:
    slot = writer.begin(record.GET, 6, PLACE, 0, 1)
    writer.ring.renew()  # as in the child
    writer.end(slot, record.GET, record.ERROR)
    writer.end_with(slot, 1, b"x")
    reading()
    assert reading.seen[1][5] == 0


def test_a_ring_is_made_though_signals_interrupt_who_makes_it(
    written: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reserve = recorder.reserve

    def interrupted(path: str, size: int) -> Any:
        made = reserve(path, size)
        signal.raise_signal(signal.SIGUSR1)
        assert writer.ring._capacity == 0  # its handler has to wait
        return made

    def refuse(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr(recorder, "reserve", interrupted)
    before = signal.signal(signal.SIGUSR1, refuse)
    try:
        with pytest.raises(TimeoutError):
            do(0)
        assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()
    finally:
        signal.signal(signal.SIGUSR1, before)
    do(1)
    check_one(tmp_path)


def test_a_ring_whose_making_was_broken_off_is_made_again(
    written: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken_off(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(recorder, "mapped", broken_off)
        with pytest.raises(KeyboardInterrupt):
            do(0)
    do(1)
    check_one(tmp_path)


def test_a_slot_of_what_has_not_begun_is_free_again(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off() -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(writer, "now", broken_off)
        with pytest.raises(KeyboardInterrupt):
            do(0)
    do(2)
    reading()
    assert reading.seconds() == [0, 2]
    assert reading.reader.lost == 0


def test_what_was_broken_off_after_it_had_begun_has_ended(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    pack = writer.pack

    def broken_off(*values: Any) -> None:
        pack(*values)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(writer, "pack", broken_off)
        with pytest.raises(KeyboardInterrupt):
            do(1)
    reading()
    assert reading.seen[1][5] and reading.seen[1][-1] == record.SEND << 8 | record.ERROR


def check_one(folder: Path) -> None:
    reading = Reading(folder)
    reading()
    assert reading.seconds() == [1]
    reading.reader.close()
    reading.reader._cells.release()
    reading.reader.map.close()


def test_what_comes_while_slots_are_handed_out_is_lost_and_counted(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_out = writer.Ring._hand_out

    def interrupted(self: writer.Ring) -> int:
        do(1000)  # as a signal handler would
        return hand_out(self)

    monkeypatch.setattr(writer.Ring, "_hand_out", interrupted)
    for number in range(1, CAPACITY + 9):
        do(number)
        reading()
    assert reading.seconds() == list(range(CAPACITY + 9))
    assert reading.reader.lost == 1


def test_an_operation_is_recorded_though_other_threads_take_all_slots_that_were_handed_out(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_out = writer.Ring._hand_out

    def handed_out(self: writer.Ring) -> int:
        slot = hand_out(self)
        for number in range(100, 100 + len(writer._free)):
            do(number)
        return slot

    for number in range(1, CAPACITY):
        do(number)
    reading()
    monkeypatch.setattr(writer.Ring, "_hand_out", handed_out)
    do(99)
    reading()
    assert reading.seconds() == [*range(CAPACITY), 99, *range(100, 99 + CAPACITY)]
    assert reading.reader.lost == 0
