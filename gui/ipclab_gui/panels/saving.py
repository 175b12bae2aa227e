"""Save a text where the person says. GUI thread only."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QDir
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget


def save_text(parent: QWidget, title: str, proposed: str, kind: str, text: str) -> Path | None:
    """Ask for a file and write a text to it, in UTF-8.

    Args:
        parent: the window's part that asks.
        title: of the dialog.
        proposed: the file's name, without a folder.
        kind: what Qt calls a filter: "Text (*.txt)".
        text: all of it.

    Returns:
        The file, or None where the person changed their mind or it could not be written (which is said in a box).
    """
    chosen, _ = QFileDialog.getSaveFileName(parent, title, str(Path(QDir.homePath()) / proposed), kind)
    if not chosen:
        return None
    path = Path(chosen)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as wrong:
        QMessageBox.warning(parent, title, f"{path.name} was not saved: {wrong.strerror or wrong}.")
        return None
    return path
