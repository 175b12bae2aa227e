"""The form of a person's own program: its path, its arguments, the Python that runs it. GUI thread only."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtWidgets import QLineEdit

from ipclab import programs
from ipclab.catalog import Experiment, every_run
from ipclab.records import Program, Request
from ipclab_gui import own_fields, questions
from ipclab_gui.file_watch import FileWatch
from ipclab_gui.own_programs import GROUP
from ipclab_gui.parameters import Parameters
from ipclab_gui.questions import Question

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from PySide6.QtGui import QHideEvent, QShowEvent

    from ipclab.outlines import Outline


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What its form holds."""

    program: str
    arguments: str
    python: str


def experiment(outline: Outline) -> Experiment:
    """Return what the window knows of a program that is a file, in the way in which it knows experiments."""
    path = Path(outline.name)
    return Experiment(
        name=outline.name,
        title=outline.title,
        group=GROUP,
        summary=outline.summary,
        fields=(
            own_fields.ProgramField(
                "program", "text", outline.name, help="What is run, in the folder in which it lies"
            ),
            own_fields.arguments(),
            own_fields.python(),
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
    if said := questions.refusal(Question(programs.find_python(options.python))):
        wrong["python"] = said
    return wrong


def _too_new(python: str) -> tuple[int, int] | None:
    """Return the version of a Python that has been asked where it is newer than what the hooks know, else None."""
    with suppress(programs.NoProgram, OSError):
        version = questions.version(programs.find_python(python))
        return version if version is not None and version > programs.NEWEST else None
    return None


class OwnParameters(Parameters):
    """The form of one program; the start method is the program's own affair."""

    fixed: ClassVar[Sequence[str]] = ("program",)  # fields that say which program it is

    def __init__(self, own: Experiment, remembered: dict[str, Any]) -> None:
        super().__init__(own, remembered, [one for one in every_run() if one.name in ("time_limit", "watch", "pace")])
        for name in self.fixed:
            editor = self.fields.rows[name].editor
            assert isinstance(editor, QLineEdit)
            editor.setReadOnly(True)
        self._said = self.objection()
        self._watch = FileWatch(self)
        self._watch.changed.connect(self._look_again)

    @property
    def subject(self) -> str:
        return "This program"

    def objection(self) -> str:
        """Return why it cannot be run, as far as its files tell; empty where it can."""
        return programs.objection(self.experiment.name)

    def words(self) -> list[str]:
        """Return what follows the Python, without the arguments."""
        return [self.experiment.name]

    def folder(self) -> str:
        """Return where it is started."""
        path = self.experiment.name
        return path if os.path.isdir(path) else os.path.dirname(path)

    def followed(self) -> Path:
        """Return the file whose coming and going is to be seen."""
        return Path(self.experiment.name)

    def showEvent(self, event: QShowEvent) -> None:
        """Look again whether the program is still there."""
        super().showEvent(event)
        self._watch.follow(self.followed())
        self._look_again()

    def _look_again(self) -> None:
        """Say that the file is gone, or is back. Nothing else: what Run was refused for is still to be read."""
        said, self._said = self._said, self.objection()
        if said != self._said:
            self.fields.check()

    def hideEvent(self, event: QHideEvent) -> None:
        """Let go of the program's file."""
        super().hideEvent(event)
        self._watch.follow(None)

    def take(self, parameters: Mapping[str, object], start_method: str) -> None:
        """Leave the form as it is: an order of a program says nothing of how that was started."""

    @property
    def unasked(self) -> Question | None:
        with suppress(programs.NoProgram, OSError):
            question = Question(programs.find_python(self.fields.rows["python"].editor.written()))
            return None if questions.is_answered(question) else question
        return None

    def note(self) -> str:
        newer = _too_new(self.fields.rows["python"].editor.written())
        if newer is None or self.fields.rows["watch"].editor.written() == "off":
            return ""
        return "Python {}.{} is newer than the lab knows: the program is not watched.".format(*newer)

    def request(self) -> Request:
        """Return the run that the form describes; Invalid where something is wrong."""
        values = self.fields.values()
        own: dict[str, object] = {name: values[name] for name in self._own}
        arguments, python = str(own["arguments"]), str(own["python"])
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
                words=(*self.words(), *shlex.split(arguments)),
                by_line=True,
                typed=True,
                folder=self.folder(),
            ),
        )

    def command(self) -> list[str]:
        """Return the words of the command that runs the same in a terminal."""
        rows = self.fields.rows
        words = [f"cd {shlex.quote(self.folder())} &&", "ipclab run"]
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
        words += [shlex.join(self.words()), rows["arguments"].editor.written().strip()]
        return [word for word in words if word]


__all__ = ["OwnParameters", "experiment"]
