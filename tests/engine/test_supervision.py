"""However a run ends, it says how, and nothing is left of it."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import psutil
import pytest

from ipclab import engine
from ipclab.runner.system import system
from tests.engine.conftest import Start

METHODS = ("spawn", "fork", "forkserver")


def gone(folder: str, pids: list[int]) -> bool:
    """Tell whether nothing of a run is left, give or take the last instructions of a process that is ending."""
    late = time.monotonic() + 1
    while any(runs(pid) for pid in pids) and time.monotonic() < late:
        os.sched_yield()
    return not os.path.exists(folder) and not any(runs(pid) for pid in pids)


def runs(pid: int) -> bool:
    """Tell whether a process is there and not only its exit code, which its new parent has yet to take."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("method", METHODS)
def test_says_so_when_a_worker_is_killed(start: Start, method: str) -> None:
    driven = start("recv", "lock", method=method)
    driven.until(lambda seen: driven.in_position("recv", "lock"))
    os.kill(driven.process("recv").pid, signal.SIGKILL)
    outcome = driven.finish()
    assert outcome.status == "failed"
    assert outcome.text.startswith("worker 'recv' was ended by SIGKILL after ")
    assert driven.process("recv").signal == "SIGKILL"
    assert driven.process("recv").state == "killed"
    assert driven.process("recv").code is None
    assert driven.process("lock").state == "stopped"
    assert any(finding.level == "bad" for finding in driven.seen.findings.values())


@pytest.mark.parametrize("method", METHODS)
def test_tells_a_workers_exception_with_its_own_line_and_traceback(start: Start, method: str) -> None:
    driven = start("raises", "recv", method=method)
    outcome = driven.finish()
    assert outcome.status == "failed"
    assert outcome.text.startswith("worker 'raises' raised ValueError on line ")
    assert outcome.text.endswith("of stubborn.py: a worker's own error.")
    assert driven.process("raises").code == 1
    assert driven.process("raises").state == "failed"
    assert 'raise ValueError("a worker\'s own error")' in driven.text
    assert "boot.py" not in driven.text


@pytest.mark.parametrize("method", METHODS)
def test_a_worker_that_the_program_itself_terminates_is_no_failure(start: Start, method: str) -> None:
    driven = start("is terminated", method=method, main="terminates")
    assert driven.finish().status == "done"
    assert driven.process("is terminated").signal == "SIGTERM"


def test_a_worker_that_exits_with_another_code_is_a_failure(start: Start) -> None:
    driven = start("exits with 3")
    outcome = driven.finish()
    assert outcome.status == "failed"
    assert outcome.text.startswith("worker 'exits with 3' ended with exit code 3 after ")


def test_tells_what_the_main_program_raised(start: Start) -> None:
    driven = start(main="raises")
    outcome = driven.finish()
    assert outcome.status == "failed"
    assert outcome.text.startswith("the main program raised RuntimeError on line ")
    assert "main's own error" in driven.text
    assert "boot.py" not in driven.text


def test_a_main_program_that_is_killed_takes_its_workers_along(start: Start) -> None:
    driven = start("recv", "spin")
    driven.until(lambda seen: driven.in_position("recv", "spin"))
    os.kill(driven.process("main").pid, signal.SIGKILL)
    outcome = driven.finish()
    assert outcome.status == "failed"
    assert outcome.text.startswith("the main program was ended by SIGKILL after ")
    assert gone(driven.run.folder, [process.pid for process in driven.seen.processes.values()])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_says_so_when_the_forkserver_is_killed(start: Start, number: signal.Signals) -> None:
    driven = start("lock", "spin", method="forkserver")
    driven.until(lambda seen: driven.in_position("lock", "spin"))
    workers = {driven.process(name).pid for name in ("lock", "spin")}
    servers = {psutil.Process(pid).ppid() for pid in workers}
    assert len(servers) == 1
    os.kill(servers.pop(), number)
    outcome = driven.finish()
    assert outcome.status == "failed"
    assert outcome.text.startswith(f"the forkserver was ended by {number.name} after ")
    bad = next(finding for finding in driven.seen.findings.values() if finding.level == "bad")
    assert bad.text.startswith(f"The forkserver was ended by {number.name} after ")
    assert bad.evidence.endswith("s; main takes its workers for ended, with exit code 255")
    for name in ("lock", "spin"):  # main has noted exit code 255 for each, and they went on
        assert (driven.process(name).state, driven.process(name).code) == ("stopped", None)
    assert gone(driven.run.folder, [process.pid for process in driven.seen.processes.values()])


def test_what_the_resource_tracker_says_after_a_stop_is_explained(start: Start) -> None:
    driven = start("lock")
    driven.until(lambda seen: driven.in_position("lock"))
    driven.run.stop()
    assert driven.finish().status == "stopped"
    assert "leaked semaphore objects" in driven.text
    said = "Python's resource tracker speaks of leaked objects in Output: nothing of them is left."
    assert [finding.text for finding in driven.seen.findings.values()] == [said]


def test_what_the_resource_tracker_says_of_a_run_that_ends_by_itself_is_not_explained_away(start: Start) -> None:
    driven = start("forgets its block")
    assert driven.finish().status == "done"
    assert "leaked shared_memory objects" in driven.text
    assert driven.seen.findings == {}


def test_workers_that_outlive_the_main_program_are_ended_and_named(start: Start) -> None:
    driven = start("spin", main="leaves")
    assert driven.finish().status == "done"
    texts = [finding.text for finding in driven.seen.findings.values()]
    assert any("spin went on, to be ended after 2 s" in text for text in texts)


def test_ends_at_its_time_limit(start: Start) -> None:
    driven = start("spin", time_limit=0.5)
    outcome = driven.finish()
    assert outcome.status == "timed out"
    assert outcome.text == "The time limit of 0.5 s was reached."


STUBBORN = (
    "recv", "lock", "spin", "ignores SIGTERM", "holds the GIL", "session of its own", "stopped", "shared memory",
)  # fmt: skip


@pytest.mark.parametrize("method", METHODS)
def test_stops_whatever_the_workers_do(start: Start, method: str) -> None:
    driven = start(*STUBBORN, method=method)
    driven.until(lambda seen: driven.in_position(*STUBBORN))
    below = system.descendants(driven.run._keeper.pid)
    blocks = [process.shown["block"] for process in driven.seen.processes.values() if "block" in process.shown]
    began = time.monotonic()
    driven.run.stop()
    outcome = driven.finish()
    assert outcome.status == "stopped"
    assert outcome.text == f"Stopped after {outcome.seconds:.1f} s."  # one time, also where it took a while to end all
    assert gone(driven.run.folder, below)
    assert blocks and not any((Path("/dev/shm") / str(block)).exists() for block in blocks)
    assert time.monotonic() - began < 5  # how long it takes is measured in benchmarks/stop.py
    said = [sentence for _, sentence in driven.seen.events]
    assert "asked every process to stop" in said
    assert any(sentence.startswith("sent SIGKILL to") for sentence in said)


def test_stop_before_anything_has_begun_is_heard(start: Start) -> None:
    driven = start("recv")
    driven.run.stop()
    driven.run.stop()
    assert driven.finish().status == "stopped"


def test_kill_ends_everything_at_once(start: Start) -> None:
    driven = start(*STUBBORN)
    driven.until(lambda seen: driven.in_position(*STUBBORN))
    below = system.descendants(driven.run._keeper.pid)
    driven.run.kill()
    assert gone(driven.run.folder, below)
    assert driven.finish().status == "stopped"


def test_says_so_when_the_runner_dies(start: Start) -> None:
    driven = start("recv", "ignores SIGTERM")
    driven.until(lambda seen: driven.in_position("recv", "ignores SIGTERM"))
    below = system.descendants(driven.run._keeper.pid)
    os.kill(runner_of(driven.run._keeper.pid), signal.SIGKILL)
    outcome = driven.finish()
    assert outcome.status == "crashed"
    assert outcome.text == "The runner of this run died; everything it had started was ended."
    assert gone(driven.run.folder, below)
    assert not any(process.alive for process in driven.seen.processes.values())


def test_says_so_when_the_keeper_dies(start: Start) -> None:
    driven = start("recv", "ignores SIGTERM")
    driven.until(lambda seen: driven.in_position("recv", "ignores SIGTERM"))
    below = system.descendants(driven.run._keeper.pid)
    os.kill(driven.run._keeper.pid, signal.SIGKILL)
    outcome = driven.finish()
    assert outcome.status == "crashed"
    assert outcome.text == "The keeper of this run died; everything it had started was ended."
    assert gone(driven.run.folder, below)


def runner_of(keeper: int) -> int:
    """Return the pid of the runner: the keeper's child."""
    return next(child.pid for child in psutil.Process(keeper).children())


@pytest.mark.parametrize("method", ("spawn", "forkserver"))  # under fork a semaphore loses its name at once
def test_a_semaphore_that_no_tracker_was_told_of_is_removed(start: Start, method: str) -> None:
    driven = start(method=method, main="dies making a lock")
    assert driven.finish().status == "failed"
    name = str(driven.process("main").shown["semaphore"]).removeprefix("/")
    assert name.startswith("ipclab-")
    assert not (Path("/dev/shm") / f"sem.{name}").exists()


def test_a_run_whose_window_cannot_be_seen_is_swept_away_only_once_nobody_keeps_it(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    driven = start("recv")
    driven.until(lambda seen: driven.in_position("recv"))
    pids = [process.pid for process in driven.seen.processes.values()]
    monkeypatch.setattr(system, "exists", lambda _pid: False)  # as in another namespace of pids
    engine.sweep()
    assert all(runs(pid) for pid in pids)
    assert os.path.isdir(driven.run.folder)
    keeper = psutil.Process(driven.run._keeper.pid)
    runner = next(child for child in keeper.children() if child.pid not in pids)
    runner.suspend()  # it is to end nothing
    keeper.kill()
    runner.kill()
    keeper.wait()
    psutil.wait_procs([runner], 5)
    engine.sweep()
    assert gone(driven.run.folder, pids)
