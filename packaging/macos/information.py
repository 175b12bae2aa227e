"""What macOS reads of the application in its Info.plist; packaging/ipclab.spec hands it to PyInstaller."""

from __future__ import annotations

import re
from collections.abc import Iterable

NAME = "IPC Lab"
IDENTIFIER = "org.ipclab.ipclab"  # for ever: macOS keeps a person's permissions under it


def information(version: str, minimum: str) -> dict[str, object]:
    """Return what PyInstaller does not say by itself, or says otherwise.

    Args:
        version: it begins with three numbers, which is all that macOS may be told.
        minimum: the oldest macOS that the package runs on.
    """
    numbers = ".".join(re.findall("[0-9]+", version)[:3])
    return {
        "CFBundleDevelopmentRegion": "en",
        "CFBundleExecutable": "ipclab",
        "CFBundleShortVersionString": numbers,
        "CFBundleVersion": numbers,
        "LSApplicationCategoryType": "public.app-category.education",
        "LSBackgroundOnly": False,  # PyInstaller says True for all where any of the executables has no window
        "LSMinimumSystemVersion": minimum,
        "NSHighResolutionCapable": True,
        "NSHumanReadableCopyright": "IPC Lab contributors, MIT licence",
        "NSLocalNetworkUsageDescription": "In the experiment “Manager over a network” two computers share objects.",
        "NSPrincipalClass": "NSApplication",
    }


def oldest_system(wheels: Iterable[str], python: str) -> str:
    """Return the oldest macOS ("13.0") that all of the installed packages, and Python, say they run on.

    Args:
        wheels: the WHEEL file of each package; it has a tag for each kind of system on which it runs.
        python: MACOSX_DEPLOYMENT_TARGET of the Python that goes into the package.
    """
    needed = [_numbers(python)]
    for wheel in wheels:
        tags = re.findall(r"^Tag: .*-macosx_([0-9]+)_([0-9]+)_", wheel, re.MULTILINE)
        if tags:
            needed.append(min((int(major), int(minor)) for major, minor in tags))
    return "{}.{}".format(*max(needed))


def _numbers(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor.partition(".")[0] or 0)
