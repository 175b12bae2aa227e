"""Messages that raise when anybody looks at them: repr, bool, len, hash, comparison, iteration, attribute access.

Whoever sends and receives them has no need to look.
"""

import multiprocessing as mp


class Shy:
    def __init__(self, value):
        self.__dict__["value"] = value

    def _refuse(self, *arguments):
        raise RuntimeError("do not look at me")

    __repr__ = __str__ = __bool__ = __len__ = __hash__ = __eq__ = __iter__ = __lt__ = _refuse

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        self._refuse()

    def __reduce__(self):
        return Shy, (self.value + 1,)


def worker(connection, queue):
    shy = connection.recv()
    connection.send(shy)
    queue.put([shy, {"shy": shy}])


def main():
    here, there = mp.Pipe()
    queue = mp.Queue()
    process = mp.Process(target=worker, args=(there, queue))
    process.start()
    here.send(Shy(1))
    print("by pipe, pickled twice:", here.recv().value)
    first, second = queue.get()
    print("by queue:", first.value, second["shy"] is first)
    process.join()
    with mp.Manager() as manager:
        shared = manager.list([Shy(10)])
        print("by manager:", shared[0].value)
    try:
        print(first)
    except RuntimeError as problem:
        print(problem)


if __name__ == "__main__":
    main()
