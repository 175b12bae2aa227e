"""What is known of a run is folded from its batches, whatever they hold and in whatever portions they come."""

from __future__ import annotations

from typing import Any

import pytest

from ipclab import observation as module
from ipclab.observation import Observation
from ipclab.records import SAMPLE, Outcome, process
from ipclab.trace import record


def take(observation: Observation, **batch: Any) -> list[tuple[int, str, list[float]]]:
    batch.setdefault("time", 1.0)
    return [(ident, name, list(samples["value"])) for ident, name, samples in observation.take(batch)]


@pytest.fixture
def seen() -> Observation:
    """Return an observation of main and one worker."""
    observation = Observation()
    main = process(0, "main", 100, None, "running", 0.1, 0.0)
    worker = process(1, "sender", 101, 0, "running", 0.3, 0.2)
    take(observation, processes=[main, worker])
    return observation


def test_processes_appear_in_order_and_change_in_place(seen: Observation) -> None:
    sender = seen.processes[1]
    take(seen, processes=[process(1, "sender", 101, 0, "killed", 2.0, 0.2, signal="SIGKILL", known=True)])
    assert [one.name for one in seen.processes.values()] == ["main", "sender"]
    assert seen.processes[1] is sender
    assert (sender.state, sender.signal, sender.code, sender.alive) == ("killed", "SIGKILL", None, False)


def test_the_latest_value_of_a_variable_counts(seen: Observation) -> None:
    take(seen, shown=[(1, "sent", 1, 0.5), (1, "sent", 2, 0.6), (0, "result", [1, 4], 0.7)])
    assert seen.processes[1].shown == {"sent": 2}
    assert seen.processes[0].shown == {"result": [1, 4]}


def test_what_a_process_showed_survives_a_change_of_its_state(seen: Observation) -> None:
    take(seen, shown=[(1, "sent", 2, 0.6)], usage=[(1, 0.5, 1_000, 0.6)])
    take(seen, processes=[process(1, "sender", 101, 0, "ended", 2.0, 0.2, code=0, known=True)])
    assert seen.processes[1].shown == {"sent": 2}
    assert list(seen.processes[1].usage) == [(0.6, 0.5, 1_000)]


def test_what_concerns_a_process_that_is_not_known_is_passed_over(seen: Observation) -> None:
    take(seen, shown=[(7, "x", 1, 0.5)], usage=[(7, 0.1, 1, 0.5)])
    assert set(seen.processes) == {0, 1}


def test_a_finding_with_the_same_key_replaces_and_keeps_its_place(seen: Observation) -> None:
    def finding(key: str, text: str) -> dict[str, object]:
        return {"key": key, "level": "info", "text": text, "evidence": "", "seconds": 0.5}

    take(seen, findings=[finding("a", "so far 1"), finding("b", "other")])
    take(seen, findings=[finding("a", "so far 2")])
    assert [one.text for one in seen.findings.values()] == ["so far 2", "other"]


def test_the_oldest_lines_go_first_and_are_counted(seen: Observation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINES_KEPT", 3)
    observation = Observation()
    take(observation, output=[(0, "stdout", i / 10, str(i)) for i in range(5)])
    assert [line.text for line in observation.lines] == ["2", "3", "4"]
    assert observation.lines_gone == 2
    take(observation, omitted=(10, 100))
    take(observation, omitted=(12, 150))
    assert (observation.lines_gone, observation.samples_gone) == (14, 150)


def test_samples_are_handed_out_and_their_figures_kept(seen: Observation) -> None:
    def samples(*values: float) -> bytes:
        return b"".join(SAMPLE.pack(i, value) for i, value in enumerate(values))

    assert take(seen, samples=[(1, "depth", samples(1.0, 2.0))]) == [(1, "depth", [1.0, 2.0])]
    assert take(seen, samples=[(0, "depth", samples(6.0)), (1, "other", samples())]) == [
        (0, "depth", [6.0]),
        (1, "other", []),
    ]
    figures = seen.series["depth"].describe()
    assert (figures["n"], figures["min"], figures["max"], figures["mean"]) == (3, 1.0, 6.0, 3.0)
    assert seen.series["other"].describe()["mean"] is None


def test_a_batch_is_folded_in_before_its_first_sample_is_handed_out(seen: Observation) -> None:
    batch = {"time": 3.0, "progress": (1, 2), "samples": [(1, "depth", SAMPLE.pack(1, 1.0))]}
    samples = seen.take(batch)
    next(samples)
    assert seen.progress == (1, 2)
    assert list(samples) == []


def test_time_never_goes_back_and_totals_are_replaced(seen: Observation) -> None:
    take(seen, time=2.0, dropped={"depth": 5}, events=[(1.0, "asked")])
    take(seen, time=1.5, dropped={"depth": 7}, events=[(1.2, "told")])
    assert (seen.time, seen.dropped) == (2.0, {"depth": 7})
    assert [text for _, text in seen.events] == ["asked", "told"]


@pytest.mark.parametrize(
    ("time", "progress", "left"),
    [
        pytest.param(2.0, (25, 100), 6.0, id="a quarter"),
        pytest.param(2.0, (0, 100), None, id="nothing done"),
        pytest.param(2.0, (100, 100), None, id="all done"),
        pytest.param(0.3, (25, 100), None, id="too early to tell"),
    ],
)
def test_the_time_left_follows_from_the_progress_so_far(
    seen: Observation, time: float, progress: tuple[int, int], left: float | None
) -> None:
    observation = Observation()
    take(observation, time=time, processes=[process(0, "main", 1, None, "running", 0.0, 0.0)], progress=progress)
    assert observation.time_left == left
    assert seen.time_left is None


def test_an_outcome_that_a_batch_told_ends_the_wait(seen: Observation) -> None:
    take(seen, progress=(1, 2), time=4.0, outcome={"status": "done", "text": "Done.", "seconds": 4.0})
    assert seen.outcome == Outcome("done", "Done.", 4.0)
    assert seen.time_left is None


def test_after_a_crash_nothing_is_left_running(seen: Observation) -> None:
    seen.end(Outcome("crashed", "The runner died.", 5.0))
    assert {one.state for one in seen.processes.values()} == {"stopped"}
    assert seen.time == 5.0


def test_of_steps_without_end_the_first_are_kept_and_the_others_counted(
    seen: Observation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STEPS_KEPT", 3)
    step = ("sender", "send", 1, "", True, 0.1)
    for number in range(1, 6):
        take(seen, steps=[(number, 101, bytes(record.SIZE), step)])
    assert (len(seen.steps), seen.steps_gone) == (3, 2)
    assert [text for text in seen.findings if "ends after 3 steps" in text]
