"""How the lab starts its Pythons where an installer brought it: there is none there that could be started.

PyInstaller's executables run one script each, and the lab starts a Python with a program, `-c PROGRAM`, in four places:
the keeper, the main program, and through multiprocessing the workers, the forkserver and the resource tracker. So a
package has a second executable that understands this one argument. Whoever is started by it finds the worker executable
as `sys.executable` and no `sys.frozen`: multiprocessing then starts its children as from source, by the commands that
boot rewrites, and nothing else has to know of packages. It is built without Qt, which PyInstaller's own hook would load
in every process otherwise. Standard library only.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping

WORKER = "ipclab-worker"  # beside the application in the package's folder


def python() -> str:
    """Return what is started with `-c PROGRAM`: this Python, or in a package's application its worker executable."""
    if not getattr(sys, "frozen", False):
        return sys.executable
    return os.path.join(os.path.dirname(sys.executable), WORKER + (".exe" if sys.platform == "win32" else ""))


def give_back(environment: MutableMapping[str, str] = os.environ) -> None:
    """Give an environment the person's own LD_LIBRARY_PATH again, before what is no part of the package is started.

    PyInstaller's executables put the package's folder there, read it at their start, and leave it to all that they
    start: a browser that is to show a link would load the package's libraries in place of its own. The worker
    executable needs it for its children, which find it set and do not set it.
    """
    original = environment.pop("LD_LIBRARY_PATH_ORIG", None)
    if original is not None:
        environment["LD_LIBRARY_PATH"] = original
    elif getattr(sys, "frozen", False) or os.path.basename(sys.executable).startswith(WORKER):
        environment.pop("LD_LIBRARY_PATH", None)
