"""What differs between systems, one module each with the same names; the rest of the lab asks no `sys.platform`.

| name | what it does |
| --- | --- |
| `adopt_orphans()` | descendants whose parent dies become this process's children (or are ended with it) |
| `die_with_parent(pid)` | this process is ended with the one that started it |
| `Death(pid)` | something to wait on that gets ready when that process ends; `.close()` |
| `descendants(pid)` | pids below it |
| `users_of(folder)` | pids that have a file of the run's folder mapped |
| `is_tracker(pid)` | it is a resource tracker of multiprocessing, which cleans up and then ends by itself |
| `ask_to_end(pid)`, `end(pid)` | SIGTERM, SIGKILL, or what comes next to them |
| `zombie_status(pid)` | exit code of a process that ended and was not reaped yet; None where unknown |
| `FolderWatch(path)` | something to wait on that gets ready when files in it are made, written or touched; `.drain()` |
| `start(command, ...)` | a process in a session of its own |
| `memory_folder()` | where files live in memory, or None |
| `CREDIT`, `BATCH` | how many batches of how many bytes fit in a Pipe without anybody reading |
"""

import sys

if sys.platform == "linux":
    from ipclab.runner.system import linux as system
else:
    raise ImportError(f"IPC Lab can start runs on Linux only so far, not on {sys.platform}")

__all__ = ["system"]
