"""What Linux and macOS share: fork, signals, poll, inherited descriptors. Their modules pass these names on."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import sys
from contextlib import suppress
from select import POLLIN, poll

from ipclab.records import CLOSED

assert sys.platform != "win32"

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from multiprocessing.connection import Connection
    from subprocess import Popen
    from typing import IO, Any

ASKED, ENDED = "sent SIGTERM to", "sent SIGKILL to"  # what `ask_to_end` and `end` do, in words
# What was ignored already where this process was started, as in a shell's background job or by nohup: so will what it
# starts, as without the lab. Read before `ignore_signals`.
IGNORED = tuple(one for one in (signal.SIGINT, signal.SIGHUP) if signal.getsignal(one) is signal.SIG_IGN)


def start_keeper(
    command: list[str], end: Connection[Any, Any], errors: IO[bytes], streams: Sequence[int] = ()
) -> Popen[bytes]:
    """Start the keeper in a session of its own; it is told the Pipe's end, which it inherits, and who started it.

    Args:
        command: without its last two words.
        end: of the Pipe.
        errors: what becomes its stderr.
        streams: further descriptors that it inherits, above 2, for the main program.
    """
    import subprocess

    return subprocess.Popen(
        [*command, str(end.fileno()), str(os.getpid())],
        pass_fds=(end.fileno(), *(one for one in streams if one != CLOSED)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=errors,
        start_new_session=True,
    )


def start_runner(end: int) -> int:
    """Fork the runner off the keeper, which gives up the Pipe's end; return its pid, 0 in the runner itself."""
    runner = os.fork()
    if runner:
        os.close(end)
    return runner


def above_standard(end: Connection[Any, Any]) -> Connection[Any, Any]:
    """Return a connection whose descriptor is above 2: a child that inherits it has its stdin, stdout, stderr below.

    It is not where this process was started with those closed.
    """
    from multiprocessing.connection import Connection

    if end.fileno() > 2:
        return end
    with end:
        return Connection(fcntl.fcntl(end.fileno(), fcntl.F_DUPFD_CLOEXEC, 3))


def pipe_end(end: int) -> Connection[Any, Any]:
    """Return the runner's end of the Pipe, which none of its children inherits."""
    from multiprocessing.connection import Connection

    os.set_inheritable(end, False)
    return Connection(end)


def ignore_signals() -> None:
    """Let what a terminal sends to everybody, and a Pipe that nobody reads, not end this process."""
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)


class Asked:
    """Ready to read once this process was sent SIGTERM. One a process, made in its main thread."""

    def __init__(self) -> None:
        self._fd, wakes = os.pipe()
        os.set_blocking(wakes, False)
        signal.set_wakeup_fd(wakes)
        signal.signal(signal.SIGTERM, lambda number, frame: None)

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        return self._fd


def wait(things: Sequence[Any], seconds: float | None) -> list[Any]:
    """Return those of some things, each with a `fileno`, that are ready to read; [] once the time is over."""
    waiting = poll()
    for thing in things:
        waiting.register(thing.fileno(), POLLIN)
    limit = None if seconds is None else max(-int(seconds * -1000 // 1), 0)  # whole milliseconds, rounded up
    ready = {descriptor for descriptor, _ in waiting.poll(limit)}
    return [thing for thing in things if thing.fileno() in ready] if ready else []


def start(
    command: list[str], out: str, err: str, environment: Mapping[str, str] = os.environ, streams: Sequence[int] = ()
) -> int:
    """Start a program in a session of its own, its input empty and its output appended to two files; return its pid.

    Where `streams` are given they become its stdin, stdout and stderr instead, and are closed here; it has none where
    CLOSED is given.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    if streams:
        theirs = [one for one in streams if one != CLOSED]
        actions: list[Any] = [
            (os.POSIX_SPAWN_CLOSE, number) if one == CLOSED else (os.POSIX_SPAWN_DUP2, one, number)
            for number, one in enumerate(streams)
        ]
        actions += [(os.POSIX_SPAWN_CLOSE, one) for one in theirs]
        pid = _spawn(command, environment, actions)
        for one in theirs:
            os.close(one)
        return pid
    files: list[Any] = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, out, flags, 0o600),
        (os.POSIX_SPAWN_OPEN, 2, err, flags, 0o600),
    ]
    return _spawn(command, environment, files)


def input_pipe() -> tuple[int, int]:
    """Return the ends of a pipe: one to read from, and one to write to that fails instead of waiting."""
    theirs, ours = os.pipe()
    os.set_blocking(ours, False)
    return theirs, ours


def _spawn(command: list[str], environment: Mapping[str, str], actions: list[Any]) -> int:
    usual = {signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGTERM}
    return os.posix_spawn(
        command[0],
        command,
        environment,
        file_actions=actions,
        setsid=True,
        setsigmask=(),
        setsigdef=usual.difference(IGNORED),
    )


def reap() -> dict[int, int]:
    """Take the exit codes of children that have ended, by pid."""
    found: dict[int, int] = {}
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            found[pid] = os.waitstatus_to_exitcode(status)
    return found


def code_of(pid: int) -> int:
    """Wait for the end of a child, and return its exit code."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def exists(pid: int) -> bool:
    """Tell whether there is a process of this number, a zombie counted."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):  # the number of no process, or larger than any can be
        return False
    except PermissionError:
        return True
    return True


def is_own(path: str) -> bool:
    """Tell whether a file or folder belongs to the person who runs this process."""
    try:
        return os.stat(path).st_uid == os.getuid()
    except OSError:  # gone meanwhile
        return False


def hold(descriptor: int) -> None:
    """Lock an open file, for this process and all that inherit the descriptor; the last one's end unlocks it."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)


def is_held(path: str) -> bool:
    """Tell whether somebody who may live in another namespace of pids holds a file; False where there is none."""
    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def interrupt(pid: int) -> None:
    """Send SIGINT to a process's group, as Ctrl-C on its terminal does."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGINT)


def ask_to_end(pid: int) -> None:
    """Send SIGTERM; a process that is gone is none to ask."""
    _send(pid, signal.SIGTERM)


def end(pid: int) -> None:
    """Send SIGKILL, which also ends what is stopped."""
    _send(pid, signal.SIGKILL)


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def remove_folder(folder: str) -> None:
    """Remove a run's folder with all that is in it, as far as possible."""
    shutil.rmtree(folder, ignore_errors=True)


def read_at(descriptor: int, size: int, offset: int) -> bytes:
    """Read up to `size` bytes from an offset of a file."""
    return os.pread(descriptor, size, offset)


def write_at(descriptor: int, data: bytes, offset: int) -> int:
    """Write at an offset of a file; return how many bytes.

    Raises:
        OSError: there is no room.
    """
    return os.pwrite(descriptor, data, offset)
