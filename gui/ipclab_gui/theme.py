"""Colours, type and sizes: the only module that holds them. GUI thread only.

Widgets that paint read the tokens in `paintEvent` and call `update()` upon `notifier.changed`; nobody keeps a colour.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication

Mode = Literal["System", "Light", "Dark"]
MODES: tuple[Mode, ...] = ("System", "Light", "Dark")

TOKENS: dict[str, tuple[str, str]] = {  # light, dark; text reaches 4.5:1, controls and curves 3:1 on their ground
    "bg": ("#FFFFFF", "#13171C"),  # centre, fields, plots
    "panel": ("#F4F6F8", "#191E24"),  # bars, docks
    "raised": ("#F8FAFB", "#1D232A"),  # cards, bubbles
    "hover": ("#E8ECF0", "#252C35"),
    "press": ("#DCE2E8", "#2F3843"),
    "line": ("#DDE2E8", "#2B333D"),  # hairlines
    "edge": ("#838D9A", "#697585"),  # the border of a control
    "grid": ("#E9EDF1", "#222931"),  # plot lines
    "text": ("#1A222C", "#E5E9EE"),
    "text2": ("#4C5865", "#AEB8C3"),
    "text3": ("#5E6977", "#8C97A4"),
    "off": ("#99A2AD", "#5C6671"),  # what is disabled
    "accent": ("#0B6784", "#5FC0DC"),  # "you can act here", selection, focus
    "accent_hover": ("#095870", "#7FCEE5"),
    "accent_press": ("#07485C", "#4AA9C5"),
    "on_accent": ("#FFFFFF", "#06222C"),
    "tint": ("#DFEEF4", "#17323D"),
    "row": ("#E3EEF3", "#1B2E37"),  # selected in tables
    "wait": ("#8A5300", "#F0B45A"),  # waiting, warning
    "wait_fill": ("#E0A030", "#C98B2C"),
    "wait_tint": ("#FCF0DA", "#32291A"),
    "ok": ("#1A7040", "#63CB90"),
    "ok_tint": ("#E2F3E9", "#173024"),
    "bad": ("#B3261E", "#FF9186"),  # failed, killed, wrong
    "bad_tint": ("#FBE9E7", "#3B2120"),
    "code_keyword": ("#83329A", "#D5A3E6"),
    "code_string": ("#1A7040", "#63CB90"),
    "code_number": ("#8A5300", "#F0B45A"),
    "code_builtin": ("#2F55CF", "#93ABFF"),
    "code_definition": ("#0B6784", "#5FC0DC"),
    "code_comment": ("#5E6977", "#8C97A4"),
}

SERIES: tuple[tuple[str, str], ...] = (  # every pair at least 0.07 apart in OKLab, in the common visions too
    ("#3B62E0", "#7394FA"),
    ("#DB7A2E", "#FFA54A"),
    ("#17693F", "#8DE8CB"),
    ("#BC3792", "#E05C8C"),
    ("#7A7000", "#F4E27C"),
    ("#47237C", "#9166D8"),
    ("#4699C4", "#4FC8F8"),
    ("#6E1E1E", "#A8664C"),
)
DASHES: tuple[tuple[float, ...], ...] = ((), (6, 3), (1.5, 2.5), (7, 2.5, 1.5, 2.5))  # in pen widths

SIZES = (11, 12, 13, 15, 20)  # captions, secondary, interface, guide and headings, title and figures; nothing else


class Notifier(QObject):
    """Tells when colours have changed; the style sheet is already the new one then."""

    changed = Signal()


notifier = Notifier()
_mode: Mode = "System"


def mode() -> Mode:
    """Return what View > Theme is set to."""
    return _mode


def set_mode(new: Mode) -> None:
    """Follow the system's scheme, or override it; whoever calls applies palette and sheet afterwards."""
    global _mode
    _mode = new


def is_dark() -> bool:
    """Tell whether the dark colours hold; a system that says nothing is light."""
    if _mode != "System":
        return _mode == "Dark"
    if QGuiApplication.instance() is None:
        return False
    return QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark


@cache
def _parsed(text: str) -> QColor:
    return QColor(text)


def color(token: str) -> QColor:
    """Return a token's colour as it is now; KeyError for a name that is no token. Do not change what you get."""
    return _parsed(TOKENS[token][is_dark()])


def series_color(index: int) -> QColor:
    """Return the colour of the curve, process or channel that appeared as number `index` (from 0)."""
    return _parsed(SERIES[index % len(SERIES)][is_dark()])


def series_tint(index: int, share: float = 0.16) -> QColor:
    """Return a series' colour mixed with the background, opaque; `share` is the colour's part, 0 to 1."""
    return mixed(series_color(index), color("bg"), share)


def series_dash(index: int) -> list[float]:
    """Return a series' dash pattern in pen widths, as QPen and pyqtgraph take it; empty for a solid line."""
    return list(DASHES[index % len(DASHES)])


def mixed(front: QColor, ground: QColor, share: float) -> QColor:
    """Return the opaque colour of `front` laid over `ground` with the opacity `share`."""
    rest = 1 - share
    return QColor(
        round(front.red() * share + ground.red() * rest),
        round(front.green() * share + ground.green() * rest),
        round(front.blue() * share + ground.blue() * rest),
    )


def scale() -> float:
    """Return how much larger than at 96 dpi this desktop wants its interface, device pixel ratio aside."""
    screen = QGuiApplication.primaryScreen() if QGuiApplication.instance() is not None else None
    return screen.logicalDotsPerInch() / 96 if screen is not None else 1.0


def px(size: float) -> int:
    """Return a length given at 96 dpi in this desktop's logical pixels."""
    return round(size * scale())


@cache
def _family(mono: bool) -> str:
    """Return the family for code or for the interface, a face that comes as a package; loads it, in about 3 ms."""
    if mono:
        system = QFontDatabase.SystemFont.FixedFont
        return _packaged("fontpkg_jetbrains_mono") or QFontDatabase.systemFont(system).family()
    return _packaged("fontpkg_inter") or QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()


def _packaged(package: str) -> str | None:
    """Load a font package's upright face, a variable font; return its family, None where it is not installed."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    for file in sorted((Path(spec.origin).parent / "files").glob("*.ttf")):
        if "Italic" not in file.name:
            families = QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(file)))
            if families:
                return families[0]
    return None


@cache
def _font(size: float, weight: int, mono: bool, factor: float) -> QFont:
    font = QFont(_family(mono))
    font.setPixelSize(max(1, round(size * factor)))
    font.setWeight(QFont.Weight(weight))
    font.setVariableAxis(
        QFont.Tag("wght"), weight
    )  # setWeight alone does not reach a variable font that was added by file
    font.setFeature(QFont.Tag("tnum"), 1)
    if mono:
        font.setFixedPitch(True)
        font.setStyleHint(QFont.StyleHint.Monospace)
        for ligature in ("liga", "calt", "clig"):
            font.setFeature(QFont.Tag(ligature), 0)
    return font


def font(size: float = 13, weight: int = 400, mono: bool = False) -> QFont:
    """Return a face at a size of SIZES (pixels at 96 dpi): tabular digits, no ligatures in the mono face."""
    return QFont(_font(size, weight, mono, scale()))
