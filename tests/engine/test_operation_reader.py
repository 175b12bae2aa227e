"""The runner's reader of a process's ring, and what may happen between its looks."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ipclab.runner.operations import OperationReader
from ipclab.trace import record

CAPACITY = 64


class Ring:
    """A ring as `trace.writer` leaves it in its file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.write_bytes(bytes(record.file_size(CAPACITY)))
        self._cell(0, record.MAGIC)
        self._cell(record.HOLDS, CAPACITY)

    def _cell(self, place: int, value: int) -> None:
        self._write(8 * place, value.to_bytes(8, "little"))

    def _write(self, at: int, data: bytes) -> None:
        with self.path.open("r+b") as file:
            file.seek(at)
            file.write(data)

    def begin(self, index: int) -> None:
        """Write a pending get()."""
        data = record.RECORD.pack(100 + index, 5, 0, 0, b"", 0, 1, 1, record.GET << 8)
        self._write(record.RECORDS_AT + index % CAPACITY * record.SIZE, data)

    def end(self, index: int) -> None:
        """Complete it in place."""
        at = record.RECORDS_AT + index % CAPACITY * record.SIZE
        self._write(at + record.ENDED_AT, (200 + index).to_bytes(8, "little"))


def ended(data: bytes) -> int:
    """Return when a record's operation ended."""
    return int(record.RECORD.unpack(data)[5])


@pytest.fixture
def ring(tmp_path: Path) -> Ring:
    return Ring(tmp_path / "ring")


@pytest.fixture
def reader(ring: Ring, tmp_path: Path) -> Any:
    owner: Any = SimpleNamespace(pid=1, id=0)
    made = OperationReader(str(ring.path), owner, str(tmp_path / "spill"), 2**20)
    mapped = made.map
    yield made
    made.close()
    made._cells.release()
    mapped.close()


def test_an_operation_that_ends_after_it_was_taken_is_completed(ring: Ring, reader: OperationReader) -> None:
    ring.begin(0)
    assert reader.take(4096)[0] == 0
    ring.end(0)
    reader.look(ended=False)
    index, data = reader.take_completed() or (-1, b"")
    assert (index, ended(data)) == (0, 200)


def test_how_one_ended_is_not_told_before_it_was_sent_itself(ring: Ring, reader: OperationReader) -> None:
    ring.begin(0)
    reader.look(ended=False, all_of_it=True)  # it lies in the spill file
    ring.end(0)
    reader.look(ended=False)
    assert reader.take_completed() is None
    first, data = reader.take(4096)
    assert (first, ended(data)) == (0, 0)
    index, data = reader.take_completed() or (-1, b"")
    assert (index, ended(data)) == (0, 200)


def test_one_that_ends_while_it_is_taken_is_not_lost(ring: Ring, reader: OperationReader) -> None:
    ring.begin(0)

    class Map:
        """The mapping, in which the writer ends its operation between our copy of a record and our emptying of it."""

        def __init__(self, mapped: Any) -> None:
            self._mapped = mapped
            self.copied = False

        def __len__(self) -> int:
            return len(self._mapped)

        def __getitem__(self, key: Any) -> Any:
            found = self._mapped[key]
            if isinstance(key, slice) and key.step is None and len(found) == record.SIZE and not self.copied:
                self.copied = True
                ring.end(0)
            return found

        def __setitem__(self, key: Any, value: Any) -> None:
            self._mapped[key] = value

    reader.map = Map(reader.map)  # type: ignore[assignment]
    _, data = reader.take(4096)
    assert ended(data) == 0  # it was pending when it was copied
    reader.look(ended=False)
    index, late = reader.take_completed() or (-1, b"")
    assert (index, ended(late)) == (0, 200)
    assert record.RECORD.unpack(late)[-1] == record.GET << 8


def test_the_ring_of_who_has_ended_is_searched_once(ring: Ring, reader: OperationReader) -> None:
    ring.begin(40)  # the places before it were taken, and their process was killed before it wrote
    ring.end(40)
    looks = 0

    class Map:
        """The mapping; counts how often somebody looks into it."""

        def __init__(self, mapped: Any) -> None:
            self._mapped = mapped

        def __getitem__(self, key: Any) -> Any:
            nonlocal looks
            looks += 1
            return self._mapped[key]

        def __setitem__(self, key: Any, value: Any) -> None:
            self._mapped[key] = value

    reader.map = Map(reader.map)  # type: ignore[assignment]
    reader.look(ended=True)
    assert 0 < looks < CAPACITY  # not place by place
    first, data = reader.take(4096)
    assert (first, ended(data)) == (40, 240)
    looks = 0
    reader.look(ended=True)
    assert looks == 0


def test_of_who_has_ended_all_that_waits_is_known_at_once_whatever_is_empty_between(
    ring: Ring, reader: OperationReader
) -> None:
    indices = (3, 10, 11, 40, 63)
    for index in indices:
        ring.begin(index)
        ring.end(index)
    reader.look(ended=True)
    assert reader.waiting == len(indices) * record.SIZE  # else the run would be taken to be over
    found = []
    while (part := reader.take(4096))[1]:
        found += [part[0] + number for number in range(len(part[1]) // record.SIZE)]
    assert found == list(indices)
