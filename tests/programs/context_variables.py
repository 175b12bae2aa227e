"""What a worker inherits: the environment and the arguments; and that what it sets itself stays with it.

arguments: --level 3 "two words"
"""

import contextvars
import multiprocessing as mp
import os
import sys

user = contextvars.ContextVar("user", default="nobody")
setting = "as imported"


def worker(connection, name):
    global setting
    token = user.set(name)
    setting = "as the worker likes it"
    os.environ["FROM_MAIN"] += ", and more"
    connection.send((user.get(), os.environ["FROM_MAIN"], os.environ.get("LATE"), sys.argv[1:], setting))
    user.reset(token)
    context = contextvars.copy_context()
    connection.send(context.run(user.set, "other").var is user)


def main():
    user.set("main")
    os.environ["FROM_MAIN"] = "set before the start"
    here, there = mp.Pipe()
    for name in ("one", "two"):
        process = mp.Process(target=worker, args=(there, name))
        process.start()
        os.environ["LATE"] = "set after the start"
        print(*here.recv(), here.recv(), sep=" | ")
        process.join()
        os.environ.pop("LATE")
    print(user.get(), os.environ["FROM_MAIN"], setting, sep=" | ")


if __name__ == "__main__":
    main()
