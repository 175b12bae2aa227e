"""A Manager keeps a list in a process of its own; two workers use it through proxies."""

from multiprocessing import Manager, Process


def insert_record(record, records):
    records.append(record)  # a message to the server process, and its answer
    print("New record added!\n", flush=True)


def print_records(records):
    for name, score in records:
        print(f"Name: {name}\nScore: {score}\n")


if __name__ == "__main__":
    with Manager() as manager:  # starts the server process; leaving the block ends it
        records = manager.list([("Sam", 10), ("Adam", 9), ("Kevin", 9)])

        inserter = Process(target=insert_record, args=(("Jeff", 8), records), name="inserter")
        inserter.start()
        inserter.join()

        printer = Process(target=print_records, args=(records,), name="printer")
        printer.start()
        printer.join()
