"""How wide the window's docks are, unless a person has pulled them: less in a narrow window. GUI thread only."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

from ipclab_gui import theme
from ipclab_gui.settings import Settings, unpacked

WIDE = 1200  # px; below it the docks are narrower
DOCKS, DOCKS_NARROW = (246, 310), (206, 270)  # px: left, right; with the line between, 248 and 312, 208 and 272


def restore(window: QMainWindow, docks: Sequence[QDockWidget], kept: Settings) -> None:
    """Bring window and docks back to where they were left."""
    window.restoreGeometry(unpacked(kept.geometry))
    if not window.restoreState(unpacked(kept.docks)):
        set_widths(window, docks)


def bound(docks: Sequence[QDockWidget]) -> None:
    """Let them be no narrower than they are in a narrow window: words would be cut off. A window too small does."""
    for dock, width in zip(docks, DOCKS_NARROW, strict=True):
        dock.setMinimumWidth(theme.px(width))


def follow(window: QMainWindow, docks: Sequence[QDockWidget], before: int, now: int) -> None:
    """Set the docks once the window comes from a width `before` to one on the other side of WIDE."""
    if before > 0 and (before < theme.px(WIDE)) != (now < theme.px(WIDE)):
        set_widths(window, docks, only_from=DOCKS_NARROW if before < theme.px(WIDE) else DOCKS)


def set_widths(window: QMainWindow, docks: Sequence[QDockWidget], only_from: tuple[int, int] | None = None) -> None:
    """Give the docks their widths; `only_from`: those that have these widths, untouched by anybody, or squeezed."""
    wanted = DOCKS_NARROW if window.width() < theme.px(WIDE) else DOCKS
    for place, dock in enumerate(docks):
        squeezed = dock.width() < dock.minimumWidth()
        if only_from is None or squeezed or abs(dock.width() - theme.px(only_from[place])) <= 2:
            window.resizeDocks([dock], [theme.px(wanted[place])], Qt.Orientation.Horizontal)
