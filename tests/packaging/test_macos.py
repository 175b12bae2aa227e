"""What makes the package of macOS, as far as it can be tried elsewhere: its icon, Info.plist, and its layout."""

from __future__ import annotations

import json
import plistlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from ipclab import __version__
from ipclab.frozen import WORKER
from tests.cli.conftest import ROOT
from tests.packaging.conftest import SCRIPTS, script

BUILDER = ROOT / "build" / "venv" / "bin" / "python"  # made by packaging/build.py; it has PyInstaller
ICNS = {"ic11": 32, "ic12": 64, "ic07": 128, "ic13": 256, "ic08": 256, "ic14": 512, "ic09": 512, "ic10": 1024}

# PyInstaller's own bundling, with a stand-in for each kind of file; what only macOS can do is left out: signing, and
# writing into libraries where others lie.
BUNDLING = """
import json, sys
from pathlib import Path
from types import SimpleNamespace
from PyInstaller import config
from PyInstaller.building import osx

made, icon, scripts = map(Path, sys.argv[1:])
sys.path.append(str(scripts))
from macos.information import IDENTIFIER, NAME, information

signed = []
osx.is_darwin = True
osx.BUNDLE.upx_exclude = []  # else COLLECT's
osx.process_collected_binary = lambda source, name, **options: source
osx.osxutils = SimpleNamespace(
    sign_binary=lambda name, identity, entitlements, deep: signed.append([name, identity, deep])
)
config.CONF |= {"specpath": str(made), "distpath": str(made), "workpath": str(made), "specnm": "ipclab", "warnfile": ""}
content = [
    ("ipclab", "EXECUTABLE"), ("ipclab-worker", "EXECUTABLE"), ("Python", "BINARY"), ("base_library.zip", "DATA"),
    ("PySide6/QtCore.abi3.so", "EXTENSION"), ("PySide6/Qt/plugins/platforms/libqcocoa.dylib", "BINARY"),
    ("ipclab/lab.py", "DATA"), ("ipclab_resources/guides/pipe.md", "DATA"), ("numpy/.dylibs/libblas.dylib", "BINARY"),
    ("numpy-2.4.dist-info/METADATA", "DATA"),
]
toc = []
for name, kind in content:
    file = made / "from" / kind / name  # a program and a folder have one name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(name)
    toc.append((name, str(file), kind))
told = information("1.2.3rc4", "13.0")
osx.BUNDLE(toc, name=f"{NAME}.app", icon=str(icon), bundle_identifier=IDENTIFIER, info_plist=told)
print(json.dumps(signed))
"""


@pytest.fixture
def icon(tmp_path: Path) -> Path:
    file = tmp_path / "ipclab.icns"
    subprocess.run([sys.executable, SCRIPTS / "icon.py", file], check=True)
    return file


def test_the_icon_has_all_sizes(icon: Path) -> None:
    data = icon.read_bytes()
    assert data[:4] == b"icns"
    assert int.from_bytes(data[4:8], "big") == len(data)
    found, at = {}, 8
    while at < len(data):
        kind, length = data[at : at + 4].decode(), int.from_bytes(data[at + 4 : at + 8], "big")
        picture = QImage.fromData(data[at + 8 : at + length])
        found[kind] = picture.width()
        assert picture.height() == picture.width()
        assert picture.pixelColor(picture.width() // 2, picture.height() // 40).alpha() == 0  # the margin
        assert picture.pixelColor(picture.width() // 2, picture.height() // 6).name() == "#0b6784"
        at += length
    assert found == ICNS


def test_information_holds_what_apple_asks_for() -> None:
    """The forms are those of Apple's "Information Property List"."""
    told = plistlib.loads(plistlib.dumps(script("macos/information.py").information("1.2.3rc4", "13.0")))
    assert told["CFBundleShortVersionString"] == told["CFBundleVersion"] == "1.2.3"
    assert told["LSMinimumSystemVersion"] == "13.0"
    assert told["LSApplicationCategoryType"] == "public.app-category.education"
    assert told["NSLocalNetworkUsageDescription"].endswith(".")
    ours = script("macos/information.py").information(__version__, "13.0")
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+", ours["CFBundleVersion"])
    assert re.fullmatch(r"[A-Za-z0-9.-]+", script("macos/information.py").IDENTIFIER)


@pytest.mark.parametrize(
    ("wheels", "python", "oldest"),
    [
        pytest.param([], "11.0", "11.0", id="Python alone"),
        pytest.param(["Tag: py3-none-any\n"], "10.15", "10.15", id="one that runs everywhere"),
        pytest.param(
            ["Tag: cp39-abi3-macosx_13_0_universal2\n", "Tag: cp313-cp313-macosx_14_0_arm64\n"],
            "11.0",
            "14.0",
            id="two",
        ),
        pytest.param(
            ["Tag: cp36-abi3-macosx_10_9_x86_64\nTag: cp36-abi3-macosx_11_0_arm64\n"], "10.13", "10.13", id="two tags"
        ),
        pytest.param(["Tag: cp313-cp313-macosx_10_15_x86_64\n"], "10.9", "10.15", id="numbers, not letters"),
        pytest.param([], "12", "12.0", id="no second number"),
    ],
)
def test_the_oldest_system_is_what_all_parts_run_on(wheels: list[str], python: str, oldest: str) -> None:
    assert script("macos/information.py").oldest_system(wheels, python) == oldest


def test_the_hardened_runtime_is_asked_for_one_thing() -> None:
    asked = plistlib.loads((SCRIPTS / "macos" / "entitlements.plist").read_bytes())
    assert asked == {"com.apple.security.cs.allow-unsigned-executable-memory": True}


@pytest.mark.skipif(sys.platform == "win32", reason="links are another thing here")
@pytest.mark.skipif(not BUILDER.exists(), reason="PyInstaller is not here: python packaging/build.py brings it")
def test_pyinstaller_lays_the_application_out_as_apple_signs_it(icon: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [BUILDER, "-c", BUNDLING, tmp_path, icon, SCRIPTS], check=False, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    app = tmp_path / "IPC Lab.app"
    assert json.loads(done.stdout.splitlines()[-1]) == [[str(app), None, True]]  # last, all of it, and without a name

    contents = app / "Contents"
    told = plistlib.loads((contents / "Info.plist").read_bytes())
    assert told["CFBundlePackageType"] == "APPL"
    assert told["CFBundleInfoDictionaryVersion"] == "6.0"
    assert (told["CFBundleName"], told["CFBundleDisplayName"]) == ("IPC Lab", "IPC Lab")
    assert told["CFBundleIdentifier"] == script("macos/information.py").IDENTIFIER
    assert told["CFBundleShortVersionString"] == "1.2.3"
    assert (contents / "MacOS" / told["CFBundleExecutable"]).read_text() == "ipclab"
    assert (contents / "Resources" / told["CFBundleIconFile"]).read_bytes() == icon.read_bytes()
    assert told["LSBackgroundOnly"] is False  # with True it would have no window

    assert {file.name for file in (contents / "MacOS").iterdir()} == {"ipclab", WORKER}
    libraries, data = contents / "Frameworks", contents / "Resources"
    for name in ("PySide6/QtCore.abi3.so", "Python", "numpy/.dylibs/libblas.dylib"):
        assert (libraries / name).read_text() == name
        assert libraries in (libraries / name).resolve().parents  # code, where it is signed
    for name in ("ipclab/lab.py", "ipclab_resources/guides/pipe.md", "numpy-2.4.dist-info/METADATA"):
        assert (libraries / name).read_text() == name  # where the package looks for it
        assert data in (libraries / name).resolve().parents  # no code
    dotted = [file for file in libraries.rglob("*") if "." in file.name and file.is_dir() and not file.is_symlink()]
    assert dotted == []  # codesign takes such a folder for a bundle
