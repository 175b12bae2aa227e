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

    class Sleep:
        """Stands for a function of C's: no object binds it as a method, and it has no attributes but the function's."""

        __slots__ = ()

        def __call__(self, *args: Any, **kwargs: Any) -> None:
            try:
                limit = TimeLimit()
                original(*args, **kwargs)
                while owed := limit.owed():
                    original(owed)
            except BaseException as error:
                hide(error)
                raise

        def __getattribute__(self, name: str) -> Any:
            return getattr(original, name)

        def __repr__(self) -> str:
            return repr(original)

        def __reduce__(self) -> Any:
            return original.__reduce__()

    module.sleep = disguised(Sleep, type(original))()
