"""All the ways of a Pool: map, starmap, imap, imap_unordered, apply; chunks, workers that retire, a task that raises."""

import multiprocessing as mp


def cube(number):
    return number**3


def power(number, exponent=2):
    return number**exponent


def name_of_process():
    return mp.current_process().name


def picky(number):
    if number == 2:
        raise ArithmeticError(f"{number} is not to my taste")
    return number


def main():
    with mp.Pool(2) as pool:
        print("map", pool.map(cube, range(6)))
        print("map in chunks", pool.map(cube, range(5), chunksize=2))
        print("starmap", pool.starmap(power, [(2, 3), (3, 2), (5,)]))
        print("imap", list(pool.imap(cube, range(4))))
        print("imap_unordered", sorted(pool.imap_unordered(cube, range(9), chunksize=3)))
        print("apply", pool.apply(power, (2,), {"exponent": 10}))
        results = pool.imap(picky, range(4))
        print("first", next(results), next(results))
        try:
            next(results)
        except ArithmeticError as problem:
            print("third", problem)
        print("fourth", next(results))
        try:
            pool.map(picky, [1, 2])
        except ArithmeticError as problem:
            print("all or nothing:", problem)
        print("empty", pool.map(cube, []))
        pool.close()
        pool.join()
    with mp.Pool(1, maxtasksperchild=2) as pool:  # prints nothing while a thread may fork: the text would be doubled
        names = {pool.apply(name_of_process) for _ in range(6)}
    print("workers that served:", len(names))
    try:
        pool.apply(cube, (1,))
    except ValueError as problem:
        print("ended:", problem)


if __name__ == "__main__":
    main()
