"""A folder that python runs: its modules lie beside __main__, one bears the name of a common library's package."""

import multiprocessing as mp

import core
from helpers import Greeter


def main():
    with mp.Pool(2) as pool:
        print(pool.map(core.weigh, ["a", "bb", "ccc"]))
    here, there = mp.Pipe()
    process = mp.Process(target=Greeter("hello").greet, args=(there,))
    process.start()
    print(here.recv(), core.LOADED)
    process.join()
    print("ended with", process.exitcode)


if __name__ == "__main__":
    main()
