"""The log of the lab's mistakes: bounded, whole lines from several windows at once, done without where it must be."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from ipclab_gui import log

COUNT = 150  # reports that a writer writes, about 330 bytes each
WRITER = """
import sys
from pathlib import Path
sys.path[:0] = {path!r}
from ipclab_gui import log
log.SIZE = {size}
print("ready", flush=True)
sys.stdin.readline()
for number in range({count}):
    assert log.write(Path(sys.argv[1]), f"report {{sys.argv[2]}}-{{number}}\\n" + "a line of it\\n" * 20)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "log" / "window.log"


def all_of(file: Path) -> str:
    return "".join(one.read_text(encoding="utf-8") for one in sorted(file.parent.iterdir(), reverse=True))


def test_it_lies_where_this_system_keeps_logs(own_home: Path) -> None:
    place = log.place()
    assert place is not None
    assert place.is_relative_to(own_home)
    assert not place.parent.exists()


def test_a_report_stands_under_its_time_and_process_and_the_next_after_it(file: Path) -> None:
    assert log.write(file, "KeyError: größer \ud800\n") == file
    assert log.write(file, "second") == file
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [lines[1], lines[4]] == ["KeyError: größer ?", "second"]
    assert all("  process " in lines[at] for at in (0, 3))
    assert [one.name for one in file.parent.iterdir()] == [file.name]


def test_it_takes_no_more_room_than_it_may(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "SIZE", 1_000)
    for number in range(60):
        log.write(file, f"report {number} " + "x" * 100)
    found = sorted(one.name for one in file.parent.iterdir())
    assert found == ["window.log", "window.log.1", "window.log.2"]
    assert all(one.stat().st_size <= 1_000 for one in file.parent.iterdir())
    assert "report 59 " in file.read_text()
    assert "report 0 " not in all_of(file)


@pytest.mark.parametrize("size", [10_000_000, 40_000], ids=["one file", "new files meanwhile"])
def test_windows_that_write_at_once_lose_and_mix_nothing(file: Path, size: int) -> None:
    program = WRITER.format(path=sys.path, size=size, count=COUNT)
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(file), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for name in "ab"
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "ready\n"
    for writer in writers:  # both at once
        assert writer.stdin is not None
        writer.stdin.write("go\n")
        writer.stdin.flush()
    for writer in writers:
        writer.communicate(timeout=60)
    assert [writer.returncode for writer in writers] == [0, 0]
    assert all(re.fullmatch(r"window\.log(\.[12])?", one.name) for one in file.parent.iterdir())
    lines = all_of(file).splitlines()
    reports = [at for at, line in enumerate(lines) if line.startswith("report ")]
    assert sorted(lines[at] for at in reports) == sorted(f"report {name}-{n}" for name in "ab" for n in range(COUNT))
    assert all(lines[at + 1 : at + 22] == ["a line of it"] * 20 + [""] for at in reports)
    assert len(list(file.parent.iterdir())) == (1 if size > 1_000_000 else 3)


def test_a_place_that_cannot_be_written_is_said_and_done_without(tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    (tmp_path / "folder").mkdir()
    assert log.write(None, "text") is None
    assert log.write(tmp_path / "a file" / "window.log", "text") is None
    assert log.write(tmp_path / "folder", "text") is None
