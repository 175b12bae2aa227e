"""The keeper: the run's first process. It forks the runner before it does anything else, and then only waits.

When the window dies, or the runner, it ends everything that is left below it and removes the run's folder. It is small,
holds no end of the Pipe, and runs nobody's code.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from select import poll
from time import monotonic, sleep

from ipclab.runner.system import system

TRACKERS_MAY_TAKE = 0.6  # s for resource trackers to remove names once everybody else is gone; seen: up to 0.5 s
RUNNER_DIED = 3  # the keeper's exit code


def main() -> None:
    """Keep one run: arguments are the run's folder, the Pipe's descriptor and the pid of the window."""
    folder, descriptor, owner = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    keeper = os.getpid()
    system.adopt_orphans()
    runner = os.fork()
    if runner == 0:
        from ipclab.runner.life import main as run

        run(folder, descriptor, keeper)
    os.close(descriptor)
    for number in (signal.SIGINT, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: asked.append(number))
    window, ours = system.Death(owner), system.Death(runner)
    waiting = poll()
    waiting.register(window.fileno(), 1)
    waiting.register(ours.fileno(), 1)
    status = None
    while not asked and os.getppid() == owner:
        ready = {fd for fd, _ in waiting.poll(500)}  # also wakes for a SIGTERM that came just before
        if ours.fileno() in ready:
            status = os.waitstatus_to_exitcode(os.waitpid(runner, 0)[1])
            break
        if window.fileno() in ready:
            break
    end_all_below()
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(0 if status == 0 else RUNNER_DIED)


def end_all_below() -> None:
    """End every descendant, resource trackers last: left alone they remove names, then end. Reaps what it can."""
    give_up = monotonic() + TRACKERS_MAY_TAKE
    while below := system.descendants(os.getpid()):
        late = monotonic() > give_up
        for pid in below:
            if late or not system.is_tracker(pid):
                system.end(pid)
        reap()
        sleep(0.002)
    reap()


def reap() -> dict[int, int]:
    """Take the exit codes of children that have ended, by pid."""
    found: dict[int, int] = {}
    try:
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            found[pid] = os.waitstatus_to_exitcode(status)
    except ChildProcessError:
        pass
    return found


if __name__ == "__main__":
    main()
