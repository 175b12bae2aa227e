"""The lab's Pythons in a package: which executable is started, and with which libraries."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from ipclab import frozen


def test_from_source_this_python_is_started() -> None:
    assert frozen.python() == sys.executable


def test_in_a_package_what_lies_beside_the_application_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", os.path.join("opt", "ipclab", "ipclab"))
    assert os.path.splitext(frozen.python())[0] == os.path.join("opt", "ipclab", "ipclab-worker")


@pytest.mark.parametrize(
    ("packed", "found", "original", "left"),
    [
        pytest.param(True, "/opt/ipclab/_internal", "/home/me/lib", "/home/me/lib", id="the person's own"),
        pytest.param(True, "/opt/ipclab/_internal", None, None, id="none"),
        pytest.param(False, "/home/me/lib", None, "/home/me/lib", id="from source"),
    ],
)
def test_what_an_application_starts_gets_the_persons_own_libraries(
    monkeypatch: pytest.MonkeyPatch, packed: bool, found: str, original: str | None, left: str | None
) -> None:
    monkeypatch.setattr(sys, "frozen", packed, raising=False)
    monkeypatch.setenv("LD_LIBRARY_PATH", found)
    monkeypatch.delenv("LD_LIBRARY_PATH_ORIG", raising=False)
    if original is not None:
        monkeypatch.setenv("LD_LIBRARY_PATH_ORIG", original)
    frozen.give_back()
    asked = "import os; print(os.environ.get('LD_LIBRARY_PATH'), os.environ.get('LD_LIBRARY_PATH_ORIG'))"
    told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, timeout=30, check=True)
    assert told.stdout.split() == [str(left), "None"]
