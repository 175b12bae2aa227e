"""The numbers beside an axis: round, few, and never none."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ipclab_gui.plots._ticks import MOST, log_ticks


@pytest.mark.parametrize(
    ("lo", "hi"), [(1, 1e6), (1e-9, 1e9), (3, 40), (21, 29), (2.1, 2.9), (6.1, 6.9), (23.001, 23.009), (1e-7, 1.01e-7)]
)
def test_a_logarithmic_axis_has_two_to_nine_numbers_wherever_it_is_zoomed(lo: float, hi: float) -> None:
    found = log_ticks(lo, hi)
    assert 2 <= len(found) <= MOST
    assert all(lo * 0.999 <= value <= hi * 1.001 for value in found)
    assert all(before < after for before, after in pairwise(found))
