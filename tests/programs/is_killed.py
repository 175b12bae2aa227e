"""A worker kills itself in the middle of its work; its pipe says so, and main, done, kills itself too.

exit: -9
"""

import multiprocessing as mp
import os
import signal
import sys


def worker(sender):
    for number in range(1000):
        if number == 3:
            os.kill(os.getpid(), signal.SIGKILL)
        sender.send(number)


def main():
    receiver, sender = mp.Pipe(duplex=False)
    process = mp.Process(target=worker, args=(sender,))
    process.start()
    sender.close()
    try:
        while True:
            print("received", receiver.recv())
    except EOFError:
        print("nobody can write any more")
    process.join()
    print("worker ended with", process.exitcode)
    sys.stdout.flush()
    print("lost in a buffer")
    os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    main()
