"""Changes its folder before and between starts; each worker begins where main then is, and changes its own."""

import multiprocessing as mp
import os
import tempfile


def worker(connection, folder):
    here = os.path.basename(os.getcwd())
    os.chdir(folder)
    with open("note", "w") as file:
        file.write(f"from {here}")
    connection.send((here, os.path.basename(os.getcwd())))


def main():
    start = os.getcwd()
    here, there = mp.Pipe()
    with tempfile.TemporaryDirectory() as top:
        for name in ("north", "south"):
            os.mkdir(os.path.join(top, name))
            os.chdir(os.path.join(top, name))
            os.mkdir("inner")
            process = mp.Process(target=worker, args=(there, "inner"))
            process.start()
            print(*here.recv(), "main is in", os.path.basename(os.getcwd()))
            process.join()
            with open("inner/note") as file:
                print(file.read())
        os.chdir(start)
    print("left behind:", os.path.exists(top), "ended with", process.exitcode)


if __name__ == "__main__":
    main()
