"""What to try: presets that a guide offers, and the buttons that set the form to one and run it."""

from __future__ import annotations

import re

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from ipclab.catalog import Experiment, experiments, find
from ipclab_gui import style
from ipclab_gui.panels.guide import GuidePanel, guide_of
from ipclab_gui.panels.guide_text import GuideText
from ipclab_gui.panels.guide_view import GuideView
from ipclab_gui.panels.tries import TryButton
from ipclab_gui.window import MainWindow
from tests.gui.formed import type_into
from tests.gui.observed import named
from tests.gui.pressed import SHIFT, press

OFFER = re.compile(r"^- \*\*(.+)\*\*\\\n(?:  .*\n)*?  .*\[Try it\]\(<try:(.+)>\)$", re.MULTILINE)
LIMIT = 20_000  # ms until a run that does not come to its end fails the test

every_experiment = pytest.mark.parametrize("experiment", experiments(), ids=lambda experiment: experiment.name)


def offers(panel: GuidePanel) -> list[TryButton]:
    """Return the buttons from top to bottom."""
    return sorted(panel.findChildren(TryButton), key=lambda button: button.y())


def guide(qtbot: QtBot, window: MainWindow, name: str) -> GuidePanel:
    """Show an experiment's guide, and wait for its buttons."""
    window.show_experiment(name)
    panel = window.workspace.panel
    assert isinstance(panel, GuidePanel)
    qtbot.waitUntil(lambda: bool(offers(panel)) and offers(panel)[-1].isVisible())
    return panel


def until_over(qtbot: QtBot, window: MainWindow) -> str:
    """Wait for the run's end; return how it ended."""
    qtbot.waitUntil(lambda: not window.live.running, timeout=LIMIT)
    outcome = window.live.observation.outcome
    assert outcome is not None
    return outcome.status


@pytest.fixture
def panel(qtbot: QtBot) -> GuidePanel:
    panel = GuidePanel()
    qtbot.addWidget(panel)
    panel.set_experiment(find("pipe"))
    panel.resize(880, 700)
    panel.show()
    qtbot.waitUntil(lambda: bool(offers(panel)) and offers(panel)[-1].isVisible())
    return panel


@every_experiment
def test_each_guide_offers_each_preset_once_and_no_other(experiment: Experiment) -> None:
    text = guide_of(experiment)
    found = OFFER.findall(text)
    assert sorted(preset for _, preset in found) == sorted(experiment.presets)
    assert [title for title, _ in found] == [preset for _, preset in found]
    assert text.count("try:") == len(found)
    assert found[0][1] == next(iter(experiment.presets))


@every_experiment
def test_an_offer_is_a_row_of_the_text_whose_link_gives_way_to_a_button(
    qapp: QApplication, experiment: Experiment
) -> None:
    text = GuideText(guide_of(experiment))
    assert [preset for _, preset in text.tries] == [preset for _, preset in OFFER.findall(guide_of(experiment))]
    for block, preset in text.tries:
        title, about = block.text().split("\u2028")
        assert title == preset
        assert about.strip()
        assert block.textList() is None
    assert "Try it" not in text.toPlainText()
    text.deleteLater()


@pytest.mark.parametrize("width", [pytest.param(880, id="usual"), pytest.param(500, id="narrow")])
def test_each_button_stands_beside_its_row(panel: GuidePanel, width: int) -> None:
    panel.resize(width, 700)
    panel.grab()
    view = named(panel, "Guide text", GuideView)
    text = view.document()
    assert isinstance(text, GuideText)
    layout = text.documentLayout()
    for scrolled in (0, 300):
        view.verticalScrollBar().setValue(scrolled)
        for button, (block, preset) in zip(offers(panel), text.tries, strict=True):
            assert button.accessibleName() == f"Try it: {preset}"
            row = layout.blockBoundingRect(block)
            assert abs(button.geometry().center().y() + scrolled - row.center().y()) < 2
            assert button.geometry().right() + 1 == view.banner.geometry().right() + 1
            words = max(block.layout().lineAt(n).naturalTextWidth() for n in range(block.layout().lineCount()))
            assert row.left() + words < button.x()


def test_a_click_sets_the_form_and_runs_it(qtbot: QtBot, window: MainWindow) -> None:
    panel = guide(qtbot, window, "separate-memory")
    type_into(window.workspace.form, "numbers", "not a number")
    assert not window.bar.run.isEnabled()
    button = named(panel, "Try it: Filled before the start", TryButton)
    assert (button.text(), button.isEnabled()) == ("Try it", True)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    form = window.workspace.form
    assert form.presets.currentText() == "Filled before the start"
    assert form.request().parameters["fill_first"] is True
    assert form.request().parameters["numbers"] == (1, 2, 3, 4)
    assert window.live.running
    assert until_over(qtbot, window) == "done"
    assert "result in the main program: [100, 200]" in {line.text for line in window.live.observation.lines}
    assert window.workspace.title == "Guide"


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_tab_leads_to_it_and_a_key_runs_it(qtbot: QtBot, window: MainWindow, key: Qt.Key) -> None:
    panel = guide(qtbot, window, "separate-memory")
    view = named(panel, "Guide text", GuideView)
    view.banner.run_button.setFocus(Qt.FocusReason.TabFocusReason)
    reached = []
    for _ in range(2):
        press(window, Qt.Key.Key_Tab)
        reached.append(window.focusWidget())
    assert reached == offers(panel)
    assert view.viewport().rect().contains(offers(panel)[1].geometry())
    press(window, key)
    assert window.live.running
    assert window.focusWidget() is view  # the button cannot be pressed now
    assert window.workspace.form.presets.currentText() == "Filled before the start"
    assert until_over(qtbot, window) == "done"
    assert window.focusWidget() is offers(panel)[1]


def test_while_a_run_goes_on_it_says_so_and_starts_no_other(qtbot: QtBot, window: MainWindow) -> None:
    panel = guide(qtbot, window, "pipe")
    tried, other = named(panel, "Try it: Round trips", TryButton), named(panel, "Try it: A stream", TryButton)
    QTest.mouseClick(tried, Qt.MouseButton.LeftButton)
    assert (tried.text(), other.text()) == ("Running", "Try it")
    for button in (tried, other):
        assert not button.isEnabled()
        assert button.toolTip() == "A run goes on; Shift+F5 stops it"
    window.try_preset("A stream")
    assert window.workspace.form.presets.currentText() == "Round trips"
    elsewhere = guide(qtbot, window, "deadlock")
    assert not any(button.isEnabled() for button in offers(elsewhere))
    assert {button.text() for button in offers(elsewhere)} == {"Try it"}
    press(window, Qt.Key.Key_F5, SHIFT)
    assert until_over(qtbot, window) == "stopped"
    assert all(button.isEnabled() for button in offers(elsewhere))
    guide(qtbot, window, "pipe")
    assert (tried.text(), tried.isEnabled()) == ("Try it", True)
    press(window, Qt.Key.Key_F5)  # by hand: nothing of it was tried
    assert {button.text() for button in offers(panel)} == {"Try it"}
    press(window, Qt.Key.Key_F5, SHIFT)
    assert until_over(qtbot, window) == "stopped"


def test_buttons_are_those_of_the_guide_on_show_in_any_theme(
    qtbot: QtBot, qapp: QApplication, panel: GuidePanel
) -> None:
    try:
        style.set_mode(qapp, "Dark")
        assert [button.preset for button in offers(panel)] == list(find("pipe").presets)
    finally:
        style.set_mode(qapp, "System")
    panel.set_experiment(find("separate-memory"))
    qtbot.waitUntil(lambda: [button.preset for button in offers(panel)] == list(find("separate-memory").presets))
    qtbot.waitUntil(lambda: all(button.isVisible() for button in offers(panel)))


def test_a_key_that_leads_to_a_button_out_of_sight_brings_it_into_sight(panel: GuidePanel) -> None:
    view = named(panel, "Guide text", GuideView)
    last = offers(panel)[-1]
    assert last.y() > view.viewport().height()
    last.setFocus(Qt.FocusReason.TabFocusReason)
    panel.activateWindow()
    last.focused.emit()
    assert view.viewport().rect().contains(last.geometry())
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    offers(panel)[0].focused.emit()
    assert view.viewport().rect().contains(offers(panel)[0].geometry())
