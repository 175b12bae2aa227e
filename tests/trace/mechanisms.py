"""One use of each mechanism that the other tests do not use, as an experiment: its operations are known."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.connection import Client, Listener
from multiprocessing.shared_memory import ShareableList, SharedMemory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipclab.lab import Lab


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Nothing to choose."""


def work(address: Any, event: Any, condition: Any, barrier: Any, names: list[str], value: Any) -> None:
    """Do the worker's half."""
    with Client(address, authkey=b"key") as end:
        end.send("hello")
        assert end.recv() == "hello yourself"
    event.wait()
    event.clear()
    with condition:
        condition.notify()
    barrier.wait()
    shared: Any = ShareableList(name=names[0])
    shared[0] = shared[0] + 1
    shared.shm.close()
    block = SharedMemory(names[1])
    memory: Any = block.buf
    memory[0] = 7
    del memory
    block.close()
    with value.get_lock():
        value.value += 1


def run(lab: Lab, options: Options) -> None:
    """Do main's half."""
    del options
    event, condition, barrier = lab.mp.Event(), lab.mp.Condition(), lab.mp.Barrier(2)
    shared, block, value = ShareableList([1, 2]), SharedMemory(create=True, size=64), lab.mp.Value("i", 0)
    names = [shared.shm.name, block.name]
    try:
        with Listener(("127.0.0.1", 0), authkey=b"key") as listener, condition:
            arguments = (listener.address, event, condition, barrier, names, value)
            worker = lab.mp.Process(target=work, args=arguments, name="worker")
            worker.start()
            with listener.accept() as end:
                assert end.recv() == "hello"
                end.send("hello yourself")
            event.set()
            condition.wait()
        barrier.wait()
        worker.join()
        memory: Any = block.buf
        assert (shared[0], memory[0], value.value) == (2, 7, 1)
        del memory
    finally:
        for one in (shared.shm, block):
            one.close()
            one.unlink()
