"""Diagram: the processes of a run, what they share, and messages as they are sent. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QVBoxLayout, QWidget

from ipclab_gui import theme
from ipclab_gui.controls import hairline, tool
from ipclab_gui.diagram import layout, words
from ipclab_gui.diagram.board import Board
from ipclab_gui.diagram.player import FEW, Player
from ipclab_gui.diagram.recent import ROWS, RecentPane, Said
from ipclab_gui.diagram.scrubber import PACES, Scrubber
from ipclab_gui.diagram.showing import Showing
from ipclab_gui.messages.details_pane import Elided
from ipclab_gui.panels.drawn_panel import DrawnPanel
from ipclab_gui.panels.empty import EmptyState, turn
from ipclab_gui.panels.messages import HOW_TO_WATCH, NOTICE
from ipclab_gui.panels.step_buttons import by_person, choice_in
from ipclab_gui.time_cursor import TimeCursor

if TYPE_CHECKING:
    from PySide6.QtWidgets import QToolButton

    from ipclab.catalog import Experiment
    from ipclab.moment import Moment
    from ipclab.observation import Observation

HINT = "Drawn from what the processes did. Drag to move, wheel to zoom."
FAST = 0.5  # seconds of the run in one of the clock from which on messages are not told apart


class DiagramPanel(DrawnPanel):
    """The drawing, the last operations in words, and the line of time."""

    title: ClassVar[str] = "Diagram"

    def __init__(self) -> None:
        super().__init__()
        self._observation: Observation | None = None
        self._moved: dict[str, layout.Place] = {}
        self._paced = False
        self.board = Board()
        self.board.selected.connect(self._show_tools)
        self.board.looked.connect(self._show_tools)
        self.board.copy_wanted.connect(self.copy_picture)
        self.board.save_wanted.connect(self.ask_and_save)
        self.board.play_wanted.connect(self._play_or_step)
        self.recent = RecentPane()
        self.scrubber = Scrubber()
        self.scrubber.moment_wanted.connect(self._go_to)
        self.scrubber.play_wanted.connect(self._toggle_play)
        self.scrubber.call_wanted.connect(self._step)
        self._empty = EmptyState("exchange", "No diagram yet", "")
        self._empty.run_wanted.connect(self.run_wanted)
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.setInterval(NOTICE)
        self._forget.timeout.connect(lambda: self.notice(""))
        self._page = QWidget()
        column = QVBoxLayout(self._page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._tools())
        column.addWidget(self.board, 1)
        column.addWidget(hairline())
        column.addWidget(self.scrubber)
        column.addWidget(hairline())
        column.addWidget(self.recent)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._pages.addWidget(self._page)
        self.setFocusProxy(self.board)
        self._show_tools()
        self._say_empty()

    def _tools(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(theme.px(20), theme.px(6), theme.px(12), theme.px(2))
        row.setSpacing(theme.px(2))
        self.note = Elided(12)
        self.note.setProperty("tone", "2")
        self.note.say(HINT)
        row.addWidget(self.note, 1)

        def button(icon: str, name: str, hint: str) -> QToolButton:
            made = tool(icon, name, hint)
            row.addWidget(made)
            return made

        self.only_button = button("filter", "Only who talks to this one", "Only who talks to what is selected (Enter)")
        self.only_button.setCheckable(True)
        self.only_button.clicked.connect(self._toggle_only)
        button("minus", "Zoom out", "Smaller (-)").clicked.connect(lambda: self.board.zoom(1 / 1.2))
        self.zoom_label = QLabel("100 %")
        self.zoom_label.setFont(theme.font(12))
        self.zoom_label.setProperty("tone", "2")
        self.zoom_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.zoom_label.setFixedWidth(self.zoom_label.fontMetrics().horizontalAdvance("125 %") + theme.px(10))
        row.addWidget(self.zoom_label)
        button("plus", "Zoom in", "Larger (+)").clicked.connect(lambda: self.board.zoom(1.2))
        button("fit", "Fit", "Show all of it (0)").clicked.connect(self.board.fit)
        button("copy", "Copy picture", "Copy picture (Ctrl+C)").clicked.connect(self.copy_picture)
        button("save", "Save", "Save (Ctrl+S)").clicked.connect(self.ask_and_save)
        return row

    def share(self, cursor: TimeCursor) -> None:
        """Show the moment that this cursor stands at, and move it."""
        self.time_cursor = cursor
        cursor.changed.connect(self._cursor_moved)
        self.showing = Showing(self.board, cursor)
        self.showing.shown.connect(self._show_moment)
        self.showing.began.connect(self._show_run)
        self.player = Player(self, cursor, lambda: self.scrubber.speed)
        self.player.changed.connect(self._player_changed)

    # ------------------------------------------------------------------------------------------------- the run

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Have fewer operations in words where there is little room."""
        self.recent.fit(self.height())
        super().resizeEvent(event)

    def set_experiment(self, experiment: Experiment) -> None:
        """Forget the run that was shown."""
        self._moved = layout.session.setdefault(experiment.name, {})
        self._empty.set_glyph(experiment.stem)
        self.forget_run()

    def forget_run(self) -> None:
        """Show no run; where a person has put its figures, they will stand in the next."""
        self._begin(None)

    def begin(self, observation: Observation) -> None:
        """Show a new run."""
        self._begin(observation)

    def _begin(self, observation: Observation | None) -> None:
        self._observation = observation
        self._paced = False
        self.player.show_run(None)
        self.showing.begin(observation, self._moved)
        self.recent.say([])
        self.recent.say_next(None)
        self._say_empty()

    def _show_run(self) -> None:
        self.player.show_run(self.showing.moments)
        self._show_tools()
        turn(self._pages, self._page, self.board)

    def refresh(self, now: bool) -> None:
        """Read what has come, and draw the moment that is to be seen."""
        if not self.showing.refresh(now) and now:
            self._say_empty()
        if now:
            self._say_next()

    def _say_next(self) -> None:
        """Say below what comes next where the run is slowed or stepped and its end is on show."""
        observation = self._observation
        choice = choice_in(observation) if observation is not None and self.time_cursor.moment is None else None
        if observation is None or choice is None or not choice.ready:
            self.recent.say_next(None)
            return
        first, gate = choice.ready[0], observation.gate
        remark = f"on {first.on}" if first.on else first.place
        if gate.mode == "slow":
            remark = f"in {max(0.0, first.standing.operation.begin / 1e9 + gate.pace - observation.time):.1f} s"
        self.recent.say_next(Said("next", first.process, first.call, remark))

    def _show_moment(self) -> None:
        """Say in words what is drawn."""
        moments, moment = self.showing.moments, self.showing.moment
        assert moments is not None
        assert moment is not None
        self.player.follow(self.showing.until)
        if not self._paced and not self.showing.running:
            self._paced = True
            calls = sum(lane.count for lane in moments.operations.by_number)
            self.scrubber.pace.setCurrentIndex(0 if calls <= FEW else len(PACES) - 1)
        self.recent.say([Said(*one) for one in words.latest(moments, moment.time, ROWS)])
        self.scrubber.show_moment(self.time_cursor.moment, self.showing.until)
        self._say_note(moment)

    # -------------------------------------------------------------------------------------------------- the cursor

    def _cursor_moved(self) -> None:
        if self.isVisible():
            self.showing.slowed = self.player.playing and self.scrubber.speed < FAST
            self.showing.show(jumped=not self.player.playing)

    def _go_to(self, moment: int | None) -> None:
        self.player.stop()
        self.time_cursor.set(moment)

    def _play_or_step(self) -> None:
        """Step where that is a person's and the run's end is on show, else play or pause."""
        if self._observation is not None and by_person(self._observation) and self.time_cursor.moment is None:
            self.step_wanted.emit(0)
        else:
            self._toggle_play()

    def _toggle_play(self) -> None:
        self.player.toggle()

    def _step(self, by: int) -> None:
        self.player.step(by)

    def _player_changed(self) -> None:
        self.scrubber.show_playing(self.player.playing)

    # ------------------------------------------------------------------------------------------------------ words

    def _say_empty(self) -> None:
        turn(self._pages, self._empty, self._empty)
        observation = self._observation
        if observation is None:
            self._empty.say("No diagram yet", "Here a run's processes are drawn, what they share, and what they send.")
        elif not observation.watched:
            going = observation.outcome is None
            self._empty.say(f"This run {'is' if going else 'was'} not watched", HOW_TO_WATCH.replace(
                "records every message and wait", "is drawn here"), runnable=not going)  # fmt: skip
        elif observation.outcome is None:
            self._empty.say("Nothing yet", "The processes come here as soon as one does something.", runnable=False)
        else:
            self._empty.say("Nothing was recorded", "The run ended before any of its processes did something.")

    def _say_note(self, moment: Moment) -> None:
        if self._forget.isActive():
            return
        words = HINT if moment.complete else "Some operations were not recorded: counts may be off."
        if self.note.whole != words:
            self.note.say(words)

    def notice(self, text: str) -> None:
        """Say something in the place of the hint, for four seconds."""
        self.note.say(text or HINT)
        if text:
            self._forget.start()

    def _show_tools(self) -> None:
        self.only_button.setEnabled(self.board.selection is not None or self.board.only is not None)
        self.only_button.setChecked(self.board.only is not None)
        self.zoom_label.setText(f"{round(self.board.camera.zoom * 100)} %")

    def _toggle_only(self) -> None:
        self.board.show_only(None if self.board.only is not None else self.board.selection)

    # ------------------------------------------------------------------------------------------------------ copies

    def picture_size(self) -> QSize:
        return self.board.size()

    def paint_picture(self, painter: QPainter) -> None:
        self.board.paint(painter)

    def picture_words(self) -> str:
        return self.board.accessibleDescription()
