"""os._exit in a worker and in main: what waited in a buffer is lost, finally does not run, the exit code is as given.

exit: 7
"""

import atexit
import multiprocessing as mp
import os
import sys


def worker(code, flush):
    try:
        print("worker", code, "flushed" if flush else "did not flush")
        if flush:
            sys.stdout.flush()
        os._exit(code)
    finally:
        print("never printed")


def main():
    atexit.register(print, "never printed: atexit")
    for code, flush in ((5, True), (6, False)):
        process = mp.Process(target=worker, args=(code, flush))
        process.start()
        process.join()
        print("worker ended with", process.exitcode)
    print("main leaves", flush=True)
    print("without this")
    os._exit(7)


if __name__ == "__main__":
    main()
