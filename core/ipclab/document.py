"""A run as one JSON document, format 1: what `ipclab run --json` prints. Times are seconds since the run began.

A secret is "***" in `parameters`, whatever it was, and null where none was given.
A channel's `not_recorded` are the operations on it that were lost, where the lab fell behind; null where that is not
known: where a process had no room to record anything, or what was recorded gave way before it was read.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from ipclab import machine

if TYPE_CHECKING:
    from ipclab.catalog import Experiment
    from ipclab.lane import Site
    from ipclab.observation import Observation, ProcessSeen
    from ipclab.records import Outcome, Request

FORMAT = 1
NO_FIGURES: dict[str, object] = {"n": 0, "min": None, "p50": None, "p99": None, "max": None, "mean": None}


def document(experiment: Experiment, request: Request, observation: Observation, outcome: Outcome) -> dict[str, object]:
    """Return the document as plain data: whatever the run's programs showed is made fit for JSON."""
    common = {
        "start_method": request.start_method,
        "seed": request.seed,
        "time_limit": request.time_limit,
        "watch": _watch(request),
    }
    return {
        "format": FORMAT,
        "experiment": experiment.name,
        "parameters": plain({**_parameters(experiment, request), **common}),
        **_what_was_seen(observation, outcome),
        "series": _series(experiment, observation),
        **_watched(observation, outcome),
    }


def of_program(request: Request, observation: Observation, outcome: Outcome) -> dict[str, object]:
    """Return the document of a run of a person's own program."""
    program = request.program
    assert program is not None
    return {
        "format": FORMAT,
        "program": {"python": program.python, "words": list(program.words), "watch": _watch(request)},
        **_what_was_seen(observation, outcome),
        **_watched(observation, outcome),
    }


def _what_was_seen(observation: Observation, outcome: Outcome) -> dict[str, object]:
    """Return what every run's document holds."""
    return {
        "environment": machine.environment(),
        "outcome": {"status": outcome.status, "text": outcome.text, "seconds": _seconds(outcome.seconds)},
        "processes": _processes(observation),
        "findings": [
            {"level": finding.level, "text": finding.text, "evidence": finding.evidence}
            for finding in observation.findings.values()
        ],
    }


def _watch(request: Request) -> str:
    return request.mode if request.watched else "off"


def _watched(observation: Observation, outcome: Outcome) -> dict[str, object]:
    """Return what a watched run tells of its channels, and what each process was doing at its end."""
    operations, traffic = observation.operations, observation.traffic
    if operations is None or traffic is None:
        return {}
    names = {process.pid: process.name for process in observation.processes.values()}
    told = outcome.status != "crashed"  # else nobody told what else there was
    return {
        "channels": [
            {
                "name": channel.name,
                "kind": channel.kind,
                "sent": channel.sent,
                "received": channel.received,
                "bytes": channel.size,
                "not_recorded": channel.unrecorded if told else None,
                "not_pickled": channel.dropped,
                "made": _site(channel.thing.site) if channel.thing is not None else None,
            }
            for channel in traffic.channels()
        ],
        "waiting": [
            {"process": names.get(wait.pid), "call": wait.call, "on": wait.on, "since": _seconds(wait.since),
             "thread": wait.thread, "at": _site(wait.site), "time_limit": wait.limited,
             "could_be_ended_by": wait.ender.words or None}
            for wait in observation.all_waits()
        ],
        "operations": {
            "recorded": operations.total,
            "not_recorded": operations.unrecorded if told and not operations.untraced else None,
        },
        "paced": observation.paced,
        "steps": [
            {"process": seen.step.process, "thread": seen.step.thread, "operation": seen.step.operation,
             "at": seen.step.place}
            for seen in observation.steps
        ],
        "steps_not_kept": observation.steps_gone,
    }  # fmt: skip


def _site(site: Site | None) -> dict[str, object] | None:
    return None if site is None else {"file": site.file, "line": site.line, "function": site.function}


def _parameters(experiment: Experiment, request: Request) -> dict[str, object]:
    secrets = {field.name for field in experiment.fields if field.kind == "secret"}
    return {
        name: value if name not in secrets else "***" if value else None for name, value in request.parameters.items()
    }


def text(about: object) -> str:
    """Return plain data as JSON that any reader takes: pure ASCII, no NaN, indented."""
    return json.dumps(about, indent=2, allow_nan=False) + "\n"


def plain(value: object) -> object:
    """Return a value as JSON can hold it: keys are texts, and what JSON lacks is text too ("nan", bytes, ...)."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return repr(value)


def _processes(observation: Observation) -> list[dict[str, object]]:
    output: dict[int, list[dict[str, object]]] = {ident: [] for ident in observation.processes}
    for line in observation.lines:
        if line.process in output:
            output[line.process].append({"time": _seconds(line.seconds), "stream": line.stream, "text": line.text})
    return [
        {
            "name": process.name,
            "pid": process.pid,
            "parent": _name_of(process.parent, observation),
            "exit": {"code": process.code, "signal": process.signal} if process.known else None,
            "shown": plain(process.shown),
            "output": output[ident],
        }
        for ident, process in observation.processes.items()
    ]


def _name_of(ident: int | None, observation: Observation) -> str | None:
    found: ProcessSeen | None = None if ident is None else observation.processes.get(ident)
    return None if found is None else found.name


def _series(experiment: Experiment, observation: Observation) -> dict[str, dict[str, object]]:
    units = {series.name: series.unit for series in experiment.series}
    found: dict[str, dict[str, object]] = {}
    for name in dict.fromkeys((*units, *observation.series, *observation.dropped)):
        summary = observation.series.get(name)
        figures = NO_FIGURES if summary is None else summary.describe()
        found[name] = {
            "unit": units.get(name, ""),
            **{key: None if isinstance(value, float) and not math.isfinite(value) else value
               for key, value in figures.items()},
            "dropped": observation.dropped.get(name, 0),
        }  # fmt: skip
    return found


def _seconds(value: float) -> float:
    return round(value, 6)
