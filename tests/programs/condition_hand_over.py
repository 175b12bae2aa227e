"""A one-place shelf behind a Condition: two producers wait until it is free, a consumer until it is not."""

import multiprocessing as mp


class Shelf:
    def __init__(self):
        self.condition = mp.Condition()
        self.item = mp.Value("i", -1, lock=False)

    def put(self, item):
        with self.condition:
            while self.item.value != -1:
                self.condition.wait()
            self.item.value = item
            self.condition.notify_all()

    def take(self):
        with self.condition:
            if not self.condition.wait_for(lambda: self.item.value != -1, timeout=20):
                raise TimeoutError("nothing came")
            item, self.item.value = self.item.value, -1
            self.condition.notify_all()
            return item


def producer(shelf, first):
    for number in range(first, first + 5):
        shelf.put(number)


def consumer(shelf, count, connection):
    connection.send([shelf.take() for _ in range(count)])


def main():
    shelf = Shelf()
    here, there = mp.Pipe(duplex=False)
    processes = [mp.Process(target=producer, args=(shelf, first)) for first in (0, 100)]
    processes.append(mp.Process(target=consumer, args=(shelf, 10, there)))
    for process in processes:
        process.start()
    taken = here.recv()
    for process in processes:
        process.join()
    print("in order by producer:", [n for n in taken if n < 100], [n for n in taken if n >= 100])
    with shelf.condition:
        print("nobody notifies:", shelf.condition.wait(timeout=0.05))
    try:
        shelf.condition.notify()
    except AssertionError:
        print("refused: the lock is not held")


if __name__ == "__main__":
    main()
