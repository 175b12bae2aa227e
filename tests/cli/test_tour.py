"""`ipclab tour`: the tutorial's steps, and what happens when one is not as it says."""

from __future__ import annotations

import json
import signal
import sys

import pytest

from ipclab import cli, outlines
from ipclab.cli import tour
from tests.cli.conftest import LIMIT, Command, Start, workers
from tests.running import run_experiment


def test_all_seven_steps_are_as_the_tutorial_says(ipclab: Command) -> None:
    told = ipclab("tour", "--json")
    assert (told.returncode, told.stderr) == (0, "")
    about = json.loads(told.stdout)
    assert list(about) == ["format", "steps"]
    assert [step["id"] for step in about["steps"]] == ["S1", "S2", "S3", "S4", "S5", "S6", "S7"]
    questions = {one.name: one.question for one in outlines.outlines()}
    for step in about["steps"]:
        assert list(step) == ["id", "experiment", "question", "seen", "lesson", "passed"]
        assert step["passed"] is True
        assert step["question"] == questions[step["experiment"]] != ""
        assert step["seen"] and step["lesson"]


def test_a_person_reads_question_what_was_seen_and_lesson(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tour, "STEPS", tour.STEPS[:2])
    assert cli.main(["tour"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].startswith("S1  Why is my list still empty")
    assert "[1, 4, 9, 16]" in out[1]
    assert tour.STEPS[0].lesson in out[2]
    assert out[-1].endswith("as the tutorial says.")


def test_a_result_that_is_not_the_tutorials_is_named_and_ends_with_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tour, "STEPS", tour.STEPS[:2])
    monkeypatch.setattr(tour, "SQUARES", [1, 4, 9, 17])
    assert cli.main(["tour"]) == 1
    out = capsys.readouterr().out
    assert "p1's list is [1, 4, 9, 16] instead of [1, 4, 9, 17]." in out
    assert out.splitlines()[-1].endswith("Not as the tutorial says: S1, S2.")
    assert cli.main(["tour", "--json"]) == 1
    steps = json.loads(capsys.readouterr().out)["steps"]
    assert [step["passed"] for step in steps] == [False, False]


@pytest.mark.parametrize(
    ("text", "passes"),
    [
        ("At one end without a lock 12 of 40 messages were corrupted (30 %).", True),
        ("At one end without a lock corruption was not shown in 40 messages.", True),
        ("40 messages arrived whole.", False),
    ],
)
def test_s7_passes_on_corruption_seen_or_not_shown(text: str, passes: bool) -> None:
    seen = tour.Seen({"processes": [], "findings": [{"level": "bad", "text": text, "evidence": ""}]})
    if passes:
        assert tour.two_at_one_end(seen) == text
    else:
        with pytest.raises(tour.Unlike):
            tour.two_at_one_end(seen)


@pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")
def test_ctrl_c_ends_the_tour_with_the_steps_that_were_taken(start: Start) -> None:
    command = start("tour", "--json")
    found = workers(command, 1)
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=LIMIT)
    assert (command.returncode, err) == (130, "")
    assert len(json.loads(out)["steps"]) < 7
    assert all(not worker.is_running() for worker in found)


def test_wrong_words_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["tour", "s1"]) == 2
    assert capsys.readouterr().err == "ipclab: ipclab tour takes no s1; it takes --json.\n"


@pytest.mark.parametrize("size", [4_092, 5_000])
def test_s7_passes_whatever_the_experiment_has_seen(size: int) -> None:
    """4 092 bytes are written at once, and come whole."""
    ran = run_experiment("two-at-one-end", payload_size=size, duration=0.3)
    findings = [{"level": one.level, "text": one.text, "evidence": one.evidence} for one in ran.findings]
    assert tour.two_at_one_end(tour.Seen({"processes": [], "findings": findings}))
