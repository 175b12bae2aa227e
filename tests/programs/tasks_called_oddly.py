"""Tasks whose arguments are called as those of submit() are, functions given by name, a worker that is interrupted.

stderr: KeyboardInterrupt
"""

import multiprocessing as mp
from concurrent.futures import ProcessPoolExecutor


class Shy:
    """A task that is no function, and does not like to be asked for its class."""

    def __call__(self, number):
        return number + 1

    @property
    def __class__(self):
        print("asked for its class")
        return Shy


def describe(self=None, func=None, **others):
    return f"self={self} func={func} others={sorted(others.items())}"


def interrupt():
    raise KeyboardInterrupt


def main():
    with ProcessPoolExecutor(1) as executor:
        print(executor.submit(describe, func=3, self=4, fn=5).result())
    with mp.Pool(1) as pool:
        print(pool.apply_async(func=describe, kwds={"func": 6}).get())
        print(list(pool.imap(func=str, iterable=[7, 8])))
        print(pool.map(Shy(), [9]))
        lost = pool.apply_async(interrupt)
        try:
            lost.get(timeout=1)
        except mp.TimeoutError:
            print("nobody answers")


if __name__ == "__main__":
    main()
