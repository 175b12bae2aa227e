"""Orders of steps as files: saved where a person says, and read again for the experiment on show. GUI thread only."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ipclab import order
from ipclab.options import Invalid, validate
from ipclab.order import BadOrder, Order
from ipclab_gui.own_programs import is_own, short_name

if TYPE_CHECKING:
    from ipclab.observation import Observation
    from ipclab.records import Request
    from ipclab_gui.window import MainWindow
    from ipclab_gui.workspace import Workspace

KIND = "Order of steps (*.json)"


def name_of(workspace: Workspace) -> str:
    """Return of what an order says that it is: an experiment's name, or a person's program as a command says it."""
    return short_name(workspace.outline.name) if is_own(workspace.outline) else workspace.outline.name


def made(workspace: Workspace, request: Request, observation: Observation) -> Order:
    """Return the order in which a run has gone so far."""
    steps = [one.step for one in observation.steps]
    if is_own(workspace.outline):
        return Order(name_of(workspace), tuple(steps))
    return workspace.experiment.order(request, steps)


def save(window: MainWindow, found: Order) -> None:
    """Ask for a file, and write an order to it."""
    from ipclab_gui.panels.saving import save_text

    module = found.program.startswith("-m ")
    name = found.program.removeprefix("-m ") if module else Path(found.program).stem
    save_text(window, "Save order", f"{name}-order.json", KIND, found.text())


def ask(window: MainWindow) -> Order | None:
    """Ask for a file with an order for what is on show; None where there is none, which is said in a box."""
    from PySide6.QtWidgets import QFileDialog, QMessageBox

    path, _ = QFileDialog.getOpenFileName(window, "Follow order", "", f"{KIND};;All files (*)")
    if not path:
        return None
    try:
        return read(Path(path), window.workspace)
    except BadOrder as bad:
        QMessageBox.warning(window, "Follow order", str(bad))
        return None


def read(path: Path, workspace: Workspace) -> Order:
    """Return an order that can be followed in a workspace.

    Raises:
        BadOrder: the file holds none, it is another program's, or the experiment has not such parameters.
    """
    found, wanted = order.read(path), name_of(workspace)
    if found.program != wanted:
        raise BadOrder(f"{path.name} is an order of {found.program}, not of {wanted}.")
    if not found.steps:
        raise BadOrder(f"{path.name} is an order without steps.")
    if not is_own(workspace.outline):
        from ipclab.catalog import start_methods

        try:
            validate(workspace.experiment.fields, found.parameters)
        except Invalid as wrong:
            raise BadOrder(f"{path.name} does not fit {workspace.outline.title}: {wrong}") from None
        if found.start_method not in start_methods():
            raise BadOrder(f"{path.name} needs the start method {found.start_method!r}, which is not there.")
    return found


__all__ = ["ask", "made", "name_of", "read", "save"]
