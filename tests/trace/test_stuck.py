"""Who could end a wait, in programs that hang; who waited for each other is told when the run is ended."""

from __future__ import annotations

import pytest

from ipclab.engine import start_methods
from ipclab.observation import Observation
from tests.trace.conftest import Watch

STUCK = "as far as was seen, nobody else could let them go on."


def told(observation: Observation) -> dict[str, tuple[str, str]]:
    """Return by process what it waits for, and who could end that."""
    return {
        observation.people.name(wait.pid): (f"{wait.call}() on {wait.on}", wait.ender.words)
        for wait in observation.waits().values()
    }


def hang(watch: Watch, how: str, truth: dict[str, tuple[str, str]], method: str = "spawn") -> list[str]:
    """Let a program hang until all wait as they should, end it, and return what it found."""
    seen: list[dict[str, tuple[str, str]]] = []

    def hangs(observation: Observation) -> bool:
        seen.append(told(observation))
        return seen[-1] == truth

    try:
        observation = watch("stuck", method, how=how, stop_when=hangs)
    except TimeoutError:
        pytest.fail(f"they never waited so, but: {seen[-1]}")
    assert told(observation) == truth  # they were ended, and it is still told
    return [finding.text for finding in observation.findings.values() if finding.text.endswith(STUCK)]


@pytest.mark.parametrize("method", start_methods())
def test_both_receive_first(watch: Watch, method: str) -> None:
    truth = {
        "main": ("join() on left", "the end of left"),
        "left": ("recv() on Pipe 1", "a message of right"),
        "right": ("recv() on Pipe 1", "a message of left"),
    }
    assert hang(watch, "both receive first", truth, method) == [f"left and right waited for each other: {STUCK}"]


@pytest.mark.parametrize("method", start_methods())
def test_locks_in_opposite_order(watch: Watch, method: str) -> None:
    truth = {
        "main": ("join() on left", "the end of left"),
        "left": ("acquire() on Lock 2", "release() of right, which has it"),
        "right": ("acquire() on Lock 1", "release() of left, which has it"),
    }
    assert hang(watch, "lock order", truth, method) == [f"left and right waited for each other: {STUCK}"]


@pytest.mark.parametrize("method", start_methods())
def test_a_queue_is_empty_and_its_producer_lives(watch: Watch, method: str) -> None:
    truth = {
        "main": ("join() on producer", "the end of producer"),
        "producer": ("wait() on Event 1", "set() of somebody; nobody has called it yet"),
        "consumer": ("get() on Queue 1", "a message of producer"),
    }
    assert hang(watch, "queue is empty", truth, method) == []  # somebody may set the event


def test_a_child_is_joined_that_waits_for_who_joins_it(watch: Watch) -> None:
    truth = {"main": ("join() on child", "the end of child"), "child": ("get() on Queue 1", "a message of main")}
    assert hang(watch, "join of a child", truth) == [f"main and child waited for each other: {STUCK}"]


def test_who_waits_with_a_time_limit_goes_on(watch: Watch) -> None:
    truth = {
        "main": ("join() on left", "the end of left"),
        "left": ("recv() on Pipe 1", "a message of right"),
        "right": ("poll() on Pipe 1", "a message of left"),
    }
    assert hang(watch, "one has a time limit", truth) == []


def test_a_lock_went_with_who_had_it(watch: Watch) -> None:
    truth = {"main": ("acquire() on Lock 1", "nobody, since holder ended while it had it")}
    assert hang(watch, "holder has ended", truth) == []


def test_a_lock_is_taken_twice(watch: Watch) -> None:
    truth = {"main": ("acquire() on Lock 1", "nobody, since it has the lock already")}
    assert hang(watch, "same lock twice", truth) == [f"main waited for itself: {STUCK}"]


def test_a_pipe_is_full(watch: Watch) -> None:
    truth = {
        "main": ("join() on writer", "the end of writer"),
        "writer": ("send() on Pipe 1", "recv() of reader"),
        "reader": ("wait() on Event 1", "set() of somebody; nobody has called it yet"),
    }
    assert hang(watch, "pipe is full", truth) == []


def test_nobody_has_sent_anything(watch: Watch) -> None:
    truth = {"main": ("poll() on Pipe 1", "a message; nobody has sent one yet")}
    assert hang(watch, "nobody sends", truth) == []
