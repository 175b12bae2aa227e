"""The keeper: the run's first process. It starts the runner before it does anything else, and then only waits.

When the window dies, or the runner, it ends everything that is left below it and removes the run's folder. It is small,
holds no end of the Pipe, and runs nobody's code. Keeper and runner are one start where a process can fork.
"""

from __future__ import annotations

import os
import sys
from time import monotonic, sleep

from ipclab.runner.system import system

TRACKERS_MAY_TAKE = 0.6  # s for resource trackers to remove names once everybody else is gone; seen: up to 0.5 s
RUNNER_DIED = 3  # the keeper's exit code


def main() -> None:
    """Keep one run: arguments are the run's folder, the Pipe's end and the pid of the window.

    Where nothing can fork, a second start has the word "runner" too, and the keeper's pid for the window's.
    """
    folder, end, owner = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if "runner" in sys.argv[4:]:
        _run(folder, end, owner)
    keeper = os.getpid()
    system.adopt_orphans(folder)
    runner = system.start_runner(end)
    if runner == 0:
        _run(folder, end, keeper)
    system.ignore_signals()
    asked, window, ours = system.Asked(), system.Death(owner), system.Death(runner)
    status = None
    while os.getppid() == owner:
        ready = system.wait([asked, window, ours], 0.5)
        if ours in ready:
            status = system.code_of(runner)
        if ready:
            break
    end_all_below()
    os.dup2(0, 2)  # the file for errors lies in the folder, and not every system removes one that is open
    system.remove_folder(folder)
    os._exit(0 if status == 0 else RUNNER_DIED)


def _run(folder: str, end: int, keeper: int) -> None:
    """Be the runner; never returns."""
    from ipclab.runner.life import main as run

    run(folder, end, keeper)


def end_all_below() -> None:
    """End every descendant, resource trackers last: left alone they remove names, then end. Reaps what it can."""
    give_up = monotonic() + TRACKERS_MAY_TAKE
    while below := system.descendants(os.getpid()):
        late = monotonic() > give_up
        for pid in below:
            if late or not system.is_tracker(pid):
                system.end(pid)
        system.reap()
        sleep(0.002)
    system.reap()


if __name__ == "__main__":
    main()
