"""What runs at the end: atexit functions of main, last registered first, and finalizers of a worker."""

import atexit
import multiprocessing as mp
from multiprocessing.util import Finalize


def worker(number):
    Finalize(None, print, args=(f"worker {number}: second finalizer",), exitpriority=1)
    Finalize(None, print, args=(f"worker {number}: first finalizer",), exitpriority=2)
    print(f"worker {number}: at work")


def last_words(process):
    print("atexit: the worker ended with", process.exitcode)
    print("atexit: still alive:", len(mp.active_children()))


def main():
    process = mp.Process(target=worker, args=(1,))
    process.start()
    process.join()
    atexit.register(print, "atexit: this is the end")
    atexit.register(last_words, process)
    print("main has nothing more to do")


if __name__ == "__main__":
    main()
