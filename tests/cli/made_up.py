"""An experiment that there is not, with options of the test's own, as the only one that the command line knows."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipclab import catalog
from ipclab.options import fields
from ipclab.outlines import Outline


def made_up(options: type) -> catalog.Experiment:
    """Return an experiment that takes these options."""
    return catalog.Experiment(
        name="made-up",
        title="Made up",
        group="Messages",
        summary="What the options say.",
        fields=fields(options),
        presets={"As it comes": {}},
        series=(),
        module="made_up",
        source=Path("made_up.py"),
        options=options,
    )


def make_only(experiment: catalog.Experiment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the catalogue hold this experiment and no other, until the test is over."""
    outline = Outline(experiment.name, experiment.title, experiment.group, experiment.summary, experiment.module, 1)
    monkeypatch.setattr(catalog, "outlines", lambda: (outline,))
    monkeypatch.setattr(catalog, "_loaded", lambda _module: experiment)
