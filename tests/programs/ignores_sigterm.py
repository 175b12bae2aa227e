"""A worker that ignores SIGTERM outlives terminate() and is ended by kill(); another takes SIGTERM as a wish."""

import multiprocessing as mp
import signal
import sys
import threading


def stubborn(ready):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ready.set()
    threading.Event().wait(60)


def polite(ready):
    def leave(number, frame):
        print("polite: cleaning up")
        sys.exit(9)

    signal.signal(signal.SIGTERM, leave)
    ready.set()
    while True:
        signal.pause()


def main():
    for target in (stubborn, polite):
        ready = mp.Event()
        process = mp.Process(target=target, args=(ready,), daemon=True)
        process.start()
        ready.wait()
        process.terminate()
        process.join(0.3 if target is stubborn else None)
        if process.is_alive():
            print(target.__name__, "is still there")
            process.kill()
            process.join()
        print(target.__name__, "ended with", process.exitcode)
        process.close()


if __name__ == "__main__":
    main()
