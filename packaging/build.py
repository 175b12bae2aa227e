#!/usr/bin/env python3
"""Build the package of this system, by one command, `python packaging/build.py`.

dist/ipclab/ is one folder that holds all it needs: `ipclab` in it is window and command line. Beside it lies the same
packed, to be unpacked and started anywhere on a system as old as this one or newer. PyInstaller works in a virtual
environment of its own, build/venv, made of the two locks with their hashes, by the Python that runs this file.
Standard library only. Exit codes: 0 built, 1 failed.
"""

import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BUILD, DIST = ROOT / "build", ROOT / "dist"
VENV = BUILD / "venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
LOCKS = [ROOT / "requirements.lock", ROOT / "packaging" / "requirements.lock"]
FOLDER = DIST / "ipclab"
ICONS = {"darwin": BUILD / "ipclab.icns", "win32": BUILD / "ipclab.ico"}


def main() -> int:
    """Build, pack, and say what was made and how large it is."""
    try:
        prepare()
        if icon := ICONS.get(sys.platform):
            run(PYTHON, ROOT / "packaging" / "icon.py", icon)
        words = ["--noconfirm", "--log-level", "WARN", "--distpath", DIST, "--workpath", BUILD / "pyinstaller"]
        run(PYTHON, "-m", "PyInstaller", *words, ROOT / "packaging" / "ipclab.spec")
        if sys.platform == "linux":
            strip()
        packed = pack()
        if sys.platform == "win32":
            installer = str(packed).replace(".tar.gz", "-setup.exe")
            run(PYTHON, ROOT / "packaging" / "windows" / "installer.py", FOLDER, icon, installer)
        if sys.platform == "darwin":
            image = str(packed).replace(".tar.gz", ".dmg")
            run(PYTHON, ROOT / "packaging" / "macos" / "disk_image.py", DIST / "IPC Lab.app", image)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"The package was not built: {error}", file=sys.stderr)
        return 1
    size = sum(file.lstat().st_size for file in FOLDER.rglob("*") if file.is_file() or file.is_symlink())
    print(f"{FOLDER}  {size / 1e6:.0f} MB\n{packed}  {packed.stat().st_size / 1e6:.0f} MB")
    return 0


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


def strip() -> None:
    """Take the debugging symbols out of Python's own libraries.

    Those of Qt and numpy have none, and were changed after linking in a way that strip can break.
    """
    tool = shutil.which("strip")
    if tool is None:
        print("strip is missing: the package stays larger than it need be", file=sys.stderr)
        return
    inside = FOLDER / "_internal"
    for file in [*inside.glob("libpython*.so*"), *inside.glob("python*/lib-dynload/*.so")]:
        run(tool, "--strip-unneeded", file)


def pack() -> Path:
    """Pack the folder; in it everything lies in a folder of the same name as the file, and belongs to nobody."""
    found = re.search(r'__version__ = "(.+)"', (ROOT / "core" / "ipclab" / "__init__.py").read_text())
    assert found is not None, "core/ipclab/__init__.py says the version"
    name = f"ipclab-{found[1]}-{sys.platform}-{platform.machine().lower()}"
    packed = DIST / f"{name}.tar.gz"

    def nobodys(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        return member

    with tarfile.open(packed, "w:gz") as file:
        file.add(FOLDER, name, filter=nobodys)
    return packed


if __name__ == "__main__":
    sys.exit(main())
