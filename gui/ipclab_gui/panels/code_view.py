"""A Python file to be read: numbered lines in the theme's colours. GUI thread only."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import (
    QFontMetrics,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextFrameFormat,
    QTextLayout,
)
from PySide6.QtWidgets import QTextEdit, QWidget

from ipclab_gui import theme

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE = 22  # a line's height, pixels at 96 dpi
NUMBERS = 56  # where line numbers end
TEXT = 84  # where the text begins
NARROW = 640


@cache
def _tokens() -> list[tuple[object, str]]:
    """Return pygments' kinds of words and our colours for them, the finer kind first."""
    from pygments.token import Token  # 20 ms: only whoever opens Code pays for it

    return [
        (Token.Comment, "code_comment"),
        (Token.Keyword, "code_keyword"),
        (Token.Operator.Word, "code_keyword"),
        (Token.Literal.String, "code_string"),
        (Token.Literal.Number, "code_number"),
        (Token.Name.Builtin, "code_builtin"),
        (Token.Name.Exception, "code_builtin"),
        (Token.Name.Function, "code_definition"),
        (Token.Name.Class, "code_definition"),
        (Token.Name.Decorator, "code_definition"),
    ]


def highlighted(source: str) -> Iterator[tuple[int, int, int, str]]:
    """Yield what is coloured as (line from 0, first character, characters, colour's token), in order."""
    from pygments.lexers.python import PythonLexer

    line = column = 0
    for kind, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens(source):
        token = next((token for known, token in _tokens() if kind in known), "")  # type: ignore[operator]
        for number, part in enumerate(text.split("\n")):
            if number:
                line, column = line + 1, 0
            if part:
                if token:
                    yield line, column, len(part), token
                column += len(part)


class CodeView(QTextEdit):
    """Source with line numbers that stay where they are when the text is scrolled sideways."""

    def __init__(self) -> None:
        super().__init__()
        self._source = ""
        self._marks: list[tuple[int, int, int, str]] = []
        self._places: dict[int, str] = {}
        self._shown_line: int | None = None
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setAcceptRichText(False)
        self.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFrameShape(QTextEdit.Shape.NoFrame)
        self.setCornerWidget(QWidget())  # Qt's own is drawn in a colour of no theme
        self.setFont(theme.font(13, mono=True))
        self.document().setDocumentMargin(0)
        theme.notifier.changed.connect(self._color)

    def set_source(self, source: str) -> None:
        """Show a file from its beginning."""
        self._source, self._shown_line = source, None
        self._tint_line()
        self._marks = list(highlighted(source))
        self.setPlainText(source.removesuffix("\n"))
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        form = QTextBlockFormat()
        form.setLineHeight(theme.px(LINE), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.mergeBlockFormat(form)
        self._arrange()
        self._color()
        self.moveCursor(QTextCursor.MoveOperation.Start)
        for bar in (self.horizontalScrollBar(), self.verticalScrollBar()):
            bar.setValue(0)  # the cursor's place, which has a margin, was brought into whatever room there is

    def renew_source(self, source: str) -> None:
        """Show what the file has become, and stay at the same lines."""
        bars = (self.horizontalScrollBar(), self.verticalScrollBar())
        kept, line = [bar.value() for bar in bars], self.textCursor().blockNumber()
        self.set_source(source)
        self._put_cursor(line)
        for bar, value in zip(bars, kept, strict=True):
            bar.setValue(value)

    def go_to(self, line: int) -> None:
        """Bring a line, from 1, into the middle and tint it until another is wanted or shown."""
        self._put_cursor(line - 1)
        block = self.textCursor().block()
        top = self.document().documentLayout().blockBoundingRect(block).y()
        self.verticalScrollBar().setValue(round(top - self.viewport().height() / 2))
        self.horizontalScrollBar().setValue(0)
        self._shown_line = block.blockNumber()
        self._tint_line()

    def _put_cursor(self, number: int) -> None:
        last = self.document().blockCount() - 1
        self.setTextCursor(QTextCursor(self.document().findBlockByNumber(max(0, min(number, last)))))

    def _tint_line(self) -> None:
        found = []
        if self._shown_line is not None:
            line = QTextEdit.ExtraSelection()
            line.cursor = QTextCursor(self.document().findBlockByNumber(self._shown_line))
            line.format.setBackground(theme.color("tint"))
            line.format.setProperty(QTextFormat.Property.FullWidthSelection.value, True)
            found.append(line)
        self.setExtraSelections(found)

    def show_places(self, places: dict[int, str]) -> None:
        """Mark lines, numbered from 1, with a few words each: who is there. Nothing moves."""
        if places != self._places:
            self._places = places
            said = "; ".join(f"line {line}: {words}" for line, words in sorted(places.items()))
            self.setAccessibleDescription(said)
            self.viewport().update()

    @property
    def source(self) -> str:
        """The whole file."""
        return self._source

    @property
    def chosen(self) -> str:
        """What is selected, all where nothing is."""
        return self.textCursor().selection().toPlainText() or self._source

    def _color(self) -> None:
        """Colour the words as the theme has it now; the text itself stays."""
        formats: dict[str, QTextCharFormat] = {}
        lines: dict[int, list[QTextLayout.FormatRange]] = {}
        for line, start, length, token in self._marks:
            if token not in formats:
                formats[token] = QTextCharFormat()
                formats[token].setForeground(theme.color(token))
            span = QTextLayout.FormatRange()
            span.start, span.length, span.format = start, length, formats[token]
            lines.setdefault(line, []).append(span)
        block = self.document().begin()
        while block.isValid():
            block.layout().setFormats(lines.get(block.blockNumber(), []))
            block = block.next()
        self._tint_line()
        self.document().markContentsDirty(0, self.document().characterCount())
        self.viewport().update()

    def _shift(self) -> int:
        """Return how far all stands more to the left, where there is little room."""
        return theme.px(16) if self.width() < theme.px(NARROW) else 0

    def _arrange(self) -> None:
        frame = QTextFrameFormat()
        frame.setLeftMargin(theme.px(TEXT) - self._shift())
        frame.setTopMargin(theme.px(12))
        frame.setRightMargin(theme.px(24))
        frame.setBottomMargin(theme.px(24))
        if self.document().rootFrame().frameFormat() != frame:
            self.document().rootFrame().setFrameFormat(frame)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give numbers less room when narrow."""
        self._arrange()
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text, then the numbers on a ground that covers what is scrolled under them."""
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        shift, height = self._shift(), self.viewport().height()
        ground = QRect(0, 0, theme.px(TEXT - 8) - shift, height)
        if self.horizontalScrollBar().value():
            painter.fillRect(ground, theme.color("bg"))
        font = theme.font(12, mono=True)
        painter.setFont(font)
        painter.setPen(theme.color("text3"))
        base = QFontMetrics(font).ascent()
        scrolled = self.verticalScrollBar().value()
        layout = self.document().documentLayout()
        block = self.cursorForPosition(self.viewport().rect().topLeft()).block()
        while block.isValid():
            top = round(layout.blockBoundingRect(block).y()) - scrolled
            if top > height:
                break
            line = block.layout().lineAt(0)
            y = round(top + line.y() + line.ascent()) - base
            rect = QRect(0, y, theme.px(NUMBERS) - shift, QFontMetrics(font).height())
            painter.drawText(
                rect,
                int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop),
                str(block.blockNumber() + 1),
            )
            words = self._places.get(block.blockNumber() + 1)
            if words:
                self._paint_place(painter, top, words)
                painter.setFont(font)
                painter.setPen(theme.color("text3"))
            block = block.next()

    def _paint_place(self, painter: QPainter, top: int, words: str) -> None:
        """Draw a bar before a line, and behind it who is there, in the colour of waiting."""
        height = theme.px(LINE)
        painter.fillRect(
            QRect(theme.px(NUMBERS + 6) - self._shift(), top, theme.px(3), height), theme.color("wait_fill")
        )
        face = theme.font(12, 500)
        painter.setFont(face)
        wide = QFontMetrics(face).horizontalAdvance(words) + theme.px(16)
        box = QRect(max(0, self.viewport().width() - wide - theme.px(12)), top + 1, wide, height - 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("wait_tint"))
        painter.drawRoundedRect(box, theme.px(9), theme.px(9))
        painter.setPen(theme.color("wait"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)
