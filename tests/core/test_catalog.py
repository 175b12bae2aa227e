"""The catalogue: what experiments declare is read, and what cannot be used is refused when it is loaded."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import ipclab.experiments
from ipclab import catalog, outlines
from ipclab.options import RESERVED
from ipclab.outlines import BadExperiment

GOOD = '''
"""What it is, in a line.

More of it.
"""
from __future__ import annotations
from dataclasses import dataclass
from typing import Annotated, Literal
from ipclab.declarations import Help, Range, Series, When

GROUP = "Messages"
SERIES = (Series("depth", "messages"),)
PRESETS = {"As it comes": {}, "Many": {"way": "long", "count": 100}}

@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may tweak."""

    way: Literal["short", "long"] = "short"
    count: Annotated[int, Range(1, 100), When(way="long"), Help("How many")] = 5

def run(lab, options):
    pass
'''

Load = Callable[[str], catalog.Experiment]


def forget() -> None:
    for cached in (catalog.experiments, outlines.outlines, catalog._loaded):
        cached.cache_clear()


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Load]:
    """Return a function that lays an experiment's file where the catalogue looks, and loads the catalogue anew."""

    def look(source: str) -> catalog.Experiment:
        (tmp_path / "made_up.py").write_text(source, encoding="utf-8")
        monkeypatch.setattr(ipclab.experiments, "__path__", [str(tmp_path)])
        forget()
        return catalog.find("made-up")

    yield look
    sys.modules.pop("ipclab.experiments.made_up", None)
    forget()


def test_everything_is_derived_from_what_the_file_declares(load: Load) -> None:
    experiment = load(GOOD)
    assert (experiment.name, experiment.title, experiment.stem) == ("made-up", "Made up", "made_up")
    assert (experiment.group, experiment.summary) == ("Messages", "What it is, in a line.")
    assert [field.name for field in experiment.fields] == ["way", "count"]
    assert experiment.source.name == "made_up.py"


def test_a_title_of_its_own_wins(load: Load) -> None:
    assert load(GOOD + 'TITLE = "Two at one end"\n').title == "Two at one end"


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_an_option_named_like_a_common_flag_is_refused_when_it_is_loaded(load: Load, name: str) -> None:
    with pytest.raises(BadExperiment, match=f"made_up.py: option '{name}' is named like a flag"):
        load(GOOD.replace("count: Annotated", f"{name}: Annotated").replace('"count": 100', f'"{name}": 100'))


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        pytest.param('"""What it is, in a line.\n\nMore of it.\n"""', "", "no docstring", id="no docstring"),
        pytest.param('GROUP = "Messages"', "", "made_up.py has no GROUP", id="no group"),
        pytest.param('"Messages"', '"Mess" + SAGES', "GROUP must be a literal in one line", id="no literal"),
        pytest.param("PRESETS =", "OTHERS =", "made_up.py has no PRESETS", id="no presets"),
        pytest.param("def run", "def walk", "made_up.py has no run", id="no run"),
        pytest.param('GROUP = "Messages"', 'GROUP = "Odds"', "group 'Odds' is not one of Memory", id="unknown group"),
        pytest.param('"count": 100', '"count": 101', "preset 'Many': 101 is out of range", id="preset out of range"),
        pytest.param('"count": 100', '"amount": 1', "no parameter amount; did you mean count?", id="preset of nothing"),
        pytest.param('"way": "long", ', "", "preset 'Many': Count applies only when way is long", id="preset unused"),
        pytest.param("] = 5", "] = 0", "option 'count': 0 is out of range", id="default out of range"),
        pytest.param('When(way="long")', 'When(way="lang")', "option 'count': “lang” is not one of", id="when never"),
        pytest.param('When(way="long")', "When(road=1)", "'count' depends on 'road'", id="when of nothing"),
        pytest.param("Annotated[int,", "Annotated[dict,", "'count'.* is not a kind", id="unknown kind"),
        pytest.param('Help("How many")', '"How many"', "'count'.* is not a marker", id="unknown marker"),
        pytest.param("] = 5", "]", "option 'count' has no default", id="no default"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_what_is_wrong(load: Load, good: str, bad: str, says: str) -> None:
    assert good in GOOD
    with pytest.raises(BadExperiment, match=says):
        load(GOOD.replace(good, bad))


def test_capitals_and_underscores_of_a_name_are_forgiven(load: Load) -> None:
    load(GOOD)
    assert catalog.find("Made_Up") is catalog.find("made up")


def test_an_unknown_name_is_answered_with_the_nearest_in_one_sentence(load: Load) -> None:
    load(GOOD)
    with pytest.raises(
        catalog.UnknownExperiment, match=re.escape("There is no experiment 'maid-up'; did you mean made-up?")
    ):
        catalog.find("maid-up")
    with pytest.raises(catalog.UnknownExperiment, match=re.escape("There is no experiment 'xyz'; there are made-up.")):
        catalog.find("xyz")


def test_the_description_has_the_fields_of_the_experiment_and_those_of_every_one(load: Load) -> None:
    about = load(GOOD).describe()
    assert list(about) == ["name", "title", "group", "summary", "fields"]
    assert isinstance(about["fields"], list)
    assert [field["name"] for field in about["fields"]] == [
        "way", "count", "start_method", "seed", "time_limit", "watch", "pace",
    ]  # fmt: skip


def test_start_methods_are_those_of_the_system_with_spawn_as_the_default() -> None:
    methods = catalog.start_methods()
    assert methods[0] == "spawn"
    field = catalog.every_run()[0]
    assert (field.name, field.choices, field.default) == ("start_method", methods, "spawn")


def test_the_catalogue_is_in_the_order_in_which_a_person_would_learn() -> None:
    groups = [experiment.group for experiment in catalog.experiments()]
    assert groups == sorted(groups, key=outlines.GROUPS.index)
    assert catalog.names()[0] == "separate-memory"


def test_an_outline_says_what_the_experiment_itself_says() -> None:
    for outline, experiment in zip(outlines.outlines(), catalog.experiments(), strict=True):
        for name in ("name", "title", "group", "summary", "module", "stem"):
            assert getattr(outline, name) == getattr(experiment, name)
        assert outline.orders == tuple(experiment.orders)


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ('GROUP = "Messages"', 'GROUP: str = "Messages"\nTITLE = "A title"\nORDER = 7'),
        ('"""What it is, in a line.', '# first\n"""What it is, in a line.'),
    ],
)
def test_an_outline_is_right_however_it_is_written(load: Load, written: str, instead: str) -> None:
    experiment = load(GOOD.replace(written, instead))
    (outline,) = outlines.outlines()
    assert (outline.title, outline.group, outline.summary) == (experiment.title, "Messages", "What it is, in a line.")
    assert outline.order == (7 if "ORDER" in instead else outlines.LAST)
