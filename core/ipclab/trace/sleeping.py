"""Hook on `time.sleep`: it does not count the time in which somebody was held at the gate."""

from __future__ import annotations

from ipclab.trace.hold import TimeLimit
from ipclab.trace.hooks import disguised, hide

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def hook(module: Any) -> None:
    """Hook the module."""
    original = module.sleep

    def hooked(seconds: Any, /) -> None:
        try:
            limit = TimeLimit()
            original(seconds)
            while owed := limit.owed():
                original(owed)
        except BaseException as error:
            hide(error)
            raise

    module.sleep = disguised(hooked, original)
