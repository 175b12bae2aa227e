"""Programs of a person's own beside the lab's experiments: which there are, and how one is opened. GUI thread only.

Each has an outline as an experiment has, whose name is its path. What describes its form (`own_form`) comes later.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

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


def is_own(one: Outline | Experiment) -> bool:
    """Tell whether it is a person's own program."""
    return one.group == GROUP


def outline(path: str, others: Iterable[str] = ()) -> Outline:
    """Return a program's outline; its title names its folder too where another program has the same name."""
    folder, name = os.path.split(path)
    alike = any(os.path.basename(other) == name for other in others if other != path)
    title = os.path.join(os.path.basename(folder), name) if alike else name
    return Outline(name=path, title=title, group=GROUP, summary=path, module=MODULE, order=LAST)


def outlines(paths: Sequence[str]) -> list[Outline]:
    """Return an outline for each of these programs."""
    return [outline(path, paths) for path in paths]


def ask(window: MainWindow) -> None:
    """Let a person choose a program, and open it."""
    from PySide6.QtWidgets import QFileDialog

    path, _ = QFileDialog.getOpenFileName(
        window, "Open program", _last_folder(window), "Python programs (*.py *.pyw *.pyz);;All files (*)"
    )
    if path:
        open_program(window, path)


def _last_folder(window: MainWindow) -> str:
    known = window.settings.programs
    return os.path.dirname(known[0]) if known else ""


def dropped(data: QMimeData) -> str:
    """Return the path of the first file that is dragged; empty where there is none."""
    urls: list[QUrl] = data.urls()
    return next((url.toLocalFile() for url in urls if url.isLocalFile()), "")


def open_program(window: MainWindow, path: str) -> None:
    """Show a program with its form, which says at its path why it cannot be run, if so; remember one that can."""
    from ipclab import programs

    path = os.path.abspath(path)
    known = window.settings.programs
    try:
        programs.check(path)
    except programs.NoProgram:
        pass
    else:
        known[:] = [path, *(one for one in known if one != path)][:KEPT]
    window.add_outline(outline(path, known))
    window.show_experiment(path)
    window.workspace.show_tab_of("Code")


def forget(window: MainWindow) -> None:
    """Take the program on show out of the list; its file stays where it is."""
    path = window.workspace.outline.name
    window.settings.programs[:] = [one for one in window.settings.programs if one != path]
    window.settings.parameters.pop(path, None)
    window.remove_outline(path)
