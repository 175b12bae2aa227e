"""What a Linux desktop reads of the lab, and the Debian package as far as it can be made without a build.

A folder of stand-ins takes the place of what PyInstaller makes.
"""

from __future__ import annotations

import configparser
import gzip
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from datetime import date
from hashlib import md5
from pathlib import Path
from types import SimpleNamespace
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtGui import QImage

from ipclab import __version__, catalog
from ipclab.cli import arguments, manual
from ipclab.frozen import WORKER
from ipclab_gui import app
from tests.packaging.conftest import SCRIPTS, script

WHEN = 1_800_000_000  # 2027-01-15 08:00:00 UTC
HERE = SCRIPTS / "linux"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the package of Linux is made on Linux")
needs_tools = pytest.mark.skipif(
    not (shutil.which("dpkg-deb") and shutil.which("objdump")),
    reason="no Debian package is made here: dpkg-deb or objdump is missing (Debian package binutils)",
)


def needs(tool: str, package: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not shutil.which(tool), reason=f"{tool} is missing (Debian package {package})")


@pytest.fixture(scope="module")
def deb() -> SimpleNamespace:
    return script("linux/deb.py")


@pytest.fixture(scope="module")
def entry() -> configparser.SectionProxy:
    """The desktop entry."""
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(HERE / "ipclab.desktop")
    return parser["Desktop Entry"]


@pytest.fixture(scope="module")
def metainfo(deb: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("metainfo") / f"{deb.ID}.metainfo.xml"
    file.write_bytes(deb.metainfo(deb.read_changelog((SCRIPTS.parent / "CHANGELOG.md").read_text()), WHEN))
    return file


# ------------------------------------------------------------------------------------------------- the desktop


def test_the_desktop_entry_starts_what_the_package_installs(
    deb: SimpleNamespace, entry: configparser.SectionProxy
) -> None:
    assert (entry["Exec"], entry["Icon"]) == (deb.NAME, deb.NAME)
    assert entry["Terminal"] == "false"


def test_the_desktop_knows_the_window_by_its_entry(entry: configparser.SectionProxy) -> None:
    """Wayland goes by the name that the application says, X11 by its class."""
    said = re.findall(r'\.set(?:DesktopFileName|ApplicationName)\("(.+)"\)', Path(app.__file__).read_text())
    assert said == ["ipclab", "ipclab"]
    assert (HERE / f"{said[0]}.desktop").is_file()
    assert entry["StartupWMClass"] == said[1]


@needs("desktop-file-validate", "desktop-file-utils")
def test_the_desktop_entry_is_valid() -> None:
    assert _said("desktop-file-validate", HERE / "ipclab.desktop") == ""


def test_software_centres_read_what_the_desktop_reads(metainfo: Path, entry: configparser.SectionProxy) -> None:
    about = ET.parse(metainfo)
    assert about.findtext("name") == entry["Name"]
    assert about.findtext("summary") == entry["Comment"]
    assert about.findtext("launchable") == "ipclab.desktop"
    assert [one.text for one in about.iter("category")] == entry["Categories"].rstrip(";").split(";")
    assert about.findtext("id") == script("macos/information.py").IDENTIFIER


def test_software_centres_read_the_versions_of_the_changelog(metainfo: Path) -> None:
    headings = re.findall(r"^## (\S+),", (SCRIPTS.parent / "CHANGELOG.md").read_text(), re.MULTILINE)
    listed = [one.get("version") for one in ET.parse(metainfo).iter("release")]
    assert listed == headings
    assert listed[0] == __version__


@needs("appstreamcli", "appstream")
def test_what_software_centres_read_is_valid(metainfo: Path) -> None:
    assert "successful" in _said("appstreamcli", "validate", "--no-net", "--pedantic", metainfo)


def _said(*command: str | Path) -> str:
    """Return what a checker prints; it has to be content."""
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout
    return done.stdout


# ------------------------------------------------------------------------------------------- the manual's page


@pytest.fixture(scope="module")
def page(deb: SimpleNamespace) -> str:
    """The manual's page without its type."""
    return re.sub(r'\\f.|"', "", deb.manual()).replace("\\-", "-")


def test_the_manual_has_every_command(page: str) -> None:
    for name in arguments.COMMANDS:
        assert re.search(rf"^\.B ipclab {name}$", page, re.MULTILINE), f"{name}, in the synopsis"
        assert re.search(rf"^\.BR? {name}\b", page, re.MULTILINE), f"{name}, among the commands"


def test_the_manual_has_the_flags_of_every_experiment(page: str) -> None:
    for field in catalog.every_run():
        assert re.search(rf"^\.BR? {field.flag}\b", page, re.MULTILINE), field.flag
        assert all(str(choice) in page for choice in field.choices)


def test_the_manual_has_every_exit_code(page: str) -> None:
    codes = set(re.findall(r"\b\d+\b", manual.OVERVIEW.partition("Exit codes:")[2]))
    assert set(re.findall(r"^\.B (\d+)$", page, re.MULTILINE)) == codes
    assert len(codes) == 7


def test_the_manual_is_of_this_version(page: str) -> None:
    assert f"IPC Lab {__version__}" in page.splitlines()[0]


@needs("man", "man-db")
def test_man_prints_the_manual_without_a_warning(deb: SimpleNamespace, tmp_path: Path) -> None:
    file = tmp_path / "ipclab.1"
    file.write_text(deb.manual())
    done = subprocess.run(
        ["man", "--warnings", "--encoding=utf8", "--local-file", file],
        check=False, capture_output=True, text=True, env=os.environ | {"MANWIDTH": "80"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert "ipclab serve" in done.stdout


# ----------------------------------------------------------------------------------------------- the changelog


def test_the_changelog_has_day_version_and_points(deb: SimpleNamespace) -> None:
    text = f"# Changelog\n\nWords.\n\n## {__version__}, not released yet\n\n- One `x`\n  and more.\n- Two.\n"
    text += "\n## 0.0.1, 2026-02-03\n\n- Old.\n"
    newest, older = deb.read_changelog(text)
    assert (newest.day, newest.points) == (None, ["One x and more.", "Two."])
    assert (older.version, older.day, older.points) == ("0.0.1", date(2026, 2, 3), ["Old."])
    shown = deb.changelog([newest, older], WHEN)
    assert shown.startswith(f"ipclab ({__version__}) unstable; urgency=medium\n\n  * One x and more.\n  * Two.\n\n -- ")
    assert re.findall(r">  (.+)", shown) == ["Fri, 15 Jan 2027 08:00:00 +0000", "Tue, 03 Feb 2026 00:00:00 +0000"]


def test_a_changelog_that_does_not_know_the_version_is_refused(deb: SimpleNamespace) -> None:
    for text in ("# Changelog\n", "# Changelog\n\n## 99.0.0, 2026-02-03\n\n- New.\n"):
        with pytest.raises(ValueError, match=f"does not begin with {re.escape(__version__)}"):
            deb.read_changelog(text)


@needs("dpkg", "dpkg")
def test_a_version_to_try_comes_before_the_finished_one(deb: SimpleNamespace) -> None:
    before, after = deb.version("1.0.0-rc.1"), deb.version("1.0.0")
    subprocess.run(["dpkg", "--compare-versions", before, "lt", after], check=True)


# ------------------------------------------------------------------------------------------------- the package


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make stand-ins for what PyInstaller makes."""
    folder = tmp_path / "built" / "ipclab"
    licences = folder / "_internal" / "licences"
    licences.mkdir(parents=True)
    for name in ("ipclab", WORKER):
        shutil.copy("/bin/true", folder / name)
    (folder / "_internal" / "data.txt").write_text("x" * 1025)
    (folder / "_internal" / "data.txt").chmod(0o775)
    (folder / "_internal" / "link.txt").symlink_to("data.txt")
    parts = [{"name": "Qt", "version": "6.8", "terms": "LGPL-3.0-only", "file": "Qt.txt"}]
    (licences / "index.json").write_text(json.dumps(parts))
    return folder


def _made(folder: Path, file: Path) -> tarfile.TarFile:
    """Make the package as build.py does and return what it installs."""
    environment = os.environ | {"SOURCE_DATE_EPOCH": str(WHEN), "DPKG_DEB_COMPRESSOR_LEVEL": "0"}
    command: list[str | Path] = [sys.executable, HERE / "deb.py", folder, file]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    data = subprocess.run(["dpkg-deb", "--fsys-tarfile", file], check=True, capture_output=True).stdout
    return tarfile.open(fileobj=io.BytesIO(data))


def _text(content: tarfile.TarFile, name: str) -> str:
    file = content.extractfile(f"./{name}")
    assert file is not None
    data = file.read()
    return (gzip.decompress(data) if name.endswith(".gz") else data).decode()


@needs_tools
def test_the_package_holds_the_folder_and_what_a_desktop_needs(folder: Path, tmp_path: Path) -> None:
    content = _made(folder, tmp_path / "x.deb")
    names = {one.name.removeprefix("./") for one in content if not one.isdir()}
    assert names == {
        "usr/bin/ipclab", "usr/lib/ipclab/ipclab", "usr/lib/ipclab/ipclab-worker",
        "usr/lib/ipclab/_internal/data.txt", "usr/lib/ipclab/_internal/link.txt",
        "usr/lib/ipclab/_internal/licences/index.json",
        "usr/share/applications/ipclab.desktop", "usr/share/metainfo/org.ipclab.ipclab.metainfo.xml",
        "usr/share/man/man1/ipclab.1.gz", "usr/share/lintian/overrides/ipclab",
        "usr/share/doc/ipclab/changelog.gz", "usr/share/doc/ipclab/copyright",
        *(f"usr/share/icons/hicolor/{side}x{side}/apps/ipclab.png" for side in (16, 22, 24, 32, 48, 64, 128, 256, 512)),
        "usr/share/icons/hicolor/scalable/apps/ipclab.svg",
    }  # fmt: skip
    assert content.getmember("./usr/bin/ipclab").linkname == "../lib/ipclab/ipclab"
    assert "Qt.txt: Qt 6.8 (LGPL-3.0-only)" in _text(content, "usr/share/doc/ipclab/copyright")
    assert _text(content, "usr/share/doc/ipclab/changelog.gz").startswith(f"ipclab ({__version__}) ")


@needs_tools
def test_what_the_package_installs_is_roots_and_of_one_time(folder: Path, tmp_path: Path) -> None:
    members = list(_made(folder, tmp_path / "x.deb"))
    assert {(one.uid, one.gid, one.mtime) for one in members} == {(0, 0, WHEN)}
    modes = {one.name.removeprefix("./"): one.mode for one in members if one.isfile()}
    runs = {"usr/lib/ipclab/ipclab", f"usr/lib/ipclab/{WORKER}"}
    assert {name for name, mode in modes.items() if mode == 0o755} == runs
    assert {mode for name, mode in modes.items() if name not in runs} == {0o644}
    assert {one.mode for one in members if one.isdir()} == {0o755}


@needs_tools
def test_the_sums_are_those_of_the_files(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "x.deb"
    content = _made(folder, file)
    subprocess.run(["dpkg-deb", "--control", file, tmp_path / "control"], check=True)
    listed = (line.split("  ") for line in (tmp_path / "control" / "md5sums").read_text().splitlines())
    held = {one.name: content.extractfile(one) for one in content if one.isfile()}
    assert {f"./{name}": value for value, name in listed} == {
        name: md5(data.read()).hexdigest() for name, data in held.items() if data is not None
    }


@needs_tools
def test_made_twice_it_is_the_same(folder: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "1.deb", tmp_path / "2.deb"
    _made(folder, first)
    for file in folder.rglob("*"):
        os.utime(file, (0, 0), follow_symlinks=False)
    _made(folder, second)
    assert first.read_bytes() == second.read_bytes()


@needs_tools
def test_the_icons_are_as_large_as_they_say(folder: Path, tmp_path: Path) -> None:
    content = _made(folder, tmp_path / "x.deb")
    for one in content:
        if one.name.endswith(".png"):
            data = content.extractfile(one)
            assert data is not None
            picture = QImage.fromData(data.read())
            assert f"/{picture.width()}x{picture.height()}/" in one.name
            assert picture.pixelColor(picture.width() // 2, picture.height() // 8).name() == "#0b6784"


@needs_tools
def test_it_depends_on_the_packages_of_what_is_not_in_it(deb: SimpleNamespace, folder: Path) -> None:
    """dpkg-deb itself is linked to liblzma; once that lies in the folder, nobody need install it."""
    tool = shutil.which("dpkg-deb")
    assert tool is not None
    shutil.copy(tool, folder / "_internal")
    depends = deb.needed(folder)
    assert [one for one in depends if re.fullmatch(r"libc6 \(>= 2\.\d+\)", one)]
    assert {"liblzma5", "fontconfig-config", "xkb-data"} <= set(depends)
    (folder / "_internal" / "liblzma.so.5").write_text("stands for it")
    assert set(deb.needed(folder)) == set(depends) - {"liblzma5"}


@needs_tools
def test_a_library_that_nothing_brings_is_no_dependency(deb: SimpleNamespace) -> None:
    with pytest.raises(ValueError, match=r"libnothing\.so\.7 is not in the package"):
        deb.owner("libnothing.so.7")


def test_without_a_time_it_is_not_made(folder: Path, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "SOURCE_DATE_EPOCH"}
    command: list[str | Path] = [sys.executable, HERE / "deb.py", folder, tmp_path / "x.deb"]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "SOURCE_DATE_EPOCH has to say the time" in done.stderr
