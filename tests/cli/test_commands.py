"""Commands from words to exit code: what is printed where, and what is never imported for it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import ipclab as package
from ipclab import catalog
from tests.cli.conftest import Command, Start, environment, wait_until, workers

KEYS = ["format", "experiment", "parameters", "environment", "outcome", "processes", "findings", "series"]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


# ---------------------------------------------------------------------------------------------- list, help, version


@pytest.mark.smoke
def test_list_names_every_experiment_with_its_summary_under_its_group(ipclab: Command) -> None:
    done = ipclab("list")
    assert (done.returncode, done.stderr) == (0, "")
    for experiment in catalog.experiments():
        summary = re.escape(experiment.summary.replace("`", ""))
        assert re.search(f"^  {experiment.name} +{summary}$", done.stdout, re.MULTILINE)
        assert f"{experiment.group}\n" in done.stdout


def test_list_json_is_one_document_with_fields(ipclab: Command) -> None:
    done = ipclab("list", "--json")
    about = json.loads(done.stdout)
    assert [one["name"] for one in about] == list(catalog.names())
    assert all(list(one) == ["name", "title", "group", "summary", "fields"] for one in about)
    assert [one["summary"] for one in about] == [experiment.summary for experiment in catalog.experiments()]
    fields = {field["name"]: field for one in about for field in one["fields"] if one["name"] == "pipe"}
    assert fields["payload_size"]["unit"] == "B"
    assert fields["payload_size"]["range"] == [0, 2**24]
    assert fields["traffic"]["choices"][0] == fields["traffic"]["default"] == "tutorial"
    assert fields["start_method"]["choices"] == list(catalog.start_methods())


def test_help_shows_the_commands_and_the_experiments(ipclab: Command) -> None:
    done = ipclab("--help")
    assert (done.returncode, done.stderr) == (0, "")
    for word in ("ipclab list", "ipclab run EXPERIMENT", "--version", "Exit codes", *catalog.names()):
        assert word in done.stdout


@pytest.mark.parametrize("words", [("list",), ("--help",), ("run", "--help"), ("run", "lost-updates", "--help")])
def test_code_in_a_summary_stands_in_a_terminal_without_its_marks(ipclab: Command, words: tuple[str, ...]) -> None:
    said = ipclab(*words).stdout
    assert "vanish: counter.value += 1 reads" in said
    assert "`" not in said


def test_help_of_an_experiment_shows_fields_with_units_range_choices_default_help_and_presets(ipclab: Command) -> None:
    done = ipclab("run", "pipe", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    pipe = catalog.find("pipe")
    said = plain(done.stdout)
    for field in (*pipe.fields, *catalog.every_run()):
        assert f"  {field.flag}" in said
        assert field.help in said
    assert "--payload-size SIZE" in said
    assert "0 B to 16 MiB; default 64 B; only with --traffic one-way or there-and-back" in said
    assert "--traffic tutorial|one-way|there-and-back" in said
    for title in pipe.presets:
        assert f"  {title}\n      ipclab run pipe" in said


@pytest.mark.parametrize("name", catalog.names())
def test_the_presets_that_help_shows_are_commands_that_set_them(name: str) -> None:
    import shlex

    from ipclab.cli import arguments, manual

    experiment = catalog.find(name)
    commands = [line.strip() for line in manual.page("run", experiment).splitlines() if "  ipclab run" in line]
    for command, values in zip(commands, experiment.presets.values(), strict=True):
        wanted = arguments.read(shlex.split(command)[1:])
        assert isinstance(wanted, arguments.Run)
        defaults = {field.name: field.default for field in experiment.fields}
        assert wanted.request.parameters == {**defaults, **values}


def test_version_prints_what_a_bug_report_needs(ipclab: Command) -> None:
    done = ipclab("--version")
    assert done.returncode == 0
    assert done.stdout.startswith("IPC Lab ")
    for word in (package.__version__, sys.executable, "PySide6", "numpy", "Start methods"):
        assert word in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("run pip", "ipclab: There is no experiment 'pip'; did you mean pipe?"),
        ("run pipe --mesages x", "ipclab: pipe has no --mesages; did you mean --messages?"),
        ("run pipe --traffic one-way --count 0", "ipclab: --count: 0 is out of range; allowed is 1 to 10 000 000."),
        ("run pipe --start-method thread", "ipclab: --start-method: “thread” is not one of spawn, fork, forkserver."),
        ("frobnicate", "ipclab: There is no command 'frobnicate'; there are list, run, guide, tour, serve and join."),
    ],
)
def test_bad_input_is_one_sentence_on_stderr_and_exit_code_2(ipclab: Command, words: str, says: str) -> None:
    done = ipclab(*words.split())
    assert (done.returncode, done.stdout, plain(done.stderr)) == (2, "", f"{says}\n")


def test_every_wrong_field_has_a_line_of_its_own(ipclab: Command) -> None:
    done = ipclab("run", "pipe", "--traffic", "one-way", "--count", "0", "--payload-size", "much", "--pause", "11s")
    assert done.returncode == 2
    assert [line.split(": ")[1] for line in done.stderr.splitlines()] == ["--count", "--payload-size", "--pause"]


def _modules_after(words: list[str]) -> set[str]:
    code = (
        "import sys; from ipclab_gui.__main__ import main; sys.argv[:] = ['ipclab', *sys.argv[1:]]; code = main();"
        "print(*{name.partition('.')[0] for name in sys.modules}, file=sys.stderr); sys.exit(code)"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, *words], env=environment(), capture_output=True, text=True, check=True
    )
    return set(child.stderr.split())


def test_list_imports_neither_qt_nor_anything_heavy() -> None:
    heavy = {"PySide6", "shiboken6", "pyqtgraph", "numpy", "psutil", "rich", "asyncio"}
    assert not _modules_after(["list"]) & heavy
    assert not _modules_after(["run", "pipe", "--help"]) & heavy


def test_run_never_imports_qt() -> None:
    words = ["run", "pipe", "--traffic", "there-and-back", "--count", "10"]
    assert not _modules_after(words) & {"PySide6", "shiboken6", "pyqtgraph"}
    assert "rich" not in _modules_after([*words, "--json"])


# ------------------------------------------------------------------------------------------------------------- run


def test_run_prints_output_findings_processes_and_the_outcome(ipclab: Command) -> None:
    done = ipclab("run", "separate-memory")
    assert (done.returncode, done.stderr) == (0, "")
    said = plain(done.stdout)
    assert said.startswith("Separate memory  spawn\n")
    assert re.search(r"^ +\d+\.\d{3} s  p1 +│ result in p1: \[1, 4, 9, 16\]$", said, re.MULTILINE)
    assert re.search(r"^ +\d+\.\d{3} s  main +│ result in the main program: \[\]$", said, re.MULTILINE)
    assert re.search(r"^✓ main's list is \[\]", said, re.MULTILINE)
    assert re.search(r"^p1 +\d+ +[\d.]+ m?s +ended +result = \[1, 4, 9, 16\]$", said, re.MULTILINE)
    assert re.search(r"^✓ Done in [\d.]+ s\.$", said, re.MULTILINE)
    assert "\x1b" not in said


def test_run_prints_a_table_of_the_series(ipclab: Command) -> None:
    done = ipclab("run", "pipe", "--traffic", "there-and-back", "--count", "50")
    assert done.returncode == 0
    head, row = re.findall(r"^(?:Series|round trip) .*$", plain(done.stdout), re.MULTILINE)
    assert head.split() == ["Series", "n", "min", "p50", "p99", "max", "mean"]
    assert re.fullmatch(r"round trip +50( +[\d.]+ [mµ]?s){5}", row)


def test_what_differs_from_the_defaults_stands_in_the_heading(ipclab: Command) -> None:
    done = ipclab("run", "separate-memory", "--numbers", "5", "--start-method", "fork", "--seed", "3")
    assert plain(done.stdout.splitlines()[0]) == "Separate memory  numbers 5, fork, seed 3"


@pytest.mark.smoke
def test_run_json_prints_one_document_and_nothing_else(ipclab: Command) -> None:
    done = ipclab("run", "pipe", "--traffic", "there-and-back", "--count", "50", "--json", "--time-limit", "1min")
    assert (done.returncode, done.stderr) == (0, "")
    about = json.loads(done.stdout)
    assert list(about) == KEYS
    assert (about["format"], about["experiment"], about["outcome"]["status"]) == (1, "pipe", "done")
    assert about["parameters"]["count"] == 50
    assert (about["parameters"]["start_method"], about["parameters"]["time_limit"]) == ("spawn", 60.0)
    processes = {one["name"]: one for one in about["processes"]}
    assert set(processes) == {"main", "sender", "receiver"}
    assert processes["main"]["parent"] is None
    assert processes["sender"]["parent"] == "main"
    assert all(one["exit"] == {"code": 0, "signal": None} for one in about["processes"])
    assert about["series"]["round trip"]["n"] == 50
    assert about["series"]["round trip"]["unit"] == "s"
    assert about["series"]["round trip"]["dropped"] == 0
    assert all(set(finding) == {"level", "text", "evidence"} for finding in about["findings"])


@pytest.mark.parametrize("method", catalog.start_methods())
def test_the_document_holds_what_the_tutorial_shows(ipclab: Command, method: str) -> None:
    about = json.loads(ipclab("run", "separate-memory", "--json", "--start-method", method).stdout)
    processes = {one["name"]: one for one in about["processes"]}
    assert set(processes) == {"main", "p1"}  # neither resource tracker nor forkserver
    assert processes["p1"]["shown"] == {"result": [1, 4, 9, 16]}
    assert processes["main"]["shown"] == {"result": []}
    lines = [(line["stream"], line["text"]) for line in processes["p1"]["output"]]
    assert lines == [("stdout", "result in p1: [1, 4, 9, 16]")]
    assert 0 < processes["p1"]["output"][0]["time"] < about["outcome"]["seconds"]


def test_a_time_limit_ends_the_run_with_exit_code_1(ipclab: Command) -> None:
    done = ipclab("run", *ENDLESS, "--time-limit", "0.5s", "--json")
    about = json.loads(done.stdout)
    assert (done.returncode, about["outcome"]["status"]) == (1, "timed out")


ENDLESS = ("pipe", "--traffic", "one-way", "--count", "10000000", "--pause", "1ms")


def test_a_killed_worker_fails_the_run_and_is_named(start: Start) -> None:
    command = start("run", *ENDLESS, "--json")
    killed = workers(command, 2)[0]
    killed.kill()
    out, err = command.communicate(timeout=30)
    about: Any = json.loads(out)
    assert (command.returncode, err) == (1, "")
    assert about["outcome"]["status"] == "failed"
    named = {one["pid"]: one for one in about["processes"]}[killed.pid]
    assert named["exit"] == {"code": None, "signal": "SIGKILL"}
    assert f"worker '{named['name']}' was ended by SIGKILL" in about["outcome"]["text"]


# --------------------------------------------------------------------------------------------- stdout and terminals


@pytest.mark.parametrize("words", [("list",), ("--help",), ("--version",), ("list", "--json")], ids=" ".join)
def test_a_broken_pipe_ends_quietly_with_141(start: Start, words: tuple[str, ...]) -> None:
    assert _with_nobody_reading(start, *words) == (141, "")


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["as text", "as JSON"])
def test_a_broken_pipe_ends_a_run_quietly_too(start: Start, more: tuple[str, ...]) -> None:
    assert _with_nobody_reading(start, "run", "separate-memory", *more) == (141, "")


def test_a_broken_pipe_stops_a_run_that_would_go_on(start: Start) -> None:
    assert _with_nobody_reading(start, "run", *ENDLESS) == (141, "")


def _with_nobody_reading(start: Start, *words: str) -> tuple[int, str]:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "wb") as stdout:
        command = start(*words, stdout=stdout)
    _, err = command.communicate(timeout=30)
    return command.returncode, err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no device that is always full")
def test_a_full_disk_is_said_in_a_sentence(start: Start) -> None:
    with Path("/dev/full").open("wb") as stdout:
        command = start("list", stdout=stdout)
    _, err = command.communicate(timeout=30)
    assert command.returncode == 1
    assert err == "ipclab: The output could not be written: No space left on device.\n"


def test_an_encoding_that_lacks_characters_is_no_reason_to_fail(ipclab: Command) -> None:
    done = ipclab("run", "separate-memory", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^\+ main's list is", done.stdout, re.MULTILINE)
    assert " | result in p1" in done.stdout


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_terminal_gets_a_progress_line_on_stderr(start: Start) -> None:
    import pty

    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "wb") as stderr:
        command = start(
            "run", "lost-updates", "--json", "--workers", "1", "--increments", "10000000", stderr=stderr, TERM="xterm"
        )
    seen = bytearray()

    def progress() -> bool:
        seen.extend(os.read(ours, 4096))
        return b"of 10\xc2\xa0000\xc2\xa0000" in seen

    try:
        wait_until(progress, "a progress line")
        command.send_signal(2)
        out, _ = command.communicate(timeout=30)
    finally:
        os.close(ours)
    assert b"Lost updates" in seen
    assert b"\r\x1b[2K" in seen
    assert json.loads(out)["outcome"]["status"] == "stopped"


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
@pytest.mark.parametrize("no_color", ["1", None], ids=["NO_COLOR", "colours"])
def test_a_terminal_gets_colours_unless_they_are_not_wanted(start: Start, no_color: str | None) -> None:
    import pty

    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "wb") as stdout:
        command = start("run", "separate-memory", stdout=stdout, NO_COLOR=no_color, TERM="xterm-256color")
    seen = bytearray()
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk
    except OSError:  # the other end is closed
        pass
    finally:
        os.close(ours)
    assert command.wait(30) == 0
    coloured = re.search(rb"\x1b\[(?:\d+;)*3\d(?:;\d+)*m", bytes(seen))
    assert (coloured is None) == (no_color is not None)


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
def test_a_terminal_that_can_only_append_gets_no_control_codes(start: Start) -> None:
    import pty

    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "wb") as stderr:
        command = start("run", "separate-memory", "--json", stderr=stderr, TERM="dumb")
    out, _ = command.communicate(timeout=30)
    os.set_blocking(ours, False)
    try:
        seen = os.read(ours, 65_536)
    except OSError:  # nothing was written, and the terminal is gone
        seen = b""
    finally:
        os.close(ours)
    assert b"\x1b" not in seen
    assert json.loads(out)["outcome"]["status"] == "done"
