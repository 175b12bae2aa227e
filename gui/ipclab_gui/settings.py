"""What the window remembers from one time to the next: a small JSON file.

No version of the lab takes from another what it wrote: names that this one does not know stay in the file; a file of a
newer format is read as far as it is understood, and stays, and this lab writes into one beside it; what is no file of
the lab's is set aside before another takes its name.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

FORMAT = 1


@dataclass(slots=True)
class Settings:
    """Geometry, theme and parameters as they were left.

    Attributes:
        geometry, docks: what QMainWindow saved of itself, as base64.
        theme: "System", "Light" or "Dark".
        motion: messages travel in the diagram, and what waits moves.
        experiment: the name of the one that was shown.
        parameters: by experiment's name: "preset" (its title) and "texts" (what the fields held, by field name).
        programs: paths of a person's own, the last opened first.
        done: names of the experiments that have been run to their end.
        others: what the file holds under names that this version does not know.
    """

    geometry: str = ""
    docks: str = ""
    theme: str = "System"
    motion: bool = True
    experiment: str = ""
    parameters: dict[str, dict[str, Any]] = field(default_factory=dict)
    programs: list[str] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    others: dict[str, Any] = field(default_factory=dict)


KNOWN = [one.name for one in fields(Settings) if one.name != "others"]


def place() -> Path | None:
    """Return the file where this system keeps settings of its users; None for a user who has no home folder."""
    import platformdirs

    try:
        folder = Path(platformdirs.user_config_dir("ipclab", appauthor=False))
    except RuntimeError:  # neither HOME nor an entry among the system's users, as in many a container
        return None
    return folder / "window.json" if folder.is_absolute() else None  # an older platformdirs leaves "~" as it is


def load(file: Path | None) -> Settings:
    """Return what was remembered; a fresh start where the file is missing, unreadable, or not of our making."""
    if file is None:
        return Settings()
    held = _held(file)
    if held is not None and held["format"] > FORMAT:  # what an older lab wrote beside it is newer for this one
        held = _held(_beside(file)) or held
    if held is None:
        return Settings()
    settings = Settings()
    for known in KNOWN:
        value = held.get(known)
        if type(value) is type(getattr(settings, known)):
            setattr(settings, known, value)
    settings.parameters = {
        name: {**about, "preset": _text(about.get("preset")), "texts": _texts(about.get("texts"))}
        for name, about in settings.parameters.items()
        if isinstance(about, dict)  # type: ignore[redundant-expr]  # a file may say anything
    }
    settings.done = [name for name in settings.done if _text(name)]
    settings.programs = [path for path in settings.programs if _text(path)]
    if held["format"] <= FORMAT:
        settings.others = {name: value for name, value in held.items() if name not in KNOWN and name != "format"}
    return settings


def _held(file: Path) -> dict[str, Any] | None:
    """Return what a file of the lab's holds, in whatever format; None where it is none."""
    try:  # a FIFO of that name would keep the window waiting for ever
        held = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else None
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(held, dict) or type(held.get("format")) is not int or held["format"] < 1:
        return None
    return held


def _beside(file: Path) -> Path:
    """Return where this lab writes while the file is of a newer format."""
    return file.with_name(f"{file.stem}.format-{FORMAT}{file.suffix}")


def packed(data: bytes | bytearray | memoryview) -> str:
    """Return bytes as the settings hold them."""
    return base64.b64encode(data).decode()


def unpacked(text: str) -> bytes:
    """Return the bytes that a text stands for; none where it stands for no bytes."""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""


def _text(held: object) -> str:
    return held if isinstance(held, str) else ""


def _texts(held: object) -> dict[str, str]:
    if not isinstance(held, dict):
        return {}
    return {name: text for name, text in held.items() if isinstance(text, str)}


def save(file: Path | None, settings: Settings) -> None:
    """Write the file in one piece; where that is impossible (a full disk, a home that is read-only) do without."""
    if file is None:
        return
    held = _held(file)
    if held is not None and held["format"] > FORMAT:
        file = _beside(file)
        held = _held(file)
    new = file.with_name(f"{file.name}.{os.getpid()}.new")
    known = {name: value for name, value in asdict(settings).items() if name in KNOWN}
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        new.write_text(json.dumps({"format": FORMAT, **settings.others, **known}, indent=1), encoding="utf-8")
        if held is None and file.is_file() and file.stat().st_size:
            file.replace(file.with_name(f"{file.name}.bak"))
        new.replace(file)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
