"""Texts in as many lines as there is room for. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont, QFontMetrics, QTextLayout


def wrapped(text: str, face: QFont, room: int, most: int) -> tuple[str, ...]:
    """Return a text in lines of at most so many logical pixels, broken between words.

    The last of `most` is cut; a single one in its middle, since what ends a value may tell when.
    """
    metrics = QFontMetrics(face)
    if metrics.horizontalAdvance(text) <= room or room <= 0:
        return (text,)
    if most == 1:
        return (metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room),)
    layout = QTextLayout(text, face)
    layout.beginLayout()
    starts: list[int] = []
    while len(starts) < most and (line := layout.createLine()).isValid():
        line.setLineWidth(room)
        starts.append(line.textStart())
    layout.endLayout()
    made = [text[start:stop].rstrip() for start, stop in zip(starts, [*starts[1:], None], strict=True)]
    made[-1] = metrics.elidedText(made[-1], Qt.TextElideMode.ElideRight, room)
    return tuple(made)


def is_cut(text: str, lines: tuple[str, ...]) -> bool:
    """Tell whether lines are not the whole of a text."""
    return "".join(text.split()) != "".join("".join(lines).split())


__all__ = ["is_cut", "wrapped"]
