#!/usr/bin/env python3
"""What watching costs whole programs: each of `tests/programs` that ends on its own, bare and watched, turn by turn.

    python benchmarks/programs.py [ROUNDS] [METHOD] [NAME ...]

For each: seconds from the start of its main process to its end, bare, as a run of the lab that is not watched, and
watched; the least of the rounds, and the ratios of these. What the lab does before and after is no part of it.
METHOD is a start method; without it, or with `own`, each program has the first that it works under. Last: the ratios
in the median and at their worst.
"""

from __future__ import annotations

import fcntl
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from ipclab import engine
from ipclab.cli.program import ABOVE
from ipclab.records import Program as OwnProgram
from tests import plain_programs
from tests.plain_programs import OWN, Program


def bare(program: Program, streams: tuple[int, int, int]) -> float:
    """Return the seconds of a program that the lab does not know of."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, *program.command], stdin=streams[0], stdout=streams[1], stderr=streams[2], check=False,
        start_new_session=True,
    )  # fmt: skip
    return time.perf_counter() - began


def in_lab(program: Program, streams: tuple[int, int, int], *, watched: bool) -> float:
    """Return the seconds of its main process in a run of the lab."""
    copies = tuple(fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, ABOVE) for one in streams)
    own = OwnProgram(sys.executable, tuple(program.command), copies)
    run = engine.start(engine.Request(program.name, watched=watched, program=own))
    for one in copies:
        os.close(one)
    observation = engine.Observation()
    try:
        while True:
            batch = run.receive(1.0)
            if batch is not None:
                list(observation.take(batch))
    except EOFError:
        observation.end(run.end())
    main = next(one for one in observation.processes.values() if one.parent is None)
    return main.since - main.started


def least(program: Program, method: str, rounds: int) -> list[float]:
    """Return the least seconds bare, in the lab and watched."""
    found: list[list[float]] = []
    os.environ[plain_programs.STARTED_BY] = method
    if method == OWN:
        del os.environ[plain_programs.STARTED_BY]
    for _ in range(rounds):
        turn = []
        for number in range(3):
            with (
                tempfile.TemporaryDirectory() as here,
                tempfile.TemporaryFile() as given,
                open(os.devnull, "wb") as out,
            ):
                os.chdir(here)
                given.write(program.stdin)
                given.seek(0)
                streams = given.fileno(), out.fileno(), out.fileno()
                turn.append(in_lab(program, streams, watched=number == 2) if number else bare(program, streams))
                os.chdir(plain_programs.FOLDER)
        found.append(turn)
    return [min(column) for column in zip(*found, strict=True)]


def main() -> None:
    """Measure, and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    asked = sys.argv[2] if len(sys.argv) > 2 else OWN
    for name in [name for name in os.environ if name.startswith("PYTHON")]:
        del os.environ[name]
    print(f"{'':32}{'bare s':>9}{'lab s':>9}{'watched s':>11}{'watched/lab':>13}{'watched/bare':>14}")
    of_lab, of_bare = [], []
    with tempfile.TemporaryDirectory() as custom:
        Path(custom, "sitecustomize.py").write_text(plain_programs.CUSTOM, encoding="utf-8")
        os.environ["PYTHONPATH"] = os.pathsep.join((custom, str(plain_programs.FOLDER)))
        for program in plain_programs.programs():
            method = asked if asked in program.methods else program.methods[0]
            if program.signal is not None or (len(sys.argv) > 3 and program.name not in sys.argv[3:]):
                continue
            alone, lab, watched = least(program, method, rounds)
            of_lab.append(watched / lab)
            of_bare.append(watched / alone)
            figures = f"{alone:9.3f}{lab:9.3f}{watched:11.3f}{of_lab[-1]:13.2f}{of_bare[-1]:14.2f}"
            print(f"{program.name:32}{figures}", flush=True)
    for what, of in (("median", statistics.median), ("worst", max)):
        print(f"{what:61}{of(of_lab):13.2f}{of(of_bare):14.2f}")


if __name__ == "__main__":
    main()
