"""Programs that hang, as an experiment: what the tests of who could end a wait know the truth of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipclab.lab import Lab


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How it hangs."""

    how: str = "both receive first"


def receive_first(end: Any) -> None:
    """Receive, and then send."""
    end.recv()
    end.send("too late")


def take_both(first: Any, second: Any, barrier: Any) -> None:
    """Take two locks, the second when the other worker has one too."""
    with first:
        barrier.wait()
        second.acquire()


def get_two(queue: Any) -> None:
    """Get one item more than there is."""
    queue.get()
    queue.get()


def put_one(queue: Any, event: Any) -> None:
    """Put an item and live on until an event that nobody sets."""
    queue.put("the only one")
    event.wait()


def get(queue: Any) -> None:
    """Get an item."""
    queue.get()


def hold_and_end(lock: Any) -> None:
    """Take a lock and end with it."""
    lock.acquire()


def fill(end: Any) -> None:
    """Send more than a pipe holds."""
    end.send(bytes(2**20))


def wait_and_never_read(end: Any, event: Any) -> None:
    """Find that there is a message, and wait for something else."""
    end.poll(None)
    event.wait()


def give_up(end: Any) -> None:
    """Wait for a message, but not for ever."""
    end.poll(3600)


def run(lab: Lab, options: Options) -> None:
    """Hang."""
    mp = lab.mp
    work: list[tuple[str, Any, tuple[Any, ...]]]
    match options.how:
        case "both receive first":
            left, right = mp.Pipe()
            work = [("left", receive_first, (left,)), ("right", receive_first, (right,))]
        case "one has a time limit":
            left, right = mp.Pipe()
            work = [("left", receive_first, (left,)), ("right", give_up, (right,))]
        case "lock order":
            a, b, barrier = mp.Lock(), mp.Lock(), mp.Barrier(2)
            work = [("left", take_both, (a, b, barrier)), ("right", take_both, (b, a, barrier))]
        case "queue is empty":
            queue, event = mp.Queue(), mp.Event()
            work = [("producer", put_one, (queue, event)), ("consumer", get_two, (queue,))]
        case "join of a child":
            queue = mp.Queue()
            queue.put("before")
            queue.get()
            work = [("child", get, (queue,))]
        case "holder has ended":
            lock = mp.Lock()
            holder = mp.Process(target=hold_and_end, args=(lock,), name="holder")
            holder.start()
            holder.join()
            work = []
            lock.acquire()
        case "same lock twice":
            work, lock = [], mp.Lock()
            lock.acquire()
            lock.acquire()
        case "nobody sends":
            work, (reader, _writer) = [], mp.Pipe()
            reader.poll(None)
        case "pipe is full":
            reader, writer = mp.Pipe()
            work = [("writer", fill, (writer,)), ("reader", wait_and_never_read, (reader, mp.Event()))]
    workers = [mp.Process(target=target, args=args, name=name) for name, target, args in work]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
