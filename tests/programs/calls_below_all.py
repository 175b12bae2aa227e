"""Calls that no line of Python makes: a thread begins with each, or they are left to the end of the process."""

import _thread
import atexit
import multiprocessing as mp
import operator
from collections import deque
from functools import partial
from multiprocessing import connection
from multiprocessing.shared_memory import ShareableList, SharedMemory


def begins(function, *arguments):
    """Start a thread that consists of this one call, and wait until it has come back. All of it is C's: no frame."""
    back = _thread.allocate_lock()
    back.acquire()
    calls = map(operator.call, (partial(function, *arguments), back.release))
    _thread.start_new_thread(deque, (calls, 0))
    if not back.acquire(timeout=30):
        print("it did not come back:", function)


def answers(end):
    begins(end.send, "from a worker's thread")
    atexit.register(end.close)  # where the worker was spawned


def main():
    here, there = mp.Pipe()
    process = mp.Process(target=answers, args=(there,), name="worker")
    begins(process.start)
    there.close()
    print(here.recv())
    begins(process.join)
    begins(here.poll, 0)
    begins(connection.wait, [here], 0)
    try:
        print(here.recv())
    except EOFError:
        print("worker has ended:", process.exitcode)

    queue, simple, joinable, lock, event = mp.Queue(), mp.SimpleQueue(), mp.JoinableQueue(), mp.RLock(), mp.Event()
    begins(queue.put, "an item")
    begins(simple.put, "another item")
    begins(joinable.put, "a third item")
    print(queue.get(), simple.get(), joinable.get(), sep=", ")
    begins(joinable.task_done)
    begins(joinable.join)
    begins(queue.empty)
    begins(lock.acquire)
    print("taken by a thread that is gone:", not lock.acquire(timeout=0.01))
    begins(event.set)
    begins(event.wait)
    print("set:", event.is_set())
    semaphore, barrier = mp.Semaphore(0), mp.Barrier(1)
    begins(semaphore.release)
    begins(barrier.wait)
    print("a place:", semaphore.acquire(timeout=5), barrier.n_waiting)

    value, array = mp.Value("i", 5), mp.Array("i", 3)
    begins(operator.attrgetter("value"), value)
    begins(setattr, value, "value", 7)
    begins(operator.setitem, array, 1, 8)
    begins(operator.itemgetter(1), array)
    print(value.value, list(array))

    block, numbers = SharedMemory(create=True, size=100), ShareableList([1, 2, 3])
    begins(operator.setitem, numbers, 0, 9)
    begins(operator.itemgetter(0), numbers)
    print(numbers[0])
    begins(block.close)
    begins(block.unlink)

    with mp.Manager() as manager:
        shared = manager.list()
        begins(shared.append, "by a thread")
        print(shared)

    atexit.register(print, "last of all")
    for function in (numbers.shm.unlink, numbers.shm.close, here.close, event.clear, barrier.reset, queue.empty):
        atexit.register(function)
    atexit.register(simple.put, "nobody takes it")
    atexit.register(semaphore.release)
    atexit.register(setattr, value, "value", 9)


if __name__ == "__main__":
    main()
