"""A bell wakes a thread of another process, and leaves no name behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ipclab import bell

LINUX = sys.platform == "linux"
WAITS = """
import sys
from ipclab import bell
own = bell.made(sys.argv[1], 7)
print("made", flush=True)
print(own.acquire(True, 60.0), flush=True)
"""


def names(run: str) -> list[str]:
    return [name for name in os.listdir("/dev/shm") if name.startswith(f"sem.ipclab-{run}")]


@pytest.mark.skipif(not LINUX, reason="elsewhere there are no bells")
def test_it_wakes_who_waits_in_another_process(tmp_path: Path) -> None:
    path = str(tmp_path / "ipclab-1-testbell" / "p-1-2")
    process = subprocess.Popen(
        [sys.executable, "-c", WAITS, path], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": "core"}
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "made\n"
    assert names("testbell") == ["sem.ipclab-testbell-p-1-2-7"]
    found = bell.found(path, 7)
    assert found is not None
    assert names("testbell") == []
    found.release()
    assert process.communicate(timeout=20)[0] == "True\n"


@pytest.mark.skipif(not LINUX, reason="elsewhere there are no bells")
def test_what_nobody_has_made_is_not_found(tmp_path: Path) -> None:
    assert bell.found(str(tmp_path / "ipclab-1-testnone" / "p-1-2"), 1) is None


def test_where_there_are_none_who_waits_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert bell.made(str(tmp_path / "ipclab-1-testnone" / "p-1-2"), 1) is None
    assert bell.found(str(tmp_path / "ipclab-1-testnone" / "p-1-2"), 1) is None
