"""A TCP listener on a port that the system chooses: a client with the key, one with a wrong one, a large message."""

import multiprocessing as mp
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Listener


def client(address, key, name):
    try:
        with Client(address, "AF_INET", authkey=key) as connection:
            connection.send((name, "x" * 100_000))
            print(name, "received", connection.recv())
    except AuthenticationError as problem:
        print(name, "was refused:", problem)


def main():
    with Listener(("127.0.0.1", 0), authkey=b"right") as listener:
        address = host, port = listener.address
        print("host", host, "a port was chosen:", port > 0)
        for key, name in ((b"right", "friend"), (b"wrong", "stranger"), (b"right", "second friend")):
            process = mp.Process(target=client, args=(address, key, name))
            process.start()
            try:
                with listener.accept() as connection:
                    sender, text = connection.recv()
                    print("main received", len(text), "characters from", sender)
                    connection.send(f"thanks, {sender}")
                    process.join()
            except AuthenticationError:
                print("main let nobody in")
            process.join()
            print(name, "ended with", process.exitcode)
    try:
        Client(address)
    except ConnectionRefusedError:
        print("closed")


if __name__ == "__main__":
    main()
