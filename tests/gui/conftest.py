"""Windows of the lab for tests: opened as a person sees them, closed after the test whatever it did."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ipclab_gui import style, theme
from ipclab_gui.window import MainWindow

Open = Callable[..., MainWindow]


@pytest.fixture(autouse=True)
def undressed() -> Iterator[None]:
    """Take off after each test what it has dressed the application in: the next one measures as if it were alone."""
    yield
    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return
    if theme.mode() != "System":
        style.set_mode(app, "System")
    if app.styleSheet():
        app.setStyleSheet("")
        app.setPalette(QPalette())


@pytest.fixture
def open_window(qtbot: QtBot, tmp_path: Path) -> Iterator[Open]:
    """Return a function that opens a window and waits until all of it is there; `start` stands in for the engine."""
    opened: list[MainWindow] = []

    def open_one(name: str = "", *, file: Path | None = None, start: Callable[..., Any] | None = None) -> MainWindow:
        window = MainWindow(file or tmp_path / "window.json", start)
        opened.append(window)
        with qtbot.waitSignal(window.shown):
            window.show()
        window.activateWindow()
        if name:
            window.show_experiment(name)
        return window

    yield open_one
    for window in opened:
        window.close()
        window.live.shut()
        window.deleteLater()


@pytest.fixture
def window(open_window: Open) -> MainWindow:
    """Return a window that shows the pipe."""
    return open_window("pipe")
