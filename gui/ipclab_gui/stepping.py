"""Slow motion and single steps: what buttons, keys and menus do to the run that goes on. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from ipclab_gui.watch_switch import WatchSwitch

if TYPE_CHECKING:
    from ipclab.ready import Choice, Ready
    from ipclab_gui.live import Live
    from ipclab_gui.window import MainWindow

RULES = {"oldest": "Oldest first", "newest": "Newest first", "random": "At random"}
KEYS = 9  # processes that have a key of their own


class Stepping(QObject):
    """Made after the first paint; `follow` is called whenever something has changed."""

    def __init__(self, window: MainWindow, runs: QMenu) -> None:
        """Make the switch in the bar, and the lines of the menu Run."""
        super().__init__(window)
        self._window = window
        self._connected = False
        self.switch = WatchSwitch()
        self.switch.picked.connect(self._go)
        self.switch.pace_picked.connect(lambda pace: self._live.go("slow", pace))
        self.switch.step_wanted.connect(self.step)
        window.bar.add_watch(self.switch)
        runs.addSeparator()
        self._step = self._action(runs, "Step", self.step, "F10")
        self._rules = QMenu("Step by itself", runs)
        for rule, words in RULES.items():
            self._action(self._rules, words, partial(self._play, rule))
        self._rules.addSeparator()
        self._hold = self._action(self._rules, "Hold", partial(self._play, ""))
        runs.addMenu(self._rules)
        runs.addSeparator()
        self._action(runs, "Next Watch", self.switch.pick_next, "F9")
        self._numbers = [
            self._action(None, f"Step process {number}", partial(self.step_number, number), str(number))
            for number in range(1, KEYS + 1)
        ]
        self.follow()

    def _action(self, menu: QMenu | None, text: str, does: Callable[[], object], *keys: str) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda _checked=False: does())
        self._window.addAction(action)
        if menu is not None:
            menu.addAction(action)
        return action

    @property
    def _live(self) -> Live:
        return self._window.live

    @property
    def here(self) -> bool:
        """Tell whether the run that goes on is of the experiment on show."""
        window = self._window
        return window.running and not window.starting and self._live.workspace is window.workspace

    @property
    def stepping(self) -> bool:
        """Tell whether a run of the experiment on show is stepped, and by a person."""
        return self.here and self._live.observation.gate.mode == "step" and self._live.observation.gate.left is None

    def choice(self) -> Choice:
        """Return who could go next, and who waits."""
        from ipclab.ready import choice

        return choice(self._live.observation)

    # what a person does

    def step(self) -> None:
        """Let whoever has stood at the gate longest go next."""
        if self.stepping:
            self._live.step()

    def step_number(self, number: int) -> None:
        """Let the process with this number go next, where it stands at the gate."""
        if self.stepping and (one := self.choice().by_number(number)) is not None:
            self._let_go(one)

    def step_pid(self, pid: int) -> None:
        """Let this process go next, where it stands at the gate."""
        if self.stepping and (one := self.choice().of(pid)) is not None:
            self._let_go(one)

    def _let_go(self, one: Ready) -> None:
        self._live.step(one.standing)

    def _go(self, mode: str) -> None:
        if self.here:
            row = self._window.workspace.form.fields.rows["pace"]
            try:
                pace = row.value()
            except ValueError:
                pace = None
            self._live.go(mode, pace if isinstance(pace, float) else None)

    def _play(self, rule: str) -> None:
        if self.stepping:
            self._live.play(rule)

    # what it shows

    def follow(self) -> None:
        """Allow what can be done as things stand."""
        if not self._connected and "live" in vars(self._window):
            self._connected = True
            self._live.folded.connect(self.follow)
        gate = self._live.observation.gate if self.here else None
        going = "" if gate is None else gate.mode if self._live.observation.watched else "off"
        free = gate is not None and self.stepping and bool(gate.standing)
        self.switch.show_run(going, steps=free)
        self._step.setEnabled(free)
        self._rules.setEnabled(self.stepping)
        self._hold.setEnabled(self.stepping and gate is not None and bool(gate.rule))
        for action in self._numbers:
            action.setEnabled(free)
