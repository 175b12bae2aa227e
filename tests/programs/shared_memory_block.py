"""SharedMemory by name, a ShareableList, and what happens after close and after unlink."""

import multiprocessing as mp
from multiprocessing.shared_memory import ShareableList, SharedMemory


def invert(name, size):
    block = SharedMemory(name)
    for place in range(size):
        block.buf[place] = 255 - block.buf[place]
    block.close()


def count_up(words):
    words[0] += 1
    words[1] = words[1][::-1]
    words[3] = None
    words.shm.close()


def main():
    block = SharedMemory(create=True, size=8)
    block.buf[:8] = bytes(range(8))
    words = ShareableList([1, "stressed", 2.5, True, b"bytes"])
    for target, arguments in ((invert, (block.name, 8)), (count_up, (words,))):
        process = mp.Process(target=target, args=arguments)
        process.start()
        process.join()
        print(target.__name__, "ended with", process.exitcode)
    print("block", bytes(block.buf[:8]), "at least 8 bytes:", block.size >= 8)
    print("words", list(words), words.count(2.5), words.index(b"bytes"), len(words))
    try:
        words[1] = "a word that is too long for its place"
    except ValueError as problem:
        print("refused:", problem)
    words.shm.close()
    words.shm.unlink()
    name = block.name
    block.close()
    block.unlink()
    try:
        SharedMemory(name)
    except FileNotFoundError:
        print("gone")


if __name__ == "__main__":
    main()
