"""The engine's public face: start a run, receive what it reports, stop it, learn how it ended."""

from __future__ import annotations

import os
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from typing import Any

from ipclab import boot, frozen
from ipclab.catalog import Experiment, UnknownExperiment, every_run, experiments, find, start_methods
from ipclab.gate import CONTROL, CONTROL_SIZE, MODES, PACE_LIMIT, RULES
from ipclab.observation import FindingSeen, Line, Observation, ProcessSeen, Standing
from ipclab.options import Field, Invalid, Plain, validate
from ipclab.outlines import BadExperiment
from ipclab.records import GATE, TYPED, WORD_LIMIT, Outcome, Program, Request, Series, StartFailed
from ipclab.runner.system import system

PREFIX = "ipclab-"  # of a run's folder: ipclab-<pid of who started it>-<random>
_FOLDER = re.compile(r"ipclab-([1-9][0-9]{0,9})-[a-z0-9_]{8}")
ROOM_FOR_SOCKETS = 40  # bytes of the parent's path: a socket's has 103 on macOS, and a forkserver's takes 55 below it
RUNNER_ERRORS = "runner.err"  # what a runner that dies by an error of ours says
HURRY_AFTER = 0.7  # s after stop(): the keeper is told to end everything now
FORCE_AFTER = 2.0  # s after stop(): we end everything, since keeper and runner are stopped or stuck themselves
KEEPER_MAY_TAKE = 2.0  # s for the keeper to end what is left and remove the folder
RUNNER_MAY_TAKE = 1.0  # s for a runner without a keeper to end everything by itself


class Run:
    """A run that was started. One thread calls `receive` and `end`; any thread may call `stop` and `kill`."""

    def __init__(self, request: Request, module: str) -> None:
        """Start what a module's `run` does; `start` below finds the module of an experiment's name."""
        if request.start_method not in start_methods():
            raise StartFailed(f"This system has no start method {request.start_method!r}.")
        sweep()
        self.request = request
        self.origin = time.perf_counter_ns()
        try:
            self.folder = _make_folder(boot.request(request, module, self.origin))
        except OSError as error:
            where = f": {error.filename}" if error.filename else ""
            raise StartFailed(f"The run's folder could not be made: {error.strerror}{where}.") from error
        self.connection, theirs = system.pipe()
        self._lock = threading.Lock()  # two threads at one end of a Pipe corrupt it
        self._stop_asked = 0.0
        self._hurried = False
        self._outcome: Outcome | None = None
        words = [frozen.python(), "-I", "-S", "-c", _START, repr(sys.path), self.folder]
        try:
            with open(os.path.join(self.folder, RUNNER_ERRORS), "xb", opener=_private) as errors:
                system.hold(errors.fileno())  # keeper and runner inherit it
                streams = request.program.streams if request.program is not None else ()
                self._keeper = system.start_keeper(words, theirs, errors, streams)
        except OSError as error:
            self.connection.close()
            shutil.rmtree(self.folder, ignore_errors=True)
            raise StartFailed(f"The runner could not be started: {error.strerror}.") from error
        finally:
            theirs.close()

    def receive(self, timeout: float) -> dict[str, Any] | None:
        """Return the next batch (records.py), or None where none came within `timeout` seconds.

        Returns the batch's credit to the runner. Raises EOFError when nothing comes any more: call `end` then.
        """
        if self._stop_asked and not self._hurried and time.monotonic() - self._stop_asked > HURRY_AFTER:
            self._hurried = True
            self._keeper.terminate()
        if self._stop_asked and time.monotonic() - self._stop_asked > FORCE_AFTER:
            self._keeper.kill()
            _end_users(self.folder)
            raise EOFError
        try:
            if not self.connection.poll(timeout):
                return None
            batch: dict[str, Any] = pickle.loads(self.connection.recv_bytes())
        except (OSError, ValueError) as error:  # reset by a runner that died, or closed by kill()
            raise EOFError from error
        self._say(b"+")
        if "outcome" in batch:
            self._outcome = Outcome(**batch["outcome"])
        return batch

    def stop(self) -> None:
        """Ask the runner to end the run; returns at once, and may be called again."""
        if not self._stop_asked:
            self._stop_asked = time.monotonic()
            self._say(b"stop")

    def _say(self, word: bytes) -> None:
        with self._lock, suppress(OSError, ValueError):  # nobody is there any more, or it was closed
            self.connection.send_bytes(word)

    def interrupt(self) -> None:
        """Send the main program what Ctrl-C on its terminal would; for a person's own program."""
        self._say(b"interrupt")

    def type(self, line: str) -> None:
        """Send a line to the stdin of a person's own program that was started so (`Program.typed`); at once.

        The runner holds what the program does not read. What the program's end leaves unread is gone with it.

        Raises:
            ValueError: it is longer than about 256 KiB.
        """
        word = TYPED + line.encode(errors="replace") + b"\n"
        if len(word) > WORD_LIMIT:
            raise ValueError(f"A line to be typed has at most {WORD_LIMIT} bytes, not {len(word)}.")
        self._say(word)

    def end_input(self) -> None:
        """Say that nothing more will be typed: whoever reads from the program's stdin learns that it has ended."""
        self._say(TYPED)

    # ------------------------------------------------------------------------------------------- slow motion, steps

    def go(self, mode: str, pace: float | None = None) -> None:
        """Have a watched run go on "on", "slow" or "step" by "step" from now on; an order that is followed is left.

        Args:
            mode: of `gate.MODES`.
            pace: seconds that each operation waits in slow motion; None leaves it as it is.

        Raises:
            ValueError: there is no such mode, or the pace is below zero.
        """
        if mode not in MODES:
            raise ValueError(f"A run goes {', '.join(MODES)}, not {mode!r}.")
        if pace is not None:
            if not 0 <= pace <= PACE_LIMIT:
                raise ValueError(f"A pace is from 0 to {PACE_LIMIT} s, not {pace:g}.")
            self._say(GATE + b"pace %d" % round(pace * 1e9))
        self._say(GATE + b"mode " + mode.encode())

    def step(self, one: Standing | None = None) -> None:
        """Let one go that stands at the gate, if it still does; without one whoever has stood there longest."""
        words = "step" if one is None else f"step {one.pid} {one.thread} {one.ticket}"
        self._say(GATE + words.encode())

    def play(self, rule: str) -> None:
        """Have steps be let go one after the other: always the "oldest", the "newest" or a "random" one.

        Raises:
            ValueError: there is no such rule.
        """
        if rule not in RULES:
            raise ValueError(f"Steps go by {', '.join(RULES)}, not {rule!r}.")
        self._say(GATE + b"play " + rule.encode())

    def hold(self) -> None:
        """Leave the choice of each step to `step` again."""
        self._say(GATE + b"hold")

    def kill(self) -> None:
        """End everything of the run now, and wait until it is gone: at most 2 s, typically under 100 ms."""
        self._stop_asked = self._stop_asked or time.monotonic()
        self._keeper.terminate()
        self._wait_for_keeper()

    def _wait_for_keeper(self) -> None:
        try:
            self._keeper.wait(KEEPER_MAY_TAKE)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()
        if os.path.isdir(self.folder):  # the keeper died: the runner ends the run, else we do
            give_up = time.monotonic() + RUNNER_MAY_TAKE
            while system.users_of(self.folder):
                if time.monotonic() > give_up:
                    _end_users(self.folder)
                time.sleep(0.005)
            system.remove_folder(self.folder)

    def end(self) -> Outcome:
        """Wait until keeper and runner are gone, close everything, and return how the run ended."""
        seconds = (time.perf_counter_ns() - self.origin) / 1e9
        words = ""
        if self._outcome is None:
            words = _last_words(self.folder)
        self._wait_for_keeper()
        with self._lock:
            self.connection.close()
        if self._outcome is None:
            if self._stop_asked:
                self._outcome = Outcome("stopped", f"Stopped after {seconds:.1f} s; all was ended at once.", seconds)
            else:
                text = "The runner of this run died; everything it had started was ended."
                self._outcome = Outcome("crashed", f"{text} {words}".strip(), seconds)
        return self._outcome


_START = "import sys;sys.path[:]=eval(sys.argv.pop(1));from ipclab.runner.keeper import main;main()"


def start(request: Request) -> Run:
    """Start a run; returns as soon as its keeper is started, in about 10 ms.

    Raises:
        UnknownExperiment: there is none of that name.
        StartFailed: the system refused; nothing is left behind.
    """
    return Run(request, "" if request.program is not None else find(request.experiment).module)


def _make_folder(request: bytes) -> str:
    folder = tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=_parent())
    try:
        with open(os.path.join(folder, boot.REQUEST), "xb", opener=_private) as file:
            file.write(request)
        with open(os.path.join(folder, CONTROL), "xb", opener=_private) as file:
            file.write(bytes(CONTROL_SIZE))
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


def _parent() -> str:
    """Return the folder for runs' folders: in memory where there is one, and with a path that sockets can bear."""
    parent = system.memory_folder() or tempfile.gettempdir()
    if len(os.fsencode(parent)) > ROOM_FOR_SOCKETS and os.access("/tmp", os.W_OK | os.X_OK):
        return "/tmp"
    return parent


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _last_words(folder: str) -> str:
    """Return the last line that a runner which died by an error of ours has said."""
    try:
        with open(os.path.join(folder, RUNNER_ERRORS), errors="replace") as file:
            lines = file.read().strip().splitlines()
    except OSError:
        return ""
    return f"It said: {lines[-1]}" if lines else ""


def sweep() -> None:
    """Remove what runs left behind whose keeper and window both were killed: their processes, then their folders.

    A window that is not seen here may live in another container that shares the folder: its runs hold a file.
    """
    for parent in {_parent(), tempfile.gettempdir()}:
        try:
            named = [match for name in os.listdir(parent) if (match := _FOLDER.fullmatch(name))]
        except OSError:
            continue
        for name in named:
            path = os.path.join(parent, name[0])
            if system.is_own(path) and _is_runs(path) and not _kept(path, int(name[1])):
                _end_users(path)
                system.remove_folder(path)


def _is_runs(folder: str) -> bool:
    """Tell whether a folder holds what a run's does, or less: who made it may have been killed meanwhile."""
    try:
        names = set(os.listdir(folder))
    except OSError:  # no folder, or gone
        return False
    return CONTROL in names or names <= {boot.REQUEST}


def _kept(folder: str, owner: int) -> bool:
    return system.exists(owner) or system.is_held(os.path.join(folder, RUNNER_ERRORS))


def _end_users(folder: str) -> None:
    for pid in system.users_of(folder):
        if not system.is_tracker(pid):
            system.end(pid)


__all__ = [
    "BadExperiment",
    "Experiment",
    "Field",
    "FindingSeen",
    "Invalid",
    "Line",
    "Observation",
    "Outcome",
    "Plain",
    "ProcessSeen",
    "Program",
    "Request",
    "Run",
    "Series",
    "Standing",
    "StartFailed",
    "UnknownExperiment",
    "every_run",
    "experiments",
    "find",
    "start",
    "start_methods",
    "validate",
]
