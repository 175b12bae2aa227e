"""The command `ipclab`: with words the command line, without any the window.

A spawned process imports this file again: nothing of Qt is imported before `main` has decided for the window.
"""

from __future__ import annotations

import os
import sys

NO_DISPLAY = 3  # exit code
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
NEEDS_NO_DISPLAY = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs", "vkkhrdisplay")  # Qt's platforms


def main() -> int:
    """Do what the words of the command line ask for and return the exit code."""
    try:
        if len(sys.argv) > 1:
            from ipclab import cli

            return cli.main(sys.argv[1:])
        import gc

        gc.disable()  # until all of the window is there: nothing is garbage yet, and looking for it takes 10 ms
        missing = missing_display()
        if missing:
            print(
                f"ipclab: The window cannot open, since {missing}; "
                "run an experiment in the terminal with ipclab run EXPERIMENT.",
                file=sys.stderr,
            )
            return NO_DISPLAY
        try:
            from ipclab_gui.app import main as open_window
        except ImportError as error:
            library = missing_library(error)
            if not library:
                raise
            print(
                f"ipclab: The window cannot open, since this system lacks {library}, which Qt needs: install it "
                "(README.md names its package on Debian), or run an experiment in the terminal with ipclab run "
                "EXPERIMENT.",
                file=sys.stderr,
            )
            return NO_DISPLAY
        return open_window()
    except KeyboardInterrupt:  # in the middle of an import; a run and the window have their own ways
        return INTERRUPTED


def missing_library(error: ImportError) -> str:
    """Return the system's library ("libEGL.so.1") without which a module of Qt could not be loaded; empty for others.

    The sentence is glibc's: `NAME: cannot open shared object file: No such file or directory`.
    """
    name, found, _ = str(error).partition(": cannot open shared object file")
    return name if found else ""


def missing_display() -> str:
    """Return why no window can open here ("no display is set"); empty where one can. Qt itself would abort."""
    if sys.platform in ("win32", "darwin"):
        return ""
    platforms = [name.partition(":")[0] for name in os.environ.get("QT_QPA_PLATFORM", "").split(";") if name]
    if any(name in NEEDS_NO_DISPLAY for name in platforms):
        return ""
    asked = []
    if not platforms or any(name.startswith("wayland") for name in platforms):
        asked.append(_no_wayland())
    if not platforms or "xcb" in platforms:
        asked.append(_no_x11())
    if not asked or "" in asked:  # a platform that this file does not know: Qt decides
        return ""
    return next((reason for reason in asked if reason.endswith("not answer")), "there is no display")


def _no_wayland() -> str:
    """Return why no Wayland compositor can be reached; empty where one answers."""
    if sys.platform == "win32":
        return "Windows has no Wayland"
    import socket

    name = os.environ.get("WAYLAND_DISPLAY", "")
    if not name:
        return "WAYLAND_DISPLAY is not set"
    path = os.path.join(os.environ.get("XDG_RUNTIME_DIR", ""), name)  # an absolute name stays as it is
    with socket.socket(socket.AF_UNIX) as there:
        try:
            there.connect(path)
        except OSError:
            return f"the Wayland display {name!r} does not answer"
    return ""


def _no_x11() -> str:
    """Return why no X server can be reached; empty where one answers, or where that cannot be asked. About 7 ms."""
    import ctypes

    name = os.environ.get("DISPLAY", "")
    if not name:
        return "DISPLAY is not set"
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:
        return ""
    x11.XOpenDisplay.restype = ctypes.c_void_p
    x11.XOpenDisplay.argtypes = [ctypes.c_char_p]
    x11.XCloseDisplay.argtypes = [ctypes.c_void_p]
    display = x11.XOpenDisplay(None)
    if not display:
        return f"the X server {name!r} does not answer"
    x11.XCloseDisplay(display)
    return ""


if __name__ == "__main__":
    sys.exit(main())
