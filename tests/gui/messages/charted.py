"""The Messages panel as the window fills it, and its chart as a person reads and handles it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from ipclab.trace import record
from ipclab_gui.messages.chart import MessageChart
from ipclab_gui.panels.messages import MessagesPanel
from tests.operated import MS, Made, received, row, sent

SHIFT, CONTROL, NONE = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.NoModifier,
)


def show(panel: MessagesPanel, made: Made) -> MessageChart:
    """Show a run, all that is known of it."""
    panel.begin(made.observation)
    panel.refresh(True)
    QApplication.processEvents()  # the page finds its layout
    return panel.chart


def greeting() -> Made:
    """Return a run of 100 ms: sender sends "hello" and "hey", receiver waits for each; main joins the sender."""
    made = Made("main", "sender", "receiver")
    made.pipe(5, 6)
    made.did("main", row(record.JOIN, 5, 90, size=4001, line=40))
    made.did("sender", sent(20, 21, 5, "hello"), sent(60, 61, 5, "hey"))
    made.did("receiver", received(10, 25, 6, "hello"), received(30, 70, 6, "hey"))
    for name in made.pids:
        made.ended(name, "ended", 0.1, code=0)
    made.end(0.1)
    return made


def place(chart: MessageChart, row: int, time: float) -> QPoint:
    """Return where a lane's middle is at a moment in milliseconds."""
    geometry = chart.geometry_now
    return QPoint(round(float(geometry.x(int(time * MS)))), round(geometry.middle(row)))


def between(chart: MessageChart, source: tuple[int, float], target: tuple[int, float]) -> QPoint:
    """Return the middle of an arrow from a lane and moment to another."""
    geometry = chart.geometry_now
    top, bottom = geometry.line_ends(source[0], target[0])
    x, to = (float(geometry.x(int(time * MS))) for _, time in (source, target))
    return QPoint(round((x + to) / 2), round((top + bottom) / 2))


def click(chart: MessageChart, at: QPoint) -> None:
    """Click somewhere."""
    QTest.mouseClick(chart, Qt.MouseButton.LeftButton, NONE, at)


def press(chart: MessageChart, *keys: Qt.Key, held: Qt.KeyboardModifier = NONE) -> None:
    """Press keys one after the other."""
    for key in keys:
        QTest.keyClick(chart, key, held)


def details(panel: MessagesPanel) -> dict[str, str]:
    """Return what is said of the selection, the title under "", with plain spaces."""
    pairs = {"": panel.details.title.whole} | dict(panel.details.pairs)
    return {label: value.replace("\u00a0", " ") for label, value in pairs.items()}


def hover(chart: MessageChart, at: QPoint) -> None:
    """Move the pointer somewhere."""
    chart.point(QPointF(at))


def picture(chart: MessageChart) -> QImage:
    """Return what is painted."""
    return chart.grab().toImage()


def has_color(image: QImage, color: QColor, x: int, y: int, reach: int = 2, *, about: int = 0) -> bool:
    """Tell whether a colour is at a place, or so many pixels beside it; `about`: a smooth line is not quite its own."""

    def alike(other: QColor) -> bool:
        pairs = ((color.red(), other.red()), (color.green(), other.green()), (color.blue(), other.blue()))
        return all(abs(one - two) <= about for one, two in pairs)

    return any(
        alike(image.pixelColor(x + dx, y + dy)) for dx in range(-reach, reach + 1) for dy in range(-reach, reach + 1)
    )
