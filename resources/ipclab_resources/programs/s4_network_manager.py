"""A manager's server at an address: whoever knows address and key uses what it holds, from another computer too."""

from multiprocessing import Process
from multiprocessing.managers import BaseManager

KEY = b"known to both computers"  # whoever has it can run code in the server: keep it secret

records = [("Sam", 10), ("Adam", 9), ("Kevin", 9)]


def get_records():
    return records  # in the server; clients get a proxy


class Server(BaseManager):
    pass


class Client(BaseManager):
    pass


Server.register("records", callable=get_records)
Client.register("records")  # a client needs the name alone


def add_record(address):
    client = Client(address, KEY)  # on another computer: its address, the same key
    client.connect()
    client.records().append(("Jeff", 8))
    print("The client added a record.", flush=True)


if __name__ == "__main__":
    with Server(("127.0.0.1", 0), KEY) as server:  # this computer alone, at a port that is free
        process = Process(target=add_record, args=(server.address,), name="client")
        process.start()
        process.join()
        print("The server holds", server.records().copy())
