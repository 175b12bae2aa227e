"""What differs between systems, one module each with the same names; the rest of the lab asks no `sys.platform`.

| name | what it does |
| --- | --- |
| `pipe()` | the window's end of a run's Pipe and the runner's |
| `CREDIT`, `BATCH` | how many batches of how many bytes it holds without anybody reading |
| `start_keeper(command, end, errors, streams)` | the keeper, told the end that it inherits and who started it |
| `start_runner(end)` | in the keeper: the runner's pid; 0 in a runner that was forked |
| `pipe_end(end)` | in the runner: its end as a connection |
| `start(command, out, err, environment, streams)` | a program in a session of its own; its pid |
| `input_pipe()` | a pipe for a program's stdin: the end to read, the end to write, which fails where it would wait |
| `ignore_signals()` | what a terminal sends to everybody does not end this process |
| `adopt_orphans(folder)` | descendants whose parent dies stay this process's, so that `descendants` finds them |
| `Asked()` | something to wait on that gets ready when this process is asked to end |
| `Death(pid)` | something to wait on that gets ready when that process ends; `.close()` |
| `FolderWatch(path)` | the same for files in a folder: made, written or touched; `.drain()`, `.close()` |
| `WATCHES_WRITES` | it tells every write; else the files are looked at every 20 ms while nobody measures |
| `wait(things, seconds)` | those of some of these, and of connections, that are ready |
| `reap()` | exit codes of children that have ended, by pid |
| `code_of(pid)` | waits for a child's end |
| `zombie_status(pid)` | exit code of a process that ended and was not reaped yet; None where unknown |
| `exists(pid)` | there is a process of this number |
| `descendants(root)` | pids below it |
| `users_of(folder)` | pids of a run's processes, by what they have of its folder |
| `is_tracker(pid)` | it is a resource tracker, or another helper that ends by itself once all others have |
| `interrupt(pid)` | a process's group gets what Ctrl-C on its terminal would send |
| `ask_to_end(pid)`, `end(pid)` | SIGTERM, SIGKILL, or what comes next to them |
| `ASKED`, `ENDED` | what those two do, in words |
| `is_own(path)` | it belongs to the person who runs this process |
| `hold(descriptor)`, `is_held(path)` | a file is locked while this process lives, or one that inherited it; it is |
| `memory_folder()` | where files live in memory, or None |
| `remove_folder(folder)` | a run's folder with all that is in it |
| `read_at(descriptor, size, offset)`, `write_at(descriptor, data, offset)` | pread, pwrite |
| `forget_pages(descriptor, start, size)` | blocks of a file that have been read are given back, where that can be |

Only Linux has been tried. The modules for macOS and Windows are written by the documentation, and the parts of them
that run anywhere (`family`) are tested; `bash .ci/run` checks the types of all three.
"""

import sys

if sys.platform == "linux":
    from ipclab.runner.system import linux as system
elif sys.platform == "darwin":
    from ipclab.runner.system import macos as system
elif sys.platform == "win32":
    from ipclab.runner.system import windows as system
else:
    raise ImportError(f"IPC Lab can start runs on Linux, macOS and Windows, not on {sys.platform}")

__all__ = ["system"]
