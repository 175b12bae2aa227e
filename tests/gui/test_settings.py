"""What the window remembers, and what becomes of a file that is broken, strange or out of reach."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ipclab_gui import settings, theme
from ipclab_gui.dock_widths import DOCKS, DOCKS_NARROW, WIDE
from ipclab_gui.settings import Settings
from ipclab_gui.window import MainWindow
from tests.gui.conftest import Open
from tests.gui.formed import type_into
from tests.gui.pressed import CONTROL, menu, press

FULL = Settings(
    geometry="AAAA", docks="BBBB", theme="Dark", experiment="deadlock",
    parameters={"pipe": {"preset": "A stream", "texts": {"count": "12", "messages": "größer, \u2028"}}}, done=["pipe"],
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings" / "window.json"


def write(file: Path, held: object) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(held if isinstance(held, str) else json.dumps(held), encoding="utf-8")
    return file


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# the file


def test_what_is_saved_is_loaded_again(file: Path) -> None:
    settings.save(file, FULL)
    assert settings.load(file) == FULL
    assert names(file.parent) == ["window.json"]
    assert json.loads(file.read_text(encoding="utf-8"))["format"] == settings.FORMAT


def test_it_lies_where_this_system_keeps_settings(own_home: Path) -> None:
    place = settings.place()
    assert place is not None
    assert place.name == "window.json"
    assert place.is_relative_to(own_home)
    assert not place.exists()


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "null", "[]", "42", '"text"', '{"format": 1', "\ufeff{}", "[" * 100_000, '{"format": 0}', "{}",
        '{"format": true, "theme": "Dark"}', '{"format": "1", "theme": "Dark"}', '{"format": null}',
        '{"theme": "Dark"}',
    ],
)  # fmt: skip
def test_a_file_that_is_not_of_our_making_is_a_fresh_start(file: Path, text: str) -> None:
    assert settings.load(write(file, text)) == Settings()


def test_bytes_that_are_no_text_are_a_fresh_start(file: Path) -> None:
    write(file, "")
    file.write_bytes(b"\xff\xfe\x00{")
    assert settings.load(file) == Settings()


def test_no_file_and_a_folder_in_its_place_are_a_fresh_start(file: Path) -> None:
    assert settings.load(file) == Settings()
    file.mkdir(parents=True)
    assert settings.load(file) == Settings()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFO in a folder")
def test_a_fifo_in_its_place_is_not_waited_for_and_gives_way_to_a_file(file: Path) -> None:
    file.parent.mkdir()
    os.mkfifo(file)
    loaded: list[Settings] = []
    reading = threading.Thread(target=lambda: loaded.append(settings.load(file)), daemon=True)
    reading.start()
    reading.join(10)
    waited = reading.is_alive()
    if waited:
        file.write_text("")  # which lets it go on
        reading.join()
    assert not waited
    assert loaded == [Settings()]
    settings.save(file, FULL)
    assert settings.load(file) == FULL


HOSTILE: dict[str, list[Any]] = {
    "geometry": [None, 3, ["AAAA"], {}],
    "docks": [None, True, {"a": 1}],
    "theme": [None, 1, ["Dark"]],
    "experiment": [None, 0, {}],
    "parameters": [None, [], "pipe", {"pipe": 3}, {"pipe": ["preset"]}],
    "done": [None, "pipe", {"pipe": 1}],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, found in HOSTILE.items() for value in found])
def test_a_value_of_another_kind_is_left_out_and_the_others_are_kept(file: Path, name: str, value: object) -> None:
    held = {"format": 1, "theme": "Light", "experiment": "deadlock", name: value}
    wanted = Settings(theme="Light", experiment="deadlock")
    setattr(wanted, name, getattr(Settings(), name))
    assert settings.load(write(file, held)) == wanted


def test_what_is_wrong_within_parameters_and_runs_is_left_out(file: Path) -> None:
    about = {"pipe": {"preset": 3, "texts": {"count": 5, "messages": "a"}}, "deadlock": {"texts": "none"}, "x": None}
    loaded = settings.load(write(file, {"format": 1, "parameters": about, "done": ["pipe", None, 3, ["a"]]}))
    assert loaded.parameters == {
        "pipe": {"preset": "", "texts": {"messages": "a"}}, "deadlock": {"preset": "", "texts": {}},
    }  # fmt: skip
    assert loaded.done == ["pipe"]


# an update, and back


def held_by(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def test_names_that_this_lab_does_not_know_stay_in_the_file(open_window: Open, file: Path) -> None:
    about = {"preset": "", "texts": {"messages": "one, two"}, "order": [1, 2]}
    held = {"format": 1, "theme": "Dark", "library": {"sort": "date"}, "parameters": {"pipe": about}}
    assert settings.load(write(file, held)).theme == "Dark"
    window = open_window("pipe", file=file)
    type_into(window.workspace.form, "messages", "three")
    window.close()
    after = held_by(file)
    assert (after["theme"], after["library"]) == ("Dark", {"sort": "date"})
    assert after["parameters"]["pipe"]["order"] == [1, 2]
    assert after["parameters"]["pipe"]["texts"]["messages"] == "three"
    assert names(file.parent) == ["window.json"]


def test_what_an_older_lab_did_not_write_yet_is_as_it_is_at_first_and_the_rest_is_kept(
    open_window: Open, file: Path
) -> None:
    write(file, {"format": 1, "theme": "Light", "experiment": "deadlock"})
    window = open_window(file=file)
    assert (window.workspace.outline.name, window.settings.done) == ("deadlock", [])
    window.close()
    assert held_by(file)["theme"] == "Light"
    assert names(file.parent) == ["window.json"]


def test_a_file_of_a_newer_format_is_understood_as_far_as_it_goes_and_left_as_it_is(
    open_window: Open, file: Path
) -> None:
    newer = {"format": settings.FORMAT + 1, "theme": "Dark", "experiment": "deadlock", "docks": {"left": 3}}
    before = write(file, newer).read_bytes()
    window = open_window(file=file)
    assert window.workspace.outline.name == "deadlock"
    menu(window, "View")["Light"].trigger()
    window.close()
    assert file.read_bytes() == before
    own = file.with_name("window.format-1.json")
    assert names(file.parent) == [own.name, file.name]
    assert (held_by(own)["format"], held_by(own)["theme"]) == (1, "Light")
    assert settings.load(file).theme == "Light"  # its own, once there are some
    again = settings.load(file)
    again.theme = "System"
    settings.save(file, again)
    assert (settings.load(file).theme, file.read_bytes()) == ("System", before)


@pytest.mark.parametrize("text", ["{", "my own notes", '{"format": "mine"}', '{"theme": "Dark"}'])
def test_what_is_no_file_of_the_labs_is_set_aside(file: Path, text: str) -> None:
    write(file, text)
    settings.save(file, FULL)
    assert settings.load(file) == FULL
    assert file.with_name("window.json.bak").read_text() == text
    settings.save(file, FULL)
    assert names(file.parent) == ["window.json", "window.json.bak"]


def test_a_save_that_fails_leaves_the_old_file_whole(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.save(file, FULL)
    before = file.read_bytes()

    def full(self: Path, text: str, **_: object) -> int:
        with self.open("w") as half:
            half.write(text[:20])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    settings.save(file, Settings(theme="Light"))
    assert file.read_bytes() == before
    assert names(file.parent) == ["window.json"]


def test_a_reader_sees_the_old_file_or_the_new_one_and_nothing_between(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.save(file, FULL)
    seen: list[Settings] = []
    replace = Path.replace

    def looked_at(self: Path, target: Path) -> Path:
        seen.append(settings.load(file))
        assert json.loads(self.read_text(encoding="utf-8"))["theme"] == "Light"  # whole before it has the name
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", looked_at)
    settings.save(file, Settings(theme="Light"))
    assert seen == [FULL]
    assert settings.load(file) == Settings(theme="Light")


def test_a_place_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("no folder")
    settings.save(tmp_path / "a file" / "window.json", FULL)
    assert (tmp_path / "a file").read_text() == "no folder"
    folder = tmp_path / "window.json"
    folder.mkdir()
    (folder / "something").touch()
    settings.save(folder, FULL)  # a folder bears its name
    assert names(tmp_path) == ["a file", "window.json"]


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="nothing is read-only for this user")
def test_a_folder_that_is_read_only_is_done_without(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    settings.save(tmp_path / "window.json", FULL)
    tmp_path.chmod(0o700)
    assert names(tmp_path) == []


# the window


NO_HOME = """
import pwd, sys
def nobody(_user):
    raise KeyError("no entry")
pwd.getpwuid = nobody
from ipclab_gui import app, window
def complete(self):
    before(self)
    print(self.status.currentMessage())
    self.close()
before, window.MainWindow._complete = window.MainWindow._complete, complete
sys.exit(app.main(["ipclab"]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="every user of Windows has a profile")
def test_a_user_without_a_home_folder_gets_a_window_that_remembers_nothing_and_says_so(tmp_path: Path) -> None:
    known = {name: value for name, value in os.environ.items() if name != "HOME" and not name.endswith("_HOME")}
    said = subprocess.run(
        [sys.executable, "-c", NO_HOME], capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path,
        env={**known, "QT_QPA_PLATFORM": "offscreen"},
    )  # fmt: skip
    assert (said.returncode, said.stdout) == (0, "This user has no home folder: the window will remember nothing\n"), (
        said
    )
    assert "Traceback" not in said.stderr
    assert names(tmp_path) == []


def test_everything_comes_back_as_it_was_left(qtbot: QtBot, open_window: Open) -> None:
    first = open_window("deadlock")
    press(first, Qt.Key.Key_B, CONTROL | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: first.minimumWidth() < 780)
    first.resize(780, 640)  # the screen is 800 wide
    first.resizeDocks([first.experiments_dock], [233], Qt.Orientation.Horizontal)
    menu(first, "View")["Dark"].trigger()
    first.show_experiment("pipe")
    type_into(first.workspace.form, "messages", "one, two")
    first.show_experiment("lost-updates")
    wide = first.experiments_dock.width()
    first.close()
    again = open_window()
    assert again.size().toTuple() == (780, 640)
    assert again.experiments_dock.width() == wide
    assert not again.parameters_dock.isVisible()
    assert menu(again, "View")["Dark"].isChecked()
    assert again.workspace.outline.name == "lost-updates"
    again.show_experiment("pipe")
    assert again.workspace.form.request().parameters["messages"] == ("one", "two")


@pytest.mark.parametrize("wide", [1024, 1440])
def test_docks_that_a_tiny_window_squeezed_are_as_wide_as_before_when_there_is_room_again(
    qtbot: QtBot, open_window: Open, wide: int
) -> None:
    first = open_window()
    handle = first.windowHandle()

    def widths() -> tuple[int, int]:
        return first.experiments_dock.width(), first.parameters_dock.width()

    def resized(width: int, height: int) -> None:
        handle.resize(width, height)  # as a desktop without a window manager does, which asks for no smallest size
        qtbot.waitUntil(lambda: first.width() == width)

    resized(wide, 700)
    wanted = DOCKS_NARROW if wide < WIDE else DOCKS
    qtbot.waitUntil(lambda: widths() == wanted)
    resized(300, 200)
    resized(wide, 700)
    qtbot.waitUntil(lambda: widths() == wanted)
    resized(300, 200)
    first.close()
    again = open_window()
    again.windowHandle().resize(wide, 700)
    qtbot.waitUntil(lambda: again.width() == wide)
    assert again.experiments_dock.width() >= DOCKS_NARROW[0]
    assert again.parameters_dock.width() >= DOCKS_NARROW[1]


def test_a_dock_that_floated_floats_again_and_one_that_changed_sides_stays_there(open_window: Open) -> None:
    first = open_window()
    first.addDockWidget(Qt.DockWidgetArea.RightDockWidgetArea, first.experiments_dock)
    first.parameters_dock.setFloating(True)
    first.close()
    again = open_window()
    assert again.parameters_dock.isFloating()
    assert again.dockWidgetArea(again.experiments_dock) == Qt.DockWidgetArea.RightDockWidgetArea


def test_an_experiment_that_ran_is_marked_the_next_time_and_unknown_ones_do_no_harm(
    open_window: Open, file: Path
) -> None:
    window = open_window(file=write(file, {"format": 1, "done": ["pipe", "of-old"], "experiment": "of-old"}))
    assert window.workspace.outline.name == "pipe"
    model = window.catalogue.list.model()
    indexes = [model.index(row, 0) for row in range(model.rowCount())]
    heard = {i.data(): i.data(Qt.ItemDataRole.AccessibleDescriptionRole) for i in indexes}
    assert heard["Pipe"] == "has been run"
    assert heard["Deadlock"] == ""


NOISE = base64.b64encode(bytes(range(256)) * 8).decode()
STRANGE: dict[str, Any] = {
    "no base64": {"geometry": "größer", "docks": "%%%%"},
    "noise": {"geometry": NOISE, "docks": NOISE},
    "cut off": {"geometry": "AdnQywADAAA=", "docks": "AAAA/wAAAAD9"},
    "exchanged": {"geometry": "AAAA/wAAAAD9AAAAAg==", "docks": "AdnQywADAAAAAAAA"},
    "unknown theme": {"theme": "Purple", "experiment": "../../etc/passwd"},
    "lone surrogates": {"parameters": {"pipe": {"preset": "\ud800", "texts": {"messages": "a\ud800b\u0000c\n"}}}},
    "long text": {"parameters": {"pipe": {"preset": "Tutorial's messages", "texts": {"messages": "x" * 100_000}}}},
    "huge number": {"parameters": {"pipe": {"preset": "A stream", "texts": {"count": "9" * 5_000}}}},
}


@pytest.mark.parametrize("about", STRANGE.values(), ids=STRANGE)
def test_the_window_opens_whatever_the_file_says(open_window: Open, file: Path, about: dict[str, Any]) -> None:
    window = open_window(file=write(file, {"format": 1, **about}))
    assert window.isVisible()
    assert window.workspace.outline.name == "pipe"
    assert window.workspace.form.valid
    assert window.experiments_dock.isVisible()
    assert window.parameters_dock.isVisible()
    assert theme.mode() == "System"
    window.close()
    assert settings.load(file).experiment == "pipe"  # and it is a good one from now on


def test_a_window_whose_settings_cannot_be_written_closes_all_the_same(open_window: Open, tmp_path: Path) -> None:
    (tmp_path / "a file").touch()
    window = open_window(file=tmp_path / "a file" / "window.json")
    window.close()
    assert not window.isVisible()


def test_what_was_remembered_is_kept_on_the_disk_after_every_run(qtbot: QtBot, open_window: Open, file: Path) -> None:
    window: MainWindow = open_window("separate-memory", file=file)
    press(window, Qt.Key.Key_F5)
    qtbot.waitUntil(lambda: not window.live.running, timeout=20_000)
    assert settings.load(file).done == ["separate-memory"]
