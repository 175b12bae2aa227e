"""Which runs are watched where nobody says so: those that teach, not those that measure."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from ipclab import catalog
from ipclab.options import validate


def watched(name: str, parameters: Mapping[str, object], choice: str = "auto") -> bool:
    experiment = catalog.find(name)
    return experiment.watched(choice, dict(validate(experiment.fields, parameters)))


@pytest.mark.parametrize(
    "name", ["separate-memory", "shared-memory", "pipe", "queue", "deadlock", "server-process", "network-manager"]
)
def test_the_tutorials_data_is_watched(name: str) -> None:
    assert watched(name, {})


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("pipe", {"traffic": "there and back"}),
        ("pipe", {"traffic": "one way"}),
        ("queue", {"traffic": "stream"}),
        ("server-process", {"kind": "speed"}),
        ("network-manager", {"kind": "round trips"}),
        ("lost-updates", {}),
        ("torn-reads", {}),
        ("shared-block", {}),
        ("two-at-one-end", {}),
    ],
)
def test_what_measures_is_not(name: str, parameters: dict[str, object]) -> None:
    assert not watched(name, parameters)


def test_steps_that_can_be_followed_are_watched() -> None:
    assert watched("lost-updates", catalog.find("lost-updates").presets["Step by step"])


def test_a_choice_wins() -> None:
    assert watched("torn-reads", {}, "on")
    assert not watched("pipe", {}, "off")
