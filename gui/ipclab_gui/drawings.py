"""The guides' drawings: one SVG each, in tokens instead of colours, drawn in those that hold now. GUI thread only.

QSvgRenderer draws the shapes, at whatever resolution the painter has. The words are taken out of the file and drawn
here: QtSvg reaches no weight but the first of a variable font. A `<text>` has x, y, font-size and fill; font-weight,
font-family (monospace) and text-anchor where they are not the usual ones; and no character that XML escapes.
"""

from __future__ import annotations

import re
from functools import cache

from PySide6.QtCore import QByteArray, QPointF, QRectF, QSizeF
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter
from PySide6.QtSvg import QSvgRenderer

from ipclab_gui import theme
from ipclab_resources import FOLDER

_TEXT = re.compile(r"<text ([^>]*)>([^<]*)</text>\n?")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_TOKEN = re.compile(r"@(\w+)@")
_SERIES = re.compile(r"series(\d)(_tint)?")
_BEFORE = {"start": 0.0, "middle": 0.5, "end": 1.0}  # the part of a text that lies before its x


def exists(stem: str) -> bool:
    """Tell whether somebody made a drawing for this experiment."""
    return (FOLDER / "drawings" / f"{stem}.svg").is_file()


@cache
def _source(stem: str) -> str:
    return (FOLDER / "drawings" / f"{stem}.svg").read_text(encoding="utf-8")


def size(stem: str) -> QSizeF:
    """Return a drawing's width and height in pixels at 96 dpi; FileNotFoundError where there is none."""
    known = dict(_ATTRIBUTE.findall(_source(stem).partition(">")[0]))
    return QSizeF(float(known["width"]), float(known["height"]))


def words(stem: str) -> list[str]:
    """Return what is written in a drawing, in the order of its file."""
    return [text for _, text in _TEXT.findall(_source(stem))]


def color(token: str) -> QColor:
    """Return what stands for `@token@`: a colour of the theme, or "series1", "series1_tint"; KeyError for others."""
    series = _SERIES.fullmatch(token)
    if series is None:
        return theme.color(token)
    number = int(series[1]) - 1
    return theme.series_tint(number) if series[2] else theme.series_color(number)


@cache
def _shapes(stem: str, dark: bool) -> QSvgRenderer:
    """Return what draws the shapes in the colours of now, which are dark or not."""
    del dark
    svg = _TOKEN.sub(lambda token: color(token[1]).name(), _TEXT.sub("", _source(stem)))
    return QSvgRenderer(QByteArray(svg.encode()))


def draw(painter: QPainter, stem: str, room: QRectF) -> None:
    """Draw into a rectangle, whose sides should have the drawing's ratio; words shrink and grow with it."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _shapes(stem, theme.is_dark()).render(painter, room)
    painter.translate(room.topLeft())
    factor = room.width() / size(stem).width()
    painter.scale(factor, factor)
    for attributes, text in _TEXT.findall(_source(stem)):
        known: dict[str, str] = dict(_ATTRIBUTE.findall(attributes))
        font = _font(float(known["font-size"]), int(known.get("font-weight", "400")), "font-family" in known)
        before = _BEFORE[known.get("text-anchor", "start")]
        left = float(known["x"]) - before * QFontMetricsF(font).horizontalAdvance(text) if before else float(known["x"])
        painter.setFont(font)
        painter.setPen(color(known["fill"].strip("@")))
        painter.drawText(QPointF(left, float(known["y"])), text)
    painter.restore()


@cache
def _font(pixels: float, weight: int, mono: bool) -> QFont:
    font = theme.font(pixels, weight, mono)
    font.setPixelSize(round(pixels))  # the painter is scaled already
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font
