"""A service that SIGTERM ends in good order; SIGUSR1 between processes; an alarm interrupts a wait and it goes on.

signal: SIGTERM
exit: 15
"""

import multiprocessing as mp
import os
import signal
import sys
import time


def worker(ready, receiver):
    signals = []
    signal.signal(signal.SIGUSR1, lambda number, frame: signals.append(signal.Signals(number).name))
    signal.signal(signal.SIGALRM, lambda number, frame: signals.append("alarm"))
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    ready.set()
    while len(signals) < 2:
        time.sleep(0.02)  # pause() could miss a signal that comes just before it
    print("worker", sorted(signals), "then", receiver.recv(), flush=True)


def main():
    ready, ended = mp.Event(), []
    receiver, sender = mp.Pipe(duplex=False)
    process = mp.Process(target=worker, args=(ready, receiver))
    process.start()

    def finish(number, frame):
        print("main:", signal.Signals(number).name)
        sender.send("an orderly end")
        process.join()
        ended.append(process.exitcode)

    signal.signal(signal.SIGTERM, finish)
    ready.wait()
    os.kill(process.pid, signal.SIGUSR1)
    print("ready", flush=True)
    while not ended:
        time.sleep(0.02)
    print("worker ended with", *ended)
    sys.exit(15)


if __name__ == "__main__":
    main()
