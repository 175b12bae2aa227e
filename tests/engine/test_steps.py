"""Slow motion and steps: who is held, who goes on, in which order, and for how long time stands still."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import astuple
from itertools import pairwise
from typing import Any

import pytest

from ipclab import engine
from ipclab.gate import RULES
from ipclab.moments import Moments
from ipclab.order import Step
from tests.engine.conftest import Driven
from tests.running import START_METHODS

Go = Callable[..., Driven]
TWO = {"workers": 2, "increments": 3, "start_together": False}
THINKS = 1.5  # s that a person takes, well over the time limits of `gated`


@pytest.fixture
def go() -> Iterator[Go]:
    """Return a function that starts a watched run; what it started is gone after the test."""
    started: list[Driven] = []

    def begin(
        name: str = "lost-updates",
        mode: str = "step",
        *,
        method: str = "fork",
        pace: float = 0.5,
        seed: int = 0,
        order: Any = None,
        module: str = "",
        **parameters: object,
    ) -> Driven:
        values: dict[str, object] = dict(parameters)
        if not module:
            values |= engine.validate(engine.find(name).fields, parameters)
        request = engine.Request(name, values, method, seed, 60.0, watched=True, mode=mode, pace=pace, order=order)
        started.append(Driven(engine.Run(request, module) if module else engine.start(request)))
        return started[-1]

    yield begin
    for driven in started:
        if driven.outcome is None:
            driven.run.kill()
            driven.finish()


def standing(driven: Driven) -> list[str]:
    return [one.process for one in driven.seen.gate.standing]


def operations(driven: Driven) -> int:
    return driven.seen.operations.total if driven.seen.operations is not None else 0


def start_both(driven: Driven) -> None:
    """Step main until both workers stand at the gate."""
    while not {"worker 1", "worker 2"} <= set(standing(driven)):
        driven.step(0.05)
        mine = [one for one in driven.seen.gate.standing if one.process == "main"]
        if mine and len(driven.seen.processes) < 3:
            driven.run.step(mine[0])


def lost(driven: Driven) -> list[str]:
    return [finding.text for finding in driven.seen.findings.values() if "increments" in finding.text]


def order_of(driven: Driven) -> tuple[tuple[object, ...], ...]:
    return tuple(astuple(seen.step) for seen in driven.seen.steps)


@pytest.mark.parametrize(
    ("method", "rule"),
    [
        pytest.param(method, rule, marks=() if place == number % len(RULES) else pytest.mark.slow)
        for number, method in enumerate(START_METHODS)
        for place, rule in enumerate(RULES)
    ],
)
def test_each_rule_brings_a_run_to_its_end(go: Go, method: str, rule: str) -> None:
    driven = go(method=method, **TWO)
    driven.run.play(rule)
    assert driven.finish().status == "done"
    steps = [(seen.step.process, seen.step.operation) for seen in driven.seen.steps]
    for worker in ("worker 1", "worker 2"):
        assert [operation for process, operation in steps if process == worker] == ["read", "write"] * 3
    assert [operation for process, operation in steps if process == "main"][:2] == ["start", "start"]
    assert driven.seen.paced and all(seen.step.place for seen in driven.seen.steps)


@pytest.mark.parametrize(("mode", "marked"), [("step", True), ("on", False)])
def test_a_finding_that_tells_a_time_of_a_stepped_run_is_marked(go: Go, mode: str, marked: bool) -> None:
    driven = go("deadlock", mode, kind="opposite lock order", lock_cure="same order", count=2, pause=0.0)
    if mode == "step":
        driven.run.play("oldest")
    assert driven.finish().status == "done"
    (text,) = [one.text for one in driven.seen.findings.values() if "ended by itself" in one.text]
    assert text.endswith("s (slowed or stepped: times are no measurements)." if marked else "s.")
    assert ("no measurements" in text) == marked


def test_nobody_goes_on_until_it_is_let_go(go: Go) -> None:
    driven = go(**TWO)
    driven.until(lambda seen: seen.gate.standing)
    deadline = time.monotonic() + 0.3
    while time.monotonic() < deadline:
        driven.step(0.05)
    assert standing(driven) == ["main"] and not driven.seen.steps and len(driven.seen.processes) == 1
    driven.run.step()
    driven.until(lambda seen: standing(driven) == ["main", "worker 1"] or standing(driven) == ["worker 1", "main"])
    assert [seen.step.operation for seen in driven.seen.steps] == ["start"]


def test_who_is_picked_goes_and_the_others_stand(go: Go) -> None:
    driven = go(**TWO)
    start_both(driven)
    picked = next(one for one in driven.seen.gate.standing if one.process == "worker 2")
    for _ in range(3):  # the same again: it has gone on since
        driven.run.step(picked)
    driven.until(lambda seen: any(one.process == "worker 2" and one.ticket == 2 for one in seen.gate.standing))
    assert [seen.step.process for seen in driven.seen.steps].count("worker 2") == 1
    assert "worker 1" in standing(driven)
    driven.run.go("on")
    assert driven.finish().status == "done"


def test_a_running_run_is_stopped_in_its_tracks_and_let_go_again(go: Go) -> None:
    driven = go("pipe", "on", traffic="one way", count=1_000_000, pause=0.001)
    driven.until(lambda seen: operations(driven) > 50)
    driven.run.go("step")
    driven.until(lambda seen: "sender" in standing(driven))
    total = operations(driven)
    driven.run.step()
    driven.until(lambda seen: seen.steps and "sender" in standing(driven))
    assert operations(driven) < total + 50
    driven.run.go("slow", 0.01)
    driven.until(lambda seen: seen.gate.mode == "slow" and operations(driven) > total + 20)
    driven.run.go("on")
    driven.until(lambda seen: seen.gate.mode == "on" and not seen.gate.standing and operations(driven) > total + 200)
    driven.run.stop()
    assert driven.finish().status == "stopped"


def test_slow_motion_makes_each_operation_wait(go: Go) -> None:
    driven = go(mode="slow", pace=0.05, **TWO)
    assert driven.finish().status == "done"
    lanes = driven.seen.operations.lanes if driven.seen.operations else {}
    worker = lanes[driven.process("worker 1").pid]
    begins = [row["begin"] for _, part in worker.since(0) for row in part if int(row["site"]) in worker.sites]
    assert len(begins) == 6
    assert min(after - before for before, after in pairwise(begins)) > 0.045e9


@pytest.mark.parametrize("method", START_METHODS)
def test_an_order_is_followed_to_the_same_outcome(go: Go, method: str) -> None:
    first = go(method=method, **TWO)
    first.run.play("random")
    first.finish()
    again = go(mode="on", method=method, order=order_of(first), **TWO)
    again.finish()
    assert lost(again) == lost(first) != []
    assert [step[:4] for step in order_of(again)] == [step[:4] for step in order_of(first)]


@pytest.mark.slow
def test_a_hundred_orders_are_followed_to_the_same_outcome(go: Go) -> None:
    outcomes = set()
    for seed in range(100):
        method = START_METHODS[seed % len(START_METHODS)]
        first = go(method=method, seed=seed, **TWO)
        first.run.play("random")
        first.finish()
        again = go(mode="on", method=method, order=order_of(first), **TWO)
        again.finish()
        assert lost(again) == lost(first) != []
        outcomes.update(lost(first))
    assert len(outcomes) > 1  # they were different orders


def test_at_the_end_of_an_order_a_person_goes_on(go: Go) -> None:
    names = (("main", "start"), ("main", "start"), ("worker 2", "read"), ("worker 1", "read"))
    driven = go(order=tuple(astuple(Step(*one)) for one in names), **TWO)
    driven.until(lambda seen: seen.gate.left is None and len(seen.gate.standing) == 3)
    assert [seen.step.words.partition(" at")[0] for seen in driven.seen.steps] == [
        "main: start", "main: start", "worker 2: read", "worker 1: read",
    ]  # fmt: skip
    driven.run.play("newest")
    assert driven.finish().status == "done"


@pytest.mark.parametrize(
    ("step", "says"),
    [
        (Step("main", "send"), "step 2: main: send was next, but it is at start, lost_updates.py:"),
        (Step("main", "start", 0, "other.py:7"), "step 2: main: start at other.py:7 was next, but it is at start"),
        pytest.param(
            Step("nobody", "send"), "step 2: nobody: send was next, and it did not come to it.", marks=pytest.mark.slow
        ),
    ],
)
def test_an_order_that_cannot_be_followed_names_the_step(go: Go, step: Step, says: str) -> None:
    steps = (astuple(Step("main", "start")), astuple(step))
    driven = go(mode="on", order=steps, **TWO)
    outcome = driven.finish()
    assert outcome.status == "failed"
    assert says in outcome.text
    assert says in next(finding.text for finding in driven.seen.findings.values() if finding.level == "bad")


def test_a_person_goes_on_where_an_order_could_not(go: Go) -> None:
    driven = go(order=(astuple(Step("main", "send")),), **TWO)
    driven.until(lambda seen: seen.findings and seen.gate.left is None and seen.gate.mode == "step")
    driven.run.play("oldest")
    assert driven.finish().status == "done"


@pytest.mark.parametrize("kind", ["poll", "get", "event", "acquire", "join"])
def test_time_stands_still_while_somebody_is_held(go: Go, kind: str) -> None:
    driven = go("gated", module="tests.engine.gated", kind=kind)
    while "late" not in [one.process for one in driven.seen.gate.standing]:
        driven.step(0.05)
        mine = [one for one in driven.seen.gate.standing if one.process == "main"]
        waits = {wait.call for wait in driven.seen.all_waits()}
        if mine:
            driven.run.step(mine[0])
        if kind == "join" and "join" in waits:
            break  # it does nothing that is held
    until = time.monotonic() + (0.0 if kind == "join" else THINKS)
    while time.monotonic() < until:  # a person thinks, with `late` before its step and main in its limited wait
        driven.step(0.05)
    driven.run.play("oldest")
    assert driven.finish().status == "done"
    assert driven.process("main").shown["got"] is True


@pytest.mark.parametrize("method", START_METHODS)
def test_where_nothing_can_wake_them_they_look(go: Go, method: str) -> None:
    driven = go("unbelled", method=method, module="tests.engine.unbelled")
    start_both(driven)
    driven.run.play("oldest")
    assert driven.finish().status == "done"
    assert driven.process("main").shown["sum"] == 6
    assert len({seen.step.process for seen in driven.seen.steps}) == 3


def test_who_is_killed_at_the_gate_has_not_begun(go: Go) -> None:
    driven = go(**TWO)
    start_both(driven)
    os.kill(driven.process("worker 1").pid, signal.SIGKILL)
    driven.until(lambda seen: "worker 1" not in standing(driven))
    driven.run.play("oldest")
    outcome = driven.finish()
    assert outcome.status == "failed" and "'worker 1' was ended by SIGKILL" in outcome.text
    assert "worker 1" not in [seen.step.process for seen in driven.seen.steps]


def test_what_one_stood_before_is_known_after_its_end_and_the_runs(go: Go) -> None:
    driven = go(**TWO)
    start_both(driven)
    os.kill(driven.process("worker 1").pid, signal.SIGKILL)
    driven.until(lambda seen: "worker 1" not in standing(driven))
    driven.run.stop()
    driven.finish()
    assert not standing(driven)
    moment = Moments(driven.seen).at(int(driven.seen.time * 1e9))
    assert {one.seen.name: one.stood for one in moment.processes if one.seen.name != "main"} == {
        "worker 1": "read Value 1", "worker 2": "read Value 1",
    }  # fmt: skip


def test_a_run_that_measures_is_neither_slowed_nor_stepped(go: Go) -> None:
    driven = go("pipe", "on", traffic="there and back", count=10_000_000)
    driven.until(lambda seen: seen.series)
    driven.run.go("step")
    driven.until(lambda seen: any("neither slowed nor stepped" in text for text in seen.findings))
    assert driven.seen.gate.mode == "on"
    driven.run.stop()
    driven.finish()


def test_what_cannot_be_asked_for_is_refused(go: Go) -> None:
    driven = go(**TWO)
    with pytest.raises(ValueError, match="goes on, slow, step, not 'fast'"):
        driven.run.go("fast")
    with pytest.raises(ValueError, match="from 0 to 60 s, not -1"):
        driven.run.go("slow", -1)
    with pytest.raises(ValueError, match="oldest, newest, random, not 'best'"):
        driven.run.play("best")
    driven.run.stop()
    assert driven.finish().status == "stopped"
