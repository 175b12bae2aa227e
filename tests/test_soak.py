"""How benchmarks/soak.py judges what it has seen; the soak itself takes 20 minutes and is no test."""

from __future__ import annotations

import math
import random
from pathlib import Path
from types import ModuleType

import pytest

RUNS = 90  # between two looks


@pytest.fixture
def soak(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "benchmarks")
    import soak

    return soak


def looks(*, growth: float, noise: float, count: int = 9) -> list[float]:
    """Return looks at something of 200 that grows by so much in 1 000 runs, and scatters; the same ones each time."""
    scatter = random.Random(1)
    return [200 + growth * n * RUNS / 1000 + scatter.gauss(0, noise) for n in range(count)]


@pytest.mark.parametrize(
    ("values", "word"),
    [
        pytest.param([32] * 9, "flat", id="nothing changes"),
        pytest.param([0] * 9, "flat", id="nothing there"),
        pytest.param([32] * 5 + [33] + [32] * 3, "flat", id="one look saw one more"),
        pytest.param(looks(growth=0, noise=0.5), "flat", id="scatter"),
        pytest.param(looks(growth=3, noise=0.1), "flat", id="half of what is allowed"),
        pytest.param(looks(growth=24, noise=0.5), "grows", id="four times what is allowed"),
        pytest.param([32 + n for n in range(9)], "grows", id="one more each time"),
        pytest.param([n // 2 for n in range(9)], "grows", id="one more every other time, from none"),
        pytest.param(looks(growth=6, noise=3), "cannot tell", id="all that is allowed, and much scatter"),
        pytest.param([32, 33, 34, 35], "cannot tell", id="too few looks"),
    ],
)
def test_what_is_seen_is_called_by_its_name(soak: ModuleType, values: list[float], word: str) -> None:
    assert soak.verdict(values, RUNS)[0] == word


def test_growth_is_told_for_a_thousand_runs_and_lies_in_its_interval(soak: ModuleType) -> None:
    _word, growth, low, high, allowed = soak.verdict(looks(growth=24, noise=0.5), RUNS)
    assert low < growth < high
    assert low < 24 < high
    assert math.isclose(allowed, soak.SHARE * 200, rel_tol=0.05)


def test_a_leap_at_the_very_end_cannot_be_told_from_growth(soak: ModuleType) -> None:
    word, growth, _low, high, allowed = soak.verdict([200.0] * 8 + [260.0], RUNS)
    assert (word, growth) == ("cannot tell", 0)
    assert high > allowed
