"""Phases by Event, Semaphore, BoundedSemaphore and RLock: waits that succeed, waits that run out, releases refused."""

import multiprocessing as mp


def worker(number, start, slots, lock, entered, leave):
    start.wait()
    with slots:
        with lock, lock:  # an RLock may be taken twice by its owner
            entered.value += 1
    leave.acquire()
    leave.release()


def main():
    start, slots, lock, leave = mp.Event(), mp.Semaphore(2), mp.RLock(), mp.BoundedSemaphore(1)
    entered = mp.Value("i", 0, lock=False)
    workers = [mp.Process(target=worker, args=(n, start, slots, lock, entered, leave)) for n in range(4)]
    for process in workers:
        process.start()
    print("before", start.is_set(), start.wait(0.05), entered.value)
    leave.acquire()
    print("taken already:", leave.acquire(block=False), leave.acquire(timeout=0.05))
    start.set()
    workers[0].join(0.2)
    print("kept back:", sum(process.is_alive() for process in workers))
    leave.release()
    for process in workers:
        process.join()
    print("after", start.wait(), entered.value, "exit codes", [process.exitcode for process in workers])
    start.clear()
    print("cleared", start.wait(0.01))
    for release, what in ((leave.release, "bounded semaphore"), (lock.release, "lock of another")):
        try:
            release()
        except (ValueError, AssertionError):
            print("refused:", what)
    plain = mp.Lock()
    print("lock", plain.acquire(), plain.acquire(False))
    plain.release()


if __name__ == "__main__":
    main()
