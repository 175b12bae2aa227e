"""Start here: the experiments in the order in which a person would learn, with what has been tried. GUI thread only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter, QPen, QResizeEvent, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ipclab.outlines import Outline
from ipclab_gui import icons, theme
from ipclab_gui.controls import hairline
from ipclab_resources import program_of

COLUMN = 720  # px: the rows' width; lengths are pixels at 96 dpi
NARROW = 640
SQUARE = 48  # of the ground that a glyph stands on
HOW_TO_LEARN = (
    "Each leads to the next. Set Watch to Slow and press Run to see it happen, go through it by Step, and measure last."
)
FIRST_PART, SECOND_PART = "Step by step", "What goes wrong, and how to find out"

EXPERIMENT = Qt.ItemDataRole.UserRole  # an Outline; None for a heading
STEP = Qt.ItemDataRole.UserRole + 1  # its number, 0 where it is no step
DONE = Qt.ItemDataRole.UserRole + 2  # it has been run to its end

Index = QModelIndex | QPersistentModelIndex


def step_of(experiment: Outline) -> int:
    """Return an experiment's place in the tutorial, from 1; 0 where it stands beside it. A step has a plain program."""
    program = program_of(experiment.stem)
    return int(program.name[1]) if program is not None else 0


def in_order(experiments: Sequence[Outline]) -> list[Outline]:
    """Return the experiments as a person would learn them: the tutorial's steps, then what is left as it was."""
    return sorted(experiments, key=lambda one: step_of(one) or 99)


class StartPage(QWidget):
    """A header that names what is next, and a row for each experiment; `picked` says which a person opened."""

    picked = Signal(str)

    def __init__(self, experiments: Sequence[Outline], done: Iterable[str]) -> None:
        super().__init__()
        self._experiments = in_order(experiments)
        self._next = ""
        self.setAccessibleName("Start here")
        self._title = QLabel("Start here")
        self._title.setFont(theme.font(20, 600))
        self._tried = QLabel()
        self._tried.setProperty("tone", "2")
        self._tried.setWordWrap(True)
        self.go_on = QPushButton()
        self.go_on.setProperty("kind", "primary")
        self.go_on.setFont(theme.font(13, 600))
        self.go_on.clicked.connect(lambda: self.picked.emit(self._next))
        self.list = LessonList()
        self.list.setAccessibleName("Experiments in order")
        self.list.opened.connect(self.picked)
        self._fill()
        words = QVBoxLayout()
        words.setSpacing(theme.px(3))
        words.addWidget(self._title)
        words.addWidget(self._tried)
        self._header = QHBoxLayout()
        self._header.setSpacing(theme.px(16))
        self._header.addLayout(words, 1)
        self._header.addWidget(self.go_on, 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._header)
        column.addWidget(hairline())
        column.addWidget(self.list, 1)
        self.show_done(done)

    def _fill(self) -> None:
        model = QStandardItemModel(self)
        part = ""
        for experiment in self._experiments:
            step = step_of(experiment)
            if part != (FIRST_PART if step else SECOND_PART):
                part = FIRST_PART if step else SECOND_PART
                heading = QStandardItem(part)
                heading.setFlags(Qt.ItemFlag.NoItemFlags)
                model.appendRow(heading)
            item = QStandardItem(experiment.title)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            item.setData(experiment, EXPERIMENT)
            item.setData(step, STEP)
            said = [f"Step {step}." if step else "", experiment.question, f"{experiment.title}.", experiment.summary]
            item.setData(" ".join(one for one in said if one), Qt.ItemDataRole.AccessibleTextRole)
            model.appendRow(item)
        self.list.setModel(model)

    def show_done(self, done: Iterable[str]) -> None:
        """Mark what has been run to its end, and name the first that has not."""
        known = set(done)
        left = [one for one in self._experiments if one.name not in known]
        model = self.list.model()
        assert isinstance(model, QStandardItemModel)
        for row in range(model.rowCount()):
            item = model.item(row)
            experiment = item.data(EXPERIMENT)
            if experiment is not None:
                tried = experiment.name in known
                item.setData(tried, DONE)
                item.setData("has been run" if tried else "", Qt.ItemDataRole.AccessibleDescriptionRole)
                if left and experiment is left[0]:
                    self.list.setCurrentIndex(item.index())
        self.list.scheduleDelayedItemsLayout()  # a mark takes room
        count = len(self._experiments)
        told = f"{count - len(left)} of {count} tried" if len(left) < count else f"{count} experiments"
        self._tried.setText(f"{HOW_TO_LEARN} {told}.")
        self._next = left[0].name if left else ""
        self.go_on.setVisible(bool(left))
        if left:
            self.go_on.setText(f"{'Continue' if len(left) < count else 'Begin'} with {left[0].title}")

    def resizeEvent(self, event: QResizeEvent) -> None:
        edge = theme.px(20 if self.width() < theme.px(NARROW) else 32)
        self._header.setContentsMargins(edge, theme.px(20), edge, theme.px(14))
        super().resizeEvent(event)


class LessonList(QListView):
    """The rows; a click or Enter opens one."""

    opened = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.under_mouse = -1  # the row
        self.setItemDelegate(_Rows(self))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # or rows are measured twice
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setTabKeyNavigation(False)
        self.entered.connect(lambda index: self._over(index.row()))
        self.viewportEntered.connect(lambda: self._over(-1))
        self.clicked.connect(self._open)
        theme.notifier.changed.connect(self._repaint)

    def _over(self, row: int) -> None:
        self.under_mouse = row
        self._repaint()

    def _repaint(self) -> None:
        self.viewport().update()

    def _open(self, index: QModelIndex) -> None:
        experiment = index.data(EXPERIMENT)
        if experiment is not None:
            self.opened.emit(experiment.name)

    def leaveEvent(self, event: QEvent) -> None:
        self._over(-1)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and not event.modifiers():
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()  # rows are as high as their words need


class _Rows(QStyledItemDelegate):
    def __init__(self, view: LessonList) -> None:
        super().__init__(view)
        self._view = view

    def _across(self) -> tuple[int, int]:
        """Return the column's left edge and width."""
        wide = self._view.viewport().width()
        edge = theme.px(20 if wide < theme.px(NARROW) else 32)
        return edge, min(theme.px(COLUMN), wide - 2 * edge)

    def _parts(self, index: Index) -> list[tuple[str, float, int, str]]:
        """Return the lines of a row: words, size, weight, token."""
        experiment: Outline = index.data(EXPERIMENT)
        lines = [(experiment.question, 15.0, 600, "text")] if experiment.question else []
        return [
            *lines,
            (experiment.title, 13.0, 500, "accent"),
            (experiment.summary.replace("`", ""), 13.0, 400, "text2"),
        ]

    def _lines(self, index: Index) -> tuple[list[QRect], int]:
        """Return where a row's lines stand, from its upper edge, and its height."""
        left, wide = self._across()
        left += theme.px(SQUARE + 32)
        wide -= theme.px(SQUARE + 32)
        top = theme.px(14)
        rects: list[QRect] = []
        for words, size, weight, _ in self._parts(index):
            room = wide - theme.px(72) if index.data(DONE) and not rects else wide  # beside mark and word
            metrics = QFontMetrics(theme.font(size, weight))
            box = metrics.boundingRect(QRect(0, 0, room, 1000), int(Qt.TextFlag.TextWordWrap), words)
            rects.append(QRect(left, top, room, box.height()))
            top += box.height() + theme.px(2)
        return rects, max(top - theme.px(2), theme.px(14 + SQUARE)) + theme.px(14)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        if index.data(EXPERIMENT) is None:
            return QSize(0, theme.px(44 if index.row() else 40))
        return QSize(0, self._lines(index)[1])

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        px, area = theme.px, QRect(option.rect)
        left, wide = self._across()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        experiment = index.data(EXPERIMENT)
        if experiment is None:
            painter.setFont(theme.font(12, 600))
            painter.setPen(theme.color("text2"))
            room = QRect(left, area.top(), wide, area.height() - px(8))
            painter.drawText(room, int(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft), str(index.data()))
            painter.restore()
            return
        row = QRect(left - px(10), area.top() + px(2), wide + px(20), area.height() - px(4))
        current = index.row() == self._view.currentIndex().row()
        focused = current and self._view.hasFocus()
        if focused or index.row() == self._view.under_mouse:
            painter.setPen(QPen(theme.color("accent"), 2) if focused else Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("hover") if index.row() == self._view.under_mouse else theme.color("bg"))
            painter.drawRoundedRect(row.adjusted(1, 1, -1, -1), px(6), px(6))
        elif index.row() and index.model().index(index.row() - 1, 0).data(EXPERIMENT) is not None:
            painter.fillRect(QRect(left, area.top(), wide, 1), theme.color("line"))
        self._draw_glyph(painter, index, QPoint(left, area.top() + px(14)))
        rects, _ = self._lines(index)
        for rect, (words, size, weight, token) in zip(rects, self._parts(index), strict=True):
            painter.setFont(theme.font(size, weight))
            painter.setPen(theme.color(token))
            flags = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            painter.drawText(rect.translated(0, area.top()), flags, words)
        if index.data(DONE):
            self._draw_tried(painter, left + wide, rects[0].center().y() + area.top())
        painter.restore()

    def _draw_glyph(self, painter: QPainter, index: Index, corner: QPoint) -> None:
        """Draw the experiment's glyph on a ground of its own, and before it the number of the step."""
        px = theme.px
        ground = QRectF(corner.x() + px(16), corner.y(), px(SQUARE), px(SQUARE))
        if index.data(STEP):
            painter.setFont(theme.font(13, 600))
            painter.setPen(theme.color("text3"))
            room = QRect(corner.x(), corner.y(), px(12), px(SQUARE))
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), str(index.data(STEP)))
        painter.setPen(theme.color("line"))
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(ground.adjusted(0.5, 0.5, -0.5, -0.5), px(8), px(8))
        stem, side = index.data(EXPERIMENT).stem, px(28)
        picture = icons.pixmap(
            stem if icons.exists(stem) else "circle-dot", "text2", side, self._view.devicePixelRatio()
        )
        painter.drawPixmap(ground.center().toPoint() - QPoint(side // 2, side // 2), picture)

    def _draw_tried(self, painter: QPainter, right: int, middle: int) -> None:
        """Draw mark and word, their right edge at the column's."""
        px = theme.px
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("ok"))
        wide, side = painter.fontMetrics().horizontalAdvance("Tried"), px(15)
        room = QRect(right - wide, middle - px(10), wide, px(20))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), "Tried")
        picture = icons.pixmap("check", "ok", side, self._view.devicePixelRatio())
        painter.drawPixmap(QPoint(room.left() - side - px(4), middle - side // 2), picture)
