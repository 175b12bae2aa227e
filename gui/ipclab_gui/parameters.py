"""What the Parameters dock holds for an experiment: presets, its fields, those of every run, the same as a command."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFontMetrics, QFontMetricsF, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from ipclab.catalog import Experiment, every_run
from ipclab.options import Field, Invalid, Plain
from ipclab.records import Request
from ipclab_gui import icons, style, theme
from ipclab_gui.controls import hairline, tool
from ipclab_gui.editors import Combo
from ipclab_gui.form import Fields

if TYPE_CHECKING:
    from ipclab_gui.questions import Question

NARROW = 300  # px: below it labels are shorter
SIDE = 16  # px on both sides
IN_BAR = ("watch", "pace")  # fields that the bar on top shows


class Parameters(QScrollArea):
    """One experiment's form; `changed` says that a value or a mistake is another one now."""

    changed = Signal()

    def __init__(
        self, experiment: Experiment, remembered: dict[str, Any], common: Sequence[Field] | None = None
    ) -> None:
        """Make the form.

        Args:
            experiment: whose it is.
            remembered: as `remember` returned it.
            common: what it has beside the experiment's own fields; None for what every experiment has.
        """
        super().__init__()
        self.experiment = experiment
        self._mode, self._unheld = "on" if experiment.declared_watch is True else "off", ""
        self._own = {field.name for field in experiment.fields}
        self.fields = Fields([*experiment.fields, *(every_run() if common is None else common)])
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("Parameters")
        self.setWidget(self._build())
        preset = remembered.get("preset", "")
        self._choose(preset if preset in experiment.presets else next(iter(experiment.presets), ""))
        self.fields.changed.connect(self._show)
        texts = remembered.get("texts", {})
        self.fields.write(self._preset_values(), texts=texts)

    def _build(self) -> QWidget:
        px = theme.px
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(px(SIDE), px(2), px(SIDE), px(12))
        column.setSpacing(px(10))
        self.presets = Combo(list(self.experiment.presets))
        self.presets.setAccessibleName("Preset")
        self.presets.setToolTip("Values to begin with")
        self.presets.setFixedHeight(px(30))
        self.presets.currentIndexChanged.connect(lambda _index: self._preset_picked())
        self.presets.activated.connect(lambda _index: self._preset_picked(again=True))
        self.reset_button = tool("reset", "Reset", "Back to the preset's values (Ctrl+R)")
        self.reset_button.clicked.connect(self.reset)
        top = QHBoxLayout()
        top.setSpacing(px(4))
        top.addWidget(self.presets, 1)
        if self.experiment.presets:
            top.addWidget(self.reset_button)
        else:
            self.presets.hide()
        column.addLayout(top)
        self._mark = QLabel()
        self._mark.hide()
        self._heading = heading(self.subject)
        line = QHBoxLayout()
        line.setSpacing(px(6))
        line.setContentsMargins(0, px(2), 0, 0)
        line.addWidget(self._mark)
        line.addWidget(self._heading, 1)
        if not self.experiment.presets:
            line.addWidget(self.reset_button)
        column.addLayout(line)
        rows = self.fields.rows
        for name, row in rows.items():
            if name in self._own:
                column.addWidget(row)
        if self._own:
            column.addSpacing(px(4))
            column.addWidget(hairline())
        else:
            self._heading.hide()
        column.addWidget(heading("Every run"))
        unseen = QWidget(content)  # what the bar on top shows
        unseen.hide()
        for name in IN_BAR:
            rows[name].setParent(unseen)
        for name, row in rows.items():
            if name not in self._own and name not in IN_BAR:
                column.addWidget(row)
        column.addStretch(1)
        column.addSpacing(px(8))
        column.addWidget(hairline())
        column.addLayout(self._foot())
        theme.notifier.changed.connect(self._draw_mark)
        return content

    def _foot(self) -> QVBoxLayout:
        self._command = QLabel()
        self._command.setProperty("tone", "2")
        self._command.setFont(theme.font(12, mono=True))
        self._command.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._command.setTextFormat(Qt.TextFormat.PlainText)
        self.copy_button = tool("copy", "Copy command", "Copy the command")
        self.copy_button.clicked.connect(self.copy_command)
        line = QHBoxLayout()
        line.addWidget(heading("The same from a terminal"), 1)
        line.addWidget(self.copy_button)
        foot = QVBoxLayout()
        foot.setSpacing(theme.px(2))
        foot.addLayout(line)
        foot.addWidget(self._command)
        return foot

    # presets

    def _preset_values(self) -> dict[str, Plain]:
        return dict(self.experiment.presets.get(self._preset, {}))

    def _choose(self, preset: str) -> None:
        place = list(self.experiment.presets).index(preset) if preset else -1
        self._preset = preset
        self.presets.setCurrentIndex(place)

    def _preset_picked(self, *, again: bool = False) -> None:
        """Take the preset on show, picked by a person or by a screen reader; `again`: even if it is the same one."""
        picked = list(self.experiment.presets)[self.presets.currentIndex()]
        if picked != self._preset or (again and self.fields.changed_by_hand):
            self.show_preset(picked)

    def show_preset(self, title: str) -> None:
        """Set the form to a preset's values; ValueError for a title that no preset has."""
        self._choose(title)
        self.reset()

    def reset(self) -> None:
        """Bring the preset's values back, and the defaults of what every run has."""
        self.fields.write(self._preset_values())

    # what it says to others

    @property
    def subject(self) -> str:
        """What its own fields are about."""
        return "This experiment"

    @property
    def valid(self) -> bool:
        """Tell whether it may be run; what the machine refused a moment ago it may be asked again."""
        return not self.fields.errors

    @property
    def mode(self) -> str:
        """How a run with these values goes: "off" (not watched), "on", "slow", "step"; one that is wrong: as before."""
        with suppress(Invalid):
            request = self.request()
            self._mode = request.mode if request.watched else "off"
        return self._mode

    @property
    def unheld(self) -> str:
        """Why a run with these values can be neither slowed nor stepped, empty if it can; if wrong: as before."""
        with suppress(Invalid):
            self._unheld = self.experiment.unheld(self.request().parameters)
        return self._unheld

    def watch(self, choice: str) -> None:
        """Choose how the next run goes, one of `mode`; what the experiment would do by itself is no choice."""
        self.fields.rows["watch"].write("auto")
        if self.mode != choice:
            self.fields.rows["watch"].write(choice)
        self.fields.check()

    def take(self, parameters: Mapping[str, object], start_method: str) -> None:
        """Show these values of its own fields, defaults where one is not among them; secrets stay as they are."""
        for name, row in self.fields.rows.items():
            if name in self._own and row.field.kind != "secret":
                row.write(row.field.format(row.field.check(parameters.get(name, row.field.default))))
            elif name == "start_method":
                row.write(start_method)
        self.fields.check()

    @property
    def unasked(self) -> Question | None:
        """What a Python has to be asked before a run; None for nothing."""
        return None

    def may_run(self) -> bool:
        """Tell whether its values can be run on this machine now; what is wrong is said at the fields."""
        try:
            request = self.request()
        except Invalid:
            self.fields.check()
            return False
        self.fields.refuse(self.experiment.refusals(request.parameters, request.mode))
        return not self.fields.refused

    def note(self) -> str:
        """Return what a person has to know as the run begins; empty for nothing."""
        return ""

    def request(self) -> Request:
        """Return the run that the form describes; Invalid where something is wrong."""
        values = self.fields.values()
        own: dict[str, object] = {name: values[name] for name in self._own}
        common: dict[str, Any] = {name: value for name, value in values.items() if name not in self._own}
        watching = self.experiment.watching(common.pop("watch"), common.pop("pace"), own)
        return Request(experiment=self.experiment.name, parameters=own, **watching, **common)

    def remember(self) -> dict[str, Any]:
        """Return what the settings keep: the preset and what was written over it."""
        return {"preset": self._preset, "texts": self.fields.differing()}

    def command(self) -> list[str]:
        """Return the words of the command that runs the same in a terminal: "ipclab run pipe" and what is no default.

        A wrong value appears as it is written: the command line then says the same about it.
        """
        words: list[str] = ["ipclab run " + self.experiment.name]
        for row in self.fields.applying():
            try:
                value = row.value()
                parts = [] if value == row.field.default else row.field.words(value)
            except ValueError:
                parts = [row.field.flag, row.editor.written()]
            pairs = [parts[i : i + 2] for i in range(0, len(parts), 2)]
            words += [shlex.join(pair) for pair in pairs]
        return words

    def copy_command(self) -> None:
        """Put the command on the clipboard, in one line."""
        QGuiApplication.clipboard().setText(" ".join(self.command()))

    # what it shows

    def _show(self) -> None:
        changed = self.fields.changed_by_hand
        if self._preset:
            self.presets.setItemText(self.presets.currentIndex(), self._preset + (", changed" if changed else ""))
        for index, title in enumerate(self.experiment.presets):
            if title != self._preset and self.presets.itemText(index) != title:
                self.presets.setItemText(index, title)
        self.reset_button.setEnabled(changed)
        self._show_heading()
        self._show_command()
        self.changed.emit()

    def _show_heading(self) -> None:
        wrong = len(self.fields.errors)
        words = "This machine cannot do this now." if self.fields.refused else ""
        if self.fields.refused.keys() == {"watch"}:
            words = "Watch does not go with these values."
        if wrong:
            what = "1 value needs" if wrong == 1 else f"{wrong} values need"
            words = f"{what} a change before this can run."
            beside = 0 if self.experiment.presets else self.reset_button.width() + theme.px(6)
            room = self.viewport().width() - theme.px(2 * SIDE + 22) - beside
            if QFontMetrics(theme.font(12, 600)).horizontalAdvance(words) > room:
                words = f"{what} a change."
        self._heading.setText(words or self.subject)
        style.tell(self._heading, tone="bad" if words else "2")
        self._mark.setVisible(bool(words))
        self._draw_mark()

    def _draw_mark(self) -> None:
        self._mark.setPixmap(icons.pixmap("circle-alert", "bad", theme.px(15), self.devicePixelRatio()))

    def _show_command(self) -> None:
        wide = QFontMetricsF(self._command.font()).horizontalAdvance("m")  # rounded, it would make lines too long
        room = max(20, int((self.viewport().width() - theme.px(2 * SIDE)) / max(1.0, wide)))
        lines = [""]
        for word in self.command():
            joined = f"{lines[-1]} {word}" if lines[-1].strip() else lines[-1] + word
            if len(joined) <= room or not lines[-1].strip():
                lines[-1] = joined
            else:
                lines.append("  " + word)
        self._command.setText("\n".join(_folded(line, room) for line in lines))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for row in self.fields.rows.values():
            row.set_narrow(self.width() < theme.px(NARROW))
        self._show_heading()
        self._show_command()

    def show_wrong(self) -> None:
        """Bring the keyboard to the first row here with a mistake or a refusal."""
        wrong = (self.fields.refused | self.fields.errors).keys() - set(IN_BAR)
        first = next((row for name, row in self.fields.rows.items() if name in wrong), None)
        if first is not None:
            self.ensureWidgetVisible(first)
            first.editor.setFocus(Qt.FocusReason.OtherFocusReason)


def _folded(line: str, room: int) -> str:
    """Break what is longer than a line; a text has no better place for it."""
    pieces = [line[:room]]
    rest = line[room:]
    while rest:
        pieces.append("    " + rest[: room - 4])
        rest = rest[room - 4 :]
    return "\n".join(pieces)


def heading(text: str) -> QLabel:
    """Return a small heading."""
    label = QLabel(text)
    label.setFont(theme.font(12, 600))
    label.setProperty("tone", "2")
    return label
