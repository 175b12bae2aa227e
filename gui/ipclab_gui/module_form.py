"""The form of a module that a person runs, and where its Python finds it. GUI thread only."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import Signal

from ipclab import programs
from ipclab_gui import own_fields, own_form, own_programs, questions
from ipclab_gui.asker import Asker
from ipclab_gui.own_form import OwnParameters
from ipclab_gui.own_programs import Module
from ipclab_gui.questions import Question

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QHideEvent, QShowEvent

    from ipclab.catalog import Experiment
    from ipclab.outlines import Outline


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What its form holds."""

    module: str
    folder: str
    arguments: str
    python: str


def experiment(outline: Outline) -> Experiment:
    """Return what the window knows of a module before a Python has been asked: its file is where it usually lies."""
    found = _module(outline.name)
    return replace(
        own_form.experiment(outline),
        fields=(
            own_fields.module(found.name), own_fields.folder(found.folder), own_fields.arguments(), own_fields.python(),
        ),
        source=_usual_file(found),
        options=Options,
        check=_refusals,
    )  # fmt: skip


def _module(program: str) -> Module:
    found = own_programs.module(program)
    assert found is not None
    return found


def _usual_file(found: Module) -> Path:
    """Return where a module lies that is in its folder."""
    place = Path(found.folder, *found.name.split("."))
    main = place / "__main__.py"
    return main if main.is_file() else place.with_name(f"{place.name}.py")


def _refusals(options: Any) -> dict[str, str]:
    """Return a sentence for a Python or a module that cannot be used, before a run; the Python has been asked."""
    python = programs.find_python(options.python)
    said = {
        "python": questions.refusal(Question(python)),
        "module": questions.refusal(Question(python, options.module, options.folder)),
    }
    return {name: text for name, text in said.items() if text}


class ModuleParameters(OwnParameters):
    """The form of one module; while it is on show its Python is asked where that lies."""

    fixed: ClassVar[Sequence[str]] = ("module", "folder")
    found = Signal(object)  # a Path: the file that runs

    def __init__(self, own: Experiment, remembered: dict[str, Any]) -> None:
        self._module = _module(own.name)
        self._file = own.source
        self._asked: Question | None = None  # the last one: what was refused is not asked again and again
        super().__init__(own, remembered)
        self._asker = Asker(self)
        self.fields.changed.connect(self._ask)

    def objection(self) -> str:
        """Return why it cannot be started; empty where its folder is there."""
        try:
            self.fields.rows["folder"].field.check(self._module.folder)
        except ValueError as wrong:
            return str(wrong)
        return ""

    def words(self) -> list[str]:
        return ["-m", self._module.name]

    def folder(self) -> str:
        return self._module.folder

    def followed(self) -> Path:
        return self._file

    def showEvent(self, event: QShowEvent) -> None:
        """Ask whether the module is still there, and where."""
        super().showEvent(event)
        self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask no more."""
        super().hideEvent(event)
        self._asker.drop()
        self._asked = None

    def _look_again(self) -> None:
        """See that the module has come or gone, as its folder may have."""
        super()._look_again()
        self._asked = None
        self._ask()

    @property
    def unasked(self) -> Question | None:
        version, place = super().unasked, self._place()
        if version is not None:
            return version
        if place is None or questions.refusal(Question(place.python)) or questions.is_answered(place):
            return None
        return place

    def _place(self) -> Question | None:
        """Return what is to be asked; None where there is no such Python, or no such folder."""
        with suppress(programs.NoProgram):
            python = programs.find_python(self.fields.rows["python"].editor.written())
            return None if self.objection() else Question(python, self._module.name, self._module.folder)
        return None

    def _ask(self) -> None:
        """Ask for the module's file where that is not known; say which it is once it is known."""
        if not self.isVisible():
            return
        question = self.unasked
        if question is None:
            self._tell()
        elif question != self._asked:
            self._asked = question
            self._asker.ask(question, partial(self._answered, question))

    def _answered(self, question: Question) -> None:
        if said := questions.refusal(question):
            self.fields.refuse({"module" if question.module else "python": said})
            questions.forget(question)
        elif self.fields.refused:
            self.fields.check()
        self._ask()

    def _tell(self) -> None:
        place = self._place()
        file = questions.file(place) if place is not None else None
        if file is not None and Path(file) != self._file:
            self._file = Path(file)
            self._watch.follow(self._file if self.isVisible() else None)
            self.found.emit(self._file)

    def may_run(self) -> bool:
        self._tell()
        return super().may_run()


__all__ = ["ModuleParameters", "experiment"]
