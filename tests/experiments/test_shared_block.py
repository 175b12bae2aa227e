import os
import re
import signal
import sys
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from ipclab import engine
from ipclab.cli import arguments
from ipclab.experiments import shared_block
from ipclab.experiments.shared_block import Options, check
from ipclab.outputs import run_name
from ipclab.quantity import spell_number
from ipclab.runner.system import system
from ipclab_gui.window import MainWindow
from tests.running import Ran, kill, plain, run_experiment, stop_when

LINUX = sys.platform == "linux"
FEW = 20  # generations
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no resource tracker, and nothing to unlink")


def left(ran: Ran) -> list[str]:
    """Return what the run's blocks have left in /dev/shm."""
    block = str(ran.shown("main").get("block", ""))
    assert block.startswith("ipclab-")
    return [name for name in os.listdir("/dev/shm") if name.startswith(block.rpartition("-")[0])] if LINUX else []


def test_every_generation_is_seen_whole_when_both_take_turns(start_method: str) -> None:
    ran = run_experiment("shared-block", start_method=start_method, count=200)
    assert ran.status == "done"
    assert list(ran.processes) == ["main", "reader"]
    assert ran.shown("main")["written"] == ran.shown("reader")["seen"] == 200
    assert ran.found("ok") == [
        "200 of 200 generations seen, 0 of 200 copies torn.",
        "Closed by both and unlinked by main, the block is gone.",
    ]
    assert ran.found("bad") == ran.found("warning") == []
    assert list(ran.samples["written"]) == list(ran.samples["seen"]) == list(range(1, 201))
    assert len(ran.samples["copied"]) == 200
    assert len(ran.samples["create to attach"]) == 1
    assert ran.observation.progress == (200, 200)
    assert left(ran) == []


def test_nobody_waits_and_copies_are_torn(start_method: str) -> None:
    ran = run_experiment("shared-block", start_method=start_method, turns="none", count=2_000, size=2**22)
    torn = re.fullmatch(r"([\d ]+) of ([\d ]+) copies \(([\d.]+) %\) hold parts of .*", ran.found("bad")[0])
    assert torn is not None
    some, of = (int(group.replace(" ", "")) for group in torn.groups()[:2])
    assert 0 < some <= of == len(ran.samples["seen"])
    assert float(torn[3]) == pytest.approx(100 * some / of, abs=0.051)
    assert f"n = {torn[2]} copies of 4 MiB" in plain(ran.findings[1].evidence)
    assert ran.samples["seen"][-1] == 2_000


def test_numbers_written_whole_are_not_called_safe() -> None:
    ran = run_experiment("shared-block", turns="none", count=2_000, size=8)
    assert ran.found("bad") == []
    assert re.fullmatch(r"No torn copy shown in [\d ]+; nothing forbids one\.", ran.found("warning")[0])


@pytest.mark.parametrize("size", [8, 15, 4097, 2**27 + 8], ids=["8 B", "15 B", "4097 B", "more than one piece"])
def test_a_block_may_have_any_size(size: int, start_method: str) -> None:
    ran = run_experiment("shared-block", start_method=start_method, size=size, count=3)
    assert ran.found("ok")[0] == "3 of 3 generations seen, 0 of 3 copies torn."


def test_a_new_block_each_time_is_attached_and_removed_each_time(start_method: str) -> None:
    ran = run_experiment("shared-block", start_method=start_method, blocks="a new one each time", count=FEW)
    assert len(ran.samples["create to attach"]) == FEW
    assert ran.found("ok")[0] == f"{FEW} of {FEW} generations seen, 0 of {FEW} copies torn."
    each = r"20 blocks of 1 MiB: [\d.]+ .?s each to make, fill, read and remove\."
    assert any(re.fullmatch(each, text) for text in ran.found("info"))
    assert [line.text for line in ran.observation.lines if line.stream == "stderr"] == []


@posix
def test_a_block_that_nobody_unlinks_stays_until_the_tracker_takes_it(start_method: str) -> None:
    ran = run_experiment("shared-block", start_method=start_method, forget="unlink", count=FEW)
    assert ran.status == "done"
    assert ran.found("bad") == ["Both have closed the block, nobody has unlinked it, and its 1 MiB are still there."]
    assert "leaked shared_memory objects" in "\n".join(ran.output("main", "stderr"))
    assert left(ran) == []


@posix
def test_a_reader_that_forgets_to_close_still_reads_what_is_unlinked(start_method: str) -> None:
    ran = run_experiment("shared-block", start_method=start_method, forget="close", count=FEW)
    assert ran.found("warning") == ["The name is gone, and reader still has 1 MiB mapped."]
    assert ran.processes["reader"].code == 0
    assert left(ran) == []


@posix
@pytest.mark.parametrize("contents", ["array", "ShareableList"])
def test_a_worker_with_a_tracker_of_its_own_takes_the_block_along(contents: str, start_method: str) -> None:
    few: dict[str, Any] = {"count": FEW} if contents == "array" else {}
    ran = run_experiment(
        "shared-block", start_method=start_method, contents=contents, worker_starts="before the block", **few
    )
    worker = "reader" if contents == "array" else "writer"
    assert ran.status == "done"
    if start_method == "fork":
        assert ran.found("bad") == [
            f"The end of {worker} has removed the block, which main still uses.",
            "main's unlink() raised FileNotFoundError: the block had been unlinked already.",
        ]
        assert "leaked shared_memory objects" in "\n".join(ran.output(worker, "stderr"))
    else:
        assert ran.found("bad") == []
        assert f"The block has outlived {worker}." in ran.found("ok")
        assert "Closed by both and unlinked by main, the block is gone." in ran.found("ok")


@posix
@pytest.mark.skipif(sys.version_info < (3, 13), reason="track=False came with 3.13")
def test_a_worker_that_does_not_track_leaves_the_block_alone(start_method: str) -> None:
    ran = run_experiment(
        "shared-block", start_method=start_method, worker_starts="before the block", worker_tracks=False, count=FEW
    )
    assert "The block has outlived reader." in ran.found("ok")
    assert ran.found("bad") == []


def test_a_shareable_list_is_written_by_the_other_and_refuses_what_is_too_long(start_method: str) -> None:
    ran = run_experiment("shared-block", start_method=start_method, contents="ShareableList")
    assert ran.shown("main")["items"] == ran.shown("writer")["items"] == ["HELLO", "HEY", "HRU?"]
    assert ran.output("main") == [
        "items in the main program before: ['hello', 'hey', 'hru?']",
        "items in the main program after: ['HELLO', 'HEY', 'HRU?']",
    ]
    assert ran.found("warning") == ["The place of “hello” takes a text of 8 B; one of 9 B is refused."]
    assert ran.found("bad") == []


@pytest.mark.parametrize(
    ("item", "longest"),
    [("", 8), ("1234567", 8), ("12345678", 16), ("ä" * 4, 8)],
    ids=["empty", "7 B", "8 B", "8 B in 4 characters"],
)
def test_a_place_is_as_many_bytes_as_characters_rounded_up_to_the_next_8(item: str, longest: int) -> None:
    ran = run_experiment("shared-block", contents="ShareableList", items=(item, "other"), start_method="fork")
    assert ran.found("warning") == [
        f"The place of “{item}” takes a text of {longest} B; one of {longest + 1} B is refused."
    ]
    assert ran.shown("main")["items"] == [item.upper(), "OTHER"]


@pytest.mark.parametrize(
    ("item", "found"),
    [("größer, süßer", "größer, süße"), ("€" * 5, "(unreadable: cut off within a character)")],
    ids=["cut after a character", "cut within one"],
)
def test_what_does_not_fit_when_the_list_is_made_is_cut_off_and_that_is_said(item: str, found: str) -> None:
    ran = run_experiment("shared-block", contents="ShareableList", items=("a", item), start_method="fork")
    assert ran.status == "done"
    assert ran.found("bad")[0] == f"“{item}” has become “{found}” in the list, without an error."
    assert ran.output("main")[0] == f"items in the main program before: {['a', found]}"


def test_capitals_that_are_longer_than_their_place_are_refused() -> None:
    ran = run_experiment("shared-block", contents="ShareableList", items=("ΐΐΐ",), start_method="fork")
    assert "is too long for the place of “ΐΐΐ”: refused." in ran.found("bad")[0]
    assert ran.shown("main")["items"] == ["ΐΐΐ"]


def test_a_block_that_does_not_fit_is_refused_before_it_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_block, "free_room", lambda: 3 * 2**20)
    assert check(Options(size=3 * 2**20)) == {}
    sentence = check(Options(size=2**22))["size"]
    assert plain(sentence) == "4 MiB do not fit: /dev/shm has 3.00 MiB free."
    assert check(Options(size=2**22, contents="ShareableList")) == {}
    monkeypatch.setattr(shared_block, "free_room", lambda: None)
    assert check(Options(size=2**36)) == {}


@pytest.mark.skipif(not LINUX, reason="there is no /dev/shm")
def test_too_large_a_block_ends_the_run_in_a_sentence_and_not_by_a_signal() -> None:
    room = shared_block.free_room()
    assert room is not None
    size = room + 2**30
    if size > 2**36:
        pytest.skip("/dev/shm has room for the largest block there can be")
    ran = run_experiment("shared-block", size=size)
    assert ran.status == "failed"
    assert f"{plain(spell_number(size, 'B'))} do not fit: /dev/shm has" in plain(ran.text)


@pytest.mark.skipif(sys.version_info >= (3, 13), reason="3.13 has track=False")
def test_track_false_is_refused_where_python_has_none() -> None:
    assert check(Options(worker_tracks=False))["worker_tracks"].startswith("track=False came with Python 3.13, and")


@posix
def test_an_array_of_frombuffer_forbids_to_close_and_one_of_ndarray_does_not() -> None:
    import numpy as np

    block = SharedMemory(create=True, size=64)
    block.unlink()
    assert block.buf is not None
    careful = np.frombuffer(block.buf, np.int64)
    with pytest.raises(BufferError):
        block.close()
    del careful
    careless: Any = np.ndarray(8, np.int64, buffer=block.buf)
    block.close()
    del careless  # not to be looked into: its memory is unmapped


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"count": 1_000_000}, id="in turn"),
        pytest.param({"count": 1_000_000, "turns": "none"}, id="nobody waits"),
        pytest.param({"count": 1_000_000, "blocks": "a new one each time"}, id="new blocks"),
        pytest.param({"count": 1_000_000, "forget": "unlink"}, id="nobody unlinks"),
    ],
)
def test_a_run_can_be_stopped_and_leaves_nothing(parameters: dict[str, Any], start_method: str) -> None:
    def some_are_seen(observation: engine.Observation) -> bool:
        return "seen" in observation.series and observation.series["seen"].n > 10

    ran = run_experiment("shared-block", start_method=start_method, meanwhile=stop_when(some_are_seen), **parameters)
    assert ran.status == "stopped"
    assert ran.seconds < 20


@pytest.mark.parametrize("name", ["main", "reader"])
def test_a_kill_leaves_no_block(name: str, start_method: str) -> None:
    def some_are_seen(observation: engine.Observation) -> bool:
        return "seen" in observation.series and observation.series["seen"].n > 10

    ran = run_experiment(
        "shared-block",
        start_method=start_method,
        count=1_000_000,
        meanwhile=kill(name, signal.SIGKILL, when=some_are_seen),
    )
    assert ran.status == "failed"
    assert "SIGKILL" in ran.text
    assert ran.found("ok") == []
    if name == "reader":
        assert ran.found("warning") == ["reader has ended with exit code -9, before its close()."]
        evidence = next(plain(finding.evidence) for finding in ran.findings if finding.level == "warning")
        assert re.fullmatch(r"[\d ]+ of 1 000 000 generations done", evidence)
    assert left(ran) == []


@pytest.mark.skipif(not LINUX, reason="only Linux lists the names of blocks")
def test_what_bears_the_runs_name_goes_with_its_folder_and_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "ipclab-1-shmtest1"
    folder.mkdir()
    name = run_name(str(folder))
    mine, other = Path(f"/dev/shm/{name}-block"), Path(f"/dev/shm/{name}s-block")
    try:
        mine.write_bytes(b"x")
        other.write_bytes(b"x")
        system.remove_folder(str(folder))
        assert not folder.exists()
        assert not mine.exists()
        assert other.exists()
    finally:
        mine.unlink(missing_ok=True)
        other.unlink(missing_ok=True)


@pytest.mark.skipif(not LINUX, reason="only Linux says how much room there is")
def test_a_block_that_does_not_fit_is_refused_before_the_run_in_the_terminal() -> None:
    with pytest.raises(arguments.Misuse, match=r"^--size: 64.GiB do not fit: /dev/shm has "):
        arguments.read(["run", "shared-block", "--size", "64GiB"])


@pytest.mark.skipif(not LINUX, reason="only Linux says how much room there is")
def test_a_block_that_does_not_fit_is_refused_at_its_field(qtbot: QtBot, tmp_path: Path) -> None:
    window = MainWindow(tmp_path / "settings.json")
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.shown):
        window.show()
    window.show_experiment("shared-block")
    fields = window.workspace.form.fields
    fields.write({"size": 2**36})
    window.run()
    assert not window.live.running
    assert plain(fields.refused["size"]).startswith("64 GiB do not fit: /dev/shm has ")
    fields.write({"size": 2**10})
    assert fields.refused == {} and window.menus.run.isEnabled()
    window.close()
