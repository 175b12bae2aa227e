"""In the guide the drawing becomes the run's diagram, once it is watched."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractScrollArea
from pytestqt.qtbot import QtBot

from ipclab.outlines import outlines
from ipclab_gui.panels.guide_diagram import GuideDiagram
from ipclab_gui.panels.guide_view import LIVE, GuideView
from ipclab_gui.window import MainWindow
from tests.gui.conftest import Open
from tests.gui.handed import Start
from tests.operated import Made, sent

LIMIT = 30_000  # ms


def drawn(window: MainWindow) -> GuideDiagram | None:
    found = window.workspace.make("Guide").findChildren(GuideDiagram)
    return found[0] if found else None


def run(qtbot: QtBot, window: MainWindow, *, watched: bool) -> None:
    window.workspace.form.watch("on" if watched else "off")
    window.run()
    qtbot.waitUntil(lambda: not window.running, timeout=LIMIT)


def caption(window: MainWindow) -> str:
    view = window.workspace.make("Guide").focusProxy()
    assert isinstance(view, GuideView) and view._text is not None and view._text.caption is not None
    return view._text.caption.text()


def test_the_drawing_becomes_the_diagram_and_a_click_opens_the_tab(qtbot: QtBot, window: MainWindow) -> None:
    assert drawn(window) is None
    described = caption(window)
    run(qtbot, window, watched=True)
    assert caption(window) == LIVE != described
    diagram = drawn(window)
    assert diagram is not None and diagram.isVisible()
    assert {"process main", "process sender", "process receiver", "Pipe 1"} == {*diagram.geometry_now.boxes}
    room = diagram.rect().adjusted(-2, -2, 2, 2)
    assert all(room.contains(diagram.box_of(key).toRect()) for key in diagram.geometry_now.boxes)  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: diagram.visibleRegion().boundingRect().height() > 100)
    QTest.mouseClick(diagram, Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    assert window.workspace.title == "Diagram"


def test_a_run_that_is_not_watched_leaves_the_drawing(qtbot: QtBot, window: MainWindow) -> None:
    described = caption(window)
    run(qtbot, window, watched=True)
    run(qtbot, window, watched=False)
    assert caption(window) == described
    assert drawn(window) is None or not drawn(window).isVisible()  # type: ignore[union-attr]


def test_the_wheel_over_it_scrolls_the_guide(qtbot: QtBot, window: MainWindow) -> None:
    run(qtbot, window, watched=True)
    diagram = drawn(window)
    assert diagram is not None
    view = window.workspace.make("Guide").focusProxy()
    assert isinstance(view, QAbstractScrollArea)
    before, zoom = diagram.y(), diagram.camera.zoom
    view.verticalScrollBar().setValue(60)
    assert diagram.y() == before - 60
    event = QWheelEvent(
        QPointF(20, 20), QPointF(20, 20), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    diagram.wheelEvent(event)
    assert not event.isAccepted()
    assert diagram.camera.zoom == zoom


@pytest.mark.parametrize("name", [outline.name for outline in outlines()])
def test_every_guide_of_an_experiment_has_a_place_for_it(qtbot: QtBot, open_window: Open, name: str) -> None:
    window = open_window(name, start=Start())
    made = Made("main", "one")
    made.pipe(5, 6)
    made.did("one", sent(1, 2, 5, "x"))
    window.workspace.begin(made.observation)

    def there() -> bool:
        window.workspace.refresh(True)
        return drawn(window) is not None

    qtbot.waitUntil(there)
