"""The programs of `tests/programs`: plain multiprocessing code as other people write it, and what each should do.

A program is a file NAME.py, a folder NAME (run as `python NAME`), or a package NAME (run as `python -m NAME`). The
docstring at its top ends with what is not usual about it, a line each:

    start: own                it sets its own start method, or `fork spawn`: it works under these only
    arguments: --level "two words"
    stdin: one\\ntwo\\n
    signal: SIGTERM           sent to main when it has printed the line `ready`
    exit: 3                   -9 after SIGKILL, as subprocess tells it
    stderr: KeyboardInterrupt text that stderr holds, once for each such line; otherwise stderr is empty
    files: result.txt         what it leaves in its folder

NAME.expected holds what it prints. Where several processes print at the same time it holds the output of each, with the
line `---` between two: stdout is then all of these lines, those of one process in their order.
"""

from __future__ import annotations

import ast
import contextlib
import multiprocessing
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FOLDER = Path(__file__).parent / "programs"
METHODS = multiprocessing.get_all_start_methods()
PATIENCE = 60  # seconds; the programs take under 5
OWN = "own"
BETWEEN = b"---\n"
FIELD = re.compile(r"(start|arguments|stdin|signal|exit|stderr|files): (.+)")
STARTED_BY = "START_METHOD"
CUSTOM = f"""
import multiprocessing, os
if {STARTED_BY!r} in os.environ:
    multiprocessing.set_start_method(os.environ[{STARTED_BY!r}])
"""


@dataclass(frozen=True)
class Ran:
    """How a program ended; bytes as they came."""

    exit: int
    stdout: bytes
    stderr: bytes
    files: list[str]


@dataclass(frozen=True)
class Program:
    """One of the programs.

    Attributes:
        path: of its file or folder.
    """

    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def source(self) -> Path:
        """The file that bears the docstring."""
        return self.path / "__main__.py" if self.path.is_dir() else self.path

    @cached_property
    def documentation(self) -> str:
        return ast.get_docstring(ast.parse(self.source.read_text(encoding="utf-8"))) or ""

    @cached_property
    def fields(self) -> dict[str, list[str]]:
        """What the docstring says is not usual."""
        found: dict[str, list[str]] = {}
        for line in self.documentation.splitlines():
            if match := FIELD.fullmatch(line):
                found.setdefault(match[1], []).append(match[2])
        return found

    def field(self, name: str, usual: str = "") -> str:
        return self.fields.get(name, [usual])[0]

    @property
    def methods(self) -> list[str]:
        """The start methods under which it works here; `OWN` where it sets its own."""
        asked = self.field("start", " ".join(METHODS)).split()
        return [method for method in asked if method == OWN or method in METHODS]

    @property
    def command(self) -> list[str]:
        """The arguments of Python that run it."""
        is_package = (self.path / "__init__.py").exists()
        what = ["-m", self.name] if is_package else [str(self.path)]
        return [*what, *shlex.split(self.field("arguments"))]

    @property
    def stdin(self) -> bytes:
        return self.field("stdin").encode().decode("unicode-escape").encode()

    @property
    def signal(self) -> signal.Signals | None:
        return signal.Signals[self.field("signal")] if "signal" in self.fields else None

    @property
    def exit(self) -> int:
        return int(self.field("exit", "0"))

    @property
    def streams(self) -> list[list[bytes]]:
        """The lines that each of its processes prints."""
        text = (FOLDER / f"{self.name}.expected").read_bytes()
        return [part.splitlines(keepends=True) for part in re.split(rb"^---\n", text, flags=re.MULTILINE)]

    def run(self, method: str, *before: str, environment: dict[str, str] | None = None) -> Ran:
        """Run it in a folder of its own and wait for its end.

        Args:
            method: a start method, set from outside, or OWN.
            before: what comes between Python and the program.
            environment: variables beside those of the test.

        Raises:
            subprocess.TimeoutExpired: it did not end; it and its processes have been killed.
        """
        with tempfile.TemporaryDirectory(prefix="p") as top:  # what a killed program leaves goes with it
            here, temporary, custom = (Path(top, name) for name in ("here", "t", "custom"))
            for folder in (here, temporary, custom):
                folder.mkdir()
            (custom / "sitecustomize.py").write_text(CUSTOM, encoding="utf-8")
            variables = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
            variables |= {"TMPDIR": str(temporary), "PYTHONPATH": os.pathsep.join((str(custom), str(FOLDER)))}
            if method != OWN:
                variables[STARTED_BY] = method
            with default_interrupt():
                process = subprocess.Popen(
                    [sys.executable, *before, *self.command], cwd=here, env=variables | (environment or {}), bufsize=0,
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
                )  # fmt: skip
            try:
                first = self._send_signal(process) if self.signal else b""
                stdout, stderr = process.communicate(self.stdin, timeout=PATIENCE)
            except BaseException as problem:
                os.killpg(process.pid, signal.SIGKILL)
                problem.add_note(f"until then it printed: {process.communicate()}")
                raise
            return Ran(process.returncode, first + stdout, stderr, sorted(os.listdir(here)))

    def _send_signal(self, process: subprocess.Popen[bytes]) -> bytes:
        """Send the signal when the program is ready for it; return what it has printed until then."""
        assert process.stdout is not None and self.signal is not None
        printed = b""
        while not printed.endswith(b"ready\n"):
            line = process.stdout.readline()
            assert line, "the program ended before it was ready"
            printed += line
        process.send_signal(self.signal)
        return printed


@contextlib.contextmanager
def default_interrupt() -> Iterator[None]:
    """Let a process that is started here have SIGINT as usual, also where the tests were started with it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def is_woven_of(lines: Sequence[bytes], streams: Sequence[Sequence[bytes]]) -> bool:
    """Tell whether lines are all those of some streams, with the lines of each in their order."""
    if len(lines) != sum(map(len, streams)):
        return False
    places = {(0,) * len(streams)}  # how far each stream may have come
    for line in lines:
        places = {
            (*place[:number], place[number] + 1, *place[number + 1 :])
            for place in places
            for number, stream in enumerate(streams)
            if place[number] < len(stream) and stream[place[number]] == line
        }
    return bool(places)


def programs() -> list[Program]:
    """Return all programs, by name."""
    files = list(FOLDER.glob("*.py"))
    folders = [path.parent for path in FOLDER.glob("*/__main__.py")]
    return [Program(path) for path in sorted(files + folders)]
