"""How a run begins: whatever the place and the state in which the lab was started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from ipclab import engine
from ipclab.runner.system import system
from tests.cli.conftest import LIMIT, environment

SHADOWS = ("socket", "threading", "re", "pickle", "random", "tempfile", "copyreg", "multiprocessing")
METHODS = engine.start_methods()


@pytest.mark.parametrize("method", METHODS)
def test_files_of_the_persons_folder_hide_nothing(tmp_path: Path, method: str) -> None:
    for name in SHADOWS:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this is not the standard library')\n")
    script = Path(sys.executable).with_name("ipclab")
    ran = subprocess.run(
        [str(script), "run", "pipe", "--start-method", method, "--json"],
        cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=LIMIT, check=False,
    )  # fmt: skip
    assert (ran.returncode, ran.stderr) == (0, "")
    assert json.loads(ran.stdout)["outcome"]["status"] == "done"


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of another kind")
@pytest.mark.parametrize("closed", ["0<&- 2>&-", "0<&- 1>&-", "1>&- 2>&-", "0<&- 1>&- 2>&-"])
def test_a_run_begins_where_standard_descriptors_are_closed(closed: str) -> None:
    ran = subprocess.run(
        f'exec "{sys.executable}" -m ipclab_gui run separate-memory {closed}',
        shell=True, env=environment(), timeout=LIMIT, check=False, capture_output=True,
    )  # fmt: skip
    assert ran.returncode == 0


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the folders of runs lie in a folder of the test's."""
    monkeypatch.setattr(engine, "_parent", lambda: str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    "name", ["ipclab-4000000-mydata", "ipclab-99999999999999999999-x", "ipclab-²-abcdefgh", "ipclab-"]
)
def test_what_only_looks_like_a_run_is_left_alone(parent: Path, name: str) -> None:
    (parent / name).mkdir()
    (parent / name / "thesis.txt").write_text("years of work")
    engine.sweep()
    assert (parent / name / "thesis.txt").exists()


def test_a_folder_named_like_a_run_without_a_runs_files_is_left_alone(parent: Path) -> None:
    folder = parent / "ipclab-4000000-abcdefgh"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    engine.sweep()
    assert (folder / "thesis.txt").exists()


@pytest.mark.parametrize("pid", [4_000_000, 4_000_000_000])  # the second is no number of a process
def test_what_a_dead_run_has_left_is_removed(parent: Path, pid: int) -> None:
    folder = parent / f"ipclab-{pid}-abcdefgh"
    folder.mkdir()
    (folder / "control").write_bytes(bytes(4096))
    engine.sweep()
    assert not folder.exists()


@pytest.mark.parametrize("files", [(), ("request",)])
def test_a_folder_whose_maker_was_killed_at_once_is_removed(parent: Path, files: tuple[str, ...]) -> None:
    folder = parent / "ipclab-4000000-abcdefgh"
    folder.mkdir()
    for name in files:
        (folder / name).touch()
    engine.sweep()
    assert not folder.exists()


def test_a_long_path_of_temporary_files_leaves_room_for_the_paths_of_sockets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("long" * 12)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    monkeypatch.setattr(system, "memory_folder", lambda: None)
    assert len(os.fsencode(engine._parent())) <= engine.ROOM_FOR_SOCKETS
