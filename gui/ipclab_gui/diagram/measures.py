"""How large each shape is, in pixels at 96 dpi. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ipclab_gui.diagram import faces
from ipclab_gui.diagram.figures import Block, Cells, Lock, Process, Queue, Raw, Tube

if TYPE_CHECKING:
    from ipclab_gui.diagram.figures import Figure

WIDE, MAIN = 216, 240  # of a process's box
HEAD, ROW, FOOT = 40, 26, 31
TAB = 20  # from a proxy's tab to the next
MIDDLE = 176  # from the middle to where the boxes at the sides begin
ROOM = 2 * MIDDLE - 84  # for what stands between wires
TUBE, PLUG = 48, 60  # heights
LABEL, CAPTION = 16, 24  # above and below a thing
ELEMENT, CELL = 36, 46  # heights of a queue's element, of a cell
SMALL = 16  # width and height of a cell that nobody looks into
FREE = 6  # places of a queue that are shown at most where they are free


def size_of(figure: Figure) -> tuple[float, float]:
    """Return width and height."""
    if isinstance(figure, Process):
        return (WIDE if figure.parent else MAIN), process_height(figure)
    if isinstance(figure, Tube):
        return 2 * MIDDLE, LABEL + TUBE + CAPTION
    if isinstance(figure, Queue):
        return max(160.0, sum(elements(figure))), LABEL + ELEMENT + CAPTION
    if isinstance(figure, Cells):
        each, across, rows = cell_grid(figure)
        return each * across, (LABEL if figure.indexed else 0) + CELL * rows + CAPTION + (20 if figure.lock else 0)
    if isinstance(figure, Raw):
        words = max(faces.width(figure.name, 12, 600), faces.width(figure.note, 11))
        return min(raw_cells(figure) + 30 + words, ROOM), 44
    if isinstance(figure, Lock):
        wide = 40 + faces.width(figure.name, 12, 600) + 8 + faces.width(figure.note, 12)
        return min(wide, ROOM), 34
    assert isinstance(figure, Block)
    return 190, 40 + CAPTION + 16


def raw_cells(figure: Raw) -> float:
    """Return how wide the cells of what nobody looks into are drawn."""
    return SMALL * figure.cells + (16 if figure.more else 0)


def process_height(figure: Process) -> float:
    """Return how high a process's box is."""
    rows = len(figure.variables) + (1 if figure.more else 0) + len(figure.lines)
    rows += len(figure.objects) + (1 if figure.more_objects else 0)
    body = ROW * rows + 10 if rows else 0
    high = HEAD + body + (FOOT if figure.foot is not None else 0)
    return max(high, 10 + TAB * len(figure.tabs))


def elements(queue: Queue) -> list[float]:
    """Return the widths of a queue's places as they are drawn, the newest first; that may be "+92"."""
    texts = queue.stream.texts
    wide = max([ELEMENT, *(faces.width(text, 12, mono=True) + 14 for text in texts)])
    most = max(1, int(ROOM // wide))
    shown = texts[:most]
    more = queue.stream.inside - len(shown)
    if more > 0:
        shown = texts[: max(1, most - 1)]
        return [52.0, *[wide] * len(shown)]
    limit = queue.limit or FREE
    free = max(0, min(limit - len(shown), FREE, most - len(shown)))
    return [wide] * (free + len(shown))


def cell_grid(cells: Cells) -> tuple[float, int, int]:
    """Return a cell's width, how many stand side by side, and in how many rows."""
    count = max(1, len(cells.values))
    texts = [faces.width(text, 12, mono=True) + 16 for text in cells.values]
    each = min(110.0, max([CELL, *texts]))
    if not cells.indexed:
        return each, 1, 1
    across = max(1, min(count, int(ROOM // each)))
    if across < count <= 2 * across:
        across = -(-count // 2)
    return each, across, min(2, -(-count // across))


__all__ = ["cell_grid", "elements", "process_height", "raw_cells", "size_of"]
