"""The licences of a package: everything in it has one, or it is not built. `packaging/licences.py` collects them."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import sysconfig
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType

import pytest
from PySide6 import QtCore

from ipclab_gui.licences import FOLDER, INDEX
from tests.packaging.conftest import inside

ROOT = Path(__file__).resolve().parents[2]
SITE = Path(sysconfig.get_path("purelib"))
NUMPY = Path(str(distribution("numpy").locate_file("numpy/__init__.py")))
SHORT = 400  # characters: a licence is no shorter

debian_only = pytest.mark.skipif(not shutil.which("dpkg"), reason="asks Debian's packages")


@pytest.fixture(scope="module")
def collector() -> ModuleType:
    spec = importlib.util.spec_from_file_location("licences", ROOT / "packaging" / "licences.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["licences"] = module  # dataclasses look there
    spec.loader.exec_module(module)
    found = module.distribution
    # The tool that builds packages is not installed beside the lab; one that is stands for it.
    module.distribution = lambda name: found("pluggy" if name == "pyinstaller" else name)  # type: ignore[attr-defined]
    return module


def entry(source: Path, name: str = "") -> tuple[str, str, str]:
    return (name or source.name, str(source), "DATA")


def written(folder: Path) -> dict[str, str]:
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    return {one["name"]: (folder / one["file"]).read_text(encoding="utf-8") for one in index}


def test_each_part_gets_its_text_and_the_index_names_it(collector: ModuleType, tmp_path: Path) -> None:
    entries = [entry(NUMPY), entry(Path(json.__file__)), entry(ROOT / "run.py"), entry(Path(QtCore.__file__))]
    made = collector.collect(entries[:2] + entries[3:], tmp_path / "licences")
    assert {name for name, _, _ in made} == {f"{FOLDER}/{one.name}" for one in (tmp_path / "licences").iterdir()}
    texts = written(tmp_path / "licences")
    assert set(texts) == {"IPC Lab", "numpy", "CPython", "pluggy", "Qt for Python"}
    assert "OpenBLAS" in texts["numpy"]
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in texts["Qt for Python"]
    assert "GNU GENERAL PUBLIC LICENSE" in texts["Qt for Python"]
    version = distribution("PySide6-Essentials").version
    assert f"the folder of version {version}" in texts["Qt for Python"]  # where its source is
    assert "@" not in texts["Qt for Python"].partition("=====")[0]


def test_qts_libraries_bring_those_of_what_is_inside_them(collector: ModuleType) -> None:
    core = next((Path(QtCore.__file__).parent / "Qt" / "lib").glob("*Qt6Core*"), None)
    if core is None:
        pytest.skip("Qt lies elsewhere on this system")
    parts, wrong = collector.parts_of([entry(core), entry(core, "libicudata.so.73")], [])
    assert wrong == []
    texts = {one.name: one.read() for one in parts}
    assert {"Qt", "Qt for Python", "Qt: parts of other projects", "ICU"} <= set(texts)
    for name in ("FreeType", "harfbuzz", "pcre2", "libpng", "zlib", "libjpeg", "md4c", "double-conversion"):
        assert name in texts["Qt: parts of other projects"]


@debian_only
def test_a_library_of_the_system_brings_its_packages_copyright(collector: ModuleType) -> None:
    listed = subprocess.run(["dpkg", "-L", "zlib1g"], capture_output=True, text=True, check=False).stdout.split()
    library = next((Path(one) for one in listed if re.search(r"libz\.so\.[\d.]+$", one)), None)
    if library is None:
        pytest.skip("zlib1g is not installed")
    parts, wrong = collector.of_system([library])
    assert (wrong, [one.name for one in parts]) == ([], ["zlib"])
    assert "Jean-loup Gailly" in parts[0].read()
    assert re.match(r"Its source is the source package zlib \S+ of \w+", parts[0].read())


def test_a_text_that_refers_to_another_has_it(
    collector: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collector, "COMMON", tmp_path)
    (tmp_path / "GPL-3").write_text("the whole of it")
    part = collector._debian("gcc", "12", "License: GPL-3\n The text is in /usr/share/common-licenses/GPL-3.\n")
    assert part.terms == "GPL-3"
    assert part.read().endswith("the whole of it")


def test_a_file_of_nobody_ends_the_build(collector: ModuleType, tmp_path: Path) -> None:
    (tmp_path / "libstrange.so.1").touch()
    with pytest.raises(SystemExit) as ended:
        collector.collect([entry(tmp_path / "libstrange.so.1")], tmp_path / "build" / "licences")
    assert str(tmp_path / "libstrange.so.1") in str(ended.value)
    assert not (tmp_path / "build").exists()


def test_a_distribution_without_a_text_ends_the_build(collector: ModuleType, tmp_path: Path) -> None:
    fontpkg = distribution("fontpkg")
    file = next(Path(str(fontpkg.locate_file(one))) for one in fontpkg.files or () if one.name == "__init__.py")
    with pytest.raises(SystemExit, match=r"fontpkg \S+ brings no text of its licence \(MIT\)"):
        collector.collect([entry(file)], tmp_path / "licences")


def test_what_the_lab_wrote_itself_is_its_own(collector: ModuleType, tmp_path: Path) -> None:
    ours = [entry(ROOT / "core" / "ipclab" / "clock.py"), entry(tmp_path / "build" / "base_library.zip")]
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "base_library.zip").touch()
    parts, wrong = collector.parts_of(ours, [*collector.OURS, tmp_path / "build"])
    assert (wrong, [one.name for one in parts]) == ([], ["IPC Lab", "pluggy"])


def test_every_text_that_is_kept_is_used(collector: ModuleType) -> None:
    import tomllib

    tables = tomllib.loads((collector.KEPT / "parts.toml").read_text(encoding="utf-8"))["part"]
    used = {name for table in tables for name in collector.Kept(**table).texts}
    assert {file.name for file in collector.KEPT.iterdir()} == used | {"parts.toml"}


# -------------------------------------------------------------------------------------------------- of a package


def test_a_package_has_the_licence_of_all_that_is_in_it(package: Path) -> None:
    content = inside(package)
    texts = written(content / FOLDER)
    assert {file.name for file in (content / FOLDER).iterdir()} >= {INDEX}
    assert [name for name, text in texts.items() if len(text) < SHORT] == []
    names = {re.sub(r"[-_.]+", "-", name.lower()) for name in texts}
    assert {"ipc-lab", "qt", "qt for python", "cpython", "numpy", "pyqtgraph", "psutil", "pyinstaller"} <= {
        name.replace("ipc lab", "ipc-lab") for name in names
    }
    for folder in content.glob("*.dist-info"):
        name = re.sub(r"[-_.]+", "-", folder.name.partition("-")[0].lower())
        assert name in names or name.startswith(("pyside6", "shiboken6")), folder
    if sys.platform == "linux":
        assert "icu" in names
        assert "GCC RUNTIME LIBRARY EXCEPTION" in texts["numpy"]  # of OpenBLAS's libgfortran
    assert "Bootloader Exception" in next(text for name, text in texts.items() if name.lower() == "pyinstaller")
    assert "SIL OPEN FONT LICENSE" in texts["fontpkg-inter"]
    if (content / "libssl.so.3").exists():
        assert "Apache License" in texts["openssl"]
