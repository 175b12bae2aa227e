"""A Pool with an initializer that hands over a shared counter; imap_unordered drives a progress line written with carriage returns,
apply_async delivers through callbacks, which run in a thread of the parent.

What lies between them: 2 pool workers, the pool's 2 internal queues, 1 shared Value written under its lock; 12 + 4
tasks.
"""

import multiprocessing as mp
import sys

counter = None


def setup(shared):
    global counter
    counter = shared


def square(n):
    with counter.get_lock():
        counter.value += 1
    return n, n * n


def half(n):
    if n == 3:
        raise ValueError("three is refused")
    return n / 2


def main():
    done = mp.Value("i", 0)
    results, arrived, refused = {}, [], []
    with mp.Pool(2, initializer=setup, initargs=(done,)) as pool:
        for count, (n, value) in enumerate(pool.imap_unordered(square, range(12), chunksize=2), 1):
            results[n] = value
            sys.stdout.write(f"\rdone {count:2d}/12")
            sys.stdout.flush()
        sys.stdout.write("\n")
        handles = [
            pool.apply_async(half, (n,), callback=arrived.append, error_callback=lambda e: refused.append(str(e)))
            for n in range(2, 6)
        ]
        pool.close()
        pool.join()
    print("sum", sum(results.values()), "counted", done.value)
    print("callbacks", sorted(arrived), refused, [h.successful() for h in handles])


if __name__ == "__main__":
    main()
