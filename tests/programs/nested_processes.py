"""Processes that start processes: a tree three deep, each node of which adds up what its children report."""

import multiprocessing as mp


def node(depth, path, sender):
    total = 1
    if depth:
        pairs = [mp.Pipe(duplex=False) for _ in range(2)]
        children = [
            mp.Process(target=node, args=(depth - 1, [*path, number], pair[1]), name=f"node-{depth}-{number}")
            for number, pair in enumerate(pairs)
        ]
        for child in children:
            child.start()
        total += sum(receiver.recv()[1] for receiver, _ in pairs)
        for child in children:
            child.join()
            assert child.exitcode == 0
    sender.send((path, total))
    print("path", path, "parent is main:", mp.parent_process().name == "MainProcess", "total", total)


def main():
    receiver, sender = mp.Pipe(duplex=False)
    process = mp.Process(target=node, args=(2, [], sender))
    process.start()
    print("root says", receiver.recv())
    process.join()
    print("main's parent", mp.parent_process(), "children", mp.active_children(), "exit code", process.exitcode)


if __name__ == "__main__":
    main()
