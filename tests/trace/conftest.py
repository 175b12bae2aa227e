"""Watched runs of experiments of the tests' own, to their ends."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import Any

import pytest

from ipclab import engine

PATIENCE = 60.0  # s until a run that does not end is killed, and the test fails

Watch = Callable[..., "engine.Observation"]


@pytest.fixture
def watch() -> Watch:
    """Return a function that runs a module of tests.trace watched, and returns all that is known of it."""

    def ran(
        stem: str,
        method: str = "spawn",
        *,
        watched: bool = True,
        stop_when: Callable[[engine.Observation], bool] | None = None,
        **parameters: Any,
    ) -> engine.Observation:
        may_end = stop_when is None
        module = importlib.import_module(f"tests.trace.{stem}")
        options = module.Options(**parameters)
        values = {name: getattr(options, name) for name in options.__dataclass_fields__}
        run = engine.Run(engine.Request(stem, values, method, watched=watched), module.__name__)
        observation = engine.Observation()
        deadline = time.monotonic() + PATIENCE
        try:
            while time.monotonic() < deadline:
                batch = run.receive(0.5)
                if batch is not None:
                    for _ in observation.take(batch):
                        pass
                if stop_when is not None and stop_when(observation):
                    run.stop()
                    stop_when = None
            raise TimeoutError(f"{stem} did not end within {PATIENCE:g} s")
        except EOFError:
            observation.end(run.end())
        except BaseException:
            run.kill()
            run.end()
            raise
        assert observation.outcome is not None
        assert observation.outcome.status == ("done" if may_end else "stopped"), [
            line.text for line in observation.lines
        ]
        return observation

    return ran
