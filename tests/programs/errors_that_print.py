"""Exceptions that print when they are asked for their text, in a worker and in main.

exit: 1
stderr: Loud: in a worker
stderr: Loud: in main
"""

import multiprocessing as mp


class Loud(Exception):
    def __str__(self):
        print("asked", self.args, flush=True)
        return f"in {self.args[1]}"


class Broken(Exception):
    def __str__(self):
        return "text"


def work():
    try:
        raise Broken("no text", object)
    except Broken:
        raise Loud("why", "a worker") from None


def main():
    worker = mp.Process(target=work)
    worker.start()
    worker.join()
    raise Loud("why", "main")


if __name__ == "__main__":
    main()
