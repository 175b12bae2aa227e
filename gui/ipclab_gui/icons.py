"""The lab's own icons: SVG files drawn in `currentColor`, rendered in a token's colour at the screen's own resolution.

An icon follows the theme by itself: its engine asks for the colour each time it is drawn. GUI thread only.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from ipclab_gui import theme
from ipclab_resources import FOLDER

GLYPH_STROKE = 1.4  # of an experiment's glyph on its grid of 20; 72 px large it is drawn with 0.75: 2.7 px


@cache
def _source(name: str) -> bytes:
    """Return an icon's SVG, or an experiment's glyph's; FileNotFoundError for a name that nobody drew."""
    try:
        return (FOLDER / "icons" / f"{name}.svg").read_bytes()
    except FileNotFoundError:
        return (FOLDER / "glyphs" / f"{name}.svg").read_bytes()


def exists(name: str) -> bool:
    """Tell whether there is an icon or a glyph of this name."""
    try:
        return bool(_source(name))
    except FileNotFoundError:
        return False


def pixmap(name: str, token: str = "text2", size: int = 16, ratio: float = 1.0) -> QPixmap:
    """Return an icon or glyph in a token's colour.

    Args:
        name: the file's name in icons/ or glyphs/, without ".svg".
        token: the colour's, of `theme.color`.
        size: logical pixels, at this desktop's scale already (`theme.px`).
        ratio: device pixels for one logical pixel; set on the pixmap.
    """
    return _rendered(name, theme.color(token).name(), size, ratio)


@cache
def _rendered(name: str, color: str, size: int, ratio: float) -> QPixmap:
    svg = _source(name).replace(b"currentColor", color.encode())
    if size >= 48 and b'viewBox="0 0 20 20"' in svg:  # a large glyph has finer lines than a small one blown up
        svg = svg.replace(f'stroke-width="{GLYPH_STROKE}"'.encode(), b'stroke-width="0.75"')
    side = max(1, round(size * ratio))
    picture = QPixmap(side, side)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, side, side))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


class _Engine(QIconEngine):
    """Draws one icon in the colour that its token has now; in `off` where the control is disabled."""

    def __init__(self, name: str, token: str, size: int) -> None:
        super().__init__()
        self._name, self._token, self._size = name, token, size

    def _picture(self, size: QSize, mode: QIcon.Mode, ratio: float) -> QPixmap:
        token = "off" if mode == QIcon.Mode.Disabled else self._token
        side = min(size.width(), size.height())
        return _rendered(self._name, theme.color(token).name(), max(1, round(side / ratio)), ratio)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatio()
        picture = self._picture(rect.size() * ratio, mode, ratio)
        side = picture.deviceIndependentSize()
        painter.drawPixmap(
            rect.topLeft()
            + QPoint(round((rect.width() - side.width()) / 2), round((rect.height() - side.height()) / 2)),
            picture,
        )

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self._picture(size, mode, 1.0)

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        # `size` is in logical pixels (Qt 6.11); an older Qt gives device pixels and draws the larger picture smaller
        return self._picture(size * scale, mode, scale)

    def actualSize(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QSize:
        return size

    def clone(self) -> QIconEngine:
        return _kept(_Engine(self._name, self._token, self._size))


_engines: list[_Engine] = []  # Qt owns them, Python must not free them before


def _kept(engine: _Engine) -> _Engine:
    _engines.append(engine)
    return engine


@cache
def icon(name: str, token: str = "text2", size: int = 16) -> QIcon:
    """Return an icon that follows the theme; disabled it is `off`. FileNotFoundError for a name nobody drew."""
    _source(name)
    return QIcon(_kept(_Engine(name, token, size)))


def colored(name: str, color: QColor, size: int, ratio: float) -> QPixmap:
    """Return an icon in a colour that is no token (a series'), for what paints itself."""
    return _rendered(name, color.name(), size, ratio)
