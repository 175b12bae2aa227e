"""Everything above 2 is closed: in main before it starts anything, and again first thing in each worker.

A worker answers through a file of its own, since every channel that it was given is gone.
"""

import multiprocessing as mp
import os
import tempfile


def worker(path, number):
    os.closerange(3, 256)
    with open(path, "w") as file:
        print("worker", number, "writes to descriptor", "3" if file.fileno() == 3 else "another", file=file)
    print("worker", number, "said so")


def main():
    os.closerange(3, 256)
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, str(number)) for number in range(2)]
        workers = [mp.Process(target=worker, args=(path, number)) for number, path in enumerate(paths)]
        for process in workers:
            process.start()
        for process in workers:
            process.join()
        for path in paths:
            with open(path) as file:
                print(file.read(), end="")
    print("exit codes", [process.exitcode for process in workers])


if __name__ == "__main__":
    main()
