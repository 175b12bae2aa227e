"""sys.exit with a sentence: on stderr, with exit code 1, in a worker as in main; with a tuple, None and True as well.

exit: 1
stderr: main gives up
stderr: worker gives up
"""

import multiprocessing as mp
import sys


def worker(argument):
    sys.exit(argument)


def main():
    for argument in ("worker gives up", 0, None, 255, ("a", 1), True):
        process = mp.Process(target=worker, args=(argument,))
        process.start()
        process.join()
        print(repr(argument), "ended with", process.exitcode)
    try:
        sys.exit("caught")
    except SystemExit as end:
        print("caught", end.code)
    sys.exit("main gives up")


if __name__ == "__main__":
    main()
