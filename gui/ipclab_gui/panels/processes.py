"""Processes: a card for each, with its state, what it does, its variables, CPU and memory. GUI thread only."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from ipclab_gui import theme
from ipclab_gui.panels import Panel
from ipclab_gui.panels.empty import EmptyState, turn
from ipclab_gui.panels.process_card import GAP, CardDelegate, card_height
from ipclab_gui.panels.process_model import CARD, Card, ProcessModel, tally
from ipclab_gui.panels.step_buttons import StepButtons, Wanted, by_person

if TYPE_CHECKING:
    from ipclab.catalog import Experiment
    from ipclab.observation import Observation

NARROW, WIDE = 640, 1240  # below: one column of cards; from: three; pixels at 96 dpi


class CardsView(QListView):
    """Cards in a grid of as many columns as there is room for; arrows go from card to card, Ctrl+C copies one."""

    chase_wanted = Signal(int)  # a pid: step until it stands at the gate again

    def __init__(self, model: ProcessModel) -> None:
        super().__init__()
        self._cards = model
        self._delegate = CardDelegate(self)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionRectVisible(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setAccessibleName("Process cards")
        self.steps = StepButtons(self.viewport(), self)
        self._stepping = False
        self.verticalScrollBar().valueChanged.connect(self._place_buttons)
        theme.notifier.changed.connect(self.viewport().update)
        self.arrange()

    def arrange(self, *, grow: bool = False) -> None:
        """Fit the grid to the width, and its rows to the card that shows most; `grow`: they get no lower by it."""
        narrow = self.width() < theme.px(NARROW)
        edge = theme.px(20 if narrow else 32)
        bar = self.verticalScrollBar().sizeHint().width()
        slack = theme.px(6)  # Qt wraps a line that fits to the pixel
        self.setViewportMargins(edge, 0, max(0, edge - bar - theme.px(GAP) - slack), 0)
        columns = 1 if narrow else 2 if self.width() < theme.px(WIDE) else 3
        room = self.width() - 2 * edge + theme.px(GAP)  # the last column's gap lies in the margin
        cards = (self._cards.card(place) for place in range(self._cards.rowCount()))
        more = self._delegate.lines_more(room // columns, cards)
        self._delegate.more = more = max(more, self._delegate.more) if grow else more
        cell = QSize(room // columns, card_height(self._cards.most_shown, self._cards.watched, more) + theme.px(GAP))
        if cell != self._delegate.cell or cell != self.gridSize():
            self._delegate.cell = cell
            self.setGridSize(cell)
        self._place_buttons()

    def allow_steps(self, allowed: bool) -> None:
        """Have a button on each card that stands at the gate, or none."""
        self._stepping = allowed
        self._place_buttons()

    def _place_buttons(self) -> None:
        wanted = []
        for place in range(self._cards.rowCount() if self._stepping else 0):
            card = self._cards.card(place)
            if card.ready:
                rect = self._delegate.button_rect(self.visualRect(self._cards.index(place)), card)
                wanted.append(Wanted(card.pid, card.number, card.name, card.ready, rect))
        self.steps.place(wanted)

    def updateGeometries(self) -> None:
        """Lay the buttons where the cards lie now."""
        super().updateGeometries()
        if "steps" in vars(self):
            self._place_buttons()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the grid."""
        self.arrange()
        super().resizeEvent(event)

    def event(self, event: QEvent) -> bool:
        """Let the wheel turn over the margins too, which Qt leaves out."""
        if event.type() == QEvent.Type.Wheel:
            return QCoreApplication.sendEvent(self.viewport(), event)
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy the card."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy_card()
            return
        super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer to copy the card or the value of one of its variables."""
        card = self.currentIndex().data(CARD)
        if not isinstance(card, Card):
            return
        menu = QMenu(self)
        if self._stepping and (card.ready or card.grey):
            if card.ready:
                menu.addAction("Step", partial(self.steps.step_wanted.emit, card.pid))
            chase = partial(self.chase_wanted.emit, card.pid)
            menu.addAction("To its next operation", chase)
            menu.addSeparator()
        menu.addAction("Copy card", self._copy_card)
        for name, value in card.shown:
            menu.addAction(f"Copy {name}").triggered.connect(lambda _=False, text=value: _to_clipboard(text))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(event.globalPos())

    def _copy_card(self) -> None:
        card = self.currentIndex().data(CARD)
        if isinstance(card, Card):
            _to_clipboard(card.spoken())


def _to_clipboard(text: str) -> None:
    QGuiApplication.clipboard().setText(text)


class ProcessesPanel(Panel):
    """How many processes there are and how they are, and the cards."""

    title: ClassVar[str] = "Processes"

    def __init__(self) -> None:
        super().__init__()
        self._observation: Observation | None = None
        self._model = ProcessModel(self)
        self._view = CardsView(self._model)
        self._view.steps.step_wanted.connect(self.step_wanted)
        self._view.chase_wanted.connect(self.chase_wanted)
        self._empty = EmptyState("cpu", "No processes yet", "")
        self._empty.run_wanted.connect(self.run_wanted)
        self._count, self._states = QLabel(), QLabel()
        self._count.setFont(theme.font(12, 600))
        self._states.setFont(theme.font(12))
        for label in (self._count, self._states):
            label.setProperty("tone", "2")
        self._states.setWordWrap(True)
        self._line = QHBoxLayout()
        self._line.setSpacing(theme.px(10))
        self._line.addWidget(self._count, 0, Qt.AlignmentFlag.AlignTop)
        self._line.addWidget(self._states, 1)

        cards = QWidget()
        column = QVBoxLayout(cards)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._line)
        column.addWidget(self._view, 1)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._empty)
        self._cards = cards
        self._pages.addWidget(cards)
        self.setFocusProxy(self._view)
        self._show_state()

    def set_experiment(self, experiment: Experiment) -> None:
        """Forget the run that was shown."""
        self._empty.set_glyph(experiment.stem)
        self.forget_run()

    def forget_run(self) -> None:
        """Show no processes."""
        self._begin(None)

    def begin(self, observation: Observation) -> None:
        """Show the processes of a new run."""
        self._begin(observation)

    def _begin(self, observation: Observation | None) -> None:
        self._observation = observation
        self._model.update(None)
        self._view.arrange()
        self._view.allow_steps(False)
        self._show_state()

    def refresh(self, now: bool) -> None:
        """Bring the cards up to date, four times a second."""
        if self._observation is None or not now:
            return
        self._model.update(self._observation)
        self._view.arrange(grow=self._observation.outcome is None)  # no card jumps as often as waits end
        self._view.allow_steps(by_person(self._observation))
        self._show_state()

    def _show_state(self) -> None:
        if self._model.rowCount():
            turn(self._pages, self._cards, self._view)
        else:
            turn(self._pages, self._empty, self._empty)
        if self._observation is None:
            self._empty.say(
                "No processes yet",
                "Each process of the run has a card here: its state, what it does, its variables, CPU and memory.",
            )
        elif self._model.rowCount():
            count, states = tally(self._observation)
            self._count.setText(count)
            self._states.setText(states)
        elif self._observation.outcome is None:
            self._empty.say("No processes yet", "The run is about to start its main program.", runnable=False)
        else:
            self._empty.say("No processes", "The run ended before its main program was started.")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the line above flush with the cards."""
        edge = theme.px(20 if self.width() < theme.px(NARROW) else 32)
        self._line.setContentsMargins(edge, theme.px(16), edge, theme.px(12))
        super().resizeEvent(event)
