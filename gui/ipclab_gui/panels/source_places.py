"""Places in source that Python names: `File "orders.py", line 12` of a traceback, "line 12 of orders.py" of the lab."""

from __future__ import annotations

import re
from typing import NamedTuple

_TRACEBACK = re.compile(r'^[ |+]*File "([^"<][^"]*)", line (\d+)')
SAID = re.compile(r"\bline (\d+) of (\S+?\.pyw?)\b")


class Place(NamedTuple):
    """A line of a file, from 1, and the part of the text that says so."""

    file: str
    line: int
    start: int
    end: int


def place_in(text: str) -> Place | None:
    """Return the place that a line of a traceback names; None for any other line, and for what lies in no file."""
    found = _TRACEBACK.match(text)
    if found is None:
        return None
    return Place(found[1], int(found[2]), found.start(1) - 1, found.end(2))
