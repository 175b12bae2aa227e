"""The fixture that guards all the others: each thing left behind is found, named and cleared away."""

import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QThread, QTimer
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from tests import leftovers


@pytest.fixture
def left(own_home: Path, own_tmp: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """Return a function that says what the test has left behind so far, without the patience."""
    monkeypatch.setattr(leftovers, "PATIENCE", 0.05)
    before = leftovers.look(folders=(own_tmp, own_home / "runtime"))
    return lambda: leftovers.wait_and_clear(before)


def test_finds_nothing_where_nothing_was_left(left: Callable[[], list[str]]) -> None:
    subprocess.run([sys.executable, "-c", ""], check=True)
    with tempfile.NamedTemporaryFile():
        pass
    assert left() == []


def test_finds_a_process_and_ends_it(left: Callable[[], list[str]]) -> None:
    process = subprocess.Popen(["sleep", "60"])
    assert left() == [f"process {process.pid}: sleep 60 (sleeping)"]
    assert process.wait(5) == -9


def test_finds_a_grandchild_whose_parent_has_died(left: Callable[[], list[str]]) -> None:
    shell = subprocess.run(
        ["sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"], capture_output=True, text=True, check=True
    )
    assert left() == [f"process {int(shell.stdout)}: sleep 60 (sleeping)"]


def test_finds_a_thread(left: Callable[[], list[str]]) -> None:
    done = threading.Event()
    thread = threading.Thread(target=done.wait, name="reader", daemon=True)
    thread.start()
    found = left()
    done.set()
    thread.join()
    assert found == ["thread 'reader'"]


def test_finds_a_qthread(qtbot: QtBot, left: Callable[[], list[str]]) -> None:
    thread = QThread()
    with qtbot.waitSignal(thread.started):  # until then it may not bear its name
        thread.start()
    found = left()
    thread.quit()
    thread.wait()
    assert found[0].startswith("thread 'QThread'")


def test_finds_a_running_timer_and_an_open_window(qapp: QApplication, left: Callable[[], list[str]]) -> None:
    window = QWidget()
    window.setWindowTitle("Lab")
    window.show()
    timer = QTimer(window)
    timer.start(500)
    found = left()
    assert found[0] == "window 'Lab'"
    assert found[1].startswith("timer every 500 ms")
    assert not timer.isActive()
    window.deleteLater()


@pytest.mark.parametrize("prefix", ["psm_", "mp-", "sem.mp-", "ipclab-", f"ipclab-{2**40}-"])
def test_finds_a_name_in_shared_memory_and_removes_it(prefix: str, left: Callable[[], list[str]]) -> None:
    name = leftovers.SHARED_MEMORY / f"{prefix}{secrets.token_hex(6)}"
    name.touch()
    assert left() == [f"name in shared memory: {name.name}"]
    assert not name.exists()


def test_leaves_the_folder_of_somebody_elses_run_alone(left: Callable[[], list[str]]) -> None:
    folder = leftovers.SHARED_MEMORY / f"ipclab-1-{secrets.token_hex(4)}"  # process 1 is always there, and never ours
    folder.mkdir()
    try:
        assert left() == []
        assert folder.is_dir()
    finally:
        folder.rmdir()


def test_leaves_the_semaphore_of_somebody_else_alone(left: Callable[[], list[str]]) -> None:
    """Made by a process that does not descend from this one and does not bear its mark."""
    reader, writer = os.pipe()
    theirs = f"""
import multiprocessing, os
lock = multiprocessing.get_context("spawn").Lock()
print(lock._semlock.name[1:], flush=True)
os.read({reader}, 1)
"""
    starter = "import os, sys; os.fork() or os.execv(sys.executable, [sys.executable, '-c', sys.argv[1]])"
    environment = {name: value for name, value in os.environ.items() if name != leftovers.MARK}
    with subprocess.Popen(
        [sys.executable, "-c", starter, theirs], env=environment, pass_fds=(reader,), stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        name = leftovers.SHARED_MEMORY / f"sem.{process.stdout.readline().strip()}"
        process.wait()
        os.close(reader)
        try:
            assert not [thing for thing in left() if name.name in thing]
            assert name.exists()
        finally:
            os.close(writer)
            process.stdout.read()  # until they have ended


def test_removes_the_folder_of_our_own_run(left: Callable[[], list[str]]) -> None:
    folder = leftovers.SHARED_MEMORY / f"ipclab-{os.getpid()}-{secrets.token_hex(4)}"
    folder.mkdir()
    (folder / "control").touch()
    assert left() == [f"name in shared memory: {folder.name}"]
    assert not folder.exists()


def test_finds_a_temporary_file(left: Callable[[], list[str]]) -> None:
    handle, name = tempfile.mkstemp(prefix="ipclab-")
    os.close(handle)
    assert left() == [f"file: {name}"]
    assert not Path(name).exists()


def test_finds_an_open_descriptor(left: Callable[[], list[str]]) -> None:
    reader, writer = os.pipe()
    found = left()
    os.close(reader)
    os.close(writer)
    assert len(found) == 2
    assert found[0].startswith(f"descriptor {reader}: pipe:")
