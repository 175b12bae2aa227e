import re

import pytest

from ipclab import engine
from tests.running import plain, run_experiment, stop_when

LOST = re.compile(r"([\d ]+) of ([\d ]+) increments lost \(([\d.]+) %\)\.")


def number(text: str) -> int:
    return int(text.replace(" ", ""))


@pytest.mark.parametrize(("lock", "increments"), [("none", 500_000), ("on each access", 100_000)])
def test_increments_vanish_unless_the_lock_is_held_round_the_whole_update(
    lock: str, increments: int, start_method: str
) -> None:
    ran = run_experiment("lost-updates", start_method=start_method, lock=lock, increments=increments)
    assert ran.status == "done"
    match = LOST.fullmatch(ran.found("bad")[0])
    assert match is not None
    lost, of = number(match[1]), number(match[2])
    assert of == 4 * increments
    assert lost == of - int(str(ran.shown("main")["counter"]))
    assert float(match[3]) == pytest.approx(100 * lost / of, abs=0.051)
    assert f"n = {match[2]}" in plain(ran.findings[0].evidence)


def test_nothing_is_lost_with_the_lock_held_round_the_update(start_method: str) -> None:
    ran = run_experiment("lost-updates", start_method=start_method, lock="around the update", increments=20_000)
    assert ran.shown("main") == {"expected": 80_000, "counter": 80_000}
    assert ran.found("ok")[0].startswith("0 of 80 000 increments lost")
    assert ran.found("bad") == []


def test_a_clean_run_without_the_lock_is_not_called_safe() -> None:
    ran = run_experiment("lost-updates", lock="none", increments=1, workers=2)
    if ran.shown("main")["counter"] == 2:  # even two increments can collide
        assert ran.found("warning") == ["No loss shown in 2 increments; nothing forbids one."]


def test_a_single_worker_has_nobody_to_lose_to() -> None:
    ran = run_experiment("lost-updates", workers=1, increments=1_000)
    assert ran.found("info") == ["0 of 1 000 increments lost: there was nobody else to overwrite them."]


def test_expected_and_actual_are_recorded_while_the_workers_work() -> None:
    ran = run_experiment("lost-updates", lock="around the update", increments=20_000)
    expected, actual = ran.samples["expected"], ran.samples["actual"]
    assert len(expected) == len(actual) > 3
    assert (expected[1:] >= expected[:-1]).all()
    assert expected[-1] == actual[-1] == 80_000
    assert (actual <= expected + 4 * 100).all()  # a worker says every 100 increments how many it has made
    assert ran.observation.progress == (80_000, 80_000)


def test_each_worker_has_a_name_and_shows_what_it_did() -> None:
    ran = run_experiment("lost-updates", workers=3, increments=1_000)
    assert list(ran.processes) == ["main", "worker 1", "worker 2", "worker 3"]
    assert ran.shown("worker 2") == {"increments": 1_000}


@pytest.mark.parametrize("workers", [1, 16])
def test_as_many_workers_as_the_form_allows(workers: int, start_method: str) -> None:
    ran = run_experiment(
        "lost-updates", start_method=start_method, workers=workers, increments=123, lock="around the update"
    )
    assert ran.shown("main")["counter"] == workers * 123


def test_a_stopped_run_says_what_was_lost_until_then(start_method: str) -> None:
    def some_progress(observation: engine.Observation) -> bool:
        return observation.progress is not None and observation.progress[0] > 0

    ran = run_experiment(
        "lost-updates", start_method=start_method, increments=10_000_000, meanwhile=stop_when(some_progress)
    )
    assert ran.status == "stopped"
    assert ran.seconds < 20
    assert 0 < int(str(ran.shown("main")["expected"])) < 40_000_000
    assert len(ran.findings) == 1
