"""The page about a bug of the lab's own: what it holds, and that it keeps nobody from anything."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPlainTextEdit, QPushButton
from pytestqt.qtbot import QtBot

from ipclab_gui import log
from ipclab_gui.crash import Catcher
from ipclab_gui.window import MainWindow
from tests.gui.observed import named
from tests.gui.pressed import menu

TRACE = "Traceback (most recent call last):\nKeyError: 'of old'\n"


@pytest.fixture
def catcher(window: MainWindow) -> Iterator[Catcher]:
    made = Catcher()
    window.broke.connect(made.show)
    yield made
    made.deleteLater()


def pages() -> list[QDialog]:
    """Return the pages that are open, of the whole application."""
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, QDialog) and one.isVisible()]


def pressed(text: str) -> None:
    button = next(one for one in pages()[0].findChildren(QPushButton) if one.text() == text)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_report_is_in_the_log_too_whose_place_is_said_and_opens(
    window: MainWindow, catcher: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    file = log.place()
    assert file is not None
    assert not file.exists()
    window.broke.emit(TRACE)
    window.broke.emit(TRACE)
    report = named(pages()[0], "Report", QPlainTextEdit).toPlainText()
    assert file.read_text(encoding="utf-8").partition("\n")[2].strip() == report.strip()  # once
    assert f"It is in the log too: {file}" in [label.text() for label in pages()[0].findChildren(QLabel)]
    pressed("Show in folder")
    assert opened == [str(file.parent)]
    pressed("Go on")


def test_without_a_log_the_report_is_shown_all_the_same(
    window: MainWindow, catcher: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log, "place", lambda: None)
    window.broke.emit(TRACE)
    assert "It could not be written to the log." in [label.text() for label in pages()[0].findChildren(QLabel)]
    assert "Show in folder" not in [button.text() for button in pages()[0].findChildren(QPushButton)]
    pressed("Go on")


def test_the_report_says_what_happened_and_where_and_can_be_copied(window: MainWindow, catcher: Catcher) -> None:
    window.broke.emit(TRACE)
    report = named(pages()[0], "Report", QPlainTextEdit).toPlainText()
    assert report.startswith(TRACE)
    assert "PySide6" in report
    pressed("Copy report")
    assert QGuiApplication.clipboard().text() == report
    pressed("Go on")
    assert pages() == []
    assert window.isVisible()
    window.broke.emit(TRACE)
    assert pages() == []  # the same again is only counted
    assert catcher.reports == [TRACE, TRACE]


@pytest.mark.parametrize("over", ["window", "page of keys"])
def test_closing_the_window_closes_the_report_too(window: MainWindow, catcher: Catcher, over: str) -> None:
    if over == "page of keys":
        menu(window, "Help")["Keys"].trigger()
        assert QApplication.activeModalWidget() in pages()
    before = QApplication.activeModalWidget()
    window.broke.emit(TRACE)
    assert QApplication.activeModalWidget() is before  # a modal one would keep the window from being closed
    report = named(window, "Report", QPlainTextEdit).window()
    assert report.isVisible()
    window.close()
    assert pages() == []
    assert not window.isVisible()
    assert len(catcher.reports) == 1


def test_quit_closes_both(qtbot: QtBot, window: MainWindow, catcher: Catcher) -> None:
    window.broke.emit(TRACE)
    pressed("Quit")
    qtbot.waitUntil(lambda: not window.isVisible())
    assert pages() == []
    assert len(catcher.reports) == 1


def test_a_program_without_a_console_reports_all_the_same(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    monkeypatch.setattr("sys.stderr", None)  # as on Windows
    made = Catcher()
    error = KeyError("of old")
    made._hook(KeyError, error, None)
    qtbot.waitUntil(lambda: len(pages()) == 1)
    pages()[0].close()
    made.deleteLater()
