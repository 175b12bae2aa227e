"""Sets its own start method (spawn), and takes contexts of the others beside it; a second set_start_method is refused.

start: own
"""

import multiprocessing as mp

SECRET = ["as written"]


def worker(connection):
    connection.send((mp.current_process().name, mp.get_start_method(), SECRET[0]))


def ask(context, name):
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=worker, args=(there,), name=name)
    process.start()
    there.close()
    print(*here.recv())
    process.join()
    print(name, "ended with", process.exitcode)


def main():
    mp.set_start_method("spawn")
    SECRET[0] = "as changed"
    try:
        mp.set_start_method("fork")
    except RuntimeError as problem:
        print("refused:", problem)
    ask(mp, "default")
    for method in ("spawn", "fork", "forkserver"):
        ask(mp.get_context(method), f"by-{method}")
    mp.set_start_method("fork", force=True)
    print("at last", mp.get_start_method())


if __name__ == "__main__":
    main()
