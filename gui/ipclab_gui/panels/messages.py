"""Messages: who sent what to whom and when, and who waited for what. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from ipclab.quantity import thousands
from ipclab.records import LATENESS
from ipclab_gui import theme
from ipclab_gui.controls import hairline, tool
from ipclab_gui.panels import Panel, message_details
from ipclab_gui.panels.empty import EmptyState
from ipclab_gui.panels.message_chart import MessageChart
from ipclab_gui.panels.message_scene import Scene

if TYPE_CHECKING:
    from ipclab.catalog import Experiment
    from ipclab.observation import Observation

COLUMNS = 3  # of details, where there is room
WIDE = 720  # px


class MessagesPanel(Panel):
    """The chart, what is selected in it, and whether all that happened was recorded."""

    title: ClassVar[str] = "Messages"

    def __init__(self) -> None:
        super().__init__()
        self._observation: Observation | None = None
        self._scene: Scene | None = None
        self._empty = EmptyState("exchange", "No messages yet", "")
        self._empty.run_wanted.connect(self.run_wanted)
        self.chart = MessageChart()
        self.chart.selected.connect(self._show_selection)
        self.chart.moved.connect(self._show_buttons)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._tools())
        column.addWidget(self.chart, 1)
        column.addWidget(hairline())
        column.addLayout(self._details())
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(page)
        self.setFocusProxy(self.chart)
        self._say_empty()

    def _tools(self) -> QHBoxLayout:
        self._complete = QLabel()
        self._complete.setFont(theme.font(12))
        self._complete.setProperty("tone", "2")
        self._complete.setAccessibleName("Completeness")
        self.follow_button = tool("arrow-right", "Follow", "Keep the end of the run in view")
        self.follow_button.setCheckable(True)
        self.follow_button.clicked.connect(self._follow)
        out, into = tool("minus", "Zoom out", "Show more time (-)"), tool("plus", "Zoom in", "Show less time (+)")
        out.clicked.connect(lambda: self.chart.zoom(1.6))
        into.clicked.connect(lambda: self.chart.zoom(1 / 1.6))
        whole = tool("fit", "Whole run", "Show the whole run (0)")
        whole.clicked.connect(self.chart.show_all)
        copy = tool("copy", "Copy picture", "Copy the chart as a picture")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setPixmap(self.chart.grab()))
        row = QHBoxLayout()
        row.setContentsMargins(theme.px(20), theme.px(8), theme.px(12), theme.px(4))
        row.setSpacing(theme.px(4))
        row.addWidget(self._complete, 1)
        for button in (self.follow_button, out, into, whole, copy):
            row.addWidget(button)
        return row

    def _details(self) -> QVBoxLayout:
        self._title = QLabel()
        self._title.setFont(theme.font(13, 600))
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.px(12))
        self._grid.setVerticalSpacing(theme.px(4))
        column = QVBoxLayout()
        column.setContentsMargins(theme.px(20), theme.px(8), theme.px(20), theme.px(10))
        column.setSpacing(theme.px(6))
        column.addWidget(self._title)
        column.addLayout(self._grid)
        self._values: list[tuple[QLabel, QLabel]] = []
        return column

    # ------------------------------------------------------------------------------------------------- the run

    def set_experiment(self, experiment: Experiment) -> None:
        """Forget the run that was shown."""
        self._observation = self._scene = None
        self.chart.show_scene(None)
        self._empty.set_glyph(experiment.stem)
        self._say_empty()

    def begin(self, observation: Observation) -> None:
        """Show a new run."""
        self._observation, self._scene = observation, None
        self.chart.show_scene(None)
        self._say_empty()

    def refresh(self, now: bool) -> None:
        """Draw what has come; under 5 ms."""
        observation = self._observation
        if observation is None or observation.operations is None or observation.traffic is None:
            if now:
                self._say_empty()
            return
        if self._scene is None:
            self._scene = Scene(observation)
            self.chart.show_scene(self._scene)
            self._show_selection()
            self._pages.setCurrentIndex(1)
        running = observation.outcome is None
        if now or not running:
            observation.traffic.pair(int(observation.time * 1e9) - LATENESS if running else None)
        self._scene.follow()
        self.chart.view.grow(self._scene.until, running=running)
        self.chart.update()
        if now:
            self._say_complete()
            self._show_buttons()

    def _say_empty(self) -> None:
        self._pages.setCurrentIndex(0)
        observation = self._observation
        if observation is None:
            self._empty.say("No messages yet", "Here a run shows who sends what to whom, and who waits for what.")
        elif observation.outcome is None:
            self._empty.say("Nothing recorded yet", "A run that is not watched records none.", runnable=False)
        else:
            self._empty.say(
                "This run was not watched", "Set Watch to on, below Every run, and it records every message and wait."
            )

    def _say_complete(self) -> None:
        assert self._observation is not None
        assert self._observation.traffic is not None
        assert self._observation.operations is not None
        channels = [one for one in self._observation.traffic.channels() if one.thing is None or one.thing.site]
        sent, received = sum(one.sent for one in channels), sum(one.received for one in channels)
        lost = self._observation.operations.unrecorded
        words = [f"{thousands(sent)} sent", f"{thousands(received)} received", f"{thousands(lost)} not recorded"]
        if gone := self._observation.operations.gone:
            words.append(f"the oldest {thousands(gone)} operations no longer shown")
        self._complete.setText(", ".join(words))

    # ------------------------------------------------------------------------------------------------- what is seen

    def _follow(self) -> None:
        self.chart.view.follow()
        self.chart.update()
        self._show_buttons()

    def _show_buttons(self) -> None:
        self.follow_button.setChecked(self.chart.view.following)

    def _show_selection(self) -> None:
        selection, scene = self.chart.selection, self._scene
        if selection is None or scene is None or scene.observation.operations is None:
            title, pairs = (
                "Nothing selected",
                [("", "Click an arrow or a bar, or go from message to message with Shift and the arrow keys.")],
            )
        elif selection.route is not None:
            title, pairs = message_details.of_message(scene, selection.route, selection.row)
        else:
            lane = scene.observation.operations.by_number[selection.lane]
            title, pairs = message_details.of_call(scene, lane, selection.row)
        self._title.setText(title)
        self._title.setAccessibleName(title)
        columns = COLUMNS if self.width() >= theme.px(WIDE) else 2
        while len(self._values) < len(pairs):
            label, value = QLabel(), QLabel()
            label.setFont(theme.font(12))
            label.setProperty("tone", "2")
            value.setFont(theme.font(12, 500))
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._values.append((label, value))
        lines = -(-max(1, len(pairs)) // columns)
        for place, (label, value) in enumerate(self._values):
            label.setVisible(place < len(pairs))
            value.setVisible(place < len(pairs))
            if place < len(pairs):
                label.setText(pairs[place][0])
                value.setText(pairs[place][1])
                value.setAccessibleName(f"{pairs[place][0]}: {pairs[place][1]}")
                at, line = divmod(place, lines)
                self._grid.addWidget(label, line, 2 * at)
                self._grid.addWidget(value, line, 2 * at + 1, 1, 1 if pairs[place][0] else 5)
        for at in range(COLUMNS):
            self._grid.setColumnStretch(2 * at + 1, 1 if at < columns else 0)
