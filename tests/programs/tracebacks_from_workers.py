"""Exceptions in workers: a traceback on stderr and exit code 1; by a pool, they come back with the worker's own lines.

stderr: LookupError: nothing under the stone
stderr: in turn_stone
"""

import multiprocessing as mp
import sys
import traceback


class Odd(Exception):
    def __init__(self, number):
        super().__init__(f"{number} is odd")
        self.number = number

    def __reduce__(self):
        return Odd, (self.number,)


def turn_stone():
    raise LookupError("nothing under the stone")


def worker():
    try:
        print("worker: looking")
        {}["stone"]
    except KeyError:
        turn_stone()


def half(number):
    if number % 2:
        raise Odd(number)
    return number // 2


def main():
    process = mp.Process(target=worker, name="seeker")
    process.start()
    process.join()
    print("seeker ended with", process.exitcode)
    with mp.Pool(1) as pool:
        try:
            pool.map(half, [2, 3])
        except Odd as problem:
            print(type(problem).__name__, problem, problem.number)
            text = "".join(traceback.format_exception(problem))
            print("in half" in text, "raise Odd(number)" in text, "RemoteTraceback" in text)
    try:
        half(5)
    except Odd:
        frames = traceback.extract_tb(sys.exc_info()[2])
        print("frames", [frame.name for frame in frames])


if __name__ == "__main__":
    main()
