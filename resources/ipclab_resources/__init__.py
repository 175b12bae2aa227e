"""Icons, glyphs, guides and style: data, read as files.

They lie in a folder from source and in a package alike, and importlib.resources would cost a window's start 6 ms.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent
