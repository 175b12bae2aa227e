"""The line of time below the diagram: where the shown moment stands, Play, and the way back to now. GUI thread only."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QWidget

from ipclab_gui import icons, theme
from ipclab_gui.controls import plain_list, tool
from ipclab_gui.diagram.words import clock
from ipclab_gui.pointed_slider import PointedSlider

STOPS = 100_000  # of the slider
KNOB = 7
PACES = ("Call by call", "1/100", "1/10", "Real time")
SPEEDS = (0.0, 0.01, 0.1, 1.0)  # seconds of the run in one of the clock; 0: from call to call


class TimeSlider(PointedSlider):
    """From the run's beginning to its newest moment; Left and Right go from call to call."""

    call_wanted = Signal(int)  # to the next (1) or previous (-1) call

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(0, STOPS)
        self.setPageStep(STOPS // 20)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Moment")
        theme.notifier.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(160), theme.px(24))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(60), theme.px(24))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.call_wanted.emit(1 if event.key() == Qt.Key.Key_Right else -1)
            event.accept()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.call_wanted.emit(1 if event.angleDelta().y() < 0 else -1)
        event.accept()

    def go_to(self, x: float) -> None:
        room = max(1, self.width() - 2 * theme.px(KNOB))
        self.setValue(round((x - theme.px(KNOB)) / room * STOPS))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, right, middle = theme.px(KNOB), self.width() - theme.px(KNOB), self.height() / 2
        at = left + (right - left) * self.value() / STOPS
        on = theme.color("accent" if self.isEnabled() else "off")
        painter.setPen(QPen(theme.color("edge"), 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(left, middle), QPointF(right, middle))
        painter.setPen(QPen(on, 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(QPointF(left, middle), QPointF(at, middle))
        painter.setPen(QPen(on, 2))
        painter.setBrush(theme.color("bg"))
        painter.drawEllipse(QPointF(at, middle), theme.px(KNOB) - 1, theme.px(KNOB) - 1)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), theme.px(5), theme.px(5))
        painter.end()


class Scrubber(QWidget):
    """Play, the slider, which moment it is, how fast it plays, and Now."""

    moment_wanted = Signal(object)  # ns since the run began; None for now
    play_wanted = Signal()
    call_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._until = 1
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(16), theme.px(2), theme.px(12), theme.px(2))
        row.setSpacing(theme.px(8))
        self.play_button = tool("run", "Play", "Play the run again (Space)")
        self.play_button.clicked.connect(self.play_wanted)
        self.slider = TimeSlider()
        self.slider.valueChanged.connect(self._moved)
        self.slider.call_wanted.connect(self.call_wanted)
        self.label = QLabel()
        self.label.setFont(theme.font(12))
        self.label.setProperty("tone", "2")
        self.label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.pace = QComboBox()
        plain_list(self.pace)
        self.pace.addItems(PACES)
        self.pace.setAccessibleName("Pace of playing")
        self.pace.setToolTip("How fast Play goes")
        self.now_button = tool("arrow-right", "Now", "Show the newest moment, and follow it")
        self.now_button.setCheckable(True)
        self.now_button.clicked.connect(lambda: self.moment_wanted.emit(None))
        row.addWidget(self.play_button)
        row.addWidget(self.slider, 1)
        row.addWidget(self.label)
        row.addWidget(self.pace)
        row.addWidget(self.now_button)

    @property
    def speed(self) -> float:
        """Seconds of the run that play in one of the clock; 0 for from call to call."""
        return SPEEDS[self.pace.currentIndex()]

    def show_moment(self, at: int | None, until: int) -> None:
        """Show where a moment lies in a run that is so long; None for now."""
        self._until = max(1, until)
        shown = self._until if at is None else min(at, self._until)
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(shown / self._until * STOPS))
        self.slider.update()
        whole = clock(self._until)
        words = f"{clock(shown)} of {whole}" if at is not None else whole
        wide = self.label.fontMetrics().horizontalAdvance(f"{whole} of {whole}")
        if self.label.text() != words:
            self.label.setText(words)
            self.label.setMinimumWidth(wide)
            self.slider.setAccessibleDescription(words if at is not None else f"now, {words}")
        now = at is None
        if self.now_button.isChecked() != now:
            self.now_button.setChecked(now)
        self.now_button.setIcon(icons.icon("arrow-right", "accent" if now else "text2"))

    def show_playing(self, playing: bool) -> None:
        """Show whether it plays."""
        self.play_button.setIcon(icons.icon("pause" if playing else "run"))
        self.play_button.setAccessibleName("Pause" if playing else "Play")
        self.play_button.setToolTip("Pause (Space)" if playing else "Play the run again (Space)")

    def _moved(self, value: int) -> None:
        self.moment_wanted.emit(None if value >= STOPS else round(value / STOPS * self._until))


__all__ = ["PACES", "Scrubber", "TimeSlider"]
