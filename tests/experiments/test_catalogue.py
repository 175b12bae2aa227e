"""What holds for every experiment that there is."""

import json
import subprocess
import sys
from importlib.resources import files
from typing import Any

import pytest

from ipclab import engine
from ipclab.outlines import GROUPS
from tests.running import START_METHODS, run_experiment

EXPERIMENTS = engine.experiments()
# As small as it can be and still end like the preset: a preset may measure for seconds, its test need not.
SMALLER: dict[str, Any] = {"count": 200, "increments": 500, "rounds": 5, "patience": 0.2, "pause": 0.0}
SMALLER["duration"] = 0.2  # s


def id_of(experiment: engine.Experiment) -> str:
    return experiment.name


every_experiment = pytest.mark.parametrize("experiment", EXPERIMENTS, ids=id_of)
PRESETS = [(one, title) for one in EXPERIMENTS for title in one.presets]
every_preset = pytest.mark.parametrize(
    ("experiment", "preset"), [pytest.param(one, title, id=f"{one.name}: {title}") for one, title in PRESETS]
)
some_presets = pytest.mark.parametrize(  # a third of them; the others are slow ones, and most have tests of their own
    ("experiment", "preset"),
    [
        pytest.param(one, title, id=f"{one.name}: {title}", marks=[pytest.mark.slow] if number % 3 else [])
        for number, (one, title) in enumerate(PRESETS)
    ],
)


def smaller(experiment: engine.Experiment, values: dict[str, Any]) -> dict[str, Any]:
    applying = engine.validate(experiment.fields, values)
    small = {f.name: SMALLER[f.name] for f in experiment.fields if f.name in SMALLER and f.applies(applying)}
    return values | small


def test_the_first_four_are_there_in_the_order_in_which_a_person_would_learn_them() -> None:
    names = [experiment.name for experiment in EXPERIMENTS]
    assert [name for name in names if name in {"separate-memory", "shared-memory", "lost-updates", "pipe"}] == [
        "separate-memory",
        "shared-memory",
        "lost-updates",
        "pipe",
    ]


@every_experiment
def test_an_experiment_has_a_guide_with_headings_and_links_to_the_documentation(experiment: engine.Experiment) -> None:
    guide = files("ipclab_resources").joinpath("guides", f"{experiment.stem}.md").read_text()
    assert guide.count("\n## ") >= 3
    assert "https://docs.python.org/3/library/" in guide


@every_experiment
def test_a_guide_names_presets_and_parameters_as_the_form_does(experiment: engine.Experiment) -> None:
    guide = files("ipclab_resources").joinpath("guides", f"{experiment.stem}.md").read_text()
    title = next(iter(experiment.presets))
    missing = [preset for preset in experiment.presets if f"**{preset}**" not in " ".join(guide.split())]
    assert missing in ([], [title])
    assert any(f"**{field.label}**" in guide for field in experiment.fields)


@every_experiment
def test_group_summary_and_series_are_fit_to_be_shown(experiment: engine.Experiment) -> None:
    assert experiment.group in GROUPS
    assert experiment.summary.endswith(".")
    assert len(experiment.summary) < 130
    assert all(field.help and not field.help.endswith(".") for field in experiment.fields)
    assert all(series.name == series.name.lower() and series.unit for series in experiment.series)
    assert all(series.against in (None, *experiment.series) for series in experiment.series)


@every_experiment
def test_the_first_preset_is_the_defaults(experiment: engine.Experiment) -> None:
    assert not next(iter(experiment.presets.values()))


@every_preset
def test_a_preset_is_valid(experiment: engine.Experiment, preset: str) -> None:
    values = engine.validate(experiment.fields, experiment.presets[preset])
    assert experiment.options(**values)


@every_experiment
def test_each_choice_is_taken_for_itself(experiment: engine.Experiment) -> None:
    for field in experiment.fields:
        for choice in field.choices:
            assert field.check(choice) == choice
            assert field.parse(choice.replace(" ", "-")) == choice


@every_experiment
def test_its_description_is_json_and_says_what_the_command_line_needs(experiment: engine.Experiment) -> None:
    about = json.loads(json.dumps(experiment.describe()))
    assert about["name"] == experiment.name
    for field in about["fields"]:
        assert {"name", "kind", "unit", "default", "help"} <= field.keys()


@every_experiment
def test_a_worker_that_imports_it_gets_the_standard_library_and_ipclab_alone(experiment: engine.Experiment) -> None:
    program = f"""
import sys
sys.path[:0] = {sys.path!r}
before = {{*sys.modules, "__mp_main__"}}  # multiprocessing's name for __main__
import {experiment.module}
names = {{name.partition(".")[0] for name in set(sys.modules) - before}}
print(*sorted(name for name in names if name not in sys.stdlib_module_names and name != "ipclab"))
"""
    words = [sys.executable, "-I", "-S", "-c", program]
    assert subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip() == ""


@every_experiment
@pytest.mark.parametrize("start_method", START_METHODS)
def test_its_defaults_run_to_the_end(experiment: engine.Experiment, start_method: str) -> None:
    ran = run_experiment(experiment.name, start_method=start_method, **smaller(experiment, {}))
    assert ran.status == "done", ran.errors
    assert ran.findings
    ended = [process for process in ran.processes.values() if process.signal is None]  # else main has said so
    assert {process.code for process in ended} == {0}
    assert [line.text for line in ran.observation.lines if line.stream == "stderr"] == []


@some_presets
def test_a_preset_runs_to_the_end(experiment: engine.Experiment, preset: str) -> None:
    ran = run_experiment(experiment.name, **smaller(experiment, dict(experiment.presets[preset])))
    assert ran.status == "done", ran.errors
    assert ran.findings
    ended = [process for process in ran.processes.values() if process.signal is None]  # else main has said so
    assert {process.code for process in ended} == {0}
    assert set(ran.series) <= {series.name for series in experiment.series}
