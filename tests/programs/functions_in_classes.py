"""Functions that C defines, kept in classes, passed on and called wrongly: Python binds none of them to an object.

Each in a process: `time.sleep` as a target, a lock's methods as a guard's; then what each says of itself.
"""

import copy
import inspect
import multiprocessing as mp
import pickle
import time
import xmlrpc.client


class Clock:
    rest = time.sleep


def work(lock, answers):
    class Guard:
        acquire, release = lock.acquire, lock.release

    guard = Guard()
    Clock().rest(0)
    got = guard.acquire(timeout=5)
    guard.release()
    answers.put(got)


def complaint(function, *arguments):
    try:
        function(*arguments)
    except Exception as problem:
        return f"{type(problem).__name__}: {problem}"
    return "nothing to complain of"


def main():
    lock, answers = mp.Lock(), mp.Queue()
    process = mp.Process(target=work, args=(lock, answers))
    sleeper = mp.Process(target=time.sleep, args=(0,))
    for one in (process, sleeper):
        one.start()
    print(answers.get())
    for one in (process, sleeper):
        one.join()
        print(one.exitcode)
    print(time.sleep, time.sleep.__name__, time.sleep.__module__, hasattr(time.sleep, "__dict__"))
    print(inspect.isbuiltin(time.sleep), inspect.isfunction(time.sleep), time.sleep.__doc__ == Clock.rest.__doc__)
    print(pickle.dumps(time.sleep, 2), pickle.loads(pickle.dumps(time.sleep)) is copy.copy(time.sleep) is time.sleep)
    print(complaint(time.sleep), complaint(time.sleep, -1), complaint(xmlrpc.client.dumps, (time.sleep,)), sep="\n")
    print(complaint(lock.release), complaint(lock.release, True), complaint(lock.acquire, 1, 2, 3), sep="\n")
    print(lock.acquire.__self__ is lock.release.__self__)


if __name__ == "__main__":
    main()
