"""Draws a process's card: name, state, what it does, variables, CPU and memory. GUI thread only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFont, QFontMetrics, QHelpEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QToolTip

from ipclab_gui import icons, theme
from ipclab_gui.panels import step_buttons
from ipclab_gui.panels.process_model import CARD, STATES, TINTS, Card
from ipclab_gui.wrapping import is_cut, wrapped

Index = QModelIndex | QPersistentModelIndex

GAP = 12  # between two cards; lengths are pixels at 96 dpi
PADDING = 16
BODY = 80  # where variables begin
ROW = 24
ENDER = 22  # the line that says who could end a wait, in a run that is watched
MORE = 18  # a further line of that, or of what it does
DOING_MOST, ENDER_MOST = 2, 4  # lines; the whole is in the tool tip
FIGURES = 120  # the width of the column of CPU and memory
LEAST = 168  # a card's height while it shows three variables or fewer
ROWS_MOST = 6  # variables on a card; the others are in its tool tip

VCENTER = int(Qt.AlignmentFlag.AlignVCenter)
RIGHT = VCENTER | int(Qt.AlignmentFlag.AlignRight)


def card_height(variables: int, watched: bool, more: int) -> int:
    """Return the height of every card where one shows so many variables, in logical pixels.

    Args:
        variables: of the card that shows most.
        watched: each has a line for who could end a wait.
        more: further lines of text, of the card that has most.
    """
    extra = (ENDER if watched else 0) + MORE * more
    return theme.px(max(LEAST, BODY + ROW * min(variables, ROWS_MOST) + PADDING - 4) + extra)


@lru_cache(maxsize=512)
def _lines(text: str, room: int, most: int, *, mono: bool) -> tuple[str, ...]:
    """Return a text in lines of a width, wrapped between words; what has no room in so many is cut."""
    return wrapped(text, theme.font(12, mono=mono), room, most)


@dataclass(frozen=True, slots=True)
class _Variable:
    """One line of a card's variables, where it stands and what of it can be read."""

    name: str
    value: str
    name_rect: QRect
    value_rect: QRect
    short_name: str
    short_value: str


def _write(painter: QPainter, rect: QRect, text: str, face: QFont, token: str, *, flags: int = VCENTER) -> None:
    painter.setFont(face)
    painter.setPen(theme.color(token))
    painter.drawText(rect, flags, text)


class CardDelegate(QStyledItemDelegate):
    """Draws cards in the cells of the view's grid; a cell is a card and the gap to its right and below."""

    def __init__(self, parent: QAbstractItemView) -> None:
        super().__init__(parent)
        self.cell = QSize(theme.px(400), theme.px(LEAST + GAP))
        self.more = 0  # further lines of text that each card has room for
        self.name = theme.font(13, 600)
        self.small = theme.font(12)
        self.bold = theme.font(12, 600)
        self.tiny = theme.font(11)
        self.mono = theme.font(12, mono=True)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the cell: all are alike."""
        return self.cell

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one card."""
        card = index.data(CARD)
        if not isinstance(card, Card):
            return
        cell: QRect = option.rect
        rect = self._card_rect(cell)
        current = bool(option.state & QStyle.StateFlag.State_HasFocus)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = "accent" if current else "bad" if card.culprit else "line"
        painter.setPen(QPen(theme.color(edge), 2 if current else 1))
        painter.setBrush(theme.color("raised"))
        inset = 1.0 if current else 0.5
        painter.drawRoundedRect(QRectF(rect).adjusted(inset, inset, -inset, -inset), theme.px(8), theme.px(8))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inner = self._inner(rect)
        self._head(painter, inner, card)
        self._doing(painter, inner, card)
        if card.ender:
            token = "wait" if card.grey else "text2"
            self._paragraph(painter, self._ender_rect(inner, card), self._ender(inner, card), self.small, token)
        line = rect.y() + theme.px(self._body(card) - 6)
        painter.fillRect(QRect(inner.x(), line, inner.width(), 1), theme.color("line"))
        for variable in self._variables(inner, card):
            _write(painter, variable.name_rect, variable.short_name, self.mono, "text3" if card.grey else "text2")
            _write(painter, variable.value_rect, variable.short_value, self.mono, "text3" if card.grey else "text")
        if len(card.shown) > ROWS_MOST:
            _write(painter, self._more_rect(inner, card), self._more(card), self.small, "text3")
        if card.cpu:
            self._figures(painter, inner, card)
        painter.restore()

    def _card_rect(self, cell: QRect) -> QRect:
        return cell.adjusted(0, 0, -theme.px(GAP), -theme.px(GAP))

    def _head(self, painter: QPainter, inner: QRect, card: Card) -> None:
        """Name and pid on the left, the chip on the right."""
        icon, token, _word = STATES[card.state]
        row = QRect(inner.x(), inner.y() + theme.px(12), inner.width(), theme.px(24))
        wide = QFontMetrics(self.bold).horizontalAdvance(card.chip) + theme.px(14 + 6 + 20)
        chip = QRect(row.right() + 1 - wide + theme.px(4), row.y(), wide, row.height())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(TINTS[token]))
        painter.drawRoundedRect(chip, theme.px(12), theme.px(12))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._icon(painter, chip.x() + theme.px(10), chip.center().y(), icon, token)
        _write(painter, chip.adjusted(theme.px(10 + 14 + 6), 0, 0, 0), card.chip, self.bold, token)
        metrics, pid = QFontMetrics(self.name), str(card.pid)
        pid_wide = QFontMetrics(self.small).horizontalAdvance(pid) + theme.px(10)
        room = chip.x() - row.x() - pid_wide - theme.px(12)
        name = metrics.elidedText(card.name, Qt.TextElideMode.ElideMiddle, room)
        _write(painter, row, name, self.name, "text3" if card.grey else "text")
        row.setLeft(row.x() + metrics.horizontalAdvance(name) + theme.px(10))
        _write(painter, row, pid, self.small, "text3")

    def _doing(self, painter: QPainter, inner: QRect, card: Card) -> None:
        """What it does or did, and since when or after what time."""
        row = QRect(inner.x(), inner.y() + theme.px(43), inner.width(), theme.px(22))
        _write(painter, row, card.when, self.small, "text2", flags=RIGHT)
        icon = "check" if card.state == "ended" else STATES[card.state][0]
        token = "bad" if card.culprit else "accent" if card.ready else "text2"
        self._icon(painter, row.x(), row.center().y(), icon, token)
        token = "text3" if card.grey else "text"
        self._paragraph(painter, self._doing_rect(inner, card), self._lines_of_doing(inner, card), self.mono, token)

    def _paragraph(self, painter: QPainter, rect: QRect, lines: tuple[str, ...], face: QFont, token: str) -> None:
        """Write lines one below the other, the first where a single one would stand."""
        row = QRect(rect.x(), rect.y(), rect.width(), theme.px(ENDER))
        for line in lines:
            _write(painter, row, line, face, token)
            row.translate(0, theme.px(MORE))

    def _doing_rect(self, inner: QRect, card: Card) -> QRect:
        left = theme.px(14 + 8)
        room = inner.width() - left - QFontMetrics(self.small).horizontalAdvance(card.when) - theme.px(12)
        further = len(_lines(card.doing, room, DOING_MOST, mono=True)) - 1
        return QRect(inner.x() + left, inner.y() + theme.px(43), room, theme.px(ENDER + MORE * further))

    def _lines_of_doing(self, inner: QRect, card: Card) -> tuple[str, ...]:
        return _lines(card.doing, self._doing_rect(inner, card).width(), DOING_MOST, mono=True)

    def _ender_rect(self, inner: QRect, card: Card) -> QRect:
        left = theme.px(14 + 8)
        room = inner.width() - left - (step_buttons.width() + theme.px(8) if card.ready else 0)
        further = len(_lines(card.ender or "", room, ENDER_MOST, mono=False)) - 1
        top = self._doing_rect(inner, card).bottom() + 1
        return QRect(inner.x() + left, top, room, theme.px(ENDER + MORE * further))

    def _ender(self, inner: QRect, card: Card) -> tuple[str, ...]:
        return _lines(card.ender or "", self._ender_rect(inner, card).width(), ENDER_MOST, mono=False)

    def button_rect(self, cell: QRect, card: Card) -> QRect:
        """Return where the Step button of a card in a cell lies."""
        inner = self._inner(self._card_rect(cell))
        high, wide = theme.px(step_buttons.HIGH), step_buttons.width()
        return QRect(inner.right() + 1 - wide, self._doing_rect(inner, card).bottom() + 1 + theme.px(1), wide, high)

    def lines_more(self, width: int, cards: Iterable[Card]) -> int:
        """Return how many further lines of text the card has that has most, in a cell of a width in logical pixels."""
        inner = self._inner(self._card_rect(QRect(0, 0, width, 0)))
        return max(
            (len(self._lines_of_doing(inner, one)) + len(self._ender(inner, one)) - 2 for one in cards), default=0
        )

    def _inner(self, rect: QRect) -> QRect:
        return rect.adjusted(theme.px(PADDING), 0, -theme.px(PADDING), 0)

    def _body(self, card: Card) -> int:
        """Return where a card's variables begin, in pixels at 96 dpi."""
        return BODY + (0 if card.ender is None else ENDER) + MORE * self.more

    def _icon(self, painter: QPainter, x: int, middle: int, name: str, token: str) -> None:
        size = theme.px(14)
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(x, middle - size // 2 + 1, icons.pixmap(name, token, size, ratio))

    def _variables(self, inner: QRect, card: Card) -> list[_Variable]:
        """Lay out the variables that have room: names in one column, values in another."""
        shown = card.shown if len(card.shown) <= ROWS_MOST else card.shown[: ROWS_MOST - 1]
        metrics = QFontMetrics(self.mono)
        room = inner.width() - (theme.px(FIGURES + 16) if card.cpu else 0)
        widest = max((metrics.horizontalAdvance(name) for name, _ in shown), default=0)
        names = min(max(widest + theme.px(16), theme.px(94)), room // 2)
        made = []
        for place, (name, value) in enumerate(shown):
            top = inner.y() + theme.px(self._body(card) + ROW * place)
            name_rect = QRect(inner.x(), top, names - theme.px(8), theme.px(ROW))
            value_rect = QRect(inner.x() + names, top, room - names, theme.px(ROW))
            short = metrics.elidedText(name, Qt.TextElideMode.ElideRight, name_rect.width())
            elided = metrics.elidedText(value.replace("\n", " "), Qt.TextElideMode.ElideRight, value_rect.width())
            made.append(_Variable(name, value, name_rect, value_rect, short, elided))
        return made

    def _more_rect(self, inner: QRect, card: Card) -> QRect:
        top = inner.y() + theme.px(self._body(card) + ROW * (ROWS_MOST - 1))
        return QRect(inner.x(), top, inner.width() // 2, theme.px(ROW))

    def _more(self, card: Card) -> str:
        return f"{len(card.shown) - ROWS_MOST + 1} more"

    def _figures(self, painter: QPainter, inner: QRect, card: Card) -> None:
        """CPU with its curve over the run, and memory."""
        column = QRect(
            inner.right() + 1 - theme.px(FIGURES),
            inner.y() + theme.px(self._body(card)),
            theme.px(FIGURES),
            theme.px(20),
        )
        _write(painter, column, card.cpu_label, self.tiny, "text2")
        _write(painter, column, card.cpu, self.bold, "text", flags=RIGHT)
        low = column.bottom() + theme.px(25)
        painter.fillRect(QRect(column.x(), low, column.width(), 1), theme.color("line"))
        begin, end = card.span
        most = max(1.0, *(share for _, share, _ in card.usage))
        across, up = (column.width() - 1) / (end - begin), theme.px(22) / most
        points = [QPointF(column.x() + (at - begin) * across, low - share * up) for at, share, _ in card.usage]
        points.insert(0, QPointF(column.x(), points[0].y()))  # a share is that of the time up to its sample
        painter.setPen(QPen(theme.color("text3"), 1))
        painter.drawPolyline(QPolygonF(points))
        memory = column.translated(0, theme.px(52))
        _write(painter, memory, "Memory", self.tiny, "text2")
        _write(painter, memory, card.memory, self.bold, "text", flags=RIGHT)

    def helpEvent(self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index) -> bool:
        """Show the whole of what is cut short under the mouse."""
        if event.type() != QEvent.Type.ToolTip:
            return super().helpEvent(event, view, option, index)
        QToolTip.showText(event.globalPos(), self.hidden_text(index, option.rect, event.pos()), view)
        return True

    def hidden_text(self, index: Index, cell: QRect, position: QPoint) -> str:
        """Return the whole of what is cut short at a position of the view; empty where nothing is."""
        card = index.data(CARD)
        if not isinstance(card, Card):
            return ""
        inner = self._inner(self._card_rect(cell))
        if self._doing_rect(inner, card).contains(position):
            return card.doing if is_cut(card.doing, self._lines_of_doing(inner, card)) else ""
        if card.ender and self._ender_rect(inner, card).contains(position):
            return card.ender if is_cut(card.ender, self._ender(inner, card)) else ""
        for variable in self._variables(inner, card):
            cut = (variable.short_name, variable.short_value) != (variable.name, variable.value)
            if cut and variable.name_rect.united(variable.value_rect).contains(position):
                return f"{variable.name} = {variable.value}"
        if len(card.shown) > ROWS_MOST and self._more_rect(inner, card).contains(position):
            return "\n".join(f"{name} = {value}" for name, value in card.shown[ROWS_MOST - 1 :])
        return ""
