"""CPU and memory are what was measured, or not told."""

from __future__ import annotations

import os
import subprocess
import sys

from ipclab.runner.roster import Roster
from ipclab.runner.usage import Usage


def test_a_process_that_has_ended_and_was_not_reaped_has_no_memory_to_tell() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it has ended; its exit code is left for wait()
    roster = Roster()
    member = roster.of(child.pid, 0.0)
    roster.note(member, (0, "process", {"name": "ended", "parent": 0}))
    assert Usage().look(1.0, roster) == []
    child.wait()
    roster.saw_death(member, 1.0)


def test_a_process_that_runs_has_some() -> None:
    roster = Roster()
    member = roster.of(os.getpid(), 0.0)
    roster.note(member, (0, "process", {"name": "this", "parent": 0}))
    (told,) = Usage().look(1.0, roster)
    roster.saw_death(member, 1.0)
    assert told[0] == member.id
    assert told[2] > 1_000_000
