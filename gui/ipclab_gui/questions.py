"""What a Python is asked about a person's program, its version and where a module lies, and what it has answered.

GUI thread only.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from ipclab import programs


@dataclass(frozen=True, slots=True)
class Question:
    """Ask a Python for its version, or for a module.

    Attributes:
        python: its path.
        module: whose file it is asked for; empty: it is asked for its version.
        folder: where the module is to be started.
    """

    python: str
    module: str = ""
    folder: str = ""

    @property
    def words(self) -> str:
        """What the window says while there is no answer."""
        return f"Asking {self.python} for {f'the module {self.module}' if self.module else 'its version'}"

    @property
    def command(self) -> list[str]:
        """What is started to have an answer, in `folder`; it may take programs.ASKING_MAY_TAKE seconds."""
        if self.module:
            return programs.module_question(self.python, self.module)
        return programs.question(self.python)


_versions: dict[tuple[str, int], tuple[int, int]] = {}  # by path, and when it was changed
_files: dict[Question, str] = {}
_refused: dict[Question, str] = {}  # what has no good answer, and why; until it is forgotten


def version(python: str) -> tuple[int, int] | None:
    """Return a Python's version; None where it has not been asked, or has changed since. Raises OSError: it is gone."""
    return _versions.get((python, os.stat(python).st_mtime_ns))


def file(question: Question) -> str | None:
    """Return a module's file; None where it has not been asked for, or is gone."""
    found = _files.get(question)
    return found if found and os.path.exists(found) else None


def refusal(question: Question) -> str:
    """Return why a Python, or a module, cannot be used, a sentence; empty where it can."""
    return _refused.get(question, "")


def is_answered(question: Question) -> bool:
    """Tell whether there is an answer, good or bad. Raises OSError: the Python is gone."""
    known = file(question) if question.module else version(question.python)
    return question in _refused or known is not None


def learn(question: Question, told: str) -> None:
    """Take what a Python said on stdout as the answer; empty: it failed."""
    forget(question)
    _files.pop(question, None)
    try:
        if question.module:
            _files[question] = programs.module_answer(question.python, question.module, question.folder, told)
        else:
            answer = programs.answer(question.python, told)
            _versions[question.python, os.stat(question.python).st_mtime_ns] = answer
    except programs.NoProgram as error:
        _refused[question] = str(error)
    except OSError:
        _refused[question] = f"There is no Python {question.python}."


def forget(question: Question) -> None:
    """Have a question asked again that had no good answer."""
    _refused.pop(question, None)


__all__ = ["Question", "file", "forget", "is_answered", "learn", "refusal", "version"]
