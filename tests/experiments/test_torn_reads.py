import re
from itertools import product
from typing import Any

import pytest

from ipclab import engine
from tests.running import Ran, kill, plain, run_experiment, stop_when

TORN = re.compile(r"([\d ]+) of ([\d ]+) copies torn \(([\d.]+) %\)\.")
FEW: dict[str, Any] = {"rounds": 2}
LONG: dict[str, Any] = {"rounds": 1_000}
SLICE, LOOP = "slice", "element by element"
UNDER = " under the lock"


def numbers(match: re.Match[str] | None) -> tuple[int, int]:
    """Return how many copies were torn, and of how many."""
    assert match is not None
    return int(match[1].replace(" ", "")), int(match[2].replace(" ", ""))


def torn(ran: Ran) -> tuple[int, int]:
    """Return how many copies the run's finding calls torn, and of how many, checked against its percentage."""
    some, of = numbers(match := TORN.fullmatch(ran.found("bad")[0]))
    assert match is not None
    assert float(match[3]) == pytest.approx(100 * some / of, abs=0.051)
    assert 0 < some <= of
    return some, of


def some_progress(observation: engine.Observation) -> bool:
    return observation.progress is not None and observation.progress[0] > 0


def test_a_copy_holds_parts_of_two_fillings(start_method: str) -> None:
    ran = run_experiment("torn-reads", start_method=start_method, **FEW)
    assert ran.status == "done", ran.errors
    assert set(ran.processes) == {"main", "writer", "reader"}
    _, of = torn(ran)
    assert of == ran.shown("reader")["reads"] == len(ran.samples["read"])
    assert f"n = {of} copies of 1 000 elements (type code 'i')" in plain(ran.findings[0].evidence).replace(
        f"{of:,}".replace(",", " "), str(of)
    )
    assert int(str(ran.shown("writer")["written"])) > 0
    parts = [part.split(" × ") for part in plain(str(ran.shown("reader")["last torn copy"])).split(", ")]
    assert len(parts) > 1
    assert sum(int(count.replace(" ", "")) for count, _ in parts) == 1_000


def test_torn_copies_a_second_are_recorded_while_the_reader_reads() -> None:
    ran = run_experiment("torn-reads", **FEW)
    bad, everything, written = (ran.samples[name] for name in ("torn", "all", "written"))
    assert len(bad) == len(everything) == len(written) > 3
    assert (bad <= everything).all()
    assert bad.max() > 0 < written.max()
    assert ran.observation.progress == (2, 2)
    assert not any(UNDER in name for name in ran.samples)


@pytest.mark.parametrize(("writes", "reads"), list(product((SLICE, LOOP), repeat=2)))
def test_a_lock_on_each_access_helps_only_where_an_access_is_the_whole(writes: str, reads: str) -> None:
    ran = run_experiment("torn-reads", lock="on each access", writes=writes, reads=reads, rounds=4)
    if writes == reads == SLICE:
        text = r"0 of [\d ]+ copies torn: a slice is one access, and takes the lock for all of it\."
        assert re.fullmatch(text, ran.found("ok")[0])
        assert ran.found("bad") == ran.found("warning") == []
    else:
        torn(ran)
        assert ran.found("ok") == []


@pytest.mark.parametrize(("writes", "reads"), list(product((SLICE, LOOP), repeat=2)))
def test_nothing_is_torn_with_the_lock_held_round_the_whole(writes: str, reads: str, start_method: str) -> None:
    ran = run_experiment(
        "torn-reads", start_method=start_method, lock="around the whole", writes=writes, reads=reads, **FEW
    )
    assert ran.status == "done"
    assert re.fullmatch(r"0 of [\d ]+ copies torn: both held the lock round the whole Array\.", ran.found("ok")[0])
    assert ran.found("bad") == ran.found("warning") == []
    assert len(ran.samples["read" + UNDER]) == ran.shown("reader")["reads"]
    assert set(ran.samples["torn" + UNDER]) == {0}


def test_the_price_of_the_lock_is_measured_beside_reading_without_it(start_method: str) -> None:
    ran = run_experiment("torn-reads", start_method=start_method, lock="with and without", rounds=4)
    assert ran.status == "done", ran.errors
    torn(ran)
    assert ran.found("ok")[0].endswith("both held the lock round the whole Array.")
    price = next(finding for finding in ran.findings if finding.text.startswith("With the lock round the whole"))
    text = r".* takes [\d. ]+ times as long, waiting included, and [\d. ]+ % of the writes are made\."
    assert re.fullmatch(text, plain(price.text))
    assert plain(price.evidence).startswith("median of n = 4 pairs of stretches; half of them between ")
    assert ran.observation.progress == (8, 8)
    assert len(ran.samples["read"]) + len(ran.samples["read" + UNDER]) == ran.shown("reader")["reads"]


@pytest.mark.parametrize("type_code", ["b", "h", "i", "q"])
def test_a_single_element_shows_nothing_and_is_not_called_safe(type_code: str) -> None:
    ran = run_experiment("torn-reads", length=1, type_code=type_code, **FEW)
    assert re.fullmatch(r"No torn copy shown in [\d ]+; nothing forbids one\.", ran.found("warning")[0])
    assert re.fullmatch(r"No half-written element shown in [\d ]+\.", ran.found("info")[0])
    assert ran.found("ok") == ran.found("bad") == []
    assert "copies of 1 element " in plain(ran.findings[0].evidence)


@pytest.mark.parametrize("type_code", ["b", "h", "i", "q"])
def test_elements_of_each_size_are_torn_apart_and_none_of_them_is_half_written(type_code: str) -> None:
    ran = run_experiment("torn-reads", type_code=type_code, **FEW)
    torn(ran)
    size = {"b": 1, "h": 2, "i": 4, "q": 8}[type_code]
    for part in str(ran.shown("reader")["last torn copy"]).split(", "):
        number = int(part.split(" × ")[1], 16)
        assert len(set(number.to_bytes(size, "little"))) == 1
    assert ran.found("info")[0].startswith("No half-written element shown in ")


def test_a_long_array_is_torn() -> None:
    torn(run_experiment("torn-reads", length=100_000, rounds=5))


def test_a_writer_that_rests_is_torn_less_often() -> None:
    some, of = torn(run_experiment("torn-reads", rounds=5))
    ran = run_experiment("torn-reads", rounds=5, pause=0.01)
    fewer, of_all = torn(ran) if ran.found("bad") else (0, 1)
    assert fewer / of_all < some / of
    assert int(str(ran.shown("writer")["written"])) < 500


@pytest.mark.parametrize("parameters", [{}, {"lock": "around the whole"}, {"lock": "with and without"},
                                        {"length": 100_000, "pause": 0.1}], ids=str)  # fmt: skip
def test_a_stopped_run_says_what_was_seen_until_then(parameters: dict[str, Any], start_method: str) -> None:
    ran = run_experiment(
        "torn-reads", start_method=start_method, **LONG, **parameters, meanwhile=stop_when(some_progress)
    )
    assert ran.status == "stopped"
    assert ran.seconds < 20
    assert ran.findings
    assert not any(process.alive for process in ran.processes.values())


@pytest.mark.parametrize("name", ["writer", "reader"])
@pytest.mark.parametrize("lock", ["none", "around the whole"])
def test_a_killed_worker_fails_the_run_and_the_other_ends(name: str, lock: str, start_method: str) -> None:
    ran = run_experiment(
        "torn-reads", start_method=start_method, **LONG, lock=lock, meanwhile=kill(name, when=some_progress)
    )
    assert ran.status == "failed"
    assert ran.text.startswith(f"worker {name!r} was ended by SIGKILL")
    assert not any(process.alive for process in ran.processes.values())
