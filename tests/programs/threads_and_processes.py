"""Threads that each own a process and a pipe, a thread-safe queue between them, and threads inside the processes."""

import multiprocessing as mp
import queue
import threading


def worker(connection):
    lock, totals = threading.Lock(), {}

    def add(name, numbers):
        for number in numbers:
            with lock:
                totals[name] = totals.get(name, 0) + number

    threads = [threading.Thread(target=add, args=(n, range(n * 100))) for n in connection.recv()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    connection.send(totals)


def owner(number, results, codes):
    here, there = mp.Pipe()
    process = mp.Process(target=worker, args=(there,))
    process.start()
    here.send([number, number + 1])
    results.put((number, here.recv()))
    process.join()
    codes.append(process.exitcode)


def main():
    results, codes = queue.Queue(), []
    threads = [threading.Thread(target=owner, args=(number, results, codes)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, totals in sorted(results.get() for _ in codes):
        print(number, sorted(totals.items()))
    print("exit codes", codes, "threads left", threading.active_count())


if __name__ == "__main__":
    main()
