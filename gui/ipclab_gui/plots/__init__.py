"""The kinds of plots, one file each: the panel asks each of them which series it draws.

To add a plot, write a file here with a subclass of `Plot` in it. Files that begin with an
underscore are what plots are made of.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipclab_gui.plots._plot import Plot


@cache
def kinds() -> tuple[type[Plot], ...]:
    """Return every kind of plot, by `ORDER` and then by name. Imports pyqtgraph: not before the first paint."""
    from ipclab_gui.plots._plot import Plot

    found = []
    for item in pkgutil.iter_modules(__path__):
        if not item.name.startswith("_"):
            module = importlib.import_module(f"{__name__}.{item.name}")
            own = (one for one in vars(module).values() if isinstance(one, type) and one.__module__ == module.__name__)
            found += [one for one in own if issubclass(one, Plot)]
    return tuple(sorted(found, key=lambda kind: (kind.ORDER, kind.__name__)))
