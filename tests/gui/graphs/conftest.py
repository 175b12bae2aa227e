from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from ipclab_gui.panels.graphs import GraphsPanel
from tests.gui.graphs.graphed import panel_of


@pytest.fixture
def panel(qtbot: QtBot) -> GraphsPanel:
    """Return the panel of "pipe" before its first run."""
    return panel_of(qtbot)
