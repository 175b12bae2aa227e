"""What ended a wait at an end of a channel: who made room in it, sent what came, or let go of the other end."""

from __future__ import annotations

import re

import pytest

from ipclab.engine import start_methods
from ipclab.observation import Observation
from ipclab.trace import record
from tests.trace.conftest import Watch

TIME = re.compile(r"(,| sent)? [\d ]+\.\d{3} ms")


def ended(observation: Observation, operation: int) -> list[str]:
    """Return what ended main's calls of a kind, one after the other."""
    assert observation.operations is not None
    assert observation.enders is not None
    main = observation.operations.by_number[0]
    words = []
    for row in range(main.count):
        call = main.operation(row)
        if call is not None and call.operation == operation and call.site != record.NOWHERE:
            words.append(observation.enders.ended(main, row, call, observation.people).replace("\u00a0", " "))
    return words


@pytest.mark.parametrize("method", start_methods())
@pytest.mark.parametrize("duplex", [True, False], ids=["two-way", "one-way"])
def test_a_send_into_a_full_pipe_is_ended_by_who_receives(watch: Watch, method: str, duplex: bool) -> None:
    (words,) = ended(watch("let_go_on", method, how="send", duplex=duplex), record.SEND)
    assert TIME.sub("", words) == "recv() of other"


@pytest.mark.parametrize("method", start_methods())
@pytest.mark.parametrize(("how", "operation"), [("poll", record.POLL), ("wait", record.WAIT)])
def test_what_can_be_read_was_sent_by_somebody(watch: Watch, method: str, how: str, operation: int) -> None:
    observation = watch("let_go_on", method, how=how)
    assert observation.operations is not None
    other = observation.operations.by_number[1]
    sends = [call for row in range(other.count) if (call := other.operation(row)) and call.operation == record.SEND]
    truth = [f"a message of other, sent {call.begin / 1e6:,.3f} ms".replace(",", " ", 1) for call in sends]
    words = ended(observation, operation)
    assert [re.sub(r"[ ,]+", " ", one) for one in words[:2]] == [re.sub(r"[ ,]+", " ", one) for one in truth]
    assert words[2:] == (["the end of other"] if how == "wait" else [])


@pytest.mark.parametrize("method", start_methods())
@pytest.mark.parametrize("duplex", [True, False], ids=["two-way", "one-way"])
def test_nothing_more_can_come_once_the_other_end_is_let_go(watch: Watch, method: str, duplex: bool) -> None:
    observation = watch("let_go_on", method, how="close", duplex=duplex)
    for operation, place in ((record.POLL, 0), (record.RECEIVE, 1)):
        assert TIME.sub("", ended(observation, operation)[place]) == "close() of other"


@pytest.mark.parametrize("method", start_methods())
def test_nothing_more_can_come_from_who_has_ended(watch: Watch, method: str) -> None:
    (words,) = ended(watch("let_go_on", method, how="end"), record.POLL)
    assert words.split(" or ")[-1] == "the end of other"  # or main has closed its own so shortly before
