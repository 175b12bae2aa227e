#!/usr/bin/env python3
"""Make the Debian package of a built folder: `python packaging/linux/deb.py FOLDER FILE.deb`.

The folder goes to /usr/lib/ipclab as it is, and /usr/bin/ipclab leads to its executable. Nothing runs at installation
or removal, so all there ever is on the system are the files that dpkg lists. Icons are drawn: this runs in an
environment that has the lab's packages. It needs dpkg-deb, and objdump, which PyInstaller needs too.
Every file bears the time SOURCE_DATE_EPOCH, in s since 1970: made again, the package is the same to the last byte.
Exit codes: 0 made, 1 failed, 2 wrong usage.
"""

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from pathlib import Path
from textwrap import fill
from xml.etree import ElementTree as ET

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path[:0] = [str(ROOT / "core"), str(ROOT / "packaging")]

from ipclab import __version__  # noqa: E402
from ipclab.frozen import WORKER  # noqa: E402

NAME = "ipclab"
ID = "org.ipclab.ipclab"  # for ever: software centres know the application by it
MAINTAINER = "IPC Lab contributors <contributors@ipclab.invalid>"  # they have no address, and a package must name one
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)  # px, of the icon: what desktops ask for
HOME = Path("usr", "lib", NAME)
SHARE = Path("usr", "share")
DATA = (  # what no library names: files that libraries in the package read
    "fontconfig-config",  # /etc/fonts, and a font: else whatever the lab's own fonts lack is drawn as boxes
    "libx11-data",  # /usr/share/X11/locale: which keys compose which letter
    "xkb-data",  # /usr/share/X11/xkb: the layouts of keyboards
)
DESCRIPTION = """\
desktop laboratory for communication between Python processes
 Pick a mechanism, change its parameters in a form, press Run, and real worker
 processes do it while live graphs, process cards and their output show what
 happens: pipes, queues, shared memory, managers, locks, and what goes wrong
 with each. The same experiments run in a terminal.
 .
 Python, Qt and all else that it needs are in the package.
"""


@dataclass(frozen=True, slots=True)
class Release:
    """A version of CHANGELOG.md; `day` is None where it is not released yet."""

    version: str
    day: date | None
    points: list[str]


def main() -> int:
    """Make the package that the command line names."""
    parser = argparse.ArgumentParser(description="Make the Debian package of a built folder.")
    parser.add_argument("folder", type=Path, help="what PyInstaller has made")
    parser.add_argument("deb", type=Path, help="the file to make")
    words = parser.parse_args()
    if not os.environ.get("SOURCE_DATE_EPOCH", "").isdecimal():
        parser.error("SOURCE_DATE_EPOCH has to say the time that files bear; packaging/build.py sets it")
    try:
        make(words.folder, words.deb, int(os.environ["SOURCE_DATE_EPOCH"]))
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"The Debian package was not made: {error}", file=sys.stderr)
        return 1
    return 0


def make(folder: Path, deb: Path, when: int) -> None:
    """Make the package; dpkg-deb takes the time for itself from the environment.

    Raises:
        OSError: a tool is missing, or the folder is not as it should be.
        ValueError: a library belongs to no package, or CHANGELOG.md does not know the version.
        subprocess.CalledProcessError: a tool failed; it has said why.
    """
    with tempfile.TemporaryDirectory() as kept:
        root = Path(kept, NAME)
        shutil.copytree(folder, root / HOME, symlinks=True)
        for path, content in texts(folder, when).items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
        (root / "usr" / "bin").mkdir()
        (root / "usr" / "bin" / NAME).symlink_to(Path("..", "lib", NAME, NAME))
        files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
        control = root / "DEBIAN"
        control.mkdir()
        (control / "control").write_text(about(needed(folder), size(root)))
        sums = [f"{hashlib.md5(path.read_bytes()).hexdigest()}  {path.relative_to(root)}\n" for path in files]
        (control / "md5sums").write_text("".join(sums))
        runs = {root / HOME / name for name in (NAME, WORKER)}
        for path in [root, *root.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path in runs else 0o644)
            os.utime(path, (when, when), follow_symlinks=False)
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Zxz", "--build", root, deb], check=True)


def texts(folder: Path, when: int) -> dict[Path, bytes]:
    """Return what lies beside the folder, by its place on the system."""
    from icon import drawn, png, svg  # Qt, and only to draw

    releases = read_changelog((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    document = SHARE / "doc" / NAME
    icons = SHARE / "icons" / "hicolor"
    return {
        SHARE / "applications" / f"{NAME}.desktop": (HERE / f"{NAME}.desktop").read_bytes(),
        SHARE / "metainfo" / f"{ID}.metainfo.xml": metainfo(releases, when),
        SHARE / "man" / "man1" / f"{NAME}.1.gz": packed(manual()),
        SHARE / "lintian" / "overrides" / NAME: (HERE / "lintian-overrides").read_bytes(),
        document / "copyright": copyright_of(folder).encode(),
        document / "changelog.gz": packed(changelog(releases, when)),
        icons / "scalable" / "apps" / f"{NAME}.svg": svg(),
        **{icons / f"{side}x{side}" / "apps" / f"{NAME}.png": png(drawn(side)) for side in SIZES},
    }


def packed(text: str) -> bytes:
    """Return a text as Debian has them in packages: with gzip, as small as can be, and without a time."""
    return gzip.compress(text.encode(), 9, mtime=0)


def size(root: Path) -> int:
    """Return the size on the disk as dpkg counts it: files in whole KiB, everything else as one."""
    return sum(-(-path.stat().st_size // 1024) if path.is_file() and not path.is_symlink() else 1
               for path in root.rglob("*"))  # fmt: skip


# ------------------------------------------------------------------------------------------------- what it depends on


def needed(folder: Path) -> list[str]:
    """Return the packages that a folder needs, as Debian writes dependencies.

    They are those of this system that have the libraries which executables and libraries in the folder name and which
    are not in it. The version of glibc is the newest that any of them asks for: a system that has it has newer
    versions of the others than these were built with.

    Raises:
        ValueError: no package of this system has a library.
    """
    files = [path for path in folder.rglob("*") if path.is_file() and not path.is_symlink() and is_elf(path)]
    told = subprocess.run(["objdump", "-p", *files], check=True, capture_output=True, text=True).stdout
    glibc = max(tuple(map(int, found.split("."))) for found in re.findall(r"\bGLIBC_([\d.]+)$", told, re.MULTILINE))
    inside = {path.name for path in folder.rglob("*")}
    libraries = sorted(set(re.findall(r"^ *NEEDED +(\S+)$", told, re.MULTILINE)) - inside)
    owners = {owner(library) for library in libraries}
    versions = {"libc6": f" (>= {'.'.join(map(str, glibc))})"}
    return sorted(f"{package}{versions.get(package, '')}" for package in owners.union(DATA))


def is_elf(path: Path) -> bool:
    """Tell whether a file is an executable or a library."""
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def owner(library: str) -> str:
    """Return the package that a library of this system is of.

    Raises:
        ValueError: it is of none.
    """
    pattern = f"*/{os.uname().machine}-linux-gnu/{library}"
    told = subprocess.run(["dpkg-query", "-S", pattern], check=False, capture_output=True, text=True).stdout
    packages = {line.partition(":")[0] for line in told.splitlines() if not line.startswith("diversion ")}
    if len(packages) != 1:
        raise ValueError(f"{library} is not in the package, and of {len(packages)} Debian packages here instead of one")
    return packages.pop()


def about(depends: list[str], kib: int) -> str:
    """Return the control file.

    Args:
        depends: see `needed`.
        kib: what the package takes on the disk.
    """
    told = subprocess.run(["dpkg", "--print-architecture"], check=True, capture_output=True, text=True).stdout
    fields = {
        "Package": NAME,
        "Version": version(__version__),
        "Architecture": told.strip(),
        "Maintainer": MAINTAINER,
        "Installed-Size": kib,
        "Depends": ", ".join(depends),
        "Section": "education",
        "Priority": "optional",
        "Description": DESCRIPTION.rstrip(),
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


def version(ours: str) -> str:
    """Return a version as Debian orders it: 1.0.0-rc.1 comes before 1.0.0."""
    return ours.replace("-", "~")


# ------------------------------------------------------------------------------------------------- what people read


def read_changelog(text: str) -> list[Release]:
    """Return the versions of CHANGELOG.md, newest first.

    Raises:
        ValueError: the newest is not the lab's version.
    """
    releases = []
    for heading in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        first, _, body = heading.partition("\n")
        name, _, day = first.partition(", ")
        points = [" ".join(point.replace("`", "").split()) for point in re.split(r"^- ", body, flags=re.MULTILINE)[1:]]
        releases.append(Release(name, date.fromisoformat(day) if day[:1].isdecimal() else None, points))
    if not releases or releases[0].version != __version__:
        raise ValueError(f"CHANGELOG.md does not begin with {__version__}")
    return releases


def changelog(releases: list[Release], when: int) -> str:
    """Return them as Debian has changelogs; what is not released yet is of the time `when`."""
    parts = []
    for one in releases:
        moment = datetime.combine(one.day, time(), UTC) if one.day else datetime.fromtimestamp(when, UTC)
        points = [fill(point, 79, initial_indent="  * ", subsequent_indent="    ") for point in one.points]
        head = f"{NAME} ({version(one.version)}) unstable; urgency=medium"
        parts.append("\n".join([head, "", *points, "", f" -- {MAINTAINER}  {format_datetime(moment)}", ""]))
    return "\n".join(parts)


def metainfo(releases: list[Release], when: int) -> bytes:
    """Return what software centres show, with the versions."""
    tree = ET.parse(HERE / f"{ID}.metainfo.xml")
    listed = tree.find("releases")
    assert listed is not None, "the file has a place for them"
    for one in releases:
        day = one.day or datetime.fromtimestamp(when, UTC).date()
        kind = "stable" if one.day else "development"
        ET.SubElement(listed, "release", version=one.version, date=day.isoformat(), type=kind)
    ET.indent(tree)
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(tree.getroot()) + b"\n"


def manual() -> str:
    """Return the manual's page, of this version."""
    return (HERE / f"{NAME}.1").read_text(encoding="utf-8").replace("@version@", __version__)


def copyright_of(folder: Path) -> str:
    """Return the lab's licence, and where those of all that is in the package are."""
    licences = folder / "_internal" / "licences"
    parts = json.loads((licences / "index.json").read_text(encoding="utf-8"))
    lines = [f"  {part['file']}: {part['name']} {part['version']} ({part['terms']})" for part in parts]
    lab = (ROOT / "LICENSE").read_text(encoding="utf-8")
    there = f"/{HOME / licences.relative_to(folder)}"
    return (
        f"IPC Lab is under this licence:\n\n{lab}\n"
        "The package holds works of others too, each under a licence of its own, Qt under the LGPL (on Debian in\n"
        "/usr/share/common-licenses/LGPL-3). Help, About IPC Lab shows them. The texts, with the notices of\n"
        f"copyright, are these files in {there}:\n\n" + "\n".join(lines) + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())
