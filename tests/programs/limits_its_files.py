"""A worker that may write no files at all and open few: it computes, answers over its pipe, and is refused the rest."""

import multiprocessing as mp
import resource
import tempfile


def worker(connection, folder):
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    try:
        with open(f"{folder}/file", "wb", buffering=0) as file:
            file.write(b"x")
    except OSError as problem:
        connection.send(type(problem).__name__)
    files = []
    try:
        while True:
            files.append(open("/dev/null"))
    except OSError:
        connection.send("no more files")
    while files:
        files.pop().close()
    connection.send(("still counting", sum(range(1000))))


def main():
    here, there = mp.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        process = mp.Process(target=worker, args=(there, folder))
        process.start()
        for _ in range(3):
            print(here.recv())
        process.join()
    print("ended with", process.exitcode)


if __name__ == "__main__":
    main()
