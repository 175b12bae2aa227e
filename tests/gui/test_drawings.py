"""The guides' drawings: what their files may hold, how they are drawn, and where they stand."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ipclab.catalog import find
from ipclab.outlines import Outline, outlines
from ipclab_gui import drawings, style, theme
from ipclab_gui.panels.guide import GuidePanel, guide_of
from ipclab_gui.panels.guide_view import GuideView
from ipclab_resources import FOLDER
from tests.gui.observed import named
from tests.running import run_experiment

STEMS = sorted(file.stem for file in (FOLDER / "drawings").glob("*.svg"))
MECHANISMS = {"Array", "Pipe", "Queue", "SharedMemory", "Value"}
DESCRIBED = re.compile(r"^!\[([^\]]{40,})\]\(drawing\)$")

every_drawing = pytest.mark.parametrize("stem", STEMS)
every_experiment = pytest.mark.parametrize("outline", outlines(), ids=lambda outline: outline.name)


def image(stem: str, ratio: float = 1.0) -> QImage:
    """Return a drawing on the ground of its card."""
    size = drawings.size(stem) * ratio
    picture = QImage(size.toSize(), QImage.Format.Format_RGB32)
    picture.fill(theme.color("raised"))
    painter = QPainter(picture)
    drawings.draw(painter, stem, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return picture


@every_experiment
def test_each_guide_has_a_drawing_described_in_words_under_its_first_paragraph(outline: Outline) -> None:
    assert drawings.exists(outline.stem)
    paragraphs = guide_of(outline).split("\n\n")
    found = DESCRIBED.match(paragraphs[1])
    assert found and found[1].endswith(".")


@every_drawing
def test_a_drawing_is_svg_in_tokens_and_as_wide_as_the_others(stem: str) -> None:
    text = (FOLDER / "drawings" / f"{stem}.svg").read_text(encoding="utf-8")
    root = ET.fromstring(text)
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
    assert drawings.size(stem) == QSizeF(560, float(root.get("height", "")))
    for element in root.iter():
        for attribute in ("fill", "stroke"):
            value = element.get(attribute, "none")
            assert value == "none" or drawings.color(value.strip("@")).isValid()
            assert value == "none" or value == f"@{value.strip('@')}@"
    assert "#" not in text


@every_drawing
def test_the_words_of_a_drawing_are_read_as_the_file_has_them_in_sizes_of_the_lab(stem: str) -> None:
    root = ET.parse(FOLDER / "drawings" / f"{stem}.svg").getroot()
    texts = [element for element in root.iter() if element.tag.endswith("}text")]
    assert drawings.words(stem) == [element.text for element in texts]
    assert {int(element.get("font-size", "")) for element in texts} <= set(theme.SIZES)
    assert {element.get("font-weight") for element in texts} <= {None, "500", "600"}


@every_drawing
def test_nothing_of_a_drawing_is_cut_off(qapp: QApplication, stem: str) -> None:
    size = drawings.size(stem)
    picture = QImage(int(size.width()) + 40, int(size.height()) + 40, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.white)
    painter = QPainter(picture)
    drawings.draw(painter, stem, QRectF(20, 20, size.width(), size.height()))
    painter.end()
    inside = QRectF(20, 20, size.width(), size.height()).toRect()
    for x in range(picture.width()):
        for y in range(picture.height()):
            if not inside.contains(x, y):
                assert picture.pixelColor(x, y) == Qt.GlobalColor.white


@every_drawing
def test_a_drawing_follows_the_theme(qapp: QApplication, stem: str) -> None:
    light = image(stem)
    try:
        style.set_mode(qapp, "Dark")
        dark = image(stem)
    finally:
        style.set_mode(qapp, "System")
    boxes = (100, int(drawings.size(stem).height()) // 2)
    assert light.pixelColor(1, 1) == "#F8FAFB"
    assert dark.pixelColor(1, 1) == "#1D232A"
    assert light != dark
    assert light.pixelColor(*boxes).lightness() > 200 > 100 > dark.pixelColor(*boxes).lightness()


def test_a_drawing_is_drawn_anew_for_a_finer_screen(qapp: QApplication) -> None:
    fine, coarse = image("pipe", 2), image("pipe")
    blown_up = coarse.scaled(
        fine.size(), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.FastTransformation
    )

    def edges(picture: QImage) -> int:
        """Return how many pixels are neither ground nor line on a row through both boxes."""
        row = picture.height() // 2 + 20
        return len({picture.pixel(x, row) for x in range(picture.width())})

    assert fine != blown_up
    assert edges(fine) != edges(blown_up)


@pytest.mark.parametrize(
    "outline",
    [
        pytest.param(one, id=one.name, marks=() if number % 3 == 1 else pytest.mark.slow)
        for number, one in enumerate(outlines())
    ],
)
def test_the_processes_in_a_drawing_bear_the_names_of_those_in_the_run(outline: Outline) -> None:
    text = (FOLDER / "drawings" / f"{outline.stem}.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'font-weight="600"[^>]*>([^<]+)<', text)) - MECHANISMS
    ran = run_experiment(outline.name)
    assert ran.status == "done", ran.errors
    roles = {name.rstrip(" 0123456789") for name in ran.processes}
    assert {name.rstrip(" 0123456789") for name in drawn} <= roles
    assert len(drawn) >= 2


@pytest.fixture
def panel(qtbot: QtBot) -> GuidePanel:
    panel = GuidePanel()
    qtbot.addWidget(panel)
    panel.set_experiment(find("pipe"))
    panel.resize(880, 700)
    panel.show()
    return panel


@pytest.mark.parametrize("width", [pytest.param(880, id="usual"), pytest.param(500, id="narrow")])
def test_it_has_its_room_over_its_description(panel: GuidePanel, width: int) -> None:
    panel.resize(width, 700)
    panel.grab()
    view = named(panel, "Guide text", GuideView)
    text = view.document()
    first = text.begin()
    caption = first.next()
    assert caption.text() == DESCRIBED.match(guide_of(find("pipe")).split("\n\n")[1])[1]  # type: ignore[index]
    layout = text.documentLayout()
    size = view._drawing_size(view.banner.width())
    assert size.width() == (560 if width == 880 else view.viewport().width() - 2 * 20 - 2 * 16)
    assert size.height() / size.width() == pytest.approx(drawings.size("pipe").height() / 560)
    room = layout.blockBoundingRect(caption).top() - layout.blockBoundingRect(first).bottom()
    assert room >= size.height() + 16 + 8


def test_a_guide_without_a_drawing_has_no_room_for_one(qtbot: QtBot) -> None:
    view = GuideView()
    qtbot.addWidget(view)
    view.set_markdown("One.\n\nTwo.")
    view.resize(600, 300)
    view.show()
    view.grab()
    layout, first = view.document().documentLayout(), view.document().begin()
    room = layout.blockBoundingRect(first.next()).top() - layout.blockBoundingRect(first).bottom()
    assert 0 <= room <= 24
