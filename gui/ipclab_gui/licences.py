"""What the lab stands on, and its licences: of a package all that is in it, from source what is installed. No Qt here.

A package has them in a folder, made when it was built (`packaging/licences.py`); from source they are the files that
the installed distributions brought themselves.
"""

from __future__ import annotations

import json
import platform
import re
import sys
import sysconfig
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, PackagePath, distribution
from pathlib import Path

import ipclab

FOLDER = "licences"  # in a package; its index names the texts beside it
INDEX = "index.json"
LAB = "IPC Lab"
CHECKOUT = Path(__file__).resolve().parents[2]
TEXT = re.compile(r"(licen[cs]e|copying|copyright|notice|authors)\b(?!.*\.pyc?$)|(cc-by|ofl).*\.txt$", re.IGNORECASE)
NAME = re.compile(r"[\w.-]+")
NONE = "It brings no text of its licence. Its terms: {}."


@dataclass(frozen=True, slots=True)
class Part:
    """Something that the lab stands on, by its name and version.

    Attributes:
        terms: its licence in short, as its makers say it: "MIT".
        read: returns the whole text; OSError where the file has gone.
    """

    name: str
    version: str
    terms: str
    read: Callable[[], str]


def parts() -> list[Part]:
    """Return everything, the lab first, then by name. In about 20 ms; texts are read later.

    Raises:
        OSError, ValueError: the folder of a package has gone or is broken.
    """
    if getattr(sys, "frozen", False):
        return packaged(Path(vars(sys)["_MEIPASS"], FOLDER))
    lab, needs = _lab()
    return ordered([lab, *(_said(of_distribution(one)) for one in _installed(needs)), python()])


def ordered(found: Iterable[Part]) -> list[Part]:
    """Return parts as they are shown: the lab first, then by name."""
    return sorted(found, key=lambda one: (one.name != LAB, one.name.lower()))


def packaged(folder: Path) -> list[Part]:
    """Return what a package's folder of licences holds."""
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return [_kept(folder / one["file"], one["name"], one["version"], one["terms"]) for one in index]


def _kept(file: Path, name: str, version: str, terms: str) -> Part:
    return Part(name, version, terms, lambda: file.read_text(encoding="utf-8"))


def of_distribution(found: Distribution) -> Part:
    """Return an installed distribution; its text is empty where it brought none."""
    return Part(found.name, found.version, terms(found), lambda: text_of(found))


def text_of(found: Distribution) -> str:
    """Return the licences among a distribution's files, each once; empty where there are none."""
    told: dict[str, PackagePath] = {}  # what is kept twice (in the code, and beside the metadata) is told once
    for file in sorted((file for file in found.files or () if TEXT.match(file.name)), key=_place):
        path = Path(str(found.locate_file(file)))
        if path.is_file():
            told.setdefault(path.read_text(encoding="utf-8", errors="replace").strip(), file)
    if len(told) == 1:
        return next(iter(told)) + "\n"
    return "\n\n".join(f"{_short(file)}\n{'-' * len(_short(file))}\n\n{text}" for text, file in told.items())


def _place(file: PackagePath) -> tuple[bool, bool, int, str]:
    """Return what brings files into order: those beside the metadata first, the main licence first of these."""
    main = file.name.lower().startswith(("licen", "copying"))
    return ".dist-info" not in file.parts[0], not main, len(file.parts), file.as_posix()


def _short(file: PackagePath) -> str:
    """Return a file's path without the folders of the metadata."""
    return re.sub(r"^.*\.dist-info/(licenses/)?", "", file.as_posix())


def terms(found: Distribution) -> str:
    """Return a distribution's licence in short; empty where it does not say."""
    about = found.metadata
    said = about.get_all("License-Expression") or about.get_all("License") or [""]
    if said[0] and "\n" not in said[0] and len(said[0]) < 100:
        return str(said[0])
    classes = (line.split(" :: ") for line in about.get_all("Classifier") or () if line.startswith("License"))
    return ", ".join(one[-1] for one in classes)


def python() -> Part:
    """Return this Python."""
    folders = (Path(sysconfig.get_path("stdlib")), Path(sys.base_prefix))  # the second on Windows
    file = next((folder / "LICENSE.txt" for folder in folders if (folder / "LICENSE.txt").is_file()), None)
    words = f"The licence of Python is at https://docs.python.org/{sys.version_info[0]}/license.html.\n"
    name = platform.python_implementation()
    return Part(name, platform.python_version(), "PSF-2.0", lambda: file.read_text("utf-8") if file else words)


def _said(part: Part) -> Part:
    """Return a part whose text says so where there is none."""
    empty = NONE.format(part.terms or "its makers do not say")
    return Part(part.name, part.version, part.terms, lambda: part.read() or empty)


def _lab() -> tuple[Part, list[str]]:
    """Return the lab and what it needs: where it is installed by its metadata, else by the files of its checkout."""
    try:
        found = distribution("ipclab")
    except PackageNotFoundError:
        project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return lab(CHECKOUT), project["dependencies"]
    return Part(LAB, found.version, terms(found), lambda: text_of(found)), found.requires or []


def lab(checkout: Path) -> Part:
    """Return the lab itself, by its own licence in a checkout."""
    return Part(LAB, ipclab.__version__, "MIT", lambda: (checkout / "LICENSE").read_text(encoding="utf-8"))


def _installed(wanted: list[str]) -> list[Distribution]:
    """Return the distributions of some requirements and all that these need, where they are installed."""
    found: dict[str, Distribution] = {}
    left = list(wanted)
    while left:
        line = left.pop()
        name = NAME.match(line)
        key = name[0].lower().replace("_", "-") if name else ""
        if not key or key in found or "extra ==" in line:
            continue
        try:
            found[key] = distribution(key)
        except PackageNotFoundError:  # for another system or Python
            continue
        left += found[key].requires or []
    return list(found.values())
