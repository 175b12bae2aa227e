"""The licences of what is in a package: a text for each part, and an index. Called by ipclab.spec, inside PyInstaller.

Every file that goes into the package is asked for its owner: an installed distribution, Python, the lab, or on Linux a
package of the system. The text is the owner's own where it brought one; else it is kept in the folder beside this file,
whose parts.toml says of what. A file without an owner, and an owner without a text, end the build.
"""

import json
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from importlib.metadata import Distribution, distribution, distributions
from pathlib import Path

from ipclab_gui.licences import FOLDER, INDEX, Part, lab, of_distribution, ordered, python

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "packaging" / "licences"
OURS = [ROOT / name for name in ("core", "gui", "resources", "packaging")]
COMMON = Path("/usr/share/common-licenses")  # of Debian: its packages' texts refer to these
Entry = tuple[str, str, str]  # name in the package, source, kind: as PyInstaller has them


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A part whose text is kept here; one table of parts.toml.

    Attributes:
        distributions: those that it speaks for, in place of a text of their own.
        files: patterns of names of files in the package that hold it, whoever owns these.
        version_of: the distribution whose version it has.
        texts: names of the files that hold its text, one after the other.
    """

    name: str
    terms: str
    texts: list[str]
    distributions: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    version_of: str = ""

    def part(self) -> Part:
        """Return it with its text."""
        version = distribution(self.version_of).version if self.version_of else ""
        texts = [(KEPT / name).read_text(encoding="utf-8").replace("@version@", version) for name in self.texts]
        return Part(self.name, version, self.terms, lambda: f"\n\n{'=' * 80}\n\n".join(texts))


def collect(entries: Iterable[Entry], folder: Path) -> list[Entry]:
    """Write the licences of a package's files into a folder and return that folder's files, to be packed too.

    Raises:
        SystemExit: something has no licence; every such thing is named.
    """
    parts, wrong = parts_of(entries, [*OURS, folder.parent])
    for part in parts:
        if not part.read().strip():
            wrong.append(f"{part.name} {part.version} brings no text of its licence ({part.terms or 'unknown'})")
    if wrong:
        sys.exit("The package is not built: packaging/licences/parts.toml has to say more.\n" + "\n".join(wrong))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    index = []
    for part in parts:
        file = re.sub(r"\W+", "-", part.name).strip("-") + ".txt"
        (folder / file).write_text(part.read(), encoding="utf-8")
        index.append({"name": part.name, "version": part.version, "terms": part.terms, "file": file})
    (folder / INDEX).write_text(json.dumps(index, indent=1, ensure_ascii=False), encoding="utf-8")
    return [(f"{FOLDER}/{file.name}", str(file), "DATA") for file in sorted(folder.iterdir())]


def parts_of(entries: Iterable[Entry], ours: Sequence[Path]) -> tuple[list[Part], list[str]]:
    """Return what a package's files belong to, and a sentence for each file that belongs to nobody.

    What lies in the folders `ours` is the lab's, or was made for it just now.
    """
    kept = [Kept(**table) for table in tomllib.loads((KEPT / "parts.toml").read_text(encoding="utf-8"))["part"]]
    speaks = {name: one for one in kept for name in one.distributions}
    owners = {path: found for found in distributions() for path in _files(found)}
    used: dict[str, Part] = {"ipclab": lab(ROOT), "pyinstaller": of_distribution(distribution("pyinstaller"))}
    systems: list[Path] = []
    wrong: list[str] = []
    for name, source, _ in entries:
        path = Path(source)
        if not path.is_file() or any(folder in path.parents for folder in ours):
            continue
        spoken = [one for one in kept if any(fnmatch(Path(name).name, pattern) for pattern in one.files)]
        used |= {one.name: one.part() for one in spoken}
        found = owners.get(path) or owners.get(path.resolve())
        if found is not None and found.name in speaks:
            used[speaks[found.name].name] = speaks[found.name].part()
        elif found is not None:
            used[found.name] = of_distribution(found)
        elif _is_pythons(path):
            used["python"] = python()
        elif sys.platform == "linux":
            systems.append(path)
        elif not spoken:
            wrong.append(f"{name} is of nobody: {source}")
    debian, strange = of_system(systems)
    return ordered([*used.values(), *debian]), wrong + strange


def _files(found: Distribution) -> list[Path]:
    base = Path(str(found.locate_file("")))
    return [place / file for place in {base, base.resolve()} for file in found.files or ()]


def _is_pythons(path: Path) -> bool:
    """Tell whether a file is of the standard library, or Python itself."""
    folders = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), sysconfig.get_config_var("DESTSHARED")}
    if sys.platform == "win32":
        folders.add(sys.base_prefix)
    inside = any(Path(folder).resolve() in path.resolve().parents for folder in folders if folder)
    return inside or re.match(r"(libpython3|Python3?$|python3\d*\.dll$)", path.name) is not None


# ------------------------------------------------------------------------------------------- libraries of a Linux


def of_system(files: Iterable[Path]) -> tuple[list[Part], list[str]]:
    """Return the system's packages that some libraries are of, by their sources; a sentence for each of nobody."""
    texts: dict[tuple[str, str, str], set[Path]] = {}
    wrong = []
    for file in sorted(set(files)):
        package = _package(file)
        if not package:
            wrong.append(f"{file} is of no package of this system that can be asked")
            continue
        fields = "${source:Package} ${source:Upstream-Version} ${source:Version}"
        name, version, whole = _asked("dpkg-query", "-W", "-f", fields, package).split()
        text = Path("/usr/share/doc", package.partition(":")[0], "copyright")
        if text.is_file():
            texts.setdefault((name, version, whole), set()).add(text.resolve())
        else:
            wrong.append(f"{file} is of the package {package}, which has no {text}")
    found = []
    system = platform.freedesktop_os_release() if texts else {}
    for (name, version, whole), places in texts.items():
        different = sorted({place.read_text(encoding="utf-8", errors="replace") for place in places})
        source = f"Its source is the source package {name} {whole} of {system.get('PRETTY_NAME', 'this system')}"
        found.append(_debian(name, version, f"{source}, {system.get('HOME_URL', '')}\n\n" + "\n\n".join(different)))
    return found, wrong


def _package(file: Path) -> str:
    """Return the Debian package that a file is of; empty where none is, or the system has another way."""
    real = file.resolve()
    for name in (str(real), str(real).removeprefix("/usr"), str(file)):
        said = _asked("dpkg", "-S", name)
        if said:
            return said.splitlines()[0].rpartition(": ")[0].partition(", ")[0]
    return ""


def _asked(*words: str) -> str:
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""


def _debian(name: str, version: str, text: str) -> Part:
    """Return a part with the texts that its own refers to."""
    short = re.findall(r"^License: *(\S.*?)\s*$", text, re.MULTILINE)
    common = sorted({found.rstrip(".'\"") for found in re.findall(r"/usr/share/common-licenses/([\w.-]+)", text)})
    whole = [text, *((COMMON / one).read_text(encoding="utf-8") for one in common if (COMMON / one).is_file())]
    return Part(name, version, short[0] if short else "", lambda: f"\n\n{'=' * 80}\n\n".join(whole))
