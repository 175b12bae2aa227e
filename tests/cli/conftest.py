"""The command line as a person runs it: a process of its own, its streams, its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

import psutil
import pytest

ROOT = Path(__file__).parents[2]
LIMIT = 30  # s: whatever takes longer is stuck

Start = Callable[..., subprocess.Popen[str]]
Command = Callable[..., subprocess.CompletedProcess[str]]


def environment(**changes: str | None) -> dict[str, str]:
    """Return this process's environment with the packages found, and changes: None takes a variable away."""
    found = os.environ | {"PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("core", "gui", "resources"))}
    for name, value in changes.items():
        if value is None:
            found.pop(name, None)
        else:
            found[name] = value
    return found


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Wait until something is so, for things that nothing announces."""
    deadline = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < deadline, f"it never came: {what}"
        time.sleep(0.01)


def workers(command: subprocess.Popen[str], count: int) -> list[psutil.Process]:
    """Wait until a running command's run has so many workers, and return these."""
    found: list[psutil.Process] = []

    def there() -> bool:
        found[:] = [one for one in psutil.Process(command.pid).children(recursive=True) if _is_worker(one)]
        return len(found) >= count

    wait_until(there, f"{count} workers")
    return found


def _is_worker(process: psutil.Process) -> bool:
    try:
        return any("spawn_main" in word for word in process.cmdline())
    except psutil.Error:
        return False


@pytest.fixture
def start() -> Iterator[Start]:
    """Return a function that starts `ipclab WORDS`; stdout and stderr are pipes unless they are given."""
    started: list[subprocess.Popen[str]] = []

    def begin(
        *words: str,
        stdout: int | IO[bytes] = subprocess.PIPE,
        stderr: int | IO[bytes] = subprocess.PIPE,
        **changes: str | None,
    ) -> subprocess.Popen[str]:
        command = subprocess.Popen(
            [sys.executable, "-m", "ipclab_gui", *words],
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
            encoding="utf-8",
            env=environment(**changes),
        )
        started.append(command)
        return command

    yield begin
    for command in started:
        if command.poll() is None:
            command.kill()
        command.wait(LIMIT)
        for stream in (command.stdout, command.stderr):
            if stream is not None:
                stream.close()


@pytest.fixture
def ipclab(start: Start) -> Command:
    """Return a function that runs `ipclab WORDS` to its end."""

    def run(*words: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
        command = start(*words, **changes)
        out, err = command.communicate(timeout=LIMIT)
        return subprocess.CompletedProcess(words, command.returncode, out, err)

    return run
