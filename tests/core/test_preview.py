"""The text of a message: what a person reads of it, from pickles that are read and never loaded."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import enum
import fractions
import functools
import pathlib
import pickle
import pickletools
import random
import subprocess
import sys
import uuid
from multiprocessing.reduction import ForkingPickler
from types import FrameType
from typing import NamedTuple

import numpy as np
import pytest

from ipclab.preview import ELLIPSIS, preview, request

KEPT = 80  # bytes of a message that a recorder keeps
PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


class Record:
    def __init__(self, name: str = "Sam", score: object = 10) -> None:
        self.name = name
        self.score = score

    def rank(self) -> int:
        return 1


class Slots:
    __slots__ = ("a", "b")

    def __init__(self) -> None:
        self.a, self.b = 1, [2]


class Grown(dict[str, int]):
    pass


class Colour(enum.Enum):
    RED = 1


class Point(NamedTuple):
    x: int
    y: object


RECORD = Record()


def square(number: int, k: int = 2) -> int:
    return number * k


def dumped(value: object, protocol: int = 4) -> bytes:
    return pickle.dumps(value, protocol)


EVERYWHERE = [
    pytest.param("hello", "'hello'", id="str"),
    pytest.param("", "''", id="empty str"),
    pytest.param("it's", '"it\'s"', id="quote"),
    pytest.param("Grüße", "'Grüße'", id="umlauts"),
    pytest.param("a\x00b\r\n\x1b[31m\u202e", r"'a\x00b\r\n\x1b[31m\u202e'", id="control characters"),
    pytest.param(b"\x00ab", r"b'\x00ab'", id="bytes"),
    pytest.param(b"", "b''", id="empty bytes"),
    pytest.param(16, "16", id="int"),
    pytest.param(-70_000, "-70000", id="negative int"),
    pytest.param(10**30, "1" + 30 * "0", id="large int"),
    pytest.param(3.5, "3.5", id="float"),
    pytest.param(float("-inf"), "-inf", id="infinity"),
    pytest.param(None, "None", id="None"),
    pytest.param(True, "True", id="bool"),
    pytest.param((), "()", id="empty tuple"),
    pytest.param((1,), "(1,)", id="tuple of one"),
    pytest.param(("Sam", 10), "('Sam', 10)", id="tuple"),
    pytest.param((1, 2, 3, 4, 5), "(1, 2, 3, 4, 5)", id="longer tuple"),
    pytest.param([1, [2, []], {}], "[1, [2, []], {}]", id="lists"),
    pytest.param({"n": 1, "k": [1, 2]}, "{'n': 1, 'k': [1, 2]}", id="dict"),
    pytest.param({1}, "{1}", id="set"),
    pytest.param(set(), "set()", id="empty set"),
    pytest.param(frozenset({1}), "frozenset({1})", id="frozenset"),
    pytest.param(frozenset(), "frozenset()", id="empty frozenset"),
    pytest.param(bytearray(b"ab"), "bytearray(b'ab')", id="bytearray"),
    pytest.param(range(5), "range(0, 5, 1)", id="range"),
    pytest.param(1j, "complex(0.0, 1.0)", id="complex"),
    pytest.param(RECORD, "Record(name='Sam', score=10)", id="instance"),
    pytest.param([RECORD, RECORD], "[Record(name='Sam', score=10), Record(name='Sam', score=10)]", id="shared"),
    # Python 3.11.0 to 3.11.3 pickle a member by its name.
    pytest.param(Colour.RED, "Colour.RED" if b"RED" in pickle.dumps(Colour.RED) else "Colour(1)", id="enum"),
    pytest.param(square, "square", id="function"),
    pytest.param(Record, "Record", id="class"),
    pytest.param(int, "int", id="builtin class"),
    pytest.param(RECORD.rank, "Record(name='Sam', score=10).rank", id="bound method"),
    pytest.param(functools.partial(square, 1, k=2), "partial(square, 1, k=2)", id="partial"),
    pytest.param(ValueError("x", 1), "ValueError('x', 1)", id="exception"),
    pytest.param(decimal.Decimal("1.5"), "Decimal('1.5')", id="Decimal"),
    pytest.param(fractions.Fraction(1, 3), "Fraction(1, 3)", id="Fraction"),
    pytest.param(uuid.UUID(int=5), "UUID(int=5)", id="UUID"),
    pytest.param(dt.date(2026, 1, 2), "date(2026, 1, 2)", id="date"),
    pytest.param(dt.datetime(2026, 1, 2, 3, 4), "datetime(2026, 1, 2, 3, 4)", id="datetime"),  # noqa: DTZ001
    pytest.param(dt.datetime(1, 2, 3, 4, 5, 6, 7, fold=1), "datetime(1, 2, 3, 4, 5, 6, 7)", id="µs"),  # noqa: DTZ001
    pytest.param(dt.time(1, 2, 3), "time(1, 2, 3)", id="time"),
    pytest.param(dt.timedelta(1, 2), "timedelta(1, 2, 0)", id="timedelta"),
    pytest.param(
        dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC),
        "datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone(timedelta(0, 0, 0)))",
        id="time zone",
    ),
    pytest.param(collections.OrderedDict(a=1, b=2), "OrderedDict({'a': 1, 'b': 2})", id="OrderedDict"),
    pytest.param(collections.defaultdict(list, {1: [2]}), "defaultdict(list, {1: [2]})", id="defaultdict"),
    pytest.param(collections.Counter("aab"), "Counter({'a': 2, 'b': 1})", id="Counter"),
    pytest.param(collections.deque([1, 2]), "deque([1, 2])", id="deque"),
    pytest.param(collections.deque([1, 2], 5), "deque([1, 2], maxlen=5)", id="bounded deque"),
    pytest.param(collections.deque(), "deque([])", id="empty deque"),
    pytest.param(
        ("7f0012ab", "append", (("Jeff", 8),), {}),
        "('7f0012ab', 'append', (('Jeff', 8),), {})",
        id="request to a manager",
    ),
    pytest.param(("#RETURN", None), "('#RETURN', None)", id="answer of a manager"),
    pytest.param((0, 3, square, ((2,),), {}), "(0, 3, square, ((2,),), {})", id="task of a pool"),
    pytest.param(np.arange(5), "ndarray(shape=(5,), dtype=int64)", id="numpy array"),
    pytest.param(np.zeros((2, 3), bool), "ndarray(shape=(2, 3), dtype=bool)", id="numpy array of bools"),
    pytest.param(np.zeros(1, ">f4"), "ndarray(shape=(1,), dtype=>float32)", id="numpy array, other byte order"),
    pytest.param(np.array(["abc"]), "ndarray(shape=(1,), dtype=<U3)", id="numpy array of texts"),
    pytest.param(np.array([None]), "ndarray(shape=(1,), dtype=O8)", id="numpy array of objects"),
    pytest.param(np.float64(1.5), "float64(1.5)", id="numpy number"),
    pytest.param(np.bool_(True), "bool(True)", id="numpy bool"),
    pytest.param(np.dtype("f4"), "dtype('float32')", id="numpy type"),
]
FROM_2 = [
    pytest.param(Slots(), "Slots(a=1, b=[2])", id="slots"),
    pytest.param(Point(1, 2), "Point(1, 2)", id="namedtuple"),
    pytest.param(Grown(a=1), "Grown({'a': 1})", id="a dict's subclass"),
]  # in protocols 0 and 1 these are given through copyreg, in a less readable way


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("value", "text"), EVERYWHERE)
def test_a_message_is_read_as_python_writes_it(value: object, text: str, protocol: int) -> None:
    data = dumped(value, protocol)
    if isinstance(value, np.ndarray):  # its content as text of protocol 0 could be longer than what is looked at
        assert len(data) < 1_000
    assert preview(data, len(data), 100) == text
    assert preview(data, None, 100) == text


@pytest.mark.parametrize("protocol", PROTOCOLS[2:])
@pytest.mark.parametrize(("value", "text"), FROM_2)
def test_what_protocols_from_2_on_write_plainly_is_read_so(value: object, text: str, protocol: int) -> None:
    assert preview(dumped(value, protocol)) == text


CUT = [
    pytest.param("y" * 1000, "'yyyyyyyyyyyy", id="str"),
    pytest.param("ü" * 1000, "'üüüüüüüüüüüü", id="str of two-byte characters"),
    pytest.param(b"\x00" * 1000, r"b'\x00\x00", id="bytes"),
    pytest.param(list(range(1000)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11", id="list"),
    pytest.param(tuple(range(1000)), "(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11", id="tuple"),
    pytest.param(set(range(1000)), "{0, 1, 2, 3, 4, 5, 6", id="set"),
    pytest.param(frozenset(range(1000)), "(0, 1, 2, 3, 4, 5, 6", id="frozenset, until its end a tuple"),
    pytest.param({n: str(n) for n in range(99)}, "{0: '0', 1: '1', 2: '2'", id="dict"),
    pytest.param({"key": "z" * 100}, "{'key': 'zzzzzzz", id="dict of one"),
    pytest.param(["z" * 100], "['zzzzzzz", id="list of one"),
    pytest.param(("Sam", "z" * 100), "('Sam', 'zzzzz", id="small tuple"),
    pytest.param(({"k": 1}, "z" * 100), "({'k': 1}, 'zzzzz", id="dict before something long"),
    pytest.param({"a": {"b": ["c", 1, ("x" * 99,)]}}, "{'a': {'b': ['c', 1, 'xxxx", id="nested"),
    pytest.param(Record("x" * 100), "Record(name='xxxxx", id="instance"),
    pytest.param(Record("x", ["y" * 100]), "Record(name='x', score=['yyy", id="instance with a list"),
    pytest.param([Record() for _ in range(9)], "[Record(name='Sam', score=10", id="instances"),
    pytest.param(Point(1, "z" * 99), "Point(1, 'zzzz", id="namedtuple"),
    pytest.param(collections.deque(range(99)), "deque(", id="deque"),
    pytest.param(collections.OrderedDict(enumerate("abc" * 9)), "OrderedDict({0: 'a', 1: 'b', 2", id="OrderedDict"),
    pytest.param(np.zeros((1000, 1000)), "ndarray(", id="numpy array"),
    pytest.param({"data": np.arange(99)}, "{'data': ndarray(", id="numpy array in a dict"),
    pytest.param(("7f0012ab", "extend", (list(range(99)),), {}), "('7f0012ab', 'extend', [0, 1, 2", id="request"),
    pytest.param(
        (0, 3, square, ((2, "x" * 99),), {}),
        "(0, 3, square, 2, 'xxx",
        id="task of a pool: tuples up to three bear no mark",
    ),
    pytest.param(10**1000, "", id="int"),
]


@pytest.mark.parametrize("protocol", PROTOCOLS[4:])
@pytest.mark.parametrize(("value", "beginning"), CUT)
def test_a_cut_message_shows_what_is_there_and_an_ellipsis(value: object, beginning: str, protocol: int) -> None:
    data = dumped(value, protocol)
    text = preview(data[:KEPT], len(data), 100)
    assert text.startswith(beginning)
    assert text.endswith(ELLIPSIS)
    assert text.count(ELLIPSIS) == 1


def test_numpy_arrays_are_known_by_shape_before_their_type_is() -> None:
    data = dumped(np.zeros((1000, 1000)))
    place = data.index(b"dtype")
    assert preview(data[:place], len(data)) == "ndarray(shape=(1000, 1000), …"
    assert preview(data[:240], len(data)) == "ndarray(shape=(1000, 1000), dtype=float64, …"


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_message_without_its_last_byte_is_cut(protocol: int) -> None:
    data = dumped([1, 2, ("Jeff", 8)], protocol)
    for length in range(2, len(data)):
        text = preview(data[:length], len(data))
        assert text.endswith(ELLIPSIS), length
    assert not preview(data, len(data)).endswith(ELLIPSIS)


@pytest.mark.parametrize("limit", [1, 2, 10, 29, 30])
def test_a_text_has_its_limit_with_the_ellipsis_in_it(limit: int) -> None:
    whole = "[1, 'two', (3.0, None), {4: 5}]"
    data = dumped([1, "two", (3.0, None), {4: 5}])
    assert preview(data, len(data), limit) == whole[: limit - 1] + ELLIPSIS
    assert preview(data, len(data), len(whole)) == whole


@pytest.mark.parametrize(
    ("data", "size", "text"),
    [
        pytest.param(b"hello world", 11, "b'hello world'", id="ASCII"),
        pytest.param("Grüße".encode(), 7, "b'Grüße'", id="UTF-8"),
        pytest.param("Grüße".encode()[:3], 7, "b'Gr…", id="UTF-8, cut inside a character"),
        pytest.param(b"\xff\x00\n", 3, r"b'\xff\x00\n'", id="binary"),
        pytest.param("a\u202eb".encode(), 5, r"b'a\xe2\x80\xaeb'", id="a character that turns the line"),
        pytest.param(b"", 0, "b''", id="empty"),
        pytest.param(b"", 9, "…", id="nothing kept"),
        pytest.param(b"Very long text, and so on", 900, "b'Very long text, and so on…", id="begins like an opcode"),
        pytest.param(b"(see above)", 11, "b'(see above)'", id="begins like two"),
        pytest.param(b"\x80\x04", 2, r"b'\x80\x04'", id="a pickle's beginning, and no more was sent"),
        pytest.param(b"\x80\x04\xff", 9, r"b'\x80\x04\xff…", id="an unknown opcode"),
        pytest.param(b"\x80\x09K\x01.", 5, r"b'\x80\tK\x01.'", id="a protocol of the future"),
        pytest.param(b"\x80\x04K\x01.K", 6, r"b'\x80\x04K\x01.K'", id="bytes behind the end"),
        pytest.param(b"\x80\x04K\x01K\x02.", 7, r"b'\x80\x04K\x01K\x02.'", id="two values"),
        pytest.param(b"\x80\x04\x85.", 4, r"b'\x80\x04\x85.'", id="a tuple of what is not there"),
        pytest.param(b"\x80\x04h\x05.", 5, r"b'\x80\x04h\x05.'", id="a memo that is not there"),
        pytest.param(b"\x80\x04(.", 4, r"b'\x80\x04(.'", id="a mark alone"),
    ],
)
def test_bytes_that_are_no_pickle_are_bytes(data: bytes, size: int, text: str) -> None:
    assert preview(data, size) == text


def test_what_multiprocessing_itself_pickles_is_legible() -> None:
    from concurrent.futures.process import _CallItem, _ExceptionWithTraceback
    from multiprocessing.pool import ExceptionWithTraceback  # type: ignore[attr-defined]

    assert preview(bytes(ForkingPickler.dumps(functools.partial(square, 2)))) == "partial(square, 2)"
    assert preview(bytes(ForkingPickler.dumps(RECORD.rank)), limit=99) == "Record(name='Sam', score=10).rank"
    try:
        print(square(1) // 0)
    except ZeroDivisionError as problem:
        for wrapped in (ExceptionWithTraceback, _ExceptionWithTraceback):
            data = dumped((3, 0, (False, wrapped(problem, problem.__traceback__))))  # type: ignore[arg-type]
            assert preview(data).startswith("(3, 0, (False, ZeroDivisionError('")
    item = dumped(_CallItem(0, square, (2,), {}))
    assert preview(item) == "_CallItem(work_id=0, fn=square, args=(2,), kwargs={})"


def test_the_rare_opcodes_are_read_too() -> None:
    assert preview(b"(I1\nI2\ni__main__\nOld\n.") == "Old(1, 2)"
    assert preview(b"(c__main__\nOld\nI1\no.") == "Old(1)"
    assert preview(b"I01\n.") == "True"
    assert preview(b"(lp0\nI7\nag0\na.", limit=6) == "[7, […"
    assert preview(b"P12\n.") == "persistent('12')"
    assert preview(b"\x80\x02K\x05Q.") == "persistent(5)"
    assert preview(b"\x80\x02\x82\x07.") == "extension 7"
    assert preview(b"\x80\x05\x97\x98.") == "buffer"
    assert preview(b"\x80\x02K\x012\x86.") == "(1, 1)"
    assert preview(b"\x80\x02K\x01K\x020.") == "1"
    assert preview(b"\x80\x02K\x01(K\x02K\x031.") == "1"
    assert preview(b"\x80\x04\x8c\x01m\x8c\x01C\x93)}\x8c\x01kK\x01s\x92.") == "C(k=1)"
    assert preview(b"\x80\x02]q\x00(h\x00e.", limit=8) == "[[[[[[[…"


@pytest.mark.parametrize(
    ("data", "text"),
    [
        pytest.param(b"cuilong\n\n.", r"b'cuilong\n\n.'", id="a class without a name"),
        pytest.param(
            b"cnumpy._core.multiarray\n_reconstruct\n(cnumpy\nndarray\ntR(I1\n(tcnumpy\ndtype\n(V\ntRtb.",
            "ndarray(shape=(), dtype=?)",
            id="an array of no type",
        ),
        pytest.param(b"cnumpy._core.multiarray\nscalar\n(cnumpy\ndtype\n(V\ntRI1\ntR.", "?(…", id="a number of none"),
        pytest.param(b"cdatetime\ndate\n(I1\ntR.", "date(1)", id="a date that is none"),
        pytest.param(b"cbuiltins\ngetattr\n(I1\ntR.", "getattr(1)", id="a method that is none"),
        pytest.param(b"ccopy_reg\n_reconstructor\n(I1\ntR.", "_reconstructor(1)", id="an instance of none"),
        pytest.param(b"cmultiprocessing.pool\nrebuild_exc\n(tR.", "rebuild_exc()", id="an exception that is none"),
        pytest.param(b"cfunctools\npartial\n(tR.", "partial()", id="a partial of nothing"),
    ],
)
def test_what_python_does_not_write_is_told_as_it_is(data: bytes, text: str) -> None:
    assert preview(data, len(data)) == text


def test_names_of_a_pickle_cannot_break_the_line() -> None:
    evil = b"\x80\x04\x8c\x01m\x8c\x08C\n\x1b[2J\x00)\x93)R."
    assert preview(evil) == r"C\n\x1b[2J\x00)()"
    attribute = b"\x80\x04\x8c\x01m\x8c\x01C\x93)\x81}\x8c\x03a\n=K\x01sb."
    assert preview(attribute) == r"C('a\n='=1)"


# ------------------------------------------------------------------------------------- whatever the bytes


SEEDS = [parameter.values[0] for parameter in (*EVERYWHERE, *FROM_2, *CUT)]
INPUTS = 20_000


def mutated(rng: random.Random, data: bytes) -> bytes:
    """Return a pickle with some of its bytes changed, taken out, doubled or followed by those of an opcode."""
    changed = bytearray(data)
    for _ in range(rng.randrange(1, 6)):
        place = rng.randrange(len(changed) + 1)
        kind = rng.randrange(4)
        if kind == 0:
            changed[place : place + 1] = bytes([rng.randrange(256)])
        elif kind == 1:
            del changed[place : place + rng.randrange(9)]
        elif kind == 2:
            changed[place:place] = changed[place : place + rng.randrange(99)]
        else:
            changed[place:place] = rng.choice(pickletools.opcodes).code.encode("latin-1")
    return bytes(changed)


def inputs(seed: int, count: int) -> list[tuple[bytes, int | None]]:
    rng = random.Random(seed)
    pickles = []
    for value in SEEDS:
        for protocol in PROTOCOLS:
            try:
                pickles.append(dumped(value, protocol)[:400])
            except (TypeError, ValueError, pickle.PicklingError):  # slots in protocols 0 and 1; a very large int
                continue
    made = []
    for _ in range(count):
        data = mutated(rng, rng.choice(pickles))
        size = rng.choice([None, len(data), len(data) + 1, 10**6])
        made.append((data[: rng.choice([KEPT, 240, 10**6])], size))
    return made


def test_mutated_messages_give_one_line_and_never_raise() -> None:
    for data, size in inputs(6, INPUTS):
        for limit in (1, 80):
            text = preview(data, size, limit)
            assert 1 <= len(text) <= limit, data
            assert text.isprintable(), data


CANARY = """
import os, pathlib, pickle, sys
sys.path.insert(0, {tests!r})
from test_preview import inputs, dumped, preview

class Canary:
    def __reduce__(self):
        return pathlib.Path.write_text, (pathlib.Path({file!r}), "sung")

sung = [dumped(Canary(), protocol) for protocol in range(6)]
unknown = b"cantigravity\\ngeohash\\n)R."
work = inputs(7, {count}) + [(data, len(data)) for data in (*sung, unknown)]
for data, size in work[:50]:
    preview(data, size)
for codec in ("raw-unicode-escape", "latin-1", "ascii"):
    "".encode(codec)
events = []
watching = True
sys.addaudithook(lambda event, arguments: events.append((event, arguments)) if watching else None)
modules = set(sys.modules)
texts = [preview(data, size) for data, size in work]
watching = False
print(sorted(set(map(str, events))), sorted(set(sys.modules) - modules), texts[-1], texts[-2][:30])
assert not os.path.exists({file!r})
pickle.loads(sung[4])
assert os.path.exists({file!r})
"""


def test_nothing_is_imported_opened_or_run(tmp_path: pathlib.Path) -> None:
    """Python's audit events tell of every import, open, exec and find_class; none is heard."""
    here = pathlib.Path(__file__).parent
    program = CANARY.format(tests=str(here), file=str(tmp_path / "sung"), count=INPUTS)
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=here.parents[1] / "core",
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("[] [] geohash() Path.write_text(")


BOMBS = [
    pytest.param(b"\x80\x04" + b"]" * 5000, id="deep lists, cut"),
    pytest.param(b"\x80\x04" + b"]" * 2000 + b"a" * 1999 + b".", id="deep lists"),
    pytest.param(b"\x80\x04N" + b"\x85" * 4000 + b".", id="deep tuples"),
    pytest.param(b"\x80\x04N" + b"2\x86" * 2000 + b".", id="a tuple twice in a tuple, 2 000 times"),
    pytest.param(b"\x80\x04N\x94" + b"".join(b"(h%ch%ch%ct\x94" % (n, n, n) for n in range(250)) + b".", id="memo"),
    pytest.param(b"\x80\x04]\x94(h\x00h\x00h\x00e.", id="a list in itself, three times"),
    pytest.param(b"\x80\x04\x8b\xf0\x0f\x00\x00" + b"\x7f" * 4080 + b".", id="a large int"),
    pytest.param(b"L" + b"9" * 4090 + b"L\n.", id="a large int in decimal"),
    pytest.param(b"\x80\x04X\xff\xff\xff\xff" + b"x" * 9000, id="a str of 4 GiB"),
    pytest.param(b"\x80\x04\x8d" + b"\xff" * 8 + b"x" * 9000, id="a str of 16 EiB"),
    pytest.param(b"\x80\x04" + b"(" * 5000, id="marks"),
    pytest.param(b"\x80\x04" + b"N" * 5000, id="values, cut"),
    pytest.param(b"\x80\x04cm\nC\n)\x81" + b"}b" * 2000 + b".", id="states"),
    pytest.param(b"\x80\x04N" + b"c__builtin__\ngetattr\nN\x86"[:-2] * 1 + b"\x85R" * 1000 + b".", id="calls of calls"),
    pytest.param(b"x" * 1_000_000, id="a megabyte of text"),
    pytest.param(b"\x80\x04" + b"K\x01" * 1_000_000, id="a megabyte of values"),
]


@pytest.mark.parametrize("data", BOMBS)
def test_the_work_is_bounded_whatever_the_bytes(data: bytes) -> None:
    """Counted in function calls: a few for each byte that is looked at, and for each character that is written."""
    calls = 0

    def count(frame: FrameType, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    for limit in (80, 2_000):
        calls = 0
        sys.setprofile(count)
        try:
            text = preview(data, len(data), limit)
        finally:
            sys.setprofile(before)
        assert len(text) <= limit
        assert calls < 20 * min(len(data), 4_096) + 60 * limit


def test_a_request_is_written_as_the_call_that_it_asks_for() -> None:
    data = pickle.dumps(("7f00", "insert", (0, ("Jeff", 8)), {"now": True}))
    assert request(data, len(data), "insert") == "insert(0, ('Jeff', 8), now=True)"
    assert request(data, len(data), "append") == ""
    assert request(b"nothing of the kind", 19, "insert") == ""
    data = pickle.dumps(("7f00", "append", ("x" * 200,), {}))
    assert request(data[:KEPT], len(data), "append").startswith("append('xxxxxxxxxxxxxx")
    assert request(data[:KEPT], len(data), "append").endswith(f"x{ELLIPSIS}")
    for length in range(len(data)):
        text = request(data[:length], len(data), "append")
        assert not text or (text.startswith("append(") and text.endswith(ELLIPSIS))
