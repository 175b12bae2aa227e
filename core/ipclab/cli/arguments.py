"""What the words of a command line ask for, and every mistake in them at once.

Flags are those of the experiment's options (`options.Field`): `--flag value` or `--flag=value`, `--x` and `--no-x` for
a switch, a list by commas or by its flag repeated. argparse reports the first mistake alone, and knows no units.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from ipclab.catalog import UnknownExperiment, every_run, find, names
from ipclab.cli import keys, own, stepping_words
from ipclab.cli.own import Own
from ipclab.cli.stepping_words import Stepping
from ipclab.options import Field, Invalid, nearest, validate
from ipclab.records import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ipclab.catalog import Experiment

COMMANDS = ("list", "run", "guide", "tour", "serve", "join")
NETWORK = "network-manager"  # the experiment whose two halves serve and join are
HELP_FLAGS = ("--help", "-h")


class Misuse(Exception):
    """The words cannot be followed; `.sentences` says why, one sentence for each mistake."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


@dataclass(frozen=True, slots=True)
class Help:
    """Say how the command line is used: all of it, one command, or one experiment's flags."""

    subject: str = ""
    experiment: Experiment | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """Say what a bug report needs."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """List the experiments, as text or as one JSON document."""

    json: bool


@dataclass(frozen=True, slots=True)
class Run:
    """Run an experiment; its request has been checked.

    Attributes:
        json: one document on stdout, and nothing else there.
        stepping: what was asked about its steps.
    """

    experiment: Experiment
    request: Request
    json: bool
    stepping: Stepping


@dataclass(frozen=True, slots=True)
class Guide:
    """Print an experiment's guide."""

    experiment: Experiment


@dataclass(frozen=True, slots=True)
class Tour:
    """Run the tutorial's steps one after the other, told as text or as one JSON document."""

    json: bool


Wanted = Help | Version | Catalogue | Run | Own | Guide | Tour


def read(words: Sequence[str]) -> Wanted:
    """Return what the words ask for.

    Raises:
        Misuse: every mistake that can be told.
    """
    if not words or words[0] in HELP_FLAGS:
        return Help()
    first, rest = words[0], words[1:]
    if first in ("--version", "-V"):
        return Version()
    if first in ("list", "tour"):
        return _plain(first, rest)
    if first == "guide":
        return _guide(rest)
    if first == "run":
        return _run(rest)
    if first in ("serve", "join"):
        return _serve_or_join(first, rest)
    if first in names():
        raise Misuse(f"There is no command {first!r}; did you mean ipclab run {first}?")
    close = nearest(first, COMMANDS)
    raise Misuse(
        f"There is no command {first!r}; "
        + (f"did you mean {close}?" if close else f"there are {', '.join(COMMANDS[:-1])} and {COMMANDS[-1]}.")
    )


def _plain(command: str, words: Sequence[str]) -> Wanted:
    """Read the words of a command that takes --json alone."""
    if any(word in HELP_FLAGS for word in words):
        return Help(command)
    wrong = [f"ipclab {command} takes no {word}; it takes --json." for word in words if word != "--json"]
    if wrong:
        raise Misuse(*wrong)
    return Catalogue("--json" in words) if command == "list" else Tour("--json" in words)


def _guide(words: Sequence[str]) -> Wanted:
    if any(word in HELP_FLAGS for word in words):
        return Help("guide")
    if not words or words[0].startswith("-"):
        raise Misuse(f"ipclab guide needs the name of an experiment; there are {', '.join(names())}.")
    try:
        experiment = find(words[0])
    except UnknownExperiment as unknown:
        raise Misuse(str(unknown)) from None
    if words[1:]:
        raise Misuse(*(f"ipclab guide takes no {word} after the experiment's name." for word in words[1:]))
    return Guide(experiment)


def _serve_or_join(role: str, words: Sequence[str]) -> Wanted:
    """Read the words of `ipclab serve` or `ipclab join HOST:PORT` as those of one role of the experiment."""
    if any(word in HELP_FLAGS for word in words):
        return Help(role, find(NETWORK))
    given = {word.partition("=")[0] for word in words}
    settled = ["--role"] if role == "serve" else ["--role", "--host", "--port"]
    if taken := [flag for flag in settled if flag in given]:
        raise Misuse(*(f"ipclab {role} takes no {flag}; ipclab run {NETWORK} does." for flag in taken))
    place: list[str] = []
    if role == "join":
        address, words = "".join(words[:1]), words[1:]
        host, colon, port = address.rpartition(":")
        if not colon or not host or address.startswith("-"):
            raise Misuse("ipclab join needs the server's address first, as the server has said it: HOST:PORT.")
        place = [f"--host={host.removeprefix('[').removesuffix(']')}", f"--port={port}"]
    return _run([NETWORK, "--role", role, *place, *words])


def _run(words: Sequence[str]) -> Wanted:
    at = own.place(words)
    if at is not None:
        wanted = own.read(words, at)
        if isinstance(wanted, list):
            raise Misuse(*wanted)
        return wanted
    helps = any(word in HELP_FLAGS for word in words)
    place, strange = _place_of_experiment(words)
    if place is None:
        if helps:
            return Help("run")
        raise Misuse(f"ipclab run needs the name of an experiment; there are {', '.join(names())}.")
    try:
        experiment = find(words[place])
    except UnknownExperiment as unknown:
        if strange:
            raise Misuse(f"The experiment comes before its own flags: ipclab run EXPERIMENT {strange} ...") from None
        raise Misuse(str(unknown)) from None
    if helps:
        return Help("run", experiment)
    return _run_experiment(experiment, [*words[:place], *words[place + 1 :]])


def _run_experiment(experiment: Experiment, words: Sequence[str]) -> Run:
    reader = _Flags(experiment)
    words, stepping, wrong = stepping_words.taken_out(words)
    reader.read(words)
    reader.wrong += wrong
    flags = {field.name: field.flag for field in reader.fields}
    values: dict[str, object] = {}
    given = reader.given()
    try:
        order = stepping_words.order_of(stepping, experiment.name, experiment.orders, str(given.get("watch", "auto")))
        if order is not None:
            given = {**order.parameters, "start_method": order.start_method, **given}
    except stepping_words.CannotStep as error:
        raise Misuse(*reader.wrong, str(error)) from None
    try:
        values |= validate(reader.fields, given | keys.missing(reader.fields, given), parse=True, strict=True)
    except Invalid as invalid:
        reader.wrong += [f"{flags[name]}: {sentence}{reader.hint(name, sentence)}"
                         for name, sentence in invalid.errors.items() if name not in reader.unread]  # fmt: skip
    if reader.wrong:
        raise Misuse(*reader.wrong)
    common = {field.name: values.pop(field.name) for field in every_run()}
    watch = cast("str", common["watch"])
    if refused := experiment.refusals(values, "step" if stepping.order else watch):
        raise Misuse(*(f"{flags[name]}: {sentence}" for name, sentence in refused.items()))
    request = Request(
        experiment=experiment.name,
        parameters=values,
        start_method=cast("str", common["start_method"]),
        seed=cast("int", common["seed"]),
        time_limit=cast("float | None", common["time_limit"]),
        **experiment.watching(watch, cast("float", common["pace"]), values),
    )
    return Run(experiment, stepping_words.following(request, order), reader.json, stepping)


def _place_of_experiment(words: Sequence[str]) -> tuple[int | None, str]:
    """Return where the experiment's name stands, and the first flag before it that only an experiment could know."""
    common = {field.flag for field in every_run()}
    strange, skip = "", False
    for place, word in enumerate(words):
        if skip:
            skip = False
        elif not word.startswith("-"):
            return place, strange
        elif word in common:
            skip = True
        elif word.partition("=")[0] not in common and word not in ("--json", *HELP_FLAGS):
            strange = strange or word
    return None, strange


class _Flags:
    """The flags of one experiment's command line: what was given for which field, and what was wrong."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.fields: tuple[Field, ...] = (*experiment.fields, *every_run())
        self.json = False
        self.wrong: list[str] = []
        self.unread: set[str] = set()  # secrets whose file said nothing: that has been told
        self._given: dict[str, list[str | bool]] = {}
        self._by_flag: dict[str, tuple[Field, bool]] = {}
        for field in self.fields:
            self._by_flag[field.flag] = (field, True)
            if field.kind == "bool":
                self._by_flag["--no-" + field.flag[2:]] = (field, False)
            elif field.kind == "secret":
                self._by_flag[field.flag + "-file"] = (field, False)

    def given(self) -> dict[str, object]:
        """Return a text, a bool or a tuple of texts by field name, as `validate` takes them."""
        kinds = {field.name: field.kind for field in self.fields}
        found: dict[str, object] = {}
        for name, values in self._given.items():
            if len(values) > 1 and kinds[name] == "texts":
                found[name] = tuple(values)  # one item each, whatever is in it
            elif len(values) > 1 and kinds[name] == "ints":
                found[name] = ",".join(map(str, values))
            else:
                found[name] = values[-1]  # the last one counts, as everywhere
        return found

    def read(self, words: Sequence[str]) -> None:
        """Take the words from left to right."""
        rest = list(words)
        while rest:
            word = rest.pop(0)
            flag, equals, value = word.partition("=")
            flag = flag.replace("_", "-")  # as the field is called in JSON
            if flag == "--json":
                self.json = True
                if equals:
                    self.wrong.append("--json takes no value.")
            elif flag in self._by_flag:
                self._take(flag, value if equals else None, rest)
            elif word.startswith("-") and not _is_number(word):
                self._refuse(flag)
                if not equals and rest and not rest[0].startswith("-"):
                    rest.pop(0)  # taken to be its value: one mistake, one sentence
            else:
                self.wrong.append(f"{word!r} belongs to no flag; parameters are given like {self._example()}.")

    def _take(self, flag: str, value: str | None, rest: list[str]) -> None:
        field, says = self._by_flag[flag]
        values = self._given.setdefault(field.name, [])
        if field.kind == "bool":
            if value is not None and not says:
                self.wrong.append(f"{flag} takes no value.")
            values.append(says if value is None else value)
        elif value is not None or (rest and not rest[0].startswith("--") and rest[0] not in HELP_FLAGS):
            values.append(rest.pop(0) if value is None else value)
            if field.kind == "secret" and not says:
                self._read_file(flag, field)
        elif field.kind == "secret":
            values.append("")
            self.unread.add(field.name)
            self.wrong.append(f"{flag} needs a value: {'the text itself' if says else 'the name of a file'}.")
        else:
            del self._given[field.name]
            like = "" if field.default is None else f", like {shlex.join(field.words(field.default))}"
            self.wrong.append(f"{flag} needs a value{like}.")

    def hint(self, name: str, mistake: str) -> str:
        """Return what is said after a mistake in this field: how a secret is given that is wanted and not there."""
        field = next((field for field in self.fields if field.name == name and field.kind == "secret"), None)
        if (
            field is None
            or mistake == field.applies_only({one.name: one for one in self.fields})
            or str(self._given.get(name, [""])[-1]).strip()
        ):
            return ""
        return (
            f" {field.flag}-file FILE reads it from a file, and the environment variable {field.variable} is read too."
        )

    def _read_file(self, flag: str, field: Field) -> None:
        """Put what the file holds where its name was given."""
        values = self._given[field.name]
        try:
            values.append(keys.from_file(str(values.pop())))
        except ValueError as error:
            self.unread.add(field.name)
            self.wrong.append(f"{flag}: {error}")
            values.append("")

    def _refuse(self, flag: str) -> None:
        close = nearest(flag.strip("-"), [known[2:] for known in (*self._by_flag, "--json", "--help")])
        hint = f"did you mean --{close}?" if close else f"see ipclab run {self.experiment.name} --help."
        self.wrong.append(f"{self.experiment.name} has no {flag}; {hint}")

    def _example(self) -> str:
        field = next(iter(self.fields))
        return shlex.join(field.words(field.default))


def _is_number(word: str) -> bool:
    return word[1:2].isdigit() or (word[1:2] == "." and word[2:3].isdigit())
