"""A Step button for each process at the gate, laid over a view that paints its processes. GUI thread only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from ipclab_gui import icons, style, theme

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtCore import QRect

    from ipclab.observation import Observation
    from ipclab.ready import Choice

KEYS = 9  # processes whose number is a key
HIGH = 24  # px
BARE = 60  # px of width, below which a button has its mark alone


@dataclass(frozen=True, slots=True)
class Wanted:
    """A button that is to be there: whose, what that is about to do, and where."""

    pid: int
    number: int
    process: str
    call: str
    place: QRect


def by_person(observation: Observation) -> bool:
    """Tell whether a run goes on whose steps a person lets go."""
    gate = observation.gate
    return gate.mode == "step" and gate.left is None and observation.outcome is None


def choice_in(observation: Observation) -> Choice | None:
    """Return who could go next in a run that is slowed or stepped and goes on; None in any other."""
    if observation.gate.mode == "on" or observation.outcome is not None:
        return None
    from ipclab.ready import choice

    return choice(observation)


def width() -> int:
    """Return how wide a button is."""
    return theme.px(84)


class StepButtons(QObject):
    """The buttons over one widget; who has the keyboard keeps it while its process is on its way to the next step.

    Args:
        over: what they lie on.
        view: what has the keyboard where a button that had it is gone.
    """

    step_wanted = Signal(int)  # a pid

    def __init__(self, over: QWidget, view: QWidget) -> None:
        super().__init__(view)
        self._over, self._view = over, view
        self._buttons: dict[int, QPushButton] = {}
        self._left = 0  # pid whose button had the keyboard when it went

    def place(self, wanted: Iterable[Wanted]) -> None:
        """Have these buttons there and no others."""
        there = {one.pid: one for one in wanted}
        for pid in list(self._buttons):
            if pid not in there:
                self._hide(pid)
        for pid, one in there.items():
            self._show(pid, one)

    def _hide(self, pid: int) -> None:
        button = self._buttons.pop(pid)
        if button.hasFocus():
            self._left = pid
            self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        button.setParent(None)
        button.deleteLater()

    def _show(self, pid: int, one: Wanted) -> None:
        button = self._buttons.get(pid)
        if button is None:
            button = self._buttons[pid] = self._made(pid)
        bare = one.place.width() < theme.px(BARE)
        words = "" if bare else f"Step {one.number}" if one.number <= KEYS else "Step"
        if button.text() != words or button.property("bare") != bare:
            button.setText(words)
            style.tell(button, bare=bare)
        name = f"Step {one.process}, next: {one.call}"
        if button.accessibleName() != name:
            button.setAccessibleName(name)
            key = f" ({one.number})" if one.number <= KEYS else ""
            button.setToolTip(f"Let {one.process} go next{key}")
        button.setGeometry(one.place)
        button.show()
        if self._left == pid and self._view.hasFocus():
            self._left = 0
            button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _made(self, pid: int) -> QPushButton:
        button = QPushButton(self._over)
        button.setProperty("kind", "small")
        button.setFont(theme.font(12, 500))
        button.setIcon(icons.icon("step", "accent"))
        button.setIconSize(QSize(theme.px(14), theme.px(14)))
        button.setCursor(Qt.CursorShape.ArrowCursor)
        button.clicked.connect(lambda _checked=False: self.step_wanted.emit(pid))
        return button


__all__ = ["HIGH", "StepButtons", "Wanted", "by_person", "choice_in", "width"]
