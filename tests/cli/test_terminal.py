"""A run as it is told in a terminal: the parts that only runs which go wrong have."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ipclab.catalog import find
from ipclab.cli.terminal import Told
from ipclab.observation import Observation
from ipclab.records import SAMPLE, Outcome, Request, process


def told(capsys: pytest.CaptureFixture[str], outcome: Outcome, **batch: Any) -> str:
    experiment = find("pipe")
    report = Told(experiment, Request("pipe", {field.name: field.default for field in experiment.fields}))
    observation = Observation()
    batch = {"time": 1.0, "processes": [process(0, "main", 100, None, "running", 0.1, 0.0)], **batch}
    for _ in observation.take(batch):
        pass
    report.take(batch, observation)
    observation.end(outcome)
    report.end(observation, outcome)
    return capsys.readouterr().out.replace("\u00a0", " ")


def row(text: str, name: str) -> str:
    found = re.search(f"^{name} .*$", text, re.MULTILINE)
    assert found, text
    return re.sub(" {2,}", " | ", found[0])


@pytest.mark.parametrize(
    ("about", "ending"),
    [
        pytest.param({"state": "killed", "signal": "SIGKILL", "known": True}, "killed by SIGKILL", id="killed"),
        pytest.param(
            {"state": "failed", "code": 1, "doing": "ValueError: no", "known": True},
            "failed with code 1, ValueError: no",
            id="failed",
        ),
        pytest.param({"state": "ended"}, "ended, exit unknown", id="unknown"),
        pytest.param({"state": "ended", "code": 0, "known": True}, "ended", id="ended"),
    ],
)
def test_a_process_ends_in_words(capsys: pytest.CaptureFixture[str], about: dict[str, Any], ending: str) -> None:
    state = about.pop("state")
    sender = process(1, "sender", 101, 0, state, 0.9, 0.4, **about)
    main = process(0, "main", 100, None, "ended", 1.0, 0.0, code=0, known=True)
    text = told(capsys, Outcome("failed", "No.", 1.0), processes=[main, sender])
    assert row(text, "sender") == f"sender | 101 | 500 ms | {ending}"


def test_what_is_still_alive_after_a_crash_was_ended_with_the_run(capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, Outcome("crashed", "The runner of this run died.", 2.0))
    assert row(text, "main") == "main | 100 | 2.00 s | stopped, exit unknown, was ended with the run"
    assert text.endswith("\n✗ The runner of this run died.\n")


def test_output_on_stderr_and_of_a_process_not_known_yet_is_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    lines = [(0, "stdout", 0.5, "fine"), (0, "stderr", 0.6, "Traceback"), (9, "stdout", 0.7, "whose?")]
    text = told(capsys, Outcome("done", "Done.", 1.0), output=lines)
    assert "    0.500 s  main      │ fine\n" in text
    assert "    0.600 s  main      ! Traceback\n" in text
    assert "    0.700 s  ?         │ whose?\n" in text


def test_findings_have_their_mark_and_their_evidence_under_them(capsys: pytest.CaptureFixture[str]) -> None:
    findings = [
        {"key": str(i), "level": level, "text": f"Finding {i}.", "evidence": f"n = {i}", "seconds": 0.1}
        for i, level in enumerate(("info", "ok", "warning", "bad"))
    ]
    text = told(capsys, Outcome("done", "Done.", 1.0), findings=findings)
    assert "• Finding 0.\n  n = 0\n✓ Finding 1.\n  n = 1\n▲ Finding 2.\n  n = 2\n✗ Finding 3.\n  n = 3\n" in text


def test_square_brackets_of_a_text_are_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    finding = {"key": "k", "level": "ok", "text": "[bold]7[/bold]", "evidence": "[1]", "seconds": 0.1}
    shown = [(0, "result", "[red]", 0.1)]
    text = told(capsys, Outcome("done", "[x]", 1.0), findings=[finding], shown=shown)
    assert "✓ [bold]7[/bold]\n  [1]\n" in text
    assert "result = [red]" in text
    assert text.endswith("✓ [x]\n")


def test_a_count_names_its_unit_once_and_a_series_without_samples_is_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    samples = [(0, "round trip", SAMPLE.pack(1, 2e-3)), (0, "odd", SAMPLE.pack(1, 40_000)), (0, "none", b"")]
    text = told(capsys, Outcome("done", "Done.", 1.0), samples=samples)
    assert row(text, "round trip") == "round trip | 1" + " | 2.00 ms" * 5
    assert row(text, "odd") == "odd | 1" + " | 40 000" * 5
    assert "none" not in text


def test_what_is_missing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    text = told(capsys, Outcome("done", "Done.", 1.0), dropped={"round trip": 1_500}, omitted=(20, 3_000))
    assert "1 500 samples could not be recorded.\n" in text
    assert "3 000 samples were too many to keep.\n" in text
    assert "20 lines of output were too many to keep.\n" in text


@pytest.mark.parametrize(
    ("status", "mark"), [("done", "✓"), ("failed", "✗"), ("stopped", "•"), ("timed out", "▲"), ("crashed", "✗")]
)
def test_the_outcome_stands_last_with_its_mark(capsys: pytest.CaptureFixture[str], status: Any, mark: str) -> None:
    assert told(capsys, Outcome(status, "So it was.", 1.0)).endswith(f"\n{mark} So it was.\n")
