r"""Main reads stdin line by line and hands the lines out; a worker's own stdin is empty.

stdin: one\ntwo three\n\nfour
"""

import multiprocessing as mp
import sys


def worker(lines, counts):
    for line in iter(lines.get, None):
        counts.put((line, len(line.split())))
    counts.put(("own stdin", len(sys.stdin.read())))


def main():
    lines, counts = mp.Queue(), mp.Queue()
    process = mp.Process(target=worker, args=(lines, counts))
    process.start()
    first = input()
    lines.put(first)
    for line in sys.stdin:
        lines.put(line)
    lines.put(None)
    for _ in range(5):
        print(*map(repr, counts.get()))
    process.join()
    try:
        input()
    except EOFError:
        print("stdin has ended")


if __name__ == "__main__":
    main()
