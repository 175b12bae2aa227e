"""Words of the command line: flags are those of the options, and every mistake is told at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import pytest

from ipclab import catalog
from ipclab.cli import arguments
from ipclab.cli.arguments import Catalogue, Help, Misuse, Run, Version
from ipclab.declarations import Help as HelpText
from ipclab.declarations import Range, When
from ipclab.options import Plain
from tests.cli.made_up import made_up, make_only


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """One field of every kind."""

    traffic: Literal["tutorial", "one way"] = "tutorial"
    count: Annotated[int, Range(-5, 1_000_000), HelpText("How many")] = 1_000
    payload_size: Annotated[int, Range(0, 2**24, "B"), When(traffic="one way")] = 64
    pause: Annotated[float, Range(0, 10, "s")] = 0.0
    patience: Annotated[float | None, Range(0, 10, "s")] = None
    lock: bool = True
    greeting: str = "hello"
    messages: tuple[str, ...] = ("hello", "hey")
    numbers: Annotated[tuple[int, ...], Range(-100, 1_000)] = (1, 2)


EXPERIMENT = made_up(Options)


@pytest.fixture(autouse=True)
def _one_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    make_only(EXPERIMENT, monkeypatch)


def parameters(*words: str) -> dict[str, object]:
    wanted = arguments.read(["run", "made-up", *words])
    assert isinstance(wanted, Run)
    return wanted.request.parameters


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("", Help()),
        ("--help", Help()),
        ("-h", Help()),
        ("--version", Version()),
        ("-V", Version()),
        ("list", Catalogue(json=False)),
        ("list --json", Catalogue(json=True)),
        ("list --help", Help("list")),
        ("run --help", Help("run")),
        ("run made-up --help", Help("run", EXPERIMENT)),
        ("run --help made-up", Help("run", EXPERIMENT)),
        ("run made-up --count x -h", Help("run", EXPERIMENT)),
    ],
)
def test_words_name_a_command(words: str, wanted: object) -> None:
    assert arguments.read(words.split()) == wanted


def test_without_flags_everything_has_its_default() -> None:
    wanted = arguments.read(["run", "made-up"])
    assert isinstance(wanted, Run)
    assert not wanted.json
    request = wanted.request
    assert request.parameters == {field.name: field.default for field in EXPERIMENT.fields}
    assert (request.start_method, request.seed, request.time_limit) == ("spawn", 0, None)


def test_common_flags_belong_to_the_run_and_may_stand_before_the_experiment() -> None:
    words = ["run", "--json", "--seed", "7", "--start-method=fork", "Made_Up", "--time-limit", "1.5s"]
    wanted = arguments.read(words)
    assert isinstance(wanted, Run)
    assert wanted.json
    assert (wanted.request.start_method, wanted.request.seed, wanted.request.time_limit) == ("fork", 7, 1.5)


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        pytest.param(["--count", "5"], "count", 5, id="a word after the flag"),
        pytest.param(["--count=5"], "count", 5, id="an equals sign"),
        pytest.param(["--count", "-5"], "count", -5, id="a negative number"),
        pytest.param(["--count=-5"], "count", -5, id="a negative number after an equals sign"),
        pytest.param(["--count", "5", "--count", "6"], "count", 6, id="the last one counts"),
        pytest.param(["--no-lock"], "lock", False, id="off"),
        pytest.param(["--no-lock", "--lock"], "lock", True, id="off and on"),
        pytest.param(["--lock=off"], "lock", False, id="a switch with a value"),
        pytest.param(["--pause", "50ms"], "pause", 0.05, id="a duration"),
        pytest.param(["--pause", "50 ms"], "pause", 0.05, id="a duration with a space"),
        pytest.param(["--patience", "none"], "patience", None, id="none"),
        pytest.param(["--traffic", "one-way"], "traffic", "one way", id="a choice"),
        pytest.param(["--greeting", "-x"], "greeting", "-x", id="a text with a dash"),
        pytest.param(["--greeting=--x=1"], "greeting", "--x=1", id="a text like a flag"),
        pytest.param(["--greeting="], "greeting", "", id="an empty text"),
        pytest.param(["--messages", "a,b"], "messages", ("a", "b"), id="a list"),
        pytest.param(["--messages", "a,b", "--messages", "c"], "messages", ("a,b", "c"), id="items with commas"),
        pytest.param(["--messages", '"a,b",c'], "messages", ("a,b", "c"), id="a quoted item"),
        pytest.param(["--numbers", "3,4"], "numbers", (3, 4), id="numbers"),
        pytest.param(["--numbers", "-3,4"], "numbers", (-3, 4), id="negative numbers"),
        pytest.param(["--numbers", "3", "--numbers", "4,5"], "numbers", (3, 4, 5), id="numbers, flag repeated"),
    ],
)
def test_a_flag_sets_its_parameter(words: list[str], name: str, value: Plain) -> None:
    assert parameters(*words)[name] == value


def test_a_parameter_may_be_called_as_the_document_calls_it() -> None:
    assert parameters("--payload_size", "1KiB", "--traffic", "one-way")["payload_size"] == 1024


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("traffic", "one way"),
        ("count", -5),
        ("pause", 1 / 3),
        ("patience", None),
        ("patience", 0.25),
        ("lock", False),
        ("greeting", "--json"),
        ("greeting", " a, b "),
        ("greeting", "-5"),
        ("messages", ("one, two",)),
        ("messages", ("one, two", "--help", "")),
        ("messages", ('"', "a")),
        ("numbers", (-1, 5)),
    ],
    ids=repr,
)
def test_the_words_that_a_value_is_spelled_with_set_it(name: str, value: Plain) -> None:
    field = next(field for field in EXPERIMENT.fields if field.name == name)
    assert parameters(*field.words(value))[name] == value


def mistakes(*words: str) -> list[str]:
    with pytest.raises(Misuse) as misuse:
        arguments.read(words)
    return [sentence.replace("\u00a0", " ") for sentence in misuse.value.sentences]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("lits", "There is no command 'lits'; did you mean list?"),
        ("zzz", "There is no command 'zzz'; there are list, run, guide, tour, serve and join."),
        ("made-up", "There is no command 'made-up'; did you mean ipclab run made-up?"),
        ("list --csv", "ipclab list takes no --csv; it takes --json."),
        ("run", "ipclab run needs the name of an experiment; there are made-up."),
        ("run --seed 5", "ipclab run needs the name of an experiment; there are made-up."),
        ("run maed-up", "There is no experiment 'maed-up'; did you mean made-up?"),
        ("run --pause 5 made-up", "The experiment comes before its own flags: ipclab run EXPERIMENT --pause ..."),
        ("run made-up --cuont 5", "made-up has no --cuont; did you mean --count?"),
        ("run made-up --no-count", "made-up has no --no-count; did you mean --count?"),
        ("run made-up -c 5", "made-up has no -c; see ipclab run made-up --help."),
        ("run made-up --xyz=5", "made-up has no --xyz; see ipclab run made-up --help."),
        ("run made-up --count", "--count needs a value, like --count 1000."),
        ("run made-up --count --json", "--count needs a value, like --count 1000."),
        ("run made-up --patience", "--patience needs a value."),
        ("run made-up --json=yes", "--json takes no value."),
        ("run made-up --no-lock=on", "--no-lock takes no value."),
        ("run made-up --lock=perhaps", "--lock: “perhaps” is neither on nor off."),
        ("run made-up 5", "'5' belongs to no flag; parameters are given like --traffic tutorial."),
        ("run made-up -5", "'-5' belongs to no flag; parameters are given like --traffic tutorial."),
        ("run made-up --count 2000000", "--count: 2 000 000 is out of range; allowed is -5 to 1 000 000."),
        ("run made-up --count=", "--count: “” is not a whole number; write it like 2 000."),
        ("run made-up --payload-size 64B", "--payload-size: Payload size applies only when traffic is one way."),
        (
            "run made-up --start-method thread",
            f"--start-method: “thread” is not one of {', '.join(catalog.start_methods())}.",
        ),
        ("run made-up --time-limit 0", "--time-limit: 0 s is out of range; allowed is 100 ms to 24 h."),
        ("run made-up --seed -1", "--seed: -1 is out of range; allowed is 0 to 4 294 967 295."),
    ],
)
def test_a_mistake_is_told_in_one_sentence(words: str, sentence: str) -> None:
    assert mistakes(*words.split()) == [sentence]


def test_every_mistake_is_told_at_once() -> None:
    wrong = ["--cuont", "5", "--pause", "--traffic", "one-wy", "--payload-size", "17MiB", "--numbers", "1,x", "extra"]
    words = ["run", "made-up", *wrong]
    told = mistakes(*words)
    assert [sentence.split(" ")[0] for sentence in told] == [
        "made-up",
        "--pause",
        "'extra'",
        "--traffic:",
        "--payload-size:",
        "--numbers:",
    ]


def test_a_start_method_that_this_system_lacks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalog, "start_methods", lambda: ("spawn",))
    catalog.every_run.cache_clear()
    try:
        assert mistakes("run", "made-up", "--start-method", "fork") == ["--start-method: “fork” is not one of spawn."]
    finally:
        catalog.every_run.cache_clear()
