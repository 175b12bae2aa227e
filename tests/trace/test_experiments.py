"""Every experiment does watched what it does alone, and all of its messages are accounted for."""

from __future__ import annotations

import pytest

from ipclab import engine
from tests.running import START_METHODS, Ran, run_experiment

NAMES = [experiment.name for experiment in engine.experiments()]
EXACT = {"separate-memory", "shared-memory", "pipe", "queue"}  # whose output and findings hold nothing that is measured


CASES = [
    pytest.param(name, method, marks=() if name in EXACT and method == "spawn" else pytest.mark.slow)
    for name in NAMES
    for method in START_METHODS
]


@pytest.mark.parametrize(("name", "method"), CASES)
def test_it_does_watched_what_it_does_alone(name: str, method: str) -> None:
    alone = run_experiment(name, start_method=method)
    watched = run_experiment(name, start_method=method, watched=True)
    assert (watched.status, exits(watched)) == (alone.status, exits(alone)), watched.errors
    assert levels(watched) >= levels(alone)
    if name in EXACT:
        assert said(watched) == said(alone)
    operations = watched.observation.operations
    assert operations is not None
    assert operations.unrecorded == 0 or name in ("lost-updates", "torn-reads", "two-at-one-end")


def exits(ran: Ran) -> dict[str, tuple[int | None, str | None]]:
    """Return how each process ended."""
    return {name: (process.code, process.signal) for name, process in ran.processes.items()}


def levels(ran: Ran) -> set[str]:
    """Return the levels of what was found; what was lost on the way is no finding of the experiment's."""
    return {finding.level for finding in ran.findings}


def said(ran: Ran) -> dict[str, list[str]]:
    """Return what each process has printed, and what was found."""
    found = {f"{name} {stream}": ran.output(name, stream) for name in ran.processes for stream in ("stdout", "stderr")}
    return found | {"findings": [finding.text for finding in ran.findings]}
