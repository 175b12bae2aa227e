"""Bytes on stdout that are no text: by the buffer, by the descriptor, by a worker, and around ordinary prints."""

import multiprocessing as mp
import os
import sys


def worker(low, high):
    sys.stdout.buffer.write(bytes(range(low, high)))
    sys.stdout.buffer.flush()
    os.write(1, b"\x00\n")


def main():
    print("head")
    sys.stdout.flush()
    sys.stdout.buffer.write(b"\xff\xfe\x00")
    sys.stdout.buffer.flush()
    os.write(sys.stdout.fileno(), b"by descriptor\n")
    for low in (128, 192):
        process = mp.Process(target=worker, args=(low, low + 64))
        process.start()
        process.join()
    sys.stdout.buffer.write(b"\xf0" * 300 + b"\n")
    print("tail")


if __name__ == "__main__":
    main()
