"""What stands over the tabs: title, summary, what the run found, its state, its progress."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from ipclab_gui import icons, theme

if TYPE_CHECKING:
    from ipclab.observation import FindingSeen, Observation
    from ipclab.records import Level, Outcome, Status

SHOWN = 3  # findings before "2 more"
NARROW = 720  # a header below this width has smaller margins and fewer words

LEVELS: dict[Level, tuple[str, str]] = {  # icon, token
    "info": ("info", "accent"),
    "ok": ("circle-check", "ok"),
    "warning": ("warning", "wait"),
    "bad": ("circle-x", "bad"),
}
STATES: dict[Status | str, tuple[str, str, str]] = {  # icon, token of icon and word, token of the ground
    "running": ("circle-play", "accent", "tint"),
    "starting": ("circle-play", "accent", "tint"),
    "stopping": ("circle-stop", "text2", "hover"),
    "done": ("circle-check", "ok", "ok_tint"),
    "failed": ("circle-x", "bad", "bad_tint"),
    "stopped": ("circle-stop", "text2", "hover"),
    "timed out": ("hourglass", "wait", "wait_tint"),
    "crashed": ("octagon-x", "bad", "bad_tint"),
}


def seconds(value: float) -> str:
    """Return a run's time as a person follows it: "3.2 s", "2 min 05 s", "1 h 02 min"."""
    if value < 60:
        return f"{value:.1f} s"
    if value < 3600:
        return f"{int(value) // 60} min {int(value) % 60:02} s"
    return f"{int(value) // 3600} h {int(value) % 3600 // 60:02} min"


def about(value: float) -> str:
    """Return a time that is left, no finer than it can be known: "5 s", "2 min", "1 h 10 min"."""
    if value < 55:
        return f"{max(1, round(value))} s" if value < 20 else f"{round(value / 5) * 5} s"
    if value < 3570:
        return f"{max(1, round(value / 60))} min"
    return f"{int(value + 30) // 3600} h {int(value + 30) % 3600 // 60} min"


def _going(observation: Observation, state: str, elapsed: float) -> str:
    """Return how a run goes: "running, 3.2 s", "slow, 4.1 s", "step, 7 done", "by oldest, 7 done"."""
    gate = observation.gate
    if state == "starting":
        return state
    if state == "running" and gate.mode == "step":
        done = f"{len(observation.steps) + observation.steps_gone} done"
        if gate.left is not None:
            return f"order, {done}, {gate.left} to go"
        return f"{f'by {gate.rule}' if gate.rule else 'step'}, {done}"
    return f"{'slow' if state == 'running' and gate.mode == 'slow' else state}, {seconds(elapsed)}"


def with_code(text: str) -> str:
    """Return a text as HTML: what stands in backticks is set as code."""
    from html import escape

    face = theme.font(12, mono=True).family()
    parts = escape(text).split("`")
    for at in range(1, len(parts), 2):
        parts[at] = f"<span style='font-family:\"{face}\";font-size:{theme.px(12)}px'>{parts[at]}</span>"
    return "".join(parts)


class Chip(QWidget):
    """A run's state: mark and word on a tinted ground."""

    def __init__(self) -> None:
        super().__init__()
        self._state, self._text = "running", ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.notifier.changed.connect(self.update)

    def show_state(self, state: Status | str, text: str) -> None:
        """Say how the run is; the accessible name says the same."""
        if (state, text) != (self._state, self._text):
            wider = len(text) != len(self._text) or state != self._state
            self._state, self._text = state, text
            self.setAccessibleName(text)
            if wider:
                self.updateGeometry()
            self.update()

    def sizeHint(self) -> QSize:
        wide = QFontMetrics(theme.font(12, 500)).horizontalAdvance(self._text)
        return QSize(wide + theme.px(8 + 15 + 5 + 8), theme.px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        icon, front, ground = STATES[self._state]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(ground))
        radius = self.height() / 2
        painter.drawRoundedRect(self.rect(), radius, radius)
        side = theme.px(15)
        picture = icons.pixmap(icon, front, side, self.devicePixelRatio())
        painter.drawPixmap(theme.px(8), (self.height() - side) // 2, picture)
        painter.setFont(theme.font(12, 500))
        painter.setPen(theme.color(front))
        room = QRect(theme.px(8 + 15 + 5), 0, self.width(), self.height())
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), self._text)


def _whole(text: str) -> str:
    """Return a text in which no line breaks between a number and its per cent sign."""
    return text.replace(" %", "\u00a0%")


def _linked(text: str) -> str:
    """Return a text as HTML in which "line 9 of orders.py" is a link."""
    from html import escape

    from ipclab_gui.panels.source_places import SAID

    color = theme.color("accent").name()
    found, at = "", 0
    for said in SAID.finditer(text):
        found += f'{escape(text[at : said.start()])}<a href="{said[1]} {escape(said[2])}" style="color:{color}">'
        found += f"{escape(said[0])}</a>"
        at = said.end()
    return found + escape(text[at:])


class FindingRow(QWidget):
    """A mark, a sentence, and in grey what it rests on; can be selected and copied; a line of a file leads to Code."""

    place_wanted = Signal(str, int)  # a file's name and a line

    def __init__(self) -> None:
        super().__init__()
        self._finding: FindingSeen | None = None
        self._mark = QLabel()
        self._mark.setFixedSize(theme.px(16), theme.px(18))
        self._text = QLabel()
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._text.linkActivated.connect(self._go)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(8))
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        theme.notifier.changed.connect(self._draw)

    def _go(self, link: str) -> None:
        line, _, name = link.partition(" ")
        self.place_wanted.emit(name, int(line))

    def show_finding(self, finding: FindingSeen) -> None:
        """Show a finding; nothing happens where it is the same."""
        if finding != self._finding:
            self._finding = finding
            self._draw()

    def _draw(self) -> None:
        if self._finding is None:
            return
        icon, token = LEVELS[self._finding.level]
        self._mark.setPixmap(icons.pixmap(icon, token, theme.px(16), self.devicePixelRatio()))
        self._mark.setAccessibleName(self._finding.level)
        text, evidence = self._finding.text, self._finding.evidence

        rich = _linked(_whole(text))
        if evidence:
            grey = theme.color("text3").name()
            size = f"color:{grey};font-size:{theme.px(12)}px"
            rich += f"&nbsp;&nbsp;<span style='{size}'>{_linked(_whole(evidence))}</span>"
        ways = Qt.TextInteractionFlag.TextSelectableByMouse
        if "<a " in rich:
            ways |= Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        self._text.setTextInteractionFlags(ways)
        self._text.setText(rich)
        self._text.setAccessibleName(f"{text} {evidence}".strip())


class Header(QWidget):
    """Title, summary and a run's words; `show_run` is called about four times a second."""

    place_wanted = Signal(str, int)  # a file's name and a line that a finding names

    def __init__(self, title: str, summary: str) -> None:
        super().__init__()
        self._all = False
        self._findings: list[FindingSeen] = []
        self.title = QLabel(title)
        self.title.setFont(theme.font(20, 600))
        self.chip = Chip()
        self.chip.hide()
        self.left = QLabel()
        self.left.setProperty("tone", "2")
        self.left.setFont(theme.font(12))
        self.summary = QLabel(with_code(summary) if "`" in summary else summary)
        self.summary.setTextFormat(Qt.TextFormat.RichText if "`" in summary else Qt.TextFormat.PlainText)
        self.summary.setProperty("tone", "2")
        self.summary.setWordWrap(True)
        self._rows: list[FindingRow] = []
        self.more = QPushButton()
        self.more.setProperty("kind", "link")
        self.more.setFont(theme.font(12, 500))
        self.more.clicked.connect(self._toggle)
        self.more.hide()
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.progress.setAccessibleName("Progress")
        self.progress.setFixedHeight(2)
        hidden = self.progress.sizePolicy()
        hidden.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(hidden)
        self.progress.hide()
        top = QHBoxLayout()
        top.setSpacing(theme.px(12))
        top.addWidget(self.title, 1)
        top.addWidget(self.left)
        top.addWidget(self.chip)
        self._column = QVBoxLayout()
        self._column.setSpacing(theme.px(3))
        self._column.addLayout(top)
        self._column.addWidget(self.summary)
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, theme.px(6), 0, 0)
        self._list.setSpacing(theme.px(4))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(self._column)
        whole.addWidget(self.progress)

    @property
    def narrow(self) -> bool:
        """Tell whether margins are small and words few."""
        return self.width() < theme.px(NARROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        side = theme.px(20 if self.narrow else 32)
        self._column.setContentsMargins(side, theme.px(20), side, theme.px(12))
        super().resizeEvent(event)

    def show_run(
        self, observation: Observation, state: str, elapsed: float, outcome: Outcome | None, note: str = ""
    ) -> None:
        """Show how a run is.

        Args:
            observation: what is known of it.
            state: "starting", "running" or "stopping"; not looked at where there is an outcome.
            elapsed: seconds since it was started, by the window's clock.
            outcome: how it ended; None while it goes on.
            note: what is said beside the state while it goes on, in place of the time that is left.
        """
        if outcome is not None:
            self.chip.show_state(outcome.status, f"{outcome.status}, {seconds(outcome.seconds)}")
        else:
            self.chip.show_state(state, _going(observation, state, elapsed))
        self.chip.show()
        done, of = observation.progress or (0.0, 0.0)
        self.progress.setVisible(outcome is None and of > 0)
        if of > 0:
            self.progress.setValue(round(1000 * min(1.0, done / of)))
        self.left.setText("" if outcome is not None else note or self._words_left(observation))
        from ipclab.observation import FindingSeen

        found = list(observation.findings.values())
        said = outcome is not None and any(one.text.lower() == outcome.text.lower() for one in found)
        if outcome is not None and outcome.status not in ("done", "stopped") and not said:
            found.insert(0, FindingSeen("warning" if outcome.status == "timed out" else "bad", outcome.text, "", 0.0))
        elif outcome is not None and outcome.status == "stopped" and not found:
            found.insert(0, FindingSeen("info", outcome.text, "", 0.0))
        self._show_findings(found)

    def _words_left(self, observation: Observation) -> str:
        if observation.progress is None or observation.progress[1] <= 0:
            return ""
        done, of = observation.progress
        left = None if observation.paced else observation.time_left
        if self.narrow or of <= 1:  # of one thing, a part is done: that says nothing in whole numbers
            return f"{about(left)} left" if left is not None else ""
        from ipclab.quantity import thousands

        words = f"{thousands(int(done))} of {thousands(int(of))}"
        return f"{words}, about {about(left)} left" if left is not None else words

    def _show_findings(self, found: Sequence[FindingSeen]) -> None:
        self._findings = list(found)
        shown = self._findings if self._all else self._findings[:SHOWN]
        if shown and not self._rows:
            self._column.addLayout(self._list)
            self._list.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        while len(self._rows) < len(shown):
            row = FindingRow()
            row.place_wanted.connect(self.place_wanted)
            self._list.insertWidget(len(self._rows), row)
            self._rows.append(row)
        for number, row in enumerate(self._rows):
            row.setVisible(number < len(shown))
            if number < len(shown):
                row.show_finding(shown[number])
        rest = len(self._findings) - SHOWN
        self.more.setVisible(rest > 0)
        self.more.setText("Fewer" if self._all else f"{rest} more")

    def _toggle(self) -> None:
        self._all = not self._all
        self._show_findings(self._findings)

    def say_let_go(self) -> None:
        """Show no run, and say that there was one."""
        self.clear()
        self.left.setText("The last run was let go")

    def clear(self) -> None:
        """Show no run."""
        self._all = False
        self._show_findings([])
        self.chip.hide()
        self.progress.hide()
        self.left.clear()
