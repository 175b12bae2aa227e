"""`ipclab tour`: the tutorial's seven steps, run one after the other and compared with what it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ipclab import document
from ipclab.catalog import find
from ipclab.cli import stdout
from ipclab.cli.attending import attend
from ipclab.cli.progress import ProgressLine
from ipclab.outlines import outlines
from ipclab.records import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from ipclab.cli.interrupts import Interrupts
    from ipclab.cli.terminal import Paper
    from ipclab.engine import Experiment, Observation, Outcome

SQUARES = [1, 4, 9, 16]
RECORDS = [["Sam", 10], ["Adam", 9], ["Kevin", 9], ["Jeff", 8]]
MESSAGES = ["hello", "hey", "hru?"]


class Unlike(Exception):
    """A result is not what the tutorial says; the text says what it is."""


class Seen:
    """What one run has brought: its JSON document, asked for what a step looks at."""

    def __init__(self, about: dict[str, Any]) -> None:
        self._processes = {process["name"]: process for process in about["processes"]}
        self.findings: list[dict[str, str]] = about["findings"]

    def shown(self, process: str, variable: str) -> Any:
        """Return the last value of a variable that a process has shown; None where it has not."""
        return self._processes.get(process, {}).get("shown", {}).get(variable)

    def printed(self, process: str) -> list[str]:
        """Return the lines that a process has printed, without the empty ones."""
        return [line["text"] for line in self._processes.get(process, {}).get("output", ()) if line["text"]]


def expect(what: str, found: object, wanted: object) -> None:
    """Compare a result with the tutorial's.

    Raises:
        Unlike: they differ.
    """
    if found != wanted:
        raise Unlike(f"{what} is {found!r} instead of {wanted!r}.")


def separate_memory(seen: Seen) -> str:
    """S1: the worker's list is full, main's is empty."""
    expect("p1's list", seen.shown("p1", "result"), SQUARES)
    expect("main's list", seen.shown("main", "result"), [])
    return f"p1 appended {SQUARES}; in the main program the list is still []."


def shared_memory(seen: Seen) -> str:
    """S2: both see the same."""
    for process in ("p1", "main"):
        expect(f"result in {process}", seen.shown(process, "result"), SQUARES)
        expect(f"square_sum in {process}", seen.shown(process, "square_sum"), sum(SQUARES))
    return f"Both processes read {SQUARES} and {sum(SQUARES)}."


def _records(seen: Seen) -> None:
    expect("what the inserter printed", seen.printed("inserter"), ["New record added!"])
    lines = [line for name, score in RECORDS for line in (f"Name: {name}", f"Score: {score}")]
    expect("what the printer printed", seen.printed("printer"), lines)


def server_process(seen: Seen) -> str:
    """S3: one worker's record is in the other's list."""
    _records(seen)
    return "The inserter added Jeff's record through a proxy; the printer found all four in the server process."


def network_manager(seen: Seen) -> str:
    """S4: the same over TCP."""
    _records(seen)
    address = str(seen.shown("main", "address"))
    if not re.fullmatch(r"127\.0\.0\.1:\d+", address):
        raise Unlike(f"The server's address is {address}.")
    return f"Clients that knew {address} and the key added a record and read all four, over TCP."


def queue(seen: Seen) -> str:
    """S5: in order, and then empty."""
    lines = [*map(str, SQUARES), "Queue is now empty!"]
    expect("what the consumer printed", seen.printed("consumer 1"), lines)
    return f"{', '.join(map(str, SQUARES))} came out in the order in which they were put, then the queue was empty."


def pipe(seen: Seen) -> str:
    """S6: each message sent and received, END last."""
    expect("what the sender printed", seen.printed("sender"), [f"Sent: {one}" for one in (*MESSAGES, "END")])
    expect("what the receiver printed", seen.printed("receiver"), [f"Received: {one}" for one in MESSAGES])
    return f"{', '.join(MESSAGES)} were sent and received, in order; END ended the loop."


def two_at_one_end(seen: Seen) -> str:
    """S7: corruption, or none shown in so many messages."""
    said = [finding["text"] for finding in seen.findings]
    known = re.compile(r" were corrupted|corruption was not shown in .* messages")
    shown = [text for text in said if known.search(text)]
    if not shown:
        raise Unlike(f"Nothing was said about corruption: {' '.join(said) or 'there is no finding'}")
    return shown[0]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the experiment, what looks at its run and says what was seen, and what there is to learn."""

    experiment: str
    look: Callable[[Seen], str]
    lesson: str


STEPS = (
    Step("separate-memory", separate_memory, "Every process has a memory of its own: what one appends, no other sees."),
    Step("shared-memory", shared_memory, "Array and Value lie in memory that several processes map: the fastest way to "
         "share numbers."),
    Step("server-process", server_process, "A Manager keeps any objects in a process of its own; every call through a "
         "proxy is a message, so it is slower than shared memory."),
    Step("network-manager", network_manager, "A manager can be used from other computers; whoever has the key can run "
         "code in it."),
    Step("queue", queue, "A Queue takes any object that pickles, from many, for many; empty() could be trusted here "
         "only since nobody was putting any more."),
    Step("pipe", pipe, "A Pipe has exactly two ends: the lightest way for two processes to talk."),
    Step("two-at-one-end", two_at_one_end, "Two processes at the same end of a pipe corrupt what they send; a Queue or "
         "a lock prevents it, at a price. What was not shown may still happen."),
)  # fmt: skip


class Quiet:
    """A run's report that only keeps the document, and a progress line meanwhile."""

    def __init__(self, experiment: Experiment, request: Request) -> None:
        self._experiment, self._request = experiment, request
        self._progress = ProgressLine(experiment.title)
        self.document: dict[str, Any] = {}

    def take(self, _batch: Mapping[str, Any] | None, observation: Observation) -> None:
        """Draw the progress line anew, now and then."""
        self._progress.draw(observation)

    def end(self, observation: Observation, outcome: Outcome) -> None:
        """Keep the document."""
        self._progress.clear()
        self.document = document.document(self._experiment, self._request, observation, outcome)

    def leave(self) -> None:
        """Clear the progress line."""
        self._progress.clear()


def taken(interrupts: Interrupts) -> Iterator[dict[str, object]]:
    """Run one step after the other, and yield each as the JSON document has it; Ctrl-C ends it after the one it met."""
    questions = {outline.name: outline.question for outline in outlines()}
    for number, step in enumerate(STEPS, 1):
        experiment = find(step.experiment)
        defaults: dict[str, object] = {field.name: field.default for field in experiment.fields}
        request = Request(experiment.name, defaults)
        report = Quiet(experiment, request)
        outcome = attend(request, lambda report=report: report, interrupts)  # type: ignore[misc]  # its default binds it
        if interrupts.numbers:
            return
        try:
            if outcome.status != "done":
                raise Unlike(outcome.text)
            seen, passed = step.look(Seen(report.document)), True
        except Unlike as unlike:
            seen, passed = str(unlike), False
        yield {
            "id": f"S{number}",
            "experiment": experiment.name,
            "question": questions[experiment.name],
            "seen": seen,
            "lesson": step.lesson,
            "passed": passed,
        }


def run(*, json: bool) -> int:
    """Take the tour, and return its exit code: 0; 1 where a result is not the tutorial's; 130 and 143 after signals."""
    from ipclab.cli.interrupts import Interrupts
    from ipclab.cli.terminal import Paper

    paper = Paper()
    steps: list[dict[str, object]] = []
    with Interrupts() as interrupts:
        for step in taken(interrupts):
            steps.append(step)
            if not json:
                stdout.write(_told(paper, step, first=len(steps) == 1))
    if json:
        stdout.write(document.text({"format": document.FORMAT, "steps": steps}))
    elif not interrupts.numbers:
        unlike = [str(step["id"]) for step in steps if not step["passed"]]
        last = f"Not as the tutorial says: {', '.join(unlike)}." if unlike else "All seven are as the tutorial says."
        stdout.write("\n" + paper.marked("bad" if unlike else "ok", last))
    return interrupts.code or (0 if all(step["passed"] for step in steps) else 1)


def _told(paper: Paper, step: dict[str, object], *, first: bool) -> str:
    question = paper.text(f"{step['id']}  {step['question']}", str(step["experiment"]))
    seen = paper.marked("ok" if step["passed"] else "bad", str(step["seen"]), str(step["lesson"]))
    return f"{'' if first else chr(10)}{question}{seen}"
