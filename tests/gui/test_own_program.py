"""A person's own program in the window: opened, run by their Python, remembered; what cannot be run says why."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLabel
from pytestqt.qtbot import QtBot

from ipclab_gui.catalogue import NAME
from ipclab_gui.panels.processes import ProcessesPanel
from ipclab_gui.window import MainWindow
from tests.gui.conftest import Open
from tests.gui.formed import messages, type_into, words
from tests.gui.owned import PIPE, code, opened, output, until_over
from tests.gui.pressed import CONTROL, menu, press

SAYS = "import sys\nprint(sys.argv[1:], __name__)\n"


def listed(window: MainWindow) -> list[str]:
    """Return what the catalogue lists from the last heading on."""
    texts = [item.text() for item in window.catalogue._items()]
    headings = [item.row() for item in window.catalogue._items() if item.data(NAME) is None]
    return texts[headings[-1] :]


def drop(window: MainWindow, path: Path) -> bool:
    """Drag a file over the window and let it go there; return whether the window would take it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    actions, button, held = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enters = QDragEnterEvent(QPoint(9, 9), actions, data, button, held)
    enters.ignore()
    QGuiApplication.sendEvent(window, enters)
    if enters.isAccepted():
        QGuiApplication.sendEvent(window, QDropEvent(QPointF(9, 9), actions, data, button, held))
    return enters.isAccepted()


def test_it_is_run_with_the_words_of_its_arguments(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    opened(window, tmp_path / "says.py", SAYS)
    type_into(window.workspace.form, "arguments", """one "two words" --x='3'""")
    window.run()
    assert until_over(qtbot, window) == "done"
    assert output(window) == [("stdout", "['one', 'two words', '--x=3'] __main__")]


def test_it_is_watched_and_shown_in_all_views(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    opened(window, tmp_path / "pipes.py", PIPE)
    assert window.workspace.form.mode == "on"
    window.run()
    assert until_over(qtbot, window) == "done"
    traffic = window.live.observation.traffic
    assert traffic is not None
    (channel,) = traffic.channels()
    assert (channel.sent, channel.received) == (1, 1)
    for title in ("Guide", "Diagram", "Graphs", "Messages", "Processes", "Output", "Code"):
        window.workspace.show_tab_of(title)
    window.workspace.show_tab_of("Graphs")
    graphs = [label.text() for label in window.workspace.make("Graphs").findChildren(QLabel)]
    assert "A program of your own records no samples; Messages and Output show what it does." in graphs


def test_watch_off_records_nothing(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    opened(window, tmp_path / "pipes.py", PIPE)
    window.workspace.form.watch("off")
    window.run()
    assert until_over(qtbot, window) == "done"
    assert window.live.observation.operations is None


def test_stop_ends_it(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    opened(window, tmp_path / "waits.py", "print('here')\nimport time\ntime.sleep(600)\n")
    window.run()
    qtbot.waitUntil(lambda: output(window) == [("stdout", "here")], timeout=30_000)
    window.stop()
    assert until_over(qtbot, window) == "stopped"


def test_the_menu_asks_for_a_file(window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "says.py"
    path.write_text(SAYS)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(path), ""))
    press(window, Qt.Key.Key_O, CONTROL)
    assert window.windowTitle() == "says.py · IPC Lab"
    assert window.workspace.title == "Code"
    assert code(window).toPlainText() == SAYS.removesuffix("\n")
    assert listed(window) == ["Your programs", "says.py"]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("", ""))
    press(window, Qt.Key.Key_O, CONTROL)
    assert listed(window) == ["Your programs", "says.py"]


def test_a_file_that_is_dropped_on_the_window_is_opened(window: MainWindow, tmp_path: Path) -> None:
    path = tmp_path / "says.py"
    path.write_text(SAYS)
    assert drop(window, path)
    assert window.windowTitle() == "says.py · IPC Lab"


def test_what_is_no_file_cannot_be_dropped(window: MainWindow) -> None:
    data = QMimeData()
    data.setText("hello")
    enters = QDragEnterEvent(
        QPoint(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    enters.ignore()
    QGuiApplication.sendEvent(window, enters)
    assert not enters.isAccepted()


def test_what_cannot_be_run_says_so_at_its_path_and_is_not_remembered(window: MainWindow, tmp_path: Path) -> None:
    binary = tmp_path / "picture.png"
    binary.write_bytes(b"\x89PNG\0\0")
    secret = tmp_path / "secret.py"
    secret.write_text("")
    secret.chmod(0)
    folder = tmp_path / "folder"
    folder.mkdir()
    wrong = {
        tmp_path / "none.py": f"There is no file {tmp_path}/none.py.",
        binary: f"{binary} is no Python program: it holds binary data.",
        folder: f"{folder} is a folder without a __main__.py, which Python does not run.",
    }
    if os.getuid():  # root reads everything
        wrong[secret] = f"{secret} cannot be read: Permission denied."
    for path, sentence in wrong.items():
        assert drop(window, path)
        assert messages(window.workspace.form) == {"program": sentence}
        assert not window.bar.run.isEnabled()
        window.run()
        assert not window.running
    assert window.settings.programs == []


def test_a_folder_with_a_main_file_is_a_program(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "__main__.py").write_text("import os\nprint(os.getcwd())\n")
    opened(window, folder)
    assert code(window).toPlainText().startswith("import os")
    window.run()
    assert until_over(qtbot, window) == "done"
    assert output(window) == [("stdout", str(folder))]


def test_a_bad_quote_is_said_at_the_arguments(window: MainWindow, tmp_path: Path) -> None:
    opened(window, tmp_path / "says.py", SAYS)
    form = window.workspace.form
    type_into(form, "arguments", "'one")
    assert messages(form) == {"arguments": "A quotation mark has no other: the words are split as a shell does."}
    type_into(form, "arguments", "one\\")
    assert messages(form) == {"arguments": "A backslash stands before nothing: the words are split as a shell does."}
    type_into(form, "arguments", "'one'")
    assert messages(form) == {}


def test_whatever_is_wrong_the_form_is_no_wider_than_its_dock(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = opened(window, tmp_path / f"{'long' * 20}.py", SAYS)
    form = window.workspace.form
    path.unlink()
    type_into(form, "arguments", "'one")
    type_into(form, "python", "no_such_python" * 4)
    assert len(messages(form)) == 3
    content = form.widget()
    assert content is not None
    window.resize(1440, 900)
    for width in range(270, 400, 10):
        window.resizeDocks([window.parameters_dock], [width], Qt.Orientation.Horizontal)
        qtbot.waitUntil(lambda width=width: form.width() == width)  # type: ignore[misc]
        # A scroll bar that comes takes its width first, and the texts are laid out anew after it.
        qtbot.waitUntil(lambda: content.minimumSizeHint().width() <= form.viewport().width())


def test_a_python_that_cannot_run_it_is_said_at_its_field(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    opened(window, tmp_path / "says.py", SAYS)
    form = window.workspace.form
    type_into(form, "python", "no-such-python")
    assert messages(form) == {"python": "There is no Python no-such-python."}
    for name, text, sentence in (
        ("old", "echo 3 9", "is Python 3.9; the lab runs programs with Python 3.11 or later."),
        ("mute", "exit 1", "is no Python that answers."),
    ):
        fake = tmp_path / name
        fake.write_text(f"#!/bin/sh\n{text}\n")
        fake.chmod(0o755)
        form.fields.rows["python"].write(str(fake))
        form.fields.check()
        assert messages(form) == {}
        window.run()
        qtbot.waitUntil(lambda: messages(form) != {})
        assert messages(form) == {"python": f"{fake} {sentence}"}
        assert window.status.currentMessage() == ""
        assert not window.running


def test_a_python_that_does_not_answer_keeps_no_window_waiting(qtbot: QtBot, open_window: Open, tmp_path: Path) -> None:
    window = open_window()
    opened(window, tmp_path / "says.py", SAYS)
    form = window.workspace.form
    asked, slow = tmp_path / "asked", tmp_path / "slow"
    slow.write_text(f"#!/bin/sh\necho $$ >> {asked}\nexec sleep 1000\n")
    slow.chmod(0o755)
    form.fields.rows["python"].write(str(slow))
    window.run()
    assert window.status.currentMessage() == f"Asking {slow} for its version"
    qtbot.waitUntil(lambda: asked.exists() and asked.read_text().endswith("\n"))
    window.run()  # as impatient people do
    (pid,) = map(int, asked.read_text().split())
    assert psutil.pid_exists(pid)
    form.fields.rows["python"].write(sys.executable)
    window.run()
    assert until_over(qtbot, window) == "done"
    form.fields.rows["python"].write(str(slow))
    window.run()
    qtbot.waitUntil(lambda: len(asked.read_text().split("\n")) == 3)
    window.close()
    assert not any(psutil.pid_exists(int(pid)) for pid in asked.read_text().split())


def test_a_program_is_not_run_once_its_python_answers_where_another_is_on_show(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    opened(window, tmp_path / "says.py", SAYS)
    slow, told = tmp_path / "slow", tmp_path / "told"
    slow.write_text(f"#!/bin/sh\nwhile ! [ -e {told} ]; do sleep 0.01; done; echo 3 11\n")
    slow.chmod(0o755)
    window.workspace.form.fields.rows["python"].write(str(slow))
    window.run()
    window.show_experiment("pipe")
    told.touch()
    qtbot.waitUntil(lambda: window.status.currentMessage() == "")
    assert not window.running


def test_a_python_that_is_too_new_runs_it_unwatched(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    opened(window, tmp_path / "pipes.py", PIPE)
    new = tmp_path / "new"
    new.write_text(f'#!/bin/sh\ncase "$1" in -E) echo 3 99;; *) exec {sys.executable} "$@";; esac\n')
    new.chmod(0o755)
    window.workspace.form.fields.rows["python"].write(str(new))
    window.workspace.form.fields.check()
    window.run()
    qtbot.waitUntil(lambda: window.running)
    assert window.status.currentMessage() == "Python 3.99 is newer than the lab knows: the program is not watched."
    assert until_over(qtbot, window) == "done"
    assert window.live.observation.operations is None
    assert output(window) == [("stdout", "hello")]


def test_the_form_names_the_python_and_the_command_that_does_the_same(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    path = tmp_path / "my says.py"
    path.write_text(SAYS)
    assert drop(window, path)
    form = window.workspace.form
    assert form.fields.rows["python"].editor.written() == f"{sys.prefix}/bin/python"
    assert "start_method" not in form.fields.rows
    type_into(form, "arguments", "-v 'a b'")
    form.watch("off")
    window.workspace.form.copy_command()
    said = QGuiApplication.clipboard().text()
    assert said == f"cd {tmp_path} && ipclab run --watch off '{path}' -v 'a b'"
    assert "This program" in words(form)


def test_the_window_remembers_what_was_opened_and_with_which_arguments(open_window: Open, tmp_path: Path) -> None:
    settings = tmp_path / "kept.json"
    first = open_window(file=settings)
    opened(first, tmp_path / "one.py", SAYS)
    opened(first, tmp_path / "two.py", SAYS)
    first.workspace.form.fields.rows["arguments"].write("kept")
    first.workspace.form.fields.check()
    first.close()
    assert json.loads(settings.read_text())["programs"] == [str(tmp_path / "two.py"), str(tmp_path / "one.py")]
    again = open_window(file=settings)
    assert listed(again) == ["Your programs", "two.py", "one.py"]
    assert again.windowTitle() == "two.py · IPC Lab"
    assert again.workspace.form.fields.rows["arguments"].editor.written() == "kept"


def test_a_program_that_is_gone_says_so_and_can_be_run_once_it_is_back(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = opened(window, tmp_path / "says.py", SAYS)
    path.unlink()
    form = window.workspace.form
    qtbot.waitUntil(lambda: messages(form) == {"program": f"There is no file {path}."}, timeout=5_000)
    assert not window.bar.run.isEnabled()
    path.write_text(SAYS)
    qtbot.waitUntil(lambda: messages(form) == {}, timeout=5_000)
    assert window.bar.run.isEnabled()


def test_it_can_be_taken_out_of_the_list(window: MainWindow, tmp_path: Path) -> None:
    line = menu(window, "File")["Remove program from the list"]
    assert not line.isEnabled()
    path = opened(window, tmp_path / "says.py", SAYS)
    assert line.isEnabled()
    line.trigger()
    assert window.windowTitle() == "Pipe · IPC Lab"
    assert "Your programs" not in listed(window)
    assert window.settings.programs == []
    assert path.exists()
    opened(window, path)
    assert listed(window) == ["Your programs", "says.py"]


def test_two_of_one_name_are_told_apart(window: MainWindow, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        opened(window, tmp_path / folder / "main.py", SAYS)
    assert listed(window) == ["Your programs", "b/main.py", "main.py"]


def test_what_cannot_be_run_is_watched_as_its_next_run_would_be(open_window: Open, tmp_path: Path) -> None:
    window = open_window()
    opened(window, tmp_path / "no_program.py", "\0")
    assert window.workspace.form.fields.errors
    assert window.workspace.form.mode == "on"


def test_whom_their_own_program_ends_have_done_nothing_wrong(qtbot: QtBot, open_window: Open, tmp_path: Path) -> None:
    window = open_window()
    text = "import multiprocessing as mp, time\nworker = mp.Process(target=time.sleep, args=(60,))\nworker.start()\n"
    opened(window, tmp_path / "ends.py", text + "worker.terminate()\nworker.join()\n")
    window.run()
    assert until_over(qtbot, window) == "done"
    panel = window.workspace.make("Processes")
    assert isinstance(panel, ProcessesPanel)
    panel.refresh(True)
    cards = [panel._model.card(place) for place in range(panel._model.rowCount())]
    assert [(card.chip, card.culprit) for card in cards] == [("ended, 0", False), ("SIGTERM", False)]
