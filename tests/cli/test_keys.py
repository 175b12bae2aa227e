"""Where a secret comes from on the command line, and that it goes nowhere from there."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest

from ipclab import document
from ipclab.cli import arguments, manual
from ipclab.cli.arguments import Misuse, Run
from ipclab.declarations import Help, Secret, When
from ipclab.observation import Observation
from ipclab.records import Outcome
from tests.cli.made_up import made_up, make_only

KEY = "hunter2 and more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """A secret that applies in one case."""

    role: Annotated[Literal["alone", "together"], Help("With whom")] = "alone"
    key: Annotated[str, Secret(), When(role="together"), Help("What both know")] = ""


EXPERIMENT = made_up(Options)
HINT = " --key-file FILE reads it from a file, and the environment variable IPCLAB_KEY is read too."


@pytest.fixture(autouse=True)
def _one_experiment(monkeypatch: pytest.MonkeyPatch) -> None:
    make_only(EXPERIMENT, monkeypatch)


def read(*words: str) -> Run:
    wanted = arguments.read(["run", "made-up", *words])
    assert isinstance(wanted, Run)
    return wanted


def key(*words: str) -> object:
    return read("--role", "together", *words).request.parameters["key"]


def mistakes(*words: str) -> tuple[str, ...]:
    with pytest.raises(Misuse) as misuse:
        read("--role", "together", *words)
    return misuse.value.sentences


def test_it_is_taken_from_its_flag_a_file_or_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_bytes(KEY.encode() + b"\r\n")
    assert key("--key", KEY) == key(f"--key={KEY}") == key("--key-file", str(file)) == key(f"--key-file={file}") == KEY
    monkeypatch.setenv("IPCLAB_KEY", "from outside")
    assert key() == "from outside"
    assert key("--key-file", str(file)) == KEY
    assert key("--key", "first", "--key-file", str(file)) == KEY  # the last one counts


@pytest.mark.parametrize("end", ["", "\n", "\r\n", "\n\n", " \n"])
def test_a_text_is_the_same_key_in_a_file_and_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, end: str
) -> None:
    file = tmp_path / "key"
    file.write_bytes((KEY + end).encode())
    monkeypatch.setenv("IPCLAB_KEY", KEY + end)
    assert key() == key("--key-file", str(file)) == (KEY + end).removesuffix("\n").removesuffix("\r")


def test_the_environment_is_not_asked_where_no_secret_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPCLAB_KEY", KEY)
    assert read().request.parameters["key"] == ""


@pytest.mark.parametrize("blanks", [" ", " \t ", "\n", " \r\n\n"])
def test_one_of_blanks_only_is_refused_as_an_empty_one_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, blanks: str
) -> None:
    file = tmp_path / "key"
    file.write_bytes(blanks.encode())
    empty = ("--key: The key is empty; give one." + HINT,)
    assert mistakes("--key", blanks) == mistakes("--key-file", str(file)) == empty
    monkeypatch.setenv("IPCLAB_KEY", blanks)
    assert mistakes() == empty


@pytest.mark.parametrize("words", [(), ("--key", ""), ("--key=",)])
def test_an_empty_one_is_refused(words: tuple[str, ...]) -> None:
    assert mistakes(*words) == ("--key: The key is empty; give one." + HINT,)


def test_one_that_does_not_apply_is_not_asked_for() -> None:
    with pytest.raises(Misuse) as misuse:
        read("--key", "")
    assert misuse.value.sentences == ("--key: Key applies only when role is together.",)


def test_a_file_that_holds_none_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff")
    (tmp_path / "empty").write_bytes(b"\n")
    missing, binary = tmp_path / "missing", tmp_path / "binary"
    assert mistakes("--key-file", str(missing)) == (
        f"--key-file: {missing} cannot be read: No such file or directory.",
    )
    assert mistakes("--key-file", str(binary)) == (f"--key-file: {binary} is not a text in UTF-8.",)
    assert mistakes("--key-file", str(tmp_path / "empty")) == ("--key: The key is empty; give one." + HINT,)
    assert mistakes("--key-file", "/dev/zero") == ("--key-file: /dev/zero is too long for a key; at most 64 KiB.",)
    assert mistakes("--key-file") == ("--key-file needs a value: the name of a file.",)
    assert mistakes("--key") == ("--key needs a value: the text itself.",)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_in_a_terminal_it_is_asked_for_without_an_echo(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def answer(prompt: str, _stream: object) -> str:
        asked.append(prompt)
        return KEY

    monkeypatch.setattr(sys, "stdin", Terminal())
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setattr("getpass.getpass", answer)
    assert key() == KEY
    assert asked == ["Key: "]
    assert read().request.parameters["key"] == ""
    assert key("--key", "given") == "given"
    assert len(asked) == 1


def test_it_is_not_in_the_document_nor_in_a_heading() -> None:
    from ipclab.cli.terminal import _heading

    request = read("--role", "together", "--key", KEY).request
    about = document.document(EXPERIMENT, request, Observation(), Outcome("done", "Done.", 0.0))
    assert KEY not in document.text(about)
    assert about["parameters"] == {
        "role": "together",
        "key": "***",
        "start_method": "spawn",
        "seed": 0,
        "time_limit": None,
        "watch": "off",
    }
    none = document.document(EXPERIMENT, read().request, Observation(), Outcome("done", "Done.", 0.0))["parameters"]
    assert isinstance(none, dict)
    assert none["key"] is None
    assert _heading(EXPERIMENT, request) == "role together, key ***, spawn"


def test_help_says_where_it_comes_from_and_who_can_see_it() -> None:
    page = " ".join(manual.page("run", EXPERIMENT).split())
    assert "--key TEXT, --key-file FILE What both know (else from the environment variable IPCLAB_KEY" in page
    assert "anybody can read it, in ps; only with --role together)" in page
