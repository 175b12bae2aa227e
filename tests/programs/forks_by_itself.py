"""Forks with os.fork beside multiprocessing, before and after it, and reaps whatever child there is with waitpid(-1).

Text that waits in a buffer is printed by whoever flushes it: the first fork prints a line twice when stdout is a file.
"""

import multiprocessing as mp
import os
import sys


def fork_and_leave(code):
    pid = os.fork()
    if pid == 0:
        sys.stdout.flush()
        os._exit(code)
    return pid


def square(connection):
    connection.send(connection.recv() ** 2)


def main():
    print("before the first fork")
    for code in (4, 5, 6):
        fork_and_leave(code)
        sys.stdout.flush()
    codes = []
    while True:
        try:
            codes.append(os.waitstatus_to_exitcode(os.waitpid(-1, 0)[1]))
        except ChildProcessError:
            break
    print("reaped", sorted(codes))
    here, there = mp.Pipe()
    process = mp.Process(target=square, args=(there,))
    process.start()
    here.send(12)
    print("square", here.recv())
    process.join()
    print("worker ended with", process.exitcode)
    sys.stdout.flush()
    pid = fork_and_leave(7)
    print("last fork ended with", os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


if __name__ == "__main__":
    main()
