"""The Python of a package: what its worker executable does with `-c PROGRAM`, and with a person's program.

A package has no Python that could be started (`frozen` says where one is needed). A person's own program is run by
their Python; where the machine has none, by this one, with the standard library and what the lab itself needs.
Standard library only.
"""

from __future__ import annotations

import os
import sys
from importlib.machinery import SourceFileLoader
from types import ModuleType

from ipclab.frozen import WORKER, give_back

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

FAILED, INTERRUPTED = 1, 130  # exit codes


def interpret(words: list[str]) -> NoReturn:
    """Do what Python does with `[FLAGS] -c PROGRAM`, `PROGRAM.py` or `-m MODULE` and words for the program.

    The whole life of a worker executable. The flags say where a Python looks for modules, and a package has one place
    only. An exception is printed as Python prints it, since PyInstaller's loader would add a line of its own.

    Raises:
        SystemExit: always: the program has ended, by itself or by an error, or there was none.
    """
    vars(sys).pop("frozen", None)
    if words and (not words[0].startswith("-") or (words[0] == "-m" and len(words) > 1)):
        run = _persons
    elif "-c" in words[:-1]:
        run = _labs
    else:
        sys.exit(f"{WORKER} runs IPC Lab's processes; start ipclab instead.")
    try:
        run(words)
        sys.exit(0)  # left to return, the loader flushes stdout, which a resource tracker has closed
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001  # whatever it is, it ends this process
        trace = error.__traceback__ and error.__traceback__.tb_next  # without this function, and the one it called
        error.__traceback__ = trace and trace.tb_next
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(INTERRUPTED if isinstance(error, KeyboardInterrupt) else FAILED)


def _labs(words: list[str]) -> None:
    """Run `-c PROGRAM`: by this the lab and multiprocessing start processes."""
    place = words.index("-c")
    sys.argv[:] = ["-c", *words[place + 2 :]]
    main = _fresh_main()  # the loader's has a __file__, which children would be told to run again
    exec(compile(words[place + 1], "<string>", "exec", dont_inherit=True), vars(main))


def _persons(words: list[str]) -> None:
    """Run a person's own program on a machine without a Python, as `python` would; booted first if the lab asks."""
    import runpy
    from pkgutil import get_importer

    give_back()
    _boot()
    sys.path[:0] = [os.path.abspath(place) for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    main = _fresh_main()
    if words[0] == "-m":
        sys.argv[:] = words[1:]
        sys.path.insert(0, os.getcwd())
        runpy._run_module_as_main(words[1])  # type: ignore[attr-defined]  # Python's own way, whose words name it
        return
    path = words[0]
    sys.argv[:] = words
    if get_importer(path) is not None:  # a folder, or an archive
        sys.path.insert(0, os.path.abspath(path))
        runpy._run_module_as_main("__main__", False)  # type: ignore[attr-defined]
        return
    sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
    loader = SourceFileLoader("__main__", path)
    vars(main).update(__file__=path, __cached__=None, __loader__=loader)
    exec(compile(loader.get_data(path), path, "exec", dont_inherit=True), vars(main))


def _fresh_main() -> ModuleType:
    """Put an empty module in the place of the loader's."""
    main = sys.modules["__main__"] = ModuleType("__main__")
    return main


def _boot() -> None:
    """Do what `start_program/sitecustomize.py` does in a Python, which this executable does not read."""
    about = os.environ.pop("IPCLAB_BOOT", None)
    if about is None:
        return
    _, before, arguments = eval(about)  # plain data, written by the runner
    os.environ.pop("PYTHONPATH", None)
    if before is not None:
        os.environ["PYTHONPATH"] = before
    from ipclab import boot

    boot.program(*arguments)
