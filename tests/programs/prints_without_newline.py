"""Output that ends without a newline, carriage returns, an empty print, a flush in mid-line, text beyond ASCII."""

import multiprocessing as mp
import sys


def worker(text):
    sys.stdout.reconfigure(encoding="utf-8")
    print(text, end="")
    sys.stdout.flush()
    print("", end="")


def main():
    print("dots:", end=" ")
    sys.stdout.flush()
    for mark in (".", "..", "…\r"):
        process = mp.Process(target=worker, args=(mark,))
        process.start()
        process.join()
    sys.stdout.write("\n")
    print()
    print("50 %\r100 %\r", end="")
    sys.stdout.writelines(["Grüße", ", ", "日本\t|"])
    print("\x1b[1mbold\x1b[0m", "\a", sep="")
    print("and the last line has no end", end="")


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8")
    main()
