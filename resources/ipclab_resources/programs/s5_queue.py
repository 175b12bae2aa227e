"""A Queue carries any object that can be pickled: one process puts, another gets, in the same order."""

from multiprocessing import Process, Queue


def square(numbers, queue):
    for number in numbers:
        queue.put(number * number)


def print_all(queue):
    while not queue.empty():  # right here alone: the one who puts has ended, and all of it has arrived
        print(queue.get())
    print("Queue is now empty!", flush=True)


if __name__ == "__main__":
    queue = Queue()

    p1 = Process(target=square, args=([1, 2, 3, 4], queue), name="p1")
    p1.start()
    p1.join()

    p2 = Process(target=print_all, args=(queue,), name="p2")
    p2.start()
    p2.join()
