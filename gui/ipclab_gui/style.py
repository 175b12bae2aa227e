"""Palette and style sheet, made from the tokens. GUI thread only.

Properties that the sheet knows: `tone` of a QLabel ("2", "3", "accent", "ok", "wait", "bad"); `kind` of a QPushButton
("primary", "link"); `quiet` and `wrong` of a QLineEdit; `checks` of a QMenu whose items have check marks.
"""

from __future__ import annotations

import re
from string import Template

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from ipclab_gui import theme
from ipclab_resources import FOLDER

WORDS = ("-style", "fusion")  # for QApplication; setStyle() returns a QStyle, of which PySide6 makes a type for 17 ms

ROLES: dict[QPalette.ColorRole, str] = {
    QPalette.ColorRole.Window: "bg",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "bg",
    QPalette.ColorRole.AlternateBase: "raised",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.PlaceholderText: "text3",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "panel",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "bad",
    QPalette.ColorRole.Light: "raised",
    QPalette.ColorRole.Midlight: "hover",
    QPalette.ColorRole.Mid: "line",
    QPalette.ColorRole.Dark: "edge",
    QPalette.ColorRole.Shadow: "edge",
    QPalette.ColorRole.Highlight: "accent",
    QPalette.ColorRole.HighlightedText: "on_accent",
    QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
}
TEXTS = (
    QPalette.ColorRole.WindowText,
    QPalette.ColorRole.Text,
    QPalette.ColorRole.ButtonText,
    QPalette.ColorRole.PlaceholderText,
)


def palette() -> QPalette:
    """Return the palette of the colours that hold now."""
    made = QPalette()
    for role, token in ROLES.items():
        made.setColor(role, theme.color(token))
    for role in TEXTS:
        made.setColor(QPalette.ColorGroup.Disabled, role, theme.color("off"))
    made.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Highlight, theme.color("hover"))
    made.setColor(QPalette.ColorGroup.Disabled, QPalette.ColorRole.HighlightedText, theme.color("off"))
    return made


def sheet() -> str:
    """Return the style sheet in the colours that hold now, its lengths at this desktop's scale."""
    folder = FOLDER / "style"
    text = (folder / "sheet.qss").read_text(encoding="utf-8")
    text = text.replace("@folder@", str(folder).replace("\\", "/"))
    text = text.replace("@scheme@", "dark" if theme.is_dark() else "light")
    if theme.scale() != 1:
        text = re.sub(r"\b(\d+)px\b", lambda length: f"{theme.px(int(length[1]))}px", text)
    return Template(text).substitute({token: theme.color(token).name() for token in theme.TOKENS})


def apply(app: QApplication) -> None:
    """Dress the application in the theme as it is now; 50 ms in a window just opened, 450 where all was looked at."""
    app.setPalette(palette())
    app.setStyleSheet("")  # or Qt 6.11 dresses each widget once for every widget that it lies in: three times as long
    app.setStyleSheet(sheet())


def follow(app: QApplication) -> None:
    """Dress an application that was made with `WORDS`, and again whenever the system's colour scheme changes."""
    app.setFont(theme.font())
    apply(app)
    QGuiApplication.styleHints().colorSchemeChanged.connect(lambda _scheme: _system_changed(app))


def set_mode(app: QApplication, mode: theme.Mode) -> None:
    """Follow the system or override it, at once, the frames of the windows too where the system allows it."""
    before = theme.is_dark()
    theme.set_mode(mode)
    scheme = {"Light": Qt.ColorScheme.Light, "Dark": Qt.ColorScheme.Dark}.get(mode, Qt.ColorScheme.Unknown)
    QGuiApplication.styleHints().setColorScheme(scheme)
    if theme.is_dark() != before:
        apply(app)
        theme.notifier.changed.emit()


def _system_changed(app: QApplication) -> None:
    if theme.mode() == "System":
        apply(app)
        theme.notifier.changed.emit()


def tell(widget: QWidget, **properties: object) -> None:
    """Set dynamic properties that the sheet knows, and let the sheet see them; nothing where nothing changes."""
    changed = False
    for name, value in properties.items():
        if widget.property(name) != value:
            widget.setProperty(name, value)
            changed = True
    if changed:
        widget.style().unpolish(widget)
        widget.style().polish(widget)
