"""Experiments are tested through the real engine: real processes, to the end of a run."""

import pytest

from tests.running import START_METHODS


@pytest.fixture(params=START_METHODS)
def start_method(request: pytest.FixtureRequest) -> str:
    """Give each start method that this system offers."""
    return str(request.param)
