"""The thread between the window and a run: what it lays down, when it says so, and how it ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QCoreApplication
from pytestqt.qtbot import QtBot

from ipclab.records import Outcome, Request, StartFailed
from ipclab_gui.link import AHEAD, Link, Run
from tests.gui.handed import DONE, HandedRun, Start, batch

REQUEST = Request("pipe", {})


@pytest.fixture
def begin(qtbot: QtBot) -> Iterator[Callable[..., Link]]:
    """Return a function that starts a link; the threads have ended after the test."""
    links: list[Link] = []

    def begin_one(start: Callable[[Request], Run]) -> Link:
        links.append(Link(start, REQUEST, StartFailed))
        links[-1].start()
        return links[-1]

    yield begin_one
    for link in links:
        link.kill()
        assert link.isFinished()


@pytest.fixture
def run(begin: Callable[..., Link], qtbot: QtBot) -> tuple[Link, HandedRun]:
    """Return a link that receives from a run."""
    start = Start()
    link = begin(start)
    qtbot.waitUntil(lambda: bool(start.runs))
    return link, start.runs[0]


def pulled(link: Link) -> list[object]:
    """Return what lies there, as times, and the outcome."""
    found: list[object] = []
    while (item := link.pull()) is not None:
        found.append(item if isinstance(item, Outcome) else item["time"])
    return found


def told(link: Link) -> list[int]:
    """Return a list that grows with each signal that something has arrived."""
    numbers: list[int] = []
    link.arrived.connect(numbers.append)
    return numbers


def test_batches_are_pulled_in_their_order_and_the_outcome_last(qtbot: QtBot, run: tuple[Link, HandedRun]) -> None:
    link, handed = run
    handed.give(*(batch(n) for n in range(5)))
    handed.finish()
    qtbot.waitUntil(link.isFinished)
    assert pulled(link) == [0.0, 1.0, 2.0, 3.0, 4.0, DONE]
    assert link.pull() is None
    assert handed.asked == ["end"]


def test_it_says_once_that_there_is_something_until_somebody_looks(qtbot: QtBot, run: tuple[Link, HandedRun]) -> None:
    link, handed = run
    numbers = told(link)
    handed.give(*(batch(n) for n in range(20)))
    qtbot.waitUntil(lambda: handed.received == 20)
    QCoreApplication.processEvents()
    assert numbers == [link.number]
    assert len(pulled(link)) == 20
    handed.give(batch(20))
    qtbot.waitUntil(lambda: len(numbers) == 2)


def test_it_receives_no_more_than_the_window_pulls(qtbot: QtBot, run: tuple[Link, HandedRun]) -> None:
    link, handed = run
    handed.give(*(batch(n) for n in range(3 * AHEAD)))
    qtbot.waitUntil(lambda: handed.received == AHEAD + 1)  # the last in its hand
    for pulls in range(5):
        assert link.pull() is not None
        more = AHEAD + 2 + pulls

        def one_more(wanted: int = more) -> bool:
            return handed.received == wanted

        qtbot.waitUntil(one_more)
    assert len(link._batches) == AHEAD
    assert handed.received == AHEAD + 6
    found: list[object] = []
    handed.finish()

    def all_there() -> bool:
        found.extend(pulled(link))
        return DONE in found

    qtbot.waitUntil(all_there)
    assert found == [*(float(n) for n in range(5, 3 * AHEAD)), DONE]


def test_where_only_gaps_are_wanted_it_is_silent_until_one_comes(qtbot: QtBot, run: tuple[Link, HandedRun]) -> None:
    link, handed = run
    numbers = told(link)
    link.only_gaps(True)
    handed.give(batch(0), batch(1))
    qtbot.waitUntil(lambda: len(link._batches) == 2)
    QCoreApplication.processEvents()
    assert numbers == []
    handed.give(batch(2, gap=True))
    qtbot.waitUntil(lambda: numbers == [link.number])
    assert pulled(link) == [0.0, 1.0, 2.0]
    link.only_gaps(False)
    handed.give(batch(3))
    qtbot.waitUntil(lambda: len(numbers) == 2)


def test_without_gaps_it_speaks_before_the_queue_is_full_and_at_the_end(
    qtbot: QtBot, run: tuple[Link, HandedRun]
) -> None:
    link, handed = run
    numbers = told(link)
    link.only_gaps(True)
    handed.give(*(batch(n) for n in range(AHEAD // 2 + 1)))
    qtbot.waitUntil(lambda: len(numbers) == 1)
    pulled(link)
    handed.finish()
    qtbot.waitUntil(lambda: len(numbers) == 2)
    assert pulled(link) == [DONE]


def test_a_start_that_fails_is_an_outcome_in_words(qtbot: QtBot, begin: Callable[..., Link]) -> None:
    def start(_request: Request) -> Run:
        raise StartFailed("The runner could not be started: Permission denied.")

    link = begin(start)
    qtbot.waitUntil(link.isFinished)
    assert pulled(link) == [Outcome("failed", "The runner could not be started: Permission denied.", 0.0)]


def test_a_bug_while_starting_is_told_with_its_traceback(qtbot: QtBot) -> None:
    def start(_request: Request) -> Run:
        raise RuntimeError("a bug of ours")

    link = Link(start, REQUEST, StartFailed)
    with qtbot.waitSignal(link.broke) as said:
        link.start()
    assert link.wait(5_000)
    number, trace = said.args
    assert number == link.number
    assert trace.startswith("Traceback")
    assert trace.rstrip().endswith("RuntimeError: a bug of ours")
    assert link.pull() is None


def test_a_bug_while_receiving_is_told_and_the_run_is_ended(qtbot: QtBot, run: tuple[Link, HandedRun]) -> None:
    link, handed = run
    with qtbot.waitSignal(link.broke) as said:
        handed.give(batch(0), KeyError("samples"))
    assert "KeyError: 'samples'" in said.args[1]
    qtbot.waitUntil(link.isFinished)
    assert handed.asked == ["kill"]


@pytest.mark.parametrize("wish", ["stop", "kill"])
def test_a_wish_before_the_run_is_there_is_fulfilled_once_it_is(
    qtbot: QtBot, begin: Callable[..., Link], wish: str
) -> None:
    start = Start()
    start.held.clear()
    link = begin(start)
    assert start.called.wait(5)
    asking = threading.Thread(target=getattr(link, wish))  # kill() waits for the end
    asking.start()
    qtbot.waitUntil(lambda: link._wish == wish)
    start.held.set()
    asking.join(10)
    qtbot.waitUntil(link.isFinished)
    assert start.runs[0].asked == [wish, "end"]


def test_stop_asks_the_run_and_what_it_says_after_that_is_kept(qtbot: QtBot, run: tuple[Link, HandedRun]) -> None:
    link, handed = run
    handed.give(batch(0))
    qtbot.waitUntil(lambda: handed.received == 1)
    link.stop()
    qtbot.waitUntil(link.isFinished)
    assert handed.asked == ["stop", "end"]
    assert pulled(link) == [0.0, Outcome("stopped", "Stopped.", 1.0)]


def test_kill_ends_a_link_whose_queue_nobody_pulls(qtbot: QtBot, run: tuple[Link, HandedRun]) -> None:
    link, handed = run
    handed.give(*(batch(n) for n in range(2 * AHEAD)))
    qtbot.waitUntil(lambda: handed.received == AHEAD + 1)
    link.kill()
    assert link.isFinished()
    assert handed.asked == ["kill", "end"]


def test_each_link_has_a_number_of_its_own() -> None:
    numbers = [Link(Start(), REQUEST, StartFailed).number for _ in range(3)]
    assert len(set(numbers)) == 3
