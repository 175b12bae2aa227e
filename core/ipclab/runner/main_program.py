"""Starts a run's main program: an experiment in a fresh Python, or a person's own program by their own Python."""

from __future__ import annotations

import os
import sys
from typing import Any

from ipclab import boot, frozen
from ipclab.runner.system import system

EARLY = "early"  # in the run's folder: what is written before boot has given the main program files of its own
PROGRAM_START = os.path.join(boot.CORE, "ipclab", "start_program")  # the folder that boots a person's program


def start_main(folder: str, request: dict[str, Any], stdin: int | None = None) -> int:
    """Start the main program, booted before anything else; returns its pid.

    Args:
        folder: the run's.
        request: the run's, as `boot.request` wrote it.
        stdin: a descriptor that becomes a person's own program's, and is closed here; None for an empty one.
    """
    early = os.path.join(folder, EARLY)
    mine = {fd: _made(early + ending) for fd, ending in ((1, ".out"), (2, ".err"))}
    if request["program"] is not None:
        return _start_program(folder, request, early, mine, stdin)
    # -P: no folder of the person's comes before the standard library, here and in what multiprocessing starts.
    command = [sys.executable, "-P", "-c", boot.line(f"main({folder!r},{mine!r})")]
    return system.start(command, early + ".out", early + ".err")


def _start_program(
    folder: str, request: dict[str, Any], early: str, mine: dict[int, tuple[int, int]], stdin: int | None
) -> int:
    """Start a person's program as they would, with what boots it on its way."""
    about, environment = request["program"], dict(os.environ)
    frozen.give_back(environment)
    streams, before = about["streams"], environment.get("PYTHONPATH")
    arguments = (folder, request["origin"], {} if streams else mine, request["watched"], bool(about["by_line"]))
    environment["IPCLAB_BOOT"] = repr((boot.CORE, before, arguments))
    environment["PYTHONPATH"] = os.pathsep.join([PROGRAM_START, before] if before else [PROGRAM_START])
    command = [about["python"], *about["words"]]
    if stdin is not None:
        flags = os.O_WRONLY | os.O_APPEND
        streams = (stdin, os.open(early + ".out", flags), os.open(early + ".err", flags))
    if about["folder"]:  # nothing of the runner's depends on where it is
        os.chdir(about["folder"])
    return system.start(command, early + ".out", early + ".err", environment, streams)


def _made(path: str) -> tuple[int, int]:
    """Make a file, and return by what a process knows it that has it open."""
    with open(path, "ab") as file:
        status = os.fstat(file.fileno())
    return status.st_dev, status.st_ino
