"""connection.wait over pipes, sentinels and a queue's reader: whoever has something to say, until all have ended."""

import multiprocessing as mp
from multiprocessing.connection import wait


def worker(sender, number):
    for step in range(number):
        sender.send((number, step))
    sender.close()


def main():
    readers, sentinels = {}, {}
    print("nothing to wait for:", wait([], timeout=0.01))
    for number in (1, 2, 3):
        receiver, sender = mp.Pipe(duplex=False)
        process = mp.Process(target=worker, args=(sender, number))
        process.start()
        sender.close()
        readers[receiver] = number
        sentinels[process.sentinel] = process
    messages, closed, ended = [], [], []
    while readers or sentinels:
        for ready in wait([*readers, *sentinels]):
            if ready in sentinels:
                process = sentinels.pop(ready)
                process.join()
                ended.append(process.exitcode)
                continue
            try:
                messages.append(ready.recv())
            except EOFError:
                closed.append(readers.pop(ready))
                ready.close()
    for number in (1, 2, 3):
        print(number, "sent", [step for sender, step in messages if sender == number])
    print("closed", sorted(closed), "ended", ended)
    here, there = mp.Pipe()
    print("silent:", wait([here, there], timeout=0.05))
    here.send("word")
    print("one speaks:", wait([here, there], timeout=20) == [there], there.recv())


if __name__ == "__main__":
    main()
