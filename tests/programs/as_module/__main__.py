"""A package that `python -m` runs: workers find its modules, its main and what lies in them.

What __main__ itself defines is no target: spawned workers do not import the __main__ of a package again.

arguments: 3
"""

import multiprocessing as mp
import sys

from . import work
from .work import Task


def main():
    queue = mp.Queue()
    count = int(sys.argv[1])
    processes = [mp.Process(target=work.run, args=(queue, Task(number))) for number in range(count)]
    for process in processes:
        process.start()
    for answer in sorted(queue.get() for _ in processes):
        print(*answer)
    for process in processes:
        process.join()
    print("run as", __name__, __spec__.name, "exit codes", [process.exitcode for process in processes])


if __name__ == "__main__":
    main()
