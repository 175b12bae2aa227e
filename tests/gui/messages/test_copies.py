from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QToolButton
from pytestqt.qtbot import QtBot

from ipclab_gui import theme
from ipclab_gui.panels.messages import MessagesPanel
from tests.gui.messages.charted import CONTROL, between, greeting, has_color, press, show
from tests.gui.observed import named


def answer(monkeypatch: pytest.MonkeyPatch, path: str, kind: str) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (path, kind))


def test_the_picture_is_copied_with_its_legend(panel: MessagesPanel) -> None:
    chart = show(panel, greeting())
    QGuiApplication.clipboard().clear()
    press(chart, Qt.Key.Key_C, held=CONTROL)
    image = QGuiApplication.clipboard().image()
    above = panel.legend.height() + theme.px(16)
    assert (image.width(), image.height()) == (2 * chart.width(), 2 * (chart.height() + above))
    at = between(chart, (1, 60), (2, 70))
    assert has_color(image, theme.series_color(0), 2 * at.x(), 2 * (at.y() + above), 3, about=90)
    assert has_color(image, theme.series_color(0), 2 * (20 + 5), 2 * (8 + 10), 3)  # the legend's call
    assert panel.details.note.whole == "picture copied"


@pytest.mark.parametrize(("name", "kind"), [("run.png", "Picture (*.png)"), ("run", "Picture (*.png)")])
def test_it_is_saved_as_a_picture(
    panel: MessagesPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, kind: str
) -> None:
    chart = show(panel, greeting())
    answer(monkeypatch, str(tmp_path / name), kind)
    press(chart, Qt.Key.Key_S, held=CONTROL)
    image = QImage(str(tmp_path / "run.png"))
    assert image.width() == 2 * chart.width()
    assert panel.details.note.whole == "saved as run.png"


def test_it_is_saved_as_a_drawing(panel: MessagesPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    show(panel, greeting())
    answer(monkeypatch, str(tmp_path / "run"), "Drawing (*.svg)")
    named(panel, "Save", QToolButton).click()
    root = ET.parse(tmp_path / "run.svg").getroot()
    written = {text.strip() for text in root.itertext()}
    assert {"sender", "receiver", "waits for a process or a lock", "join(sender)", "whole run"} <= written


def test_a_file_that_cannot_be_written_is_said(panel: MessagesPanel, tmp_path: Path) -> None:
    show(panel, greeting())
    panel.save(tmp_path / "nowhere" / "run.png")
    assert panel.details.note.whole == "run.png was not saved: No such file or directory"


def test_a_notice_gives_way_to_completeness(qtbot: QtBot, panel: MessagesPanel) -> None:
    show(panel, greeting())
    panel._forget.setInterval(1)
    panel.copy_picture()
    qtbot.waitUntil(lambda: panel.details.note.whole == "2 sent, 2 received, 0 not recorded", timeout=2000)
