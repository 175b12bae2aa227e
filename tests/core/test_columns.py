from __future__ import annotations

import gc
import random
import sys
import tracemalloc

import numpy as np
import pytest

from ipclab.columns import SMALL, Columns, mapped, numbered


def test_columns_are_what_was_added_less_what_was_let_go() -> None:
    order = random.Random(1)
    columns, kept, gone = Columns(2), np.zeros((2, 0), np.int64), 0
    for number in range(400):
        new = np.arange(2 * order.randrange(1, 60)).reshape(2, -1) + number
        columns.add(new.shape[1])[:] = new
        kept = np.concatenate([kept, new], axis=1)
        if number % 3 == 0:
            some = order.randrange(0, len(columns) // 2 + 1)
            columns.forget(some)
            kept, gone = kept[:, some:], gone + some
        assert len(columns) == kept.shape[1]
        assert columns.gone == gone
        assert np.array_equal(columns.rows, kept)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_large_arrays_are_maps_of_their_own_and_go_with_their_last_view() -> None:
    def maps() -> int:
        with open("/proc/self/maps", encoding="ascii") as lines:
            return sum(int(b, 16) - int(a, 16) for a, b in (line.split()[0].split("-") for line in lines))

    before, size = maps(), 64 * 2**20
    made = mapped((size,), np.uint8)
    assert maps() - before >= size
    view = made[5:10]
    del made
    assert maps() - before >= size
    del view
    gc.collect()
    assert maps() - before < size // 2


def test_small_arrays_have_no_map_of_their_own() -> None:
    assert mapped((SMALL // 8 - 1,), np.int64).base is None
    assert mapped((SMALL // 8 + 1,), np.int64).base is not None


def test_thousands_of_columns_with_a_row_each_take_little() -> None:
    tracemalloc.start()
    try:
        made = [Columns(4) for _ in range(1_000)]
        for one in made:
            one.add(1)[:] = 7
        assert tracemalloc.get_traced_memory()[0] < 1_000 * 500
    finally:
        tracemalloc.stop()


def test_numbers_are_numbered_as_numpy_does() -> None:
    random = np.random.default_rng(1)
    few = random.integers(0, 2**63, 50).astype(np.uint64)
    for values in (few.take(random.integers(0, 50, 5_000)), few[:1], few[:0], np.arange(300_000, dtype=np.uint64)):
        found, inverse = np.unique(values, return_inverse=True)
        numbers = numbered(values)
        assert numbers[0].tolist() == found.tolist()
        assert numbers[1].tolist() == inverse.tolist()
