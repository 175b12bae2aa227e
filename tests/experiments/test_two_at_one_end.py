import multiprocessing
import os
import random
import re
import signal
from collections.abc import Iterator
from contextlib import nullcontext
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

import pytest

from ipclab import engine
from ipclab.experiments._taken_along import Held, places_taken_along, taken_along
from ipclab.experiments.two_at_one_end import MARK, from_one, is_whole, skip_to_next
from tests.running import Meanwhile, Ran, kill, plain, run_experiment, stop_when

BAD = re.compile(r"At one end without a lock ([\d ]+) of ([\d ]+) messages were corrupted \(([\d.]+) %\)\.")
CLEAN = re.compile(r"At one end without a lock corruption was not shown in ([\d ]+) messages\.")
CURED = re.compile(
    r"With a (Lock|pipe each|Queue) ([\d ]+) messages a second arrived; corruption was not shown in (.+)\."
)
QUICK: dict[str, Any] = {"duration": 0.5}


def number(text: str) -> int:
    return int(text.replace(" ", ""))


def total(ran: Ran, role: str, name: str) -> int:
    """Return the sum of a variable over the processes of a role."""
    return sum(int(str(one.shown[name])) for one in ran.processes.values() if one.name.startswith(role))


def is_corrupted(ran: Ran) -> None:
    """Check that messages were corrupted, and that the finding counts them as the processes do."""
    assert ran.status == "done", ran.errors
    match = BAD.fullmatch(ran.found("bad")[0])
    assert match is not None, ran.found("bad")
    bad, sent = number(match[1]), number(match[2])
    assert sent == total(ran, "writer", "sent")
    assert bad == sent - total(ran, "reader", "whole") > 0
    assert float(match[3]) == pytest.approx(100 * bad / sent, rel=0.01)
    assert f"n = {match[2]} of" in plain(ran.findings[0].evidence)
    assert {process.code for process in ran.processes.values()} == {0}
    assert ran.found("ok") == []


@pytest.mark.parametrize("who", ["writers", "readers"])
def test_two_at_one_end_corrupt_messages_and_the_run_ends_by_itself(who: str, start_method: str) -> None:
    ran = run_experiment("two-at-one-end", start_method=start_method, who=who)
    is_corrupted(ran)
    role, other = ("writer", "reader") if who == "writers" else ("reader", "writer")
    assert sorted(ran.processes) == sorted(["main", f"{role} 1", f"{role} 2", f"{other} 1"])
    assert total(ran, "reader", "bad length") + total(ran, "reader", "bad contents") > 0
    assert ran.samples["corrupted"].max() > 0
    assert ran.samples["whole"].max() > 0
    assert [line.text for line in ran.observation.lines] == []


@pytest.mark.parametrize(
    ("parameters", "shows"),
    [
        pytest.param({"payload_size": 4_092}, False, id="as much as is written at once"),
        pytest.param({"payload_size": 4_093}, True, id="a byte more"),
        pytest.param({"payload_size": 128}, False, id="short", marks=pytest.mark.slow),
        pytest.param(
            {"payload_size": 16_384, "duplex": True}, False, id="one write on a socket pair", marks=pytest.mark.slow
        ),
        pytest.param(
            {"payload_size": 16_385, "duplex": True}, True, id="two writes on a socket pair", marks=pytest.mark.slow
        ),
        pytest.param({"payload_size": 128, "who": "readers"}, True, id="two readers, short"),
        pytest.param({"payload_size": 2**20}, True, id="1 MiB", marks=pytest.mark.slow),
        pytest.param({"payload_size": 2**20, "who": "readers"}, True, id="two readers, 1 MiB", marks=pytest.mark.slow),
        pytest.param({"processes": 16}, True, id="sixteen writers", marks=pytest.mark.slow),
        pytest.param({"processes": 16, "who": "readers"}, True, id="sixteen readers", marks=pytest.mark.slow),
    ],
)
def test_what_is_corrupted_depends_on_size_and_end(parameters: dict[str, Any], shows: bool) -> None:
    ran = run_experiment("two-at-one-end", **parameters)
    if shows:
        is_corrupted(ran)
        return
    match = CLEAN.fullmatch(ran.found("warning")[0])
    assert match is not None
    assert number(match[1]) == total(ran, "writer", "sent") == total(ran, "reader", "whole") > 0
    assert "does not say that it cannot" in ran.findings[0].evidence
    assert ran.found("ok") == ran.found("bad") == []
    assert ran.samples["corrupted"].mean() < ran.samples["whole"].mean() / 10  # what was under way, to and fro


@pytest.mark.parametrize("who", ["writers", "readers"])
@pytest.mark.parametrize("way", ["Lock", "pipe each", "Queue"])
def test_each_way_out_carries_all_that_was_sent(way: str, who: str, start_method: str) -> None:
    ran = run_experiment("two-at-one-end", start_method=start_method, way=way, who=who, **QUICK)
    assert ran.status == "done", ran.errors
    match = CURED.fullmatch(ran.found("ok")[0])
    assert match is not None
    assert match[1] == way
    assert number(match[2]) > 0
    assert match[3].endswith(" messages")
    assert number(match[3].removesuffix("messages")) == total(ran, "writer", "sent") == total(ran, "reader", "whole")
    assert total(ran, "reader", "bad length") == total(ran, "reader", "bad contents") == 0
    assert ran.found("bad") == ran.found("warning") == []


@pytest.mark.parametrize(
    "duplex", [pytest.param(True, id="socket pair", marks=pytest.mark.slow), pytest.param(False, id="pipe")]
)
@pytest.mark.parametrize("who", ["writers", pytest.param("readers", marks=pytest.mark.slow)])
def test_all_in_turn_say_what_each_way_costs(who: str, duplex: bool) -> None:
    ran = run_experiment("two-at-one-end", way="all in turn", who=who, duplex=duplex, processes=3, **QUICK)
    assert ran.status == "done", ran.errors
    rates = re.fullmatch(
        r"Whole messages a second: no lock ([\d. ]+), Lock ([\d. ]+), pipe each ([\d. ]+), Queue ([\d. ]+)\.",
        ran.found("info")[0],
    )
    assert rates is not None
    cured = [CURED.fullmatch(text) for text in ran.found("ok")]
    assert [match and match[2] for match in cured] == list(rates.groups()[1:])
    assert ran.observation.progress == (4, 4)
    assert len(ran.processes) == 1 + 4 * 4


def test_a_curve_is_drawn_for_as_long_as_is_written() -> None:
    ran = run_experiment("two-at-one-end", way="Lock", **QUICK)
    assert 5 <= len(ran.samples["whole"]) == len(ran.samples["corrupted"]) <= 25
    match = CURED.fullmatch(ran.found("ok")[0])
    assert match is not None
    assert ran.samples["whole"].mean() == pytest.approx(number(match[2]), rel=0.3)


@pytest.mark.parametrize("way", ["no lock", "Lock", "pipe each", "Queue", "all in turn"])
@pytest.mark.parametrize("who", ["writers", pytest.param("readers", marks=pytest.mark.slow)])
def test_a_run_can_be_stopped(way: str, who: str, start_method: str) -> None:
    def flows(observation: engine.Observation) -> bool:
        return "whole" in observation.series and observation.series["whole"].n > 3

    ran = run_experiment(
        "two-at-one-end", start_method=start_method, way=way, who=who, duration=600.0, meanwhile=stop_when(flows)
    )
    assert ran.status == "stopped"
    assert ran.seconds < 10
    assert not any("not all processes" in text for text in ran.found("bad"))


@pytest.mark.parametrize("name", ["writer 1", "reader 1"])
@pytest.mark.parametrize("way", ["no lock", pytest.param("Queue", marks=pytest.mark.slow)])
def test_a_worker_that_is_killed_fails_the_run(name: str, way: str) -> None:
    def flows(observation: engine.Observation) -> bool:
        return "whole" in observation.series and observation.series["whole"].n > 3

    ran = run_experiment("two-at-one-end", way=way, duration=60.0, meanwhile=kill(name, signal.SIGKILL, when=flows))
    assert ran.status == "failed"
    assert ran.text.startswith(f"worker '{name}' was ended by SIGKILL")
    assert ran.found("ok") == []
    assert not any("corrupted" in text for text in ran.found("bad"))
    said = rf"(.+, )?{name} has ended with exit code -9(, .+)?: [\d ]+ of [\d ]+ messages had arrived whole\."
    if way == "no lock":  # the lock of a Queue may have died with its holder: then the others and main were ended too
        assert re.fullmatch(said, ran.found("warning")[0]), ran.found("warning")


def kill_while_it_holds(name: str) -> Meanwhile:
    """Return what kills a worker at a moment at which it holds what all need: stopped then, it stops them all."""
    about = {"looked": 0, "sum": -1.0, "stopped": False, "done": False}

    def meanwhile(_run: engine.Run, observation: engine.Observation) -> None:
        rates = observation.series.get("whole")
        pids = [one.pid for one in observation.processes.values() if one.name == name and one.alive]
        if rates is None or not pids or about["done"] or rates.n < about["looked"] + 4:
            return
        about["looked"], before = rates.n, about["sum"]
        about["sum"] = rates.mean * rates.n
        if not about["stopped"]:
            about["stopped"], about["sum"] = True, -1.0
            os.kill(pids[0], signal.SIGSTOP)
        elif before >= 0:  # the rates before may be of what was under way
            about["done"] = about["sum"] == pytest.approx(before, abs=1)
            about["stopped"] = False
            os.kill(pids[0], signal.SIGKILL if about["done"] else signal.SIGCONT)

    return meanwhile


@pytest.mark.skipif(os.name != "posix", reason="stops a process with SIGSTOP")
@pytest.mark.parametrize("who", ["writers", pytest.param("readers", marks=pytest.mark.slow)])
@pytest.mark.parametrize("way", ["Lock", "Queue"])
def test_a_lock_that_dies_with_its_holder_is_named(way: str, who: str, start_method: str) -> None:
    role = who[:-1]
    ran = run_experiment("two-at-one-end", start_method=start_method, way=way, who=who, processes=3, duration=60.0,
                         meanwhile=kill_while_it_holds(f"{role} 1"))  # fmt: skip
    assert ran.status == "failed"
    assert ran.text.startswith(f"worker '{role} 1' was ended by SIGKILL")
    held = {"the Lock": "it dies with its holder"}
    if way == "Queue":
        held = {f"the Queue's lock for {'writing' if who == 'writers' else 'reading'}": "it dies with its holder"}
        if who == "writers":  # what it has put and its thread not yet written may be as many as the Queue has places
            held["all places of the Queue"] = "what was put and not yet written is gone"
    said = {f"{role} 1 was killed while it held {what}: {role} 2, {role} 3 wait for ever.": why
            for what, why in held.items()}  # fmt: skip
    (found,) = (one for one in ran.findings if one.level == "bad" and not one.text.startswith("Worker "))
    assert said[plain(found.text)] in found.evidence
    assert ran.found("info")[0].startswith("Ask a process that may hold a lock to end, and never kill it;")
    assert len(ran.found("warning")) == 1
    assert ran.processes["main"].code == 0


def test_a_lock_that_can_be_had_or_that_nobody_waits_for_was_not_taken_along() -> None:
    class Named:
        def __init__(self, name: str) -> None:
            self.name = name

    context = multiprocessing.get_context("spawn")
    free, held = context.Lock(), context.Lock()
    held.acquire()
    one, two, other = (Named(name) for name in ("writer 1", "writer 2", "reader 1"))
    killed: Any = [one]
    assert taken_along(killed, [two, other], {"writer": Held("it", free)}) is None  # type: ignore[list-item]
    assert free.acquire(block=False)  # it was given back
    assert taken_along(killed, [other], {"writer": Held("it", held)}) is None  # type: ignore[list-item]
    assert taken_along(killed, [two], {"reader": Held("it", held)}) is None  # type: ignore[list-item]
    assert taken_along([], [two], {"writer": Held("it", held)}) is None  # type: ignore[list-item]
    found = taken_along(killed, [two, other], {"writer": Held("it", held)})  # type: ignore[list-item]
    assert found is not None
    assert found[:3] == ("writer 1", "it", ("writer 2",))
    found = taken_along(killed, [other], {"writer": Held("it", held, ("main",))})  # type: ignore[list-item]
    assert found is not None
    assert found[:3] == ("writer 1", "it", ("main",))


@pytest.mark.slow
def test_who_does_not_end_is_ended_and_nothing_is_called_whole() -> None:
    def flows(observation: engine.Observation) -> bool:
        return "whole" in observation.series and observation.series["whole"].n > 3

    ran = run_experiment("two-at-one-end", way="Lock", **QUICK, meanwhile=kill("reader 1", signal.SIGSTOP, when=flows))
    assert ran.status == "done", ran.errors
    assert ran.found("bad") == ["With a Lock not all processes ended."]
    assert ran.found("ok") == []
    assert ran.processes["reader 1"].signal == "SIGKILL"


def test_places_that_a_killed_writer_took_along_are_named() -> None:
    context = multiprocessing.get_context("spawn")
    queue = context.Queue(1)
    writer = context.Process(target=put_and_die, args=(queue,), name="writer 1")
    killed: Any = [writer]
    assert places_taken_along(killed, [], queue) is None  # it is not full
    writer.start()
    writer.join()
    assert writer.exitcode == -signal.SIGKILL
    found = places_taken_along(killed, [], queue)
    assert found is not None
    assert found[:3] == ("writer 1", "all places of the Queue", ("main",))
    assert places_taken_along([], [], queue) is None
    queue.close()


def put_and_die(queue: Any) -> None:
    """Put a message, and be killed before the queue's thread can write it."""
    queue._start_thread = lambda: None
    queue.put(b"never written")
    os.kill(os.getpid(), signal.SIGKILL)


# What a reader does with bytes that are no messages.


@pytest.fixture
def ends() -> Iterator[tuple[Connection, Connection]]:
    receiving, sending = Pipe(duplex=False)
    yield receiving, sending
    receiving.close()
    sending.close()


def framed(body: bytes, length: int | None = None) -> bytes:
    """Return bytes as a connection writes them, with another length if one is given."""
    return (len(body) if length is None else length).to_bytes(4, "big", signed=True) + body


@pytest.mark.parametrize(
    "length",
    [
        pytest.param(2**31 - 1, id="2 GiB"),
        pytest.param(-1, id="a longer length follows"),
        pytest.param(201, id="a byte too long"),
    ],
)
def test_a_bad_length_allocates_and_waits_for_nothing(ends: tuple[Connection, Connection], length: int) -> None:
    receiving, sending = ends
    message = MARK + bytes(136)
    os.write(sending.fileno(), framed(b"\x7f" * 200, length) + framed(message) + framed(b"fine"))
    sending.close()
    assert list(from_one(receiving, nullcontext(), 200)) == [None, b"fine"]  # what is skipped lost its length


def test_an_end_of_file_within_a_message_is_an_end(ends: tuple[Connection, Connection]) -> None:
    receiving, sending = ends
    os.write(sending.fileno(), framed(b"fine") + framed(b"cut", 100))
    sending.close()
    assert list(from_one(receiving, nullcontext(), 200)) == [b"fine", None]


def test_a_negative_length_is_an_empty_message_and_no_endless_loop(ends: tuple[Connection, Connection]) -> None:
    receiving, sending = ends
    os.write(sending.fileno(), framed(b"", -5) + framed(b"fine"))
    sending.close()
    assert list(from_one(receiving, nullcontext(), 200)) == [b"", b"fine"]


def test_random_bytes_are_read_to_their_end(ends: tuple[Connection, Connection]) -> None:
    receiving, sending = ends
    os.write(sending.fileno(), random.Random(1).randbytes(60_000))
    sending.close()
    found = list(from_one(receiving, nullcontext(), 200))
    assert not any(message is not None and is_whole(message, 200) for message in found)


@pytest.mark.parametrize(
    "before", [b"", MARK[:63], MARK[:5] * 3, MARK[1:], bytes(1_000)], ids=["", "63", "5 x 3", "tail", "zeros"]
)
def test_not_a_byte_more_is_read_than_up_to_the_end_of_the_marked_message(before: bytes) -> None:
    receiving, sending = os.pipe()
    os.write(sending, before + MARK + b"rest" + b"next")
    os.close(sending)
    assert skip_to_next(receiving, len(MARK) + 4)
    assert os.read(receiving, 100) == b"next"
    assert not skip_to_next(receiving, len(MARK) + 4)
    os.close(receiving)


def test_where_main_looks_late_there_is_a_rate_all_the_same(start_method: str) -> None:
    ran = run_experiment("two-at-one-end", start_method=start_method, way="Lock", duration=0.1, watched=True, pace=0.02)
    (found,) = ran.found("ok")
    match = re.match(r"With a Lock ([\d.]+) messages a second", plain(found))
    assert match is not None and float(match[1]) > 0
    assert found.endswith("(slowed or stepped: times are no measurements).")
