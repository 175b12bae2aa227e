"""What is written down of one operation: 128 bytes, begun and completed in place.

| at | | |
| --- | --- | --- |
| 0 | int64 | when it began, `time.perf_counter_ns` |
| 8 | uint64 | the thing it was done to: an end of a channel, a lock, a shared value; see `things.py` |
| 16 | int64 | a second number: see the operation |
| 24 | int64 | size: bytes of a message, the pid of a process, what an operation's line below says |
| 32 | 80 bytes | the first of the message, zeros after its end |
| 112 | int64 | when it ended; 0 while it is pending. What came of it stands before it, and is written before it |
| 120 | uint32 | the place in the source that called: number told by a "site" event; NOWHERE for its own; BOTTOM |
| 124 | uint16 | the thread of its process: number told by a "thread" event |
| 126 | uint16 | operation * 256 + flags; 0 where nothing is written; the last that is |

The file: eight-byte cells, the last of them for what is lost, by the thing it was to be done to; the records, of which
the first is never read (whoever finds the ring full writes there); and a byte for each record: not 0 where the writer
passes it by in this turn of the ring, as what it holds is pending.
"""

from __future__ import annotations

from struct import Struct, calcsize

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

# where a C long has 64 bits, Python packs one 10 ns sooner than a long long
INT64: Literal["l", "q"] = "l" if calcsize("@l") == 8 else "q"
UINT64 = INT64.upper()
RECORD = Struct(f"@{INT64}{UINT64}{INT64}{INT64}80s{INT64}IHH")
# the same, as begun: what is known, and at last CALLER
SENT, RECEIVED = Struct(f"@{INT64}{UINT64}8x{INT64}80s16s"), Struct(f"@{INT64}{UINT64}96x16s")
CALLER = Struct(f"@{INT64}IHH")
SIZE = 128
TEXT_SIZE = 80
RESULT, RESULT_AT = Struct(f"@{INT64}80s{INT64}"), 24  # size, text and end, in one write
TEXT = Struct(f"@{INT64}80s")  # without the end
ENDED_AT = 112
# the text of a WAIT that has ended well: how many are ready, 255 at most; the first of them, 0: not known
READY = Struct("=B9Q")
SENTINEL = 1 << 63  # and the pid, where it is a process's
assert RECORD.size == SENT.size == RECEIVED.size == SIZE

NOWHERE = 2**32 - 1
BOTTOM = NOWHERE - 3  # a person's, but no line of Python called: a thread, or a handler at exit, begins with it

# flags
DONE = 1  # it has ended; said by who reads, where `when it ended` is not 0
ERROR = 2  # it raised
END = 4  # of a receive: the other end is closed
LIMITED = 8  # it was given a time limit, or not to wait: known from its beginning
FAILED = 16  # it did not get what it asked for: False, Empty, Full, a time limit reached

# operations: number, name. Size and second number where they mean something are said behind.
(
    START,  # of a process; size is the child's pid
    JOIN,  # of a process; size is its pid
    SEND,  # second number is 0
    RECEIVE,
    POLL,
    CLOSE,
    WAIT,  # multiprocessing.connection.wait; the first of what it waits for; text is what is ready
    PUT,
    GET,
    EMPTY,  # size is 1 for "yes"
    TASK_DONE,
    JOIN_QUEUE,
    FLUSH,  # at the end of a process: its feeder writes what is left
    DROPPED,  # an item that could not be pickled
    ACQUIRE,
    RELEASE,
    WAIT_EVENT,
    SET,
    CLEAR,
    WAIT_CONDITION,
    NOTIFY,
    WAIT_BARRIER,
    READ,  # of a Value or an Array; second number is the index, -1 for the whole
    WRITE,
    CALL,  # of a proxy's method; second number is the method, told by a "method" event
    CREATE,  # of shared memory; size in bytes
    ATTACH,
    UNLINK,
    ACCEPT,  # of a Listener; size is the number of the new end
    CONNECT,  # of Client; the same
    SUBMIT,  # to a pool or an executor; the thing is the function
    TASK,  # a pool's or an executor's worker executes it; the thing is the function, the second number the task
    RESULT_OF,  # a wait for what a task returns; the thing is the function, 0 where it waits for several
) = range(1, 34)

NAMES = {
    START: "start", JOIN: "join", SEND: "send", RECEIVE: "recv", POLL: "poll", CLOSE: "close", WAIT: "wait",
    PUT: "put", GET: "get", EMPTY: "empty", TASK_DONE: "task_done", JOIN_QUEUE: "join", FLUSH: "flush",
    DROPPED: "dropped", ACQUIRE: "acquire", RELEASE: "release", WAIT_EVENT: "wait", SET: "set", CLEAR: "clear",
    WAIT_CONDITION: "wait", NOTIFY: "notify", WAIT_BARRIER: "wait", READ: "read", WRITE: "write", CALL: "call",
    CREATE: "create", ATTACH: "attach", UNLINK: "unlink", ACCEPT: "accept", CONNECT: "connect", SUBMIT: "submit",
    TASK: "task", RESULT_OF: "result",
}  # fmt: skip

# the ring's file
MAGIC = 0x1BC1AB03
# cells: taken by the runner up to; where that was when the ring was full, + 1; how many lost; records in the ring
TAIL, FULL, LOST, HOLDS = 1, 2, 3, 4
# from this cell on a thing, and how many of its operations were lost, for so many things
LOST_OF, LOST_THINGS = 16, 56
CELLS = LOST_OF + 2 * LOST_THINGS
RECORDS_AT = CELLS * 8 + SIZE
CAPACITY = 2**15  # records: 4 MiB, 50 ms and more at full speed, reserved in 1 ms; less where the folder has no room
CAPACITY_LEAST = 2**10


def file_size(capacity: int) -> int:
    """Return the bytes of a ring's file."""
    return RECORDS_AT + capacity * (SIZE + 1)
