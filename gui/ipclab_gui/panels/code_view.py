"""A Python file to be read: numbered lines in the theme's colours. GUI thread only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import (
    QFontMetrics,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextFrameFormat,
    QTextLayout,
)
from PySide6.QtWidgets import QTextEdit, QWidget

from ipclab_gui import icons, theme

if TYPE_CHECKING:
    from collections.abc import Iterator

LINE = 22  # a line's height, pixels at 96 dpi
LOWER = 2  # by which a line's words stand below its middle
NUMBERS = 56  # where line numbers end
TEXT = 84  # where the text begins
NARROW = 640
SCROLLING = (
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Home, Qt.Key.Key_End,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class At:
    """Who is at a line, and what for; `next`: it stands at the gate there, and may go next; `over`: it has ended."""

    process: str
    words: str
    next: bool = False
    over: bool = False


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
    """Yield what is coloured as (line from 0, where it begins, its length, colour's token), in UTF-16 as Qt counts."""
    from pygments.lexers.python import PythonLexer

    line = column = 0
    for kind, text in PythonLexer(stripnl=False, ensurenl=False).get_tokens(source):
        token = next((token for known, token in _tokens() if kind in known), "")  # type: ignore[operator]
        for number, part in enumerate(text.split("\n")):
            if number:
                line, column = line + 1, 0
            if part:
                length = len(part) if part.isascii() else len(part.encode("utf-16-le")) // 2
                if token:
                    yield line, column, length, token
                column += length


class CodeView(QTextEdit):
    """Source with line numbers that stay where they are when the text is scrolled sideways."""

    def __init__(self) -> None:
        super().__init__()
        self._source = ""
        self._marks: list[tuple[int, int, int, str]] = []
        self._places: dict[int, tuple[At, ...]] = {}
        self.follows = True  # nobody has scrolled since the run began: lines may be brought into sight
        self._shown_line: int | None = None
        self._faded = False  # the colours are those of another theme
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
        self.verticalScrollBar().actionTriggered.connect(self._leave)
        theme.notifier.changed.connect(self._recolor)

    def _leave(self) -> None:
        self.follows = False

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
        self.follows = False
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

    def show_places(self, places: dict[int, tuple[At, ...]]) -> None:
        """Mark lines, numbered from 1: who is there. Nothing moves."""
        if places != self._places:
            self._places = places
            said = (
                f"line {line}: {', '.join(f'{one.process} {one.words}' for one in there)}"
                for line, there in sorted(places.items())
            )
            self.setAccessibleDescription("; ".join(said))
            self.viewport().update()

    def follow(self, line: int) -> None:
        """Bring a line, from 1, into sight where it is not; nothing once a person has scrolled."""
        if not self.follows or not 0 < line <= self.document().blockCount():
            return
        box = self.document().documentLayout().blockBoundingRect(self.document().findBlockByNumber(line - 1))
        bar, room = self.verticalScrollBar(), self.viewport().height()
        if not bar.value() <= box.y() - theme.px(LINE) <= box.bottom() + theme.px(LINE) <= bar.value() + room:
            bar.setValue(round(box.y() - room / 3))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in SCROLLING:
            self.follows = False
        super().keyPressEvent(event)

    @property
    def source(self) -> str:
        """The whole file."""
        return self._source

    @property
    def chosen(self) -> str:
        """What is selected, all where nothing is."""
        return self.textCursor().selection().toPlainText() or self._source

    def _recolor(self) -> None:
        """Follow the theme; while nobody sees the text, only note that it is to be done."""
        self._faded = not self.isVisible()
        if not self._faded:
            self._color()

    def showEvent(self, event: QShowEvent) -> None:
        if self._faded:
            self._recolor()
        super().showEvent(event)

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
        self._paint_grounds()
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
            there = self._places.get(block.blockNumber() + 1)
            if there:
                left = line.position().x() + line.naturalTextWidth() + layout.blockBoundingRect(block).left()
                self._paint_place(painter, top + theme.px(LOWER), there, round(left))
                painter.setFont(font)
                painter.setPen(theme.color("text3"))
            block = block.next()

    def _paint_grounds(self) -> None:
        """Tint the lines at which somebody is, under the text."""
        if not self._places:
            return
        painter, layout = QPainter(self.viewport()), self.document().documentLayout()
        for line, there in self._places.items():
            if line <= self.document().blockCount():
                top = round(layout.blockBoundingRect(self.document().findBlockByNumber(line - 1)).y())
                top += theme.px(LOWER) - self.verticalScrollBar().value()
                rect = QRect(0, top, self.viewport().width(), theme.px(LINE))
                painter.fillRect(rect, theme.color(_ground(there)))

    def _paint_place(self, painter: QPainter, top: int, there: tuple[At, ...], code: int) -> None:
        """Draw a bar before a line, and behind it who is there: who may go next, or in the colour of waiting.

        Args:
            painter: of the viewport.
            top: of the line.
            there: who is there.
            code: where the line's own words end.
        """
        height = theme.px(LINE)
        painter.fillRect(QRect(0, top, theme.px(3), height), theme.color("accent" if there[0].next else "wait_fill"))
        gap, side, end = theme.px(6), theme.px(14), self.viewport().width() - theme.px(20)
        shown = fitting(there, end - code + self.horizontalScrollBar().value() - 2 * gap)
        left = max(gap, end - sum(map(_wide, shown)))
        painter.fillRect(QRect(left - gap, top, self.viewport().width(), height), theme.color(_ground(there)))
        for one in shown:
            token = "accent" if one.next else "wait"
            picture = icons.pixmap("step" if one.next else "hourglass", token, side, self.devicePixelRatioF())
            painter.drawPixmap(left, top + (height - side) // 2, picture)
            painter.setPen(theme.color(token))
            at, left = left + side + gap, left + _wide(one)
            for face, words in ((theme.font(12, 600), one.process), (theme.font(12), one.words)):
                painter.setFont(face)
                painter.drawText(QRect(at, top, left - at, height), int(Qt.AlignmentFlag.AlignVCenter), words)
                at += QFontMetrics(face).horizontalAdvance(words) + gap


def fitting(there: tuple[At, ...], room: int) -> list[At]:
    """Return who is at a line as far as there is room; of the others how many may go next, wait, or waited."""
    wide, most = 0, 0
    while most < len(there) and wide <= room:
        wide += _wide(there[most])
        most += 1
    shown = list(there)
    if len(there) == 1 or wide <= room:
        return shown
    for named in range(most - 1, -1, -1):
        shown = [*there[:named], *_counted(there[named:], " more" if named else "")]
        if sum(map(_wide, shown)) <= room:
            break
    return shown


def _counted(rest: tuple[At, ...], more: str) -> list[At]:
    """Return how many may go next, how many wait, and how many did when they ended."""
    ready, over = sum(one.next for one in rest), sum(one.over for one in rest)
    waiting = len(rest) - ready - over
    found = [
        At(f"{ready}{more}", "next", next=True),
        At(f"{waiting}{more}", "waits" if waiting == 1 else "wait"),
        At(f"{over}{more}", "waited", over=True),
    ]
    return [one for one, count in zip(found, (ready, waiting, over), strict=True) if count]


def _wide(one: At) -> int:
    """Return the pixels of what is said of one at a line."""
    words = QFontMetrics(theme.font(12, 600)).horizontalAdvance(one.process)
    return theme.px(14 + 4 * 6) + words + QFontMetrics(theme.font(12)).horizontalAdvance(one.words)


def _ground(there: tuple[At, ...]) -> str:
    return "tint" if there[0].next else "wait_tint"
