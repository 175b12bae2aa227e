"""A run as a person reads it in a terminal: output as it comes, then findings, figures, processes and the outcome."""

from __future__ import annotations

import io
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

from ipclab.cli import stdout
from ipclab.cli.progress import ProgressLine
from ipclab.quantity import SPACE, measured, thousands

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.console import Console, RenderableType
    from rich.table import Table

    from ipclab.engine import Experiment, Field, Observation, Outcome, ProcessSeen, Request

MARKS = {"info": "•", "ok": "✓", "warning": "▲", "bad": "✗"}
ASCII_MARKS = {"info": "-", "ok": "+", "warning": "!", "bad": "x"}
COLOURS = {"info": "", "ok": "green", "warning": "yellow", "bad": "red"}
LEVELS = {"done": "ok", "failed": "bad", "stopped": "info", "timed out": "warning", "crashed": "bad"}
UNBOUNDED = 10_000  # columns where no terminal limits them: whoever reads a file has room


class Told:
    """Prints one run to stdout."""

    def __init__(self, experiment: Experiment, request: Request) -> None:
        self._experiment = experiment
        self._progress = ProgressLine(experiment.title)
        self._paper = Paper()
        self._name_width = 8
        self._heading = _heading(experiment, request)
        self._begun = self._printed = False

    def take(self, batch: Mapping[str, Any] | None, observation: Observation) -> None:
        """Print the lines of output that came."""
        self._begin()
        lines = () if batch is None else batch.get("output", ())
        if lines:
            self._progress.clear()
            gap = "" if self._printed else "\n"
            self._printed = True
            stdout.write(gap + "".join(self._line(observation, *line) for line in lines))
        self._progress.draw(observation)

    def end(self, observation: Observation, outcome: Outcome) -> None:
        """Print findings, figures, processes and how it ended."""
        self._begin()
        self._progress.clear()
        paper = self._paper
        parts = [
            _findings(paper, observation, outcome),
            _figures(paper, self._experiment, observation),
            _processes(paper, observation),
            *map(paper.text, _omissions(observation)),
            paper.marked(LEVELS[outcome.status], outcome.text),
        ]
        stdout.write("".join(f"\n{part}" for part in parts if part))

    def leave(self) -> None:
        """Clear the progress line."""
        self._progress.clear()

    def _begin(self) -> None:
        if not self._begun:
            self._begun = True
            stdout.write(self._paper.text(self._experiment.title, self._heading))

    def _line(self, observation: Observation, ident: int, stream: str, seconds: float, text: str) -> str:
        process = observation.processes.get(ident)
        name = process.name if process is not None else "?"
        self._name_width = max(self._name_width, len(name))
        rule = self._paper.rule if stream == "stdout" else "!"
        margin = f"{seconds:9.3f}{SPACE}s  {name:<{self._name_width}}  {rule}"
        return f"{self._paper.faint(margin)} {text}\n"


class Paper:
    """Turns what rich can render into text for this stdout: with colours and a width only where it is a terminal."""

    def __init__(self) -> None:
        from rich.console import Console

        terminal = sys.stdout is not None and sys.stdout.isatty()
        width = shutil.get_terminal_size().columns if terminal else UNBOUNDED
        self._console: Console = Console(
            file=sys.stdout if terminal else io.StringIO(),
            width=width,
            force_terminal=terminal,
            no_color=None if terminal else True,
            legacy_windows=False,
        )
        self.styled = terminal and not self._console.is_dumb_terminal and "NO_COLOR" not in os.environ
        unicode = stdout.can("".join((*MARKS.values(), "│")))
        self.marks = MARKS if unicode else ASCII_MARKS
        self.rule = "│" if unicode else "|"

    def faint(self, text: str) -> str:
        """Return a text that stands back; by hand, since there may be a great many of these."""
        return f"\x1b[2m{text}\x1b[0m" if self.styled else text

    def text(self, first: str, rest: str = "") -> str:
        """Return a line, its first words strong where a rest follows that stands back."""
        from rich.text import Text

        return self.render(Text.assemble((first, "bold"), "  ", (rest, "dim")) if rest else Text(first))

    def marked(self, level: str, text: str, evidence: str = "") -> str:
        """Return a sentence with its mark, and its evidence under it."""
        from rich.padding import Padding
        from rich.table import Table
        from rich.text import Text

        grid = Table.grid(padding=(0, 1))
        grid.add_row(Text(self.marks[level], COLOURS[level]), Text(text))
        if evidence:
            grid.add_row("", Text(evidence, "dim"))
        return self.render(Padding(grid, 0, expand=False))

    def table(self, *headings: tuple[str, str]) -> Table:
        """Return an empty table without lines; each heading with "left" or "right"."""
        from rich.table import Table

        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for heading, side in headings:
            table.add_column(heading, justify="right" if side == "right" else "left", no_wrap=side == "right")
        return table

    def render(self, what: RenderableType) -> str:
        """Return it as text, without blanks at the ends of lines."""
        with self._console.capture() as capture:
            self._console.print(what)
        return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())


def _heading(experiment: Experiment, request: Request) -> str:
    """Return what is not as usual, as a person reads it: "traffic one way, count 5, fork"."""
    changed = [_said(field, request.parameters[field.name]) for field in experiment.fields
               if request.parameters[field.name] != field.default]  # fmt: skip
    limit = [] if request.time_limit is None else [f"ended after {measured(request.time_limit, 's')}"]
    seed = [f"seed {request.seed}"] if request.seed else []
    return ", ".join([*changed, request.start_method, *seed, *limit])


def _said(field: Field, value: object) -> str:
    return f"{field.label.lower()} {field.format(value)}"


def _findings(paper: Paper, observation: Observation, outcome: Outcome) -> str:
    return "".join(
        paper.marked(finding.level, finding.text, finding.evidence)
        for finding in observation.findings.values()
        if finding.text.lower() != outcome.text.lower()  # which comes last
    )


def _figures(paper: Paper, experiment: Experiment, observation: Observation) -> str:
    if observation.paced:
        return paper.marked("info", "This run was slowed or stepped: its times are no measurements.")
    units = {series.name: series.unit for series in experiment.series}
    figures = ("min", "p50", "p99", "max", "mean")
    table = paper.table(("Series", "left"), ("n", "right"), *((figure, "right") for figure in figures))
    for name, summary in observation.series.items():
        if not summary.n:
            continue
        unit = units.get(name, "")
        scaled = unit if unit in ("s", "B") else ""  # others are named once
        values = summary.describe()
        row = [measured(float(values[figure] or 0), scaled) for figure in figures]
        table.add_row(name if scaled or not unit else f"{name}, {unit}", thousands(summary.n), *row)
    return paper.render(table) if table.row_count else ""


def _processes(paper: Paper, observation: Observation) -> str:
    from rich.text import Text

    if not observation.processes:
        return ""
    table = paper.table(("Process", "left"), ("pid", "right"), ("lived", "right"), ("", "left"), ("variables", "left"))
    shows = any(process.shown for process in observation.processes.values())
    if not shows:
        table.columns.pop()
    for process in observation.processes.values():
        lived = measured((observation.time if process.alive else process.since) - process.started, "s")
        shown = "\n".join(f"{name} = {value}" for name, value in process.shown.items())
        cells = (Text(process.name), Text(str(process.pid)), Text(lived), Text(_ending(process)), Text(shown))
        table.add_row(*cells[: len(table.columns)])
    return paper.render(table)


def _ending(process: ProcessSeen) -> str:
    """Return in a few words how a process ended: "failed with code 1, ValueError: no"."""
    words: str = process.state
    if process.signal:
        words += f" by {process.signal}"
    elif process.code:
        words += f" with code {process.code}"
    elif not process.alive and not process.known:
        words += ", exit unknown"
    said = (process.signal or process.code) and process.doing.startswith(("ended", "was ended"))
    return f"{words}, {process.doing}" if process.doing and not said else words


def _omissions(observation: Observation) -> list[str]:
    """Return a sentence for whatever is missing above."""
    said = []
    dropped = sum(observation.dropped.values())
    if dropped:
        said.append(f"{thousands(dropped)} samples could not be recorded.")
    if observation.samples_gone:
        said.append(f"{thousands(observation.samples_gone)} samples were too many to keep.")
    if observation.lines_gone:
        said.append(f"{thousands(observation.lines_gone)} lines of output were too many to keep.")
    return said
