"""Connection's bytes forms: parts of buffers, large and empty ones, received into an array, too large, with gaps."""

import multiprocessing as mp
import threading
import traceback
from array import array
from multiprocessing import BufferTooShort


def answers(end):
    while (message := end.recv_bytes()) != b"END":
        end.send_bytes(message)
    room = array("i", [0] * 30)
    print("worker: into an array", end.recv_bytes_into(room, 8), list(room[:5]))
    try:
        end.recv_bytes_into(bytearray(50))
    except BufferTooShort as error:
        print("worker: too short for", len(error.args[0]), error.args[0][:10])
    try:
        end.recv_bytes(100)
    except OSError as error:
        print("worker: refused,", type(error).__name__)


def asks_from_a_thread(end, size):
    end.send_bytes(bytes([size % 251]) * size)
    print(size, "come back the same:", end.recv_bytes() == bytes([size % 251]) * size)


def main():
    here, there = mp.Pipe()
    process = mp.Process(target=answers, args=(there,))
    process.start()
    there.close()
    for size in (0, 1, 79, 80, 81, 16384, 16385, 100_000):
        thread = threading.Thread(target=asks_from_a_thread, args=(here, size))
        thread.start()
        thread.join()
    for start, size in ((0, 5), (90, 6), (100, None)):
        here.send_bytes(b"0123456789" * 12, start, size)
        print(here.recv_bytes())
    near, far = mp.Pipe()
    for size in (50, 500, 50_000):
        try:
            near.send_bytes(memoryview(bytes(size))[::2])
        except (BufferError, TypeError) as error:
            names = [one.name for one in traceback.extract_tb(error.__traceback__)]
            print("with gaps:", type(error).__name__, "in", names[0], len(names))
    far.close()
    for value in (memoryview(array("i", [7, 8, 9])), "no bytes"):
        try:
            here.send_bytes(value)
            print(array("i", here.recv_bytes()))
        except TypeError as error:
            print(error)
    here.send_bytes(b"END")
    here.send_bytes(array("i", [1, 2, 3]))
    here.send_bytes(b"x" * 51)
    here.send_bytes(b"y" * 101)
    process.join()
    print("exit code", process.exitcode)


if __name__ == "__main__":
    main()
