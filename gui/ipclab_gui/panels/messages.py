"""Messages: who sent what to whom and when, and who waited for what. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QRect, QSize, QTimer
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QPainter
from PySide6.QtWidgets import QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from ipclab.quantity import thousands
from ipclab.queue_items import is_under_way, write_of
from ipclab.ready import Choice
from ipclab.records import LATENESS
from ipclab.trace import record
from ipclab_gui import icons, theme
from ipclab_gui.controls import hairline, tool
from ipclab_gui.messages import details
from ipclab_gui.messages.chart import MessageChart
from ipclab_gui.messages.details_pane import DetailsPane
from ipclab_gui.messages.lane_bar import LaneBar
from ipclab_gui.messages.legend import MessageLegend
from ipclab_gui.messages.scene import Scene
from ipclab_gui.panels.drawn_panel import DrawnPanel
from ipclab_gui.panels.empty import EmptyState, turn
from ipclab_gui.panels.step_buttons import StepButtons, Wanted, by_person, choice_in
from ipclab_gui.panels.step_buttons import width as step_buttons_width

if TYPE_CHECKING:
    from PySide6.QtWidgets import QToolButton

    from ipclab.catalog import Experiment
    from ipclab.observation import Observation
    from ipclab_gui.time_cursor import TimeCursor

NOTICE = 4_000  # ms that a notice stays
PORTION = 5_000  # operations from which on their messages are paired at once, so that no portion is a large one
HOW_TO_WATCH = "Set Watch to On, in the bar on top, and the next run records every message and wait."
HINT = "Click an arrow or a bar, or press Shift with an arrow key. A click beside them sets the moment for Diagram."


class MessagesPanel(DrawnPanel):
    """The chart, what is selected in it, and whether all that happened was recorded."""

    title: ClassVar[str] = "Messages"

    def __init__(self) -> None:
        super().__init__()
        self._observation: Observation | None = None
        self.scene: Scene | None = None
        self._complete = self._notice = ""
        self._choice = Choice()
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.setInterval(NOTICE)
        self._forget.timeout.connect(lambda: self.notice(""))
        self._empty = EmptyState("exchange", "No messages yet", "")
        self._empty.run_wanted.connect(self.run_wanted)
        self.chart = MessageChart()
        self.chart.selected.connect(self._show_selection)
        self.chart.moved.connect(self._show_buttons)
        self.chart.copy_wanted.connect(self.copy_picture)
        self.chart.save_wanted.connect(self.ask_and_save)
        self.chart.go_on_wanted.connect(lambda: self.step_wanted.emit(0))
        self.steps = StepButtons(self.chart, self.chart)
        self.steps.step_wanted.connect(self.step_wanted)
        self._lanes = LaneBar(self.chart)
        self.legend = MessageLegend()
        self.details = DetailsPane()
        self.details.note.setAccessibleName("Completeness")
        self._page = QWidget()
        column = QVBoxLayout(self._page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._tools())
        column.addWidget(self.chart, 1)
        column.addWidget(hairline())
        column.addWidget(self.details)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._page)
        self.setFocusProxy(self.chart)
        self._say_empty()

    def share(self, cursor: TimeCursor) -> None:
        """Show where this cursor stands, and put it where a person clicks beside arrows and bars."""
        cursor.changed.connect(lambda: self.chart.show_moment(cursor.moment))
        self.chart.moment_wanted.connect(cursor.set)
        self.chart.show_moment(cursor.moment)

    def _tools(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(theme.px(20), theme.px(8), theme.px(12), theme.px(4))
        row.setSpacing(theme.px(2))
        row.addWidget(self.legend, 1)

        def button(icon: str, name: str, hint: str) -> QToolButton:
            made = tool(icon, name, hint)
            row.addWidget(made)
            return made

        self.follow_button = button("arrow-right", "Follow", "Keep the end of the run in view (Space)")
        self.follow_button.setCheckable(True)
        self.follow_button.clicked.connect(self.chart.toggle_following)
        button("minus", "Zoom out", "Show more time (-)").clicked.connect(lambda: self.chart.zoom(1 / 1.6))
        button("plus", "Zoom in", "Show less time (+)").clicked.connect(lambda: self.chart.zoom(1.6))
        self.until_button = button(
            "step-until", "Step until received", "Step, the oldest first, until the selected message is received"
        )
        self.until_button.hide()
        self.until_button.clicked.connect(self._ask_until_received)
        self.near_button = button("crosshair", "Zoom to selection", "Show what is selected as large as it goes (Enter)")
        self.near_button.clicked.connect(self.chart.zoom_to_selection)
        button("fit", "Whole run", "Show the whole run (0)").clicked.connect(self.chart.show_all)
        button("copy", "Copy picture", "Copy picture (Ctrl+C)").clicked.connect(self.copy_picture)
        button("save", "Save", "Save (Ctrl+S)").clicked.connect(self.ask_and_save)
        return row

    # ------------------------------------------------------------------------------------------------- the run

    def set_experiment(self, experiment: Experiment) -> None:
        """Forget the run that was shown."""
        self._empty.set_glyph(experiment.stem)
        self.forget_run()

    def forget_run(self) -> None:
        """Show no run."""
        self._begin(None)

    def begin(self, observation: Observation) -> None:
        """Show a new run."""
        self._begin(observation)

    def _begin(self, observation: Observation | None) -> None:
        self._observation, self.scene = observation, None
        self._no_steps()
        self.chart.show_scene(None)
        self._say_empty()

    def _no_steps(self) -> None:
        self._choice = Choice()
        self.chart.calls, self.chart.steps_wide = {}, 0
        self.steps.place(())

    def refresh(self, now: bool) -> None:
        """Draw what has come."""
        observation = self._observation
        if observation is None or observation.operations is None or observation.traffic is None:
            if now:
                self._say_empty()
            return
        running = observation.outcome is None
        if now or not running or observation.operations.unseen >= PORTION:
            observation.traffic.pair(int(observation.time * 1e9) - LATENESS if running else None)
        first = self.scene is None
        if self.scene is None:
            self.scene = Scene(observation)
            self.chart.show_scene(self.scene)
        self.scene.follow()
        if now or first:
            self.scene.follow_channels()
            self._say_complete(observation)
            self._show_buttons()
        if first:
            self._show_selection()
            turn(self._pages, self._page, self.chart)
        if now or first:
            self._show_choice(observation)
        self.chart.view.grow(self.scene.until, running=running)
        if now and self.chart.selection is not None:
            self._say_details()
        self.chart.redraw()
        if now or first:
            self._place_steps()
            self._lanes.follow()

    def _show_choice(self, observation: Observation) -> None:
        """Let the lanes say what who stands at the gate is about to do."""
        self._choice = choice_in(observation) or Choice()
        self.chart.calls = {one.standing.pid: one.call for one in reversed(self._choice.ready)}
        self.chart.steps_wide = step_buttons_width() + theme.px(8) if by_person(observation) else 0
        self._show_buttons()

    def _place_steps(self) -> None:
        wanted = []
        for pid, call in self.chart.calls.items() if self.chart.steps_wide else ():
            one, place = self._choice.of(pid), self.chart.step_place(pid)
            if one is not None and place is not None:
                wanted.append(Wanted(pid, one.number, one.process, call, place))
        self.steps.place(wanted)

    def _unreceived(self) -> tuple[int, int] | None:
        """Return lane and row of the selected send or put where its message has not been received."""
        selection = self.chart.selection
        if selection is None or selection.route is not None or self.scene is None:
            return None
        operations = self.scene.operations
        lane = operations.by_number[selection.lane]
        call = lane.operation(selection.row)
        if call is None or call.flags & (record.ERROR | record.FAILED):
            return None
        written: int | None = selection.row
        if call.operation == record.PUT and not lane.dropped and not operations.unrecorded:
            written = write_of(lane, selection.row)
        elif call.operation != record.SEND:
            return None
        return (selection.lane, selection.row) if written is None or is_under_way(lane, written) else None

    def _ask_until_received(self) -> None:
        found = self._unreceived()
        if found is not None:
            self.receive_wanted.emit(*found)

    def _say_empty(self) -> None:
        turn(self._pages, self._empty, self._empty)
        observation = self._observation
        if observation is None:
            self._empty.say("No messages yet", "Here a run shows who sends what to whom, and who waits for what.")
        elif not observation.watched:
            going = observation.outcome is None
            words = f"This run {'is' if going else 'was'} not watched"
            self._empty.say(words, HOW_TO_WATCH, runnable=not going)
        elif observation.outcome is None:
            self._empty.say("Nothing yet", "The first message or wait comes here as soon as it begins.", runnable=False)
        else:
            self._empty.say("Nothing was recorded", "The run ended before any of its processes did something.")

    def _say_complete(self, observation: Observation) -> None:
        assert observation.traffic is not None
        assert observation.operations is not None
        channels = observation.traffic.channels()
        sent, received = sum(one.sent for one in channels), sum(one.received for one in channels)
        lost, gone = observation.operations.unrecorded, observation.operations.gone
        words = [f"{thousands(sent)} sent", f"{thousands(received)} received", f"{thousands(lost)} not recorded"]
        if unseen := len(observation.operations.untraced):
            words.append(f"nothing recorded of {unseen} process{'es' if unseen > 1 else ''}")
        if gone:
            words.append(f"the oldest {thousands(gone)} operations no longer shown")
        self._complete = ", ".join(words)
        self._say_note()

    def notice(self, text: str) -> None:
        """Say something in the place of completeness, for four seconds."""
        self._notice = text
        self._say_note()
        if text:
            self._forget.start()

    def _say_note(self) -> None:
        self.details.note.say(self._notice or self._complete)
        self.details.note.setAccessibleDescription(self._notice or self._complete)

    # ------------------------------------------------------------------------------------------------- what is seen

    def _show_buttons(self) -> None:
        following = self.chart.view.following
        self.follow_button.setChecked(following)
        self.follow_button.setIcon(icons.icon("arrow-right", "accent" if following else "text2"))
        self.near_button.setEnabled(self.chart.selection is not None)
        self.until_button.setVisible(bool(self.chart.steps_wide))
        self.until_button.setEnabled(bool(self.chart.steps_wide) and self._unreceived() is not None)
        self._place_steps()

    def _show_selection(self) -> None:
        words = self._say_details()
        self._show_buttons()
        if self.chart.selection is not None and self.chart.hasFocus():
            event = QAccessibleAnnouncementEvent(self.chart, words)
            QAccessible.updateAccessibility(event)

    def _say_details(self) -> str:
        """Show what is known of the selection; returns it in words, as who does not see it hears it."""
        selection, scene = self.chart.selection, self.scene
        if selection is None or scene is None:
            title, pairs = "Nothing selected", [("", HINT)]
        elif selection.route is not None:
            title, pairs = details.of_message(scene, selection.route, selection.row)
        else:
            lane = scene.operations.by_number[selection.lane]
            title, pairs = details.of_call(scene, lane, selection.row)
        self.details.say(title, pairs)
        words = ". ".join([title, *(f"{label} {value}".strip() for label, value in pairs)])
        self.chart.setAccessibleDescription(words)
        return words

    # ------------------------------------------------------------------------------------------------------ copies

    def picture_size(self) -> QSize:
        return QSize(self.chart.width(), self.legend.height() + theme.px(16) + self.chart.height())

    def paint_picture(self, painter: QPainter) -> None:
        painter.fillRect(QRect(0, 0, self.picture_size().width(), self.picture_size().height()), theme.color("bg"))
        painter.save()
        painter.translate(theme.px(20), theme.px(8))
        self.legend.paint(painter)
        painter.restore()
        painter.translate(0, self.legend.height() + theme.px(16))
        self.chart.paint(painter)

    def picture_words(self) -> str:
        return self.chart.accessibleDescription()
