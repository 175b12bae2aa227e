"""Files made by some and deleted by others: a temporary file handed on by name, a lock file, a file renamed into place.

files: result.txt
"""

import multiprocessing as mp
import os
import tempfile


def worker(number, paths):
    descriptor, path = tempfile.mkstemp(prefix=f"part-{number}-", text=True)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"part {number}\n")
    try:
        os.close(os.open("lock", os.O_CREAT | os.O_EXCL))
        first = True
    except FileExistsError:
        first = False
    paths.put((number, path, first))


def main():
    paths = mp.Queue()
    workers = [mp.Process(target=worker, args=(number, paths)) for number in range(3)]
    for process in workers:
        process.start()
    parts = sorted(paths.get() for _ in workers)
    for process in workers:
        process.join()
    print("first to lock:", sum(first for _, _, first in parts), "of", len(parts))
    with open("result.new", "w") as result:
        for _, path, _ in parts:
            with open(path) as part:
                result.write(part.read())
            os.remove(path)
    os.replace("result.new", "result.txt")
    os.remove("lock")
    with open("result.txt") as result:
        print(result.read(), end="")
    print("parts left:", sum(os.path.exists(path) for _, path, _ in parts), "here:", os.listdir())


if __name__ == "__main__":
    main()
