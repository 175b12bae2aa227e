"""What "the code cannot tell" means: a program that is watched prints, leaves and returns what it does alone.

The order across processes is free. What the lab says itself stands on stderr behind "ipclab: ".
"""

from __future__ import annotations

import re
import sys

from tests.plain_programs import Program, is_woven_of

SAID = b"ipclab: "


def keeps_the_contract(program: Program, method: str, *how: str) -> None:
    """Run a program alone and as the command line runs it with these flags; fail where they differ."""
    alone = program.run(method)
    watched = program.run(method, "-m", "ipclab_gui", "run", *how, "--python", sys.executable)
    said = watched.stderr.splitlines(keepends=True)
    assert watched.exit == (alone.exit if alone.exit >= 0 else 128 - alone.exit), watched.stderr
    assert is_woven_of(watched.stdout.splitlines(keepends=True), program.streams), watched.stdout
    theirs = [line for line in said if not line.startswith(SAID)]
    assert without_addresses(theirs) == without_addresses(alone.stderr.splitlines(keepends=True))
    assert watched.files == alone.files


def without_addresses(lines: list[bytes]) -> list[bytes]:
    """Return lines sorted, without what Python itself says of an object's place in memory."""
    return sorted(re.sub(rb"0x[0-9a-f]+", b"0x", line) for line in lines)
