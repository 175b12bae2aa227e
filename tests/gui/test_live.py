"""The run that goes on: its states, its frames, its end, and what of it reaches the window."""

from __future__ import annotations

import gc
import weakref

import psutil
import pytest
from PySide6.QtCore import QCoreApplication, Qt
from pytestqt.qtbot import QtBot

from ipclab.observation import Observation
from ipclab.outlines import outlines
from ipclab.records import Outcome, Request
from ipclab_gui.link import AHEAD, Run
from ipclab_gui.live import Live
from ipclab_gui.panels.graphs import GraphsPanel
from ipclab_gui.window import MainWindow
from ipclab_gui.workspace import Workspace
from tests.gui.conftest import Open
from tests.gui.graphs.graphed import TRACE, plot
from tests.gui.handed import HandedRun, Start, batch, samples, with_main
from tests.gui.pressed import SHIFT, press


@pytest.fixture
def start() -> Start:
    return Start()


@pytest.fixture
def window(open_window: Open, start: Start) -> MainWindow:
    """Return a window that shows the pipe, its runs handed out by the test."""
    return open_window("pipe", start=start)


@pytest.fixture
def run(qtbot: QtBot, window: MainWindow, start: Start) -> HandedRun:
    """Return a run that has been started and has said nothing yet."""
    window.run()
    qtbot.waitUntil(lambda: bool(start.runs))
    return start.runs[0]


def heard(live: Live) -> list[object]:
    """Return a list that grows with what the run says to the window."""
    found: list[object] = []
    live.began.connect(lambda: found.append("began"))
    live.ticked.connect(lambda: found.append("ticked"))
    live.ended.connect(lambda outcome: found.append(outcome.status))
    live.broke.connect(lambda _trace: found.append("broke"))
    return found


def drawn(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return a list that grows with each drawing, by the run's time that was drawn."""
    found: list[float] = []
    refresh = Workspace.refresh

    def noted(workspace: Workspace, now: bool) -> None:
        found.append(window.live.observation.time)
        refresh(workspace, now)

    monkeypatch.setattr(Workspace, "refresh", noted)
    return found


def test_a_run_goes_through_its_states_and_says_so(qtbot: QtBot, window: MainWindow, start: Start) -> None:
    live = window.live
    said = heard(live)
    assert (live.state, live.running) == ("", False)
    window.run()
    assert (live.state, live.running, said) == ("starting", True, ["began"])
    qtbot.waitUntil(lambda: bool(start.runs))
    start.runs[0].give(with_main())
    qtbot.waitUntil(lambda: live.state == "running")
    qtbot.waitUntil(lambda: "ticked" in said)
    qtbot.waitUntil(lambda: window.status.running.text() == "1 process")
    window.stop()
    assert live.state == "stopping"
    qtbot.waitUntil(lambda: not live.running)
    assert (live.state, said[-1]) == ("", "stopped")
    assert start.runs[0].asked == ["stop", "end"]
    assert {process.state for process in live.observation.processes.values()} == {"stopped"}


def test_stop_is_asked_once_however_often_it_is_pressed(qtbot: QtBot, window: MainWindow, run: HandedRun) -> None:
    for _ in range(3):
        press(window, Qt.Key.Key_F5, SHIFT)
    qtbot.waitUntil(lambda: not window.live.running)
    assert run.asked == ["stop", "end"]


def test_no_sample_of_a_flood_is_lost(qtbot: QtBot, window: MainWindow, run: HandedRun) -> None:
    run.give(with_main(), *(samples(n, n, n + 0.5) for n in range(1, 10 * AHEAD)))
    run.finish()
    qtbot.waitUntil(lambda: not window.live.running)
    figures = window.live.observation.series["round trip"]
    assert figures.n == 2 * (10 * AHEAD - 1)
    assert (figures.lo, figures.hi) == (1, 10 * AHEAD - 0.5)


def test_frames_come_no_faster_than_thirty_times_a_second(
    qtbot: QtBot, window: MainWindow, run: HandedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    at: list[float] = []
    refresh = Workspace.refresh

    def noted(workspace: Workspace, now: bool) -> None:
        at.append(window.live.elapsed)
        run.give(batch(len(at)))  # there is always something new
        refresh(workspace, now)

    monkeypatch.setattr(Workspace, "refresh", noted)
    run.give(with_main())
    qtbot.waitUntil(lambda: len(at) >= 10)
    assert at[-1] - at[0] > 9 * 0.032


def test_in_a_run_that_measures_only_its_gaps_are_drawn(
    qtbot: QtBot, window: MainWindow, run: HandedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = drawn(window, monkeypatch)
    run.give(with_main(1), batch(2, gap=True))
    qtbot.waitUntil(lambda: window.live.gapped)
    qtbot.waitUntil(lambda: times[-1:] == [2.0])
    known = len(times)
    run.give(batch(3), batch(4))
    qtbot.waitUntil(lambda: run.received == 4)
    QCoreApplication.processEvents()
    assert len(times) == known
    run.give(batch(5, gap=True))
    qtbot.waitUntil(lambda: times[-1] == 5.0)
    assert times[known:] == [5.0]


def test_drawing_goes_on_when_no_gap_comes_any_more(
    qtbot: QtBot, window: MainWindow, run: HandedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = drawn(window, monkeypatch)
    run.give(with_main(1), batch(2, gap=True))
    qtbot.waitUntil(lambda: window.live.gapped)
    run.give(batch(3))
    qtbot.waitUntil(lambda: not window.live.gapped)
    qtbot.waitUntil(lambda: times[-1] == 3.0)
    assert "drawing between bursts" not in window.status.running.text()
    run.give(batch(4))
    qtbot.waitUntil(lambda: times[-1] == 4.0)


def test_what_came_before_there_was_a_graph_is_drawn_in_it(qtbot: QtBot) -> None:
    workspace = Workspace(next(one for one in outlines() if one.name == "pipe"), {})
    qtbot.addWidget(workspace)
    seen = Observation()
    workspace.begin(seen)
    for number, value in ((1, 0.25), (2, 0.5)):
        for taken in seen.take({**with_main(), **samples(number, value)}):
            workspace.take_samples(*taken)
    panel = workspace.make("Graphs")
    panel.refresh(True)
    assert isinstance(panel, GraphsPanel)
    table = "".join(text for _, text in plot(panel, TRACE).rows()).splitlines()
    assert [line.split(",")[3] for line in table[1:]] == ["0.25", "0.5"]


def test_a_new_run_folds_the_findings_up_again(qtbot: QtBot, window: MainWindow, start: Start, run: HandedRun) -> None:
    five = [{"key": str(n), "level": "info", "text": str(n), "evidence": "", "seconds": 0.0} for n in range(5)]
    more = window.workspace.header.more
    run.give({**with_main(), "findings": five})
    run.finish()
    qtbot.waitUntil(lambda: not window.live.running)
    more.click()
    assert more.text() == "Fewer"
    window.run()
    assert not more.isVisible()
    qtbot.waitUntil(lambda: len(start.runs) == 2)
    start.runs[1].give({**with_main(), "findings": five})
    start.runs[1].finish()
    qtbot.waitUntil(lambda: not window.live.running)
    assert more.text() == "2 more"


def test_a_flood_between_two_gaps_is_folded_and_not_drawn(
    qtbot: QtBot, window: MainWindow, run: HandedRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = drawn(window, monkeypatch)
    run.give(with_main(1), batch(2, gap=True))
    qtbot.waitUntil(lambda: window.live.gapped)
    run.give(*(batch(n) for n in range(3, 2 * AHEAD)))
    qtbot.waitUntil(lambda: window.live.observation.time > AHEAD)
    assert window.live.gapped
    assert times[-1] == 2.0


def test_a_bug_of_the_windows_side_ends_the_run_and_is_told_with_its_traceback(
    qtbot: QtBot, window: MainWindow, start: Start, run: HandedRun
) -> None:
    traces: list[str] = []
    window.broke.connect(traces.append)
    run.give(with_main(), ZeroDivisionError("a bug of ours"))
    qtbot.waitUntil(lambda: not window.live.running)
    outcome = window.live.observation.outcome
    assert outcome is not None
    assert outcome.status == "crashed"
    assert len(traces) == 1
    assert "ZeroDivisionError: a bug of ours" in traces[0]
    assert "kill" in run.asked
    window.run()
    qtbot.waitUntil(lambda: len(start.runs) == 2)
    start.runs[1].finish()
    qtbot.waitUntil(lambda: not window.live.running)
    again = window.live.observation.outcome
    assert again is not None
    assert again.status == "done"


def test_what_an_older_run_says_late_is_not_taken_for_the_new_ones(
    qtbot: QtBot, window: MainWindow, start: Start, run: HandedRun
) -> None:
    assert window.live._link is not None
    old = window.live._link.number
    run.finish()
    qtbot.waitUntil(lambda: not window.live.running)
    window.run()
    qtbot.waitUntil(lambda: len(start.runs) == 2)
    said = heard(window.live)
    window.live._arrived(old)
    assert not window.live._timer.isActive()
    window.live._broke(old, "Traceback of the old one")
    assert said == ["broke"]  # told, since no bug is kept silent, but the new run goes on
    assert window.live.running
    start.runs[1].finish()
    qtbot.waitUntil(lambda: not window.live.running)


@pytest.mark.parametrize("state", ["starting", "running", "stopping", "full"])
def test_after_the_window_has_closed_nothing_is_said_and_nothing_is_left(
    qtbot: QtBot, window: MainWindow, run: HandedRun, state: str
) -> None:
    if state in ("running", "full"):
        run.give(with_main())
        qtbot.waitUntil(lambda: window.live.state == "running")
    if state == "full":
        run.give(*(batch(n) for n in range(3 * AHEAD)))
    if state == "stopping":
        window.stop()
    threads = list(window.live._links.values())
    said = heard(window.live)
    window.close()
    at_the_end = list(said)
    assert all(thread.isFinished() for thread in threads)
    assert "end" in run.asked
    for _ in range(5):
        QCoreApplication.processEvents()
    assert said == at_the_end == []
    assert not window.live.running
    assert not window.live._timer.isActive()
    assert not window.live._tick.isActive()
    assert window.live._links == {}


def test_a_window_closed_while_the_run_is_being_started_waits_for_it_and_ends_it(
    qtbot: QtBot, window: MainWindow, start: Start
) -> None:
    start.held.clear()
    window.run()
    assert start.called.wait(5)
    link = window.live._link
    assert link is not None
    real_kill = link.kill

    def kill() -> None:
        start.held.set()  # the start comes through while the window waits
        real_kill()

    link.kill = kill  # type: ignore[method-assign]
    window.close()
    assert start.runs[0].asked == ["kill", "end"]
    assert link.isFinished()


def test_the_death_of_runner_and_keeper_is_an_outcome(qtbot: QtBot, open_window: Open) -> None:
    from ipclab import engine

    runs: list[engine.Run] = []

    def start(request: Request) -> Run:
        runs.append(engine.start(request))
        return runs[-1]

    window = open_window("pipe", start=start)
    fields = window.workspace.form.fields
    fields.rows["traffic"].write("there and back")
    fields.rows["count"].write("10 000 000")
    fields.check()
    window.run()
    qtbot.waitUntil(lambda: len(window.live.observation.processes) >= 3, timeout=20_000)
    pids = [process.pid for process in window.live.observation.processes.values()]
    keeper = psutil.Process(runs[0]._keeper.pid)
    for engines in (*keeper.children(), keeper):
        engines.kill()
    qtbot.waitUntil(lambda: not window.live.running, timeout=20_000)
    outcome = window.live.observation.outcome
    assert outcome is not None
    assert outcome.status == "crashed"
    assert not any(process.alive for process in window.live.observation.processes.values())
    qtbot.waitUntil(lambda: not any(psutil.pid_exists(pid) for pid in pids), timeout=5_000)


def test_an_outcome_comes_to_the_window_once(qtbot: QtBot, window: MainWindow, run: HandedRun) -> None:
    ended: list[Outcome] = []
    window.live.ended.connect(ended.append)
    run.give(with_main())
    run.finish()
    qtbot.waitUntil(lambda: bool(ended))
    QCoreApplication.processEvents()
    assert [outcome.status for outcome in ended] == ["done"]
    assert window.workspace.header.chip.accessibleName() == "done, 1.0 s"


def test_nothing_of_a_run_that_has_ended_is_kept_but_what_is_shown(
    qtbot: QtBot, window: MainWindow, run: HandedRun
) -> None:
    (link,) = window.live._links.values()
    gone = weakref.ref(link)
    del link
    run.give(with_main())
    run.finish()
    qtbot.waitUntil(lambda: not window.live.running)

    def let_go() -> bool:
        gc.collect()
        return gone() is None

    qtbot.waitUntil(let_go)


def test_a_thread_that_is_late_to_end_keeps_no_window_waiting(qtbot: QtBot, window: MainWindow) -> None:
    class Late:
        def __init__(self) -> None:
            self.limits: list[int] = []

        def wait(self, limit: int) -> bool:
            self.limits.append(limit)
            return len(self.limits) > 2

    late = Late()
    window.live._links[0] = late  # type: ignore[assignment]  # a real one is late by chance
    window.live._leave(0)
    assert 0 in window.live._links
    qtbot.waitUntil(lambda: 0 not in window.live._links)
    assert late.limits == [0, 0, 0]
