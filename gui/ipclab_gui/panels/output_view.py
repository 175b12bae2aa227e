"""The list in which lines of output are read: rows of one height, drawn one by one. GUI thread only."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFontMetrics,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from ipclab_gui import theme
from ipclab_gui.panels.output_model import ROW, TAGS, OutputModel, Row, spell_time
from ipclab_gui.panels.source_places import Place, place_in

NAME_WIDEST = 168  # pixels at 96 dpi that a process's name may take, with its stderr tag; elided beyond


class Columns:
    """Where the columns stand, in logical pixels; `arrange` when names, times or the view's width change."""

    def __init__(self) -> None:
        self.time_font = theme.font(12)
        self.name_font = theme.font(12, 600)
        self.tag_font = theme.font(11)
        self.text_font = theme.font(12, mono=True)
        self.edge = self.time_end = self.name = self.text = 0
        self.tag_width = QFontMetrics(self.tag_font).horizontalAdvance("stderr")
        self.character = QFontMetrics(self.text_font).horizontalAdvance("M")
        self.height = theme.px(24)
        self._names = 0
        self._tagged = False
        self.arrange(False, "9.999")

    def learn(self, name: str, tagged: bool) -> bool:
        """Make room for a process's name, and for its tag; return whether that moved anything."""
        wide = QFontMetrics(self.name_font).horizontalAdvance(name)
        before = self._names, self._tagged
        self._names, self._tagged = max(self._names, wide), self._tagged or tagged
        return before != (self._names, self._tagged)

    def forget(self) -> None:
        """Begin anew: names of another run come."""
        self._names, self._tagged = 0, False

    def arrange(self, narrow: bool, longest_time: str) -> None:
        """Place the columns; `longest_time` is as long as the longest that will be shown."""
        self.edge = theme.px(20 if narrow else 32)
        wide = QFontMetrics(self.time_font).horizontalAdvance(longest_time + " s")
        self.time_end = self.edge + max(wide, theme.px(44 if narrow else 52))
        self.name = self.time_end + theme.px(16 if narrow else 20)
        tag = self.tag_width + theme.px(6) if self._tagged else 0
        names = min(self._names + tag, theme.px(NAME_WIDEST))
        self.text = self.name + max(names, theme.px(48 if narrow else 88)) + theme.px(16 if narrow else 24)


class OutputDelegate(QStyledItemDelegate):
    """Draws a line: time, process, text; a traceback's lines on one tinted ground with a bar before them."""

    def __init__(self, view: OutputView) -> None:
        super().__init__(view)
        self._view = view

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw one row over the view's whole width."""
        row = index.data(ROW)
        if not isinstance(row, Row):
            return
        columns = self._view.columns
        rect: QRect = option.rect
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        if selected:
            painter.fillRect(rect, theme.color("tint"))
        elif row.part:
            painter.fillRect(rect, theme.mixed(theme.color("bad_tint"), theme.color("bg"), 0.62))
        if row.part:
            painter.fillRect(QRect(rect.x(), rect.y(), theme.px(3), rect.height()), theme.color("bad"))
        middle = int(Qt.AlignmentFlag.AlignVCenter)
        left, top, height = rect.x(), rect.y(), rect.height()
        if row.leads:
            painter.setFont(columns.time_font)
            painter.setPen(theme.color("text3"))
            time = QRect(left, top, columns.time_end, height)
            painter.drawText(time, middle | int(Qt.AlignmentFlag.AlignRight), spell_time(row.line.seconds))
            self._name(painter, QRect(left + columns.name, top, columns.text - columns.name, height), row)
        painter.setFont(columns.text_font)
        typed = row.line.stream == "stdin"
        painter.setPen(theme.color("bad" if row.part == "error" else "accent" if typed else "text"))
        text = QRect(left + columns.text, top, max(rect.right() - left - columns.text, 1), height)
        painter.drawText(
            text,
            middle | int(Qt.TextFlag.TextSingleLine | Qt.TextFlag.TextDontClip),
            row.line.text.expandtabs(8),
        )
        if (place := place_in(row.line.text)) is not None:
            self._underline(painter, text, row.line.text, place)

    def _underline(self, painter: QPainter, rect: QRect, text: str, place: Place) -> None:
        """Draw the part of a line that leads to Code as what can be clicked."""
        metrics = painter.fontMetrics()
        left = rect.x() + metrics.horizontalAdvance(text[: place.start])
        right = rect.x() + metrics.horizontalAdvance(text[: place.end])
        under = rect.center().y() + metrics.ascent() // 2 + theme.px(3)
        painter.fillRect(QRect(left, under, right - left, 1), theme.color("accent"))

    def _name(self, painter: QPainter, rect: QRect, row: Row) -> None:
        columns = self._view.columns
        said = TAGS.get(row.line.stream, "")
        tag = columns.tag_width + theme.px(6) if said else 0
        metrics = QFontMetrics(columns.name_font)
        name = metrics.elidedText(row.process, Qt.TextElideMode.ElideMiddle, rect.width() - tag - theme.px(12))
        painter.setFont(columns.name_font)
        painter.setPen(theme.color("text2"))
        painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter), name)
        if said:
            painter.setFont(columns.tag_font)
            painter.setPen(theme.color("bad" if said == "stderr" else "accent"))
            rect.setLeft(rect.left() + metrics.horizontalAdvance(name) + theme.px(6))
            painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter), said)


class OutputView(QTableView):
    """Lines of output; follows the end unless the person has scrolled up.

    A table of one column rather than a list: a list asks the model for every row whenever one is added, a quarter of a
    second for 100 000 rows; a table's header of fixed heights does not.

    Signals:
        following: whether it follows the end now.
        copy_wanted: Ctrl+C, or Copy of the menu.
        place_wanted: a file and a line of it, of a traceback's line that was clicked, or Enter pressed on it.
    """

    following = Signal(bool)
    copy_wanted = Signal()
    place_wanted = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self.columns = Columns()
        self.follows = True
        self._held = False  # while lines are added, scroll bars move by themselves
        self._narrow = False
        self._longest_time = "9.999"
        self._nothing = ""
        rows, columns = self.verticalHeader(), self.horizontalHeader()
        for header in (rows, columns):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.hide()
        rows.setMinimumSectionSize(1)
        rows.setDefaultSectionSize(self.columns.height)
        columns.setMinimumSectionSize(1)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setItemDelegate(OutputDelegate(self))
        self.setCornerWidget(QWidget())  # Qt's own is drawn in a colour of no theme
        self.setAccessibleName("Output lines")
        self.viewport().setMouseTracking(True)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        theme.notifier.changed.connect(self.viewport().update)

    def set_nothing(self, text: str) -> None:
        """Set what stands where no line passes the filters."""
        self._nothing = text
        self.viewport().update()

    def learn(self, names: list[tuple[str, bool]], seconds: float) -> None:
        """Make room for processes' names with or without tag, and for times up to `seconds`."""
        moved = [self.columns.learn(name, tagged) for name, tagged in names]
        longest = "9" * (len(spell_time(max(seconds, 1.0))) - 6) + ".999"
        if any(moved) or longest != self._longest_time:
            self._longest_time = longest
            self.arrange()

    def arrange(self) -> None:
        """Place the columns for the width there is."""
        self._narrow = self.viewport().width() < theme.px(640)
        self.columns.arrange(self._narrow, self._longest_time)
        self._widen()
        self.viewport().update()

    def _widen(self) -> None:
        """Make the column as wide as the longest line, at least as the view."""
        model = self.model()
        longest = model.longest if isinstance(model, OutputModel) else 0
        line = self.columns.text + self.columns.character * longest + theme.px(24)
        self.setColumnWidth(0, max(line, self.viewport().width()))

    def grow(self, model: OutputModel) -> None:
        """Let the model take what is new, and keep the place: the end where it is followed, else what is on top."""
        bar = self.verticalScrollBar()
        place, longest = bar.value(), model.longest
        self._held = True
        try:
            gone = model.take()
            if model.longest != longest:
                self._widen()
            if self.follows:
                self.scrollToBottom()
            elif gone:
                self.executeDelayedItemsLayout()
                bar.setValue(max(0, place - gone * self.columns.height))
        finally:
            self._held = False

    def go_to_end(self) -> None:
        """Show the newest line and follow from there."""
        self.scrollToBottom()
        self._follow(True)

    def _scrolled(self, value: int) -> None:
        if not self._held:
            self._follow(value >= self.verticalScrollBar().maximum() - self.columns.height // 2)

    def _follow(self, follows: bool) -> None:
        if follows != self.follows:
            self.follows = follows
            self.following.emit(follows)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the end in sight where it is followed; close up when narrow."""
        self._held = True
        super().resizeEvent(event)
        if (self.viewport().width() < theme.px(640)) != self._narrow:
            self.arrange()
        else:
            self._widen()
        if self.follows:
            self.scrollToBottom()
        self._held = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy, and Home and End, which here mean the first and the last line there is."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._go(self._place_of(self.currentIndex()))
            return
        super().keyPressEvent(event)
        if event.key() == Qt.Key.Key_End:
            self.go_to_end()

    def _place_of(self, index: QModelIndex) -> Place | None:
        """Return the place in the source that a row names."""
        row = index.data(ROW)
        return place_in(row.line.text) if isinstance(row, Row) else None

    def _place_at(self, point: QPoint) -> Place | None:
        """Return the place that is written under the mouse."""
        index = self.indexAt(point)
        place = self._place_of(index)
        if place is None:
            return None
        text = index.data(ROW).line.text
        metrics = QFontMetrics(self.columns.text_font)
        left = self.visualRect(index).x() + self.columns.text
        within = metrics.horizontalAdvance(text[: place.start]) <= point.x() - left
        return place if within and point.x() - left <= metrics.horizontalAdvance(text[: place.end]) else None

    def _go(self, place: Place | None) -> None:
        if place is not None:
            self.place_wanted.emit(place.file, place.line)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show a hand over what can be clicked."""
        super().mouseMoveEvent(event)
        over = self._place_at(event.position().toPoint()) is not None
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Go to the place that was clicked; not where lines were selected on the way."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and len(self.selectionModel().selectedRows()) <= 1:
            self._go(self._place_at(event.position().toPoint()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Offer Copy and Select all."""
        menu = QMenu(self)
        place = self._place_of(self.indexAt(event.pos()))
        if place is not None:
            menu.addAction("Show in Code", partial(self._go, place))
        menu.addAction("Copy", self.copy_wanted.emit)
        menu.addAction("Select all", self.selectAll)
        menu.popup(event.globalPos())
        menu.aboutToHide.connect(menu.deleteLater)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the rows, or a sentence where there are none."""
        super().paintEvent(event)
        if self._nothing and self.model() is not None and not self.model().rowCount():
            painter = QPainter(self.viewport())
            painter.setFont(theme.font(13))
            painter.setPen(theme.color("text2"))
            margin = self.columns.edge
            rect = self.viewport().rect().adjusted(margin, theme.px(24), -margin, 0)
            painter.drawText(rect, int(Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap), self._nothing)


def to_clipboard(text: str) -> None:
    """Put a text on the clipboard."""
    QGuiApplication.clipboard().setText(text)
