"""Streams and hooks replaced: a worker collects what it prints, main writes through a wrapper, hooks of its own report.

exit: 1
stderr: hook of main saw ValueError: at the very end
"""

import contextlib
import io
import multiprocessing as mp
import os
import sys
import threading


def worker(connection):
    sys.stdout = io.StringIO()
    threading.excepthook = lambda arguments: print("thread died of", arguments.exc_value)
    thread = threading.Thread(target=lambda: 1 // 0)
    thread.start()
    thread.join()
    print("collected", end="")
    connection.send(sys.stdout.getvalue().splitlines())
    sys.stdout = None
    print("printed to nobody")


class Shouting(io.TextIOBase):
    def __init__(self, stream):
        self.stream = stream

    def write(self, text):
        return self.stream.write(text.upper())

    def flush(self):
        self.stream.flush()


def main():
    here, there = mp.Pipe()
    process = mp.Process(target=worker, args=(there,))
    process.start()
    print(here.recv())
    process.join()
    print("worker ended with", process.exitcode, flush=True)
    with contextlib.redirect_stdout(Shouting(sys.stdout)):
        print("said aloud")
    saved = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    print("to nowhere", flush=True)
    os.dup2(saved, 1)
    print("and back")
    sys.excepthook = lambda kind, problem, trace: print(f"hook of main saw {kind.__name__}: {problem}", file=sys.stderr)
    raise ValueError("at the very end")


if __name__ == "__main__":
    main()
