"""Listener and Client over a Unix socket with a key: two clients, objects and bytes, EOF, the last that was accepted."""

import multiprocessing as mp
import os
import tempfile
from multiprocessing.connection import Client, Listener

KEY = b"not much of a secret"


def client(address, number):
    with Client(address, authkey=KEY) as connection:
        connection.send({"client": number, "words": ["to", "be"] * number})
        connection.send_bytes(bytes(range(number + 2)), 1, number)
        connection.send(connection.recv() + 1)


def main():
    with tempfile.TemporaryDirectory() as folder:
        address = os.path.join(folder, "s")
        with Listener(address, "AF_UNIX", authkey=KEY) as listener:
            print("at the address:", listener.address == address, "last:", listener.last_accepted or "nobody")
            for number in (1, 2):
                process = mp.Process(target=client, args=(address, number))
                process.start()
                with listener.accept() as connection:
                    print("received", connection.recv(), connection.recv_bytes())
                    connection.send(10 * number)
                    print("and back", connection.recv(), "more:", connection.poll(20))
                    try:
                        connection.recv()
                    except EOFError:
                        print("the client has left")
                process.join()
                print("client ended with", process.exitcode)
        print("socket file left:", os.path.exists(address))


if __name__ == "__main__":
    main()
