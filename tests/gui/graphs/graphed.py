"""The Graphs panel as the window fills it, and its plots as a person finds, reads and handles them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from ipclab.catalog import find
from ipclab.observation import Observation
from ipclab.records import Series
from ipclab_gui.panels.graphs import GraphsPanel
from ipclab_gui.plots._canvas import Canvas
from ipclab_gui.plots._plot import Plot
from tests.gui.observed import fold, running

Samples = NDArray[np.void]
Floats = NDArray[np.float64]
View = tuple[float, float]

TRACE = "Round trip over the run’s time"
DISTRIBUTION = "Distribution of round trips"
RATE = "Rate over the run’s time"

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CONTROL = Qt.KeyboardModifier.ControlModifier


def samples(times: object, values: object) -> Samples:
    """Return samples as they come in a batch; times in seconds, to the nanosecond."""
    moments = np.atleast_1d(np.asarray(times, np.float64))
    made = np.empty(len(moments), [("time", np.int64), ("value", np.float64)])
    made["time"], made["value"] = np.round(moments * 1e9), values
    return made


def round_trips(count: int, *, begin: float = 0.1, end: float = 0.9, seed: int = 1) -> Samples:
    """Return as many round trips at uneven times, about 15 µs each."""
    random = np.random.default_rng(seed)
    times = np.sort(random.uniform(begin, end, count))
    return samples(times, 15e-6 * random.lognormal(0, 0.3, count))


def seconds(recorded: Samples) -> Floats:
    """Return when samples were recorded."""
    times: Floats = recorded["time"] * 1e-9
    return times


def percentile(values: Floats, share: float) -> float:
    """Return the nearest-rank percentile."""
    return float(np.quantile(values, share, method="inverted_cdf"))


def plain(text: str) -> str:
    """Return a text with spaces that may break."""
    return text.replace("\u00a0", " ")


# --------------------------------------------------------------------------------------------------------- a panel


def panel_of(qtbot: QtBot, experiment: str = "pipe", *series: Series) -> GraphsPanel:
    """Return the panel of an experiment, or of one like it that records these series instead."""
    panel = GraphsPanel()
    qtbot.addWidget(panel)
    found = find(experiment)
    panel.set_experiment(replace(found, series=series) if series else found)
    panel.resize(900, 760)
    panel.show()
    return panel


def begin(panel: GraphsPanel, *names: str) -> Observation:
    """Let a run begin whose processes have these names."""
    observation = running(*(names or ("main",)), time=0.0)
    panel.begin(observation)
    return observation


def record(
    panel: GraphsPanel, observation: Observation, series: str, recorded: Samples, ident: int = 0, **batch: Any
) -> None:
    """Let a process have recorded samples, as the window hears of them."""
    batch.setdefault("time", max(observation.time, float(seconds(recorded)[-1])))
    for process, name, array in observation.take({"samples": [(ident, series, recorded.tobytes())], **batch}):
        panel.take_samples(process, name, array)


def show(panel: GraphsPanel, series: str, recorded: Samples) -> Observation:
    """Show a run that goes on and has recorded this."""
    observation = begin(panel)
    record(panel, observation, series, recorded)
    panel.refresh(True)
    return observation


def end(panel: GraphsPanel, observation: Observation) -> None:
    """Let the run end, and show it."""
    fold(observation, outcome={"status": "done", "text": "Done.", "seconds": observation.time})
    panel.refresh(True)


def figures(panel: GraphsPanel) -> dict[str, str]:
    """Return the large numbers by their labels."""
    return {one.label: plain(f"{one.number} {one.unit}".strip()) for one in panel.figures.figures}


# ---------------------------------------------------------------------------------------------------------- a plot


def plot(panel: GraphsPanel, name: str) -> Plot:
    """Return the plot of this accessible name."""
    return next(one for one in panel.plots if one.canvas.accessibleName() == name)


def curves(one: Plot) -> list[pg.PlotCurveItem]:
    """Return the curves in sight, what lies below first."""
    found = [item for item in one.canvas.scene().items() if isinstance(item, pg.PlotCurveItem) and item.isVisible()]
    return [item for item in reversed(found) if len(item.getData()[0])]


def span(view: View) -> float:
    """Return how much is seen."""
    return view[1] - view[0]


def press(one: Plot, *keys: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
    """Press keys over a plot."""
    for key in keys:
        QTest.keyClick(one.canvas, key, held)


def drag(canvas: Canvas, start: QPoint, stop: QPoint, held: Qt.KeyboardModifier = NONE) -> None:
    """Drag from one place to another with the left button."""
    QTest.mousePress(canvas.viewport(), LEFT, held, start)
    QTest.mouseMove(canvas.viewport(), stop)
    QTest.mouseRelease(canvas.viewport(), LEFT, held, stop)


def colors(picture: QImage) -> set[str]:
    """Return every colour in a picture, as a colour's `name()` has it."""
    whole = picture.convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(whole.constBits(), np.uint32)
    return {QColor(int(pixel)).name() for pixel in np.unique(pixels)}
