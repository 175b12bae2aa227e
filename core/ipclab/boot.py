"""What runs first in every process of a run, before anything of a person's, and then gets out of the way.

It gives the process its recorder and its output files, and notes the life of processes: name, parent, start,
exit status as the parent learns it, exception.
In a run that is watched it installs the hooks on multiprocessing too (`trace`).

How children get it: the command that multiprocessing starts a spawned process or the forkserver with is rewritten, one
line before its `-c` program; forked children by an at-fork hook. That holds in pools, executors, managers and
grandchildren, and with a cleared environment. Standard library and lower layers only.
"""

from __future__ import annotations

import atexit
import marshal
import os
import sys
from _signal import SIGTERM  # type: ignore[import-not-found]  # `signal` takes 4 ms: it imports enum and functools

from ipclab import outputs, recorder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ipclab.records import Request

CORE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # the folder that holds the package ipclab
REQUEST = "request"  # in the run's folder: what is to be run, read by runner and main program

_PLAIN = frozenset({str, bytes, int, float, bool, type(None)})

_mine: outputs.Mine = {}
_watched, _by_line = False, True
_waitpid = os.waitpid


def line(call: str) -> str:
    """Return one line of Python that loads boot from where it lies and calls it, and leaves no trace in `__main__`.

    While it imports, sys.path holds the standard library and the lab alone: a person's `queue.py` hides nothing.
    """
    return (
        "import sys,os;_s=sys.path[:];_d=os.path.dirname(os.__file__);"
        f"sys.path[:]=[p for p in _s if p==_d or p.endswith(('lib-dynload','.zip','DLLs'))]+[{_quoted(CORE)}];"
        f"from ipclab import boot as _b;sys.path[:]=_s;del sys,os,_s,_d;_b.{call}"
    )


def child_line(role: str) -> str:
    """Return the line that boots a child of this process."""
    now = recorder.current
    assert now is not None, "only a booted process has children to boot"
    arguments = f"{_quoted(now.folder)},{now.origin!r},{_mine!r},{role!r},{_watched!r},{_by_line!r}"
    return line(f"install({arguments});del _b;")


def _quoted(text: str) -> str:
    """Return a string's literal in single quotes: on Windows multiprocessing puts a program between double ones."""
    return "'" + repr('"' + text)[2:]


def install(
    folder: str, origin: int, mine: outputs.Mine, role: str, watched: bool = False, by_line: bool = True
) -> recorder.Recorder:
    """Give this process its recorder and its output files, and install what records its children's lives.

    Args:
        folder: the run's.
        origin: of the run's clock, on `time.perf_counter_ns`.
        mine: descriptors 1 and 2 where they are the lab's.
        role: "main", "child", or "forkserver", which is no process of the run itself.
        watched: record its operations.
        by_line: write each line of its output at once.
    """
    current = _begin(folder, origin, mine, role, watched, by_line)
    from multiprocessing import process, spawn, util

    if watched:
        from ipclab.trace import hooks

        hooks.install()
    _hook_process(process)
    _rewrite_command(spawn)
    _rewrite_forkserver(util)
    if role == "forkserver":
        os.waitpid = _reaping
    return current


def program(folder: str, origin: int, mine: outputs.Mine, watched: bool, by_line: bool) -> None:
    """Do the same in the main program of a person's own: hooks wait for modules not imported yet."""
    from ipclab.importing import when_imported

    current = _begin(folder, origin, mine, "main", watched, by_line)
    current.life.event("process", name="main", parent=0)
    if watched:
        from ipclab.trace import hooks

        hooks.install()
    for name, do in (("process", _hook_process), ("spawn", _rewrite_command), ("util", _rewrite_forkserver)):
        when_imported(f"multiprocessing.{name}", do)
    atexit.register(_note_last)


def _note_last() -> None:
    """Note the exception that ended the program: Python has printed it, and left it in `sys`."""
    error = getattr(sys, "last_value", None)
    if isinstance(error, Exception):
        _note_exception(error, error.__traceback__)


def _begin(folder: str, origin: int, mine: outputs.Mine, role: str, watched: bool, by_line: bool) -> recorder.Recorder:
    global _mine, _watched, _by_line
    _watched, _by_line = watched, by_line
    recorder.current = current = recorder.Recorder(folder, origin)
    _mine = outputs.capture(current.life.path, mine)
    if by_line:
        outputs.write_by_line(lambda descriptor, end, when: _life().stamp(descriptor, end, when))
    current.life.event("boot", role=role, parent=os.getppid())
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_forked)
    return current


def main(folder: str, mine: outputs.Mine) -> None:
    """Run the experiment that the run's request names; the main program's whole life. Never returns."""
    with open(os.path.join(folder, REQUEST), "rb") as file:
        about = marshal.load(file)
    current = install(folder, about["origin"], mine, "main", about["watched"])
    current.life.event("process", name="main", parent=0)
    sys.path[:] = about["path"]
    if CORE not in sys.path:
        sys.path.append(CORE)
    sys.argv[:] = ["ipclab"]
    try:
        _experiment(folder, about)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:  # noqa: BLE001  # a person's: noted, printed as Python prints it, and the exit code tells
        import traceback

        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None and trace.tb_frame.f_globals.get("__name__") == __name__:
            trace = trace.tb_next
        _note_exception(error, trace)
        traceback.print_exception(type(error), error, trace)
        sys.exit(1)
    sys.exit(0)


def _experiment(folder: str, about: dict[str, Any]) -> None:
    import importlib
    import multiprocessing

    from ipclab.lab import Lab

    # Sockets of managers and the forkserver lie in temporary folders that a killed process cannot remove: the lab's own
    # experiments make them where the keeper removes everything. (A person's program keeps its TMPDIR: it can see it.)
    os.environ["TMPDIR"] = os.path.join(folder, "tmp")
    os.mkdir(os.environ["TMPDIR"], 0o700)
    # A named semaphore is made before the tracker that would remove it is told: a kill in between leaves it. So those
    # of the lab's own experiments bear the run's name, for the keeper to find, and the tracker runs before they do.
    multiprocessing.current_process()._config["semprefix"] = f"/{outputs.run_name(folder)}"  # type: ignore[attr-defined]
    if about["start_method"] != "fork":
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()
    multiprocessing.set_start_method(about["start_method"])
    module = importlib.import_module(about["module"])
    module.run(Lab(about["start_method"], about["seed"]), module.Options(**about["parameters"]))


def request(asked: Request, module: str, origin: int) -> bytes:
    """Return a request as `main` reads it."""
    return marshal.dumps(
        {
            "module": module,
            "parameters": asked.parameters,
            "start_method": asked.start_method,
            "seed": asked.seed,
            "time_limit": asked.time_limit,
            "watched": asked.watched,
            "mode": asked.mode if asked.watched else "on",
            "pace": asked.pace,
            "order": asked.order if asked.watched else None,
            "program": asked.program and asked.program.plain(),
            "origin": origin,
            "path": sys.path,
        },
        recorder.FORMAT,
    )


def _rewrite_command(spawn: Any) -> None:
    command = spawn.get_command_line

    def get_command_line(**about: Any) -> list[str]:
        return _with_line(command(**about), "child")

    spawn.get_command_line = _disguised(get_command_line, command)


def _rewrite_forkserver(util: Any) -> None:
    spawnv = util.spawnv_passfds

    def spawnv_passfds(path: Any, args: Any, passfds: Any) -> Any:
        if "multiprocessing.forkserver import main" in str(args[-1]):
            args = _with_line(args, "forkserver")
        return spawnv(path, args, passfds)

    util.spawnv_passfds = _disguised(spawnv_passfds, spawnv)


def _with_line(command: Any, role: str) -> list[Any]:
    words = list(command)
    program = words.index("-c") + 1
    words[program] = child_line(role) + words[program]
    return words


def _hook_process(module: Any) -> None:
    """Note the start of children, the name and the end of this process, and the exception that ends it."""
    cls = module.BaseProcess
    start, bootstrap, name = cls.start, cls._bootstrap, cls.name
    code = bootstrap.__code__

    def hooked_start(self: Any) -> None:
        try:
            start(self)
        except BaseException as error:
            _hide(error)
            raise
        _hook_popen(type(self._popen))
        _life().event("started", pid=self._popen.pid, name=name.fget(self), parent=os.getpid())

    def hooked_bootstrap(self: Any, *args: Any, **kwargs: Any) -> Any:
        number = self._identity[-1] if self._identity else 0
        _life().event("process", name=name.fget(self), parent=self._parent_pid, number=number)
        status = bootstrap(self, *args, **kwargs)
        _life().event("ends", code=status)
        return status

    def hooked_name(self: Any) -> Any:
        above = sys._getframe().f_back
        if above is not None and above.f_code is code:  # only the words "Process NAME:" over a traceback ask there
            error = sys.exc_info()[1]
            if isinstance(error, Exception):
                _note_exception(error, error.__traceback__)
        return name.fget(self)

    cls.start = _disguised(hooked_start, start)
    cls._bootstrap = _disguised(hooked_bootstrap, bootstrap)
    cls.name = property(hooked_name, name.fset, name.fdel, name.__doc__)


_hooked: set[type] = set()


def _hook_popen(cls: Any) -> None:
    """Note what the parent learns of its child's end, and the signals that it sends."""
    for one in cls.__mro__:
        if one in _hooked:
            continue
        _hooked.add(one)
        asks = "poll" if "_send_signal" in dir(cls) else "wait"  # Windows: poll calls wait
        if asks in vars(one):
            setattr(one, asks, _disguised(_hooked_asking(vars(one)[asks]), vars(one)[asks]))
        for sends in ("_send_signal",) if "_send_signal" in dir(cls) else ("terminate", "kill"):
            if sends in vars(one):
                setattr(one, sends, _disguised(_hooked_sending(vars(one)[sends]), vars(one)[sends]))


def _hooked_asking(original: Callable[..., Any]) -> Callable[..., Any]:
    def ask(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = self.returncode
        try:
            status = original(self, *args, **kwargs)
        except BaseException as error:
            _hide(error)
            raise
        if before is None and status is not None:
            _life().event("exit", pid=self.pid, code=status)
        return status

    return ask


def _hooked_sending(original: Callable[..., Any]) -> Callable[..., Any]:
    def send(self: Any, *args: Any, **kwargs: Any) -> Any:
        if self.returncode is None:
            _life().event("signalled", pid=self.pid, signal=int(args[0] if args else SIGTERM))
        try:
            return original(self, *args, **kwargs)
        except BaseException as error:
            _hide(error)
            raise

    return send


def _reaping(pid: int, options: int) -> tuple[int, int]:
    """Stand for os.waitpid in the forkserver, which alone learns how its children end."""
    found, status = _waitpid(pid, options)
    if found:
        _life().event("exit", pid=found, code=os.waitstatus_to_exitcode(status))
    return found, status


def _forked() -> None:
    """Run in a forked child before anything else does."""
    global _mine
    os.waitpid = _waitpid
    current = recorder.current
    assert current is not None, "installed with a recorder"
    current.renew()
    if _watched:
        from ipclab.trace.writer import ring

        ring.renew()
    _mine = outputs.capture(current.life.path, _mine)
    current.life.event("boot", role="fork", parent=os.getppid())


def _note_exception(error: BaseException, trace: Any) -> None:
    """Note what ends this process: type, text, and the lines of it that are not multiprocessing's."""
    lines: list[tuple[str, int, str]] = []
    while trace is not None:
        at = trace.tb_frame.f_code
        if not (trace.tb_frame.f_globals.get("__name__") or "").startswith("multiprocessing."):
            lines.append((at.co_filename, trace.tb_lineno, at.co_name))
        trace = trace.tb_next
    if isinstance(error, SyntaxError):  # what cannot be read runs nowhere, and is in no traceback
        members: Any = SyntaxError  # a class of theirs may have its own
        path, line = members.filename.__get__(error), members.lineno.__get__(error)
        if type(path) is str and type(line) is int:
            lines.append((path, line, "<module>"))
    text = _text(error)
    _life().event("exception", type=type(error).__name__, text=text[:2000], lines=lines[-20:])


def _text(error: BaseException) -> str:
    """Return what an exception says without running anything of a person's: Python has run it already, once."""
    theirs = type(type(error).__str__) is type(_text)  # a function of theirs in the place of Python's own
    args = BaseException.args.__get__(error)  # type: ignore[attr-defined]  # a class of theirs may have `args` of its own
    if not theirs and all(type(one) in _PLAIN for one in args):
        return str(error)
    first = args[0] if args else ""
    return first if type(first) is str else ""


def _life() -> recorder.LifeFile | recorder.Unrecorded:
    assert recorder.current is not None, "only a booted process is hooked"
    return recorder.current.life


def _hide(error: BaseException) -> None:
    """Take the hook that handles an exception out of its traceback; a bare `raise` after it adds none."""
    if error.__traceback__ is not None:
        error.__traceback__ = error.__traceback__.tb_next


def _disguised(hook: Any, original: Any) -> Any:
    """Give a hook the names of what it stands for: bound methods are pickled by name."""
    for attribute in ("__name__", "__qualname__", "__module__", "__doc__"):
        setattr(hook, attribute, getattr(original, attribute))
    return hook
