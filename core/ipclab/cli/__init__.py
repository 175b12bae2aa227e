"""The command line: `ipclab list`, `ipclab run EXPERIMENT`, `ipclab --version`. Never imports Qt."""

from __future__ import annotations

import sys
from collections.abc import Sequence

INTERRUPTED = 130  # 128 + SIGINT, as shells have it


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words ask for (default: those of this process) and return the exit code.

    0 done; 1 failed, timed out or crashed; 2 wrong usage; 130 after Ctrl-C; 143 after SIGTERM; 141 where nobody reads
    stdout any more. Call it in the main thread: while a run goes on it has SIGINT and SIGTERM.
    """
    words = sys.argv[1:] if words is None else list(words)
    try:
        from ipclab.cli.command import execute

        return execute(words)
    except KeyboardInterrupt:  # while nothing ran yet, in the middle of an import too
        from ipclab.cli import stdout

        stdout.let_go()
        return INTERRUPTED


__all__ = ["main"]
