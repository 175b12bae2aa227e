"""A pipe's end travels through another pipe, and a socket too: two workers that never met talk to each other."""

import multiprocessing as mp
import socket


def host(connection):
    mine, other = mp.Pipe()
    connection.send(other)
    print("host received", mine.recv())
    mine.send("welcome")
    print("host received", mine.recv())
    connection.recv()


def guest(connection):
    link = connection.recv()
    link.send("good evening")
    print("guest received", link.recv())
    plug = connection.recv()
    plug.sendall(b"over a socket")
    plug.close()
    link.send("good night")


def main():
    to_host, host_end = mp.Pipe()
    to_guest, guest_end = mp.Pipe()
    processes = [mp.Process(target=host, args=(host_end,)), mp.Process(target=guest, args=(guest_end,))]
    for process in processes:
        process.start()
    link = to_host.recv()
    to_guest.send(link)
    left, right = socket.socketpair()
    to_guest.send(right)
    print("main received", left.recv(100))
    processes[1].join()
    to_host.send("the end")
    processes[0].join()
    print("exit codes", [process.exitcode for process in processes])
    for end in (link, left, right):
        end.close()


if __name__ == "__main__":
    main()
