import re
import signal
from typing import Any

import pytest

from ipclab import engine
from tests.running import Ran, kill, plain, run_experiment, stop_when

STREAM: dict[str, Any] = {"traffic": "stream", "start_consumers": "with the producers", "end": "END message"}
BLOCKED: dict[str, Any] = STREAM | {"start_consumers": "after the producers", "patience": 0.3}
STUCK = "main's join() has not returned: producer 1 is still alive, and nothing was put for 300 ms."
KINDS = ("Queue", "JoinableQueue", "SimpleQueue")


def evidence(ran: Ran, start: str) -> str:
    """Return what the finding rests on that begins so."""
    return next(plain(finding.evidence) for finding in ran.findings if plain(finding.text).startswith(start))


def in_order(ran: Ran, consumer: str) -> re.Match[str]:
    """Return what a consumer says of latency and order."""
    text = next(text for text in ran.found("info") if text.startswith(consumer))
    match = re.fullmatch(
        rf"{consumer}: from put to get ([\d. ]+ \S+) \(p50\), ([\d. ]+ \S+) \(p99\); "
        r"([\d ]+) of ([\d ]+) messages came after one that was put later\.",
        text,
    )
    assert match is not None, text
    return match


@pytest.mark.parametrize("kind", KINDS)
def test_the_tutorials_squares_are_put_and_printed_until_the_queue_is_empty(kind: str, start_method: str) -> None:
    ran = run_experiment("queue", start_method=start_method, queue=kind)
    assert ran.status == "done", ran.errors
    assert list(ran.processes) == ["main", "producer 1", "consumer 1"]
    assert ran.output("consumer 1") == ["1", "4", "9", "16", "Queue is now empty!"]
    assert ran.output("producer 1") == ran.output("main") == []
    assert ran.found("ok")[0] == "4 of 4 messages taken, then empty() said True."
    assert ran.found("bad") == ran.found("warning") == []
    assert (ran.shown("producer 1"), ran.shown("consumer 1")) == ({"put": 4}, {"got": 4})
    assert ran.samples["depth"][-1] == 0
    assert ran.samples["depth"].max() == 4  # the producer has ended, and nobody has taken anything


def test_its_name_is_queue_though_no_file_of_that_name_hides_the_standard_librarys() -> None:
    about = engine.find("queue")
    assert (about.name, about.title, about.stem, about.source.name) == ("queue", "Queue", "queue_", "queue_.py")


@pytest.mark.parametrize("kind", KINDS)
def test_empty_may_say_true_when_put_has_returned_unless_put_writes_itself(kind: str, start_method: str) -> None:
    ran = run_experiment("queue", start_method=start_method, ask_empty=True, queue=kind)
    if kind == "SimpleQueue":
        assert ran.found("info")[0] == "After none of 200 put() empty() said True."
    else:
        said = re.fullmatch(r"After (\d+) of 200 put\(\) empty\(\) said True, for up to (.+)\.", ran.found("bad")[0])
        assert said is not None
        assert int(said[1]) > 0
    assert ran.output("consumer 1") == ["1", "4", "9", "16", "Queue is now empty!"]


@pytest.mark.parametrize("kind", KINDS)
def test_empty_says_nothing_about_what_is_still_to_come(kind: str, start_method: str) -> None:
    ran = run_experiment(
        "queue", start_method=start_method, **STREAM | {"end": "empty", "queue": kind, "put_rate": 200.0, "count": 30}
    )
    assert ran.status == "done", ran.errors
    match = re.fullmatch(
        r"(\d+) of 30 messages taken; then empty\(\) said True, and more was to come\.", ran.found("bad")[0]
    )
    assert match is not None
    got = int(match[1])
    assert got == ran.shown("consumer 1")["got"]
    assert f"main has taken out the other {30 - got}," in evidence(ran, match[0])
    assert ran.samples["depth"][-1] == 0


def test_empty_that_was_not_too_early_is_not_called_safe() -> None:
    ran = run_experiment("queue", **STREAM | {"end": "empty", "count": 20, "put_rate": 1_000.0, "get_rate": 10.0})
    if ran.found("bad") == []:
        assert ran.found("warning") == ["20 of 20 messages taken; empty() was not True too early this time."]
        assert evidence(ran, "20 of 20") == "nothing forbids it"


def test_one_consumer_waits_for_a_message_that_another_has_taken() -> None:
    """Sixteen ask empty() about the same few messages, until it happens; each run of it ends by itself."""
    parameters: dict[str, Any] = {"traffic": "stream", "consumers": 16, "count": 200, "patience": 0.2}
    for _ in range(20):
        ran = run_experiment("queue", start_method="fork", **parameters)
        assert ran.status == "done", ran.errors
        if ran.found("bad"):
            break
    assert re.fullmatch(
        r"(consumer \d+(, )?)+ (is|are) still alive, and nothing was taken for 200 ms\.",
        ran.found("bad")[0],
    )
    assert ran.found("ok") == ["200 of 200 messages taken, then empty() said True."]


@pytest.mark.parametrize("kind", KINDS)
def test_all_that_is_put_is_taken_once_whoever_takes_it(kind: str, start_method: str) -> None:
    ran = run_experiment(
        "queue", start_method=start_method, **STREAM, queue=kind, producers=3, consumers=2, count=1_000
    )
    assert ran.status == "done", ran.errors
    assert ran.found("ok")[0] == "3 000 of 3 000 messages taken, then END."
    assert [ran.shown(f"producer {number}")["put"] for number in (1, 2, 3)] == [1_000] * 3
    taken = [int(str(ran.shown(f"consumer {number}")["got"])) for number in (1, 2)]
    assert sum(taken) == 3_000
    assert ran.series["put to get"].n == 3_000
    assert ran.samples["put to get"].min() > 0
    assert ran.observation.progress == (3_000, 3_000)


def test_the_messages_of_one_producer_come_in_order_and_their_latency_is_the_series(start_method: str) -> None:
    ran = run_experiment("queue", start_method=start_method, **STREAM, count=2_000)
    match = in_order(ran, "consumer 1")
    assert match[3] == "0"
    assert match[4] == "2 000"
    figures = ran.series["put to get"].describe()
    value, unit = match[1].split(" ")
    assert float(value) * {"µs": 1e-6, "ms": 1e-3, "s": 1.0}[unit] == pytest.approx(figures["p50"], rel=0.02)
    assert re.search(r"clocks agree with main's to within [\d.]+ (µs|ms)", evidence(ran, "consumer 1"))


def test_the_messages_of_several_producers_overtake_each_other() -> None:
    ran = run_experiment("queue", **STREAM, producers=4, count=5_000)
    match = in_order(ran, "consumer 1")
    assert int(match[3].replace(" ", "")) > 0
    assert match[4] == "20 000"


def test_without_a_bound_the_depth_grows_and_with_one_it_does_not() -> None:
    slow = STREAM | {"put_rate": 2_000.0, "get_rate": 200.0, "count": 120}
    free = run_experiment("queue", **slow)
    bounded = run_experiment("queue", **slow, maxsize=10)
    assert free.samples["depth"].max() > 40
    assert bounded.samples["depth"].max() <= 11  # one is counted as taken a moment after it was
    assert bounded.samples["put to get"].max() < free.samples["put to get"].max()
    for ran in (free, bounded):
        assert ran.found("ok") == ["120 of 120 messages taken, then END."]
        assert ran.samples["got"].mean() < 400


def test_rates_are_kept() -> None:
    ran = run_experiment("queue", **STREAM, count=40, put_rate=100.0)
    assert ran.processes["producer 1"].since - ran.processes["producer 1"].started >= 0.39
    assert ran.samples["put"].max() < 300
    assert len(ran.samples["put"]) == len(ran.samples["got"]) > 3


@pytest.mark.parametrize(
    ("kind", "put"),
    [
        pytest.param("Queue", "300", id="Queue, and put() has returned each time"),
        pytest.param("JoinableQueue", "300", id="JoinableQueue, and put() has returned each time"),
        pytest.param("SimpleQueue", r"[1-9]\d?", id="SimpleQueue, and put() waits"),
    ],
)
def test_join_before_draining_does_not_return_until_somebody_takes(kind: str, put: str, start_method: str) -> None:
    ran = run_experiment("queue", start_method=start_method, **BLOCKED, queue=kind, count=300, payload_size=1_000)
    assert ran.status == "done", ran.errors
    assert ran.found("bad") == [STUCK]
    assert re.fullmatch(rf"{put} of 300 messages put, 0 taken", evidence(ran, STUCK))
    assert re.fullmatch(
        r"main has started the consumers, and [\d.]+ \S+ later the producers had ended\.", ran.found("ok")[0]
    )
    assert "300 of 300 messages taken, then END." in ran.found("ok")
    assert ran.samples["put to get"].max() > 0.3


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"start_consumers": "after the producers", "put_rate": 0.8}, id="of producers that main joins"),
        pytest.param({"end": "empty", "get_rate": 0.8}, id="of consumers that end at empty()"),
    ],
)
def test_a_rest_longer_than_the_patience_is_refused_before_the_run(parameters: dict[str, Any]) -> None:
    queue = engine.find("queue")
    wrong = queue.refusals(engine.validate(queue.fields, STREAM | parameters))
    assert plain(wrong["patience"]) == "It has to be longer than the rest between two messages: here 1.25 s."
    assert queue.refusals(engine.validate(queue.fields, STREAM | parameters | {"patience": 1.3})) == {}
    free = STREAM | {"put_rate": 0.8, "get_rate": 0.8}  # nobody loses patience with them
    assert queue.refusals(engine.validate(queue.fields, free)) == {}


def test_what_the_pipe_holds_lets_the_join_return() -> None:
    ran = run_experiment("queue", **BLOCKED | {"patience": 20.0}, count=30, payload_size=1_000)
    assert ran.found("bad") == []
    assert ran.found("ok") == ["30 of 30 messages taken, then END."]


def test_a_full_queue_makes_the_tutorials_producer_wait() -> None:
    ran = run_experiment("queue", maxsize=2, patience=0.3)
    first, *others = ran.found("bad")
    assert first == STUCK
    # The consumer may ask empty() between two of the producer's puts: then that is found too.
    assert all(one.endswith("then empty() said True, and more was to come.") for one in others)
    assert evidence(ran, STUCK) == "2 of 4 messages put, 0 taken"
    assert ran.output("consumer 1")[-1] == "Queue is now empty!"


@pytest.mark.parametrize(
    ("payload", "shown"),
    [("bytes", "b'"), ("list", "[0.0"), ("object", "namespace("), ("function", "<built-in function sqrt>")],
)
def test_any_object_that_pickles_arrives(payload: str, shown: str, start_method: str) -> None:
    ran = run_experiment("queue", start_method=start_method, **STREAM, payload=payload, count=10)
    assert ran.found("ok") == ["10 of 10 messages taken, then END."]
    assert str(ran.shown("consumer 1")["last payload"]).startswith(shown)


@pytest.mark.parametrize("payload_size", [0, 1, 2**22], ids=["empty", "one byte", "4 MiB"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_payload_may_have_any_size(kind: str, payload_size: int) -> None:
    ran = run_experiment("queue", **STREAM, queue=kind, payload_size=payload_size, count=5)
    assert ran.found("ok")[0] == "5 of 5 messages taken, then END."


@pytest.mark.parametrize(
    ("unpicklable", "error"),
    [
        ("lambda", "lambda"),
        ("generator", "'generator' object"),
        ("open file", "'_io.TextIOWrapper' object"),
        ("lock", "Lock objects should only be shared between processes through inheritance"),
    ],
)
def test_put_does_not_fail_for_what_cannot_be_pickled_and_the_feeder_prints_a_traceback(
    unpicklable: str, error: str, start_method: str
) -> None:
    ran = run_experiment(
        "queue", start_method=start_method, **STREAM, unpicklable=unpicklable, count=4, put_rate=5.0, producers=2
    )
    assert ran.status == "done", ran.errors
    assert ran.shown("producer 1") == ran.shown("producer 2") == {"put": 5}
    assert ran.found("bad") == [
        f"2 never arrived, though put() had returned: each producer's {unpicklable} cannot be pickled."
    ]
    assert "8 of 10 messages taken, then END." in ran.found("info")
    trace = ran.output("producer 1", "stderr")
    assert trace[0] == "Traceback (most recent call last):"
    assert error in trace[-1]
    assert ran.output("main", "stderr") == ran.output("consumer 1", "stderr") == []


def test_what_is_put_after_it_may_be_lost_too_when_the_process_ends_and_is_counted() -> None:
    ran = run_experiment("queue", **STREAM, unpicklable="lambda", count=6)
    match = re.fullmatch(
        r"(\d) never arrived, though put\(\) had returned: each producer's lambda cannot be pickled"
        r"(?:; (\d) were put after it)?\.",
        ran.found("bad")[0],
    )
    assert match is not None
    assert int(match[1]) == 1 + int(match[2] or 0)
    taken = 7 - int(match[1])
    assert f"{taken} of 7 messages taken, then END." in ran.found("info")
    assert taken >= 3
    assert (taken == 6) or ran.output("producer 1", "stderr") == []  # it says nothing when it gives up


def test_a_simple_queue_raises_where_the_mistake_is(start_method: str) -> None:
    ran = run_experiment("queue", start_method=start_method, **STREAM, queue="SimpleQueue", unpicklable="lambda")
    assert re.fullmatch(r"put\(\) of a lambda raised \w+ in producer 1\.", ran.found("warning")[0])
    assert ran.found("ok") == ["1 000 of 1 000 messages taken, then END."]
    assert ran.found("bad") == []


def test_a_joinable_queue_waits_for_what_never_arrives_until_it_is_called_done(start_method: str) -> None:
    ran = run_experiment(
        "queue",
        start_method=start_method,
        **STREAM,
        queue="JoinableQueue",
        unpicklable="lambda",
        count=4,
        put_rate=5.0,
        patience=0.3,
    )
    assert ran.status == "done", ran.errors
    assert "The queue's join() does not return: 1 task_done() missing." in ran.found("bad")
    assert ran.found("ok") == ["The queue's join() has returned: task_done() was called for each put()."]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"count": 1_000_000}, id="as fast as it can"),
        pytest.param({"put_rate": 0.1}, id="between two puts"),
        pytest.param({"get_rate": 0.1, "count": 100_000}, id="while the consumer rests"),
        pytest.param({"start_consumers": "after the producers", "patience": 60.0, "payload_size": 1_000}, id="stuck"),
        pytest.param({"consumers": 16, "producers": 16, "put_rate": 1.0}, id="many"),
    ],
)
def test_a_run_can_be_stopped(kind: str, parameters: dict[str, Any]) -> None:
    def runs(observation: engine.Observation) -> bool:
        producers = [one for one in observation.processes.values() if one.name.startswith("producer")]
        return bool(producers) and observation.time > 0.7

    ran = run_experiment("queue", meanwhile=stop_when(runs), **STREAM | {"queue": kind} | parameters)
    assert ran.status == "stopped"
    assert ran.seconds < 10
    assert ran.found("bad") == []


@pytest.mark.parametrize("name", ["producer 1", "consumer 1"])
def test_a_worker_that_is_killed_fails_the_run(name: str, start_method: str) -> None:
    def moves(observation: engine.Observation) -> bool:
        return observation.progress is not None and observation.progress[0] > 0

    ran = run_experiment(
        "queue",
        start_method=start_method,
        meanwhile=kill(name, signal.SIGKILL, when=moves),
        **STREAM,
        count=1_000_000,
        put_rate=1_000.0,
    )
    assert ran.status == "failed"
    assert ran.text.startswith(f"worker '{name}' was ended by SIGKILL")


def test_processes_are_known_in_the_order_of_their_start_also_when_they_are_many(start_method: str) -> None:
    expected = ["main", *(f"{role} {number}" for role in ("producer", "consumer") for number in range(1, 17))]
    for _ in range(2):  # they start nearly at once, and how soon each is seen is another matter each time
        ran = run_experiment("queue", start_method=start_method, **STREAM, producers=16, consumers=16, count=5)
        assert [process.name for process in ran.observation.processes.values()] == expected
