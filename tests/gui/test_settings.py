"""What the window remembers, and what becomes of a file that is broken, strange or out of reach."""

from __future__ import annotations

import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from ipclab_gui import settings, theme
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
    assert place.name == "window.json"
    assert place.is_relative_to(own_home)
    assert not place.exists()


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "null", "[]", "42", '"text"', '{"format": 1', "\ufeff{}", "[" * 100_000, '{"format": 0}', "{}",
        '{"format": 2, "theme": "Dark"}', '{"format": "1", "theme": "Dark"}', '{"format": null}', '{"theme": "Dark"}',
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


def test_names_that_a_newer_lab_wrote_are_passed_over(file: Path) -> None:
    held = {"format": 1, "theme": "Dark", "library": {"sort": "date"}}
    assert settings.load(write(file, held)) == Settings(theme="Dark")


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


def test_everything_comes_back_as_it_was_left(open_window: Open) -> None:
    first = open_window("deadlock")
    first.resize(780, 640)  # the screen is 800 wide
    first.resizeDocks([first.experiments_dock], [233], Qt.Orientation.Horizontal)
    press(first, Qt.Key.Key_B, CONTROL | Qt.KeyboardModifier.ShiftModifier)
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
