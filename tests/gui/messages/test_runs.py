"""Watched runs of the lab's own engine, shown while they go on and after."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt

from ipclab import engine
from ipclab.catalog import find
from ipclab.trace import record
from ipclab_gui.messages import lanes
from ipclab_gui.panels.messages import MessagesPanel
from tests.gui.messages.charted import SHIFT, details, press

Run = Callable[..., engine.Observation]
PATIENCE = 60.0  # s


@pytest.fixture
def run(panel: MessagesPanel) -> Iterator[Run]:
    """Return a function that runs an experiment watched, the panel refreshed with each batch, to its end."""
    started: list[engine.Run] = []

    def ran(name: str, preset: str, **changed: Any) -> engine.Observation:
        experiment = find(name)
        values: dict[str, object] = {field.name: field.default for field in experiment.fields}
        values |= {**experiment.presets[preset], **changed}
        one = engine.start(engine.Request(experiment=name, parameters=values, watched=True))
        started.append(one)
        observation = engine.Observation()
        panel.begin(observation)
        deadline, ticks = time.monotonic() + PATIENCE, 0
        while time.monotonic() < deadline:
            try:
                batch = one.receive(0.5)
            except EOFError:
                observation.end(one.end())
                panel.refresh(True)
                panel.grab()
                return observation
            if batch is not None:
                for _ in observation.take(batch):
                    pass
                ticks += 1
                panel.refresh(ticks % 8 == 0)
                panel.grab()
        raise TimeoutError(f"{name} did not end within {PATIENCE:g} s")

    yield ran
    for one in started:
        one.kill()
        one.end()


def told(panel: MessagesPanel, most: int) -> list[dict[str, str]]:
    """Go through all messages from the first with the keys; return what is said of each."""
    found: list[dict[str, str]] = []
    press(panel.chart, Qt.Key.Key_Escape, Qt.Key.Key_0)
    for _ in range(most):
        press(panel.chart, Qt.Key.Key_Right, held=SHIFT)
        if found and details(panel) == found[-1]:
            break
        found.append(details(panel))
    return found


def test_the_tutorials_messages_are_those_that_were_sent(panel: MessagesPanel, run: Run) -> None:
    observation = run("pipe", "Tutorial's messages", messages=("hello", "hey", "hru?"))
    assert observation.outcome is not None
    assert observation.outcome.status == "done"
    found = told(panel, 20)
    assert [one["Contents"] for one in found] == ["'hello'", "'hey'", "'hru?'", "'END'"]
    assert all(one["Sent"].startswith("sender, ") and one["Received"].startswith("receiver, ") for one in found)
    assert {one["Sent at"].split(",")[0] for one in found} == {"pipe.py"}
    assert panel.details.note.whole == "4 sent, 4 received, 0 not recorded"


def test_the_numbers_in_a_queue_come_in_their_order_with_their_puts(panel: MessagesPanel, run: Run) -> None:
    run("queue", "Tutorial's squares", numbers=(1, 2, 3))
    found = [one for one in told(panel, 20) if one["Channel"].startswith("Queue")]
    assert [one["Contents"] for one in found] == ["1", "4", "9"]
    assert all(one["Put"].startswith("producer 1") and one["Taken"].startswith("consumer 1") for one in found)


def test_a_worker_that_was_ended_waits_to_its_end_and_no_longer(panel: MessagesPanel, run: Run) -> None:
    run("deadlock", "Both receive first", count=60)
    assert panel.chart.scene is not None
    rows = {row.process.name: row for row in panel.chart.scene.rows}
    for name in ("left", "right"):
        assert rows[name].process.state == "killed"
        assert lanes.how_it_ended(rows[name]) == "SIGTERM, in recv()"
    assert panel.chart.view.start == 0


def test_many_producers_and_consumers_are_read_as_they_were(panel: MessagesPanel, run: Run) -> None:
    observation = run("queue", "Many at both ends", count=2_000)
    scene, operations = panel.chart.scene, observation.operations
    assert scene is not None and operations is not None
    assert operations.unrecorded == 0
    assert list(operations.pending()) == []  # every completion has come
    for row in scene.rows:
        if row.reader is None:
            continue
        lane = row.reader.lane
        mine = (lane["word"] != 0) & (lane["site"] != record.NOWHERE)
        fed = (lane["word"] >> 8 == record.SEND) & (lane["thread"] > 1)
        assert len(row.reader) == int((mine | fed).sum())
    (queue,) = [lane for _, lane in scene.channels if scene.is_queue(lane.number) and lane.depth.added.total > 1_000]
    puts = sum(
        int(((one["word"] >> 8 == record.PUT) & (one["thing"] == queue.number)).sum()) for one in operations.by_number
    )
    assert queue.depth.added.total == puts
    assert queue.depth.added.total == queue.depth.removed.total


def test_a_run_without_watch_shows_no_chart(panel: MessagesPanel) -> None:
    one = engine.start(engine.Request(experiment="pipe", parameters={}, watched=False))
    observation = engine.Observation()
    panel.begin(observation)
    try:
        while True:
            batch = one.receive(0.5)
            for _ in observation.take(batch) if batch is not None else ():
                pass
    except EOFError:
        observation.end(one.end())
    panel.refresh(True)
    assert not panel.chart.isVisible()
