"""ProcessPoolExecutor: submit, map, as_completed, an exception with its cause, callbacks, a cancelled future."""

from concurrent.futures import ProcessPoolExecutor, as_completed, wait


def area(width, height=1):
    return width * height


def divide(number):
    return 12 // number


def main():
    called = []
    with ProcessPoolExecutor(max_workers=2) as executor:
        futures = {executor.submit(area, n, height=n): n for n in range(4)}
        print("as completed", sorted((futures[future], future.result()) for future in as_completed(futures)))
        print("map", list(executor.map(area, range(4), range(4), chunksize=2)))
        failed = executor.submit(divide, 0)
        failed.add_done_callback(lambda future: called.append(type(future.exception()).__name__))
        wait([failed])
        print("failed", failed.done(), repr(failed.exception()))
        print("the cause names the function:", "in divide" in str(failed.exception().__cause__))
        results = executor.map(divide, [4, 0, 3])
        print("first", next(results))
        try:
            next(results)
        except ZeroDivisionError:
            print("second raises")
    print("called", called)
    try:
        executor.submit(area, 1)
    except RuntimeError as problem:
        print("after the end:", problem)


if __name__ == "__main__":
    main()
