"""Experiments are tested through the real engine: real processes, to the end of a run."""

import pytest

from tests.running import START_METHODS

SAMPLED = [  # the plain test command runs each experiment's defaults under it, and all else only with --all
    pytest.param(method, marks=[pytest.mark.slow] if method == "forkserver" else []) for method in START_METHODS
]


@pytest.fixture(params=SAMPLED)
def start_method(request: pytest.FixtureRequest) -> str:
    """Give each start method that this system offers."""
    return str(request.param)
