"""What is said of a process's end in a watched run: how many messages it had by then, and in which call it was."""

from __future__ import annotations

import re
import signal

from tests.running import kill, run_experiment


def test_a_killed_worker_is_told_with_its_messages_and_its_call() -> None:
    ran = run_experiment(
        "deadlock",
        watched=True,
        patience=20.0,
        meanwhile=kill(
            "left",
            signal.SIGKILL,
            when=lambda seen: any(p.shown.get("exchanges") == 50 for p in seen.processes.values() if p.name == "left"),
        ),
    )
    assert ran.status == "failed"
    (finding,) = (one for one in ran.findings if one.level == "bad" and "SIGKILL" in one.text)
    # It is told right after its exchange: it may be about to send, or to receive, or between two calls.
    assert re.search(r"(49|50|51) messages sent, (49|50|51) received", finding.evidence)
