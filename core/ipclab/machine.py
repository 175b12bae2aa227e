"""What a figure depends on beside the experiment: the machine, its system, this Python and the packages.

Nothing is imported to learn its version: versions are read from the packages' metadata. Any thread may call it.
"""

from __future__ import annotations

import os
import platform
import sys
from functools import cache
from pathlib import Path

import ipclab
from ipclab.catalog import start_methods

PACKAGES = {  # name as people say it, and the distributions that may bring it
    "PySide6": ("PySide6-Essentials", "PySide6"),
    "pyqtgraph": ("pyqtgraph",),
    "numpy": ("numpy",),
    "psutil": ("psutil",),
    "rich": ("rich",),
    "platformdirs": ("platformdirs",),
}


def environment() -> dict[str, object]:
    """Return all of it as plain data, as a run's JSON has it; None for a package that is not there."""
    return {
        "ipclab": ipclab.__version__,
        "build": build(),
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "gil": gil(),
        "system": system(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "processor": processor(),
        "cores": cores(),
        "start_methods": list(start_methods()),
        "packages": dict(packages()),
    }


def line() -> str:
    """Return it in a line: "Linux 6.1, 2 cores, CPython 3.11.7"."""
    count = cores()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{system()}, {count} core{'' if count == 1 else 's'}, {python}"


def report() -> str:
    """Return what a bug report needs, a line each, names left and values right."""
    facts = environment()
    threads = "" if facts["gil"] else ", without the GIL"
    known = [(name, version or "not installed") for name, version in packages().items()]
    qt = [("Qt", version) for name, version in known if name == "PySide6"]  # whose wheels bring the Qt of its version
    lines = [
        ("IPC Lab", f"{facts['ipclab']} ({facts['build']})"),
        ("Python", f"{facts['implementation']} {facts['python']}{threads}, {sys.executable}"),
        ("System", f"{facts['platform']}"),
        ("Processor", f"{processor() or facts['machine']}, {cores()} of {os.cpu_count()} cores usable"),
        ("Start methods", ", ".join(start_methods())),
        *qt,
        *known,
    ]
    wide = max(len(name) for name, _ in lines)
    return "\n".join(f"{name:{wide}}  {value}" for name, value in lines)


def build() -> str:
    """Tell how the lab was built: "package" where an installer brought it with a Python of its own, else "source"."""
    return "package" if getattr(sys, "frozen", False) else "source"


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def gil() -> bool:
    """Tell whether this Python runs one thread at a time."""
    enabled = getattr(sys, "_is_gil_enabled", None)  # since 3.13
    return enabled is None or bool(enabled())


def system() -> str:
    """Return the system and as much of its version as people say: "Linux 6.1", "Windows 11", "macOS 14.5"."""
    if sys.platform == "darwin":
        return f"macOS {platform.mac_ver()[0]}"
    release = platform.release()
    if sys.platform != "win32":
        release = ".".join(release.split("-")[0].split(".")[:2])
    return f"{platform.system()} {release}".strip()


@cache
def packages() -> dict[str, str | None]:
    """Return the versions of the packages that the lab stands on; None where one is not installed."""
    from importlib.metadata import PackageNotFoundError, version

    found: dict[str, str | None] = {}
    for name, distributions in PACKAGES.items():
        found[name] = None
        for distribution in distributions:
            try:
                found[name] = version(distribution)
                break
            except PackageNotFoundError:
                continue
    return found


@cache
def processor() -> str:
    """Return the processor's name as its maker spells it; empty where the system does not tell cheaply."""
    if sys.platform == "linux":
        try:
            with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
                for text in file:
                    key, _, value = text.partition(":")
                    if key.strip() in ("model name", "Model"):
                        return " ".join(value.split())
        except OSError:
            pass  # no /proc: a container without it
        return ""
    if sys.platform == "darwin":
        return ""  # only sysctl knows; a child is not cheap
    return os.environ.get("PROCESSOR_IDENTIFIER", "")
