import re
import signal
from typing import Any

import pytest

from ipclab import engine
from ipclab.experiments.pipe import percentile
from tests.running import kill, run_experiment, stop_when


def test_the_tutorials_messages_are_sent_and_received_in_order(start_method: str) -> None:
    ran = run_experiment("pipe", start_method=start_method)
    assert ran.status == "done"
    assert sorted(ran.processes) == ["main", "receiver", "sender"]
    assert ran.output("sender") == ["Sent: hello", "Sent: hey", "Sent: hru?", "Sent: END"]
    assert ran.output("receiver") == ["Received: hello", "Received: hey", "Received: hru?"]
    assert ran.shown("sender") == {"sent": 3}
    assert ran.shown("receiver") == {"received": ["hello", "hey", "hru?"]}
    assert ran.found("ok") == ["3 of 3 messages received."]


def test_the_end_of_file_comes_when_the_last_holder_has_closed_the_end(start_method: str) -> None:
    ran = run_experiment("pipe", start_method=start_method, end="close")
    assert ran.found("ok") == ["3 of 3 messages received."]
    assert ran.findings[0].evidence == "then the end of file"
    assert "Sent: END" not in ran.output("sender")


@pytest.mark.parametrize("duplex", [True, False], ids=["socket pair", "pipe"])
def test_an_end_that_main_forgot_keeps_the_end_of_file_away_until_main_closes_it(
    start_method: str, duplex: bool
) -> None:
    ran = run_experiment("pipe", start_method=start_method, end="forgotten end", patience=0.2, duplex=duplex)
    assert ran.status == "done"
    assert ran.found("bad") == ["No end of file within 200 ms: main still holds the sending end."]
    assert set(ran.found("ok")) == {"3 of 3 messages received.", "main closed it, and the end of file was there."}


def test_a_message_that_says_end_ends_it() -> None:
    ran = run_experiment("pipe", messages=("a", "END", "b"))
    assert ran.output("receiver") == ["Received: a"]
    assert ran.found("bad")[0].startswith("1 of 3 messages received")


@pytest.mark.parametrize("end", ["END message", "close"])
@pytest.mark.parametrize("duplex", [True, False], ids=["socket pair", "pipe"])
def test_a_stream_arrives_whole_and_its_rate_is_recorded(end: str, duplex: bool, start_method: str) -> None:
    ran = run_experiment(
        "pipe", start_method=start_method, traffic="one way", count=3_000, payload_size=1_000, end=end, duplex=duplex
    )
    assert ran.found("ok") == ["3 000 of 3 000 messages received."]
    assert ran.shown("sender") == {"sent": 3_000}
    assert ran.shown("receiver") == {"received": 3_000}
    assert ran.series["rate"].n == ran.series["throughput"].n > 0
    assert ran.samples["throughput"] == pytest.approx(ran.samples["rate"] * 1_000 / 2**20)
    assert re.fullmatch(r"[\d ]+ messages a second, [\d.]+ [KM]iB a second\.", ran.found("info")[0])


@pytest.mark.parametrize("payload_size", [0, 1, 65_536, 2**24], ids=["empty", "one byte", "64 KiB", "16 MiB"])
@pytest.mark.parametrize("traffic", ["one way", "there and back"])
def test_a_payload_may_have_any_size(traffic: str, payload_size: int) -> None:
    count = 2 if payload_size > 2**20 and traffic == "one way" else 20
    ran = run_experiment("pipe", traffic=traffic, count=count, payload_size=min(payload_size, 2**22))
    assert ran.status == "done"


def test_a_pause_lies_between_two_messages_and_not_after_the_last() -> None:
    ran = run_experiment("pipe", traffic="one way", count=3, pause=0.5, start_method="fork")
    assert ran.samples["rate"] == pytest.approx(2, rel=0.3)
    assert ran.processes["sender"].since - ran.processes["sender"].started < 1.4


def test_round_trips_are_recorded_one_by_one_and_their_percentiles_are_the_series(start_method: str) -> None:
    ran = run_experiment("pipe", start_method=start_method, traffic="there and back", count=500)
    figures = ran.series["round trip"].describe()
    assert figures["n"] == 500
    assert 0 < figures["min"] <= figures["p50"] <= figures["p99"]
    assert [finding.level for finding in ran.findings] == ["info"]
    p50 = re.search(r"takes ([\d.]+)\u00a0µs \(p50\)", ran.findings[0].text)
    assert p50 is not None
    assert float(p50[1]) == pytest.approx(figures["p50"] * 1e6, rel=0.01)
    assert "n = 500 after 100 to warm up" in ran.findings[0].evidence
    assert ran.observation.progress == (500, 500)


@pytest.mark.parametrize(
    ("cores", "where"),
    [("one core", r"both ends on core \d+"), ("two cores", r"ends on core"), ("any", r"free to move")],
)
def test_a_round_trip_says_where_it_ran(cores: str, where: str) -> None:
    ran = run_experiment("pipe", traffic="there and back", count=50, cores=cores)
    assert re.search(where, ran.findings[0].evidence) or "lets no process choose" in ran.findings[0].evidence


@pytest.mark.parametrize(("share", "value"), [(0.01, 10), (0.25, 10), (0.5, 20), (0.75, 20), (0.76, 30), (1.0, 30)])
def test_a_percentile_is_the_nearest_rank(share: float, value: int) -> None:
    assert percentile({30: 1, 10: 1, 20: 2}, share) == value  # of 10, 20, 20, 30


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"traffic": "one way", "count": 10_000_000}, id="one way"),
        pytest.param({"traffic": "one way", "count": 10_000_000, "pause": 10.0}, id="in a pause"),
        pytest.param({"traffic": "there and back", "count": 10_000_000}, id="there and back"),
        pytest.param({"pause": 10.0}, id="between two of the tutorial's messages"),
        pytest.param({"end": "forgotten end", "patience": 10.0}, id="while main is patient"),
    ],
)
def test_a_run_can_be_stopped_and_ends_by_itself(parameters: dict[str, Any]) -> None:
    def both_are_there(observation: engine.Observation) -> bool:
        return [process.state for process in observation.processes.values()].count("running") >= 2 and (
            observation.time > 0.5
        )

    ran = run_experiment("pipe", meanwhile=stop_when(both_are_there), **parameters)
    assert ran.status == "stopped"
    assert ran.seconds < 10


@pytest.mark.parametrize("name", ["sender", "receiver"])
def test_a_worker_that_is_killed_fails_the_run(name: str, start_method: str) -> None:
    def runs(observation: engine.Observation) -> bool:
        return observation.progress is not None and observation.progress[0] > 0

    ran = run_experiment(
        "pipe",
        start_method=start_method,
        traffic="one way",
        count=10_000_000,
        meanwhile=kill(name, signal.SIGKILL, when=runs),
    )
    assert ran.status == "failed"
    assert ran.text.startswith(f"worker '{name}' was ended by SIGKILL")
