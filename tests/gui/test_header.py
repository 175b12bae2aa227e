"""What stands over the tabs: times as a person reads them, progress, findings."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ipclab.observation import Observation
from ipclab.records import Outcome
from ipclab_gui.header import FindingRow, Header, about, seconds
from tests.gui.observed import fold, running


@pytest.fixture
def header(qtbot: QtBot) -> Header:
    made = Header("Pipe", "Two processes, one pipe.")
    qtbot.addWidget(made)
    made.resize(900, 300)
    made.show()
    return made


def found(*texts: str, of: Observation | None = None) -> Observation:
    about = [{"key": text, "level": "info", "text": text, "evidence": "n = 1", "seconds": 0.1} for text in texts]
    return fold(of or running("main"), findings=about)


def sentences(header: Header) -> list[str]:
    rows = header.findChildren(FindingRow)
    labels = [label for row in rows if row.isVisible() for label in row.findChildren(type(header.title))]
    return [label.accessibleName().removesuffix(" n = 1") for label in labels if label.text()]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0.0 s"), (59.94, "59.9 s"), (60, "1 min 00 s"), (125.9, "2 min 05 s"), (3600, "1 h 00 min")],
)
def test_a_time_that_has_passed_is_read_as_a_clock(value: float, text: str) -> None:
    assert seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.2, "1 s"), (19.4, "19 s"), (23, "25 s"), (56, "1 min"), (150, "2 min"), (3569, "59 min"), (3600, "1 h 0 min"),
     (4200, "1 h 10 min")],
)  # fmt: skip
def test_a_time_that_is_left_is_no_finer_than_it_can_be_known(value: float, text: str) -> None:
    assert about(value) == text


def test_three_findings_are_shown_and_the_others_are_a_click_away(header: Header) -> None:
    seen = found("one", "two", "three", "four", "five")
    header.show_run(seen, "running", 1.0, None)
    assert sentences(header) == ["one", "two", "three"]
    assert (header.more.isVisible(), header.more.text()) == (True, "2 more")
    header.more.click()
    assert sentences(header) == ["one", "two", "three", "four", "five"]
    assert header.more.text() == "Fewer"
    header.more.click()
    assert sentences(header) == ["one", "two", "three"]
    header.clear()
    assert (sentences(header), header.more.isVisible()) == ([], False)


def test_a_finding_that_changes_is_told_in_its_place(header: Header) -> None:
    seen = found("one", "two")
    header.show_run(seen, "running", 1.0, None)
    batch = {"key": "one", "level": "bad", "text": "one, and a half", "evidence": "", "seconds": 0.2}
    header.show_run(fold(seen, findings=[batch]), "running", 1.2, None)
    assert sentences(header) == ["one, and a half", "two"]


def test_words_of_an_experiment_are_text_and_no_markup(header: Header) -> None:
    header.show_run(found("a <b>bold</b> & rash claim"), "running", 1.0, None)
    label = next(label for row in header.findChildren(FindingRow) for label in row.findChildren(type(header.title))
                 if label.text())  # fmt: skip
    assert "&lt;b&gt;bold&lt;/b&gt; &amp; rash" in label.text()


@pytest.mark.parametrize(
    ("status", "first"),
    [("failed", "It ended badly."), ("timed out", "It ended badly."), ("crashed", "It ended badly."), ("done", "one"),
     ("stopped", "one")],
)  # fmt: skip
def test_how_a_run_ended_comes_before_its_findings_where_it_is_the_news(
    header: Header, status: str, first: str
) -> None:
    outcome = Outcome(status, "It ended badly.", 2.0)  # type: ignore[arg-type]
    header.show_run(found("one"), "", 2.0, outcome)
    assert sentences(header)[0] == first
    assert header.chip.accessibleName() == f"{status}, 2.0 s"


def test_a_run_stopped_before_it_found_anything_says_so(header: Header) -> None:
    header.show_run(running("main"), "", 2.0, Outcome("stopped", "Stopped after 2.0 s.", 2.0))
    assert sentences(header) == ["Stopped after 2.0 s."]


def test_progress_says_how_many_and_how_long_and_only_the_time_where_there_is_little_room(header: Header) -> None:
    seen = fold(running("main", time=10.1), time=10.1, progress=(1_000, 5_000))
    header.show_run(seen, "running", 10.1, None)
    assert header.left.text().replace("\u00a0", " ") == "1 000 of 5 000, about 40 s left"
    assert header.progress.value() == 200
    header.resize(500, 300)
    header.show_run(seen, "running", 10.1, None)
    assert header.left.text().replace("\u00a0", " ") == "40 s left"
    header.show_run(seen, "", 10.1, Outcome("done", "Done.", 10.1))
    assert (header.left.text(), header.progress.isVisible()) == ("", False)
