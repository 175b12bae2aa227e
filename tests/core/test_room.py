"""How many more processes the machine can hold, and what is refused because of it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ipclab import catalog, cli, room

linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing is known")


@linux
def test_memory_bounds_the_count() -> None:
    left = room.processes_left()
    assert left is not None
    assert left[0] > 0
    assert "free" in left[1] or "at a time" in left[1] or "control group" in left[1]


@linux
@pytest.mark.skipif(sys.platform != "linux" or os.getuid() != 0, reason="only root can become somebody else")
def test_the_limit_of_an_ordinary_user_counts() -> None:
    core = Path(__file__).parents[2] / "core" / "ipclab" / "room.py"
    code = (
        "import os, resource, sys\nspace = {}\nexec(sys.stdin.read(), space)\n"
        "resource.setrlimit(resource.RLIMIT_NPROC, (20, 20))\nos.setuid(54321)\nprint(space['_limit']())"
    )
    said = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], input=core.read_text(encoding="utf-8"),
        capture_output=True, text=True, timeout=30, check=True,
    ).stdout  # fmt: skip
    assert said == "(15, 'this user may have 20 at a time')\n"  # itself, and those of a run that are no workers


@pytest.mark.parametrize(("left", "refused"), [(7, True), (8, False), (None, False)])
def test_more_workers_than_the_machine_can_hold_are_refused_at_their_field(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], left: int | None, refused: bool
) -> None:
    monkeypatch.setattr(room, "processes_left", lambda: None if left is None else (left, "112 MiB of memory are free"))
    experiment = catalog.find("lost-updates")
    values = {field.name: field.default for field in experiment.fields} | {"workers": 8}
    sentence = "8 processes are more than this machine can hold now: 112 MiB of memory are free, enough for 7 more."
    assert experiment.refusals(values) == ({"workers": sentence} if refused else {})
    if refused:
        assert cli.main(["run", "lost-updates", "--workers", "8"]) == 2
        assert capsys.readouterr().err == f"ipclab: --workers: {sentence}\n"


def test_fields_that_count_processes_together_are_refused_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "processes_left", lambda: (9, "this user may have 100 at a time"))
    experiment = catalog.find("queue")
    values = {field.name: field.default for field in experiment.fields}
    values |= {"traffic": "stream", "producers": 5, "consumers": 5}
    assert set(experiment.refusals(values)) == {"producers", "consumers"}
    assert experiment.refusals(values | {"consumers": 4}) == {}
    assert experiment.refusals(values | {"traffic": "tutorial"}) == {}


def test_every_experiment_needs_room_for_a_few(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(room, "processes_left", lambda: (3, "this user may have 10 at a time"))
    for name in ("pipe", "server-process", "network-manager"):
        assert cli.main(["run", name]) == 2
        assert capsys.readouterr().err == (
            "ipclab: --start-method: 4 processes are more than this machine can hold now: "
            "this user may have 10 at a time, enough for 3 more.\n"
        )
