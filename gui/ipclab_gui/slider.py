"""A logarithmic slider: a tick for each decade, its ends named, 0 as a stop of its own where the range begins there."""

from __future__ import annotations

import math
from bisect import bisect_left

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy

from ipclab.options import Field
from ipclab_gui import theme
from ipclab_gui.pointed_slider import PointedSlider

ZERO_SHARE = 0.07  # of the way that the step from 0 to the first value takes
DECADES_BELOW = 5  # of a duration that may be 0, under its longest


def stops(lo: float, hi: float, unit: str, *, whole: bool) -> list[float]:
    """Return the values that a slider over this range stops at, rising: powers of two for sizes, else 1 to 10."""
    first = lo if lo > 0 else 1.0 if whole else 10.0 ** (math.floor(math.log10(hi)) - DECADES_BELOW)
    found = {float(lo), float(hi)}
    if unit == "B":
        found |= {2.0**power for power in range(math.ceil(math.log2(first)), math.floor(math.log2(hi)) + 1)}
    else:
        for decade in range(math.floor(math.log10(first)), math.floor(math.log10(hi)) + 1):
            for digit in range(1, 10):
                value = float(f"{digit}e{decade}")  # 3e-05, not 3.0000000000000004e-05
                if first <= value <= hi:
                    found.add(value)
    return sorted(found)


class LogSlider(PointedSlider):
    """Moves over `stops`; its knob stands where the exact value is, even where that is no stop.

    `chosen` carries the value in the field's base unit when a person moved it.
    """

    chosen = Signal(float)

    def __init__(self, field: Field) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._field = field
        self._stops = stops(field.lo, field.hi, field.unit, whole=field.kind == "int")
        self._exact = self._stops[0]
        self._first = next(stop for stop in self._stops if stop > 0)
        self._quiet = False
        self.setRange(0, len(self._stops) - 1)
        self.setPageStep(max(1, len(self._stops) // 8))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(f"{field.label}, slider")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(self._moved)
        theme.notifier.changed.connect(self.update)

    def show_value(self, value: float) -> None:
        """Put the knob where a value is; says nothing."""
        self._exact = min(max(value, self._stops[0]), self._stops[-1])
        at = bisect_left(self._stops, self._exact)
        if at > 0 and self._share(self._exact) - self._share(self._stops[at - 1]) < (
            self._share(self._stops[at]) - self._share(self._exact)
        ):
            at -= 1
        self._quiet = True
        self.setValue(at)
        self._quiet = False
        self.update()

    def _moved(self, at: int) -> None:
        if not self._quiet:
            self._exact = self._stops[at]
            self.chosen.emit(self._exact)
            self.update()

    def _share(self, value: float) -> float:
        """Return how far along the groove a value lies, 0 to 1."""
        begin = ZERO_SHARE if self._stops[0] <= 0 else 0.0
        if value < self._first:
            return 0.0 if value <= 0 else begin * value / self._first
        wide = math.log(self._stops[-1] / self._first)
        return begin + (1 - begin) * (math.log(value / self._first) / wide if wide else 0.0)

    def _groove(self) -> tuple[float, float]:
        return theme.px(7), self.width() - theme.px(7)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(100), theme.px(36))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(60), theme.px(36))

    def go_to(self, x: float) -> None:
        left, right = self._groove()
        wanted = (x - left) / max(1.0, right - left)
        self.setValue(min(range(len(self._stops)), key=lambda at: abs(self._share(self._stops[at]) - wanted)))

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the wheel scrolls the form

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, right = self._groove()
        middle = theme.px(9) + 0.5
        thick = float(theme.px(3))
        alive = self.isEnabled()
        knob = left + (right - left) * self._share(self._exact)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("press"))
        painter.drawRoundedRect(QRectF(left, middle - thick / 2, right - left, thick), thick / 2, thick / 2)
        painter.setBrush(theme.color("accent" if alive else "off"))
        painter.drawRoundedRect(QRectF(left, middle - thick / 2, knob - left, thick), thick / 2, thick / 2)
        painter.setPen(QPen(theme.color("edge"), 1))
        top = theme.px(16)
        for share in self._ticks():
            x = round(left + (right - left) * share) + 0.5
            painter.drawLine(QPointF(x, top), QPointF(x, top + theme.px(3)))
        if self.hasFocus():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.mixed(theme.color("accent"), theme.color("panel"), 0.3))
            painter.drawEllipse(QPointF(knob, middle), theme.px(9), theme.px(9))
        painter.setPen(QPen(theme.color("accent" if alive else "off"), 2))
        painter.setBrush(theme.color("bg"))
        painter.drawEllipse(QPointF(knob, middle), theme.px(5.5), theme.px(5.5))
        painter.setPen(theme.color("text2" if alive else "off"))
        painter.setFont(theme.font(11))
        names = QRectF(0, theme.px(21), self.width(), theme.px(15))
        lo, hi = self._field.format(self._coerced(0)), self._field.format(self._coerced(-1))
        painter.drawText(names, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), lo)
        painter.drawText(names, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), hi)

    def _coerced(self, at: int) -> float:
        value = self._stops[at]
        return int(value) if self._field.kind == "int" else value

    def _ticks(self) -> list[float]:
        first, last = math.ceil(math.log10(self._first) - 1e-9), math.floor(math.log10(self._stops[-1]) + 1e-9)
        found = [self._share(10.0**decade) for decade in range(first, last + 1)]
        return [0.0, *found] if self._stops[0] <= 0 else found
