from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ipclab.catalog import find
from ipclab_gui.panels.messages import MessagesPanel


@pytest.fixture
def panel(qtbot: QtBot) -> MessagesPanel:
    """Return the panel as the window makes it: told of an experiment, on show."""
    panel = MessagesPanel()
    qtbot.addWidget(panel)
    panel.set_experiment(find("pipe"))
    panel.resize(880, 640)
    with qtbot.waitExposed(panel):
        panel.show()
    return panel
