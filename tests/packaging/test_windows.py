"""What makes the package of Windows, as far as it can be made and run elsewhere: its installer, under Wine.

PyInstaller builds for the system it runs on only, so a folder of stand-ins takes the package's place: each executable
in it is a program that waits, made by NSIS too.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QImageReader

from ipclab import __version__
from ipclab.frozen import WORKER
from tests.cli.conftest import wait_until
from tests.packaging.conftest import SCRIPTS, script

PROGRAMS = ("ipclab.exe", "ipclabw.exe", f"{WORKER}.exe")
SIZES = [16, 20, 24, 32, 40, 48, 64, 256]  # px, of the icon
ENTRY = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Uninstall\IPC Lab"
LIMIT = 120  # s for one program under Wine, its first start included
# Wine may have no 32-bit half, and NSIS's own default is 32-bit; on Windows it has no other.
TARGET = "" if sys.platform == "win32" else "-XTarget amd64-unicode"
DONE, NOT_DONE = 0, 2  # exit codes of NSIS's programs
RUNS = "C:\\runs"  # a file that is made by a stand-in once it runs

pytestmark = pytest.mark.timeout(2 * LIMIT)
needs_makensis = pytest.mark.skipif(not shutil.which("makensis"), reason="makensis is missing (Debian package nsis)")
needs_wine = pytest.mark.skipif(
    not (shutil.which("makensis") and shutil.which("wine") and shutil.which("wineserver")),
    reason="nothing runs Windows's programs here: makensis, wine or wineserver is missing (Debian: nsis wine wine64)",
)


def compiled(source: str, folder: Path, name: str) -> Path:
    """Return an executable for Windows, made of a section of NSIS's language."""
    text = f'Unicode true\nSilentInstall silent\nRequestExecutionLevel user\nOutFile "{folder / name}"\n'
    (folder / "made.nsi").write_text(f"{text}Section\n{source}\nSectionEnd\n", encoding="utf-8")
    subprocess.run(
        ["makensis", "-V1", "-INPUTCHARSET", "UTF8", *filter(None, [TARGET]), folder / "made.nsi"], check=True
    )
    (folder / "made.nsi").unlink()
    return folder / name


@pytest.fixture(scope="module")
def icon(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("icon") / "ipclab.ico"
    subprocess.run([sys.executable, SCRIPTS / "icon.py", file], check=True)
    return file


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder that looks like a package for Windows."""
    folder = tmp_path_factory.mktemp("package")
    waits = compiled(f'FileOpen $0 "{RUNS}" w\nFileClose $0\nSleep 600000', folder, PROGRAMS[0])
    for name in PROGRAMS[1:]:
        shutil.copy(waits, folder / name)
    inside = folder / "_internal" / "numpy.libs"
    inside.mkdir(parents=True)
    (inside / "open$INSTDIR $blas.dll").write_text("a dollar is a sign of NSIS's")
    (folder / "_internal" / "größe.md").write_text("and not every name is English")
    return folder


Make = Callable[..., Path]


@pytest.fixture(scope="module")
def installer(package: Path, icon: Path, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """Return a function that makes the installer of a version, with one more file in it."""

    def make(version: str = __version__, more: str = "") -> Path:
        folder = tmp_path_factory.mktemp("installer")
        shutil.copytree(package, folder / "package")
        if more:
            (folder / "package" / more).write_text(version)
        file = folder / f"ipclab-{version}.exe"
        words: list[str | Path] = [
            folder / "package",
            icon,
            file,
            "--version",
            version,
            *([f"--makensis={TARGET}"] if TARGET else []),
        ]
        subprocess.run([sys.executable, SCRIPTS / "windows" / "installer.py", *words], check=True)
        return file

    return make


class Windows:
    """A Windows of Wine's, in a folder. What runs in it is ended after each test."""

    def __init__(self, prefix: Path) -> None:
        self.drive = prefix / "drive_c"
        kept = {name: text for name, text in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
        off = "mscoree=d;mshtml=d;winemenubuilder.exe=d"  # .NET, a browser, and the menu of the desktop around it
        self._environment = kept | {
            "WINEPREFIX": str(prefix), "WINEDEBUG": "-all", "WINEDLLOVERRIDES": off, "TMPDIR": str(prefix)
        }  # fmt: skip
        self.run("wineboot", "-i")
        (self.person,) = (one for one in (self.drive / "users").iterdir() if one.name != "Public")
        self.programs = self.person / "AppData" / "Local" / "Programs"
        self.installed = self.programs / "IPC Lab"
        self.menu = self.person / "AppData/Roaming/Microsoft/Windows/Start Menu/Programs/IPC Lab"

    def start(self, *words: str | Path) -> subprocess.Popen[bytes]:
        """Start a program of Windows's."""
        named = [
            self.name(word) if isinstance(word, Path) and self.drive in word.parents else str(word) for word in words
        ]
        quiet = subprocess.DEVNULL
        return subprocess.Popen(["wine", *named], env=self._environment, stdout=quiet, stderr=quiet)

    def run(self, *words: str | Path) -> int:
        """Run a program of Windows's to its end; return its exit code."""
        return self.start(*words).wait(LIMIT)

    def name(self, path: Path) -> str:
        """Return what Windows calls a file."""
        return "C:\\" + str(path.relative_to(self.drive)).replace("/", "\\")

    def words(self, flag: str, path: Path) -> list[str]:
        """Return a flag of NSIS's with its path, which takes no quotes: Wine puts some around a word with spaces."""
        return f"{flag}{self.name(path)}".split(" ")

    def uninstall(self, folder: Path) -> int:
        """Run a silent uninstaller where it is, so that it can be waited for; return its exit code."""
        return self.run(folder / "uninstall.exe", "/S", *self.words("_?=", folder))

    def entry(self) -> dict[str, str]:
        """Return what Windows lists under Apps."""
        told = self.drive / "told.reg"
        if self.run("reg", "export", ENTRY, told, "/y") != DONE:
            return {}
        found = re.findall(r'^"(\w+)"="?(.*?)"?$', told.read_text("utf-16"), re.MULTILINE)
        return {name: re.sub(r"\\(.)", r"\1", value) for name, value in found}

    def end(self) -> None:
        """End all that runs."""
        for word in ("-k", "-w"):
            subprocess.run(["wineserver", word], env=self._environment, check=False, timeout=LIMIT)


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("wine")
    yield folder
    shutil.rmtree(folder)  # 700 MB


@pytest.fixture
def windows(prefix: Path) -> Iterator[Windows]:
    """Return a Windows that has no IPC Lab, and a person's data of it."""
    system = Windows(prefix)
    data = system.person / "AppData/Local/ipclab/window.json"
    data.parent.mkdir(parents=True, exist_ok=True)
    data.write_text("{}")
    yield system
    system.end()
    for program in [*system.programs.parent.rglob("uninstall.exe")]:
        system.uninstall(program.parent)
    system.end()
    (system.drive / "runs").unlink(missing_ok=True)
    assert data.read_text() == "{}"  # whatever was installed, updated and removed


def files(folder: Path) -> set[str]:
    return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}


# ------------------------------------------------------------------------------------------------------ the installer


@needs_makensis
def test_the_installer_says_its_version(installer: Make) -> None:
    made = installer("7.8.9rc1").read_bytes()
    assert made.startswith(b"MZ")
    name, text = (one.encode("utf-16-le") for one in ("ProductVersion", "7.8.9rc1\0"))
    assert re.search(re.escape(name) + b"\0+" + re.escape(text), made)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [(["--version", "1.0"], "'1.0', and does not begin with three numbers"), ([], "is no package for Windows")],
)
def test_what_is_no_package_is_refused_in_a_sentence(tmp_path: Path, words: list[str], complaint: str) -> None:
    if words:
        (tmp_path / "ipclabw.exe").touch()
    done = subprocess.run(
        [sys.executable, SCRIPTS / "windows/installer.py", tmp_path, tmp_path / "i.ico", tmp_path / "a.exe", *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert complaint in done.stderr
    assert done.stderr.count("\n") == 1


@needs_wine
def test_it_is_installed_for_one_person_and_removed_but_for_the_persons_files(
    windows: Windows, installer: Make, package: Path
) -> None:
    assert windows.run(installer(), "/S") == DONE
    assert files(windows.installed) == files(package) | {"uninstall.exe"}
    assert files(windows.menu) == {"IPC Lab.lnk", "IPC Lab command line.lnk"}
    entry = windows.entry()
    assert (entry["DisplayName"], entry["DisplayVersion"]) == ("IPC Lab", __version__)
    assert entry["InstallLocation"] == windows.name(windows.installed)
    assert entry["DisplayIcon"] == windows.name(windows.installed / "ipclabw.exe")
    assert entry["QuietUninstallString"] == f'"{windows.name(windows.installed / "uninstall.exe")}" /S'
    size = sum((package / file).stat().st_size for file in files(package))
    assert entry["EstimatedSize"] == f"dword:{size // 1024:08x}"
    (windows.installed / "_internal" / "mine.txt").write_text("a person's")

    assert windows.run(windows.installed / "uninstall.exe", "/S") == DONE  # at once: a copy of it does the work
    wait_until(lambda: files(windows.installed) == {"_internal/mine.txt"}, "all else is gone")
    wait_until(lambda: windows.entry() == {}, "the entry is gone")
    assert not windows.menu.exists()
    shutil.rmtree(windows.installed)


@needs_wine
@pytest.mark.slow
def test_an_update_removes_what_only_the_older_version_had(windows: Windows, installer: Make) -> None:
    assert windows.run(installer("0.0.1", "older.txt"), "/S") == DONE
    assert windows.entry()["DisplayVersion"] == "0.0.1"
    assert windows.run(installer("0.0.2", "newer.txt"), "/S") == DONE
    assert "newer.txt" in files(windows.installed)
    assert "older.txt" not in files(windows.installed)
    assert windows.entry()["DisplayVersion"] == "0.0.2"


@needs_wine
@pytest.mark.slow
def test_it_moves_into_a_folder_with_spaces_and_letters_of_all_kinds(
    windows: Windows, installer: Make, package: Path
) -> None:
    there = windows.programs.parent / "Zoë's Prográmmes 実験"
    assert windows.run(installer(), "/S") == DONE
    assert windows.run(installer(), "/S", *windows.words("/D=", there)) == DONE
    assert files(there) == files(package) | {"uninstall.exe"}
    assert not windows.installed.exists()
    assert windows.entry()["InstallLocation"] == windows.name(there)
    assert windows.run(installer(), "/S") == DONE  # an update stays where the person put it
    assert files(there) == files(package) | {"uninstall.exe"}
    assert windows.uninstall(there) == DONE
    assert files(there) == {"uninstall.exe"}  # as it was asked to stay where it is
    assert windows.entry() == {}


@needs_wine
def test_while_any_of_it_runs_nothing_is_changed(windows: Windows, installer: Make) -> None:
    assert windows.run(installer("0.0.1", "older.txt"), "/S") == DONE
    before, update = files(windows.installed), installer("0.0.2")
    for program in PROGRAMS:
        (windows.drive / "runs").unlink(missing_ok=True)
        running = windows.start(windows.installed / program)
        wait_until((windows.drive / "runs").exists, f"{program} runs")
        assert windows.run(update, "/S") == NOT_DONE
        assert windows.uninstall(windows.installed) == NOT_DONE
        windows.run("taskkill", "/f", "/im", program)
        running.wait(LIMIT)
    assert files(windows.installed) == before
    assert windows.entry()["DisplayVersion"] == "0.0.1"
    assert windows.run(update, "/S") == DONE
    assert windows.entry()["DisplayVersion"] == "0.0.2"


@needs_wine
@pytest.mark.slow
def test_a_file_that_another_program_holds_can_be_removed_later(
    windows: Windows, installer: Make, tmp_path: Path
) -> None:
    assert windows.run(installer(), "/S") == DONE
    held = windows.installed / "_internal" / "größe.md"
    holding = f'FileOpen $0 "{windows.name(held)}" r\nFileOpen $1 "{RUNS}" w\nFileClose $1\nSleep 600000'
    holder = windows.start(compiled(holding, tmp_path, "holder.exe"))
    wait_until((windows.drive / "runs").exists, "the file is held")
    assert windows.uninstall(windows.installed) == NOT_DONE
    assert held.exists()
    assert windows.entry()["DisplayName"] == "IPC Lab"
    windows.run("taskkill", "/f", "/im", "holder.exe")
    holder.wait(LIMIT)
    assert windows.uninstall(windows.installed) == DONE
    assert files(windows.installed) == {"uninstall.exe"}
    assert windows.entry() == {}


# ------------------------------------------------------------------------------------------------- what Windows shows


def test_the_icon_has_all_sizes(icon: Path) -> None:
    reader = QImageReader(str(icon))
    sizes = []
    for at in range(reader.imageCount()):
        reader.jumpToImage(at)
        picture = reader.read()
        sizes.append(picture.width())
        assert picture.width() == picture.height()
        assert picture.pixelColor(0, 0).alpha() == 0  # round at the corner
        assert picture.pixelColor(picture.width() // 2, picture.height() // 8).name() == "#0b6784"
        assert picture.pixelColor(picture.width() // 4, picture.height() // 2).lightness() > 240  # the mark
    assert sizes == SIZES


def test_the_task_manager_shows_names_and_the_version() -> None:
    """PyInstaller evaluates the text with these names, and nothing else."""
    text = script("windows/version_info.py").resource("ipclab-worker", "IPC Lab, a process", "1.2.3rc4")
    calls: dict[str, Callable[..., object]] = {
        "VSVersionInfo": lambda ffi, kids: (ffi, kids),
        "FixedFileInfo": lambda **parts: parts,
        "StringFileInfo": lambda tables: tables,
        "StringTable": lambda language, texts: dict(texts),
        "StringStruct": lambda name, text: (name, text),
        "VarFileInfo": lambda variables: variables,
        "VarStruct": lambda name, values: (name, values),
    }
    fixed, ((texts,), _) = eval(text, {"__builtins__": {}}, calls)
    assert fixed["filevers"] == fixed["prodvers"] == (1, 2, 3, 0)
    assert texts["FileDescription"] == "IPC Lab, a process"
    assert texts["OriginalFilename"] == "ipclab-worker.exe"
    assert texts["ProductVersion"] == "1.2.3rc4"
