"""What a test may leave behind, found quickly enough to be looked for after every test.

A process is ours when it descends from this one, or carries our mark in its environment: a grandchild whose parent has
died belongs to init, but still carries the mark. Names in /dev/shm are shared with every other program of the machine:
one counts when it is new, has a prefix that multiprocessing or the lab gives, and no process of somebody else has it
open. Everything gets `PATIENCE` seconds to go, since a process that was told to end is not gone at once.
"""

import gc
import os
import re
import secrets
import shutil
import sys
import threading
import time
from dataclasses import dataclass
from multiprocessing import current_process, forkserver, resource_tracker
from pathlib import Path

import psutil

MARK = "IPCLAB_TESTS"
os.environ[MARK] = secrets.token_hex(8)  # inherited by all that the tests start

PATIENCE = 3.0  # seconds
SHARED_MEMORY = Path("/dev/shm")
SHARED_PREFIXES = ("ipclab-", "psm_", "mp-", "sem.mp-", "sem.ipclab-")
# Threads that Qt and numpy start once and keep: pools, the session bus, the X connection, software rendering.
LIBRARY_THREADS = (
    "Thread (pooled)",
    "QDBusConnection",
    "QXcbEventQueue",
    "gmain",
    "gdbus",
    "dconf",
    "pool-",
    "llvmpipe",
)
LINUX = sys.platform == "linux"


@dataclass(frozen=True)
class Seen:
    """What was there before the test."""

    processes: frozenset[int]
    python_threads: frozenset[threading.Thread]
    threads: frozenset[int]
    descriptors: dict[int, str]
    names: frozenset[str]
    files: frozenset[Path]
    folders: tuple[Path, ...]


def look(folders: tuple[Path, ...]) -> Seen:
    """Return what is there now; `folders` are those in which every new file counts."""
    return Seen(
        processes=_pids(),
        python_threads=frozenset(threading.enumerate()),
        threads=frozenset(_threads()),
        descriptors=_descriptors(),
        names=_names(),
        files=_files(folders),
        folders=folders,
    )


def wait_and_clear(before: Seen, *, windows: bool = True) -> list[str]:
    """Wait until all that is new since `before` is gone; clear away what stays, and return it in words.

    Args:
        before: what was there.
        windows: look for windows and timers too, which takes longer the more objects there are.
    """
    deadline = time.monotonic() + PATIENCE
    pause = 0.002
    while left := _left(before):
        if time.monotonic() > deadline:
            break
        gc.collect()  # what only a cycle holds is not left behind
        time.sleep(pause)
        pause = min(2 * pause, 0.1)
    shown = _windows_and_timers() if windows else []
    if left:
        _clear(before)
    return left + shown


def _left(before: Seen) -> list[str]:
    return [
        *(f"process {pid}: {_command(pid)}" for pid in _new_processes(before)),
        *(f"thread {thread.name!r}" for thread in _new_python_threads(before)),
        *(f"thread {name!r} of a library, number {number}" for number, name in _new_threads(before)),
        *(f"name in shared memory: {name}" for name in _new_names(before)),
        *(f"file: {path}" for path in sorted(_files(before.folders) - before.files - _kept_files())),
        *(f"descriptor {number}: {target}" for number, target in _new_descriptors(before)),
    ]


def _clear(before: Seen) -> None:
    for pid in _new_processes(before):
        try:
            psutil.Process(pid).kill()
        except psutil.Error:
            continue
    names = [SHARED_MEMORY / name for name in _new_names(before)]
    for path in [*names, *(_files(before.folders) - before.files - _kept_files())]:
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


# ------------------------------------------------------------------------------------------------------- Processes


def _pids() -> frozenset[int]:
    if LINUX:
        return frozenset(int(name) for name in os.listdir("/proc") if name.isdigit())
    return frozenset(psutil.pids())


def _new_processes(before: Seen) -> list[int]:
    helpers = _helpers()
    return sorted(pid for pid in _pids() - before.processes if pid not in helpers and _is_ours(pid))


def _helpers() -> set[int]:
    """The two processes that multiprocessing starts once for this process and keeps to its end."""
    tracker = getattr(resource_tracker, "_resource_tracker")  # noqa: B009 - not in the public face
    server = getattr(forkserver, "_forkserver")  # noqa: B009
    return {pid for pid in (tracker._pid, server._forkserver_pid) if pid is not None}


def _is_ours(pid: int) -> bool:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE and process.ppid() != os.getpid():
            return False  # dead; whoever adopted it will collect it
        if os.getpid() in {parent.pid for parent in process.parents()}:
            return True
        return process.environ().get(MARK) == os.environ[MARK]
    except psutil.Error:
        return False


def _command(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        return f"{' '.join(process.cmdline())[:200] or process.name()} ({process.status()})"
    except psutil.Error:
        return "gone since"


# --------------------------------------------------------------------------------------------------------- Threads


def _new_python_threads(before: Seen) -> list[threading.Thread]:
    alive = set(_threads())
    return [
        thread
        for thread in threading.enumerate()
        if thread not in before.python_threads
        and (not LINUX or thread.native_id in alive)  # what Python remembers of a QThread outlives it
    ]


def _threads() -> list[int]:
    if not LINUX:
        return []
    return [int(name) for name in os.listdir("/proc/self/task")]


def _new_threads(before: Seen) -> list[tuple[int, str]]:
    """Return threads that Python may not know. A QThread bears the name of its class, a pool's that of the process."""
    python = {thread.native_id for thread in threading.enumerate()}
    new = set(_threads()) - before.threads - python
    if not new:
        return []
    main = _thread_name(os.getpid())
    named = [(number, _thread_name(number)) for number in sorted(new)]
    return [(number, name) for number, name in named if name and name != main and not name.startswith(LIBRARY_THREADS)]


def _thread_name(number: int) -> str:
    try:
        return Path(f"/proc/self/task/{number}/comm").read_text().strip()
    except OSError:
        return ""  # ended meanwhile


# ------------------------------------------------------------------------------- Shared memory, files, descriptors


def _names() -> frozenset[str]:
    if not SHARED_MEMORY.is_dir():
        return frozenset()
    return frozenset(name for name in os.listdir(SHARED_MEMORY) if name.startswith(SHARED_PREFIXES))


def _new_names(before: Seen) -> list[str]:
    new = _names() - before.names
    return sorted(name for name in new if not _of_somebody_else(name)) if new else []


def _of_somebody_else(name: str) -> bool:
    """Whether `name` bears the number of a process that is not ours, or such a process has it mapped.

    Slow, and asked only when something is new. A semaphore is found by its inode: in the process that made it, the map
    bears the name that glibc gave it before it had its own.
    """
    owner = name.split("-")[1] if name.startswith("ipclab-") else ""
    if owner.isdigit() and int(owner) in _pids():  # also a number no process can have, which psutil refuses
        return int(owner) != os.getpid() and not _is_ours(int(owner))
    try:
        inode = (SHARED_MEMORY / name).stat().st_ino
    except FileNotFoundError:
        return True  # gone since
    mapped = re.compile(rf" {inode} +{SHARED_MEMORY}/")
    for pid in _pids() - {os.getpid()}:
        try:
            if mapped.search(Path(f"/proc/{pid}/maps").read_text()) and not _is_ours(pid):
                return True
        except OSError:
            continue
    return False


def _files(folders: tuple[Path, ...]) -> frozenset[Path]:
    return frozenset(Path(entry.path) for folder in folders if folder.is_dir() for entry in os.scandir(folder))


def _kept_files() -> set[Path]:
    """The folder that multiprocessing makes once for this process and removes at its end."""
    kept = getattr(current_process(), "_config").get("tempdir")  # noqa: B009
    return {Path(kept)} if kept else set()


def _descriptors() -> dict[int, str]:
    found: dict[int, str] = {}
    if LINUX:
        for name in os.listdir("/proc/self/fd"):
            try:
                found[int(name)] = os.readlink(f"/proc/self/fd/{name}")
            except OSError:
                continue  # the folder's own
    return found


def _new_descriptors(before: Seen) -> list[tuple[int, str]]:
    tracker = getattr(resource_tracker, "_resource_tracker")  # noqa: B009
    server = getattr(forkserver, "_forkserver")  # noqa: B009
    kept = {tracker._fd, server._forkserver_alive_fd}
    new = [
        (number, target)
        for number, target in sorted(_descriptors().items())
        if before.descriptors.get(number) != target and number not in kept
    ]
    # Each thread of Qt's pools has an event loop, which Qt starts and ends when it likes: an eventfd of the library's.
    pooled = sum(_thread_name(number).startswith("Thread (pooled)") for number in _threads())
    wakers = [one for one in new if one[1] == "anon_inode:[eventfd]"][:pooled]
    return [one for one in new if one not in wakers]


# -------------------------------------------------------------------------------------------------------------- Qt


def _windows_and_timers() -> list[str]:
    """Return the windows still open and the timers still running, and end them. Of no cost where Qt is not loaded."""
    if "PySide6.QtWidgets" not in sys.modules:
        return []
    from PySide6.QtCore import QCoreApplication, QEvent, QTimer
    from PySide6.QtWidgets import QApplication
    from shiboken6 import isValid

    app = QApplication.instance()
    if app is None:
        return []
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    left = []
    for window in QApplication.topLevelWidgets():
        if window.isVisible():
            left.append(f"window {window.windowTitle() or type(window).__name__!r}")
            window.hide()
    for thing in gc.get_objects():
        if type(thing) is QTimer and isValid(thing) and thing.isActive() and thing.parent() is not app:
            left.append(f"timer every {thing.interval()} ms of {thing.parent()!r}")
            thing.stop()
    return left
