"""What is written down of one operation: 128 bytes, begun and completed in place.

| at | | |
| --- | --- | --- |
| 0 | int64 | when it began, `time.perf_counter_ns` |
| 8 | int64 | when it ended; 0 while it is pending |
| 16 | uint64 | the thing it was done to: an end of a channel, a lock, a shared value; see `things.py` |
| 24 | int64 | size: bytes of a message, the pid of a process, what an operation's line below says |
| 32 | int64 | a second number: see the operation |
| 40 | uint32 | the place in the source that called: number told by a "site" event; NOWHERE for multiprocessing itself |
| 44 | uint16 | the thread of its process: number told by a "thread" event |
| 46 | 80 bytes | the first of the message, zeros after its end |
| 126 | uint16 | operation * 256 + flags; 0 where nothing is written; the last that is |
"""

from __future__ import annotations

from struct import Struct

RECORD = Struct("@qqQqqIH80sH")
SIZE = 128
TEXT_SIZE = 80
assert RECORD.size == SIZE

NOWHERE = 2**32 - 1

# flags
DONE = 1  # it has ended
ERROR = 2  # it raised
END = 4  # of a receive: the other end is closed
LIMITED = 8  # it was given a time limit, or not to wait
FAILED = 16  # it did not get what it asked for: False, Empty, Full, a time limit reached

# operations: number, name. Size and second number where they mean something are said behind.
(
    LATE,  # the completion of a record that the runner had already taken: second number is its index
    START,  # of a process; size is the child's pid
    JOIN,  # of a process; size is its pid
    SEND,  # second number is 0
    RECEIVE,
    POLL,
    CLOSE,
    WAIT,  # multiprocessing.connection.wait; the first of what it waits for
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
    SUBMIT,  # to a pool or an executor; second number is the task
    TASK,  # a pool's or an executor's worker executes it; second number is the task
) = range(1, 34)

NAMES = {
    START: "start", JOIN: "join", SEND: "send", RECEIVE: "recv", POLL: "poll", CLOSE: "close", WAIT: "wait",
    PUT: "put", GET: "get", EMPTY: "empty", TASK_DONE: "task_done", JOIN_QUEUE: "join", FLUSH: "flush",
    DROPPED: "dropped", ACQUIRE: "acquire", RELEASE: "release", WAIT_EVENT: "wait", SET: "set", CLEAR: "clear",
    WAIT_CONDITION: "wait", NOTIFY: "notify", WAIT_BARRIER: "wait", READ: "read", WRITE: "write", CALL: "call",
    CREATE: "create", ATTACH: "attach", UNLINK: "unlink", ACCEPT: "accept", CONNECT: "connect", SUBMIT: "submit",
    TASK: "task",
}  # fmt: skip

MAY_BE_LIMITED = frozenset({JOIN, POLL, WAIT, PUT, GET, ACQUIRE, WAIT_EVENT, WAIT_CONDITION})  # second number: LIMITED

# the ring's file: eight-byte cells, then the records
MAGIC = 0x1BC1AB02
TAIL, DROPPED_TO, LOST = 1, 2, 3  # cells: taken by the runner up to; a full ring left places empty up to; how many
CELLS = 16
RECORDS_AT = CELLS * 8
CAPACITY = 2**16  # records: 8 MiB, a tenth of a second at full speed; less where the folder has no room
CAPACITY_LEAST = 2**10
