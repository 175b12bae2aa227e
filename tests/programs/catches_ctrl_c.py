"""Ctrl-C, caught: main tells its workers to stop, which ignore SIGINT themselves, and exits with 130.

exit: 130
"""

import multiprocessing as mp
import os
import signal
import sys


def worker(number, stop, results):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    results.put((number, "ready"))
    stop.wait()
    results.put((number, "stopped"))


def main():
    stop, results = mp.Event(), mp.Queue()
    workers = [mp.Process(target=worker, args=(number, stop, results)) for number in range(3)]
    for process in workers:
        process.start()
    print(sorted(results.get() for _ in workers))
    try:
        os.kill(os.getpid(), signal.SIGINT)
        signal.pause()
    except KeyboardInterrupt:
        print("interrupted")
        stop.set()
        print(sorted(results.get() for _ in workers))
        for process in workers:
            process.join()
        print("exit codes", [process.exitcode for process in workers])
        sys.exit(130)


if __name__ == "__main__":
    main()
