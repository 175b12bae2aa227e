"""A plot: title and tools, legend, picture; the view of it, and copies of it. GUI thread only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QPainter, QPixmap
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from ipclab.records import Series
from ipclab_gui import icons, theme
from ipclab_gui.panels.bars import tool_button
from ipclab_gui.plots._canvas import Axis, Canvas
from ipclab_gui.plots._legend import Legend
from ipclab_gui.plots._run_data import Figure, RunData, capital
from ipclab_gui.plots._saving import Saving, save_whole
from ipclab_gui.plots._ticks import Range
from ipclab_gui.pyramid import Floats

FORMATS = "Picture (*.png);;Drawing (*.svg);;All samples (*.csv)"
NEAREST = 1e-8  # of the whole: no view is narrower


class Plot(QWidget):
    """One graph of a group of series. Subclasses say which they draw, how large their data are, and draw them.

    Attributes:
        group: the series drawn.
        data: the run's samples and figures.
        log: values are drawn as their log10.
        paused: nothing moves; the run goes on.
    """

    ORDER: ClassVar[int] = 50  # among the plots of the same series
    SHARE: ClassVar[int] = 5  # of the height, beside the other plots' shares

    selection_changed = Signal()
    pause_wanted = Signal()

    def __init__(self, group: tuple[Series, ...], data: RunData, *, title: str, headroom: float = 0) -> None:
        super().__init__()
        self.group, self.data = group, data
        self.log = False
        self.paused = False
        self.selection: Range | None = None
        self._view_x: Range | None = None  # None: all
        self._view_y: Range | None = None
        self._unit_text = self._notice = ""
        self._saving: Saving | None = None
        self._forget = QTimer(self)
        self._forget.setSingleShot(True)
        self._forget.setInterval(4000)
        self._forget.timeout.connect(lambda: self.notice(""))
        self.title = QLabel(capital(title))
        self.title.setFont(theme.font(13, 600))
        self.unit = QLabel()
        self.unit.setFont(theme.font(12))
        self.unit.setProperty("tone", "3")
        self.unit.setMinimumWidth(1)
        self.tools = QHBoxLayout()
        self.tools.setSpacing(theme.px(4))
        header = QHBoxLayout()
        header.setContentsMargins(0, 0, 0, 0)
        header.setSpacing(theme.px(8))
        header.addWidget(self.title)
        header.addWidget(self.unit, 1)
        header.addLayout(self.tools)
        self.legend = Legend()
        self.canvas = Canvas(headroom=headroom)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(4))
        column.addLayout(header)
        column.addWidget(self.legend)
        column.addWidget(self.canvas, 1)
        self._connect()

    def _connect(self) -> None:
        canvas = self.canvas
        canvas.zoom_wanted.connect(self.zoom)
        canvas.pan_wanted.connect(self.pan)
        canvas.all_wanted.connect(self.show_all)
        canvas.log_wanted.connect(lambda: self.set_log(not self.log))
        canvas.pause_wanted.connect(self.pause_wanted)
        canvas.copy_wanted.connect(self.copy_picture)
        canvas.save_wanted.connect(self.ask_and_save)
        canvas.select_wanted.connect(self.select)
        canvas.drawn.connect(self._resized)
        theme.notifier.changed.connect(self.recolor)

    # ------------------------------------------------------------------------------- what subclasses say and do

    @classmethod
    def draws(cls, group: tuple[Series, ...], curves: int) -> bool:
        """Tell whether this kind of plot draws a group of series that has come to so many curves."""
        raise NotImplementedError

    def full_ranges(self) -> tuple[Range, Range] | None:
        """Return the data coordinates that show all; None where there is nothing yet."""
        raise NotImplementedError

    def draw(self) -> None:
        """Hand the visible part of the data to the curves."""
        raise NotImplementedError

    def axes(self) -> tuple[Axis, Axis]:
        """Return lines and numbers of the x and the y axis for the ranges that are shown; set the unit's text."""
        raise NotImplementedError

    def say_values(self) -> None:
        """Bring legend and accessible texts up to date; called at most four times a second."""

    def figures(self) -> list[Figure]:
        """Return the large numbers of these series."""
        return []

    def selected_figures(self) -> list[Figure]:
        """Return the large numbers of what is selected."""
        return []

    def rows(self) -> Iterator[tuple[float, str]]:
        """Yield all data as CSV, a piece at a time, each with the share that is done (0 to 1); the header first."""
        raise NotImplementedError

    def recolor(self) -> None:
        """Give the curves the colours that hold now."""

    # ------------------------------------------------------------------------------------------------- drawing

    def redraw(self, now: bool) -> None:
        """Draw what is there; words change where `now` holds. Nothing moves while paused."""
        if self.paused:
            return
        full = self.full_ranges()
        if full is None:
            return
        before = (self.canvas.x_range, self.canvas.y_range)
        self.canvas.set_ranges(self._view_x or full[0], self._view_y or full[1])
        self.draw()
        if now or before != (self.canvas.x_range, self.canvas.y_range):
            self.canvas.x_axis, self.canvas.y_axis = self.axes()
            self.canvas.make_room(self.canvas.y_axis.texts)
        if now:
            self.say_values()
        self.canvas.viewport().update()

    def redraw_now(self) -> None:
        """Draw after something a person did, paused or not."""
        paused, self.paused = self.paused, False
        self.redraw(True)
        self.paused = paused
        self.say_unit(self._unit_text)
        if self.selection is not None:
            self.selection_changed.emit()

    def _resized(self) -> None:
        if self.isVisible():
            self.redraw_now()

    def scaled(self, values: Floats) -> Floats:
        """Return values as y coordinates."""
        if not self.log:
            return values
        logarithms: Floats = np.log10(np.maximum(values, 1e-300))
        return logarithms

    def say_unit(self, text: str) -> None:
        """Show unit and more beside the title."""
        self._unit_text = text
        words = self._notice or ("drawing paused, the run goes on" if self.paused else text)
        shown = QFontMetrics(self.unit.font()).elidedText(words, Qt.TextElideMode.ElideRight, max(1, self.unit.width()))
        if self.unit.text() != shown:
            self.unit.setText(shown)
            self.unit.setToolTip(words if shown != words else "")

    def notice(self, text: str) -> None:
        """Say something in the unit's place, for four seconds or while a file is being written."""
        self._notice = text
        self.say_unit(self._unit_text)
        if text and not self._busy:
            self._forget.start()

    @property
    def _busy(self) -> bool:
        return self._saving is not None and not self._saving.finished

    def close_down(self) -> None:
        """End what still goes on in the background; the plot is about to go."""
        self._forget.stop()
        if self._saving is not None:
            self._saving.cancel()

    # ---------------------------------------------------------------------------------------------------- view

    @property
    def shows_all(self) -> bool:
        """Tell whether the view follows the data."""
        return self._view_x is None and self._view_y is None

    def zoom(self, axis: str, factor: float, at: float) -> None:
        """Come nearer by `factor` (below 1: farther) about a place from 0 (left, bottom) to 1."""
        full = self.full_ranges()
        if full is None:
            return
        shown, whole = (self.canvas.x_range, full[0]) if axis == "x" else (self.canvas.y_range, full[1])
        span = (shown[1] - shown[0]) / factor
        if span < NEAREST * (whole[1] - whole[0]):
            return
        begin = shown[0] + at * (shown[1] - shown[0] - span)
        self._look(axis, (begin, begin + span), whole)

    def pan(self, right: float, up: float) -> None:
        """Move the view by shares of what is visible; never past the ends of the data."""
        full = self.full_ranges()
        if full is None:
            return
        for axis, share, shown, whole in (
            ("x", right, self.canvas.x_range, full[0]),
            ("y", up, self.canvas.y_range, full[1]),
        ):
            if share and shown != whole:
                step = share * (shown[1] - shown[0])
                self._look(axis, (shown[0] + step, shown[1] + step), whole)

    def _look(self, axis: str, wanted: Range, whole: Range) -> None:
        span = wanted[1] - wanted[0]
        if span >= whole[1] - whole[0]:
            view = None
        else:
            begin = min(max(wanted[0], whole[0]), whole[1] - span)
            view = (begin, begin + span)
        if axis == "x":
            self._view_x = view
        else:
            self._view_y = view
        self.redraw_now()

    def show_all(self) -> None:
        """Show all there is, and follow it."""
        self._view_x = self._view_y = None
        self.redraw_now()

    def set_log(self, log: bool) -> None:
        """Draw values on a logarithmic or a linear axis."""
        if log != self.log:
            self.log = log
            self._view_y = None
            self.redraw_now()

    def set_paused(self, paused: bool) -> None:
        """Stop the drawing, or go on with it."""
        self.paused = paused
        self.say_unit(self._unit_text)
        if not paused:
            self.redraw(True)

    def select(self, selection: Range | None) -> None:
        """Mark a range of x, or none."""
        if selection != self.selection:
            self.selection = self.canvas.selection = selection
            self.canvas.viewport().update()
            self.selection_changed.emit()

    # -------------------------------------------------------------------------------------------------- copies

    def _paint(self, painter: QPainter) -> None:
        """Paint title, legend and picture, without the tools."""
        top = theme.px(28)
        size = self._picture_size()
        painter.fillRect(QRect(0, 0, size.width(), size.height()), theme.color("bg"))
        painter.setPen(theme.color("text"))
        painter.setFont(self.title.font())
        title = QPointF(theme.px(4), theme.px(19))
        painter.drawText(title, self.title.text())
        title += QPointF(QFontMetrics(self.title.font()).horizontalAdvance(self.title.text()) + theme.px(8), 0)
        painter.setPen(theme.color("text3"))
        painter.setFont(self.unit.font())
        painter.drawText(title, self._unit_text)
        if self.legend.entries:
            self.legend.render(painter, QPointF(0, top).toPoint())
            top += self.legend.height()
        target = QRectF(0, top, self.canvas.width(), self.canvas.height())
        pointer, self.canvas.pointer = self.canvas.pointer, None
        self.canvas.render(painter, target, self.canvas.viewport().rect())
        self.canvas.pointer = pointer

    def _picture_size(self) -> QSize:
        legend = self.legend.height() if self.legend.entries else 0
        return QSize(self.canvas.width(), theme.px(28) + legend + self.canvas.height())

    def picture(self, ratio: float = 2.0) -> QPixmap:
        """Return title, legend and plot as a picture with `ratio` pixels for each logical one."""
        made = QPixmap(self._picture_size() * ratio)
        made.setDevicePixelRatio(ratio)
        painter = QPainter(made)
        self._paint(painter)
        painter.end()
        return made

    def copy_picture(self) -> None:
        """Put the picture on the clipboard."""
        QGuiApplication.clipboard().setPixmap(self.picture())
        self.notice("picture copied")

    def ask_and_save(self) -> None:
        """Ask where to save the plot, and in which form."""
        proposed = Path.home() / f"{self.title.text()}.png"
        chosen, kind = QFileDialog.getSaveFileName(self, f"Save {self.title.text()}", str(proposed), FORMATS)
        if chosen:
            path = Path(chosen)
            wanted = {"Picture": ".png", "Drawing": ".svg", "All sam": ".csv"}.get(kind[:7], ".png")
            if path.suffix.lower() not in (".png", ".svg", ".csv"):
                path = path.with_name(path.name + wanted)
            self.save(path)

    def save(self, path: Path) -> None:
        """Save as what the name ends in: .png, .svg, or .csv (piece by piece, while the window goes on)."""
        suffix = path.suffix.lower()
        if suffix == ".csv":
            if self._saving is not None:
                self._saving.cancel()
            self._saving = Saving(path, self.rows(), self.notice, parent=self)
            return
        buffer = QBuffer()
        buffer.open(QBuffer.OpenModeFlag.WriteOnly)
        if suffix == ".svg":
            self._draw(buffer)
        else:
            self.picture().save(buffer, "PNG")
        save_whole(path, bytes(buffer.data().data()), self.notice)

    def _draw(self, device: QIODevice) -> None:
        size = self._picture_size()
        generator = QSvgGenerator()
        generator.setOutputDevice(device)
        generator.setSize(size)
        generator.setViewBox(QRect(0, 0, size.width(), size.height()))
        generator.setTitle(self.title.text())
        generator.setDescription(self.canvas.accessibleDescription())
        painter = QPainter(generator)
        self._paint(painter)
        painter.end()

    # --------------------------------------------------------------------------------------------------- tools

    def add_tool(self, icon: str, name: str, key: str = "", *, text: bool = False, toggle: bool = False) -> QToolButton:
        """Append a button to the tools on the right of the title.

        Args:
            icon: its icon's name.
            name: what it does: its accessible name and, with the key, its tool tip.
            key: as the tool tip names it; empty for none.
            text: the name stands beside the icon.
            toggle: it can be on; it is tinted then.
        """
        button = tool_button(icon, name)
        if text:
            button.setText(name)
            button.setFont(theme.font(12, 500))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setMinimumWidth(0)
            button.setMaximumWidth(theme.px(200))
            button.setFixedHeight(theme.px(28))
        if key:
            button.setToolTip(f"{name} ({key})")
        if toggle:
            button.setCheckable(True)
            button.toggled.connect(lambda on: button.setIcon(icons.icon(icon, "accent" if on else "text2")))
        self.tools.addWidget(button)
        return button

    def add_copies(self) -> None:
        """Append the tools that every plot ends with."""
        self.add_tool("copy", "Copy picture", "Ctrl+C").clicked.connect(self.copy_picture)
        self.add_tool("save", "Save", "Ctrl+S").clicked.connect(self.ask_and_save)
