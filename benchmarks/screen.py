"""A screen for a benchmark's windows where there is none: Qt paints offscreen, and has room for the lab's window."""

from __future__ import annotations

from collections.abc import MutableMapping
from pathlib import Path

SCREEN = '{"screens": [{"name": "benchmark", "x": 0, "y": 0, "width": 1600, "height": 1000}]}'


def provide(environment: MutableMapping[str, str], folder: str) -> None:
    """Have Qt paint offscreen, unless there is a display or a platform was chosen; `folder` lasts as long as Qt."""
    if "DISPLAY" not in environment and "QT_QPA_PLATFORM" not in environment:
        file = Path(folder, "screen.json")
        file.write_text(SCREEN)
        environment["QT_QPA_PLATFORM"] = f"offscreen:configfile={file}"
