"""Orders that experiments declare: what they show is shown every time, under every start method."""

from __future__ import annotations

from dataclasses import astuple

import pytest

from ipclab import engine
from tests.engine.conftest import Driven

SHOWN = {
    ("lost-updates", "Make it happen"): "1 of 2 increments lost (50.0 %).",
    ("lost-updates", "The cure under the same order"): "0 of 2 increments lost",
    ("deadlock", "Make it happen"): "left and right are still alive",
    ("deadlock", "The cure under the same order"): "The same work has ended by itself",
    ("two-at-one-end", "Make it happen"): "messages were corrupted (100 %).",
    ("two-at-one-end", "The cure under the same order"): "corruption was not shown",
}


def test_every_order_is_shown_here() -> None:
    assert {(one.name, title) for one in engine.experiments() for title in one.orders} == SHOWN.keys()
    for one in engine.experiments():
        assert all(order.program == one.name for order in one.orders.values())
        assert not any(one.refusals(engine.validate(one.fields, order.parameters), "step")
                       for order in one.orders.values())  # fmt: skip


def shown(name: str, title: str, method: str) -> str:
    """Run an experiment in one of its orders; return what it found."""
    experiment = engine.find(name)
    order = experiment.orders[title]
    values: dict[str, object] = dict(engine.validate(experiment.fields, order.parameters))
    steps = tuple(astuple(step) for step in order.steps)
    driven = Driven(engine.start(engine.Request(name, values, method, watched=True, order=steps, time_limit=60)))
    outcome = driven.finish()
    assert outcome.status == "done", outcome.text
    assert len(driven.seen.steps) == len(order.steps)
    return " ".join(finding.text for finding in driven.seen.findings.values())


@pytest.mark.parametrize(("name", "title"), SHOWN)
def test_an_order_shows_it(name: str, title: str, start_method: str) -> None:
    assert SHOWN[name, title] in shown(name, title, start_method)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "title"), SHOWN)
def test_an_order_shows_it_every_time(name: str, title: str) -> None:
    for _ in range(30):
        assert SHOWN[name, title] in shown(name, title, "fork")
