"""The code cannot tell: a program that is watched prints, leaves and returns what it does alone, byte for byte.

The order across processes is free. What the lab says itself stands on stderr behind "ipclab: ".
"""

from __future__ import annotations

import re
import signal
import sys

import pytest

from tests.plain_programs import Program, is_woven_of, programs

WATCHED = ("-m", "ipclab_gui", "run", "--python", sys.executable)
SAMPLE = {"closes_all_descriptors", "forks_by_itself", "interrupted_by_itself", "pool_maps"}
SAID = b"ipclab: "

CASES = [
    pytest.param(
        program, method, id=f"{program.name}-{method}", marks=() if program.name in SAMPLE else pytest.mark.slow
    )
    for program in programs()
    for method in program.methods
    if program.signal in (None, signal.SIGINT)  # SIGTERM is for the lab: it ends the run
]


@pytest.mark.skipif(sys.platform == "win32", reason="programs run with the terminal's own streams on POSIX alone")
@pytest.mark.parametrize(("program", "method"), CASES)
def test_the_code_cannot_tell(program: Program, method: str) -> None:
    alone = program.run(method)
    watched = program.run(method, *WATCHED)
    said = watched.stderr.splitlines(keepends=True)
    assert watched.exit == (alone.exit if alone.exit >= 0 else 128 - alone.exit), watched.stderr
    assert is_woven_of(watched.stdout.splitlines(keepends=True), program.streams), watched.stdout
    theirs = [line for line in said if not line.startswith(SAID)]
    assert without_addresses(theirs) == without_addresses(alone.stderr.splitlines(keepends=True))
    assert watched.files == alone.files


def without_addresses(lines: list[bytes]) -> list[bytes]:
    """Return lines sorted, without what Python itself says of an object's place in memory."""
    return sorted(re.sub(rb"0x[0-9a-f]+", b"0x", line) for line in lines)
