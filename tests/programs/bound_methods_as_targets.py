"""Bound methods as targets: of an instance, of a class, of an Event and a Connection (which are pickled by name)."""

import functools
import multiprocessing as mp


class Adder:
    unit = "apples"

    def __init__(self, start):
        self.start = start

    def add(self, queue, number):
        queue.put(f"{self.start + number} {self.unit}")

    @classmethod
    def tell(cls, queue):
        queue.put(f"counted in {cls.unit}")

    @staticmethod
    def nothing(queue):
        queue.put("nothing to add")


def main():
    queue, event = mp.SimpleQueue(), mp.Event()
    here, there = mp.Pipe()
    adder = Adder(40)
    targets = [
        functools.partial(adder.add, queue, 2),
        functools.partial(Adder.tell, queue),
        functools.partial(Adder.nothing, queue),
        functools.partial(queue.put, "put by a bound method"),
    ]
    for target in targets:
        process = mp.Process(target=target)
        process.start()
        print(queue.get())
        process.join()
    setter = mp.Process(target=event.set)
    sender = mp.Process(target=there.send, args=({"by": "a bound method"},))
    for process in (setter, sender):
        process.start()
        process.join()
    print("set", event.is_set(), "received", here.recv())
    with mp.Pool(2) as pool:
        print(pool.map(adder.start.__add__, range(3)), pool.map(str.upper, ["a", "b"]))


if __name__ == "__main__":
    main()
