"""What the lab stands on: listed in About, each with its licence, from source and in a package."""

from __future__ import annotations

import json
import sys
from importlib.metadata import distribution, version
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QScrollBar, QTabBar

import ipclab
from ipclab import machine
from ipclab_gui import licences
from ipclab_gui.about import AboutDialog
from ipclab_gui.licences import Part
from ipclab_gui.licences_page import PartList
from ipclab_gui.window import MainWindow
from tests.gui.observed import named, words
from tests.gui.pressed import CONTROLS, menu, nameless

NEEDED = {"numpy", "pyqtgraph", "psutil", "rich", "pygments", "markdown-it-py", "mdurl", "platformdirs", "shiboken6"}
NEEDED |= {"pyside6-essentials", "fontpkg-inter", "fontpkg-jetbrains-mono"}


@pytest.fixture
def page(window: MainWindow) -> AboutDialog:
    menu(window, "Help")["About IPC Lab"].trigger()
    return next(one for one in window.findChildren(AboutDialog) if one.isVisible())


def show_licences(page: AboutDialog) -> PartList:
    named(page, "Pages", QTabBar).setCurrentIndex(1)
    return named(page, "What the lab stands on", PartList)


def pick(page: AboutDialog, name: str) -> str:
    """Pick a part by its name and return the text that is shown."""
    rows = named(page, "What the lab stands on", PartList)
    model = rows.model()
    at = next(row for row in range(model.rowCount()) if model.index(row, 0).data() == name)
    rows.setCurrentIndex(model.index(at, 0))
    return named(page, f"Licence of {name}", QPlainTextEdit).toPlainText()


def test_from_source_it_is_all_that_is_needed_and_installed() -> None:
    parts = licences.parts()
    names = [one.name for one in parts]
    assert names[0] == "IPC Lab"
    assert {name.lower().replace("_", "-") for name in names} >= NEEDED
    assert {"pytest", "ruff", "mypy"} & set(names) == set()  # tools are not what it stands on
    assert names[1:] == sorted(names[1:], key=str.lower)
    by_name = {one.name: one for one in parts}
    assert by_name["IPC Lab"].version == ipclab.__version__
    assert by_name["numpy"].version == version("numpy")
    assert "MIT License" in by_name["IPC Lab"].read()
    assert "OpenBLAS" in by_name["numpy"].read()  # what is inside its wheel
    assert "GCC RUNTIME LIBRARY EXCEPTION" in by_name["numpy"].read()
    assert by_name["psutil"].terms == "BSD-3-Clause"
    assert "PYTHON SOFTWARE FOUNDATION LICENSE" in next(one for one in parts if "Python" in one.name).read()
    assert all(one.read().strip() for one in parts)


def test_what_brings_no_text_says_its_terms() -> None:
    qt = next(one for one in licences.parts() if one.name.startswith("PySide6"))
    assert qt.read() == f"It brings no text of its licence. Its terms: {qt.terms}."
    assert "LGPL-3.0-only" in qt.terms


def test_the_main_licence_stands_first_and_nothing_stands_twice() -> None:
    inter = distribution("fontpkg-inter")
    kept = [file for file in inter.files or () if file.name == "LICENSE"]
    assert len(kept) == 2  # beside the metadata and in the code
    assert licences.text_of(inter).count("SIL OPEN FONT LICENSE Version 1.1 - 26 February 2007") == 1
    assert licences.text_of(distribution("pygments")).startswith("LICENSE\n-------\n")


def test_in_a_package_it_is_what_was_put_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / licences.FOLDER
    folder.mkdir()
    (folder / "Qt.txt").write_text("größer", encoding="utf-8")
    index = [{"name": "Qt", "version": "6.11.3", "terms": "LGPL-3.0-only", "file": "Qt.txt"}]
    (folder / licences.INDEX).write_text(json.dumps(index))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "_MEIPASS", str(tmp_path), raising=False)
    (qt,) = licences.parts()
    assert (qt.name, qt.version, qt.terms, qt.read()) == ("Qt", "6.11.3", "LGPL-3.0-only", "größer")


def test_about_lists_them_and_each_opens_its_text(page: AboutDialog) -> None:
    rows = show_licences(page)
    assert rows.model().rowCount() == len(licences.parts())
    heard = [rows.model().index(at, 0).data(Qt.ItemDataRole.AccessibleTextRole) for at in range(2)]
    assert heard[0] == f"IPC Lab {ipclab.__version__}, MIT"
    for part in licences.parts():
        assert pick(page, part.name).strip() == part.read().strip()
        assert {f"{part.name} {part.version}", part.terms} <= set(words(page).splitlines())
    assert [one for one in nameless(page, CONTROLS) if not one.startswith(QScrollBar.__name__)] == []


def test_keys_alone_reach_every_licence(page: AboutDialog) -> None:
    QTest.keyClick(named(page, "Pages", QTabBar), Qt.Key.Key_Right)
    QTest.keyClick(page.focusWidget(), Qt.Key.Key_Tab)
    rows = named(page, "What the lab stands on", PartList)
    assert rows.hasFocus()
    QTest.keyClick(rows, Qt.Key.Key_Down)
    second = licences.parts()[1]
    text = named(page, f"Licence of {second.name}", QPlainTextEdit)
    assert text.toPlainText().strip() == second.read().strip()
    QTest.keyClick(rows, Qt.Key.Key_Tab)
    assert text.hasFocus()
    QTest.keyClick(text, Qt.Key.Key_Escape)
    assert not page.isVisible()


def test_licences_that_have_gone_are_said(page: AboutDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> list[Part]:
        raise FileNotFoundError(2, "No such file or directory")

    monkeypatch.setattr(licences, "parts", gone)
    show_licences(page)
    assert "The licences cannot be read" in words(page)


def test_a_text_that_has_gone_is_said_where_it_would_stand(page: AboutDialog, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = Part("Qt", "6", "LGPL", (Path("nowhere") / "Qt.txt").read_text)
    monkeypatch.setattr(licences, "parts", lambda: [lost])
    show_licences(page)
    assert pick(page, "Qt") == "The text cannot be read: No such file or directory."


def test_about_copies_what_the_version_flag_prints(page: AboutDialog) -> None:
    button = next(one for one in page.findChildren(QPushButton) if one.text() == "Copy details")
    button.click()
    copied = QGuiApplication.clipboard().text()
    assert copied == machine.report()
    assert f"Qt             {qVersion()}" in copied  # which the command line reads from PySide6's metadata
    assert copied in [label.text() for label in page.findChildren(QLabel)]


def test_the_status_line_says_the_version(qtbot: object, window: MainWindow) -> None:
    window._warm()
    assert window.status.machine.text() == f"IPC Lab {ipclab.__version__}\u2002·\u2002{machine.line()}"
