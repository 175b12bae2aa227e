"""Output: what the run's processes printed, a line each, with its time and its process. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from ipclab.quantity import thousands
from ipclab_gui import icons, theme
from ipclab_gui.own_programs import is_own
from ipclab_gui.panels import Panel
from ipclab_gui.panels.bars import Hairline, tool_button
from ipclab_gui.panels.empty import EmptyState, turn
from ipclab_gui.panels.input_bar import InputBar
from ipclab_gui.panels.output_choices import Choices
from ipclab_gui.panels.output_model import OutputModel
from ipclab_gui.panels.output_view import OutputView, to_clipboard
from ipclab_gui.panels.saving import save_text

if TYPE_CHECKING:
    from ipclab.catalog import Experiment
    from ipclab.observation import Observation


class Filter(QLineEdit):
    """A field for a text that lines must contain; Escape empties it."""

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText("Filter")
        self.setAccessibleName("Filter")
        self.setTextMargins(theme.px(24), 0, 0, 0)
        self.setProperty("quiet", "true")
        self.setFixedHeight(theme.px(30))
        theme.notifier.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the magnifier too: as an action of Qt's it would be a button that has no name and does nothing."""
        super().paintEvent(event)
        side = theme.px(16)
        picture = icons.pixmap("search", "text3", side, self.devicePixelRatio())
        QPainter(self).drawPixmap(theme.px(8), (self.height() - side) // 2, picture)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Empty it upon Escape."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)


class OutputPanel(Panel):
    """The lines, the filters above them and their number below."""

    title: ClassVar[str] = "Output"
    finds: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._observation: Observation | None = None
        self._name, self._own = "output", False
        self._model = OutputModel(self)
        self._view = OutputView()
        self._view.setModel(self._model)
        self._view.following.connect(self._say)
        self._view.copy_wanted.connect(self._copy)
        self._view.place_wanted.connect(self.place_wanted)
        self._empty = EmptyState("terminal", "No output yet", "")
        self._empty.run_wanted.connect(self.run_wanted)

        self._choices = Choices()
        self._choices.changed.connect(self._filter)
        self._needle = Filter()
        self._needle.textChanged.connect(self._filter)
        copy = tool_button("copy", "Copy")
        copy.clicked.connect(self._copy)
        save = tool_button("save", "Save as...")
        save.clicked.connect(self._save)

        tools = QHBoxLayout()
        tools.setSpacing(theme.px(8))
        tools.addWidget(self._needle, 1)
        tools.addWidget(copy)
        tools.addWidget(save)
        self._bar = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._bar.setSpacing(theme.px(10))
        self._bar.addWidget(self._choices, 1)
        self._bar.addLayout(tools)
        self._bar.setAlignment(tools, Qt.AlignmentFlag.AlignTop)

        self._count = QLabel()
        self._end = QLabel()
        for label in (self._count, self._end):
            label.setFont(theme.font(12))
            label.setProperty("tone", "2")
        self._to_end = QPushButton("Go to the end")
        self._to_end.setAccessibleName("Go to the end")
        self._to_end.setProperty("kind", "link")
        self._to_end.setIcon(icons.icon("arrow-down", "accent"))
        self._to_end.clicked.connect(self._view.go_to_end)
        self._foot = QHBoxLayout()
        self._foot.addWidget(self._count, 1)
        self._foot.addWidget(self._end)
        self._foot.addWidget(self._to_end)

        lines = QWidget()
        column = QVBoxLayout(lines)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._bar)
        column.addWidget(Hairline())
        column.addSpacing(theme.px(8))
        column.addWidget(self._view, 1)
        column.addWidget(Hairline())
        foot = QWidget()
        foot.setLayout(self._foot)
        foot.setFixedHeight(theme.px(32))
        column.addWidget(foot)

        self._input = InputBar()
        self._input.typed.connect(self.typed)
        self._input.hide()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        self._pages = QStackedLayout()
        whole.addLayout(self._pages, 1)
        whole.addWidget(self._input)
        self._pages.addWidget(self._empty)
        self._lines = lines
        self._pages.addWidget(lines)
        self.setFocusProxy(self._view)
        self._arrange()
        self._clear(None)

    def set_experiment(self, experiment: Experiment) -> None:
        """Forget the run that was shown."""
        self._own = is_own(experiment)
        self._name = experiment.source.stem if self._own else experiment.name
        self._empty.set_glyph(experiment.stem)
        self.forget_run()

    def forget_run(self) -> None:
        """Show no lines."""
        self._clear(None)

    def find_words(self) -> None:
        """Go to the field that finds lines."""
        self._needle.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._needle.selectAll()

    def begin(self, observation: Observation) -> None:
        """Show the output of a new run."""
        self._input.begin()
        self._clear(observation)

    def _clear(self, observation: Observation | None) -> None:
        self._observation = observation
        self._choices.clear()
        self._view.columns.forget()
        self._view.follows = True
        self._model.begin(observation)
        self._filter()
        self._show_state()

    def refresh(self, now: bool) -> None:
        """Append what came."""
        if self._observation is None:
            return
        seen = self._observation.processes
        for process in seen.values():
            self._choices.know(process.id, process.name)
        self._view.grow(self._model)
        tagged = self._model.tagged
        self._view.learn([(p.name, p.id in tagged) for p in seen.values()], self._observation.time)
        self._show_state()

    def _show_state(self) -> None:
        """Lines where there are any, else what to do; what can be typed for a program of a person's own."""
        self._show_input()
        lines = bool(self._model.total or (self._observation is not None and self._observation.lines_gone))
        if lines:
            turn(self._pages, self._lines, self._view)
            self._say()
            return
        turn(self._pages, self._empty, self._empty)
        if self._observation is None:
            self._empty.say("No output yet", "What the processes print appears here, with its time and its process.")
        elif self._observation.outcome is None:
            asks = self._own and self._observation.asks
            words = "What the program asks stands below." if asks else "No process has printed anything so far."
            self._empty.say("No whole line yet" if asks else "No output yet", words, runnable=False)
        else:
            self._empty.say("No output", "No process printed anything in this run.")

    def _show_input(self) -> None:
        """Let lines be typed while a person's own program runs, and only then."""
        main = self._observation.processes.get(0) if self._observation is not None else None
        running = self._own and self._observation is not None and self._observation.outcome is None
        wanted = running and main is not None and main.alive
        if not wanted and self._input.line.hasFocus():
            self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        if wanted and self._observation is not None:
            self._input.ask(self._observation)
        self._input.setVisible(wanted)
        self.setFocusProxy(self._input.line if wanted else self._view)
        if wanted and self._empty.hasFocus():
            self._input.line.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say(self) -> None:
        """Say how many lines there are, how many went, and whether more may come."""
        if self._observation is None:
            return
        total, shown, gone = self._model.total, self._model.rowCount(), self._observation.lines_gone
        words = f"{thousands(total)} {'line' if total == 1 else 'lines'}"
        if shown != total:
            words = f"{thousands(shown)} of {words}"
        if gone:
            words += f"; {thousands(gone)} earlier {'line is' if gone == 1 else 'lines are'} gone"
        self._count.setText(words)
        over = self._observation.outcome is not None
        self._end.setText("End of output" if over else "Follows the end")
        self._end.setVisible(self._view.follows)
        self._to_end.setVisible(not self._view.follows)

    def _filter(self) -> None:
        hidden, only_errors, needle = self._choices.hidden, self._choices.only_errors, self._needle.text()
        self._model.filter(hidden=hidden, only_errors=only_errors, needle=needle)
        if needle:
            self._view.set_nothing(f"No line contains “{needle}”. Escape in the filter shows all.")
        elif only_errors:
            self._view.set_nothing("No process wrote to stderr.")
        else:
            self._view.set_nothing("No process is chosen.")
        if self._view.follows:
            self._view.scrollToBottom()
        self._say()

    def _chosen(self) -> str:
        """Return the selected lines as text, all shown ones where none is selected."""
        rows = sorted(index.row() for index in self._view.selectionModel().selectedRows())
        return self._model.text(rows or range(self._model.rowCount()))

    def _copy(self) -> None:
        to_clipboard(self._chosen())

    def _save(self) -> None:
        text = self._model.text(range(self._model.rowCount()))
        save_text(self, "Save output", f"{self._name}-output.txt", "Text (*.txt)", text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Set the filter over the check boxes where there is no room beside them."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        narrow = self.width() < theme.px(700)
        edge = theme.px(20 if narrow else 32)
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.BottomToTop
        self._bar.setDirection(down if narrow else across)
        self._bar.setContentsMargins(edge, theme.px(10), edge, theme.px(10))
        self._foot.setContentsMargins(edge, 0, edge, 0)
        self._needle.setMinimumWidth(theme.px(120 if narrow else 180))
        self._needle.setMaximumWidth(16_777_215 if narrow else theme.px(180))
