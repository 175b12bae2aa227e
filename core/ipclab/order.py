"""The order of a stepped run: which process went next, step by step; saved as a file, and read again.

A file is JSON: `format` (1), `program` (an experiment's name, or the file name of a person's program), `parameters` and
`start_method` of the run, and `steps`, each a list: process, thread, operation, place, whether it had ended before the
next was let go, seconds since the run began. An order that a person writes may leave all but process and operation out.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass, field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from typing import Any

FORMAT = 1
SECONDS_LIMIT = 1e9  # s after a run's beginning at which a step may have been let go
SIZE_LIMIT = 64 * 2**20  # bytes of a file that is read


class BadOrder(Exception):
    """A file holds no order that can be followed; the text says why, for a person."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        process: its name in the run: "main", "sender".
        operation: as `trace.record.NAMES` has it: "send", "acquire".
        thread: number of its thread, in the order in which they first did something; 0 for any.
        place: file name and line, "orders.py:23"; empty for any.
        ended: it had ended when the next step was let go, and is to end before that goes; False where it waited for
            somebody then, or may.
        seconds: since the run began.
    """

    process: str
    operation: str
    thread: int = 0
    place: str = ""
    ended: bool = False
    seconds: float = 0.0

    @property
    def words(self) -> str:
        """Say it: "sender: send at orders.py:23"."""
        return f"{self.process}: {self.operation}" + (f" at {self.place}" if self.place else "")


@dataclass(frozen=True, slots=True)
class Order:
    """The steps of a run, and of which."""

    program: str
    steps: tuple[Step, ...]
    parameters: Mapping[str, object] = field(default_factory=dict)
    start_method: str = "spawn"

    def text(self) -> str:
        """Return what its file holds: a line for each step."""
        import json  # workers import this module, and write no order

        head = {"format": FORMAT, "program": self.program, "start_method": self.start_method,
                "parameters": dict(self.parameters)}  # fmt: skip
        lines = [json.dumps(list(astuple(step)), ensure_ascii=False) for step in self.steps]
        return json.dumps(head, ensure_ascii=False)[:-1] + ', "steps": [\n' + ",\n".join(lines) + "\n]}\n"


def read(path: Path) -> Order:
    """Return the order that a file holds.

    Raises:
        BadOrder: there is no such file, or it holds none.
    """
    import json

    try:
        with open(path, "rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        raise BadOrder(f"{path} cannot be read: {error.strerror}.") from None
    if len(data) > SIZE_LIMIT:
        raise BadOrder(f"{path} is no order: it has more than {SIZE_LIMIT // 2**20} MiB.")
    try:
        about = json.loads(data)
    except (ValueError, RecursionError):
        raise BadOrder(f"{path} is no order, or was cut short: it is not whole JSON.") from None
    return _order(path, about)


def _order(path: Path, about: Any) -> Order:
    if not isinstance(about, dict) or "steps" not in about or "program" not in about:
        raise BadOrder(f"{path} is no order: it has no program and steps.")
    if about.get("format") != FORMAT:
        raise BadOrder(f"{path} has the format {about.get('format')!r}; this lab reads {FORMAT}.")
    parameters, method = about.get("parameters", {}), about.get("start_method", "spawn")
    if not isinstance(about["program"], str) or not isinstance(parameters, dict) or not isinstance(method, str):
        raise BadOrder(f"{path} is no order: program, parameters or start method is not what it should be.")
    if not isinstance(about["steps"], list):
        raise BadOrder(f"{path} is no order: its steps are no list.")
    return Order(about["program"], tuple(_steps(path, about["steps"])), parameters, method)


def _steps(path: Path, steps: Iterable[Any]) -> Iterable[Step]:
    kinds: tuple[type | tuple[type, ...], ...] = (str, str, int, str, bool, (int, float))
    for number, step in enumerate(steps, 1):
        fits = isinstance(step, list) and 2 <= len(step) <= len(kinds)
        fits = fits and all(isinstance(one, kind) for one, kind in zip(step, kinds, strict=False))
        if not fits or not all(abs(seconds) < SECONDS_LIMIT for seconds in step[5:]):  # nor NaN
            raise BadOrder(f"{path}: step {number} is not a process's name and an operation, with what may follow.")
        yield Step(*step)
