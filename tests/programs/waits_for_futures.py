"""Futures that are waited for in every way: the first, all, as they come, not long enough, and what tracebacks say."""

import gc
import inspect
import pickle
import signal
import traceback
import weakref
from concurrent.futures import FIRST_COMPLETED, FIRST_EXCEPTION, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures import as_completed, wait
from multiprocessing import Event


class Rung(Exception):
    pass


def ring(number, frame):
    raise Rung


def double(number):
    return number * 2


def refuse(number):
    raise ValueError(number)


def hold(number):
    opened.wait()
    return number


def keep(event):
    global opened
    opened = event


def names(problem):
    return [frame.name for frame in traceback.extract_tb(problem.__traceback__)]


def main():
    opened = Event()
    with ProcessPoolExecutor(2, initializer=keep, initargs=(opened,)) as executor:
        done, rest = wait([executor.submit(double, n) for n in range(4)])
        print("all", sorted(future.result() for future in done), len(rest))
        held = executor.submit(hold, 5)
        quick = executor.submit(double, 6)
        print("first", wait({held, quick}, return_when=FIRST_COMPLETED) == ({quick}, {held}))
        print("in time", wait([held], timeout=0.05).done)
        bad = executor.submit(refuse, 7)
        print("exception", wait([bad, held], return_when=FIRST_EXCEPTION).done == {bad}, bad.exception())
        coming = as_completed([held], 0.05)
        print(inspect.isgenerator(coming), coming.__name__, inspect.isgeneratorfunction(as_completed))
        try:
            next(coming)
        except TimeoutError as problem:
            print(problem, names(problem))
        signal.signal(signal.SIGALRM, ring)
        for waits in (lambda: wait([held, bad]), lambda: next(as_completed([held]))):
            signal.setitimer(signal.ITIMER_REAL, 0.3)
            try:
                waits()
            except Rung as problem:
                print(names(problem))
        try:
            wait([held], return_when="NEVER")
        except ValueError as problem:
            print(problem, names(problem))
        print("pickled", pickle.loads(pickle.dumps(wait)) is wait, pickle.loads(pickle.dumps(as_completed)).__module__)
        opened.set()
        print("held", next(as_completed([held])).result())
        made = Future()
        with ThreadPoolExecutor(1) as threads:
            mixed = [threads.submit(double, 8), executor.submit(double, 9), made]
            made.set_result(20)
            print("mixed", sorted(future.result() for future in as_completed(mixed)))
        futures = [executor.submit(double, n) for n in range(3)]
        watched = [weakref.ref(future) for future in futures]
        coming = as_completed(futures)
        futures.clear()
        while any(one() is not None for one in watched):
            future = next(coming, None)
            del future
            gc.collect()
        print("none is kept")
        early = as_completed([executor.submit(double, n) for n in range(3)])
        next(early)
        early.close()
        print("closed early", list(early))


if __name__ == "__main__":
    main()
