"""The list of what the lab stands on, and beside it the licence of the one that is picked. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from ipclab_gui import licences, theme
from ipclab_gui.catalogue import ExperimentList, draw_ground
from ipclab_gui.licences import Part

WIDE, ROW = 248, 46  # px: the list's width, a row's height
PART = Qt.ItemDataRole.UserRole

Index = QModelIndex | QPersistentModelIndex


class LicencesPage(QWidget):
    """Names, versions and terms on the left; the whole text on the right."""

    def __init__(self) -> None:
        super().__init__()
        px = theme.px
        self.list = PartList()
        self.list.setAccessibleName("What the lab stands on")
        self.list.setFixedWidth(px(WIDE))
        self._title = QLabel()
        self._title.setFont(theme.font(15, 600))
        self._title.setWordWrap(True)
        self._terms = QLabel()
        self._terms.setFont(theme.font(12))
        self._terms.setProperty("tone", "2")
        self._terms.setWordWrap(True)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setFont(theme.font(12, mono=True))
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.text.document().setDocumentMargin(0)
        line = QWidget()
        line.setObjectName("Hairline")
        line.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        line.setFixedWidth(1)
        right = QVBoxLayout()
        right.setSpacing(px(4))
        right.addWidget(self._title)
        right.addWidget(self._terms)
        right.addSpacing(px(8))
        right.addWidget(self.text, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(px(16))
        row.addWidget(self.list)
        row.addWidget(line)
        row.addLayout(right, 1)
        self._fill()

    def _fill(self) -> None:
        model = QStandardItemModel(self)
        try:
            parts = licences.parts()
        except (OSError, ValueError) as wrong:
            parts = []
            self._title.setText("The licences cannot be read")
            self._terms.setText(f"A file of this package has gone or is broken: {wrong}.")
        for part in parts:
            item = QStandardItem(part.name)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            item.setData(part, PART)
            said = ", ".join(one for one in (f"{part.name} {part.version}".strip(), part.terms) if one)
            item.setData(said, Qt.ItemDataRole.AccessibleTextRole)
            item.setData(said, Qt.ItemDataRole.ToolTipRole)
            model.appendRow(item)
        self.list.setModel(model)
        self.list.selectionModel().currentChanged.connect(lambda now, _before: self._show(now.data(PART)))
        self.list.setCurrentIndex(model.index(0, 0))

    def _show(self, part: Part) -> None:
        self._title.setText(f"{part.name} {part.version}".strip())
        self._terms.setText(part.terms)
        self._terms.setVisible(bool(part.terms))
        try:
            text = part.read()
        except OSError as wrong:
            text = f"The text cannot be read: {wrong.strerror or wrong}."
        self.text.setPlainText(text)
        self.text.setAccessibleName(f"Licence of {part.name}")


class PartList(ExperimentList):
    """Rows of two lines, which a person goes through as through the experiments."""

    def __init__(self) -> None:
        super().__init__()
        self.setItemDelegate(_Rows(self))


class _Rows(QStyledItemDelegate):
    def __init__(self, view: PartList) -> None:
        super().__init__(view)
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, theme.px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        px, part = theme.px, index.data(PART)
        row = QRect(option.rect).adjusted(0, px(1), -px(4), -px(1))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        selected = draw_ground(painter, self._view, row, index.row())
        room = row.adjusted(px(12), px(4), -px(8), -px(4))
        lines = ((part.name, 13, 600 if selected else 500, "text"), (_below(part), 12, 400, "text2"))
        for place, (words, size, weight, token) in enumerate(lines):
            painter.setFont(theme.font(size, weight))
            painter.setPen(theme.color(token))
            half = QRect(room.left(), room.top() + place * room.height() // 2, room.width(), room.height() // 2)
            short = QFontMetrics(painter.font()).elidedText(words, Qt.TextElideMode.ElideRight, half.width())
            painter.drawText(half, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), short)
        painter.restore()


def _below(part: Part) -> str:
    return "\u2002·\u2002".join(one for one in (part.version, part.terms) if one)
