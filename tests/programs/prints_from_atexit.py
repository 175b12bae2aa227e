"""What runs at the end: atexit functions of main, last registered first, one of which raises; the worker's finally.

stderr: LookupError: nothing to say
"""

import atexit
import multiprocessing as mp


def worker(number):
    try:
        print(f"worker {number}: at work")
    finally:
        print(f"worker {number}: finally")


def last_words(process):
    print("atexit: the worker ended with", process.exitcode)
    print("atexit: still alive:", len(mp.active_children()))


@atexit.register
def speechless():
    if mp.parent_process() is None:  # a worker that is spawned imports this file too
        print("atexit: looking for words")
        raise LookupError("nothing to say")


def main():
    process = mp.Process(target=worker, args=(1,))
    process.start()
    process.join()
    atexit.register(print, "atexit: this is the end")
    atexit.register(last_words, process)
    print("main has nothing more to do")


if __name__ == "__main__":
    main()
