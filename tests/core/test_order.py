"""Orders of steps: what a file holds, and every way in which it may hold none."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipclab import order
from ipclab.order import BadOrder, Order, Step

STEPS = (Step("main", "start", 1, "orders.py:3", True, 0.25), Step('a "b" ö', "send"))
MADE = Order("orders.py", STEPS, {"count": 3, "how": "one way"}, "fork")


def test_what_was_saved_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "order.json"
    path.write_text(MADE.text(), encoding="utf-8")
    assert order.read(path) == MADE
    assert path.read_text(encoding="utf-8").count("\n") == len(STEPS) + 2  # a line for each, for people and diff


def test_a_person_may_leave_all_but_process_and_operation_out(tmp_path: Path) -> None:
    path = tmp_path / "order.json"
    path.write_text('{"format": 1, "program": "pipe", "steps": [["sender", "send"], ["receiver", "recv", 2]]}')
    assert order.read(path) == Order("pipe", (Step("sender", "send"), Step("receiver", "recv", 2)))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (MADE.text()[:-9], "is no order, or was cut short: it is not whole JSON."),
        ("", "is no order, or was cut short"),
        ("[" * 100_000, "is no order, or was cut short"),
        ("[]", "it has no program and steps."),
        ('{"program": "x"}', "it has no program and steps."),
        ('{"format": 2, "program": "x", "steps": []}', "has the format 2; this lab reads 1."),
        ('{"format": 1, "program": 3, "steps": []}', "program, parameters or start method is not what it should be."),
        ('{"format": 1, "program": "x", "steps": {}}', "its steps are no list."),
        ('{"format": 1, "program": "x", "steps": [["a", "send"], ["a"]]}', "step 2 is not a process's name"),
        ('{"format": 1, "program": "x", "steps": [["a", "b", 1, "", true, NaN]]}', "step 1 is not a process's name"),
        ('{"format": 1, "program": "x", "steps": [["a", "b", 1, "", true, 1e300]]}', "step 1 is not a process's name"),
        ('{"format": 1, "program": "x", "steps": [["a", "b", 1, "", true, "late"]]}', "step 1 is not a process's name"),
        ('{"format": 1, "program": "x", "steps": [["a", 3]]}', "step 1 is not a process's name"),
        ('{"format": 1, "program": "x", "steps": [["a", "b", 1, "", true, 0.5, 7]]}', "step 1 is not"),
    ],
)
def test_what_is_no_order_is_one_sentence(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "order.json"
    path.write_text(text)
    with pytest.raises(BadOrder) as refused:
        order.read(path)
    assert says in str(refused.value) and str(refused.value).startswith(str(path))
    assert str(refused.value).count("\n") == 0


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(BadOrder, match="cannot be read: No such file or directory"):
        order.read(tmp_path / "nothing.json")
    with pytest.raises(BadOrder, match="cannot be read"):
        order.read(tmp_path)
