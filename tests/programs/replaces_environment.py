"""The environment is emptied and filled anew before the workers start; each sees the new one and changes its own."""

import multiprocessing as mp
import os


def worker(name, queue):
    before = dict(os.environ)
    before.pop("LC_CTYPE", None)  # Python sets this where the locale is C
    os.environ.clear()
    os.environ["OWN"] = name
    queue.put((name, before, dict(os.environ)))


def main():
    os.environ.clear()
    os.environ["COLOUR"] = "blue"
    queue = mp.Queue()
    workers = []
    for name in ("one", "two"):
        workers.append(mp.Process(target=worker, args=(name, queue)))
        workers[-1].start()
        print(*queue.get())
        workers[-1].join()
    print("in main", dict(os.environ))
    print("exit codes", [process.exitcode for process in workers])


if __name__ == "__main__":
    main()
