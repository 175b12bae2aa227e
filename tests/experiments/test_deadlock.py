import re
import signal
from typing import Any

import pytest

from ipclab import engine
from tests.running import Ran, kill, plain, run_experiment, stop_when

QUICK: dict[str, Any] = {"patience": 0.3, "pause": 0.0}
PATIENT: dict[str, Any] = {"patience": 5.0, "pause": 0.0}
OTHER_WAY: dict[str, Any] = {"exchange_cure": "one side the other way round"}


def steps(ran: Ran) -> list[int]:
    shown = ran.shown("main")["steps"]
    assert isinstance(shown, list)
    return [int(step) for step in shown]


def names_who_is_alive(ran: Ran, who: str, level: str = "bad", patience: float = 0.3) -> None:
    """Check that the finding names who is alive, and for how long nobody has made a step."""
    stuck = re.fullmatch(
        rf"{who} still alive, and nobody has made a step for ([\d.]+) (ms|s)\.", (ran.found(level) or [""])[0]
    )
    assert stuck is not None, ran.findings
    assert float(stuck[1]) * (0.001 if stuck[2] == "ms" else 1) >= patience * 0.996  # three digits


def ended_by_main(ran: Ran, *names: str, cure: str) -> None:
    """Check that main has ended these, that this is no failure, and that a cure is named."""
    assert ran.status == "done"
    for name in names:
        assert (ran.processes[name].state, ran.processes[name].signal) == ("killed", "SIGTERM")
    assert ran.found("info") == [
        f"main has ended {' and '.join(names)} with terminate().",
        f"The cure is a choice: {cure}.",
    ]
    assert ran.processes["main"].code == 0


def all_is_done(ran: Ran, *workers: str) -> None:
    """Check that the work has ended by itself, and that this is said with numbers."""
    assert ran.status == "done"
    assert ran.found("bad") == ran.found("warning") == []
    assert re.fullmatch(r"The same work has ended by itself in [\d.]+ m?s\.", ran.found("ok")[0])
    assert {ran.processes[name].code for name in ("main", *workers)} == {0}


def test_both_receive_first_and_neither_goes_on(start_method: str) -> None:
    ran = run_experiment("deadlock", start_method=start_method, **QUICK)
    names_who_is_alive(ran, "left and right are")
    assert "left: 50 of 200 exchanges, right: 50 of 200 exchanges" in plain(ran.findings[0].evidence)
    ended_by_main(ran, "left", "right", cure="Exchange cure, one side the other way round")
    assert steps(ran) == [50, 50]


def test_one_side_sends_first_and_all_is_done(start_method: str) -> None:
    ran = run_experiment("deadlock", start_method=start_method, **OTHER_WAY, **PATIENT)
    all_is_done(ran, "left", "right")
    assert steps(ran) == [200, 200]
    assert "left: 200 of 200 exchanges, right: 200 of 200 exchanges; one side" in plain(ran.findings[0].evidence)


def test_the_curves_rise_and_stop() -> None:
    ran = run_experiment("deadlock", goes_wrong_after=20, pause=0.01, patience=0.3)
    for name in ("left", "right"):
        curve = ran.samples[name]
        assert len(set(curve)) > 5
        assert (curve[1:] >= curve[:-1]).all()
        assert (curve[-10:] == 20).all()  # of 30 samples in 0.3 s, fewer on a busy machine


def test_both_send_first_and_it_goes_well_until_the_pipe_is_full(start_method: str) -> None:
    ran = run_experiment("deadlock", start_method=start_method, kind="both send first", **QUICK)
    names_who_is_alive(ran, "left and right are")
    ended_by_main(ran, "left", "right", cure="Exchange cure, one side the other way round")
    assert 0 < steps(ran)[0] < 200
    assert re.search(r"the next message to each has [\d.]+ KiB", plain(ran.findings[0].evidence))


def test_one_side_receives_first_and_the_same_messages_come_through(start_method: str) -> None:
    ran = run_experiment("deadlock", start_method=start_method, kind="both send first", **OTHER_WAY, **PATIENT)
    all_is_done(ran, "left", "right")
    assert steps(ran) == [200, 200]


def test_long_messages_come_through_where_main_has_patience(start_method: str) -> None:
    long: dict[str, Any] = {"kind": "both send first", "payload_size": 2**26, "count": 5}
    ran = run_experiment("deadlock", start_method=start_method, **long, **OTHER_WAY, **PATIENT | {"patience": 30.0})
    all_is_done(ran, "left", "right")
    assert steps(ran) == [5, 5]


def test_who_only_takes_long_is_ended_too_and_that_is_not_called_a_deadlock(start_method: str) -> None:
    """A long timeout is their cure: in time nobody would wait in a circle, and main has no time."""
    ran = run_experiment(
        "deadlock",
        start_method=start_method,
        kind="opposite lock order",
        lock_cure="timeout",
        timeout=1.0,
        hold=0.1,
        pause=0.0,
        patience=0.11,
        count=1_000,
    )
    assert ran.status == "done"
    assert ran.found("bad") == ran.found("ok") == []
    names_who_is_alive(ran, "left and right are", "warning", 0.11)
    assert ran.found("info")[-1] == "Nobody waits in a circle here: with more Patience they end by themselves."


@pytest.mark.parametrize(
    ("parameters", "rest"),
    [
        pytest.param({"pause": 1.0}, "1 s", id="exchanges"),
        pytest.param({"kind": "opposite lock order", "pause": 0.5, "hold": 0.1}, "1.1 s", id="locks"),
    ],
)
def test_a_rest_longer_than_the_patience_is_refused_before_the_run(parameters: dict[str, Any], rest: str) -> None:
    deadlock = engine.find("deadlock")
    wrong = deadlock.refusals(engine.validate(deadlock.fields, parameters))
    assert plain(wrong["patience"]) == f"It has to be longer than the rest between two steps: here up to {rest}."
    assert deadlock.refusals(engine.validate(deadlock.fields, parameters | {"patience": 1.2})) == {}


def test_short_messages_show_nothing_and_are_not_called_safe() -> None:
    ran = run_experiment("deadlock", kind="both send first", payload_size=1_000, **PATIENT)
    assert ran.found("warning") == ["No deadlock shown in 200 exchanges; nothing forbids one."]
    assert ran.found("ok") == ran.found("bad") == []


def test_two_locks_in_opposite_order(start_method: str) -> None:
    ran = run_experiment("deadlock", start_method=start_method, kind="opposite lock order", hold=0.01, **QUICK)
    names_who_is_alive(ran, "left and right are")
    ended_by_main(ran, "left", "right", cure="Lock cure, same order, or timeout")
    assert sum(steps(ran)) < 400


@pytest.mark.parametrize("lock_cure", ["same order", "timeout"])
def test_locks_in_one_order_or_with_a_timeout_let_all_be_done(lock_cure: str, start_method: str) -> None:
    ran = run_experiment(
        "deadlock",
        start_method=start_method,
        kind="opposite lock order",
        lock_cure=lock_cure,
        count=50,
        **PATIENT,
    )
    all_is_done(ran, "left", "right")
    assert steps(ran) == [50, 50]
    back = [
        re.fullmatch(r"(left|right) has given its first lock back \d+ times?\.", text) for text in ran.found("info")
    ]
    assert len(back) == (2 if lock_cure == "timeout" else 0)
    assert all(back)


def test_main_joins_a_sender_that_waits_for_main(start_method: str) -> None:
    ran = run_experiment("deadlock", start_method=start_method, kind="join before receiving", **QUICK)
    names_who_is_alive(ran, "sender is")
    ended_by_main(ran, "sender", cure="Join cure, receive before join")
    sent, received = steps(ran)
    assert 0 < sent < 200
    assert received == 0
    assert ran.samples["sent"][-1] == sent


def test_main_receives_and_then_joins(start_method: str) -> None:
    ran = run_experiment(
        "deadlock",
        start_method=start_method,
        kind="join before receiving",
        join_cure="receive before join",
        **PATIENT,
    )
    all_is_done(ran, "sender")
    assert steps(ran) == [200, 200]
    assert ran.observation.progress == (400, 400)


def test_what_the_pipe_holds_can_be_received_after_the_join() -> None:
    ran = run_experiment("deadlock", kind="join before receiving", count=10, **PATIENT)
    assert ran.found("warning") == ["No deadlock shown in 10 messages; nothing forbids one."]
    assert steps(ran) == [10, 10]


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({}, id="stuck, both receive first"),
        pytest.param({"kind": "both send first"}, id="stuck, both send first"),
        pytest.param({"kind": "opposite lock order", "hold": 0.01}, id="stuck, locks"),
        pytest.param({"kind": "join before receiving"}, id="stuck, join"),
        pytest.param({**OTHER_WAY, "count": 1_000_000}, id="at work"),
        pytest.param({**OTHER_WAY, "count": 1_000_000, "pause": 1.0}, id="in a pause"),
        pytest.param(
            {"kind": "join before receiving", "join_cure": "receive before join", "count": 1_000_000}, id="receiving"
        ),
    ],
)
def test_a_run_can_be_stopped(parameters: dict[str, Any], start_method: str) -> None:
    def workers_run(observation: engine.Observation) -> bool:
        return len(observation.processes) >= 2 and observation.progress is not None and observation.time > 0.7

    patient: dict[str, Any] = {"patience": 30.0, **parameters}
    ran = run_experiment("deadlock", start_method=start_method, meanwhile=stop_when(workers_run), **patient)
    assert ran.status == "stopped"
    assert ran.seconds < 10
    assert ran.found("bad") == []


def test_a_worker_that_somebody_else_kills_fails_the_run(start_method: str) -> None:
    def moves(observation: engine.Observation) -> bool:
        return observation.progress is not None and observation.progress[0] > 0

    ran = run_experiment(
        "deadlock",
        start_method=start_method,
        count=1_000_000,
        patience=30.0,
        meanwhile=kill("right", signal.SIGKILL, when=moves),
        **OTHER_WAY,
    )
    assert ran.status == "failed"
    assert ran.text.startswith("worker 'right' was ended by SIGKILL")


@pytest.mark.parametrize("message_size", [2**10, 2**20])
def test_what_a_killed_sender_has_left_undone_is_not_called_ended_by_itself(message_size: int) -> None:
    def moves(observation: engine.Observation) -> bool:
        return observation.progress is not None and observation.progress[0] > 0

    ran = run_experiment(
        "deadlock",
        kind="join before receiving",
        join_cure="receive before join",
        count=1_000_000,
        message_size=message_size,
        patience=30.0,
        pause=0.0,
        meanwhile=kill("sender", signal.SIGKILL, when=moves),
    )
    assert ran.status == "failed"
    assert ran.seconds < 10
    assert ran.found("ok") == []
    assert ran.found("warning") == ["sender has ended with exit code -9: work was left undone."]
    evidence = next(plain(finding.evidence) for finding in ran.findings if finding.level == "warning")
    assert re.fullmatch(r"sender: [\d ]+ of 1 000 000 messages, main: [\d ]+ of 1 000 000 messages", evidence)
