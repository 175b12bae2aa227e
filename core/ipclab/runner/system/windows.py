"""Windows: handles to wait on, a job object that holds a run together, named pipes, no fork and no signals.

Keeper and runner are two starts here: the keeper puts itself into a job that ends all its processes once its one handle
is closed, which is when the keeper is gone, and starts the runner in it.
"""

from __future__ import annotations

# Long because one system has one module: its parts are not understood without one another.
import _winapi
import msvcrt
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

from ipclab.runner.system import kernel32

assert sys.platform == "win32"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.connection import Connection
    from typing import IO, Any

CREDIT, BATCH = 3, 32 * 1024
WATCHES_WRITES = False  # NTFS tells a write to a file that stays open when it likes
ASKED = ENDED = "terminated"  # what `ask_to_end` and `end` do, in words

_PIPE_HOLDS = 256 * 1024  # bytes, of the 8 KiB that multiprocessing's own Pipe holds
_WAITED_FOR = 60  # things in one wait: WaitForMultipleObjects takes 64 at most, and Python may add one
_BETWEEN_LOOKS = 0.02  # s, where there are more
_TERMINATED = 0x10000  # the exit code that multiprocessing's terminate() gives, and takes for SIGTERM
_REMOVING_TAKES = 1.0  # s: a file is held a little longer than the process that had it open

_QUERY, _TERMINATE = 0x1000, 0x0001  # PROCESS_QUERY_LIMITED_INFORMATION, PROCESS_TERMINATE
_GONE = 87  # ERROR_INVALID_PARAMETER: there is no such process

_children: dict[int, subprocess.Popen[bytes]] = {}  # what this process has started, until it is reaped


def pipe() -> tuple[Connection[Any, Any], Connection[Any, Any]]:
    """Return the window's end of a run's Pipe and the runner's, with room for the batches of all credit."""
    from multiprocessing.connection import PipeConnection
    from uuid import uuid4

    address = rf"\\.\pipe\ipclab-{os.getpid()}-{uuid4().hex}"
    ours = _winapi.CreateNamedPipe(
        address,
        _winapi.PIPE_ACCESS_DUPLEX | _winapi.FILE_FLAG_OVERLAPPED | _winapi.FILE_FLAG_FIRST_PIPE_INSTANCE,
        _winapi.PIPE_TYPE_MESSAGE | _winapi.PIPE_READMODE_MESSAGE | _winapi.PIPE_WAIT,
        1,
        _PIPE_HOLDS,
        _PIPE_HOLDS,
        _winapi.NMPWAIT_WAIT_FOREVER,
        _winapi.NULL,
    )
    theirs = _winapi.CreateFile(
        address,
        _winapi.GENERIC_READ | _winapi.GENERIC_WRITE,
        0,
        _winapi.NULL,
        _winapi.OPEN_EXISTING,
        _winapi.FILE_FLAG_OVERLAPPED,
        _winapi.NULL,
    )
    _winapi.SetNamedPipeHandleState(theirs, _winapi.PIPE_READMODE_MESSAGE, None, None)
    _winapi.ConnectNamedPipe(ours, overlapped=True).GetOverlappedResult(True)
    return PipeConnection(ours), PipeConnection(theirs)  # type: ignore[return-value]  # a Connection by what it can


def _python(command: list[str]) -> dict[str, Any]:
    """Return how a Python is started so that the pid is its own: a venv's python.exe only starts another."""
    base = getattr(sys, "_base_executable", sys.executable)
    if command[0] != sys.executable or os.path.normcase(base) == os.path.normcase(sys.executable):
        return {"args": command}
    return {"args": [base, *command[1:]], "env": {**os.environ, "__PYVENV_LAUNCHER__": sys.executable}}


def _with_handle(handle: int) -> subprocess.STARTUPINFO:
    """Return what has a child inherit one handle."""
    os.set_handle_inheritable(handle, True)
    return subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})


def start_keeper(
    command: list[str],
    end: Connection[Any, Any],
    errors: IO[bytes],
    streams: Sequence[int] = (),  # noqa: ARG001
) -> subprocess.Popen[bytes]:
    """Start the keeper without a console; it is told the Pipe's end, which it inherits, and who started it."""
    return subprocess.Popen(
        **_python([*command, str(end.fileno()), str(os.getpid())]),
        startupinfo=_with_handle(end.fileno()),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        creationflags=subprocess.DETACHED_PROCESS,
    )


def start_runner(end: int) -> int:
    """Put this process, the keeper, into a job of its own and start the runner in it; return its pid."""
    kernel32.enter_job()
    runner = subprocess.Popen(
        **_python([sys.executable, *sys.orig_argv[1:-1], str(os.getpid()), "runner"]),
        startupinfo=_with_handle(end),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        creationflags=subprocess.DETACHED_PROCESS,
    )
    _winapi.CloseHandle(end)
    _children[runner.pid] = runner
    return runner.pid


def pipe_end(end: int) -> Connection[Any, Any]:
    """Return the runner's end of the Pipe, which none of its children inherits."""
    from multiprocessing.connection import PipeConnection

    os.set_handle_inheritable(end, False)
    return PipeConnection(end)  # type: ignore[return-value]  # a Connection by what it can


def start(
    command: list[str],
    out: str,
    err: str,
    environment: Mapping[str, str] = os.environ,
    streams: Sequence[int] = (),
) -> int:
    """Start a program with a hidden console of its own, its input empty, its output going to two files; return its pid.

    Without a console each of its own children would open one on the screen. The first of `streams` becomes its input.
    """
    with open(out, "ab") as to_out, open(err, "ab") as to_err:
        child = subprocess.Popen(
            **_python(command),
            stdin=streams[0] if streams else subprocess.DEVNULL,
            stdout=to_out,
            stderr=to_err,
            creationflags=subprocess.CREATE_NO_WINDOW,
            env=environment,
        )
    for one in streams:
        os.close(one)
    _children[child.pid] = child
    return child.pid


def input_pipe() -> tuple[int, int]:
    """Return the ends of a pipe: one to read from, and one to write to that fails instead of waiting."""
    theirs, ours = os.pipe()
    kernel32.let_fail(msvcrt.get_osfhandle(ours))
    return theirs, ours


def ignore_signals() -> None:
    """Let Ctrl-C and Ctrl-Break of a console not end this process."""
    for number in (signal.SIGINT, signal.SIGBREAK):
        signal.signal(number, signal.SIG_IGN)


def adopt_orphans(folder: str) -> None:
    """Do nothing: a job has every process that is started in it, whoever its parent is."""


class _Handle:
    """A handle to wait on."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    def __index__(self) -> int:
        return self._handle

    def close(self) -> None:
        """Give the handle back."""
        if self._handle:
            _winapi.CloseHandle(self._handle)
            self._handle = 0


class Asked(_Handle):
    """Never ready: who asks a process to end terminates it, and the job ends the others."""

    def __init__(self) -> None:
        super().__init__(kernel32.event(is_set=False))


class Death(_Handle):
    """Ready once a process has ended: its handle. A pid that is gone already is ready at once."""

    def __init__(self, pid: int) -> None:
        try:
            handle = _winapi.OpenProcess(_winapi.SYNCHRONIZE | _QUERY, False, pid)
        except OSError as error:
            if error.winerror != _GONE:
                raise
            handle = kernel32.event(is_set=True)
        super().__init__(handle)


class FolderWatch:
    """Ready when a file in a folder was made, or touched: FindFirstChangeNotification. Writes are told late."""

    def __init__(self, path: str) -> None:
        self._handle = kernel32.watch(path)

    def __index__(self) -> int:
        return self._handle

    def drain(self) -> bool:
        """Take what has been told; tell whether there was anything."""
        told = _winapi.WaitForSingleObject(self._handle, 0) == _winapi.WAIT_OBJECT_0
        if told:
            kernel32.watch_on(self._handle)
        return told

    def close(self) -> None:
        """Give the handle back."""
        kernel32.end_watch(self._handle)


def wait(things: Sequence[Any], seconds: float | None) -> list[Any]:
    """Return those of some things, handles or connections, that are ready; [] once the time is over."""
    from multiprocessing import connection

    if len(things) <= _WAITED_FOR:
        return connection.wait(things, seconds)
    over = None if seconds is None else time.monotonic() + seconds
    while True:
        ready: list[Any] = []
        for at in range(0, len(things), _WAITED_FOR):
            ready += connection.wait(things[at : at + _WAITED_FOR], 0)
        left = _BETWEEN_LOOKS if over is None else min(over - time.monotonic(), _BETWEEN_LOOKS)
        if ready or left <= 0:
            return ready
        connection.wait(things[:_WAITED_FOR], left)


def _code(code: int) -> int:
    """Return an exit code as multiprocessing has it."""
    return -signal.SIGTERM if code == _TERMINATED else code


def reap() -> dict[int, int]:
    """Take the exit codes of children that have ended, by pid."""
    found = {}
    for pid, child in list(_children.items()):
        code = child.poll()
        if code is not None:
            found[pid] = _code(code)
            del _children[pid]
    return found


def code_of(pid: int) -> int:
    """Wait for the end of a child, and return its exit code."""
    return _code(_children.pop(pid).wait())


def zombie_status(pid: int) -> int | None:
    """Return the exit code of a process that has ended and of which somebody still has a handle."""
    try:
        handle = _winapi.OpenProcess(_QUERY, False, pid)
    except OSError:
        return None
    try:
        code = _winapi.GetExitCodeProcess(handle)
    finally:
        _winapi.CloseHandle(handle)
    return None if code == _winapi.STILL_ACTIVE else _code(code)


def exists(pid: int) -> bool:
    """Tell whether there is a process of this number."""
    import psutil

    try:
        return psutil.pid_exists(pid)
    except OverflowError:  # larger than the number of any process
        return False


def descendants(root: int) -> list[int]:
    """Return the live pids below a process; of keeper and runner all those of their job, whoever their parent is."""
    if root == os.getpid():
        return [pid for pid in kernel32.in_job() if pid not in (root, os.getppid())]
    import psutil

    try:
        return [process.pid for process in psutil.Process(root).children(recursive=True)]
    except psutil.Error:
        return []


def users_of(folder: str) -> list[int]:
    """Return the pids of a run's Pythons, whoever their parent is: their commands name its folder."""
    import psutil

    name, found = os.path.basename(folder), []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            command = " ".join(process.cmdline())
            if process.pid != os.getpid() and name in command and "from ipclab" in command:
                found.append(process.pid)
    return found


def is_tracker(pid: int) -> bool:
    """Tell whether a process is a console's host, which ends with the last that uses it: there are no trackers."""
    import psutil

    try:
        return bool(psutil.Process(pid).name().lower() == "conhost.exe")
    except psutil.Error:
        return False


def ask_to_end(pid: int) -> None:
    """Terminate a process, as multiprocessing does; there is no way to ask."""
    try:
        handle = _winapi.OpenProcess(_TERMINATE, False, pid)
    except OSError:  # gone
        return
    with suppress(OSError):  # it is ending
        _winapi.TerminateProcess(handle, _TERMINATED)
    _winapi.CloseHandle(handle)


def end(pid: int) -> None:
    """Terminate a process."""
    ask_to_end(pid)


def interrupt(pid: int) -> None:
    """Terminate a process: there is no Ctrl-C for a console that nobody sees."""
    ask_to_end(pid)


def is_own(path: str) -> bool:  # noqa: ARG001
    """Return True: each person has a folder for temporary files."""
    return True


def hold(descriptor: int) -> None:
    """Do nothing: a process sees all others here, so that `exists` says enough."""


def is_held(path: str) -> bool:  # noqa: ARG001
    """Return False."""
    return False


def memory_folder() -> str | None:
    """Return None: there is no folder whose files live in memory."""
    return None


def remove_folder(folder: str) -> None:
    """Remove a run's folder with all that is in it, once nobody has a file of it open any more."""
    give_up = time.monotonic() + _REMOVING_TAKES
    shutil.rmtree(folder, ignore_errors=True)
    while os.path.isdir(folder) and time.monotonic() < give_up:
        time.sleep(0.01)
        shutil.rmtree(folder, ignore_errors=True)


def read_at(descriptor: int, size: int, offset: int) -> bytes:
    """Read up to `size` bytes from an offset of a file. One thread a descriptor: it has one position."""
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.read(descriptor, size)


def write_at(descriptor: int, data: bytes, offset: int) -> int:
    """Write at an offset of a file; return how many bytes. One thread a descriptor: it has one position.

    Raises:
        OSError: there is no room.
    """
    os.lseek(descriptor, offset, os.SEEK_SET)
    return os.write(descriptor, data)


def forget_pages(descriptor: int, start: int, size: int) -> None:
    """Give back the blocks of a part of a file that has been read: it becomes sparse, and that part zero."""
    kernel32.zero(msvcrt.get_osfhandle(descriptor), start, start + size)


__all__ = [
    "ASKED",
    "BATCH",
    "CREDIT",
    "ENDED",
    "WATCHES_WRITES",
    "Asked",
    "Death",
    "FolderWatch",
    "adopt_orphans",
    "ask_to_end",
    "code_of",
    "descendants",
    "end",
    "exists",
    "forget_pages",
    "hold",
    "ignore_signals",
    "input_pipe",
    "interrupt",
    "is_held",
    "is_own",
    "is_tracker",
    "memory_folder",
    "pipe",
    "pipe_end",
    "read_at",
    "reap",
    "remove_folder",
    "start",
    "start_keeper",
    "start_runner",
    "users_of",
    "wait",
    "write_at",
    "zombie_status",
]
