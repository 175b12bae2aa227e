#!/usr/bin/env python3
"""Make the Windows installer of a package: `python packaging/windows/installer.py FOLDER ICON INSTALLER.exe`.

NSIS's makensis, which Windows and Linux have, compiles ipclab.nsi. Its uninstaller removes the files that were
installed, by their names, and no others: a person may have chosen a folder that holds more. `--version` names another
version, to try an update with. Standard library only.
Exit codes: 0 made, 1 failed, 2 wrong usage.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "core"))

from ipclab import __version__  # noqa: E402

ELSEWHERE = Path(os.environ.get("PROGRAMFILES(X86)", "/"), "NSIS", "makensis.exe")  # its own installer sets no PATH


def main() -> int:
    """Make the installer that the command line names."""
    parser = argparse.ArgumentParser(description="Make the Windows installer of a package.")
    parser.add_argument("folder", type=Path, help="the package")
    parser.add_argument("icon", type=Path, help="an .ico file")
    parser.add_argument("installer", type=Path, help="the file to make")
    parser.add_argument("--version", default=__version__)
    parser.add_argument("--makensis", action="append", default=[], metavar="OPTION", help="one more for makensis")
    words = parser.parse_args()
    try:
        make(words.folder, words.icon, words.installer, words.version, words.makensis)
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"The installer was not made: {error}", file=sys.stderr)
        return 1
    return 0


def make(folder: Path, icon: Path, installer: Path, version: str, options: list[str]) -> None:
    """Compile the installer.

    Raises:
        OSError: makensis is missing, or a file cannot be read.
        ValueError: the folder holds no package, or the version no three numbers.
        subprocess.CalledProcessError: makensis failed; it has said why.
    """
    makensis = shutil.which("makensis") or str(ELSEWHERE)
    files = [file for file in sorted(folder.rglob("*")) if file.is_file()]
    if folder / "ipclabw.exe" not in files:
        raise ValueError(f"{folder} holds no ipclabw.exe: it is no package for Windows")
    with tempfile.TemporaryDirectory() as kept:
        listed = Path(kept, "files.nsh")
        listed.write_text(removal(folder, files), encoding="utf-8")
        defined = {
            "VERSION": version,
            "NUMBERS": release(version) + ".0",
            "FOLDER": folder.resolve(),
            "SLASH": os.sep,
            "SIZE": sum(file.stat().st_size for file in files) // 1024,
            "ICON": icon.resolve(),
            "INSTALLER": installer.resolve(),
            "FILES": listed,
        }
        words = ["-V2", "-WX", "-INPUTCHARSET", "UTF8", *(f"-D{name}={value}" for name, value in defined.items())]
        subprocess.run([makensis, *words, *options, str(HERE / "ipclab.nsi")], check=True)


def removal(folder: Path, files: list[Path]) -> str:
    """Return the macros of NSIS that delete the files of a package, and the folders that this leaves empty."""

    def lines(command: str, paths: list[Path]) -> list[str]:
        return [f'  {command} "$INSTDIR\\{_quoted(path.relative_to(folder))}"' for path in paths]

    folders = {up for file in files for up in file.parents if folder in up.parents}
    text = ["!macro DELETE_FILES", *lines("Delete", files), "!macroend"]
    text += ["!macro REMOVE_FOLDERS", *lines("RMDir", sorted(folders, reverse=True)), "!macroend", ""]
    return "\n".join(text)


def _quoted(path: Path) -> str:
    """Return a path as NSIS's strings have it."""
    return str(path).replace("$", "$$").replace("/", "\\")


def release(version: str) -> str:
    """Return the three numbers that a version begins with, all that Windows has of it: "1.2.3" of "1.2.3rc4"."""
    found = re.match(r"[0-9]+\.[0-9]+\.[0-9]+", version)
    if found is None:
        raise ValueError(f"The version is {version!r}, and does not begin with three numbers.")
    return found[0]


if __name__ == "__main__":
    sys.exit(main())
