"""Places in a person's source: which line called what a hook stands for, and the number by which records know it.

Any thread may call; a signal handler or a `__del__` may do so while another call is at work.
"""

from __future__ import annotations

import itertools
import sys

from ipclab.recorder import tell
from ipclab.trace.record import BOTTOM, NOWHERE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType, FrameType

PASSED_ON = frozenset({"get_nowait", "put_nowait", "wait_for", "notify_all", "__enter__", "__exit__"})
MAKERS = frozenset(f"multiprocessing.{name}" for name in ("context", "synchronize", "sharedctypes", "managers"))
# What multiprocessing makes by `exec`, without a module's name, by what it uses: a proxy's methods, a Value's `value`.
MADE = {
    "multiprocessing.managers": {"_callmethod"},
    "multiprocessing.sharedctypes": {"acquire", "_obj", "release"},
}
ASK_CALLER = NOWHERE - 1  # what a function of PASSED_ON does is its caller's
LAB = NOWHERE - 2  # what the lab says between its own halves is nobody's message

MOST_CODES = 4096  # code objects that are kept; who goes on making some with `eval` must not pay for it with memory

_site_numbers = itertools.count(1)
_codes: dict[int, CodeType] = {}  # by `id`; kept, so that no other code object takes their place in `sites`
_places: dict[tuple[str, int, str], int] = {}  # numbers by file, line and function: code is made anew by `eval`
sites: dict[int, int] = {}  # by where a frame is: see `site`
_not_sites: dict[int, int] = {}  # the same, of LAB and ASK_CALLER


def renew() -> None:
    """Begin anew, in a forked child: no place is told yet."""
    global _site_numbers
    for known in (sites, _not_sites, _places):
        known.clear()
    _site_numbers = itertools.count(1)


def is_a_handlers(error: BaseException) -> bool:
    """Tell whether what a hook caught of its own was raised by a signal's handler in its midst.

    An AttributeError may come from a person's `__getattr__`.
    """
    if isinstance(error, AttributeError) or error.__traceback__ is None:
        return False
    return error.__traceback__.tb_next is not None


def frame_above(count: int) -> FrameType | None:
    """Return the frame so many calls above the function that asks; None where a thread, or an exit, begins below it."""
    try:
        return sys._getframe(count + 1)
    except ValueError as error:
        if is_a_handlers(error):
            raise
        return None


def site_above(count: int = 1) -> int:
    """Return the number of the place, as `site` does, so many calls above the function that asks."""
    try:
        frame = sys._getframe(count + 1)
    except ValueError as error:
        if is_a_handlers(error):
            raise
        return BOTTOM
    return sites.get(id(frame.f_code) + frame.f_lasti) or site(frame)


def site(frame: FrameType | None) -> int:
    """Return the number of the place in the source where a frame is now; NOWHERE outside of a person's code, or BOTTOM.

    A place is known by the sum of its code object's address and its offset in the bytecode: bytecode lies inside its
    code object, so no two places of living ones have the same. Hooks that are called often look into `sites` first.
    """
    number = new_site(frame)
    return NOWHERE if number == LAB else number


def new_site(frame: FrameType | None) -> int:
    """Return what `site` does, and LAB for the lab's own code, which is never in `sites`; a new place is told."""
    while frame is not None:
        at = id(frame.f_code) + frame.f_lasti
        number = sites.get(at) or _not_sites.get(at) or _numbered(frame, at)
        if number != ASK_CALLER:
            return number
        frame = frame.f_back
    return BOTTOM


def _numbered(frame: FrameType, at: int) -> int:
    """Return the number of a place that is not in `sites`, and put it there while there is room."""
    code, known = frame.f_code, sites
    module = _module(frame)
    if module.startswith("ipclab.") and not module.startswith("ipclab.experiments."):
        number, known = LAB, _not_sites
    elif not _internal(module):
        words = (code.co_filename, frame.f_lineno or code.co_firstlineno, code.co_qualname)
        number = _places.get(words, 0)
        if not number:
            number = next(_site_numbers)
            tell("site", number=number, file=words[0], line=words[1], function=words[2])
            _places[words] = number  # at last: a signal's handler may raise meanwhile
    elif code.co_name in PASSED_ON and module.startswith("multiprocessing."):
        number, known = ASK_CALLER, _not_sites
    else:
        number = NOWHERE
    if id(code) in _codes or len(_codes) < MOST_CODES:
        _codes[id(code)] = code
        known[at] = number
    return number


def maker_site(frame: FrameType | None) -> int:
    """Return the place where a person's code made something, through the modules that make it; NOWHERE for others."""
    while frame is not None and _module(frame) in MAKERS:
        frame = frame.f_back
    return site(frame)


def _module(frame: FrameType) -> str:
    """Return the name of the module whose code a frame runs; empty for what a person has made by `exec` without one."""
    name = frame.f_globals.get("__name__")
    if isinstance(name, str):
        return name
    return next((module for module, names in MADE.items() if names <= {*frame.f_code.co_names}), "")


def _internal(module: str) -> bool:
    """Tell whether a module is Python's own: by its name, for in a package files are relative."""
    top = module.partition(".")[0]
    return top in sys.stdlib_module_names
