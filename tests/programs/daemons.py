"""Daemons: ended when main ends, without children of their own; one that is still at work is simply gone."""

import multiprocessing as mp
import threading


def restless(sender):
    sender.send("at work")
    threading.Event().wait(60)
    sender.send("never sent")


def ambitious(sender):
    process = mp.Process(target=print, args=("never printed",))
    try:
        process.start()
    except AssertionError as problem:
        sender.send(str(problem))


def main():
    receiver, sender = mp.Pipe(duplex=False)
    daemons = [mp.Process(target=restless, args=(sender,), daemon=True, name=f"daemon-{n}") for n in range(2)]
    for process in daemons:
        process.start()
        print(process.name, receiver.recv(), process.daemon)
    process = mp.Process(target=ambitious, args=(sender,))
    process.daemon = True
    process.start()
    print("refused:", receiver.recv())
    process.join()
    try:
        process.daemon = False
    except AssertionError as problem:
        print("refused:", problem)
    print("still alive", sorted(process.name for process in mp.active_children()))
    daemons[0].terminate()
    daemons[0].join()
    print("terminated", daemons[0].exitcode)


if __name__ == "__main__":
    main()
