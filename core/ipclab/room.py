"""How many more processes this machine can hold, as far as it says so; standard library only."""

from __future__ import annotations

import os
import sys
from pathlib import Path

EACH = 16 * 2**20  # bytes: what a spawned worker of an experiment takes for itself, with its life and output files
SPARE = 4  # keeper, runner, main program, resource tracker


def processes_left() -> tuple[int, str] | None:
    """Return how many worker processes can still be started, and what bounds them; None where nothing is known.

    The least of: the person's limit (RLIMIT_NPROC, which counts threads and does not bind root), the control group's
    (pids.max), and what fits into the memory that is available. Takes some milliseconds; any process, any thread.
    """
    if sys.platform != "linux":
        return None
    known = [one for one in (_limit(), _group(), _memory()) if one is not None]
    return min(known, default=None)


def _limit() -> tuple[int, str] | None:
    if sys.platform == "win32":
        return None
    import resource

    most, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    me = os.stat("/proc/self").st_uid
    if most == resource.RLIM_INFINITY or me == 0:
        return None
    used = sum(_threads(pid, me) for pid in os.listdir("/proc") if pid.isdigit())
    return max(0, most - used - SPARE), f"this user may have {most} at a time"


def _threads(pid: str, user: int) -> int:
    try:
        if os.stat(f"/proc/{pid}").st_uid != user:
            return 0
        return len(os.listdir(f"/proc/{pid}/task"))
    except OSError:  # it has ended
        return 0


def _group() -> tuple[int, str] | None:
    """Read the limits of control groups of version 2, this one's and those above it."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    path = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), None)
    if path is None:
        return None
    root = Path("/sys/fs/cgroup")
    left = []
    for folder in (root / path, *(root / path).parents):
        try:
            most, used = ((folder / name).read_text().strip() for name in ("pids.max", "pids.current"))
        except OSError:
            continue
        if most != "max":
            left.append((max(0, int(most) - int(used) - SPARE), f"its control group may have {most}"))
    return min(left, default=None)


def _memory() -> tuple[int, str] | None:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    free = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:")), None)
    return None if free is None else (max(0, free // EACH - SPARE), f"{free // 2**20} MiB of memory are free")
