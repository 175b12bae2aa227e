"""The guide's text with all that stands on and between it: banner, grounds, drawing, buttons. GUI thread only."""

from __future__ import annotations

from itertools import pairwise
from typing import cast

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QShowEvent, QTextLine
from PySide6.QtWidgets import QTextBrowser, QTextEdit, QWidget

from ipclab_gui import drawings, theme
from ipclab_gui.panels.guide_banner import Banner
from ipclab_gui.panels.guide_text import CARD, Code, GuideText
from ipclab_gui.panels.tries import Tries

COLUMN = 656  # the text's width; lengths are pixels at 96 dpi
NARROW = 640
LIVE = "The run that is on show, as it is at this moment. A click opens Diagram."  # below it, in the drawing's place
GAP = 12  # between a paragraph and what follows it


class GuideView(QTextBrowser):
    """The text in a column, the banner over it, buttons beside what is to try. Links open in the browser."""

    def __init__(self) -> None:
        super().__init__()
        self._text: GuideText | None = None
        self._markdown = self._stem = ""
        self._stale = True
        self._live: QWidget | None = None
        self._live_height = 0
        self.banner = Banner(self.viewport())
        self.tries = Tries(self, self.banner.run_button)
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setOpenExternalLinks(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # or the text is laid out twice
        self.verticalScrollBar().valueChanged.connect(self._place_banner)
        self.verticalScrollBar().valueChanged.connect(self._place_tries)
        self.verticalScrollBar().valueChanged.connect(self._place_live)
        theme.notifier.changed.connect(self._set)

    def set_markdown(self, markdown: str, stem: str = "") -> None:
        """Show another guide, from its beginning; `stem`: of its drawing."""
        self._markdown, self._stem = markdown, stem
        self.tries.clear()
        self.verticalScrollBar().setValue(0)
        self._set()

    def _set(self) -> None:
        """Set the text as it is now; while nobody sees it, only note that it is to be done."""
        self._stale = not self.isVisible()
        if self._stale:
            return
        place = self.verticalScrollBar().value()
        before, self._text = self._text, GuideText(self._markdown, self)
        self._say_caption()
        self.arrange()
        self.setDocument(self._text)
        self._text.documentLayout().documentSizeChanged.connect(self._place_tries)
        self._text.documentLayout().documentSizeChanged.connect(self._place_live)
        if before is not None:
            before.deleteLater()
        self.verticalScrollBar().setValue(place)
        self.tries.set_text(self._text)
        self._place_live()

    def arrange(self) -> None:
        """Fit column and banner to the width."""
        width = self.viewport().width()
        edge = theme.px(20 if width < theme.px(NARROW) else 32)
        column = min(theme.px(COLUMN), width - 2 * edge)
        top = theme.px(20 if width < theme.px(NARROW) else 24)
        height = max(self.banner.heightForWidth(column), theme.px(58))
        self.banner.setGeometry(edge, top - self.verticalScrollBar().value(), column, height)
        if self._text is not None:
            self._text.fit(edge, width - edge - column, top + height + theme.px(18), theme.px(32))
            self._text.fit_drawing(theme.px(GAP + CARD + 8) + round(self._drawing_size(column).height()))
        self._place_tries()
        self._place_live()

    @property
    def has_drawing(self) -> bool:
        """Tell whether somebody made a drawing for this guide."""
        return drawings.exists(self._stem) and self._text is not None and self._text.caption is not None

    def show_live(self, widget: QWidget | None, height: int = 0) -> None:
        """Show a widget in the drawing's place, so high in pixels at 96 dpi; None: the drawing again."""
        self._live, self._live_height = widget, height
        self._say_caption()
        self.arrange()
        self.viewport().update()

    def _say_caption(self) -> None:
        if self._text is not None:
            self._text.say_caption(LIVE if self._live is not None else "")

    def _place_live(self) -> None:
        room = self._drawing_room()
        if self._live is not None:
            if room is not None:
                at = room.translated(0, -self.verticalScrollBar().value()).toRect()
                if self._live.geometry() != at:
                    self._live.setGeometry(at)
            self._live.setVisible(room is not None)

    def _drawing_room(self) -> QRectF | None:
        """Return where the drawing is, in the text's pixels; None where there is none."""
        size = self._drawing_size(self.banner.width())
        if self._text is None or self._text.caption is None or size.isEmpty():
            return None
        caption = self._text.documentLayout().blockBoundingRect(self._text.caption)
        left = self.banner.x() + (self.banner.width() - size.width()) / 2
        return QRectF(QPointF(left, caption.y() - theme.px(8) - size.height()), size)

    def _drawing_size(self, column: int) -> QSizeF:
        """Return the drawing's size: as it was made, smaller where the column is narrow; empty where there is none."""
        if not drawings.exists(self._stem):
            return QSizeF()
        if self._live is not None:
            return QSizeF(column - 2 * theme.px(CARD), theme.px(self._live_height))
        full = drawings.size(self._stem) * theme.scale()
        return full * min(1.0, (column - 2 * theme.px(CARD)) / full.width())

    def _place_banner(self, value: int) -> None:
        top = theme.px(20 if self.viewport().width() < theme.px(NARROW) else 24)
        self.banner.move(self.banner.x(), top - value)

    def _place_tries(self) -> None:
        self.tries.place(self.banner.x() + self.banner.width())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit column and banner to the width."""
        self.arrange()
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Set the text, now that its width is known."""
        super().showEvent(event)
        if self._stale:
            self._set()

    def focusNextPrevChild(self, following: bool) -> bool:
        """Go from link to link by Tab, but from button to button where one of them has the focus."""
        if self.hasFocus():
            return super().focusNextPrevChild(following)
        return QTextEdit.focusNextPrevChild(self, following)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the grounds of code, then the text over them."""
        if self._text is not None:
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.translate(0, -self.verticalScrollBar().value())
            visible = QRectF(event.rect()).translated(0, self.verticalScrollBar().value())
            self._draw_grounds(painter, self._text, visible)
            self._draw_drawing(painter, self._text, visible)
            painter.end()
        super().paintEvent(event)
        self.tries.come()

    def _draw_grounds(self, painter: QPainter, text: GuideText, visible: QRectF) -> None:
        layout = text.documentLayout()
        painter.setBrush(theme.color("text3"))
        for block in text.bullets:
            box = layout.blockBoundingRect(block)
            if box.intersects(visible.adjusted(-theme.px(20), 0, 0, 0)) and block.layout().lineCount():
                line = block.layout().lineAt(0)
                middle = QPointF(box.x() + line.x() - theme.px(12), box.y() + line.y() + line.ascent() - theme.px(5))
                painter.drawEllipse(middle, theme.px(5) / 2, theme.px(5) / 2)
        wide = self.banner.width()
        for (block, _), (following, _) in pairwise(text.tries):
            if block.next() == following:
                under = layout.blockBoundingRect(block).bottom() + theme.px(10)
                painter.fillRect(QRectF(self.banner.x(), under, wide, 1), theme.color("line"))
        painter.setBrush(theme.color("panel"))
        joined = QRectF()  # lines of a code block, one ground
        for code in text.codes:
            box = layout.blockBoundingRect(code.block)
            if code.whole:
                joined = joined.united(box)
                following = code.block.next()
                if not any(other.whole and other.block == following for other in text.codes):
                    left, right = self.banner.x(), self.banner.x() + self.banner.width()
                    ground = QRectF(left, joined.y() - theme.px(12), right - left, joined.height() + theme.px(24))
                    painter.drawRoundedRect(ground, theme.px(6), theme.px(6))
                    joined = QRectF()
            elif box.intersects(visible):
                for rect in _inline(code, box.topLeft()):
                    painter.drawRoundedRect(rect, theme.px(4), theme.px(4))

    def _draw_drawing(self, painter: QPainter, text: GuideText, visible: QRectF) -> None:
        """Draw the card with the drawing, over the caption that the text has for it."""
        room = self._drawing_room()
        if text.caption is None or room is None:
            return
        caption = text.documentLayout().blockBoundingRect(text.caption)
        left, wide = self.banner.x(), self.banner.width()
        above = theme.px(CARD + 8) + room.height()
        card = QRectF(left, caption.y() - above, wide, above + caption.height() + theme.px(12))
        if not card.intersects(visible):
            return
        painter.setPen(theme.color("line"))
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), theme.px(8), theme.px(8))
        if self._live is None:
            drawings.draw(painter, self._stem, room)


def _inline(code: Code, origin: QPointF) -> list[QRectF]:
    """Return the grounds of a stretch of code within a line, one a line where it is broken."""
    layout = code.block.layout()
    rects = []
    end = code.start + code.length
    for number in range(layout.lineCount()):
        line = layout.lineAt(number)
        first, last = max(code.start, line.textStart()), min(end, line.textStart() + line.textLength())
        if first >= last:
            continue
        left, right = _across(line, first), _across(line, last)
        base = origin.y() + line.y() + line.ascent()
        rects.append(QRectF(origin.x() + left - 2, base - theme.px(12.5), right - left + 4, theme.px(17)))
    return rects


def _across(line: QTextLine, character: int) -> float:
    """Return how far to the right a character begins."""
    x, _ = cast(tuple[float, int], line.cursorToX(character))
    return x
