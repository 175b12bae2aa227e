#!/usr/bin/env python3
"""Build the package of this system, by one command, `python packaging/build.py`.

dist/ipclab/ is one folder that holds all it needs: `ipclab` in it is window and command line. Beside it lies the same
packed, to be unpacked and started anywhere on a system as old as this one or newer. PyInstaller works in a virtual
environment of its own, build/venv, made of the two locks with their hashes, by the Python that runs this file.
Built again from the same commit by the same Python, a package is the same to the last byte: nothing in it tells when
it was built. Standard library only. Exit codes: 0 built, 1 failed.
"""

import gzip
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import icu_data

ROOT = Path(__file__).resolve().parent.parent
BUILD, DIST = ROOT / "build", ROOT / "dist"
VENV = BUILD / "venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
LOCKS = [ROOT / "requirements.lock", ROOT / "packaging" / "requirements.lock"]
FOLDER = DIST / "ipclab"
ICONS = {"darwin": BUILD / "ipclab.icns", "win32": BUILD / "ipclab.ico"}


def main() -> int:
    """Build, and say what was made and how large it is."""
    try:
        packages = build()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"The package was not built: {error}", file=sys.stderr)
        return 1
    size = sum(file.lstat().st_size for file in FOLDER.rglob("*") if file.is_file() or file.is_symlink())
    print(f"{FOLDER}  {size / 1e6:.0f} MB")
    for package in packages:
        print(f"{package}  {package.stat().st_size / 1e6:.0f} MB")
    return 0


def build() -> list[Path]:
    """Make dist/ipclab/ and this system's packages of it, and return these.

    Raises:
        OSError: a tool is missing, or the disk is full.
        subprocess.CalledProcessError: a tool failed; it has said why.
    """
    if sys.platform == "linux":
        prepare_system()
    os.environ |= {"PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": str(moment())}  # sets are written in the same order
    os.environ.setdefault("DPKG_DEB_COMPRESSOR_LEVEL", "9")  # sees what both executables hold, and takes a minute
    prepare()
    icon = ICONS.get(sys.platform)
    if icon:
        run(PYTHON, ROOT / "packaging" / "icon.py", icon)
    words = ["--noconfirm", "--log-level", "WARN", "--distpath", DIST, "--workpath", BUILD / "pyinstaller"]
    run(PYTHON, "-m", "PyInstaller", *words, ROOT / "packaging" / "ipclab.spec")
    if sys.platform == "linux":
        strip()
        for library in FOLDER.rglob("libicudata.so.*"):
            if not library.is_symlink():
                icu_data.shrink(library)
    packed = pack()
    base, tools = str(packed).removesuffix(".tar.gz"), ROOT / "packaging"
    if sys.platform == "win32":
        made = Path(f"{base}-setup.exe")
        run(PYTHON, tools / "windows" / "installer.py", FOLDER, icon, made)
    elif sys.platform == "darwin":
        made = Path(f"{base}.dmg")
        run(PYTHON, tools / "macos" / "disk_image.py", DIST / "IPC Lab.app", made)
    elif shutil.which("dpkg-deb"):
        made = Path(f"{base}.deb")
        run(PYTHON, tools / "linux" / "deb.py", FOLDER, made)
    else:
        print("dpkg-deb is missing: no Debian package is made", file=sys.stderr)
        return [packed]
    return [packed, made]


def version() -> str:
    """Return the lab's version; the lab need not be installed."""
    found = re.search(r'__version__ = "(.+)"', (ROOT / "core" / "ipclab" / "__init__.py").read_text())
    assert found is not None, "core/ipclab/__init__.py says the version"
    return found[1]


def moment() -> int:
    """Return the time that what is packed bears, in s since 1970: SOURCE_DATE_EPOCH, else the last commit's."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    try:
        told = subprocess.run(["git", "log", "-1", "--format=%ct"], cwd=ROOT, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):  # no git, or no checkout
        return 315532800  # 1980: what zip archives can bear at least
    return int(told.stdout)


def run(*words: object) -> None:
    """Run a command that must succeed."""
    subprocess.run([str(word) for word in words], cwd=ROOT, check=True)


def prepare() -> None:
    """Make the virtual environment anew, unless it is of these locks and this Python."""
    stamp = VENV / "made-of"
    wanted = sys.version + "".join(hashlib.sha256(lock.read_bytes()).hexdigest() for lock in LOCKS)
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    venv.create(VENV, clear=True, with_pip=True)
    locks = [word for lock in LOCKS for word in ("-r", lock)]
    run(PYTHON, "-m", "pip", "install", "--quiet", "--require-hashes", "--only-binary", ":all:", *locks)
    stamp.write_text(wanted)


def prepare_system() -> None:
    """Have the libraries that Qt's plugins for X11 and Wayland load: PyInstaller takes along only what is there.

    Raises:
        OSError: some are missing and could not be installed, or binutils are; says how to install them.
    """
    sys.path.append(str(ROOT))
    from run import SetupError, complete_system

    try:
        complete_system("wayland")  # whose window decorations need what X11 needs, and more
    except SetupError as error:
        raise OSError(str(error)) from None
    if missing := [tool for tool in ("as", "ld", "objdump", "strip") if not shutil.which(tool)]:
        raise OSError(f"{', '.join(missing)} of binutils are missing; on Debian: apt-get install binutils")


def strip() -> None:
    """Take the debugging symbols out of Python's own libraries.

    Those of Qt and numpy have none, and were changed after linking in a way that strip can break.
    """
    inside = FOLDER / "_internal"
    for file in [*inside.glob("libpython*.so*"), *inside.glob("python*/lib-dynload/*.so")]:
        run("strip", "--strip-unneeded", file)


def pack() -> Path:
    """Pack the folder; in it everything lies in a folder of the same name as the file, and belongs to nobody."""
    name = f"ipclab-{version()}-{sys.platform}-{platform.machine().lower()}"
    packed = DIST / f"{name}.tar.gz"
    when = moment()

    def nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mode = 0o755 if member.mode & 0o100 else 0o644
        member.mtime = when
        return member

    with gzip.GzipFile(packed, "wb", 6, mtime=when) as gz, tarfile.open(fileobj=gz, mode="w") as file:
        file.add(FOLDER, name, filter=nobodys)
    return packed


if __name__ == "__main__":
    sys.exit(main())
