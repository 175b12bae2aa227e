"""Value and Array of many kinds, with their lock, with a lock of the program's own and without any; structures too."""

import ctypes
import multiprocessing as mp
from multiprocessing.reduction import ForkingPickler
from multiprocessing.sharedctypes import RawArray, copy


class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_double), ("y", ctypes.c_int)]


def worker(number, total, letters, table, raw, points, flag):
    for _ in range(100):
        with total.get_lock():
            total.value += 1
    with letters:
        letters[number] = b"xyz"[number : number + 1]
    table[number] = number / 2
    raw[number * 2 : number * 2 + 2] = [number, -number]
    points[number].x, points[number].y = number * 1.5, number
    if number == 2:
        flag.value = True


def main():
    lock = mp.Lock()
    total, letters = mp.Value("q", 0), mp.Array("c", b"abc")
    table, raw = mp.Array("d", 3, lock=lock), mp.Array("i", 6, lock=False)
    points, flag = RawArray(Point, 3), mp.Value(ctypes.c_bool, False, lock=False)
    workers = [
        mp.Process(target=worker, args=(number, total, letters, table, raw, points, flag)) for number in range(3)
    ]
    for process in workers:
        process.start()
    for process in workers:
        process.join()
    print("total", total.value, "letters", letters.value, letters[:2], len(letters))
    print("table", table[:], table.get_lock() is lock, "raw", list(raw), "flag", flag.value)
    print("points", [(point.x, point.y) for point in points], copy(points)[1].y)
    print("a raw one has", sorted(vars(raw)), "and is", type(raw), "made by", RawArray.__qualname__)
    try:
        RawArray("no such type", 2)
    except TypeError as problem:
        print("refused:", str(problem)[:22], problem.__traceback__.tb_next.tb_frame.f_code.co_name)
    try:
        ForkingPickler.dumps(raw)
    except RuntimeError as problem:
        print("refused:", problem)
    try:
        table[3] = 1.0
    except IndexError as problem:
        print("refused:", problem)


if __name__ == "__main__":
    main()
