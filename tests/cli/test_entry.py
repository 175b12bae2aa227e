"""The command `ipclab` itself: with words the command line, without any the window, where there is a display."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import types
from pathlib import Path

import pytest

from ipclab_gui import __main__ as entry
from tests.cli.conftest import Command, environment

BARE: dict[str, str | None] = {"DISPLAY": None, "WAYLAND_DISPLAY": None, "QT_QPA_PLATFORM": None}

linux = pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the display is always there")


@linux
@pytest.mark.parametrize(
    ("display", "why"),
    [
        pytest.param({}, "there is no display", id="none"),
        pytest.param({"DISPLAY": ":9999"}, "the X server ':9999' does not answer", id="dead X server"),
        pytest.param(
            {"WAYLAND_DISPLAY": "wayland-9"}, "the Wayland display 'wayland-9' does not answer", id="dead Wayland"
        ),
        pytest.param({"QT_QPA_PLATFORM": "xcb"}, "there is no display", id="X asked for, none there"),
        pytest.param({"QT_QPA_PLATFORM": "wayland;xcb"}, "there is no display", id="either asked for, none there"),
    ],
)
def test_without_a_display_one_sentence_names_the_terminal_and_the_exit_code_is_3(
    ipclab: Command, display: dict[str, str], why: str
) -> None:
    done = ipclab(**{**BARE, **display})
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        f"ipclab: The window cannot open, since {why}; run an experiment in the terminal with ipclab run EXPERIMENT.\n"
    )


@linux
def test_an_x_server_that_answers_is_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    if not os.environ.get("DISPLAY"):
        pytest.skip("no X server here")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert entry.missing_display() == ""


@linux
def test_a_wayland_compositor_that_takes_connections_is_a_display(
    monkeypatch: pytest.MonkeyPatch, own_home: Path
) -> None:
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.setenv("WAYLAND_DISPLAY", "w")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(own_home))
    with socket.socket(socket.AF_UNIX) as compositor:
        compositor.bind(str(own_home / "w"))
        compositor.listen()
        assert entry.missing_display() == ""


@pytest.mark.parametrize("platform", ["offscreen", "offscreen:configfile=x.json", "minimal", "vnc", "something-new"])
def test_a_platform_that_needs_no_server_needs_no_display(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    assert entry.missing_display() == ""


def test_without_words_the_window_opens_and_its_exit_code_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    app = types.ModuleType("ipclab_gui.app")
    app.main = lambda: 7  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ipclab_gui.app", app)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(sys, "argv", ["ipclab"])
    assert entry.main() == 7


def test_ctrl_c_while_the_window_is_being_imported_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> int:
        raise KeyboardInterrupt

    app = types.ModuleType("ipclab_gui.app")
    app.main = interrupted  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "ipclab_gui.app", app)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    monkeypatch.setattr(sys, "argv", ["ipclab"])
    assert entry.main() == 130


def test_a_process_that_imports_the_entry_again_pays_for_nothing() -> None:
    code = "import os, sys; before = set(sys.modules); import ipclab_gui.__main__; print(*set(sys.modules) - before)"
    child = subprocess.run(
        [sys.executable, "-S", "-c", code], env=environment(), capture_output=True, text=True, check=True
    )
    loaded = set(child.stdout.split()) - {"__future__", "_distutils_hack"}
    assert loaded == {"ipclab_gui", "ipclab_gui.__main__"}


def test_a_library_that_the_system_lacks_is_named_in_one_sentence_instead_of_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Missing:
        """Finds the lab's application, and glibc's words when it is loaded; `name` is of the library."""

        name = "libEGL.so.1: cannot open shared object file: No such file or directory"

        def find_spec(self, module: str, *_: object) -> None:
            if module == "ipclab_gui.app":
                raise ImportError(self.name)

    monkeypatch.delitem(sys.modules, "ipclab_gui.app", raising=False)
    missing = Missing()
    monkeypatch.setattr("sys.meta_path", [missing, *sys.meta_path])
    monkeypatch.setattr("sys.argv", ["ipclab"])
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert entry.main() == entry.NO_DISPLAY
    out, err = capsys.readouterr()
    assert not out
    assert err.startswith("ipclab: The window cannot open, since this system lacks libEGL.so.1, which Qt needs: ")
    assert err.count("\n") == 1
    missing.name = "cannot import name 'QtWidgets' from 'PySide6'"  # no matter of the system: a report of its own
    with pytest.raises(ImportError, match="QtWidgets"):
        entry.main()
