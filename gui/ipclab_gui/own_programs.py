"""Programs of a person's own beside the lab's experiments: which there are, and how one is opened. GUI thread only.

Each has an outline as an experiment has, whose name is its path; a module's is "-m shop.orders /home/me/work", with
the folder in which it is started. What describes its form (`own_form`) comes later.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QUrl

from ipclab.outlines import LAST, Outline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from PySide6.QtCore import QMimeData

    from ipclab.catalog import Experiment
    from ipclab_gui.window import MainWindow

GROUP = "Your programs"
MODULE = "own_program"  # what its guide and glyph are called
KEPT = 8  # programs that the settings remember, the last opened first


class Module(NamedTuple):
    """A program that is run as `python -m NAME` in a folder."""

    name: str
    folder: str

    @property
    def program(self) -> str:
        """The name of its outline."""
        return f"-m {self.name} {self.folder}"


def module(program: str) -> Module | None:
    """Return which module a program is; None for a file."""
    flag, _, rest = program.partition(" ")
    name, _, folder = rest.partition(" ")
    return Module(name, folder) if flag == "-m" else None


def short_name(program: str) -> str:
    """Return a program's name without its folder: "orders.py", "-m shop.orders"."""
    found = module(program)
    return f"-m {found.name}" if found else os.path.basename(program)


def is_own(one: Outline | Experiment) -> bool:
    """Tell whether it is a person's own program."""
    return one.group == GROUP


def outline(program: str, others: Iterable[str] = ()) -> Outline:
    """Return a program's outline; its title names its folder too where another program has the same name."""
    title, found = short_name(program), module(program)
    place = found.folder if found else os.path.dirname(program)
    folder = os.path.basename(place) or place
    if any(short_name(other) == title for other in others if other != program):
        title = f"{title} in {folder}" if found else os.path.join(folder, title)
    summary = f"Started in {found.folder}" if found else program
    return Outline(name=program, title=title, group=GROUP, summary=summary, module=MODULE, order=LAST)


def outlines(programs: Sequence[str]) -> list[Outline]:
    """Return an outline for each of these programs."""
    return [outline(program, programs) for program in programs]


def ask(window: MainWindow) -> None:
    """Let a person choose a program, and open it."""
    from PySide6.QtWidgets import QFileDialog

    path, _ = QFileDialog.getOpenFileName(
        window, "Open program", last_folder(window), "Python programs (*.py *.pyw *.pyz);;All files (*)"
    )
    if path:
        open_program(window, path)


def ask_module(window: MainWindow) -> None:
    """Let a person name a module, and open it."""
    from ipclab_gui.open_module import OpenModule

    OpenModule(window).open()


def last_folder(window: MainWindow) -> str:
    """Return where the program lies, or is started, that was opened last; empty where there is none."""
    for known in window.settings.programs[:1]:
        found = module(known)
        return found.folder if found else os.path.dirname(known)
    return ""


def dropped(data: QMimeData) -> str:
    """Return the path of the first file that is dragged; empty where there is none."""
    urls: list[QUrl] = data.urls()
    return next((url.toLocalFile() for url in urls if url.isLocalFile()), "")


def open_program(window: MainWindow, path: str) -> None:
    """Show a program with its form, which says at its path why it cannot be run, if so; remember one that can."""
    from ipclab import programs

    path = os.path.abspath(path)
    _show(window, path, remember=not programs.objection(path))


def open_module(window: MainWindow, found: Module, python: str) -> None:
    """Show a module that a Python has found, with its form, and remember it; that Python is to run it."""
    _show(window, found.program, remember=True)
    form = window.workspace.form
    form.fields.rows["python"].write(python)
    form.fields.check()


def _show(window: MainWindow, program: str, *, remember: bool) -> None:
    known = window.settings.programs
    if remember:
        known[:] = [program, *(one for one in known if one != program)][:KEPT]
    window.add_outline(outline(program, known))
    window.show_experiment(program)
    window.workspace.show_tab_of("Code")


def forget(window: MainWindow) -> None:
    """Take the program on show out of the list; its file stays where it is."""
    path = window.workspace.outline.name
    window.settings.programs[:] = [one for one in window.settings.programs if one != path]
    window.settings.parameters.pop(path, None)
    window.remove_outline(path)
