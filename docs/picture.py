"""Make the README's picture of the window: a real run of the experiment "pipe", timed there and back.

    python docs/picture.py [FILE]

It needs no screen. The figures in the picture are those of the machine it is made on.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT / part) for part in ("core", "gui", "resources")]
SIZE = (1440, 900)
LIMIT = 60_000  # ms


def main(file: Path) -> int:
    """Run, wait for the end, and save what the window shows."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from ipclab_gui import style, theme
    from ipclab_gui.window import MainWindow

    app = QApplication([*sys.argv[:1], *style.WORDS])
    theme.set_mode("Light")
    style.follow(app)
    with tempfile.TemporaryDirectory(prefix="ipclab-picture-") as folder:
        window = MainWindow(Path(folder) / "settings.json")
        window.show()
        window.resize(*SIZE)  # now that its docks are laid out, which get the widths for it

        def begin() -> None:
            form = window.workspace.form
            form.presets.setCurrentIndex(form.presets.findText("Round trips"))
            form._preset_picked()
            window.workspace.show_tab_of("Graphs")
            window.run()
            look.start(200)

        def shoot() -> None:
            window.grab().save(str(file))
            window.close()
            app.quit()

        def check() -> None:
            if window.live.observation.outcome is not None:
                look.stop()
                QTimer.singleShot(500, shoot)

        look = QTimer()
        look.timeout.connect(check)
        QTimer.singleShot(1_000, begin)
        QTimer.singleShot(LIMIT, lambda: app.exit(1))
        code = app.exec()
        window.live.shut()
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "window.png"))
