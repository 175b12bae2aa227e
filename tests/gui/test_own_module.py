"""A module in the window: asked for, found by its Python, run as `python -m` does, remembered; what is none says so."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from ipclab_gui import orders
from ipclab_gui.open_module import OpenModule
from ipclab_gui.window import MainWindow
from tests.gui.conftest import Open
from tests.gui.formed import messages, type_into
from tests.gui.observed import named
from tests.gui.owned import PIPE, code, output, until_over
from tests.gui.pressed import CONTROL, SHIFT, menu, press

SAYS = "import os, sys\nprint(sys.argv[1:], __name__, __package__, os.getcwd())\n"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Return a folder with the modules `shop.orders` and `shop`, which has a __main__, and the package `shop.empty`."""
    shop = tmp_path / "work" / "shop"
    (shop / "empty").mkdir(parents=True)
    for name, text in {
        "__init__": "print('shop is imported')\n",
        "orders": SAYS,
        "__main__": "print('main')\n",
    }.items():
        (shop / f"{name}.py").write_text(text)
    (shop / "empty" / "__init__.py").touch()
    return shop.parent


def write(dialog: OpenModule, name: str, text: str) -> None:
    """Write over what a field of the dialog holds, key by key."""
    editor = dialog.rows[name].editor
    assert isinstance(editor, QLineEdit)
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, text)


def dialog_of(window: MainWindow) -> OpenModule:
    """Press the keys that ask for a module."""
    press(window, Qt.Key.Key_O, CONTROL | SHIFT)
    (dialog,) = (one for one in window.findChildren(OpenModule) if one.isVisible())
    return dialog


def asked(window: MainWindow, module: str, folder: Path, python: str = sys.executable) -> OpenModule:
    """Ask for a module by keys alone; Enter has been pressed."""
    dialog = dialog_of(window)
    for name, text in {"python": python, "folder": str(folder), "module": module}.items():
        write(dialog, name, text)
    QTest.keyClick(dialog.rows["module"].editor, Qt.Key.Key_Return)
    return dialog


def opened(qtbot: QtBot, window: MainWindow, module: str, folder: Path) -> None:
    """Open a module, and wait until it is on show."""
    asked(window, module, folder)
    qtbot.waitUntil(lambda: window.workspace.outline.name == f"-m {module} {folder}")
    window.activateWindow()  # without a desktop nobody does
    qtbot.waitUntil(window.isActiveWindow)


def said(dialog: OpenModule) -> dict[str, str]:
    """Return what stands under the dialog's fields."""
    found = {}
    for name, row in dialog.rows.items():
        for label in row.findChildren(QLabel):
            if label.property("tone") == "bad" and label.isVisible():
                found[name] = label.text().replace("\u200b", "")
    return found


def test_it_is_run_as_python_runs_it(qtbot: QtBot, window: MainWindow, shop: Path) -> None:
    opened(qtbot, window, "shop.orders", shop)
    assert window.windowTitle() == "-m shop.orders · IPC Lab"
    assert window.workspace.title == "Code"
    assert code(window).source == SAYS
    assert orders.name_of(window.workspace) == "-m shop.orders"  # as the command line has it
    type_into(window.workspace.form, "arguments", "one 'two words'")
    window.run()
    assert until_over(qtbot, window) == "done"
    assert output(window) == [
        ("stdout", "shop is imported"), ("stdout", f"['one', 'two words'] __main__ shop {shop}"),
    ]  # fmt: skip


def test_it_is_opened_by_the_menu_and_the_mouse(
    qtbot: QtBot, window: MainWindow, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    menu(window, "File")["Open module..."].trigger()
    (dialog,) = window.findChildren(OpenModule)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(shop))
    choose, opens = (
        next(one for one in dialog.findChildren(QPushButton) if one.text() == text)
        for text in ("Choose folder...", "Open")
    )
    write(dialog, "module", "shop")
    write(dialog, "python", sys.executable)
    QTest.mouseClick(choose, Qt.MouseButton.LeftButton)
    assert dialog.rows["folder"].editor.written() == str(shop)
    QTest.mouseClick(opens, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.windowTitle() == "-m shop · IPC Lab")
    assert code(window).source == "print('main')\n"
    window.run()
    assert until_over(qtbot, window) == "done"
    assert output(window) == [("stdout", "shop is imported"), ("stdout", "main")]


def test_it_is_watched(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "pipes.py").write_text(PIPE)
    opened(qtbot, window, "pipes", tmp_path)
    window.run()
    assert until_over(qtbot, window) == "done"
    traffic = window.live.observation.traffic
    assert traffic is not None
    assert [(one.sent, one.received) for one in traffic.channels()] == [(1, 1)]


@pytest.mark.parametrize(
    ("module", "field", "sentence"),
    [
        pytest.param("nosuch", "module", "{python} finds no module nosuch, neither in {folder} nor among what is "
                     "installed.", id="none"),
        pytest.param("shop.orders.py", "module", "{python} finds no module shop.orders.py, neither in {folder} nor "
                     "among what is installed. A module's name has no .py at its end.", id="a file's name"),
        pytest.param("shop.empty", "module", "shop.empty is a package without a __main__, which Python does not run.",
                     id="a package"),
        pytest.param("sys", "module", "sys is a module without a Python file, which -m does not run.", id="no file"),
        pytest.param("shop/orders", "module", "shop/orders is no name of a module: shop.orders is one, for "
                     "shop/orders.py.", id="a path"),
        pytest.param(" ", "module", "The name of a module is needed: shop.orders for shop/orders.py.", id="nothing"),
    ],
)  # fmt: skip
def test_what_is_no_module_is_said_where_it_was_written(
    qtbot: QtBot, window: MainWindow, shop: Path, module: str, field: str, sentence: str
) -> None:
    dialog = asked(window, module, shop)
    qtbot.waitUntil(lambda: said(dialog) != {})
    assert said(dialog) == {field: sentence.format(python=sys.executable, folder=shop)}
    assert dialog.focusWidget() is dialog.rows[field].editor
    write(dialog, "module", "shop.orders")
    assert said(dialog) == {}
    QTest.keyClick(dialog.rows["module"].editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.windowTitle() == "-m shop.orders · IPC Lab")
    assert window.settings.programs == [f"-m shop.orders {shop}"]


def test_a_folder_or_a_python_that_is_none_is_said_too(window: MainWindow, shop: Path) -> None:
    dialog = asked(window, "shop", shop / "none", "no-such-python")
    assert said(dialog) == {
        "folder": f"There is no folder {shop}/none.", "python": "There is no Python no-such-python."
    }  # fmt: skip
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
    assert window.settings.programs == []


def test_a_python_that_does_not_answer_goes_with_the_dialog(qtbot: QtBot, window: MainWindow, shop: Path) -> None:
    slow, told = shop / "slow", shop / "told"
    slow.write_text(f"#!/bin/sh\necho $$ > {told}\nexec sleep 1000\n")
    slow.chmod(0o755)
    dialog = asked(window, "shop", shop, str(slow))
    qtbot.waitUntil(lambda: told.exists() and told.read_text().endswith("\n"))
    assert psutil.pid_exists(int(told.read_text()))
    assert any(label.text() == f"Asking {slow} for its version..." for label in dialog.findChildren(QLabel))
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not psutil.pid_exists(int(told.read_text()))


def test_code_shows_the_file_that_its_python_finds(qtbot: QtBot, window: MainWindow, shop: Path) -> None:
    other = shop / "other"
    (other / "shop").mkdir(parents=True)
    (other / "shop" / "tool.py").write_text("print('tool')\n")
    (other / "alone.py").write_text("print('alone')\n")
    python = shop / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={other} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    asked(window, "alone", shop, str(python))
    qtbot.waitUntil(lambda: window.windowTitle() == "-m alone · IPC Lab")
    qtbot.waitUntil(lambda: code(window).source == "print('alone')\n")
    form = window.workspace.form
    type_into(form, "python", sys.executable)
    sentence = f"{sys.executable} finds no module alone, neither in {shop} nor among what is installed."
    qtbot.waitUntil(lambda: messages(form) == {"module": sentence})
    window.run()
    qtbot.waitUntil(lambda: window.status.currentMessage() == "")
    assert not window.running
    assert messages(form) == {"module": sentence}


def test_code_follows_its_file_and_the_form_says_when_the_module_is_gone(
    qtbot: QtBot, window: MainWindow, shop: Path
) -> None:
    opened(qtbot, window, "shop.orders", shop)
    path = shop / "shop" / "orders.py"
    path.write_text("print('new')\n")
    qtbot.waitUntil(lambda: code(window).source == "print('new')\n")
    path.unlink()
    form = window.workspace.form
    qtbot.waitUntil(lambda: "finds no module shop.orders" in messages(form).get("module", ""))
    window.run()
    qtbot.waitUntil(lambda: window.status.currentMessage() == "")
    assert not window.running
    path.write_text("print('back')\n")
    qtbot.waitUntil(lambda: messages(form) == {})
    window.run()
    assert until_over(qtbot, window) == "done"
    assert output(window)[1:] == [("stdout", "back")]


def test_a_module_that_has_become_a_package_is_found_anew(qtbot: QtBot, window: MainWindow, shop: Path) -> None:
    opened(qtbot, window, "shop.orders", shop)
    package = shop / "shop" / "orders"
    package.mkdir()
    (package / "__main__.py").write_text("print('package')\n")
    (shop / "shop" / "orders.py").unlink()
    qtbot.waitUntil(lambda: code(window).source == "print('package')\n")
    assert messages(window.workspace.form) == {}


def test_the_command_does_the_same(
    qtbot: QtBot, window: MainWindow, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix)
    opened(qtbot, window, "shop.orders", shop)
    form = window.workspace.form
    type_into(form, "python", f"{sys.prefix}/bin/python")
    type_into(form, "arguments", "-v 'a b'")
    form.watch("off")
    form.copy_command()
    assert QGuiApplication.clipboard().text() == f"cd {shop} && ipclab run --watch off -m shop.orders -v 'a b'"
    for name in ("module", "folder"):
        type_into(form, name, "other")
        assert "other" not in form.fields.rows[name].editor.written()


def test_it_is_remembered_with_its_arguments_and_found_again(qtbot: QtBot, open_window: Open, shop: Path) -> None:
    settings = shop / "kept.json"
    first = open_window(file=settings)
    opened(qtbot, first, "shop", shop)
    type_into(first.workspace.form, "arguments", "kept")
    first.close()
    assert json.loads(settings.read_text())["programs"] == [f"-m shop {shop}"]
    again = open_window(file=settings)
    assert again.windowTitle() == "-m shop · IPC Lab"
    again.workspace.show_tab_of("Code")
    qtbot.waitUntil(lambda: code(again).source == "print('main')\n")
    form = again.workspace.form
    assert form.fields.rows["arguments"].editor.written() == "kept"
    assert form.fields.rows["python"].editor.written() == sys.executable
    menu(again, "File")["Remove program from the list"].trigger()
    assert again.settings.programs == []


def test_two_of_one_name_are_told_apart(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "orders.py").write_text(SAYS)
        opened(qtbot, window, "orders", tmp_path / folder)
    assert window.windowTitle() == "-m orders in b · IPC Lab"
    assert window.workspace.outline.summary == f"Started in {tmp_path}/b"


def test_the_dialog_begins_where_the_last_program_lies(qtbot: QtBot, window: MainWindow, shop: Path) -> None:
    opened(qtbot, window, "shop", shop)
    dialog = dialog_of(window)
    assert dialog.rows["folder"].editor.written() == str(shop)
    assert dialog.focusWidget() is named(dialog, "Module", QLineEdit)
