"""Experiments are tested through the real engine: real processes, to the end of a run."""

import zlib

import pytest

from tests.running import START_METHODS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that asks for `start_method` each that this system offers.

    The plain test command runs each experiment's defaults under all of them, and any other test under one, which its
    name chooses: so all are tried, each by a part of the tests. With --all each test runs under each.
    """
    own = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    if "start_method" not in metafunc.fixturenames or "start_method" in own:
        return
    chosen = START_METHODS[zlib.crc32(metafunc.function.__name__.encode()) % len(START_METHODS)]
    rest = [pytest.param(one, marks=pytest.mark.slow) for one in START_METHODS if one != chosen]
    metafunc.parametrize("start_method", [chosen, *rest])
