"""Guide: what the experiment shows, in words, under a banner that says whether it has been run. GUI thread only."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent, QShowEvent, QTextLine
from PySide6.QtWidgets import QHBoxLayout, QLabel, QTextBrowser, QVBoxLayout, QWidget

from ipclab.declarations import LEVELS
from ipclab.quantity import measured
from ipclab_gui import theme
from ipclab_gui.panels import Panel
from ipclab_gui.panels.bars import finder, let_wrap
from ipclab_gui.panels.empty import Glyph, run_button
from ipclab_gui.panels.guide_text import Code, GuideText
from ipclab_resources import FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipclab.catalog import Experiment
    from ipclab.observation import Observation
    from ipclab.outlines import Outline
    from ipclab.records import Outcome, Status

COLUMN = 656  # the text's width; lengths are pixels at 96 dpi
NARROW = 640

Mark = tuple[str, str, str]  # icon, its colour, the ground

NOT_RUN: Mark = ("", "text2", "tint")
RUNNING: Mark = ("circle-play", "accent", "tint")
OUTCOMES: dict[Status, tuple[Mark, str]] = {
    "done": (("circle-check", "ok", "ok_tint"), "Done in {}."),
    "failed": (("circle-x", "bad", "bad_tint"), "Failed after {}."),
    "stopped": (("circle-stop", "text2", "hover"), "Stopped after {}."),
    "timed out": (("hourglass", "wait", "wait_tint"), "Timed out after {}."),
    "crashed": (("octagon-x", "bad", "bad_tint"), "Crashed after {}."),
}


class Banner(QWidget):
    """Whether the experiment has been run, and a button that runs it."""

    run_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._ground = "tint"
        self._said: tuple[object, ...] = ()
        self._icon = Glyph("circle-check", 16)
        self._heading, self._text = QLabel(), QLabel()
        self._heading.setFont(theme.font(13, 600))
        self._text.setFont(theme.font(13))
        self._text.setProperty("tone", "2")
        for label in (self._heading, self._text):
            let_wrap(label)
        self._button = run_button()
        self._button.setMinimumWidth(theme.px(88))
        self._button.clicked.connect(self.run_wanted)
        words = QVBoxLayout()
        words.setSpacing(theme.px(2))
        words.addWidget(self._heading)
        words.addWidget(self._text)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.px(16), theme.px(11), theme.px(12), theme.px(11))
        row.setSpacing(theme.px(12))
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignVCenter)
        theme.notifier.changed.connect(self.update)
        self.say_not_run()

    def say_not_run(self) -> bool:
        """Say that it has not been run; return whether that is new."""
        return self._say(
            NOT_RUN, "Not run yet.", "Press F5 to start the processes and see them at work.", runnable=True
        )

    def say_running(self) -> bool:
        """Say that it runs; return whether that is new."""
        return self._say(RUNNING, "Running.", "Graphs, Processes and Output show what happens.", runnable=False)

    def say_outcome(self, outcome: Outcome, found: str) -> bool:
        """Say how the run ended, and what it found where it says no more than that; return whether that is new."""
        mark, words = OUTCOMES[outcome.status]
        heading, text = words.format(measured(outcome.seconds, "s")), outcome.text
        if text.split(" ", 1)[0] == heading.split(" ", 1)[0]:
            heading, text = text, found
        return self._say(mark, heading, text, runnable=True)

    def _say(self, mark: Mark, heading: str, text: str, *, runnable: bool) -> bool:
        said = (mark, heading, text, runnable)
        if said == self._said:
            return False
        self._said = said
        icon, token, self._ground = mark
        self._icon.setVisible(bool(icon))
        if icon:
            self._icon.set_glyph(icon, token)
        self._heading.setText(heading)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        self._button.setVisible(runnable)
        self.update()
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color(self._ground))
        painter.drawRoundedRect(self.rect(), theme.px(8), theme.px(8))


class GuideView(QTextBrowser):
    """The text in a column, the banner over it; both scroll. Links open in the browser."""

    def __init__(self) -> None:
        super().__init__()
        self._text: GuideText | None = None
        self._markdown = ""
        self._stale = True
        self.banner = Banner(self.viewport())
        self.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.setOpenExternalLinks(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)  # or the text is laid out twice
        self.verticalScrollBar().valueChanged.connect(self._place_banner)
        theme.notifier.changed.connect(self._set)

    def set_markdown(self, markdown: str) -> None:
        """Show another guide, from its beginning."""
        self._markdown = markdown
        self.verticalScrollBar().setValue(0)
        self._set()

    def _set(self) -> None:
        """Set the text as it is now; while nobody sees it, only note that it is to be done."""
        self._stale = not self.isVisible()
        if self._stale:
            return
        place = self.verticalScrollBar().value()
        before, self._text = self._text, GuideText(self._markdown, self)
        self.arrange()
        self.setDocument(self._text)
        if before is not None:
            before.deleteLater()
        self.verticalScrollBar().setValue(place)

    def arrange(self) -> None:
        """Fit column and banner to the width."""
        width = self.viewport().width()
        edge = theme.px(20 if width < theme.px(NARROW) else 32)
        column = min(theme.px(COLUMN), width - 2 * edge)
        top = theme.px(20 if width < theme.px(NARROW) else 24)
        height = max(self.banner.heightForWidth(column), theme.px(58))
        self.banner.setGeometry(edge, top - self.verticalScrollBar().value(), column, height)
        if self._text is not None:
            self._text.fit(edge, width - edge - column, top + height + theme.px(18), theme.px(32))

    def _place_banner(self, value: int) -> None:
        top = theme.px(20 if self.viewport().width() < theme.px(NARROW) else 24)
        self.banner.move(self.banner.x(), top - value)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit column and banner to the width."""
        self.arrange()
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """Set the text, now that its width is known."""
        super().showEvent(event)
        if self._stale:
            self._set()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the grounds of code, then the text over them."""
        if self._text is not None:
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.translate(0, -self.verticalScrollBar().value())
            visible = QRectF(event.rect()).translated(0, self.verticalScrollBar().value())
            self._draw_grounds(painter, self._text, visible)
            painter.end()
        super().paintEvent(event)

    def _draw_grounds(self, painter: QPainter, text: GuideText, visible: QRectF) -> None:
        layout = text.documentLayout()
        painter.setBrush(theme.color("text3"))
        for block in text.bullets:
            box = layout.blockBoundingRect(block)
            if box.intersects(visible.adjusted(-theme.px(20), 0, 0, 0)) and block.layout().lineCount():
                line = block.layout().lineAt(0)
                middle = QPointF(box.x() + line.x() - theme.px(12), box.y() + line.y() + line.ascent() - theme.px(5))
                painter.drawEllipse(middle, theme.px(5) / 2, theme.px(5) / 2)
        painter.setBrush(theme.color("panel"))
        joined = QRectF()  # lines of a code block, one ground
        for code in text.codes:
            box = layout.blockBoundingRect(code.block)
            if code.whole:
                joined = joined.united(box)
                following = code.block.next()
                if not any(other.whole and other.block == following for other in text.codes):
                    left, right = self.banner.x(), self.banner.x() + self.banner.width()
                    ground = QRectF(left, joined.y() - theme.px(12), right - left, joined.height() + theme.px(24))
                    painter.drawRoundedRect(ground, theme.px(6), theme.px(6))
                    joined = QRectF()
            elif box.intersects(visible):
                for rect in _inline(code, box.topLeft()):
                    painter.drawRoundedRect(rect, theme.px(4), theme.px(4))


def _inline(code: Code, origin: QPointF) -> list[QRectF]:
    """Return the grounds of a stretch of code within a line, one a line where it is broken."""
    layout = code.block.layout()
    rects = []
    end = code.start + code.length
    for number in range(layout.lineCount()):
        line = layout.lineAt(number)
        first, last = max(code.start, line.textStart()), min(end, line.textStart() + line.textLength())
        if first >= last:
            continue
        left, right = _across(line, first), _across(line, last)
        base = origin.y() + line.y() + line.ascent()
        rects.append(QRectF(origin.x() + left - 2, base - theme.px(12.5), right - left + 4, theme.px(17)))
    return rects


def _across(line: QTextLine, character: int) -> float:
    """Return how far to the right a character begins."""
    x, _ = cast(tuple[float, int], line.cursorToX(character))
    return x


class GuidePanel(Panel):
    """The banner and the guide; what the window opens on."""

    title: ClassVar[str] = "Guide"
    finds: ClassVar[bool] = True

    def __init__(self) -> None:
        super().__init__()
        self._observation: Observation | None = None
        self._view = GuideView()
        self._view.setAccessibleName("Guide text")
        self._view.banner.run_wanted.connect(self.run_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._view)
        self._open_finder = finder(self._view, self)
        self.setFocusProxy(self._view)

    def set_outline(self, outline: Outline, load: Callable[[], Experiment]) -> None:
        """Show the guide of another experiment; what it declares is not needed."""
        del load
        self.set_experiment(outline)

    def set_experiment(self, experiment: Experiment | Outline) -> None:
        """Show the guide of another experiment, which has not been run."""
        self._observation = None
        self._view.banner.say_not_run()
        self._view.set_markdown(guide_of(experiment))

    def find_words(self) -> None:
        """Open the bar that finds words in the guide."""
        self._open_finder()

    def begin(self, observation: Observation) -> None:
        """Say that it runs."""
        self._observation = observation
        self.refresh(True)

    def refresh(self, now: bool) -> None:
        """Say how the run ended, once it has."""
        if self._observation is None or not now:
            return
        outcome = self._observation.outcome
        banner = self._view.banner
        if outcome is None:
            new = banner.say_running()
        else:
            findings = self._observation.findings.values()
            worst = max(findings, key=lambda finding: LEVELS.index(finding.level), default=None)
            new = banner.say_outcome(outcome, worst.text if worst is not None else "")
        if new:
            self._view.arrange()


def guide_of(experiment: Experiment | Outline) -> str:
    """Return an experiment's guide in Markdown; its summary where nobody has written one."""
    file = FOLDER / "guides" / f"{experiment.stem}.md"
    return file.read_text(encoding="utf-8") if file.is_file() else experiment.summary
