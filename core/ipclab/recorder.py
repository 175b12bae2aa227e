"""What a process of the run writes down about itself, into mapped files that survive its SIGKILL.

Two kinds of file, both in the run's folder, their blocks reserved ahead (so a full disk is never a SIGBUS later):

- **life**, one per process, made at boot: events (a ring of bytes), progress, what `show` says (a place per variable),
  when it wrote to stdout and stderr;
- **samples**, one per process and series, made at its first sample: a ring of `records.SAMPLE`.

One process writes a file, the runner reads it and moves the read mark. Recording never waits: a writer that would
overtake the mark drops and counts. Standard library only, and little of it: every process of every run imports this.

The mark is written after the data. Stores of one process are seen in their order on x86-64; elsewhere the interpreter's
own work between the two stores makes a torn record unlikely, and a reader that finds one skips it.
"""

from __future__ import annotations

import marshal
import mmap
import os
import sys
from _thread import RLock, allocate_lock
from struct import Struct
from time import perf_counter_ns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

MAGIC = 0x1BC1AB01

# life file: eight-byte cells, the ring of events, the places of variables, a ring of stamps for stdout and stderr each
HEAD, TAIL, LOST, DONE, OF, BURST, SHOWS, STAMPED, CELLS = 1, 2, 3, 4, 5, 6, 7, 8, 16
EVENTS_AT = CELLS * 8
EVENTS_SIZE = 128 * 1024
SHOWS_AT = EVENTS_AT + EVENTS_SIZE
SHOW_PLACES = 48
SHOW_NAME, SHOW_VALUE = 100, 4096
SHOW_HEAD = Struct("=qqHH")  # version (odd while it is written), time, lengths of name and value
SHOW_SIZE = SHOW_HEAD.size + SHOW_NAME + SHOW_VALUE + 8
STAMPS_AT = SHOWS_AT + SHOW_PLACES * SHOW_SIZE
STAMP = Struct("=qq")  # where in the output file a write ended, and when it began
STAMP_PLACES = 256
LIFE_SIZE = STAMPS_AT + 2 * STAMP_PLACES * STAMP.size

# samples file: eight-byte cells, the series' name, then the ring
NAME_AT, NAME_SIZE = 64, 192
SAMPLES_AT = 256
SAMPLE_SIZE = 16
RING = 2**20  # samples: 16 MiB, a second of a million a second; less where the folder has no room
RING_LEAST = 2**12
ROOM_SHARE = 8  # a ring takes at most this part of what is free

ABOVE = 32  # a mapping's descriptor, where it has one, is no lower than this
FORMAT = 2  # marshal's: read by every Python from 2.5 on


class LifeFile:
    """The life of this process; `path` is its file's without the ending, which the samples and outputs share."""

    def __init__(self, folder: str, origin: int) -> None:
        self.path = f"{folder}/p-{os.getpid()}-{perf_counter_ns()}"
        self.origin = origin
        self.map = reserve(self.path + ".life", LIFE_SIZE)
        self._cells = memoryview(self.map)[:EVENTS_AT].cast("q")
        self._floats = memoryview(self.map)[:EVENTS_AT].cast("d")
        self._lock = RLock()
        self._unwritten: list[bytes] = []
        self._writes = False
        self._places: dict[str, int] = {}
        self._cells[0] = MAGIC

    def event(self, kind: str, **about: object) -> None:
        """Write an event of plain data; counted as lost where the ring is full."""
        data = marshal.dumps((perf_counter_ns() - self.origin, kind, about), FORMAT)
        with self._lock:
            self._unwritten.append(len(data).to_bytes(4, "little") + data)
            if self._writes:  # a signal's handler, while this is at work in the same thread
                return
            self._writes = True
            try:
                while self._unwritten:
                    self._write(self._unwritten[0])
                    self._unwritten.pop(0)
            finally:
                self._writes = False

    def _write(self, data: bytes) -> None:
        cells = self._cells
        head = cells[HEAD]
        if head - cells[TAIL] + len(data) > EVENTS_SIZE:
            cells[LOST] += 1
            return
        at = head % EVENTS_SIZE
        first = data[: EVENTS_SIZE - at]
        self.map[EVENTS_AT + at : EVENTS_AT + at + len(first)] = first
        if len(first) < len(data):
            self.map[EVENTS_AT : EVENTS_AT + len(data) - len(first)] = data[len(first) :]
        cells[HEAD] = head + len(data)

    def stamp(self, descriptor: int, end: int, when: int) -> None:
        """Say that a write to stdout (1) or stderr (2) that began at `when`, of perf_counter_ns, ended at an offset.

        The oldest stamp gives way: what it was for has the next one's time then.
        """
        cell = STAMPED + descriptor - 1
        head = self._cells[cell]
        place = (descriptor - 1) * STAMP_PLACES + head % STAMP_PLACES
        STAMP.pack_into(self.map, STAMPS_AT + place * STAMP.size, end, when - self.origin)
        self._cells[cell] = head + 1

    def progress(self, done: float, of: float) -> None:
        """Say how far this process is."""
        self._floats[OF] = of
        self._floats[DONE] = done

    def burst(self, until: int) -> None:
        """Say that this process measures until then, on the run's clock; 0 when it does not."""
        self._cells[BURST] = until

    def show(self, name: str, value: object) -> None:
        """Write a variable into its place: as it is where it is plain data, else as `repr`, cut visibly."""
        data = shown(value)
        with self._lock:
            place = self._places.get(name)
            if place is None:
                place = len(self._places)
                if place == SHOW_PLACES:
                    self._cells[LOST] += 1
                    return
                self._places[name] = place
            at = SHOWS_AT + place * SHOW_SIZE
            version, _, _, _ = SHOW_HEAD.unpack_from(self.map, at)
            label = name.encode()[:SHOW_NAME]
            now = perf_counter_ns() - self.origin
            SHOW_HEAD.pack_into(self.map, at, version + 1, now, len(label), len(data))
            body = at + SHOW_HEAD.size
            self.map[body : body + len(label)] = label
            self.map[body + SHOW_NAME : body + SHOW_NAME + len(data)] = data
            SHOW_HEAD.pack_into(self.map, at, version + 2, now, len(label), len(data))
            self._cells[SHOWS] = len(self._places)


class Unrecorded:
    """Takes the place of a LifeFile where there is no room for one: everything said to it is lost."""

    path = ""

    def event(self, kind: str, **about: object) -> None:
        """Lose an event."""

    def stamp(self, descriptor: int, end: int, when: int) -> None:
        """Lose when something was written."""

    def progress(self, done: float, of: float) -> None:
        """Lose how far this process is."""

    def burst(self, until: int) -> None:
        """Lose that this process measures."""

    def show(self, name: str, value: object) -> None:
        """Lose a variable."""


def shown(value: object) -> bytes:
    """Return a value as marshalled plain data of at most SHOW_VALUE bytes; text of `repr` where it is not plain."""
    plain = _plain(value, 0)
    if plain is not _NOT_PLAIN:
        data = marshal.dumps((True, plain), FORMAT)  # type: ignore[arg-type]
        if len(data) <= SHOW_VALUE:
            return data
    text = repr(value)
    room = SHOW_VALUE - 32
    if len(text.encode(errors="replace")) > room:
        text = text[: room // 4] + " …"
    return marshal.dumps((False, text.encode(errors="replace").decode()), FORMAT)


_NOT_PLAIN = object()


def _plain(value: object, depth: int) -> object:
    """Return what JSON could hold of exactly built-in types (a subclass may lie about itself)."""
    kind = type(value)
    if value is None or kind in (bool, int, float):
        return value
    if kind is str:
        return value if str.isascii(value) or _encodable(value) else _NOT_PLAIN  # type: ignore[arg-type]
    if depth > 8:
        return _NOT_PLAIN
    if kind in (list, tuple):
        items = [_plain(item, depth + 1) for item in value]  # type: ignore[attr-defined]
        return _NOT_PLAIN if len(items) > SHOW_VALUE or _NOT_PLAIN in items else items
    if kind is dict:
        pairs = {key: _plain(item, depth + 1) for key, item in value.items()}  # type: ignore[attr-defined]
        if all(type(key) is str for key in pairs) and _NOT_PLAIN not in pairs.values():
            return pairs
    return _NOT_PLAIN


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # lone surrogates
        return False
    return True


def sample_writer(path: str, series: str, origin: int) -> Callable[[float], None] | None:
    """Return a function that records one sample of a series now; None where the folder has no room for its ring.

    Any thread, but no signal handler. About 0.3 us a call. The file is `path`, which must not exist yet.
    """
    status = os.statvfs(os.path.dirname(path)) if hasattr(os, "statvfs") else None
    capacity = RING
    if status is not None:
        room = status.f_bavail * status.f_frsize // ROOM_SHARE
        while capacity * SAMPLE_SIZE > room and capacity > RING_LEAST:
            capacity //= 2
        if capacity * SAMPLE_SIZE > room:
            return None
    try:
        ring = reserve(path, SAMPLES_AT + capacity * SAMPLE_SIZE)
    except OSError:
        return None
    name = series.encode()[:NAME_SIZE]
    ring[NAME_AT : NAME_AT + len(name)] = name
    cells = memoryview(ring)[:NAME_AT].cast("q")
    cells[4], cells[5] = capacity, len(name)
    cells[0] = MAGIC
    whole = memoryview(ring)[SAMPLES_AT : SAMPLES_AT + capacity * SAMPLE_SIZE]
    times, values = whole.cast("q"), whole.cast("d")
    lock = allocate_lock()
    mask, now = capacity - 1, perf_counter_ns
    count, full = 0, capacity  # samples written; how many there may be before the mark has to be looked at again

    def add(value: float) -> None:
        nonlocal count, full
        with lock:
            if count == full:
                full = cells[2] + capacity
                if count == full:
                    cells[3] += 1
                    return
            at = (count & mask) << 1
            values[at + 1] = value
            times[at] = now() - origin
            count += 1
            cells[1] = count

    return add


def mapped(descriptor: int, size: int) -> mmap.mmap:
    """Map a file, to read and to write.

    Up to Python 3.12 a duplicate of the descriptor stays open, with the lowest number that is free: it would be one
    that the program gets without the lab. So the low ones are taken meanwhile, which needs some 10 us.
    """
    if sys.platform == "win32":
        return mmap.mmap(descriptor, size)
    if sys.version_info >= (3, 13):
        return mmap.mmap(descriptor, size, trackfd=False)
    taken: list[int] = []
    try:
        if os.sysconf("SC_OPEN_MAX") >= 4 * ABOVE:
            while not taken or taken[-1] < ABOVE:
                taken.append(os.dup(descriptor))
        return mmap.mmap(descriptor, size)
    finally:
        if taken and taken[-1] - taken[0] == len(taken) - 1:  # at once, which takes half the time
            os.closerange(taken[0], taken[-1] + 1)
        else:
            for one in taken:
                os.close(one)


def reserve(path: str, size: int) -> mmap.mmap:
    """Make a file of this size, its blocks reserved, and return its mapping.

    Raises:
        OSError: there is no room, or the file exists.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        if hasattr(os, "posix_fallocate"):
            os.posix_fallocate(descriptor, 0, size)
        else:
            _allocate(descriptor, size)
        return mapped(descriptor, size)
    except BaseException:  # a signal's handler may raise
        os.unlink(path)
        raise
    finally:
        os.close(descriptor)


def _allocate(descriptor: int, size: int) -> None:
    """Give a file its size and its blocks where there is no posix_fallocate: macOS; Windows' mapping does it itself."""
    try:
        from fcntl import fcntl  # type: ignore[attr-defined, unused-ignore]  # Windows has none
    except ImportError:
        return
    try:  # fcntl(2): F_PREALLOCATE with an fstore_t of F_ALLOCATEALL from F_PEOFPOSMODE on
        fcntl(descriptor, 42, Struct("=Iiqqq").pack(4, 3, 0, size, 0))
    except OSError as error:
        if error.errno == 28:  # ENOSPC; else a file system that reserves nothing
            raise
    os.ftruncate(descriptor, size)


class Recorder:
    """What `lab` and boot write through: the life of this process and its rings of samples, made as they are needed."""

    def __init__(self, folder: str, origin: int) -> None:
        self.folder = folder
        self.origin = origin
        self.writers: dict[str, Callable[[float], None]] = {}
        self._before_fork: list[object] = []
        self._begin()

    def _begin(self) -> None:
        self.life: LifeFile | Unrecorded
        try:
            self.life = LifeFile(self.folder, self.origin)
        except OSError:  # no room, or no descriptor left: the process runs all the same
            self.life = Unrecorded()
            self._say_unrecorded()
        self._lock = allocate_lock()

    def _say_unrecorded(self) -> None:
        """Leave a link for the runner to see: where its words are short, it takes neither a block nor a descriptor."""
        try:  # noqa: SIM105  # contextlib is more than every process of every run should import
            os.symlink("-", f"{self.folder}/p-{os.getpid()}-{perf_counter_ns()}.unrecorded")
        except (OSError, NotImplementedError):  # Windows may want a privilege
            pass

    def renew(self) -> None:
        """Begin anew in a forked child: files of its own, locks that nobody holds.

        The parent's mappings are kept, not dropped: to close one would close a descriptor number that may be the
        program's own by now.
        """
        self._before_fork.append((self.life, dict(self.writers)))
        self.writers.clear()
        self._begin()

    def writer(self, series: str) -> Callable[[float], None]:
        """Return the function that records a sample of this series; one that drops where there is no room."""
        with self._lock:
            found = self.writers.get(series)
            if found is None:
                path = f"{self.life.path}.s{len(self.writers)}"
                found = sample_writer(path, series, self.origin) if self.life.path else None
                if found is None:
                    self.life.event("unrecorded", series=series)
                    found = _drop
                self.writers[series] = found
            return found


def _drop(value: float) -> None:
    """Take the place of a writer that had no room."""


current: Recorder | None = None  # this process's, set by boot


def tell(event: str, **about: object) -> None:
    """Tell something about this process that records refer to, as an event of its life."""
    if current is not None:
        current.life.event(event, **about)
