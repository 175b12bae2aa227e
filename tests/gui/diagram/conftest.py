from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from ipclab import engine
from ipclab.catalog import find
from ipclab_gui.diagram import layout
from ipclab_gui.panels.diagram import DiagramPanel
from ipclab_gui.time_cursor import TimeCursor

Run = Callable[..., engine.Observation]


@pytest.fixture
def panel(qtbot: QtBot) -> Iterator[DiagramPanel]:
    """Return the panel as the window makes it: with a cursor, told of an experiment, on show."""
    layout.session.clear()
    panel = DiagramPanel()
    qtbot.addWidget(panel)
    panel.share(TimeCursor(panel))
    panel.set_experiment(find("pipe"))
    panel.resize(880, 650)
    with qtbot.waitExposed(panel):
        panel.show()
    yield panel
    layout.session.clear()


@pytest.fixture
def run() -> Iterator[Run]:
    """Return a function that runs an experiment watched, to its end."""
    started: list[engine.Run] = []

    def ran(name: str, preset: str = "", **changed: Any) -> engine.Observation:
        experiment = find(name)
        values: dict[str, object] = {field.name: field.default for field in experiment.fields}
        values |= {**(experiment.presets[preset] if preset else {}), **changed}
        one = engine.start(engine.Request(experiment=name, parameters=values, watched=True, time_limit=40.0))
        started.append(one)
        observation = engine.Observation()
        while True:
            try:
                batch = one.receive(0.5)
            except EOFError:
                observation.end(one.end())
                return observation
            for _ in observation.take(batch) if batch is not None else ():
                pass

    yield ran
    for one in started:
        one.kill()
        one.end()
