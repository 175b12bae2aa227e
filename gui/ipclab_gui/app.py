"""The application: what is set up before the window, and what happens at its end."""

from __future__ import annotations

import gc
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import PySide6
from PySide6.QtCore import QCoreApplication, QObject, QSocketNotifier, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from ipclab_gui import icons, settings, style, theme
from ipclab_gui.crash import Catcher
from ipclab_gui.window import MainWindow

WELCOME = 700  # ms after the window's last part is there: a person has seen it, and what the first run needs is loaded
BUG = 1  # exit code where the lab met a bug of its own


class Signals(QObject):
    """Ctrl-C in the terminal and SIGTERM close the window as a person would: runs are ended, settings kept.

    Python runs its handlers only between two of its instructions, and Qt may sit in C for hours: the number of the
    signal comes through a socket that Qt watches.
    """

    def __init__(self, app: QApplication) -> None:
        import socket  # with what it needs 5 ms, which the first paint does not wait for

        super().__init__(app)
        self.number = 0
        self._ours, theirs = socket.socketpair()
        for end in (self._ours, theirs):
            end.setblocking(False)
        self._theirs = theirs
        signal.set_wakeup_fd(theirs.fileno(), warn_on_full_buffer=False)
        self._watch = QSocketNotifier(self._ours.fileno(), QSocketNotifier.Type.Read, self)
        self._watch.activated.connect(self._came)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def _note(self, number: int, _frame: object) -> None:
        self.number = number

    def _came(self) -> None:
        try:
            self._ours.recv(64)
        except BlockingIOError:
            return
        if self.number:
            QApplication.closeAllWindows()

    def close(self) -> None:
        """Let the default handlers back in."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        self._watch.setEnabled(False)
        self._ours.close()
        self._theirs.close()


def plugins() -> Path:
    """Return the folder of Qt's plugins; without being told, Qt does not find it where its path holds a comma."""
    return Path(PySide6.__file__).parent / ("plugins" if sys.platform == "win32" else "Qt/plugins")


def main(argv: Sequence[str] | None = None, settings_file: Path | None = None) -> int:
    """Open the window and stay until it is closed.

    Args:
        argv: what Qt reads its own options from.
        settings_file: another place for what the window remembers.

    Returns:
        0; 1 where the lab met a bug of its own, 130 and 143 after Ctrl-C and SIGTERM.
    """
    file = settings_file or settings.place()
    QGuiApplication.setApplicationName("ipclab")
    QGuiApplication.setApplicationDisplayName("IPC Lab")
    QGuiApplication.setDesktopFileName("ipclab")
    words = list(argv) if argv else sys.argv[:1]
    QCoreApplication.addLibraryPath(str(plugins()))
    app = QApplication([*words[:1], *style.WORDS, *words[1:]])
    catcher = Catcher()
    catcher.install()
    mode = settings.load(file).theme
    theme.set_mode(mode if mode in theme.MODES else "System")
    style.follow(app)
    app.setWindowIcon(icons.icon("mark", "accent"))
    window = MainWindow(file)
    window.broke.connect(catcher.show)
    signals: list[Signals] = []
    window.shown.connect(lambda: signals.append(Signals(app)))  # before, the default handlers end what has not begun
    window.shown.connect(gc.enable)
    if file is not None and not file.exists():  # the very first start
        window.shown.connect(lambda: QTimer.singleShot(WELCOME, window, lambda: _welcome(window)))
    window.show()
    code = app.exec()
    window.live.shut()
    for known in signals:
        known.close()
        if known.number:
            return 128 + known.number
    return code or (BUG if catcher.reports else 0)


def _welcome(window: MainWindow) -> None:
    """Show the first look, and remember at once that it has been shown."""
    if window.isVisible():
        window.save_settings()
        window.menus.first_look()
