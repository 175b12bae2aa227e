"""Type and marks for shapes: lengths are pixels at 96 dpi, the painter is scaled and not the type. GUI thread only."""

from __future__ import annotations

from functools import cache, lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from ipclab_gui import icons, theme

VCENTER = int(Qt.AlignmentFlag.AlignVCenter)
RIGHT = VCENTER | int(Qt.AlignmentFlag.AlignRight)
CENTER = int(Qt.AlignmentFlag.AlignCenter)
TEXTS = 512  # whose widths are kept: those of some pictures


@cache
def face(size: float, weight: int = 400, mono: bool = False) -> QFont:
    """Return a face whose size does not follow the desktop's scale; do not change what you get."""
    font = theme.font(size, weight, mono)
    font.setPixelSize(round(size))
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


@cache
def _metrics(size: float, weight: int, mono: bool) -> QFontMetricsF:
    return QFontMetricsF(face(size, weight, mono))


@lru_cache(TEXTS)
def width(text: str, size: float, weight: int = 400, mono: bool = False) -> float:
    """Return how wide a text is."""
    return _metrics(size, weight, mono).horizontalAdvance(text)


@lru_cache(TEXTS)
def _elided(text: str, room: float, size: float, weight: int, mono: bool) -> str:
    return _metrics(size, weight, mono).elidedText(text, Qt.TextElideMode.ElideRight, room + 0.5)


def forget() -> None:
    """Let go of what is known of texts: nobody looks at them."""
    width.cache_clear()
    _elided.cache_clear()


def write(
    painter: QPainter, box: QRectF, text: str, size: float, color: QColor, *, weight: int = 400, mono: bool = False,
    flags: int = VCENTER,
) -> float:  # fmt: skip
    """Write a text into a box, with "…" for what has no room; return how wide it came out."""
    wide = width(text, size, weight, mono)
    if wide > box.width():
        text = _elided(text, box.width(), size, weight, mono)
        wide = width(text, size, weight, mono)
    painter.setFont(face(size, weight, mono))
    painter.setPen(color)
    painter.drawText(box.adjusted(0, 0, 1, 0), flags, text)
    return wide


def mark(painter: QPainter, x: float, middle: float, name: str, color: QColor, size: float = 14) -> None:
    """Draw an icon, its left edge at x, as sharp as the painter's scale allows."""
    ratio = painter.device().devicePixelRatio() if painter.device() is not None else 1.0
    factor = max(0.25, round(abs(painter.worldTransform().m11()) * ratio * 4) / 4)
    picture = icons.colored(name, color, round(size), factor)
    painter.drawPixmap(QRectF(x, middle - size / 2, size, size), picture, QRectF(picture.rect()))


def capsule(painter: QPainter, middle: QPointF, text: str, color: QColor) -> None:
    """Draw a message: its text in a capsule about a point."""
    wide = width(text, 12, mono=True) + 20 if text else 24.0
    box = QRectF(middle.x() - wide / 2, middle.y() - 12, wide, 24)
    painter.setPen(color)
    painter.setBrush(theme.color("bg"))
    painter.drawRoundedRect(box, 12, 12)
    if text:
        write(painter, box, text, 12, theme.color("text"), mono=True, flags=CENTER)


def capsule_width(text: str) -> float:
    """Return how wide a message's capsule is."""
    return width(text, 12, mono=True) + 20 if text else 24.0
