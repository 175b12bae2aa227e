from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from ipclab.catalog import find
from ipclab_gui import own_form, own_programs, style, theme
from ipclab_gui.panels.bars import Hairline
from ipclab_gui.panels.code import CodePanel
from ipclab_gui.panels.code_view import CodeView, highlighted
from ipclab_resources import program_of
from tests.gui.observed import named, words

Kind = TypeVar("Kind", bound=QWidget)


@pytest.fixture
def panel(qtbot: QtBot) -> CodePanel:
    panel = CodePanel()
    qtbot.addWidget(panel)
    panel.set_experiment(find("pipe"))
    panel.resize(880, 600)
    panel.show()
    return panel


def view(panel: CodePanel) -> CodeView:
    return named(panel, "Source code", CodeView)


def seen(panel: CodePanel, name: str, kind: type[Kind]) -> Kind:
    """Return the one control of this name that is on show."""
    (found,) = (one for one in panel.findChildren(kind) if one.accessibleName() == name and one.isVisible())
    return found


def source(name: str) -> str:
    return find(name).source.read_text(encoding="utf-8")


def test_shows_the_file_that_runs(panel: CodePanel) -> None:
    assert view(panel).toPlainText() == source("pipe").removesuffix("\n")
    assert "experiments/pipe.py" in words(panel)
    panel.set_experiment(find("lost-updates"))
    assert view(panel).toPlainText() == source("lost-updates").removesuffix("\n")
    assert "experiments/lost_updates.py" in words(panel)


def test_reads_nothing_before_it_is_looked_at(qtbot: QtBot) -> None:
    panel = CodePanel()
    qtbot.addWidget(panel)
    panel.set_experiment(find("pipe"))
    assert view(panel).toPlainText() == ""
    panel.show()
    assert view(panel).toPlainText() != ""


def test_cannot_be_changed(qtbot: QtBot, panel: CodePanel) -> None:
    QTest.keyClicks(view(panel), "x = 1")
    assert view(panel).toPlainText() == source("pipe").removesuffix("\n")


def test_every_word_has_its_kinds_colour(qtbot: QtBot) -> None:
    text = 'def send(end):\n    """Say it."""\n    return len("a") + 1  # so\n'
    lines = text.split("\n")
    found = {lines[line][start : start + length]: token for line, start, length, token in highlighted(text)}
    assert found == {
        "def": "code_keyword",
        "send": "code_definition",
        '"""Say it."""': "code_string",
        "return": "code_keyword",
        "len": "code_builtin",
        '"': "code_string",
        "a": "code_string",
        "1": "code_number",
        "# so": "code_comment",
    }


def test_a_word_behind_an_emoji_has_its_colour_where_it_stands(qtbot: QtBot, panel: CodePanel, tmp_path: Path) -> None:
    file = tmp_path / "emoji.py"
    file.write_text('send("\U0001f600 \u65e5", 50)', encoding="utf-8")
    panel.show_place(str(file), 1)
    block = view(panel).document().begin()
    number = block.layout().formats()[-1]
    assert (
        block.text().encode("utf-16-le")[2 * number.start : 2 * (number.start + number.length)].decode("utf-16-le")
        == "50"
    )


def test_colours_follow_the_theme_at_once(qtbot: QtBot, qapp: QApplication, panel: CodePanel) -> None:
    def first_colour() -> str:
        word = view(panel).document().begin().layout().formats()[0]
        return word.format.foreground().color().name()

    try:
        style.set_mode(qapp, "Light")
        assert first_colour() == theme.color("code_string").name()
        light = first_colour()
        style.set_mode(qapp, "Dark")
        assert first_colour() == theme.color("code_string").name() != light
    finally:
        style.set_mode(qapp, "System")


def test_one_line_is_enough_where_there_is_nothing_to_choose(panel: CodePanel, tmp_path: Path) -> None:
    lines = [one for one in panel.findChildren(Hairline) if one.isVisible() and one.parent() is panel]
    assert len(lines) == 1
    path = tmp_path / "own.py"
    path.write_text("print()\n")
    panel.set_experiment(own_form.experiment(own_programs.outline(str(path))))
    assert not lines[0].isVisible()


def test_copies_all_or_what_is_selected(panel: CodePanel) -> None:
    copy = seen(panel, "Copy", QToolButton)
    copy.click()
    assert QGuiApplication.clipboard().text() == source("pipe")
    assert view(panel).find("import")
    copy.click()
    assert QGuiApplication.clipboard().text() == "import"


def test_saves_a_copy_byte_for_byte(panel: CodePanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.py"
    proposed: list[str] = []

    def choose(_parent: object, _title: str, name: str, _kind: str) -> tuple[str, str]:
        proposed.append(Path(name).name)
        return str(file), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    save = seen(panel, "Save as...", QPushButton)
    assert save.text() == "Save as..."
    save.click()
    assert proposed == ["pipe.py"]
    assert file.read_bytes() == find("pipe").source.read_bytes()


def test_saves_nothing_when_the_person_changes_their_mind(panel: CodePanel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    seen(panel, "Save as...", QPushButton).click()


def test_says_that_a_file_cannot_be_read(panel: CodePanel, tmp_path: Path) -> None:
    panel.set_experiment(replace(find("pipe"), source=tmp_path / "gone.py"))
    assert view(panel).toPlainText() == "# gone.py cannot be read: No such file or directory."
    assert not seen(panel, "Copy", QToolButton).isEnabled()


def test_the_keyboard_moves_and_selects(qtbot: QtBot, panel: CodePanel) -> None:
    here = view(panel)
    QTest.keyClick(here, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert len(here.textCursor().selectedText()) > 100
    QTest.keyClick(here, Qt.Key.Key_PageDown)
    assert here.verticalScrollBar().value() > 0


def test_a_bar_finds_words(qtbot: QtBot, panel: CodePanel) -> None:
    here = view(panel)
    here.setFocus()
    panel.find_words()
    QTest.keyClicks(named(panel, "Find", QLineEdit), "def run")
    assert here.textCursor().selectedText() == "def run"


def program(name: str) -> str:
    file = program_of(find(name).stem)
    assert file is not None
    return file.read_text(encoding="utf-8")


def test_shows_experiment_plain_program_or_both(panel: CodePanel) -> None:
    plain = named(panel, "Plain program's source code", CodeView)
    assert view(panel).isVisible()
    assert not plain.isVisible()
    seen(panel, "Plain program", QToolButton).click()
    assert plain.source == program("pipe")
    assert plain.isVisible()
    assert not view(panel).isVisible()
    assert "programs/s6_pipe.py" in words(panel)
    seen(panel, "Side by side", QToolButton).click()
    assert plain.isVisible()
    assert view(panel).isVisible()


@pytest.mark.parametrize(("width", "beside"), [(1_000, True), (640, False)])
def test_two_files_lie_side_by_side_where_there_is_room(
    qtbot: QtBot, panel: CodePanel, width: int, beside: bool
) -> None:
    panel.resize(width, 700)
    seen(panel, "Side by side", QToolButton).click()
    plain, here = named(panel, "Plain program's source code", CodeView), view(panel)

    def apart() -> tuple[bool, bool]:
        first, second = (one.mapTo(panel, one.rect().topLeft()) for one in (here, plain))
        return second.x() > first.x(), second.y() > first.y()

    qtbot.waitUntil(lambda: apart() == (beside, not beside))
    assert plain.width() == pytest.approx(here.width(), rel=0.05)


def test_the_plain_program_is_saved_byte_for_byte(
    panel: CodePanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposed: list[str] = []

    def choose(_parent: object, _title: str, name: str, _kind: str) -> tuple[str, str]:
        proposed.append(Path(name).name)
        return str(tmp_path / "mine.py"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", choose)
    seen(panel, "Plain program", QToolButton).click()
    seen(panel, "Save as...", QPushButton).click()
    assert proposed == ["s6_pipe.py"]
    assert (tmp_path / "mine.py").read_text(encoding="utf-8") == program("pipe")


def test_an_experiment_without_a_plain_program_offers_no_choice(panel: CodePanel) -> None:
    seen(panel, "Plain program", QToolButton).click()
    panel.set_experiment(find("lost-updates"))
    assert not [one for one in panel.findChildren(QToolButton) if one.isVisible() and one.text()]
    assert view(panel).isVisible()
    assert view(panel).source == source("lost-updates")


def test_words_are_found_in_the_file_that_has_the_keyboard(qtbot: QtBot, panel: CodePanel) -> None:
    seen(panel, "Side by side", QToolButton).click()
    plain = named(panel, "Plain program's source code", CodeView)
    plain.setFocus()
    panel.find_words()
    QTest.keyClicks(seen(panel, "Find", QLineEdit), "def receive")
    assert plain.textCursor().selectedText() == "def receive"
    assert view(panel).textCursor().selectedText() == ""
