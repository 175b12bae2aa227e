"""Ctrl-C and SIGTERM: the run stops, the document is printed all the same, and nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from ipclab import cli, engine
from ipclab.cli.interrupts import Interrupts
from tests.cli.conftest import LIMIT, Command, Start, environment, workers

ENDLESS = ("pipe", "--traffic", "one-way", "--count", "10000000", "--pause", "1ms")
SIGNALS = [pytest.param(signal.SIGINT, 130, id="Ctrl-C"), pytest.param(signal.SIGTERM, 143, id="SIGTERM")]

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of another kind")


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_stops_the_run_and_the_document_is_printed_all_the_same(
    start: Start, number: signal.Signals, code: int
) -> None:
    command = start("run", *ENDLESS, "--json")
    workers(command, 2)
    command.send_signal(number)
    out, err = command.communicate(timeout=LIMIT)
    assert (command.returncode, err) == (code, "")
    about = json.loads(out)
    assert about["outcome"]["status"] == "stopped"
    assert {one["name"] for one in about["processes"]} == {"main", "sender", "receiver"}


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_leaves_findings_and_outcome_in_the_text_too(start: Start, number: signal.Signals, code: int) -> None:
    command = start("run", *ENDLESS)
    workers(command, 2)
    command.send_signal(number)
    out, err = command.communicate(timeout=LIMIT)
    assert (command.returncode, err) == (code, "")
    assert "Stopped" in out.splitlines()[-1]


def test_ctrl_c_reaches_the_whole_group_of_a_terminal_and_still_only_stops(start: Start) -> None:
    """A terminal sends SIGINT to every process of its group; those of the run are in sessions of their own."""
    command = subprocess.Popen(
        [sys.executable, "-m", "ipclab_gui", "run", *ENDLESS, "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(),
        start_new_session=True,
    )
    try:
        workers(command, 2)
        os.killpg(command.pid, signal.SIGINT)
        out, err = command.communicate(timeout=LIMIT)
    finally:
        command.kill()
        command.wait()
    assert (command.returncode, err) == (130, "")
    assert json.loads(out)["outcome"]["status"] == "stopped"


def test_a_shell_that_has_ctrl_c_ignored_keeps_it_ignored(start: Start) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        command = start("run", "separate-memory", "--json")
    finally:
        signal.signal(signal.SIGINT, before)
    command.send_signal(signal.SIGINT)
    out, _ = command.communicate(timeout=LIMIT)
    assert command.returncode == 0
    assert json.loads(out)["outcome"]["status"] == "done"


# ------------------------------------------------------------------- at any moment: in this process, the engine's real


def test_a_signal_before_the_run_is_there_stops_it_as_soon_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = engine.start

    def interrupted(request: engine.Request) -> engine.Run:
        signal.raise_signal(signal.SIGINT)
        return real(request)

    monkeypatch.setattr(engine, "start", interrupted)
    assert cli.main(["run", *ENDLESS, "--json"]) == 130
    assert json.loads(capsys.readouterr().out)["outcome"]["status"] == "stopped"


def test_a_start_that_a_signal_made_fail_counts_as_stopped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_request: engine.Request) -> engine.Run:
        signal.raise_signal(signal.SIGTERM)
        raise engine.StartFailed("The runner could not be started.")

    monkeypatch.setattr(engine, "start", interrupted)
    assert cli.main(["run", "pipe", "--json"]) == 143
    said = capsys.readouterr()
    about = json.loads(said.out)
    assert (about["outcome"]["status"], about["processes"], said.err) == ("stopped", [], "")


def test_a_start_that_fails_is_said_in_a_sentence_and_documented(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def refused(_request: engine.Request) -> engine.Run:
        raise engine.StartFailed("The run's folder could not be made: No space left on device.")

    monkeypatch.setattr(engine, "start", refused)
    assert cli.main(["run", "pipe", "--json"]) == 1
    said = capsys.readouterr()
    assert said.err == "ipclab: The run's folder could not be made: No space left on device.\n"
    assert json.loads(said.out)["outcome"]["status"] == "crashed"
    (tmp_path / "program.py").touch()
    assert cli.main(["run", str(tmp_path / "program.py")]) == 1
    assert capsys.readouterr().err == said.err


def test_a_signal_while_a_batch_is_taken_stops_the_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = engine.Observation.take
    sent: list[int] = []

    def interrupted(self: engine.Observation, batch: Any) -> Iterator[tuple[int, str, Any]]:
        if not sent:
            sent.append(signal.SIGTERM)
            signal.raise_signal(signal.SIGTERM)
        return real(self, batch)

    monkeypatch.setattr(engine.Observation, "take", interrupted)
    assert cli.main(["run", *ENDLESS, "--json"]) == 143
    assert json.loads(capsys.readouterr().out)["outcome"]["status"] == "stopped"


def test_an_error_of_ours_ends_the_run_and_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: engine.Observation, _batch: Any) -> Iterator[tuple[int, str, Any]]:
        raise ZeroDivisionError

    monkeypatch.setattr(engine.Observation, "take", broken)
    with pytest.raises(ZeroDivisionError):
        cli.main(["run", *ENDLESS, "--json"])


def test_handlers_are_given_back_when_the_run_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert cli.main(["run", "separate-memory", "--json"]) == 0
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before
    assert all(thread.name != "interrupts" for thread in threading.enumerate())


class Asked:
    """Stands in for a run: notes what it is asked, and answers when it has been asked."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.stopped, self.killed = threading.Event(), threading.Event()

    def stop(self) -> None:
        self.calls.append("stop")
        self.stopped.set()

    def kill(self) -> None:
        self.calls.append("kill")
        self.killed.set()


def test_the_first_signal_stops_and_the_second_ends_at_once() -> None:
    run: Any = Asked()
    with Interrupts() as interrupts:
        interrupts.watch(run)
        assert interrupts.code is None
        signal.raise_signal(signal.SIGTERM)
        assert run.stopped.wait(LIMIT)
        assert not run.killed.is_set()
        signal.raise_signal(signal.SIGINT)
        assert run.killed.wait(LIMIT)
    assert interrupts.code == 143  # the first one's
    assert list(dict.fromkeys(run.calls)) == ["stop", "kill"]  # stop may be asked again


def test_the_third_signal_ends_the_command_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    run: Any = Asked()
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    with Interrupts() as interrupts:
        interrupts.watch(run)
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
        assert codes == []
        signal.raise_signal(signal.SIGINT)
    assert codes == [143]  # the first one's


def test_a_run_whose_keeper_and_runner_are_held_is_stopped_all_the_same(start: Start) -> None:
    command = start("run", *ENDLESS, "--json")
    found = workers(command, 1)
    keeper = psutil.Process(command.pid).children()[0]
    for one in (keeper, *keeper.children()):
        one.suspend()
    command.send_signal(signal.SIGINT)
    out, err = command.communicate(timeout=LIMIT)
    assert (command.returncode, err) == (130, "")
    assert json.loads(out)["outcome"]["status"] == "stopped"
    assert not psutil.wait_procs(found, LIMIT)[1]


def test_a_run_that_nobody_reads_is_stopped_all_the_same(start: Start) -> None:
    """Stdout is a pipe that is full: the command waits in write(), and Ctrl-C must get through."""
    command = start("run", "pipe", "--messages", ",".join(["x" * 100] * 600), "--end", "forgotten-end",
                    "--patience", "10s")  # fmt: skip
    found = workers(command, 1)
    command.send_signal(signal.SIGINT)

    assert not psutil.wait_procs(found, LIMIT)[1]
    assert command.poll() is None  # still waiting for its reader
    out, err = command.communicate(timeout=LIMIT)
    assert (command.returncode, err) == (130, "")
    assert "Stopped" in out.splitlines()[-1]


@pytest.mark.parametrize("module", ["ipclab.cli", "ipclab.cli.command", "ipclab.catalog", "ipclab.experiments.pipe"])
def test_ctrl_c_in_the_middle_of_an_import_ends_quietly(module: str) -> None:
    code = f"""
import sys, signal
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            signal.raise_signal(signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
sys.argv[:] = ["ipclab", "run", "pipe"]
from ipclab_gui.__main__ import main
sys.exit(main())
"""
    child = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert (child.returncode, child.stdout, child.stderr) == (130, "", "")


Moment = Callable[[], None]


@pytest.mark.slow
@pytest.mark.parametrize("milliseconds", range(0, 1000, 25))
def test_a_signal_at_any_moment_of_a_run_leaves_a_document(ipclab: Command, milliseconds: int) -> None:
    """The signal comes from a timer inside the command, counted from when its words have been read."""
    code = f"""
import sys, signal
from ipclab.cli import main
from ipclab.cli.interrupts import Interrupts
enter = Interrupts.__enter__
def entered(self):
    found = enter(self)
    signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))
    signal.setitimer(signal.ITIMER_REAL, {max(milliseconds, 1) / 1000})
    return found
Interrupts.__enter__ = entered
sys.exit(main(["run", *{ENDLESS!r}, "--json"]))
"""
    child = subprocess.run(
        [sys.executable, "-c", code], env=environment(), capture_output=True, text=True, timeout=LIMIT, check=False
    )
    assert (child.returncode, child.stderr) == (130, "")
    assert json.loads(child.stdout)["outcome"]["status"] == "stopped"
