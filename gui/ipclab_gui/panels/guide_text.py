"""Set a guide: Markdown as a document in the lab's type. GUI thread only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QBrush,
    QFont,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextFrameFormat,
    QTextLength,
    QTextListFormat,
    QTextTable,
)

from ipclab_gui import theme

if TYPE_CHECKING:
    from PySide6.QtCore import QObject

PROPORTIONAL = QTextBlockFormat.LineHeightTypes.ProportionalHeight.value
BULLETS = (
    QTextListFormat.Style.ListDisc,
    QTextListFormat.Style.ListCircle,
    QTextListFormat.Style.ListSquare,
)
DRAWING = "drawing"  # where `![description](drawing)` leads
LINE = "\u2028"  # begins a line within a block
TRY = "try:"  # what a link to a preset begins with
BUTTON = 84  # px wide: what tries a preset
CARD = 16  # px between a drawing and the edge of the card that it lies on
DIALECT = QTextDocument.MarkdownFeature.MarkdownDialectGitHub


@dataclass(frozen=True, slots=True)
class Code:
    """A stretch of code within a block, in characters of the block; `whole` where the block is nothing else."""

    block: QTextBlock
    start: int
    length: int
    whole: bool


def reading_font(size: float = 15, weight: int = 400) -> QFont:
    """Return the interface's face for running text: without tabular digits, which widen hyphens too."""
    font = theme.font(size, weight)
    font.unsetFeature(QFont.Tag("tnum"))
    return font


class GuideText(QTextDocument):
    """A guide in the colours that hold now; made anew when they change.

    Attributes:
        codes: where code stands, in order; whoever draws the document draws its ground.
        bullets: items of lists without numbers; whoever draws the document draws their bullets, Qt's are too large.
        tries: items that end in `[Try it](<try:PRESET>)`, with the preset's title; the link gives way to a button, for
            which whoever shows the document has room at the right.
        caption: where the drawing's description stands, `![description](drawing)`; the drawing goes into the room over
            it, and whoever draws the document draws it. None where the guide has none.
    """

    def __init__(self, markdown: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.caption: QTextBlock | None = None
        self._description = ""
        self.tries: list[tuple[QTextBlock, str]] = []
        self.codes: list[Code] = []
        self.bullets: list[QTextBlock] = []
        self.setUndoRedoEnabled(False)
        self.setDefaultFont(reading_font())
        self.setDocumentMargin(0)
        self.setIndentWidth(theme.px(22))
        self.setMarkdown(markdown, DIALECT)
        cursor = QTextCursor(self)
        cursor.beginEditBlock()
        for frame in self.rootFrame().childFrames():
            if isinstance(frame, QTextTable):
                _set_table(frame)
        block = self.begin()
        while block.isValid():
            self._set_block(block)
            block = block.next()
        cursor.endEditBlock()
        self._find_codes()

    def fit(self, left: int, right: int, top: int, bottom: int) -> None:
        """Leave margins round the text, in logical pixels."""
        frame = QTextFrameFormat(self.rootFrame().frameFormat())
        wanted = (left, right, top, bottom)
        if (frame.leftMargin(), frame.rightMargin(), frame.topMargin(), frame.bottomMargin()) == wanted:
            return
        frame.setLeftMargin(left)
        frame.setRightMargin(right)
        frame.setTopMargin(top)
        frame.setBottomMargin(bottom)
        self.rootFrame().setFrameFormat(frame)

    def fit_drawing(self, height: int) -> None:
        """Leave room for a drawing and the card that it lies on, in logical pixels."""
        if self.caption is None or self.caption.blockFormat().topMargin() == height:
            return
        form = QTextBlockFormat()
        form.setTopMargin(height)
        QTextCursor(self.caption).mergeBlockFormat(form)

    def _set_caption(self, block: QTextBlock, description: str) -> None:
        """Write the description where the Markdown has the drawing: who cannot see the one can read the other."""
        cursor = QTextCursor(block)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        faces = QTextCharFormat()
        faces.setFont(reading_font(12))
        faces.setForeground(theme.color("text2"))
        cursor.insertText(description, faces)
        wanted = QTextBlockFormat()
        wanted.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        wanted.setLeftMargin(theme.px(CARD))
        wanted.setRightMargin(theme.px(CARD))
        wanted.setBottomMargin(theme.px(12 + 14))
        wanted.setLineHeight(135, PROPORTIONAL)
        cursor.setBlockFormat(wanted)
        self.caption, self._description = block, description

    def say_caption(self, words: str) -> None:
        """Write something in the place of the drawing's description; empty: the description again."""
        if self.caption is None:
            return
        cursor = QTextCursor(self.caption)
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
        cursor.insertText(words or self._description, cursor.charFormat())

    def _set_try(self, block: QTextBlock, preset: str) -> None:
        """Set an item as a row: no bullet, small words, room for a button at the right."""
        cursor = QTextCursor(block)
        for start, length, form in reversed(_stretches(block)):
            if form.isAnchor() and form.anchorHref().startswith(TRY):
                cursor.setPosition(start)
                cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
                cursor.removeSelectedText()
        items = block.textList()
        if items is not None:
            items.remove(block)
        wanted = QTextBlockFormat()
        wanted.setTopMargin(theme.px(9))
        wanted.setBottomMargin(theme.px(11))
        wanted.setRightMargin(theme.px(BUTTON + 20))
        wanted.setLineHeight(135, PROPORTIONAL)
        QTextCursor(block).setBlockFormat(wanted)
        self.tries.append((block, preset))

    def _set_block(self, block: QTextBlock) -> None:
        """Give a block its margins and its lines their height, then its words their faces."""
        description = _description(block)
        if description:
            self._set_caption(block, description)
            return
        if _preset(block.next()) and not _preset(block):  # its title, which Markdown made a block of its own
            cursor = QTextCursor(block)
            cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)
            cursor.deleteChar()
            cursor.insertText(LINE, QTextCharFormat())
        preset = _preset(block)
        if preset:
            self._set_try(block, preset)
            self._set_words(block, small=True)
            return
        form = block.blockFormat()
        wanted = QTextBlockFormat()
        faces = QTextCharFormat()
        if _table(block) is not None:
            wanted.setLineHeight(125, PROPORTIONAL)
        elif form.headingLevel():
            wanted.setTopMargin(theme.px(20))
            wanted.setBottomMargin(theme.px(2))
            wanted.setLineHeight(130, PROPORTIONAL)
            faces.setFont(reading_font(weight=600))
            faces.setProperty(QTextFormat.Property.FontSizeAdjustment, 0)
        elif _is_code(block):
            last, first = not _is_code(block.next()), not _is_code(block.previous())
            wanted.setLeftMargin(theme.px(16))
            wanted.setTopMargin(theme.px(14) if first else 0)
            wanted.setBottomMargin(theme.px(26) if last else 0)
            wanted.setLineHeight(130, PROPORTIONAL)
        elif block.textList() is not None:
            wanted.setTopMargin(0)
            wanted.setBottomMargin(theme.px(4))
            wanted.setLineHeight(145, PROPORTIONAL)
            form_of_list = block.textList().format()
            if form_of_list.style() in BULLETS:
                form_of_list.setStyle(QTextListFormat.Style.ListStyleUndefined)
                block.textList().setFormat(form_of_list)
            if form_of_list.style() == QTextListFormat.Style.ListStyleUndefined:
                self.bullets.append(block)
        else:
            wanted.setTopMargin(0)
            wanted.setBottomMargin(theme.px(12))
            wanted.setLineHeight(150, PROPORTIONAL)
        cursor = QTextCursor(block)
        cursor.mergeBlockFormat(wanted)
        if faces.propertyCount():
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            cursor.mergeCharFormat(faces)
        self._set_words(block)

    def _set_words(self, block: QTextBlock, *, small: bool = False) -> None:
        """Give code, links and strong words their faces; positions do not change by that."""
        table = _table(block)
        small = small or table is not None
        head = table is not None and table.cellAt(block.position()).row() == 0
        for start, length, form in _stretches(block):
            wanted = QTextCharFormat()
            strong = head or form.fontWeight() > QFont.Weight.Medium
            if _is_mono(form) or _is_code(block):
                wanted.setFont(theme.font(12 if small else 13, 400, mono=True))
            elif strong or small:
                face = reading_font(13 if small else 15, 600 if strong else 400)
                face.setItalic(form.fontItalic())
                wanted.setFont(face)
            if head or (small and table is None and not strong):
                wanted.setForeground(theme.color("text2"))
            if form.isAnchor():
                wanted.setForeground(theme.color("accent"))
                wanted.setUnderlineColor(theme.mixed(theme.color("accent"), theme.color("bg"), 0.4))
            if wanted.propertyCount():
                cursor = QTextCursor(self)
                cursor.setPosition(start)
                cursor.setPosition(start + length, QTextCursor.MoveMode.KeepAnchor)
                cursor.mergeCharFormat(wanted)

    def _find_codes(self) -> None:
        block = self.begin()
        while block.isValid():
            if _is_code(block):
                self.codes.append(Code(block, 0, block.length(), True))
            else:
                for start, length, form in _stretches(block):
                    if _is_mono(form):
                        self.codes.append(Code(block, start - block.position(), length, False))
            block = block.next()


def _table(block: QTextBlock) -> QTextTable | None:
    """Return the table that a block stands in."""
    return QTextCursor(block).currentTable()


def _is_code(block: QTextBlock) -> bool:
    """Tell whether a block is a line of a code block."""
    return block.isValid() and (
        block.blockFormat().hasProperty(QTextFormat.Property.BlockCodeFence)
        or block.blockFormat().hasProperty(QTextFormat.Property.BlockCodeLanguage)
    )


def _preset(block: QTextBlock) -> str:
    """Return the preset that a block asks to try; empty where it asks for none."""
    for _, _, form in _stretches(block):
        if form.isAnchor() and form.anchorHref().startswith(TRY):
            return form.anchorHref().removeprefix(TRY)
    return ""


def _description(block: QTextBlock) -> str:
    """Return what the Markdown says of the drawing that stands in this block; empty where there is none."""
    for _, _, form in _stretches(block):
        if form.isImageFormat() and form.toImageFormat().name() == DRAWING:
            return str(form.property(QTextFormat.Property.ImageAltText))
    return ""


def _is_mono(form: QTextCharFormat) -> bool:
    return form.fontFixedPitch()


def _stretches(block: QTextBlock) -> list[tuple[int, int, QTextCharFormat]]:
    """Return a block's stretches of one format as (position in the document, characters, format)."""
    found = []
    walk = block.begin()
    while not walk.atEnd():
        fragment = walk.fragment()
        found.append((fragment.position(), fragment.length(), fragment.charFormat()))
        walk += 1
    return found


def _set_table(table: QTextTable) -> None:
    """Set a table calmly: hairlines under its rows, no frame, the column's full width."""
    form = table.format()
    form.setBorder(0)
    form.setCellPadding(0)
    form.setCellSpacing(0)
    form.setBorderCollapse(True)
    form.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    form.setTopMargin(theme.px(4))
    form.setBottomMargin(theme.px(8))
    table.setFormat(form)
    line = QBrush(theme.color("line"))
    for row in range(table.rows()):
        for column in range(table.columns()):
            cell = table.cellAt(row, column)
            wanted = cell.format().toTableCellFormat()
            wanted.setTopPadding(theme.px(4))
            wanted.setBottomPadding(theme.px(5))
            wanted.setLeftPadding(theme.px(10) if column else 0)
            wanted.setRightPadding(theme.px(10))
            wanted.setBottomBorder(1)
            wanted.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            wanted.setBottomBorderBrush(line)
            cell.setFormat(wanted)
