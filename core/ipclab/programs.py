"""A person's own program, a file or a module: which Python runs it, and whether it can be run at all."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ipclab import frozen

OLDEST, NEWEST = (3, 11), (3, 14)  # Pythons whose multiprocessing the hooks know
ASKING_MAY_TAKE = 10.0  # s

# What a Python is told to do that is asked for a module. `find_spec` of importlib would run the packages above it.
_FIND = """
import os, sys
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec

def find(name, path):
    return next((spec for one in sys.meta_path if (spec := one.find_spec(name, path))), None)

def place(module):
    name, path = "", None
    for part in module.split("."):
        if name and path is None:
            return "none", ""
        name = name + "." + part if name else part
        spec = find(name, path)
        if spec is None:
            return "none", ""
        path = spec.submodule_search_locations
        if path is not None:
            sys.modules.setdefault(name, module_from_spec(spec))  # where parts of a namespace look for its path
    if path is not None:
        spec = find(name + ".__main__", path)
        if spec is None:
            return "package", ""
    file = spec.origin if spec.has_location else getattr(spec.loader_state, "filename", None)
    if not file or isinstance(spec.loader, ExtensionFileLoader):
        return "no file", ""
    return "file", os.path.abspath(file)

if sys.path[:1] != [""] and not sys.flags.safe_path:  # as a package's worker executable
    sys.path.insert(0, "")
print(ascii(place(sys.argv[1])))
"""


class NoProgram(Exception):
    """What was to be run cannot be; the text is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Interpreter:
    """A Python, and whether the lab can watch what it runs."""

    path: str
    version: tuple[int, int]

    @property
    def watchable(self) -> bool:
        """Tell whether the hooks know its multiprocessing."""
        return self.version <= NEWEST


def is_program(word: str) -> bool:
    """Tell whether a word of the command line names a program: it ends in .py or holds a separator."""
    return word.endswith((".py", ".pyw", ".pyz")) or os.sep in word or bool(os.altsep and os.altsep in word)


def check(path: str) -> None:
    """Look at a program before it is run.

    Raises:
        NoProgram: there is no such file, or nothing that a Python would run.
    """
    file = Path(path)
    if not file.exists():
        raise NoProgram(f"There is no file {path}.")
    if file.is_dir():
        if not (file / "__main__.py").is_file():
            raise NoProgram(f"{path} is a folder without a __main__.py, which Python does not run.")
        return
    if not file.is_file():
        raise NoProgram(f"{path} is no file.")
    try:
        beginning = file.read_bytes()[:65536]
    except OSError as error:
        raise NoProgram(f"{path} cannot be read: {error.strerror}.") from None
    if b"\0" in beginning and not beginning.startswith(b"PK"):
        raise NoProgram(f"{path} is no Python program: it holds binary data.")


def objection(path: str) -> str:
    """Return why a program cannot be run, a sentence; empty where it can."""
    try:
        check(path)
    except NoProgram as error:
        return str(error)
    return ""


def check_module(module: str) -> None:
    """Look at the name of a module before a Python is asked for it.

    Raises:
        NoProgram: no module can have that name.
    """
    if not module:
        raise NoProgram("The name of a module is needed: shop.orders for shop/orders.py.")
    if not all(module.split(".")) or any(one.isspace() or one in "/\\" for one in module):
        raise NoProgram(f"{module} is no name of a module: shop.orders is one, for shop/orders.py.")


def interpreter(wanted: str | None) -> Interpreter:
    """Return the Python that is to run programs.

    Args:
        wanted: a path or a name on the PATH; None for VIRTUAL_ENV's, else python3 on the PATH, else the lab's own.

    Raises:
        NoProgram: there is none, it does not answer, or it is too old.
    """
    path = find_python(wanted)
    told = ""
    with suppress(OSError, subprocess.SubprocessError, ValueError):
        told = subprocess.run(
            question(path), capture_output=True, timeout=ASKING_MAY_TAKE, check=True, text=True
        ).stdout
    return Interpreter(path, answer(path, told))


def question(path: str) -> list[str]:
    """Return the command that asks a Python for its version, be it very old; it may take ASKING_MAY_TAKE seconds."""
    return [path, "-E", "-S", "-c", "import sys; sys.stdout.write('%d %d' % sys.version_info[:2])"]  # no -I before 3.4


def answer(path: str, told: str) -> tuple[int, int]:
    """Return a Python's version, from what it said on stdout.

    Args:
        path: of the Python.
        told: what it said; empty where it failed.

    Raises:
        NoProgram: that is no answer, or it is too old.
    """
    try:
        major, minor = map(int, told.split())
    except ValueError:
        raise NoProgram(f"{path} is no Python that answers.") from None
    if (major, minor) < OLDEST:
        raise NoProgram(f"{path} is Python {major}.{minor}; the lab runs programs with Python 3.11 or later.")
    return major, minor


def module_question(path: str, module: str) -> list[str]:
    """Return the command that asks a Python for a module's file, in the folder in which it is to be started."""
    return [path, "-c", _FIND, module]


def module_answer(path: str, module: str, folder: str, told: str) -> str:
    """Return the file that `-m` runs: for a package its __main__.py.

    Args:
        path: of the Python.
        module: what it was asked for.
        folder: where it was asked.
        told: what it said on stdout; empty where it failed.

    Raises:
        NoProgram: there is no such module, or it is none that `-m` runs.
    """
    try:
        kind, file = ast.literal_eval(told.splitlines()[-1])
    except (IndexError, SyntaxError, TypeError, ValueError):
        raise NoProgram(f"{path} does not say where it finds {module}.") from None
    if kind == "none":
        hint = " A module's name has no .py at its end." if module.endswith(".py") else ""
        raise NoProgram(f"{path} finds no module {module}, neither in {folder} nor among what is installed.{hint}")
    if kind == "package":
        raise NoProgram(f"{module} is a package without a __main__, which Python does not run.")
    if kind == "no file":
        raise NoProgram(f"{module} is a module without a Python file, which -m does not run.")
    return str(file)


def find_python(wanted: str | None) -> str:
    """Return the path of a Python, which is not asked for its version; see `interpreter`.

    Raises:
        NoProgram: there is none of that name.
    """
    if wanted is not None:
        found = shutil.which(wanted)
        if found is None:
            raise NoProgram(f"There is no Python {wanted}.")
        return os.path.abspath(found)
    environment = os.environ.get("VIRTUAL_ENV")
    if environment:
        inside = os.path.join(environment, *(("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")))
        if os.path.exists(inside):
            return inside
    return shutil.which("python3") or shutil.which("python") or (frozen.python() if sys.executable else "python3")
