"""A run as one JSON document: these keys and no others, null for what is not known, and JSON whatever was shown."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from ipclab import document, machine
from ipclab.catalog import Experiment, find
from ipclab.observation import Observation
from ipclab.records import SAMPLE, Outcome, Request, Series, process

DONE = Outcome("done", "Done in 1.2 s.", 1.23456789)


def written(observation: Observation, *, experiment: Experiment | None = None, outcome: Outcome = DONE) -> Any:
    experiment = experiment or find("pipe")
    values: dict[str, object] = {field.name: field.default for field in experiment.fields}
    request = Request(experiment.name, values, "fork", 7, 2.5)
    return json.loads(document.text(document.document(experiment, request, observation, outcome)))


def observed(**batch: Any) -> Observation:
    observation = Observation()
    batch.setdefault("time", 1.0)
    batch.setdefault("processes", [process(0, "main", 100, None, "ended", 1.0, 0.0, code=0, known=True)])
    assert list(observation.take(batch)) is not None
    return observation


def test_it_has_the_keys_of_format_1() -> None:
    about = written(observed())
    assert list(about) == [
        "format", "experiment", "parameters", "environment", "outcome", "processes", "findings", "series",
    ]  # fmt: skip
    assert about["format"] == 1
    assert about["experiment"] == "pipe"
    assert about["environment"] == machine.environment()
    assert about["outcome"] == {"status": "done", "text": "Done in 1.2 s.", "seconds": 1.234568}
    assert list(about["processes"][0]) == ["name", "pid", "parent", "exit", "shown", "output"]


def test_parameters_are_plain_values_by_field_name_with_those_of_every_run() -> None:
    parameters = written(observed())["parameters"]
    assert parameters["messages"] == ["hello", "hey", "hru?"]
    assert parameters["payload_size"] == 64
    assert (parameters["start_method"], parameters["seed"], parameters["time_limit"]) == ("fork", 7, 2.5)


@pytest.mark.parametrize(
    ("state", "ending", "exit_"),
    [
        pytest.param("ended", {"code": 0, "known": True}, {"code": 0, "signal": None}, id="ended"),
        pytest.param("failed", {"code": 3, "known": True}, {"code": 3, "signal": None}, id="failed"),
        pytest.param(
            "killed", {"signal": "SIGKILL", "known": True}, {"code": None, "signal": "SIGKILL"}, id="by a signal"
        ),
        pytest.param("ended", {}, None, id="unknown"),
        pytest.param("running", {}, None, id="still running"),
    ],
)
def test_an_exit_says_code_or_signal_or_that_it_is_unknown(state: Any, ending: dict[str, Any], exit_: object) -> None:
    about = written(observed(processes=[process(0, "main", 100, None, state, 1.0, 0.0, **ending)]))
    assert about["processes"][0]["exit"] == exit_


def test_a_parent_is_named() -> None:
    about = written(
        observed(
            processes=[
                process(0, "main", 100, None, "running", 0.0, 0.0),
                process(1, "sender", 101, 0, "running", 0.1, 0.1),
                process(2, "lost", 102, 9, "running", 0.1, 0.1),
            ]
        )
    )
    assert [one["parent"] for one in about["processes"]] == [None, "main", None]


def test_output_is_listed_with_the_process_that_wrote_it() -> None:
    lines = [(0, "stdout", 0.1234567891, "hello"), (0, "stderr", 0.2, "µ \udc80"), (5, "stdout", 0.3, "whose?")]
    about = written(observed(output=lines))
    assert about["processes"][0]["output"] == [
        {"time": 0.123457, "stream": "stdout", "text": "hello"},
        {"time": 0.2, "stream": "stderr", "text": "µ \udc80"},
    ]


def test_what_was_shown_is_json_whatever_it_was() -> None:
    shown = [
        (0, "table", {1: (1, 2), "x": None}, 0.1),
        (0, "lost", math.nan, 0.1),
        (0, "far", [math.inf], 0.1),
        (0, "bytes", b"ab", 0.1),
        (0, "flag", True, 0.1),
    ]
    assert written(observed(shown=shown))["processes"][0]["shown"] == {
        "table": {"1": [1, 2], "x": None},
        "lost": "nan",
        "far": ["inf"],
        "bytes": "b'ab'",
        "flag": True,
    }


def test_findings_have_level_text_and_evidence() -> None:
    finding = {"key": "k", "level": "bad", "text": "Lost.", "evidence": "n = 5", "seconds": 0.5}
    assert written(observed(findings=[finding]))["findings"] == [{"level": "bad", "text": "Lost.", "evidence": "n = 5"}]


def test_a_series_has_its_figures_in_base_units() -> None:
    experiment = find("pipe")
    assert experiment.series[0] == Series("round trip", "s", plot=experiment.series[0].plot, distribution=True)
    samples = b"".join(SAMPLE.pack(i, i * 1e-6) for i in range(1, 101))
    series = written(observed(samples=[(0, "round trip", samples)], dropped={"round trip": 2}))["series"]
    assert series["round trip"] == {
        "unit": "s",
        "n": 100,
        "min": 1e-6,
        "p50": pytest.approx(50e-6),
        "p99": pytest.approx(99e-6),
        "max": pytest.approx(100e-6),
        "mean": pytest.approx(50.5e-6),
        "dropped": 2,
    }


def test_a_series_without_samples_is_there_and_its_figures_are_null() -> None:
    series = written(observed())["series"]["round trip"]
    assert series == {
        "unit": "s", "n": 0, "min": None, "p50": None, "p99": None, "max": None, "mean": None, "dropped": 0,
    }  # fmt: skip


def test_figures_that_are_no_numbers_are_null() -> None:
    series = written(observed(samples=[(0, "odd", SAMPLE.pack(1, math.inf))]))["series"]["odd"]
    assert (series["unit"], series["n"], series["max"]) == ("", 1, None)


def test_the_text_is_ascii_and_ends_with_its_line() -> None:
    text = document.text({"unit": "µs"})
    assert text.isascii()
    assert text.endswith("}\n")
