"""What is known of the machine is true, plain data, and learnt without importing what it is about."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import ipclab
from ipclab import machine

CORE = str(Path(ipclab.__file__).parent.parent)


def test_the_environment_is_plain_data_and_says_what_a_figure_depends_on() -> None:
    about = machine.environment()
    assert json.loads(json.dumps(about)) == about
    assert about["ipclab"] == ipclab.__version__
    assert about["python"] == platform.python_version()
    assert about["build"] == "source"
    assert isinstance(about["start_methods"], list)
    assert "spawn" in about["start_methods"]


def test_versions_are_those_of_the_installed_packages() -> None:
    found = machine.packages()
    assert found["numpy"] == version("numpy")
    assert found["psutil"] == version("psutil")
    assert found["PySide6"] == version("PySide6-Essentials")


def test_a_package_that_is_not_there_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "PACKAGES", {"nothing": ("there-is-no-such-distribution",)})
    machine.packages.cache_clear()
    try:
        assert machine.packages() == {"nothing": None}
        assert re.search("^nothing +not installed$", machine.report(), re.MULTILINE)
    finally:
        machine.packages.cache_clear()


def test_the_line_names_system_cores_and_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "system", lambda: "Linux 6.1")
    monkeypatch.setattr(machine, "cores", lambda: 2)
    monkeypatch.setattr(platform, "python_version", lambda: "3.11.7")
    assert machine.line() == f"Linux 6.1, 2 cores, {platform.python_implementation()} 3.11.7"
    monkeypatch.setattr(machine, "cores", lambda: 1)
    assert ", 1 core, " in machine.line()


@pytest.mark.skipif(sys.platform != "linux", reason="Linux's own release")
@pytest.mark.parametrize(
    ("release", "said"),
    [("6.1.0-18-amd64", "Linux 6.1"), ("5.15.167.4-microsoft-standard-WSL2", "Linux 5.15"), ("6", "Linux 6")],
)
def test_a_release_is_said_as_people_say_it(monkeypatch: pytest.MonkeyPatch, release: str, said: str) -> None:
    monkeypatch.setattr(platform, "release", lambda: release)
    assert machine.system() == said


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="the system cannot limit a process's cores")
def test_cores_are_those_that_this_process_may_use() -> None:
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        assert machine.cores() == 1
    finally:
        os.sched_setaffinity(0, before)


def test_a_bug_report_has_a_line_for_everything() -> None:
    report = machine.report()
    for word in (
        "IPC Lab",
        "Python",
        "System",
        "Processor",
        "Start methods",
        "Qt",
        "PySide6",
        "pyqtgraph",
        "numpy",
        "psutil",
    ):
        assert re.search(f"^{word} ", report, re.MULTILINE), report
    assert sys.executable in report


def test_nothing_is_imported_to_learn_its_version() -> None:
    code = (
        "import sys; from ipclab import machine; machine.report(); machine.line();"
        "print(*({'PySide6', 'pyqtgraph', 'numpy', 'psutil', 'rich'} & set(sys.modules)))"
    )
    child = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": CORE}, capture_output=True, text=True, check=True
    )
    assert child.stdout.strip() == ""
