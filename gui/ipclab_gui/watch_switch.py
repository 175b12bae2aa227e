"""Watch, in the bar on top: whether the next run's operations are recorded, and how it goes. GUI thread only.

While a run of the experiment on show goes on, the same segments say how that goes, and change it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QPushButton, QWidget

from ipclab_gui import icons, style, theme
from ipclab_gui.editors import TextEditor

if TYPE_CHECKING:
    from ipclab_gui.parameters import Parameters

HINTS = {
    "Off": "Nothing is recorded of what the processes do: for figures",
    "On": "Record every message, wait and lock, for Messages and Processes",
    "Slow": "Hold each operation for a while before it begins",
    "Step": "Hold each operation until you let it go (F10)",
}
HELD = ("Slow", "Step")  # a run that measures in bursts goes by none of these
WATCHED = "This run is watched from its beginning on; Off is for the next one"
UNWATCHED = "This run was started with Watch Off: nothing of it is recorded, and none of its processes can be held"
BURSTS = "This run measures in bursts: it can be neither slowed nor stepped"
PACE = "How long each operation waits before it begins"
STEP = "Step: let whoever has waited longest go next (F10)"


class Bubble(QLabel):
    """What is wrong with a control of the bar, below it and over whatever is there."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setObjectName("Bubble")
        self.setProperty("tone", "bad")
        self.setFont(theme.font(12))
        self.hide()

    def say(self, wrong: str, under: QWidget) -> None:
        """Say something below a control; an empty text: nothing."""
        self.setVisible(bool(wrong))
        if wrong:
            self.setText(wrong)
            self.setAccessibleName(wrong)
            self.adjustSize()
            below = under.mapTo(self._window, QPoint(0, under.height() + theme.px(6)))
            below.setX(max(0, min(below.x(), self._window.width() - self.width() - theme.px(8))))
            self.move(below)
            self.raise_()


class WatchSwitch(QWidget):
    """Off, On, Slow with its pace, Step with its button.

    The form on show holds what its next run does, the window says how its run goes by `show_run`.
    """

    picked = Signal(str)  # how the run is to go: "on", "slow", "step"
    pace_picked = Signal(float)  # seconds
    step_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        px = theme.px
        self._form: Parameters | None = None
        self._going = ""  # how the run of the experiment on show goes; empty where none does
        self._wide = self._held = True
        label = QLabel("Watch")
        label.setProperty("tone", "2")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, px(8), 0)
        row.setSpacing(px(8))
        row.addWidget(label)
        segments = QHBoxLayout()
        segments.setSpacing(0)
        row.addLayout(segments)
        group = QButtonGroup(self)
        self.buttons: dict[str, QPushButton] = {}
        words = list(HINTS)
        for word in words:
            button = QPushButton(word)
            button.setCheckable(True)
            button.setProperty("kind", "segment")
            button.setProperty("at", {words[0]: "first", words[-1]: "last"}.get(word, "middle"))
            button.setFixedHeight(px(30))
            button.setAccessibleName(f"Watch {word}")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, word=word: self.pick(word))
            group.addButton(button)
            segments.addWidget(button)
            self.buttons[word] = button
        self._row = row
        self.pace: TextEditor | None = None
        self._bubble: Bubble | None = None
        self.step = QPushButton("Step")
        self.step.setIcon(icons.icon("step", "text"))
        self.step.setIconSize(QSize(px(16), px(16)))
        self.step.setFixedHeight(px(30))
        self.step.setToolTip(STEP)
        self.step.setAccessibleName("Step")
        self.step.setEnabled(False)
        self.step.clicked.connect(self.step_wanted)
        row.addWidget(self.step)

    @property
    def chosen(self) -> str:
        """The segment that is chosen; empty where nothing is."""
        return next((word for word, button in self.buttons.items() if button.isChecked()), "")

    def follow(self, form: Parameters | None) -> None:
        """Show what a form says; nothing can be chosen where there is none."""
        self._form = form
        self.setEnabled(form is not None)
        self._show()

    def show_run(self, going: str, *, steps: bool, held: bool = True) -> None:
        """Show how the run of the experiment on show goes.

        Args:
            going: "off" (it is not watched), "on", "slow" or "step"; empty where none goes on.
            steps: somebody stands at the gate, and a person may let them go.
            held: it can be slowed and stepped.
        """
        self._going, self._held = going, held
        self.step.setEnabled(steps)
        self._show()

    def pick(self, word: str) -> None:
        """Choose a segment: for the next run, and for the one that goes on."""
        if self._form is not None and self.buttons[word].isEnabled():
            self._form.watch(word.lower())
            if self._going:
                self._going = word.lower()
                self.picked.emit(word.lower())
            self._show()

    def pick_next(self) -> None:
        """Choose the segment behind the one that is chosen, of those that can be; behind the last comes the first."""
        able = [word for word, button in self.buttons.items() if button.isEnabled()]
        if len(able) > 1:
            at = able.index(self.chosen) if self.chosen in able else -1
            self.pick(able[(at + 1) % len(able)])

    def set_wide(self, wide: bool) -> None:
        """Say whether there is room for Step whatever is chosen."""
        self._wide = wide
        self._show()

    def _show(self) -> None:
        form = self._form
        unheld = ""
        if form is not None:
            self.buttons[(self._going or form.mode).capitalize()].setChecked(True)
            unheld = "" if self._going else form.unheld
        for word, button in self.buttons.items():
            fixed = self._fixed(word) if self._going else unheld if word in HELD else ""
            button.setEnabled(form is not None and not fixed)
            button.setToolTip(fixed or HINTS[word])
            button.setAccessibleDescription(button.toolTip())
        self.step.setVisible(self._wide or self.chosen == "Step")
        self._show_pace()
        self._say_wrong(unheld if not self._going and self.chosen in HELD else "")

    def _fixed(self, word: str) -> str:
        """Return why a segment cannot be chosen as the run goes now; empty where it can."""
        if word == "Off":
            return "" if self._going == "off" else WATCHED
        if self._going == "off":
            return UNWATCHED
        return BURSTS if word in HELD and not self._held else ""

    def _show_pace(self) -> None:
        slow = self._form is not None and self.chosen == "Slow"
        if self._form is not None and self.pace is None and slow:
            self.pace = self._made_pace(self._form)
        if self.pace is not None:
            self.pace.setVisible(slow)
            if self._form is not None:
                self.pace.write(self._form.fields.rows["pace"].editor.written())

    def _made_pace(self, form: Parameters) -> TextEditor:
        pace = TextEditor(form.fields.rows["pace"].field)
        pace.setFixedSize(theme.px(84), theme.px(30))
        pace.setAccessibleName("Pace")
        pace.setToolTip(PACE)
        pace.edited.connect(self._pace_edited)
        pace.editingFinished.connect(self._pace_edited)
        self._row.insertWidget(self._row.indexOf(self.step), pace)
        return pace

    def _pace_edited(self) -> None:
        """Take the pace into the form, and to the run where it is one."""
        if self._form is None or self.pace is None:
            return
        row = self._form.fields.rows["pace"]
        if row.editor.written() != self.pace.written():
            row.write(self.pace.written())
            self._form.fields.check()
            value = row.value() if "pace" not in self._form.fields.errors else None
            if self._going == "slow" and isinstance(value, float):
                self.pace_picked.emit(value)

    def _say_wrong(self, unheld: str) -> None:
        """Say below the control what the form says of Watch or its pace, which it does not show itself.

        Args:
            unheld: why the next run cannot go as it is chosen; empty if it can.
        """
        fields = self._form.fields if self._form is not None else None
        pace = fields.errors.get("pace", "") if fields is not None else ""
        refused = unheld or (fields.refused.get("watch", "") if fields is not None else "")
        if self.pace is not None:
            style.tell(self.pace, wrong=bool(pace))
            self.pace.setAccessibleDescription(pace or PACE)
        if self._bubble is None and (pace or refused):
            self._bubble = Bubble(self.window())
        if self._bubble is not None:
            under = self.pace if pace and self.pace is not None else self.buttons[self.chosen or "Off"]
            self._bubble.say(pace or refused, under)
