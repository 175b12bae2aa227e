"""The experiments, in groups, with a search field above them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPen, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QListView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ipclab.outlines import Outline
from ipclab_gui import icons, theme

NAME = Qt.ItemDataRole.UserRole  # an experiment's name; None for a group's heading
GLYPH = Qt.ItemDataRole.UserRole + 1
DONE = Qt.ItemDataRole.UserRole + 2  # it has been run to its end
START = "start"  # the name of the first row, which is no experiment: the page that leads through them all
CAN_BE_PICKED = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

Index = QModelIndex | QPersistentModelIndex


class Catalogue(QWidget):
    """The list and its search field; `picked` says which experiment, or START, a person chose."""

    picked = Signal(str)

    def __init__(self, experiments: Sequence[Outline], done: Iterable[str]) -> None:
        super().__init__()
        self.setObjectName("Catalogue")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._searched: dict[str, str] = {}
        self.search = SearchField()
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search")
        self.search.setToolTip("Search experiments (Ctrl+K)")
        self.search.textChanged.connect(self._filter)
        self.search.left.connect(self._leave_search)
        self.list = ExperimentList()
        self.list.setAccessibleName("Experiments")
        self._nothing = QLabel()
        self._nothing.setProperty("tone", "3")
        self._nothing.setWordWrap(True)
        self._nothing.setContentsMargins(theme.px(16), theme.px(8), theme.px(16), 0)
        self._nothing.hide()
        self._fill(experiments, frozenset(done))
        self.list.selectionModel().currentChanged.connect(self._changed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(8))
        row = QVBoxLayout()
        row.setContentsMargins(theme.px(12), 0, theme.px(12), 0)
        row.addWidget(self.search)
        column.addLayout(row)
        column.addWidget(self._nothing)
        column.addWidget(self.list, 1)

    def _fill(self, experiments: Sequence[Outline], done: frozenset[str]) -> None:
        model = QStandardItemModel(self)
        model.appendRow(_row("Start here", START, "circle-play", "The experiments in the order in which to learn"))
        self._searched[START] = "start here"
        group = None
        for experiment in experiments:
            if experiment.group != group:
                group = experiment.group
                model.appendRow(_heading(group))
            model.appendRow(self._row_of(experiment, experiment.name in done))
        self.list.setModel(model)

    def _row_of(self, experiment: Outline, done: bool) -> QStandardItem:
        glyph = experiment.stem if icons.exists(experiment.stem) else "circle-dot"
        item = _row(experiment.title, experiment.name, glyph, experiment.summary.replace("`", ""))
        self._mark(item, done)
        self._searched[experiment.name] = f"{experiment.title} {experiment.group} {experiment.summary}".lower()
        return item

    def add(self, experiment: Outline) -> None:
        """Put one at the top of its group, which comes last where it is new."""
        model = self.list.model()
        assert isinstance(model, QStandardItemModel)
        found = [item.row() for item in self._items() if item.data(NAME) is None and item.text() == experiment.group]
        if not found:
            model.appendRow(_heading(experiment.group))
        model.insertRow(found[0] + 1 if found else model.rowCount(), self._row_of(experiment, False))
        self._filter(self.search.text())

    def remove(self, name: str) -> None:
        """Take one out, and its group's heading where that was the last; another row has to be selected then."""
        model = self.list.model()
        rows = [item.row() for item in self._items() if item.data(NAME) == name]
        for row in rows:
            model.removeRow(row)
            alone = row == model.rowCount() or model.index(row, 0).data(NAME) is None
            if alone and model.index(row - 1, 0).data(NAME) is None:
                model.removeRow(row - 1)

    def _mark(self, item: QStandardItem, done: bool) -> None:
        item.setData(done, DONE)
        item.setData("has been run" if done else "", Qt.ItemDataRole.AccessibleDescriptionRole)

    def _items(self) -> list[QStandardItem]:
        model = self.list.model()
        assert isinstance(model, QStandardItemModel)
        return [model.item(row) for row in range(model.rowCount())]

    def select(self, name: str) -> None:
        """Mark an experiment, or START, as what is on show; `picked` follows where it was another one."""
        for item in self._items():
            if item.data(NAME) == name:
                self.list.setCurrentIndex(item.index())

    def mark_done(self, name: str) -> None:
        """Show that an experiment has been run to its end."""
        for item in self._items():
            if item.data(NAME) == name:
                self._mark(item, True)

    def _changed(self, current: QModelIndex, _before: QModelIndex) -> None:
        name = current.data(NAME)
        if name is not None:
            self.picked.emit(name)

    def _filter(self, text: str) -> None:
        words = text.lower().split()
        shown = 0
        heading: QStandardItem | None = None
        for item in self._items():
            name = item.data(NAME)
            if name is None:
                heading = item
                self.list.setRowHidden(item.row(), True)
                continue
            fits = all(word in self._searched[name] for word in words)
            self.list.setRowHidden(item.row(), not fits)
            item.setFlags(CAN_BE_PICKED if fits else Qt.ItemFlag.NoItemFlags)  # Qt's keys go to hidden rows too
            if fits:
                shown += 1
                if heading is not None:
                    self.list.setRowHidden(heading.row(), False)
        self._nothing.setText(f"No experiment is about “{text.strip()}”.")
        self._nothing.setVisible(not shown)

    def _leave_search(self, pick: bool) -> None:
        """Go from the search field into the list; with `pick`, or if what is on show is hidden, to the first found."""
        if pick or self.list.isRowHidden(self.list.currentIndex().row()):
            for item in self._items():
                if item.data(NAME) is not None and not self.list.isRowHidden(item.row()):
                    self.list.setCurrentIndex(item.index())
                    break
            else:
                return
        self.list.setFocus(Qt.FocusReason.TabFocusReason)


def _heading(text: str) -> QStandardItem:
    """Return a group's heading."""
    item = QStandardItem(text)
    item.setFlags(Qt.ItemFlag.NoItemFlags)
    return item


def _row(text: str, name: str, glyph: str, hint: str) -> QStandardItem:
    """Return a row that can be picked."""
    item = QStandardItem(text)
    item.setFlags(CAN_BE_PICKED)
    item.setData(name, NAME)
    item.setData(glyph, GLYPH)
    item.setToolTip(hint)
    item.setData(text, Qt.ItemDataRole.AccessibleTextRole)
    item.setData("", Qt.ItemDataRole.AccessibleDescriptionRole)
    return item


class SearchField(QLineEdit):
    """A line edit with a magnifier; Escape empties it, Down and Enter leave it for the list."""

    left = Signal(bool)  # True: pick the first that was found

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("quiet", True)
        self.setTextMargins(theme.px(24), 0, 0, 0)
        theme.notifier.changed.connect(self.update)

    def paintEvent(self, event: object) -> None:
        super().paintEvent(event)  # type: ignore[arg-type]
        painter = QPainter(self)
        side = theme.px(16)
        picture = icons.pixmap("search", "text2", side, self.devicePixelRatio())
        painter.drawPixmap(QPoint(theme.px(8), (self.height() - side) // 2), picture)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            self.left.emit(False)
        elif event.key() == Qt.Key.Key_Down:
            self.left.emit(False)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.modifiers():
            self.left.emit(True)
        else:
            super().keyPressEvent(event)


class ExperimentList(QListView):
    """Rows painted by one delegate; the ring of the focus shows where a key brought it.

    Neither `viewport()` nor `QStyle` is touched before the first paint: PySide6 then makes Python types of every widget
    there is, with all their enums, which takes 20 ms.
    """

    def __init__(self) -> None:
        super().__init__()
        self.by_key = False
        self.under_mouse = -1  # the row
        self.entered.connect(lambda index: self._over(index.row()))
        self.viewportEntered.connect(lambda: self._over(-1))
        self.setItemDelegate(_Rows(self))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setStyleSheet("QListView { background: transparent }")  # not of its tool tips
        theme.notifier.changed.connect(self._repaint)

    def _over(self, row: int) -> None:
        if row != self.under_mouse:
            self.under_mouse = row
            self._repaint()

    def _repaint(self) -> None:
        self.viewport().update()

    def leaveEvent(self, event: QEvent) -> None:
        self._over(-1)
        super().leaveEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        by_key = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)
        self.by_key = event.reason() in by_key
        super().focusInEvent(event)

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:  # Qt's Home ends at the first heading
        ways = {QAbstractItemView.CursorAction.MoveHome: 1, QAbstractItemView.CursorAction.MoveEnd: -1}
        if action in ways:
            for row in range(self.model().rowCount())[:: ways[action]]:
                index = self.model().index(row, 0)
                if index.flags() & Qt.ItemFlag.ItemIsEnabled:
                    return index
        return super().moveCursor(action, modifiers)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.by_key = True
        super().keyPressEvent(event)


class _Rows(QStyledItemDelegate):
    def __init__(self, view: ExperimentList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, theme.px(40 if index.data(NAME) is None else 32))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        px = theme.px
        area: QRect = option.rect
        text = str(index.data())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if index.data(NAME) is None:
            painter.setFont(theme.font(12, 600))
            painter.setPen(theme.color("text2"))
            room = area.adjusted(px(16), 0, -px(8), -px(7))
            painter.drawText(room, int(Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft), text)
            painter.restore()
            return
        row = area.adjusted(px(8), 0, -px(8), 0)
        selected = draw_ground(painter, self._view, row, index.row())
        side, ratio = px(20), self._view.devicePixelRatio()
        glyph = icons.pixmap(index.data(GLYPH), "accent" if selected else "text2", side, ratio)
        painter.drawPixmap(QPoint(row.left() + px(12), row.center().y() - side // 2 + 1), glyph)
        right = row.right() - px(10)
        if index.data(DONE):
            mark = px(15)
            picture = icons.pixmap("check", "text2", mark, ratio)
            painter.drawPixmap(QPoint(right - mark, row.center().y() - mark // 2 + 1), picture)
            right -= mark + px(6)
        painter.setFont(theme.font(13, 600 if selected else 400))
        painter.setPen(theme.color("text"))
        room = QRect(row.left() + px(42), row.top(), max(0, right - row.left() - px(42)), row.height())
        short = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), short)
        painter.restore()


def draw_ground(painter: QPainter, view: ExperimentList, row: QRect, number: int) -> bool:
    """Draw the ground of a row under the mouse or selected, bar and ring too; tell whether it is selected."""
    px = theme.px
    selected = number == view.currentIndex().row()
    painter.setPen(Qt.PenStyle.NoPen)
    if selected or number == view.under_mouse:
        painter.setBrush(theme.color("tint" if selected else "hover"))
        painter.drawRoundedRect(row, px(6), px(6))
    if selected:
        painter.setBrush(theme.color("accent"))
        painter.drawRoundedRect(QRect(row.left(), row.center().y() - px(8) + 1, px(3), px(16)), 1.5, 1.5)
    if selected and view.by_key and view.hasFocus():
        painter.setPen(QPen(theme.color("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(row.adjusted(1, 1, -1, -1), px(5), px(5))
    return selected
