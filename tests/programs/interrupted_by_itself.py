"""Main sends itself SIGINT while it waits and does not catch it: a traceback, and an end by the signal.

exit: -2
stderr: KeyboardInterrupt
"""

import multiprocessing as mp
import os
import signal
import threading


def worker(receiver, sender):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sender.close()  # a forked worker has this end in any case, and would wait for itself
    try:
        receiver.recv()
    except EOFError:
        print("worker: main is gone, and so am I", flush=True)


def main():
    receiver, sender = mp.Pipe(duplex=False)
    process = mp.Process(target=worker, args=(receiver, sender))
    process.start()
    receiver.close()
    try:
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        process.join()
    finally:
        print("main: finally")
        sender.close()
        process.join()


if __name__ == "__main__":
    main()
