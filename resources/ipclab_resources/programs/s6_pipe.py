"""A Pipe has two ends: one process sends until it has said END, the other receives until it reads that."""

from multiprocessing import Pipe, Process


def send(end, messages):
    for message in messages:
        end.send(message)
        print("Sent:", message, flush=True)
    end.close()


def receive(end):
    while (message := end.recv()) != "END":
        print("Received:", message, flush=True)


if __name__ == "__main__":
    one_end, other_end = Pipe()
    sender = Process(target=send, args=(one_end, ["hello", "hey", "hru?", "END"]), name="sender")
    receiver = Process(target=receive, args=(other_end,), name="receiver")
    sender.start()
    receiver.start()
    sender.join()
    receiver.join()
