"""A block of memory with a name: whoever knows the name maps it, and somebody has to remove it in the end."""

from __future__ import annotations

import multiprocessing
import os
import reprlib
import sys
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic, perf_counter_ns, sleep
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ipclab.declarations import Help, Level, Range, Series, When
from ipclab.quantity import measured, spell_number, thousands

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from multiprocessing.shared_memory import ShareableList, SharedMemory

    from ipclab.lab import Lab

GROUP = "Memory"
ORDER = 5
QUESTION = "How do processes share a large array without copying it?"
SERIES = (
    Series("written", "generations", plot="steps", group="generations"),
    Series("seen", "generations", plot="steps", group="generations"),
    Series("copied", "MiB/s"),
    Series("create to attach", "s", distribution=True),
)
PRESETS = {
    "One block, in turn": {},
    "Nobody waits": {"turns": "none"},
    "A new block each time": {"blocks": "a new one each time", "size": 2**16},
    "A ShareableList": {"contents": "ShareableList"},
    "Letters of two bytes": {"contents": "ShareableList", "items": ("größer", "größer, süßer")},
    "Nobody unlinks": {"forget": "unlink", "count": 100},
    "The reader forgets to close": {"forget": "close", "count": 100},
    "A reader from before the block": {"worker_starts": "before the block", "count": 100},
}
PIECE = 2**26  # bytes copied out at a time: the reader's own memory does not grow with the block
TRACKER = 1.0  # s in which a resource tracker that loses its last process has removed what it had on its list
UNREADABLE = "(unreadable: cut off within a character)"
UNLINKED = "unlinked"  # main's last word to a worker that has forgotten close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may tweak."""

    contents: Annotated[Literal["array", "ShareableList"], Help("What it holds: a numpy array, or texts")] = "array"
    size: Annotated[
        int, Range(8, 2**36, "B", log=True), When(contents="array"),
        Help("Size of a block; it has to fit into what /dev/shm has free"),
    ] = 2**20  # fmt: skip
    count: Annotated[
        int, Range(1, 1_000_000, log=True), When(contents="array"),
        Help("Generations: how often main fills the whole array, each time with the next number"),
    ] = 5_000  # fmt: skip
    blocks: Annotated[
        Literal["one for all", "a new one each time"], When(contents="array"),
        Help("Write every generation into the same block, or each into one that is made for it and removed after"),
    ] = "one for all"  # fmt: skip
    turns: Annotated[
        Literal["in turn", "none"], When(contents="array", blocks="one for all"),
        Help("Write and read in turn, by messages over a Pipe, or each as fast as it can"),
    ] = "in turn"  # fmt: skip
    items: Annotated[
        tuple[str, ...], When(contents="ShareableList"), Help("What main puts into the ShareableList")
    ] = ("hello", "hey", "hru?")  # fmt: skip
    worker_starts: Annotated[
        Literal["after the block", "before the block"], When(blocks="one for all"),
        Help("When the worker comes to be; with fork it shares main's resource tracker only if there is one by then"),
    ] = "after the block"  # fmt: skip
    worker_tracks: Annotated[
        bool, When(contents="array", blocks="one for all"),
        Help("Let the worker, which only attaches, register the block too; off is track=False, from Python 3.13 on"),
    ] = True  # fmt: skip
    forget: Annotated[
        Literal["nothing", "close", "unlink"], When(blocks="one for all"),
        Help("What is left out at the end: the worker's close(), or main's unlink()"),
    ] = "nothing"  # fmt: skip


def check(options: Options) -> dict[str, str]:
    """Return what this machine cannot do, by field: asked before a run is started, and once more in it."""
    wrong, room = {}, free_room()
    if options.contents == "array" and room is not None and options.size > room:
        wrong["size"] = f"{spell_number(options.size, 'B')} do not fit: /dev/shm has {measured(room, 'B')} free."
    if not options.worker_tracks and sys.version_info < (3, 13):
        wrong["worker_tracks"] = f"track=False came with Python 3.13, and this is Python 3.{sys.version_info.minor}."
    return wrong


def free_room() -> int | None:
    """Return how many bytes /dev/shm has free; None where blocks do not lie in such a folder."""
    if sys.platform == "win32" or not os.path.isdir("/dev/shm"):
        return None
    return (status := os.statvfs("/dev/shm")).f_bavail * status.f_frsize


def run(lab: Lab, options: Options) -> None:
    """Make a block, let a worker attach to it by its name, use it, and take it away again, or forget to."""
    if wrong := check(options):
        raise ValueError(" ".join(wrong.values()))
    share_list(lab, options) if options.contents == "ShareableList" else share_array(lab, options)


def share_array(lab: Lab, options: Options) -> None:
    """Write generation after generation, into one block or each into a new one."""
    here, there = lab.mp.Pipe()
    reader = lab.mp.Process(target=read_array, name="reader", args=(there, options, lab))
    if options.worker_starts == "before the block":
        reader.start()
    anew, waits = options.blocks != "one for all", options.turns == "in turn"
    block, began, since, written = make_block(f"{lab.run_name}-1", options.size), perf_counter_ns(), 0, 0
    lab.show("block", block.name)
    if options.worker_starts == "after the block":
        reader.start()
    for generation in range(1, options.count + 1):
        if anew and generation > 1:
            block, began = make_block(f"{lab.run_name}-{generation}", options.size), perf_counter_ns()
        numbers(block, options.size)[:] = generation
        lab.record("written", generation)
        if waits or generation == 1:
            here.send((block.name, began))
            answer = heard(here, reader, lab)
        since = since or perf_counter_ns()  # the first answer: from now on it takes what it takes
        if answer is None or lab.stopping:
            break
        written = generation
        lab.progress(written, options.count)
        if anew and written < options.count:
            block.close()
            block.unlink()
    lab.show("written", written)
    if anew and written > 1:
        each = f"{measured((perf_counter_ns() - since) / (written - 1) / 1e9, 's')} each to make, fill, read and remove"
        lab.finding("info", f"{thousands(written)} blocks of {spell_number(options.size, 'B')}: {each}.",
                    f"n = {thousands(written - 1)}, after the first")  # fmt: skip
    here.send(None)
    take_away(lab, options, block, reader, here, f"{thousands(written)} of {thousands(options.count)} generations done")


def make_block(name: str, size: int) -> SharedMemory:
    """Make a block whose memory is really there.

    Raises:
        OSError: there is no room. Without posix_fallocate the first write would end the process, by SIGBUS.
    """
    from multiprocessing.shared_memory import SharedMemory  # 6 ms, not for whoever only reads Options

    block = SharedMemory(name, create=True, size=size)
    try:
        if sys.platform == "linux" and os.path.exists(path := f"/dev/shm/{name}"):
            with open(path, "r+b") as file:
                os.posix_fallocate(file.fileno(), 0, size)
    except OSError:
        block.close()
        block.unlink()
        raise
    return block


def numbers(block: SharedMemory, size: int) -> Any:
    """Return an array that looks into the block: nothing is copied.

    While there is one, close() raises BufferError. With `numpy.ndarray(..., buffer=block.buf)` it would not: it would
    unmap the memory, and the array's next access would end the process by SIGSEGV.
    """
    import numpy as np

    return np.frombuffer(block.buf, np.int64, size // 8)  # type: ignore[arg-type]  # None once it is closed


def share_list(lab: Lab, options: Options) -> None:
    """Put texts into a ShareableList, let a worker write into it, and read what it has become."""
    from multiprocessing.shared_memory import ShareableList

    here, there = lab.mp.Pipe()
    writer = lab.mp.Process(target=write_list, name="writer", args=(there, options, lab))
    if options.worker_starts == "before the block":
        writer.start()
    items, began = ShareableList(options.items, name=f"{lab.run_name}-1"), perf_counter_ns()
    if options.worker_starts == "after the block":
        writer.start()
    for text, found in zip(options.items, texts(items), strict=True):
        if text != found:
            lab.finding("bad", f"“{text}” has become “{found}” in the list, without an error.",
                        f"{len(text)} characters, {len(text.encode())} B of UTF-8; a place has a byte a character, "
                        "rounded up to the next multiple of 8")  # fmt: skip
    print(f"items in the main program before: {texts(items)}")
    here.send((items.shm.name, began))
    if heard(here, writer, lab) is not None:
        print(f"items in the main program after: {texts(items)}")
        lab.show("items", texts(items))
        lab.finding("info", f"main reads {reprlib.repr(texts(items))}, as the writer has left it in the block.",
                    f"{len(items)} texts in {thousands(items.shm.size)} B")  # fmt: skip
        here.send(None)
    take_away(lab, options, items.shm, writer, here, f"{len(items)} texts")


def texts(items: ShareableList[str]) -> list[str]:
    """Return what a ShareableList holds now: each access reads and decodes it anew."""
    found = []
    for index in range(len(items)):
        try:
            found.append(items[index])
        except UnicodeDecodeError:
            found.append(UNREADABLE)
    return found


def take_away(lab: Lab, options: Options, block: SharedMemory, worker: BaseProcess, end: Connection, done: str) -> None:
    """Close and unlink the block, or leave out what is to be forgotten, and look what is left."""
    forget = "nothing" if lab.stopping else options.forget
    size = spell_number(block.size, "B")
    if forget == "close":
        block.close()
        block.unlink()
        end.send(UNLINKED)
        held = heard(end, worker, lab)
        if held is not None and not exists(block.name):
            lab.finding("warning", f"The name is gone, and {worker.name} still has {spell_number(held, 'B')} mapped.",
                        "after main's close() and unlink() it has read the first and the last byte; "
                        "memory is given back when the last process has closed it, or has ended")  # fmt: skip
    worker.join()
    if worker.exitcode:
        lab.finding("warning", f"{worker.name} has ended with exit code {worker.exitcode}, before its close().", done)
        block.close()
        with suppress(FileNotFoundError):
            block.unlink()
    if worker.exitcode or forget == "close":
        return
    early = options.worker_starts == "before the block" and not lab.stopping
    there = not early or outlives(block, worker, options, lab)
    block.close()
    if forget == "unlink":
        if exists(block.name):
            lab.finding("bad", f"Both have closed the block, nobody has unlinked it, and its {size} are still there.",
                        "main's resource tracker has it on its list, and says so on stderr once main has ended; "
                        "what even that leaves, the lab sweeps away")  # fmt: skip
        elif there:
            lab.finding("info", "The block went when the last process closed it.", "nobody has called unlink()")
        return
    try:
        block.unlink()
        gone, text = not exists(block.name), f"main has unlinked the block, and its {size} are still there."
    except FileNotFoundError:
        gone, text = False, "main's unlink() raised FileNotFoundError: the block had been unlinked already."
    text = "Closed by both and unlinked by main, the block is gone." if gone else text
    lab.finding("ok" if gone else "bad", text, "asked for by its name")


def outlives(block: SharedMemory, worker: BaseProcess, options: Options, lab: Lab) -> bool:
    """Tell whether the block is still there some time after the end of a worker that was started before it."""
    until = monotonic() + TRACKER
    while (there := exists(block.name)) and monotonic() < until and not lab.stopping:
        sleep(0.01)
    if there:
        own = "its own resource tracker has not unlinked it" if options.worker_tracks else "track=False"
        why = own if lab.start_method == "fork" else f"{worker.name} shares main's resource tracker"
        lab.finding("ok", f"The block has outlived {worker.name}.",
                    f"looked for {measured(TRACKER, 's')}; {lab.start_method}: {why}")  # fmt: skip
    else:
        lab.finding("bad", f"The end of {worker.name} has removed the block, which main still uses.",
                    f"{lab.start_method}: there was no resource tracker to inherit, so attaching started one of its "
                    "own, and that unlinks what is on its list once its last process has ended")  # fmt: skip
    return there


def exists(name: str) -> bool:
    """Tell whether a block of this name can be attached to."""
    from multiprocessing.shared_memory import SharedMemory

    with suppress(FileNotFoundError):
        SharedMemory(name).close()
        return True
    return False


def heard(end: Connection, other: BaseProcess | None, lab: Lab) -> Any:
    """Return what the other process says next; None once it has nothing to say any more, or the run is to end."""
    while not end.poll(0.05):
        if lab.stopping or other is None or not other.is_alive():
            return None
    with suppress(EOFError):  # it was killed
        return end.recv()
    return None


# Workers: they are told a name, and attach.


def read_array(there: Connection, options: Options, lab: Lab) -> None:
    """The reader: copy generation after generation out of the block, in turn or as fast as it can."""
    from multiprocessing.shared_memory import SharedMemory

    import numpy as np

    main = multiprocessing.parent_process()
    own = np.empty(min(options.size, PIECE) // 8, np.int64)
    block: SharedMemory | None = None
    copies = torn = seen = last = busy = 0
    told = heard(there, main, lab)
    while told is not None:
        if block is None:
            how: dict[str, Any] = {} if options.worker_tracks else {"track": False}
            block = SharedMemory(told[0], **how)
            lab.record("create to attach", (perf_counter_ns() - told[1]) / 1e9)
        lowest, highest, took = copy_out(numbers(block, options.size), own)
        busy, copies, torn = busy + took, copies + 1, torn + (lowest != highest)
        seen, last = seen + (highest > last), highest
        lab.record("seen", last)
        lab.record("copied", options.size / max(took, 1) * 1e9 / 2**20)
        if options.turns == "in turn" or copies == 1:
            there.send(last)
        if options.blocks != "one for all" and copies < options.count:
            block.close()
            block = None
        if options.turns == "in turn" or lowest == options.count or lab.stopping:
            told = heard(there, main, lab)
    if copies:
        lab.show("seen", last)
        report(lab, options, copies, torn, seen, busy)
    if block is not None:
        close(block, there, options, lab)


def copy_out(array: Any, own: Any) -> tuple[int, int, int]:
    """Copy the array, piece by piece; return the lowest and the highest number in the copy, and ns of copying."""
    found, took = [], 0
    for at in range(0, len(array), len(own)):
        piece = array[at : at + len(own)]
        copy, began = own[: len(piece)], perf_counter_ns()
        copy[:] = piece
        took += perf_counter_ns() - began
        found += [int(copy.min()), int(copy.max())]
    return min(found), max(found), took


def report(lab: Lab, options: Options, copies: int, torn: int, seen: int, busy: int) -> None:
    """State what the reader saw, whether it was whole, and how fast it was copied. No torn copy proves nothing."""
    n = f"n = {thousands(copies)} copies of {spell_number(options.size, 'B')}"
    text = f"{thousands(seen)} of {thousands(options.count)} generations seen"
    level: Level = "bad" if torn else "ok" if seen == options.count else "info"
    if options.turns == "in turn":
        lab.finding(level, f"{text}, {thousands(torn)} of {thousands(copies)} copies torn.",
                    f"{n}; each was read before main wrote the next")  # fmt: skip
    else:
        lab.finding("info", f"{text}: main does not wait until one is read.", n)
        if torn:
            share = f"{thousands(torn)} of {thousands(copies)} copies ({100 * torn / copies:.1f} %)"
            lab.finding("bad", f"{share} hold parts of two generations or more.", f"{n}; nobody waits for anybody")
        else:
            lab.finding("warning", f"No torn copy shown in {thousands(copies)}; nothing forbids one.", n)
    lab.finding("info", f"{measured(copies * options.size / max(busy, 1) * 1e9, 'B')} a second copied out.",
                f"{n}, {measured(busy / 1e9, 's')} of copying alone")  # fmt: skip


def write_list(there: Connection, options: Options, lab: Lab) -> None:
    """The writer: put capitals into each item, then try how long a text the first item takes."""
    from multiprocessing.shared_memory import ShareableList

    main = multiprocessing.parent_process()
    if (told := heard(there, main, lab)) is None:
        return
    items: ShareableList[str] = ShareableList(name=told[0])
    lab.record("create to attach", (perf_counter_ns() - told[1]) / 1e9)
    for index, text in enumerate(options.items):
        try:
            items[index] = text.upper()
        except ValueError as error:  # there are letters whose capital is two
            too_long = f"“{text.upper()}” is too long for the place of “{text}”: refused."
            lab.finding("bad", too_long, f"ValueError: {error}")
    print(f"items in the writer: {texts(items)}")
    lab.show("items", texts(items))
    kept, longest = texts(items)[0], 0
    try:
        while kept != UNREADABLE and not lab.stopping:
            items[0] = "!" * (longest + 1)
            longest += 1
    except ValueError as error:
        lab.finding("warning", f"The place of “{options.items[0]}” takes a text of {longest} B; "
                    f"one of {longest + 1} B is refused.", f"ValueError: {error}; places do not grow")  # fmt: skip
        items[0] = kept
    there.send("written")
    heard(there, main, lab)  # main has read them
    close(items.shm, there, options, lab)


def close(block: SharedMemory, there: Connection, options: Options, lab: Lab) -> None:
    """Close the block, or forget it: then say what can be read of it when main has closed and unlinked it."""
    if options.forget != "close" or lab.stopping:
        block.close()
    elif heard(there, multiprocessing.parent_process(), lab) == UNLINKED and block.buf is not None:
        _ = block.buf[0], block.buf[-1]
        there.send(len(block.buf))
