"""Promises of the project as a whole: what imports what, what is locked, what the repository may hold."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement

import ipclab
import ipclab_gui

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("core", "gui", "resources")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = ("linux", "darwin", "win32")
LONG = 400  # lines
REASON = "# Long because"


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=90, check=False)


# -------------------------------------------------------------------------------------------------------- imports


@pytest.mark.smoke
def test_the_engine_reaches_no_qt() -> None:
    done = run_python("""
import importlib, pkgutil, sys
import ipclab
for module in pkgutil.walk_packages(ipclab.__path__, "ipclab."):
    if not module.name.startswith("ipclab.runner.system."):  # which imports this system's
        importlib.import_module(module.name)
print(sorted({name.partition(".")[0] for name in sys.modules} & {"PySide6", "shiboken6", "pyqtgraph", "ipclab_gui"}))
""")
    assert done.stdout == "[]\n", done.stderr


@pytest.mark.smoke
def test_a_worker_imports_nothing_that_was_installed() -> None:
    done = run_python("""
import importlib, pkgutil, sys
before = set(sys.modules)
import ipclab.boot, ipclab.experiments
for module in pkgutil.iter_modules(ipclab.experiments.__path__, "ipclab.experiments."):
    importlib.import_module(module.name)
files = {name: getattr(sys.modules[name], "__file__", None) or "" for name in set(sys.modules) - before}
print(sorted(name for name, file in files.items() if "site-packages" in file and not name.startswith("ipclab")))
""")
    assert done.stdout == "[]\n", done.stderr


def test_the_main_module_is_lean() -> None:
    done = run_python("import sys, ipclab_gui.__main__; print([name for name in sys.modules if 'PySide6' in name])")
    assert done.stdout == "[]\n", done.stderr


# --------------------------------------------------------------------------------------------------- dependencies


def locked(name: str) -> list[Requirement]:
    """Return the requirements of a lock, checked for their form: pinned, hashed, from no host in particular."""
    text = (ROOT / name).read_text()
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links|file:| @ ", text)
    entries = re.split(r"\n(?=\S)", "\n".join(line for line in text.splitlines() if not line.startswith("#")))
    found = []
    for entry in filter(str.strip, entries):
        first, *hashes = [line.strip().rstrip("\\").strip() for line in entry.splitlines()]
        assert hashes
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", line) for line in hashes), entry
        requirement = Requirement(first)
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), entry
        found.append(requirement)
    return found


def applies(requirement: Requirement, python: str, system: str) -> bool:
    environment = {
        **default_environment(),
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": system,
        "platform_python_implementation": "CPython",
    }
    return requirement.marker is None or requirement.marker.evaluate({k: str(v) for k, v in environment.items()})


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_the_lock_covers_every_dependency(python: str, system: str) -> None:
    lock = [requirement for requirement in locked("requirements.lock") if applies(requirement, python, system)]
    versions = {requirement.name.lower(): next(iter(requirement.specifier)).version for requirement in lock}
    assert len(versions) == len(lock), "a package is locked twice"
    for dependency in map(Requirement, PROJECT["dependencies"]):
        if applies(dependency, python, system):
            assert dependency.specifier.contains(versions[dependency.name.lower()]), dependency


def test_the_lock_for_packages_holds_its_tool_for_every_system() -> None:
    for system in SYSTEMS:
        names = {one.name for one in locked("packaging/requirements.lock") if applies(one, "3.11", system)}
        assert {"pyinstaller", "pyinstaller-hooks-contrib"} <= names


def test_the_version_stands_in_one_place() -> None:
    text = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert text["project"]["dynamic"] == ["version"]
    place = text["tool"]["hatch"]["version"]["path"]
    assert place == "core/ipclab/__init__.py"
    said = (ROOT / place).read_text()
    assert f'__version__ = "{ipclab.__version__}"' in said
    again = re.compile(rf"""["'=v]{re.escape(ipclab.__version__)}["']""")
    found = [path for path in sources(*FOLDERS, "packaging") if again.search(path.read_text())]
    assert [path.relative_to(ROOT).as_posix() for path in found] == [place]


def test_packaging_is_no_package() -> None:
    """With an `__init__.py` it would hide the library of this name, which pip and PyInstaller import."""
    assert not (ROOT / "packaging" / "__init__.py").exists()


def test_the_lock_of_the_tools_agrees_with_that_of_the_lab() -> None:
    lab = {str(requirement) for requirement in locked("requirements.lock")}
    names = {Requirement(text).name for text in lab}
    tools = locked("requirements-dev.lock")
    assert {"pytest", "pytest-qt", "pytest-timeout", "ruff", "mypy", "import-linter"} <= {tool.name for tool in tools}
    assert {str(tool).partition(";")[0] for tool in tools if tool.name in names} <= {
        text.partition(";")[0] for text in lab
    }


@pytest.mark.parametrize(("python", "allowed"), [("3.11", False), ("3.12", True), ("3.14", True)])
def test_pyside_6_12_0_is_for_pythons_with_immortal_objects(python: str, allowed: bool) -> None:
    requirements = [Requirement(text) for text in PROJECT["dependencies"] if text.startswith("PySide6")]
    bounds = [requirement.specifier for requirement in requirements if applies(requirement, python, "linux")]
    assert len(bounds) == 1
    assert bounds[0].contains("6.11.3")
    assert bounds[0].contains("6.12.0") is allowed


@pytest.mark.smoke
def test_signals_and_setters_lose_no_references() -> None:
    """PySide6 6.12.0 on Python 3.11 aborts here, or when the process ends."""
    done = run_python("""
import os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QLabel
class Sender(QObject):
    sent = Signal(object)
app = QApplication([])
sender, label = Sender(), QLabel()
sender.sent.connect(lambda value: None)
before = sys.getrefcount(True), sys.getrefcount(None)
for number in range(2_000):
    sender.sent.emit(number)
for number in range(20_000):
    label.setIndent(number % 9)
after = sys.getrefcount(True), sys.getrefcount(None)
print(before[0] - after[0] < 1_000, before[1] - after[1] < 1_000)
""")
    assert (done.returncode, done.stdout) == (0, "True True\n"), done.stderr


# ------------------------------------------------------------------------------------------------- the repository


def tracked() -> list[Path]:
    """Return the files under version control; skips where git or its folder is missing."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a checkout that git can list")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def test_names_no_place_of_the_machine_it_was_written_on() -> None:
    places = re.compile(r"/[w]ork/|[.][.]/shared|[p]ypi[.]org|[p]ythonhosted")  # does not find itself
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in tracked()
        if path.suffix not in {".png", ".ico", ".icns", ".svgz"}
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if places.search(line)
    ]
    assert found == []


def test_the_folder_packaging_hides_no_library() -> None:
    assert not (ROOT / "packaging" / "__init__.py").exists()


def test_a_long_file_says_why_it_is_long() -> None:
    long = [path for path in sources(*FOLDERS) if len(path.read_text().splitlines()) > LONG]
    assert [str(path.relative_to(ROOT)) for path in long if REASON not in path.read_text()] == []


def modules_of_the_window() -> Iterator[ModuleType]:
    for module in pkgutil.walk_packages(ipclab_gui.__path__, "ipclab_gui."):
        yield importlib.import_module(module.name)


def classes_of(module: ModuleType) -> Iterator[type]:
    return (item for item in vars(module).values() if isinstance(item, type) and item.__module__ == module.__name__)


def is_inherited(owner: type, name: str) -> bool:
    return any(hasattr(base, name) for base in owner.__mro__[1:])


def test_the_windows_own_methods_are_snake_case_and_documented() -> None:
    """Ruff cannot tell an override of Qt, which keeps Qt's name and meaning, from a method of ours."""
    wrong = [
        f"{owner.__module__}.{owner.__name__}.{name}"
        for module in modules_of_the_window()
        for owner in classes_of(module)
        for name, member in vars(owner).items()
        if isinstance(member, FunctionType) and not name.startswith("_") and not is_inherited(owner, name)
        if name != name.lower() or not member.__doc__
    ]
    assert wrong == []


def test_no_exception_is_swallowed_whole() -> None:
    found = []
    for path in sources(*FOLDERS):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler) and all(isinstance(step, ast.Pass) for step in node.body):
                broad = node.type is None or (isinstance(node.type, ast.Name) and "Exception" in node.type.id)
                if broad:
                    found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert found == []
