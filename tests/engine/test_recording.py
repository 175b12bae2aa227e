"""What processes record arrives, whole and in order, also from one that was killed right after."""

from __future__ import annotations

import pytest

from tests.engine.conftest import Start


@pytest.mark.parametrize("method", ("spawn", "fork", "forkserver"))
def test_everything_recorded_before_a_kill_arrives(start: Start, method: str) -> None:
    driven = start(method=method, count=300_000)
    assert driven.finish().status == "done"
    assert driven.samples["count"] == list(range(300_000))
    assert driven.seen.series["count"].n == 300_000
    assert driven.seen.dropped == {}
    assert "counted 300000" in driven.text


def test_a_window_that_does_not_look_makes_nobody_wait_and_loses_nothing(start: Start) -> None:
    driven = start(count=3_000_000)  # three rings full
    connection = driven.run.connection
    driven.until(lambda seen: any(process.name == "counter" for process in seen.processes.values()))
    driven.run.connection = Deaf()  # type: ignore[assignment]
    pid = driven.process("counter").pid
    import psutil

    psutil.wait_procs([psutil.Process(pid)], timeout=60)
    driven.run.connection = connection
    assert driven.finish().status == "done"
    assert driven.samples["count"] == list(range(3_000_000))
    assert driven.seen.dropped == {}


class Deaf:
    """A window that hangs: it takes nothing."""


def test_output_comes_with_its_process_and_in_its_order(start: Start) -> None:
    driven = start(main="prints")
    assert driven.finish().status == "done"
    lines = [line.text for line in driven.seen.lines]
    assert lines[-1] == "line 199999"
    assert lines == [f"line {n}" for n in range(200_000 - len(lines), 200_000)]
    assert len(lines) + driven.seen.lines_gone == 200_000
    assert all(line.stream == "stdout" and line.process == 0 for line in driven.seen.lines)
    times = [line.seconds for line in driven.seen.lines]
    assert times == sorted(times)
