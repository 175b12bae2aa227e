"""apply_async and map_async: callbacks and error callbacks in main, results asked for early, late and after an error."""

import multiprocessing as mp
import threading


def half(number):
    if number % 2:
        raise ValueError(f"{number} is odd")
    return number // 2


def gated(gate, value):
    gate.wait()
    return value


def main():
    good, bad, threads = [], [], set()

    def arrived(value):
        threads.add(threading.current_thread() is threading.main_thread())
        good.append(value)

    with mp.Manager() as manager, mp.Pool(2) as pool:
        results = [
            pool.apply_async(half, (n,), callback=arrived, error_callback=lambda e: bad.append(str(e)))
            for n in range(6)
        ]
        whole = pool.map_async(half, [2, 4, 6], callback=arrived)
        broken = pool.map_async(half, [2, 3, 4], callback=arrived, error_callback=lambda e: bad.append(repr(e)))
        gate = manager.Event()
        late = pool.apply_async(gated, (gate, "late"))
        try:
            late.get(timeout=0.1)
        except mp.TimeoutError:
            print("not yet:", late.ready())
        gate.set()
        print("now:", late.get(), late.ready(), late.successful())
        print("whole", whole.get())
        for result in (results[1], broken):
            try:
                result.get()
            except ValueError as problem:
                print("get raises", problem)
        pool.close()
        pool.join()
    print("good", sorted(map(str, good)))
    print("bad", sorted(bad), "called in the main thread:", threads)


if __name__ == "__main__":
    main()
