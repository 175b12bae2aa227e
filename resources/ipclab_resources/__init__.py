"""Icons, glyphs, guides, plain programs and style: data, read as files.

They lie in a folder from source and in a package alike, and importlib.resources would cost a window's start 6 ms.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def program_of(stem: str) -> Path | None:
    """Return the plain program that shows what an experiment shows, by the stem of the experiment's file, or None.

    It is called "s6_pipe.py": by the tutorial's step, so that none bears the name of a standard module.
    """
    return next((FOLDER / "programs").glob(f"s[0-9]_{stem.rstrip('_')}.py"), None)
