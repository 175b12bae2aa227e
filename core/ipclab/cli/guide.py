"""`ipclab guide NAME`: an experiment's guide in the terminal, its buttons as commands."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from typing import TYPE_CHECKING

from ipclab.cli.stepping_words import flag_of
from ipclab_resources import FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ipclab.catalog import Experiment

WIDE = 100  # columns; longer lines are hard to read
_TRY = re.compile(r"\[[^]]*\]\(<try:([^>]+)>\)")
_DRAWING = re.compile(r"!\[([^]]*)\]\(drawing\)")
_TRIES = re.compile(r"\n## What to try\n(?:(?!## ).*\n)*")


def command(experiment: Experiment, values: Mapping[str, object]) -> str:
    """Return the command that runs an experiment with these values, by field name."""
    own = {field.name: field for field in experiment.fields}
    words = [word for name, value in values.items() for word in own[name].words(value)]
    return shlex.join(["ipclab", "run", experiment.name, *words])


def markdown(experiment: Experiment) -> str:
    """Return the guide as Markdown for a terminal: a preset's button is its command, the drawing its description."""
    file = FOLDER / "guides" / f"{experiment.stem}.md"
    text = file.read_text(encoding="utf-8") if file.is_file() else experiment.summary + "\n"
    text = _TRY.sub(lambda found: f"`{command(experiment, experiment.presets[found[1]])}`", text)
    text = _TRIES.sub(lambda found: found[0].rstrip("\n") + "\n" + _orders(experiment) + "\n", text)
    return f"# {experiment.title}\n\n" + _DRAWING.sub(lambda found: f"*{found[1]}*", text)


def _orders(experiment: Experiment) -> str:
    """Return an item for each order of steps that the experiment declares: buttons above the guide in a window."""
    return "".join(
        f"- **{title}**\\\n  In an order of steps, the same every time.\n"
        f"  `ipclab run {experiment.name} --order {flag_of(title)}`\n"
        for title in experiment.orders
    )


def page(experiment: Experiment) -> str:
    """Return the guide: set for a terminal where stdout is one, else as Markdown."""
    text = markdown(experiment)
    if sys.stdout is None or not sys.stdout.isatty():
        return text
    from rich.console import Console
    from rich.markdown import Markdown
    from rich.theme import Theme

    plain = Theme({"markdown.code": "cyan", "markdown.code_block": "default", "markdown.h1": "bold"})
    console = Console(width=min(shutil.get_terminal_size().columns, WIDE), legacy_windows=False, theme=plain)
    with console.capture() as capture:  # without grounds: nobody knows the terminal's own
        console.print(Markdown(text, code_theme="ansi_light", hyperlinks=False))
    return "".join(f"{line.rstrip()}\n" for line in capture.get().splitlines())
