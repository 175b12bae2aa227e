"""The code cannot tell that it is watched; nor that it is slowed or stepped, by whichever rule."""

from __future__ import annotations

import signal
import sys

import pytest

from tests.plain_programs import Program, programs
from tests.trace.contract import keeps_the_contract

HOW = {
    "on": (),
    "slow": ("--watch", "slow", "--pace", "3ms"),
    "oldest": ("--watch", "step", "--steps", "oldest"),
    "newest": ("--watch", "step", "--steps", "newest"),
    "random": ("--watch", "step", "--steps", "random"),
}
WATCHED = {
    "closes_all_descriptors", "forks_by_itself", "functions_in_classes", "interrupted_by_itself", "pool_maps",
    "sends_bytes",
}  # fmt: skip
SAMPLE = {
    ("closes_all_descriptors", "fork", "oldest"), ("interrupted_by_itself", "spawn", "slow"),
    ("pool_maps", "forkserver", "random"), ("condition_hand_over", "fork", "newest"),
    ("joinable_queue", "spawn", "random"), ("handles_signals", "fork", "slow"), ("values_and_arrays", "fork", "on"),
}  # fmt: skip

CASES = [
    pytest.param(
        program, method, how, id=f"{program.name}-{method}-{how}",
        marks=() if (how == "on" and program.name in WATCHED) or (program.name, method, how) in SAMPLE
        else pytest.mark.slow,
    )
    for program in programs()
    for method in program.methods
    for how in HOW
    if program.signal in (None, signal.SIGINT)  # SIGTERM is for the lab: it ends the run
]  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="programs run with the terminal's own streams on POSIX alone")
@pytest.mark.parametrize(("program", "method", "how"), CASES)
def test_the_code_cannot_tell(program: Program, method: str, how: str) -> None:
    keeps_the_contract(program, method, *HOW[how])
