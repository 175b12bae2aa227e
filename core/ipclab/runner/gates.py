"""The gate as the runner keeps it: how a run goes, who may go next, for how long somebody was held, and in which order.

A step is let go by a person, by a rule that plays on by itself (RULES), or by an order that is followed. The next is
not let go by rule or order before the one before it has ended, or is seen to wait.
"""

from __future__ import annotations

import random
from collections import deque
from struct import Struct
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any

from ipclab.gate import HELD, MODE, MODES, MOVED, OPEN, PACE, RULES, STEP
from ipclab.order import Step
from ipclab.quantity import tells_time
from ipclab.trace import record

if TYPE_CHECKING:
    import mmap
    from collections.abc import Callable

    from ipclab.runner.files import Files
    from ipclab.runner.gate_page import GatePage, Standing
    from ipclab.runner.roster import Member

WAITS_AFTER = 10_000_000  # ns in a call after which it is taken to wait for somebody
UNSEEN_AFTER = 50_000_000  # ns after which a step of which nothing was seen is not waited for
FEEDING = 20_000_000  # ns at most that an order gives a Queue's feeder after a put, if it had them when it was recorded
PATIENCE = 5.0  # s that a process may take to come to its step, and twice what it took when it was recorded
THOUGHT = 30.0  # s of that at most: a person may have thought for longer
TICK, FAST_TICK = 0.010, 0.001  # s from look to look: people; rules and orders
NO_MEASUREMENT = "slowed or stepped: times are no measurements"
_BEGIN, _END, _WORDS = Struct("@q"), Struct("@q"), Struct("@HH")


class _LetGo:
    """A step that was let go: what is known of it since."""

    def __init__(self, one: Standing, page: GatePage, when: int, number: int) -> None:
        self.one, self.page, self.when, self.number = one, page, when, number
        self.begun = self.ended = 0
        self.index = -1

    def see(self, index: int, data: bytes) -> None:
        """Look at records of its process."""
        for at in range(0, len(data), record.SIZE):
            begin, end = _BEGIN.unpack_from(data, at)[0], _END.unpack_from(data, at + record.ENDED_AT)[0]
            thread, word = _WORDS.unpack_from(data, at + record.SIZE - _WORDS.size)
            here = index + at // record.SIZE
            mine = thread == self.one.thread and word >> 8 == self.one.operation and begin >= self.when
            if here == self.index or (self.index < 0 and mine):
                self.index, self.begun, self.ended = here, begin, end

    def has_ended(self) -> bool:
        """Tell whether it is over: it was seen to end, its thread has come again, its process is gone."""
        return bool(self.ended) or not self.one.owner.alive or self.page.has_come_again(self.one)

    def has_settled(self, now: int) -> bool:
        """Tell whether the next may go: it is over, or waits for somebody."""
        if self.has_ended():
            return True
        if self.begun:
            return now - self.begun > WAITS_AFTER
        return now - self.when > UNSEEN_AFTER


class Gates:
    """All gate pages of a run.

    Attributes:
        places: file name and line in the source, by pid and number of the site.
        standing: who stands at the gate, as of the last look, the oldest first.
        stood: who stood there when its process ended.
        rule: how it plays on by itself; empty where a person chooses.
        order: steps still to be followed; None where none is.
        measures: the run does so in bursts, which nobody may hold up.
        paced: it was slowed or stepped at some time.
        trouble: why the order could not be followed to its end; empty where it was.
    """

    def __init__(
        self,
        control: mmap.mmap,
        request: dict[str, Any],
        files: Files,
        tell: Callable[[str, object, object], None],
    ) -> None:
        """Make the gates of a run that has not begun.

        Args:
            control: its control page.
            request: as `boot.request` wrote it: its "mode", "pace" and "order".
            files: its files; pages of the gate among them, and operations, which `see` is told.
            tell: puts a step into what is sent: `tell("steps", step, number)`.
        """
        self._cells = memoryview(control).cast("q")
        self._origin = int(request["origin"])
        self._tell, self._files = tell, files
        files.seen = self.see
        self.places: dict[tuple[int, int], str] = {}
        self.standing: list[Standing] = []
        self.stood: list[Standing] = []
        self.rule = ""
        steps = request["order"]
        self.order: deque[Step] | None = None if steps is None else deque(Step(*step) for step in steps)
        self._named = {step.process for step in self.order or ()}
        self._then = request["mode"]
        self._random = random.Random(request["seed"])
        self.trouble, self.measures, self.paced = "", False, False
        self._followed: list[Step] = []
        self._looked = perf_counter_ns()
        self._moved_at = 0  # MOVED as of the last look at the pages
        self._moved = self._looked  # when the order was last seen to go on
        self._last: _LetGo | None = None
        self._count = 0
        self._told: object = None
        self.set_pace(int(request["pace"] * 1e9))
        self.set_mode("step" if self.order is not None else request["mode"])

    @property
    def mode(self) -> str:
        """How the run goes: "on", "slow" or "step"."""
        return next(name for name, number in MODES.items() if number == self._cells[MODE])

    def set_mode(self, mode: str) -> None:
        """Have the run go otherwise from now on; a rule that played is off."""
        self.rule = ""
        self._cells[MODE] = MODES[mode]
        self._ring()

    def set_pace(self, pace: int) -> None:
        """Set for how long each operation waits in slow motion, in ns."""
        self._cells[PACE] = max(0, pace)
        self._ring()

    def _ring(self) -> None:
        for page in self._files.pages:
            page.ring()

    @property
    def tick(self) -> float | None:
        """Seconds after which to look again; None where nobody can be held."""
        if self._cells[MODE] == OPEN:
            return None
        return FAST_TICK if self.rule or self.order is not None else TICK

    @property
    def stepping(self) -> bool:
        """Tell whether steps are let go: then operations are to be taken as they come."""
        return bool(self._cells[MODE] == STEP)

    def see(self, owner: Member, index: int, data: bytes) -> None:
        """Look at records of a process as they come out of its ring."""
        if self._last is not None and self._last.one.owner is owner:
            self._last.see(index, data)

    # ------------------------------------------------------------------------------------------------------- words

    def obey(self, words: list[str]) -> str:
        """Do what the window asks for; return why it cannot be done, empty where it was."""
        if self.measures and words[0] in ("mode", "play") and words[-1] != "on":
            return "This run measures in bursts: it can be neither slowed nor stepped."
        match words:
            case ["mode", mode] if mode in MODES:
                self.order = None
                self.set_mode(mode)
            case ["pace", pace] if pace.isdigit():
                self.set_pace(int(pace))
            case ["play", rule] if rule in RULES:
                self.order, self.rule = None, rule
                self._cells[MODE] = STEP
            case ["hold"]:
                self.rule = ""
            case ["step"]:
                self._let_first_go()
            case ["step", *numbers] if len(numbers) == 3 and all(number.isdigit() for number in numbers):
                self._let_one_go(*(int(number) for number in numbers))
        return ""

    def _let_first_go(self) -> None:
        if self.stepping and self.order is None and self.standing:
            self.let_go(self.standing[0])

    def _let_one_go(self, pid: int, thread: int, ticket: int) -> None:
        """Let go who stood there when somebody looked; nothing where it has gone on since."""
        for one in self.standing:
            if (one.owner.pid, one.thread, one.ticket) == (pid, thread, ticket) and self.order is None:
                self.let_go(one)

    # ----------------------------------------------------------------------------------------------------- looking

    def find(self) -> None:
        """Find who stands at the gate, and count held time; before lives are read, which tell where in the source."""
        if self._cells[MODE] == OPEN and not self.standing:
            return
        self.paced = True
        self._count_held()
        self._moved_at = self._cells[MOVED]  # before the look at the pages: who moves meanwhile is seen the next time
        found = sorted((one for page in self._files.pages for one in page.standing()), key=lambda one: one.since)
        self.standing = [one for one in found if one.owner.alive]
        self.stood = [one for one in found if not one.owner.alive]

    def marked(self, finding: dict[str, Any]) -> dict[str, Any]:
        """Return a finding of a run as it is told: with a mark, if times in it are no measurements."""
        key = next((key for key in ("text", "evidence") if tells_time(finding[key])), None)
        if key is None or not self.paced:
            return finding
        words: str = finding[key]
        return finding | {key: f"{words.removesuffix('.')} ({NO_MEASUREMENT}){'.' if words.endswith('.') else ''}"}

    def stands_still(self) -> bool:
        """Count held time; tell whether somebody stands at the gate, and nobody has come or gone since `find`."""
        if not self.standing or self._cells[MOVED] != self._moved_at:
            return False
        self._count_held()
        return True

    def _count_held(self) -> None:
        now = perf_counter_ns()
        if self.standing and not self._awaits_somebody():
            self._cells[HELD] += now - self._looked
        self._looked = now

    def look(self) -> dict[str, object] | None:
        """Let go whoever rule or order say; return what is news of the gate, None for nothing."""
        if self.stepping:
            self._go_on(perf_counter_ns())
        about = self._describe()
        if about == self._told:
            return None
        self._told = about
        return about

    def _awaits_somebody(self) -> bool:
        """Tell whether an order's next has not come yet: its time limit or its sleep may have to run out first."""
        if not self.order:
            return False
        step = self.order[0]
        return not any(one.owner.name == step.process and step.thread in (0, one.thread) for one in self.standing)

    def _describe(self) -> dict[str, object]:
        return {
            "origin": self._origin,
            "mode": self.mode,
            "pace": self._cells[PACE],
            "rule": self.rule,
            "left": None if self.order is None else len(self.order),
            "standing": [(one.owner.pid, one.ticket, one.data) for one in self.standing],
            "stood": [(one.owner.pid, one.ticket, one.data) for one in self.stood],
        }

    def _go_on(self, now: int) -> None:
        if self.order is not None:
            self._follow(now)
        elif self.rule and self.standing and (self._last is None or self._last.has_settled(now)):
            if self.rule == "random":
                self.let_go(self._random.choice(self.standing))
            else:
                self.let_go(self.standing[0 if self.rule == "oldest" else -1])

    def let_go(self, one: Standing) -> None:
        """Let one go, and note the step."""
        page = self._page_of(one)
        if self._last is not None:
            self._note(self._last)
        self._count += 1
        self._last = _LetGo(one, page, perf_counter_ns(), self._count)
        self._note(self._last)
        page.let_go(one)
        self.standing.remove(one)

    def _note(self, gone: _LetGo) -> None:
        """Tell a step, at first as one that has not ended yet, and again when the next is let go."""
        one = gone.one
        step = (
            one.owner.name,
            one.name,
            one.thread,
            self._place_of(one),
            gone.has_ended(),
            (gone.when - self._origin) / 1e9,
        )
        self._tell("steps", (gone.number, one.owner.pid, one.data, step), gone.number)

    # -------------------------------------------------------------------------------------------------- an order

    def _follow(self, now: int) -> None:
        assert self.order is not None
        for one in [one for one in self.standing if one.owner.name and one.owner.name not in self._named]:
            self._page_of(one).let_go(one)  # of whom the order says nothing
            self.standing.remove(one)
        if not self.order:
            if self._last is None or self._last.has_settled(now):
                self._end_order("")
            return
        if not self._before_has_settled(now):
            return
        step = self.order[0]
        found = [one for one in self.standing if one.owner.name == step.process and step.thread in (0, one.thread)]
        if not found:
            self._give_up_if_late(step, now)
            return
        fitting = [one for one in found if self._fits(one, step)]
        if not fitting:
            at = self._place_of(found[0])
            self._end_order(f"{step.words} was next, but it is at {found[0].name}" + (f", {at}" if at else ""))
            return
        self.let_go(fitting[0])
        self._followed.append(self.order.popleft())
        self._moved = now

    def _place_of(self, one: Standing) -> str:
        return self.places.get((one.owner.pid, one.site), "")

    def _page_of(self, one: Standing) -> GatePage:
        return next(page for page in self._files.pages if page.owner is one.owner)

    def _fits(self, one: Standing, step: Step) -> bool:
        return one.name == step.operation and step.place in ("", self._place_of(one))

    def _before_has_settled(self, now: int) -> bool:
        """Tell whether the step before is where it was when the next was let go."""
        before = self._last
        if before is None:
            return True
        if self._ended_before and not before.has_ended():
            if now - before.when > PATIENCE * 1e9:
                self._end_order(f"{before.one.owner.name}'s {before.one.name} does not end as it did")
            return False
        if not before.has_settled(now):
            return False
        return before.one.operation != record.PUT or now - before.when > FEEDING

    @property
    def _ended_before(self) -> bool:
        return self._followed[-1].ended if self._followed else True

    def _give_up_if_late(self, step: Step, now: int) -> None:
        took = step.seconds - (self._followed[-1].seconds if self._followed else 0.0)
        took = min(max(0.0, took), THOUGHT)
        ended = [page.owner for page in self._files.pages if page.owner.name == step.process and not page.owner.alive]
        if ended and not any(page.owner.name == step.process and page.owner.alive for page in self._files.pages):
            self._end_order(f"{step.words} was next, but it has ended")
        elif self._files.pages and not any(page.owner.alive for page in self._files.pages):
            self._end_order(f"{step.words} was next, but all have ended without it")
        elif now - self._moved > (PATIENCE + 2 * took) * 1e9:
            self._end_order(f"{step.words} was next, and it did not come to it")

    def _end_order(self, trouble: str) -> None:
        self.order = None
        if trouble:
            self.trouble = f"The order could not be followed at step {len(self._followed) + 1}: {trouble}."
        self.set_mode(self._then)
