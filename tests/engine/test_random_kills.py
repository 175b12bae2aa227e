"""Runs ended at random: whoever is killed, nothing is left, and whoever is left to speak tells the truth."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from ipclab.runner.system import system
from tests.engine.stubborn import KINDS

ROOT = Path(__file__).parents[2]
ACTIONS = (
    "kill window", "kill runner", "kill keeper", "kill worker", "crash worker", "kill main", "stop",
    "kill window and runner", "kill window early", "stop early",
)  # fmt: skip
WHAT_ENDED_IT = {
    "kill runner": {"crashed"},
    "kill keeper": {"crashed"},
    "kill worker": {"failed"},
    "crash worker": {"failed"},
    "kill main": {"failed"},
    "stop": {"stopped"},
    "stop early": {"stopped"},
}
# Other runs' names, and glibc's own of a semaphore half made, which a SIGKILL in sem_open leaves: see ARCHITECTURE.
NOT_OURS = re.compile(r"ipclab-.*|sem\.[A-Za-z0-9]{6}")
TAKES = 8  # s for everything to be gone; the ladder takes under one, the rest is a busy machine


def cases(n: int) -> Iterator[tuple[str, str, list[str]]]:
    """Return n combinations of what is done, the start method, and three workers; the same ones every time."""
    chance = random.Random(7)
    for i in range(n):
        kinds = chance.sample([kind for kind in KINDS if kind != "crashes"], 3)
        yield ACTIONS[i % len(ACTIONS)], ("spawn", "fork", "forkserver")[i % 3], kinds


def names() -> set[str]:
    """Return what lies in shared memory."""
    return set(os.listdir("/dev/shm"))


def one(action: str, method: str, kinds: list[str], early: float) -> list[str]:
    """Start a run, end it as the action says, and return what is wrong afterwards."""
    before = names()
    window = subprocess.Popen(
        [sys.executable, "-m", "tests.engine.window", method, ",".join(kinds)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": f"{ROOT}/core{os.pathsep}{ROOT}"},
    )  # fmt: skip
    assert window.stdin is not None and window.stdout is not None
    try:
        first = json.loads(window.stdout.readline())
        keeper, folder = first["keeper"], first["folder"]
        ready: dict[str, int] = {}
        if "early" in action:
            time.sleep(early)  # the moment is what is chosen at random
        else:
            ready = json.loads(window.stdout.readline())["ready"]
        below = [keeper, *system.descendants(keeper)]
        runner = next((child.pid for child in psutil.Process(keeper).children()), keeper)
        victims = {
            "kill window": [window.pid],
            "kill window early": [window.pid],
            "kill runner": [runner],
            "kill keeper": [keeper],
            "kill window and runner": [window.pid, runner],
            "kill worker": [ready.get(kinds[0], 0)],
            "crash worker": [ready.get(kinds[0], 0)],
            "kill main": [ready.get("main", 0)],
        }.get(action, [])
        for pid in victims:
            with suppress(ProcessLookupError):  # who dies first may have had the others ended by now
                os.kill(pid, signal.SIGSEGV if action == "crash worker" else signal.SIGKILL)
        if "stopped" in kinds[:1] and action == "crash worker":
            os.kill(victims[0], signal.SIGCONT)
        if action.startswith("stop"):
            window.stdin.write("stop\n")
            window.stdin.flush()
        last = ""
        if window.pid not in victims:
            last = (window.stdout.read() or "").strip().splitlines()[-1]
        return [*still_there(keeper, below, folder, before), *untrue(action, last)]
    finally:
        window.kill()
        window.wait()
        window.stdin.close()
        window.stdout.close()


def still_there(keeper: int, below: list[int], folder: str, before: set[str]) -> list[str]:
    """Return what is left of a run once it had time to go."""
    late = time.monotonic() + TAKES
    while time.monotonic() < late:
        left = [pid for pid in (*below, *system.descendants(keeper)) if runs(pid)]
        new = [name for name in names() - before if name == Path(folder).name or not NOT_OURS.fullmatch(name)]
        if not left and not os.path.exists(folder) and not new:
            return []
        time.sleep(0.01)  # between two looks at a condition
    wrong = [f"process {pid}: {' '.join(psutil.Process(pid).cmdline())[:200]}" for pid in left if runs(pid)]
    return wrong + [f"name {name}" for name in new] + ([folder] if os.path.exists(folder) else [])


def untrue(action: str, last: str) -> list[str]:
    """Return what the window's last words say wrongly."""
    expected = WHAT_ENDED_IT.get(action)
    if expected is None:
        return []
    said = json.loads(last)
    return [] if said.get("status") in expected else [f"it said {said}"]


def runs(pid: int) -> bool:
    """Tell whether a process is there and not only its exit code."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def check(n: int) -> None:
    """Go through n cycles and fail with all that went wrong."""
    chance = random.Random(11)
    wrong = {}
    for i, (action, method, kinds) in enumerate(cases(n)):
        found = one(action, method, kinds, chance.random() * 0.5)
        if found:
            wrong[f"cycle {i}: {action}, {method}, {kinds}"] = found
    assert not wrong, "\n".join(f"{cycle}: {found}" for cycle, found in wrong.items())


def test_ten_runs_ended_at_random_leave_nothing() -> None:
    check(10)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_two_hundred_runs_ended_at_random_leave_nothing() -> None:
    check(200)
