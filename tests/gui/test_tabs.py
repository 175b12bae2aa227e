"""The tabs of a narrow window: all are there, closer to each other."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ipclab_gui import style, theme
from ipclab_gui.tabs import GAP
from ipclab_gui.window import MainWindow
from ipclab_gui.workspace import PANELS


def test_all_tabs_are_within_reach_however_wide_the_docks_are(
    qtbot: QtBot, qapp: QApplication, window: MainWindow
) -> None:
    style.apply(qapp)
    window.resize(1024, 700)
    docks = [window.experiments_dock, window.parameters_dock]
    tabs, workspace = window.workspace.tabs, window.workspace
    wide = [tabs.tabRect(place).width() for place in range(tabs.count())]
    assert tabs._gap == theme.px(GAP)
    window.resizeDocks(docks, [400, 400], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: workspace.width() < 480)
    qtbot.waitUntil(lambda: sum(tabs.tabRect(place).width() for place in range(tabs.count())) < sum(wide))
    assert workspace.width() >= workspace.minimumSizeHint().width()
    texts = [tabs.tabRect(place).adjusted(tabs._gap, 0, -tabs._gap, 0) for place in range(tabs.count())]
    assert all(one.right() < two.left() for one, two in pairwise(texts))
    assert tabs.mapTo(workspace, QPoint(texts[-1].right(), 0)).x() <= workspace.width()
    for place, title in enumerate(PANELS):
        QTest.mouseClick(tabs, Qt.MouseButton.LeftButton, pos=texts[place].center())
        assert workspace.title == title
    window.resizeDocks(docks, [210, 270], Qt.Orientation.Horizontal)
    qtbot.waitUntil(lambda: [tabs.tabRect(place).width() for place in range(tabs.count())] == wide)
