"""Runs as the window sees them, built from batches; and widgets found as a person finds them, by their names."""

from __future__ import annotations

from typing import Any, TypeVar

from PySide6.QtWidgets import QWidget

from ipclab.observation import Observation
from ipclab.records import process

W = TypeVar("W", bound=QWidget)

TRACEBACK = (
    "Traceback (most recent call last):",
    '  File "pipe.py", line 27, in receive',
    "    total += int(message)",
    "ValueError: invalid literal for int() with base 10: 'hru?'",
)


def fold(observation: Observation, **batch: Any) -> Observation:
    """Fold a batch in, as the window does."""
    batch.setdefault("time", observation.time)
    for _ in observation.take(batch):
        pass
    return observation


def running(*names: str, time: float = 1.0) -> Observation:
    """Return a run whose processes have these names, the main program first, and go on."""
    processes = [process(n, name, 4000 + n, 0 if n else None, "running", 0.1, 0.05) for n, name in enumerate(names)]
    return fold(Observation(), time=time, processes=processes)


def pipe_that_failed() -> Observation:
    """Return a run of three processes whose receiver raised; it printed a traceback between others' lines."""
    observation = running("main", "sender", "receiver")
    lines = [
        (0, "stdout", 0.031, "Pipe made, starting two processes"),
        (1, "stdout", 0.094, "sent 'hello'"),
        (2, "stdout", 0.095, "received 'hello'"),
        *((2, "stderr", 0.197, line) for line in TRACEBACK),
        (1, "stdout", 0.247, "sent 'END'"),
    ]
    return fold(
        observation,
        time=0.3,
        output=lines,
        processes=[
            process(0, "main", 4000, None, "failed", 0.3, 0.05, code=1, doing="raised WorkerDied", known=True),
            process(1, "sender", 4001, 0, "ended", 0.29, 0.06, code=0, known=True),
            process(2, "receiver", 4002, 0, "failed", 0.2, 0.07, code=1, doing="raised ValueError", known=True),
        ],
        outcome={"status": "failed", "text": "Worker 'receiver' raised ValueError.", "seconds": 0.3},
    )


def named(parent: QWidget, name: str, kind: type[W]) -> W:
    """Return the one widget of a kind that has this accessible name; fail where there is none, or another."""
    found = [widget for widget in parent.findChildren(kind) if widget.accessibleName() == name]
    assert len(found) == 1, f"{len(found)} widgets of {kind.__name__} are named {name!r}"
    return found[0]


def words(parent: QWidget) -> str:
    """Return all that is written on the labels in sight."""
    from PySide6.QtWidgets import QLabel

    return "\n".join(label.text() for label in parent.findChildren(QLabel) if label.isVisible())
