"""What a package costs at the start of a worker, of the command line and of the window, beside the source.

    python benchmarks/package.py [ROUNDS]

It measures dist/ipclab, which packaging/build.py makes, against the Python that runs this file. A parent of each kind
spawns an empty worker and joins it; then each runs `ipclab list`; then each opens the window on a screen of its own
(Xvfb; left out where that is missing). The window is there when a pixel of the screen, asked for every millisecond,
shows something of it: that is how a person sees it, and the only way to measure a package that knows of no benchmark.
Source and package take turns, and ratios are taken round by round.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from table import ratio, row, show

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "dist" / "ipclab"
KINDS = ("source", "package")
LIMITS = {"spawned worker": ", at most 2", "window": ", at most 1.3"}
# The worker runs a function that every Python has, and the parent has no file: its children import no main again.
PARENT = """
import sys, time
from multiprocessing import get_context
spawn = get_context("spawn")
for line in sys.stdin:
    began = time.perf_counter_ns()
    worker = spawn.Process(target=int)
    worker.start()
    worker.join()
    print(time.perf_counter_ns() - began, worker.exitcode, flush=True)
"""


MIDDLE = (600, 500)  # where the lab's window covers the screen
ALL_PLANES, AS_PIXELS = ctypes.c_ulong(-1), 2  # of X11


def environment(**more: str) -> dict[str, str]:
    """Return this process's environment, with the source found and nothing else of Python's."""
    found = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return found | more | {"PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("core", "gui", "resources"))}


def spawned(parent: subprocess.Popen[str]) -> float:
    """Return the milliseconds from start to join of one worker of a parent."""
    assert parent.stdin is not None and parent.stdout is not None
    parent.stdin.write("\n")
    parent.stdin.flush()
    took, code = parent.stdout.readline().split()
    assert code == "0", f"a worker ended with exit code {code}"
    return int(took) / 1e6


def listed(command: list[str]) -> float:
    """Return the milliseconds that a command takes."""
    began = time.perf_counter_ns()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment())
    return (time.perf_counter_ns() - began) / 1e6


class Screen:
    """A display, and what its middle shows."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._x11 = ctypes.CDLL("libX11.so.6")
        for function in (self._x11.XOpenDisplay, self._x11.XGetImage):
            function.restype = ctypes.c_void_p
        self._x11.XGetPixel.restype = self._x11.XDefaultRootWindow.restype = ctypes.c_ulong
        self._display = ctypes.c_void_p(self._x11.XOpenDisplay(name.encode()))
        self._root = ctypes.c_ulong(self._x11.XDefaultRootWindow(self._display))
        self.empty = self.middle()

    def middle(self) -> int:
        """Return the colour in the middle."""
        image = ctypes.c_void_p(
            self._x11.XGetImage(self._display, self._root, *MIDDLE, 1, 1, ALL_PLANES, AS_PIXELS),
        )
        pixel: int = self._x11.XGetPixel(image, 0, 0)
        self._x11.XDestroyImage(image)
        return pixel


@contextmanager
def own_screen() -> Iterator[Screen | None]:
    """Start a screen and end it afterwards; None where Xvfb is missing."""
    if sys.platform != "linux" or not shutil.which("Xvfb"):
        yield None
        return
    reads, writes = os.pipe()
    size = ["-screen", "0", "1600x1000x24", "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(writes), *size], pass_fds=[writes], stderr=subprocess.DEVNULL
    ) as x:
        os.close(writes)
        try:
            with os.fdopen(reads) as said:
                yield Screen(f":{said.readline().strip()}")
        finally:
            x.terminate()


def opened(command: list[str], screen: Screen, home: str) -> float:
    """Return the milliseconds from the start of the lab until its window is seen."""
    lab = environment(
        HOME=home,
        XDG_CONFIG_HOME=home,
        DISPLAY=screen.name,
        QT_QPA_PLATFORM="xcb",
        DBUS_SESSION_BUS_ADDRESS="disabled:",
    )
    began = time.perf_counter_ns()
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=lab) as window:
        while screen.middle() == screen.empty:
            assert window.poll() is None, f"{command} ended"
            time.sleep(0.001)
        took = time.perf_counter_ns() - began
        window.terminate()
    while screen.middle() != screen.empty:
        time.sleep(0.001)
    return took / 1e6


def turns(measure: Callable[[str], float], rounds: int) -> dict[str, list[float]]:
    """Measure both kinds so many times, by turns; each once before, when bytecode is written and files are read."""
    for kind in KINDS:
        measure(kind)
    found: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for turn in range(rounds):
        for kind in KINDS[turn % 2 :] + KINDS[: turn % 2]:  # nobody is always first
            found[kind].append(measure(kind))
    return found


def main(rounds: int) -> int:
    """Measure and print the table."""
    if not PACKAGE.is_dir():
        print("There is no package; python packaging/build.py makes one.", file=sys.stderr)
        return 1
    pythons = {"source": sys.executable, "package": str(PACKAGE / "ipclab-worker")}
    commands = {"source": [sys.executable, "-m", "ipclab_gui"], "package": [str(PACKAGE / "ipclab")]}
    parents = {
        kind: subprocess.Popen(
            [pythons[kind], "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment()
        )
        for kind in KINDS
    }
    results = {"spawned worker": turns(lambda kind: spawned(parents[kind]), rounds)}
    for parent in parents.values():
        parent.communicate()
    results["ipclab list"] = turns(lambda kind: listed([*commands[kind], "list"]), rounds)
    with own_screen() as screen, tempfile.TemporaryDirectory(prefix="ipclab-benchmark-") as home:
        if screen is None:
            print("The window is left out: Xvfb is missing.", file=sys.stderr)
        else:
            results["window"] = turns(lambda kind: opened(commands[kind], screen, home), rounds)
    rows = []
    for what, found in results.items():
        rows += [row(f"{what}, {kind}", found[kind], "ms") for kind in KINDS]
        rows.append(ratio(f"package / source{LIMITS.get(what, '')}", found["package"], found["source"]))
    show(f"Starts from source and in a package, {rounds} rounds, CPython {sys.version.split()[0]}", rows)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 40))
