from __future__ import annotations

import pytest
from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QTextTable
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from ipclab.catalog import experiments, find
from ipclab_gui import style, theme
from ipclab_gui.panels.guide import GuidePanel, guide_of
from ipclab_gui.panels.guide_text import GuideText
from ipclab_gui.panels.guide_view import GuideView
from tests.gui.observed import fold, named, pipe_that_failed, running, words


@pytest.fixture
def panel(qtbot: QtBot) -> GuidePanel:
    panel = GuidePanel()
    qtbot.addWidget(panel)
    panel.set_experiment(find("separate-memory"))
    panel.resize(880, 700)
    panel.show()
    return panel


def view(panel: GuidePanel) -> GuideView:
    return named(panel, "Guide text", GuideView)


def test_shows_the_experiments_guide(panel: GuidePanel) -> None:
    text = view(panel).toPlainText()
    assert text.startswith("Every process has a memory of its own.")
    assert "**" not in text
    assert "`" not in text
    panel.set_experiment(find("pipe"))
    assert view(panel).toPlainText().startswith("A pipe joins exactly two ends.")


@pytest.mark.parametrize("name", [experiment.name for experiment in experiments()])
def test_every_guide_is_set_whole(qtbot: QtBot, panel: GuidePanel, name: str) -> None:
    panel.set_experiment(find(name))
    shown = "".join(view(panel).toPlainText().split())
    for word in guide_of(find(name)).replace("*", "").replace("`", "").replace("|", " ").split():
        if word.isalpha():
            assert word in shown


def test_says_that_it_has_not_been_run_and_runs_it(qtbot: QtBot, panel: GuidePanel) -> None:
    assert words(panel).startswith("Not run yet.\nPress F5 to")
    with qtbot.waitSignal(panel.run_wanted, timeout=1000):
        QTest.mouseClick(named(panel, "Run", QPushButton), Qt.MouseButton.LeftButton)


def test_says_that_it_runs_and_how_it_ended(panel: GuidePanel) -> None:
    observation = running("main")
    panel.begin(observation)
    assert words(panel).startswith("Running.")
    assert not named(panel, "Run", QPushButton).isVisible()
    finding = {"key": "lost", "level": "bad", "text": "2 113 increments were lost.", "evidence": "", "seconds": 0.2}
    fold(observation, findings=[finding], outcome={"status": "done", "text": "Done in 0.3 s.", "seconds": 0.3})
    panel.refresh(True)
    assert words(panel) == "Done in 0.3 s.\n2 113 increments were lost."
    assert named(panel, "Run", QPushButton).isVisible()


def test_a_failure_is_said_with_its_cause(panel: GuidePanel) -> None:
    panel.begin(pipe_that_failed())
    assert words(panel).replace("\u00a0", " ") == "Failed after 300 ms.\nWorker 'receiver' raised ValueError."


def test_another_experiment_has_not_been_run(panel: GuidePanel) -> None:
    panel.begin(pipe_that_failed())
    panel.set_experiment(find("pipe"))
    assert words(panel).startswith("Not run yet.")


@pytest.mark.parametrize("width", [pytest.param(540, id="small"), pytest.param(880, id="usual")])
def test_a_line_is_no_longer_than_reads_well(panel: GuidePanel, width: int) -> None:
    panel.resize(width, 700)
    panel.grab()
    here = view(panel)
    layout = here.document().documentLayout()
    edge = 20 if width < 640 else 32
    block = here.document().begin()
    while block.isValid():
        box = layout.blockBoundingRect(block)
        if block.text():  # Qt ends a table with an empty block that nobody sees
            assert box.left() >= edge
            assert box.right() <= min(edge + 656, width - edge) + 1
        block = block.next()
    assert here.banner.width() <= 656
    assert layout.blockBoundingRect(here.document().begin()).top() > here.banner.geometry().bottom()


def test_the_banner_has_room_for_a_long_outcome(panel: GuidePanel) -> None:
    observation = pipe_that_failed()
    panel.resize(540, 500)
    text = "Worker 'receiver' raised ValueError. " * 8
    fold(observation, outcome={"status": "failed", "text": text, "seconds": 0.3})
    panel.begin(observation)
    panel.grab()
    banner = view(panel).banner
    assert banner.height() >= banner.heightForWidth(banner.width())


@pytest.mark.parametrize("width", [460, 520, 880])
@pytest.mark.parametrize("ended", [False, True])
def test_the_banner_has_room_for_the_whole_of_each_orders_title(
    qtbot: QtBot, panel: GuidePanel, width: int, ended: bool
) -> None:
    panel.resize(width, 500)
    panel.set_experiment(find("lost-updates"))
    if ended:
        panel.begin(pipe_that_failed())
    banner = view(panel).banner

    def whole(title: str) -> bool:
        button = named(panel, title, QPushButton)
        room = banner.rect().contains(button.rect().translated(button.mapTo(banner, QPoint(0, 0))))
        return room and button.width() >= button.sizeHint().width()

    qtbot.waitUntil(lambda: all(whole(title) for title in find("lost-updates").orders))


def test_the_banner_scrolls_with_the_text(panel: GuidePanel) -> None:
    here = view(panel)
    before = here.banner.y()
    here.verticalScrollBar().setValue(120)
    assert here.banner.y() == before - 120


def test_the_keyboard_scrolls(qtbot: QtBot, panel: GuidePanel) -> None:
    panel.resize(880, 300)
    here = view(panel)
    QTest.keyClick(here, Qt.Key.Key_PageDown)
    assert here.verticalScrollBar().value() > 0


class Browser(QObject):
    """Stands where the person's browser would."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    @Slot(QUrl)
    def open(self, url: QUrl) -> None:
        self.opened.append(url.toString())


def test_a_link_opens_in_the_browser(qtbot: QtBot, panel: GuidePanel) -> None:
    browser = Browser()
    QDesktopServices.setUrlHandler("https", browser, "open")  # type: ignore[arg-type]
    try:
        here = view(panel)
        assert here.find("Programming guidelines")
        here.ensureCursorVisible()
        spot = here.cursorRect().center() - QPoint(20, 0)
        QTest.mouseClick(here.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, spot)
    finally:
        QDesktopServices.unsetUrlHandler("https")
    assert browser.opened == ["https://docs.python.org/3/library/multiprocessing.html#programming-guidelines"]


def test_code_stands_in_mono_on_a_ground(qtbot: QtBot) -> None:
    text = GuideText("Call `recv()` and\n\n```python\nend.send(1)\nend.close()\n```\n\nthen go on.")
    assert [code.whole for code in text.codes] == [False, True, True]
    inline = text.codes[0]
    assert inline.block.text()[inline.start : inline.start + inline.length] == "recv()"
    mono = theme.font(13, mono=True).family()
    block = inline.block.begin()
    block += 1
    assert block.fragment().charFormat().font().family() == mono


def test_tables_take_the_columns_width(qtbot: QtBot) -> None:
    text = GuideText("| a | b |\n| --- | --- |\n| `x` | y |")
    (table,) = [frame for frame in text.rootFrame().childFrames() if isinstance(frame, QTextTable)]
    assert table.format().width().rawValue() == 100
    assert table.format().border() == 0


def test_colours_follow_the_theme_at_once(qtbot: QtBot, qapp: QApplication, panel: GuidePanel) -> None:
    here = view(panel)
    here.verticalScrollBar().setValue(60)
    try:
        style.set_mode(qapp, "Dark")
        assert here.find("Programming guidelines")
        assert here.textCursor().charFormat().foreground().color() == theme.color("accent")
        assert here.verticalScrollBar().value() >= 60
    finally:
        style.set_mode(qapp, "System")


def test_a_bar_finds_words(qtbot: QtBot, panel: GuidePanel) -> None:
    here = view(panel)
    here.setFocus()
    panel.find_words()
    field = named(panel, "Find", QLineEdit)
    QTest.keyClicks(field, "start method")
    assert here.textCursor().selectedText() == "start method"
    first = here.textCursor().position()
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert here.textCursor().position() > first
    QTest.keyClicks(field, " that nobody wrote")
    assert "Not found" in words(panel)
    QTest.keyClick(field, Qt.Key.Key_Escape)
    assert not field.isVisible()
