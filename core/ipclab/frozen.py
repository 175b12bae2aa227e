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
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import MutableMapping
    from typing import NoReturn

WORKER = "ipclab-worker"  # beside the application in the package's folder
FAILED, INTERRUPTED = 1, 130  # exit codes


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


def interpret(words: list[str]) -> NoReturn:
    """Do what Python does with `[FLAGS] -c PROGRAM [WORDS]`; the whole life of a worker executable.

    The flags say where a Python looks for modules, and a package has one place only. An exception is printed as Python
    prints it, since PyInstaller's loader would add a line of its own.

    Raises:
        SystemExit: always: the program has ended, by itself or by an error, or there was none.
    """
    if "-c" not in words[:-1]:
        sys.exit(f"{WORKER} runs IPC Lab's processes; start ipclab instead.")
    place = words.index("-c")
    sys.argv[:] = ["-c", *words[place + 2 :]]
    vars(sys).pop("frozen", None)
    main = ModuleType("__main__")  # the loader's has a __file__, which children would be told to run again
    sys.modules["__main__"] = main
    try:
        exec(compile(words[place + 1], "<string>", "exec"), vars(main))
        sys.exit(0)  # left to return, the loader flushes stdout, which a resource tracker has closed
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001  # whatever it is, it ends this process
        error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next  # without this function
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(INTERRUPTED if isinstance(error, KeyboardInterrupt) else FAILED)
