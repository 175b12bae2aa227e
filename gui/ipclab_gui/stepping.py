"""Slow motion and single steps: what buttons, keys and menus do to the run that goes on. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import astuple, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu

from ipclab_gui.watch_switch import WatchSwitch

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ipclab.order import Order, Step
    from ipclab.ready import Choice
    from ipclab.records import Outcome, Request
    from ipclab_gui.chase import Chase
    from ipclab_gui.live import Live
    from ipclab_gui.window import MainWindow
    from ipclab_gui.workspace import Workspace

RULES = {"oldest": "Oldest first", "newest": "Newest first", "random": "At random"}
KEYS = 9  # processes that have a key of their own
NOTICE = 6_000  # ms that the window says why it does not step on


class Stepping(QObject):
    """Made after the first paint; `follow` is called whenever something has changed."""

    def __init__(self, window: MainWindow, runs: QMenu) -> None:
        """Make the switch in the bar, and the lines of the menu Run."""
        super().__init__(window)
        self._window = window
        self._connected = False
        self._typed: list[str | None] = []  # for the run that goes on
        self._again: tuple[Workspace, Request, list[str | None], str] | None = None  # what is run once it has ended
        self.switch = WatchSwitch()
        self.switch.picked.connect(self._go)
        self.switch.pace_picked.connect(lambda pace: self._live.go("slow", pace))
        self.switch.step_wanted.connect(self.step)
        window.bar.add_watch(self.switch)
        for place in range(window.centre.count()):
            self.join(window.centre.widget(place))  # type: ignore[arg-type]  # no start page yet
        runs.addSeparator()
        self._step = self._action(runs, "Step", self.step, "F10")
        self._back = self._action(runs, "Step back", self.step_back, "Ctrl+F10")
        self._rules = QMenu("Step by itself", runs)
        for rule, words in RULES.items():
            self._action(self._rules, words, partial(self._play, rule))
        self._rules.addSeparator()
        self._hold = self._action(self._rules, "Hold", partial(self._play, ""))
        runs.addMenu(self._rules)
        self._save = self._action(runs, "Save order...", self._save_order)
        self._follow = self._action(runs, "Follow order...", self._ask_order)
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

    def join(self, workspace: Workspace) -> None:
        """Do what the views of a workspace ask of its run."""
        workspace.step_wanted.connect(self.step_pid)
        workspace.chase_wanted.connect(self.step_until_next)
        workspace.receive_wanted.connect(self.step_until_received)
        workspace.order_wanted.connect(self._follow_known)
        workspace.typed.connect(self._type)

    # what a person does

    def step(self) -> None:
        """Let whoever has stood at the gate longest go next."""
        self.step_pid(0)

    def step_number(self, number: int) -> None:
        """Let the process with this number go next, where it stands at the gate."""
        if self.stepping and (one := self.choice().by_number(number)) is not None:
            self.step_pid(one.standing.pid)

    def step_pid(self, pid: int) -> None:
        """Let this process go next, where it stands at the gate; 0 for whoever has stood there longest."""
        if self.stepping:
            self._chase.stop()
            one = self.choice().of(pid) if pid else None
            if one is not None or not pid:
                self._live.step(one.standing if one is not None else None)

    def step_until_next(self, pid: int) -> None:
        """Let a process go where it stands at the gate, then others, the oldest first, until it stands there again."""
        if not self.stepping:
            return
        observation = self._live.observation
        first = self.choice().of(pid)
        ticket = first.standing.ticket if first is not None else 0

        def stands_again() -> bool:
            standing = [one for one in observation.gate.standing if one.pid == pid]
            return any(
                one.ticket > ticket or first is None or one.thread != first.standing.thread for one in standing
            ) or (not any(one.pid == pid and one.alive for one in observation.processes.values()))

        self._chase.begin(stands_again, but=pid, first=first.standing if first is not None else None)
        self._note(f"until {observation.people.name(pid)} is at its next operation")

    def step_until_received(self, lane: int, row: int) -> None:
        """Step, the oldest first, until the message is received that was sent, or put, in a row of a lane."""
        operations, traffic = self._live.observation.operations, self._live.observation.traffic
        if not self.stepping or operations is None or traffic is None:
            return
        from ipclab.queue_items import is_under_way, write_of
        from ipclab.records import LATENESS
        from ipclab.trace import record

        of = operations.by_number[lane]
        call = of.operation(row)
        put = call is not None and call.operation == record.PUT

        def received() -> bool:
            traffic.pair(int(self._live.observation.time * 1e9) - LATENESS)
            written = write_of(of, row) if put else row
            return written is not None and not is_under_way(of, written)

        self._chase.begin(received, rest=LATENESS / 1e9)
        self._note("until the message is received")

    @cached_property
    def _chase(self) -> Chase:
        from ipclab_gui.chase import Chase

        chase = Chase(self._live)
        chase.ended.connect(self._chased)
        return chase

    def _chased(self, why: str) -> None:
        self._note("")
        if why:
            self._window.status.showMessage(why, NOTICE)

    def _note(self, words: str) -> None:
        self._live.note = words
        self._live.headline()

    def _type(self, line: str | None) -> None:
        self._typed.append(line)
        self._live.type(line)

    def step_back(self) -> None:
        """Play the run again up to the step before the last, and stand there."""
        live = self._live
        if not self._can_go_back or live.workspace is None or live.request is None:
            return
        steps = [one.step for one in live.observation.steps[:-1]]
        request = replace(live.request, mode="step", order=plain(steps))
        self._again = live.workspace, request, list(self._typed), f"back at step {len(steps)}"
        if live.running:
            live.stop()
        else:
            self._replay()

    def _replay(self) -> None:
        if self._again is not None and not self._window.running and self._window.isVisible():
            (workspace, request, typed, note), self._again = self._again, None
            self._live.start(workspace, request)
            self._note(note)
            for line in typed:
                self._type(line)

    def _ended(self, outcome: Outcome) -> None:
        del outcome
        if self._again is not None:
            QTimer.singleShot(0, self._replay)

    # orders

    def _save_order(self) -> None:
        from ipclab_gui import orders

        live = self._live
        if live.workspace is not None and live.request is not None and live.observation.steps:
            orders.save(self._window, orders.made(live.workspace, live.request, live.observation))

    def _ask_order(self) -> None:
        from ipclab_gui import orders

        if not self._window.running and not self._window.starting:
            found = orders.ask(self._window)
            if found is not None:
                self._start(found)

    def _follow_known(self, title: str) -> None:
        """Run by an order of the experiment's own."""
        if not self._window.running:
            self._start(self._window.workspace.experiment.orders[title])

    def _start(self, found: Order) -> None:
        """Set the form to what an order is of, and run by it; then a person steps on."""
        form = self._window.workspace.form
        form.take(found.parameters, found.start_method)
        form.watch("step")
        self._window.run(plain(found.steps))

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
            self._live.began.connect(self._typed.clear)
            self._live.ended.connect(self._ended)
        gate = self._live.observation.gate if self.here else None
        going = "" if gate is None else self._live.mode if self._live.observation.watched else "off"
        free = gate is not None and self.stepping and bool(gate.standing)
        self.switch.show_run(going, steps=free, held=self._held)
        self._step.setEnabled(free)
        self._rules.setEnabled(self.stepping)
        self._hold.setEnabled(self.stepping and gate is not None and bool(gate.rule))
        for action in self._numbers:
            action.setEnabled(free)
        self._back.setEnabled(self._can_go_back)
        shown = self._connected and not self._window.starting and self._live.workspace is self._window.workspace
        self._save.setEnabled(shown and bool(self._live.observation.steps))
        self._follow.setEnabled(not self._window.running and not self._window.starting)

    @property
    def _held(self) -> bool:
        """Tell whether the run that goes on can be slowed and stepped."""
        request, workspace = self._live.request, self._live.workspace
        if not self.here or request is None or workspace is None:
            return True
        return not workspace.experiment.unheld(request.parameters)

    @property
    def _can_go_back(self) -> bool:
        """Tell whether the run on show has steps, and none of an order is still to be followed."""
        if not self._connected or self._window.starting or self._live.workspace is not self._window.workspace:
            return False
        observation = self._live.observation
        kept = observation.steps and not observation.steps_gone
        return bool(kept) and observation.gate.left is None and self._live.state in ("", "running")


def plain(steps: Iterable[Step]) -> tuple[tuple[object, ...], ...]:
    """Return steps as a request holds them."""
    return tuple(astuple(step) for step in steps)
