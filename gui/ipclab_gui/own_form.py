"""The form of a person's own program: its path, its arguments, the Python that runs it. GUI thread only."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QLineEdit

from ipclab import programs
from ipclab.catalog import Experiment, every_run
from ipclab.options import Field, Plain
from ipclab.records import Program, Request
from ipclab_gui import python_version
from ipclab_gui.file_watch import FileWatch
from ipclab_gui.own_programs import GROUP
from ipclab_gui.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

    from PySide6.QtGui import QHideEvent, QShowEvent

    from ipclab.outlines import Outline


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What its form holds."""

    program: str
    arguments: str
    python: str


class _ProgramField(Field):
    """A path of what Python would run."""

    def check(self, value: object) -> Plain:
        if said := programs.objection(str(value)):
            raise ValueError(said)
        return str(value)


class _ArgumentsField(Field):
    """Words as a shell splits them."""

    def check(self, value: object) -> Plain:
        try:
            shlex.split(str(value))
        except ValueError as wrong:
            missing = "quotation mark has no other" if "quotation" in str(wrong) else "backslash stands before nothing"
            raise ValueError(f"A {missing}: the words are split as a shell does.") from None
        return str(value)


class _PythonField(Field):
    """A path of a Python, or its name on the PATH."""

    def check(self, value: object) -> Plain:
        try:
            programs.find_python(str(value))
        except programs.NoProgram as wrong:
            raise ValueError(str(wrong)) from None
        return str(value)


def experiment(outline: Outline) -> Experiment:
    """Return what the window knows of a program, in the way in which it knows experiments."""
    path = Path(outline.name)
    return Experiment(
        name=outline.name,
        title=outline.title,
        group=GROUP,
        summary=outline.summary,
        fields=(
            _ProgramField("program", "text", outline.name, help="What is run, in the folder in which it lies"),
            _ArgumentsField("arguments", "text", "", help="What follows it on the command line, as a shell splits it"),
            _PythonField("python", "text", programs.find_python(None), help="Which Python runs it, 3.11 or later"),
        ),
        presets={},
        series=(),
        module=outline.module,
        source=path / "__main__.py" if path.is_dir() else path,
        options=Options,
        check=_refusals,
        declared_watch=True,
    )


def _refusals(options: Any) -> dict[str, str]:
    """Return a sentence for a program or a Python that cannot be used, before a run; the Python has been asked."""
    wrong = {}
    if said := programs.objection(options.program):
        wrong["program"] = said
    if said := python_version.refusal(programs.find_python(options.python)):
        wrong["python"] = said
    return wrong


def _too_new(python: str) -> tuple[int, int] | None:
    """Return the version of a Python that has been asked where it is newer than what the hooks know, else None."""
    with suppress(programs.NoProgram, OSError):
        version = python_version.version(programs.find_python(python))
        return version if version is not None and version > programs.NEWEST else None
    return None


class OwnParameters(Parameters):
    """The form of one program; the start method is the program's own affair."""

    def __init__(self, own: Experiment, remembered: dict[str, Any]) -> None:
        super().__init__(own, remembered, [one for one in every_run() if one.name in ("time_limit", "watch", "pace")])
        path = self.fields.rows["program"].editor
        assert isinstance(path, QLineEdit)
        path.setReadOnly(True)
        self._said = programs.objection(own.name)
        self._watch = FileWatch(self)
        self._watch.changed.connect(self._look_again)

    @property
    def subject(self) -> str:
        return "This program"

    def showEvent(self, event: QShowEvent) -> None:
        """Look again whether the program is still there."""
        super().showEvent(event)
        self._watch.follow(Path(self.experiment.name))
        self._look_again()

    def _look_again(self) -> None:
        """Say that the file is gone, or is back. Nothing else: what Run was refused for is still to be read."""
        said, self._said = self._said, programs.objection(self.experiment.name)
        if said != self._said:
            self.fields.check()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the program's file."""
        super().hideEvent(event)
        self._watch.follow(None)

    def take(self, parameters: Mapping[str, object], start_method: str) -> None:
        """Leave the form as it is: an order of a program says nothing of how that was started."""

    @property
    def unasked(self) -> str:
        with suppress(programs.NoProgram, OSError):
            python = programs.find_python(self.fields.rows["python"].editor.written())
            return "" if python_version.is_known(python) else python
        return ""

    def note(self) -> str:
        newer = _too_new(self.fields.rows["python"].editor.written())
        if newer is None or self.fields.rows["watch"].editor.written() == "off":
            return ""
        return "Python {}.{} is newer than the lab knows: the program is not watched.".format(*newer)

    def request(self) -> Request:
        """Return the run that the form describes; Invalid where something is wrong."""
        values = self.fields.values()
        own: dict[str, object] = {name: values[name] for name in self._own}
        path, arguments, python = (str(own[name]) for name in ("program", "arguments", "python"))
        watching = self.experiment.watching(str(values["watch"]), float(str(values["pace"])), own)
        watching["watched"] &= not _too_new(python)
        limit = values["time_limit"]
        return Request(
            experiment=self.experiment.title,
            parameters=own,
            time_limit=limit if isinstance(limit, float) else None,
            **watching,
            program=Program(
                python=programs.find_python(python),
                words=(path, *shlex.split(arguments)),
                by_line=True,
                typed=True,
                folder=path if os.path.isdir(path) else os.path.dirname(path),
            ),
        )

    def command(self) -> list[str]:
        """Return the words of the command that runs the same in a terminal."""
        rows = self.fields.rows
        path = rows["program"].editor.written()
        words = [f"cd {shlex.quote(os.path.dirname(path))} &&", "ipclab run"]
        for name in ("watch", "time_limit", "python"):
            row = rows[name]
            try:
                value = row.value()
            except ValueError:
                words.append(f"{row.field.flag} {shlex.quote(row.editor.written())}")
                continue
            if value != row.field.default:
                said = f"{value:g}" if isinstance(value, float) else str(value)
                words.append(f"{row.field.flag} {shlex.quote(said)}")
        return [word for word in (*words, shlex.quote(path), rows["arguments"].editor.written().strip()) if word]


__all__ = ["OwnParameters", "experiment"]
