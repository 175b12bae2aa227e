"""Hook on `socket.socketpair`: which two ends belong together, for who makes Connections of them."""

from __future__ import annotations

import sys

from ipclab.recorder import tell
from ipclab.trace import things
from ipclab.trace.hooks import disguised, hide
from ipclab.trace.places import frame_above, maker_site
from ipclab.trace.record import NOWHERE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def hook(module: Any) -> None:
    """Hook the module."""
    if sys.platform == "win32":  # a socket is no descriptor of Python's there, and has no inode
        return
    pair = module.socketpair

    def hooked(family: Any = None, type: Any = module.SOCK_STREAM, proto: Any = 0) -> Any:  # noqa: A002  # as the original
        try:
            made = pair(family, type, proto)
            place = maker_site(frame_above(1))
            if place != NOWHERE:  # Python's own modules make some too, for themselves
                ends = tuple(things.inode(one.fileno()) for one in made)
                tell("pipe", ends=ends, duplex=True, site=place, made="socketpair")
            return made
        except BaseException as error:
            hide(error)
            raise

    module.socketpair = disguised(hooked, pair)
