"""A token goes round a ring of processes that SimpleQueues join, growing at each, until it has gone round twice."""

import multiprocessing as mp

SIZE = 4


def station(number, source, target):
    while True:
        token = source.get()
        if token is None:
            target.put(None)
            return
        token["path"].append(number)
        token["text"] += chr(ord("a") + number)
        target.put(token)


def main():
    queues = [mp.SimpleQueue() for _ in range(SIZE + 1)]
    stations = [mp.Process(target=station, args=(n, queues[n], queues[n + 1])) for n in range(SIZE)]
    for process in stations:
        process.start()
    token = {"path": [], "text": ""}
    for lap in range(2):
        queues[0].put(token)
        token = queues[-1].get()
        print("lap", lap, token["path"], token["text"])
    queues[0].put(None)
    print("the end mark came round:", queues[-1].get())
    for process in stations:
        process.join()
    for queue in queues:
        print("empty" if queue.empty() else "something left", end=" ")
        queue.close()
    print("exit codes", [process.exitcode for process in stations])


if __name__ == "__main__":
    main()
