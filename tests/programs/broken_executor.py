"""A worker of an executor leaves with os._exit: the pool is broken, says so, and a new one goes on."""

import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool


def leave(code):
    os._exit(code)


def double(number):
    return 2 * number


def main():
    with ProcessPoolExecutor(max_workers=1) as executor:
        print("works:", executor.submit(double, 4).result())
        broken = executor.submit(leave, 5)
        try:
            broken.result()
        except BrokenProcessPool:
            print("broken, and so is the next:", end=" ")
        try:
            executor.submit(double, 1).result()
        except BrokenProcessPool as problem:
            print(type(problem).__name__)
    with ProcessPoolExecutor(max_workers=2) as executor:
        print("a new one works:", list(executor.map(double, range(3))))


if __name__ == "__main__":
    main()
