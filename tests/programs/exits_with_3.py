"""Main exits with 3, from inside two try blocks, while a worker that exits with 4 has been joined.

exit: 3
"""

import multiprocessing as mp
import sys


def worker():
    try:
        sys.exit(4)
    finally:
        print("worker: finally")


def main():
    process = mp.Process(target=worker)
    process.start()
    process.join()
    print("worker ended with", process.exitcode)
    try:
        sys.exit(process.exitcode - 1)
    except Exception:
        print("never printed: SystemExit is no Exception")
    finally:
        print("main: finally")


if __name__ == "__main__":
    main()
