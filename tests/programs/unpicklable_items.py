"""What cannot be pickled: refused by send() at once, dropped by a queue's feeder with a traceback, and the rest arrives.

stderr: in _feed
"""

import multiprocessing as mp
import pickle
import threading


class Moody:
    def __getstate__(self):
        raise TypeError("not today")


class Greedy:
    def __init__(self, text):
        self.text = text

    def __reduce__(self):
        return Greedy, (self.text * 2,)


def worker(queue, connection):
    for item in iter(queue.get, "end"):
        print("worker got", item.text if isinstance(item, Greedy) else item)
    try:
        connection.send(threading.Lock())
    except TypeError:
        connection.send("a lock does not travel")


def square(number):
    return (number_squared for number_squared in [number**2])


def main():
    queue = mp.Queue()
    here, there = mp.Pipe()
    process = mp.Process(target=worker, args=(queue, there))
    process.start()
    for item in ("first", Moody(), Greedy("ha"), "last", "end"):
        queue.put(item)
    print(here.recv())
    process.join()
    for item in (Moody(), lambda: None):
        try:
            here.send(item)
        except (TypeError, AttributeError, pickle.PicklingError):
            print("send refused", type(item).__name__)
    with mp.Pool(1) as pool:
        try:
            pool.apply(square, (3,))
        except mp.pool.MaybeEncodingError:
            print("a pool's result did not travel either")


if __name__ == "__main__":
    main()
