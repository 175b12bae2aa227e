"""`ipclab guide NAME`: every guide in a terminal, its buttons as commands that can be run."""

from __future__ import annotations

import re
import shlex

import pytest

from ipclab import cli
from ipclab.catalog import Experiment, experiments
from ipclab.cli import arguments, guide
from ipclab.cli.stepping_words import flag_of

EACH = pytest.mark.parametrize("experiment", experiments(), ids=lambda one: one.name)


@EACH
def test_each_guide_is_printed_without_what_only_a_window_can_do(
    capsys: pytest.CaptureFixture[str], experiment: Experiment
) -> None:
    assert cli.main(["guide", experiment.name]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"# {experiment.title}\n")
    assert "## What to try" in out
    assert "try:" not in out
    assert "](drawing)" not in out


@EACH
def test_each_preset_is_a_command_that_sets_its_values(experiment: Experiment) -> None:
    text = guide.markdown(experiment)
    for values in experiment.presets.values():
        said = guide.command(experiment, values)
        assert f"`{said}`" in text
        secrets = {field.name for field in experiment.fields if field.kind == "secret"}
        wanted = arguments.read(shlex.split(said)[1:])
        assert isinstance(wanted, arguments.Run)
        assert {name: wanted.request.parameters[name] for name in values if name not in secrets} == {
            name: value for name, value in values.items() if name not in secrets
        }


@EACH
def test_each_order_of_steps_is_a_command(experiment: Experiment) -> None:
    tries = guide.markdown(experiment).partition("## What to try")[2].partition("## ")[0]
    for title, order in experiment.orders.items():
        said = next(line for line in tries.splitlines() if f"--order {flag_of(title)}`" in line)
        wanted = arguments.read(shlex.split(said.strip(" `"))[1:])
        assert isinstance(wanted, arguments.Run)
        followed = [one[:2] for one in wanted.request.order or ()]
        assert followed == [(step.process, step.operation) for step in order.steps]


def test_a_terminal_gets_no_line_wider_than_itself(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    assert cli.main(["guide", "pipe"]) == 0
    out = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out)
    assert max(len(line) for line in out.splitlines() if "https://" not in line) <= 70
    assert "##" not in out


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "ipclab guide needs the name of an experiment; there are separate-memory, "),
        (("pip",), "There is no experiment 'pip'; did you mean pipe?"),
        (("pipe", "--json"), "ipclab guide takes no --json after the experiment's name."),
    ],
)
def test_wrong_words_are_refused(capsys: pytest.CaptureFixture[str], words: tuple[str, ...], says: str) -> None:
    assert cli.main(["guide", *words]) == 2
    assert capsys.readouterr().err.startswith(f"ipclab: {says}")
