"""A bounded Queue that is full, then empty: time limits, get_nowait, put_nowait, a closed queue, close and join_thread."""

import multiprocessing as mp
from queue import Empty, Full


def taker(queue, may_start, taken):
    may_start.wait()
    for _ in range(3):
        taken.put(queue.get(timeout=20))
    try:
        queue.get(timeout=0.05)
    except Empty:
        taken.put("empty")


def main():
    queue, taken, may_start = mp.Queue(maxsize=2), mp.Queue(), mp.Event()
    process = mp.Process(target=taker, args=(queue, may_start, taken))
    process.start()
    queue.put("a")
    queue.put_nowait("b")
    for attempt in (lambda: queue.put_nowait("c"), lambda: queue.put("c", timeout=0.05)):
        try:
            attempt()
        except Full:
            print("full")
    may_start.set()
    queue.put("c", timeout=20)
    print(*(taken.get() for _ in range(4)))
    process.join()
    for attempt in (queue.get_nowait, lambda: queue.get(timeout=0.05)):
        try:
            attempt()
        except Empty:
            print("empty")
    queue.close()
    queue.join_thread()
    try:
        queue.put("too late")
    except ValueError:
        print("closed")


if __name__ == "__main__":
    main()
