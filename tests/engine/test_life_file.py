"""Events of a process's life that a signal's handler writes, or keeps from being written, while another is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ipclab.recorder import LifeFile
from ipclab.runner.reading import LifeReader


class Interrupted:
    """A mapping; calls something in the midst of the next write."""

    def __init__(self, mapped: Any, call: Callable[[], None]) -> None:
        self._mapped, self._call = mapped, call

    def __setitem__(self, key: Any, value: Any) -> None:
        call, self._call = self._call, lambda: None
        call()
        self._mapped[key] = value


@pytest.fixture
def life(tmp_path: Path) -> Iterator[LifeFile]:
    """Return one in a folder of its own, which is closed after the test."""
    made = LifeFile(str(tmp_path), 0)
    mapped = made.map
    yield made
    made._cells.release()
    made._floats.release()
    mapped.close()


def kinds(life: LifeFile) -> list[str]:
    return [kind for _, kind, _ in LifeReader(f"{life.path}.life").events()]


def test_an_event_in_the_midst_of_another_comes_after_it(life: LifeFile) -> None:
    life.map = Interrupted(life.map, lambda: life.event("inner"))  # type: ignore[assignment]
    life.event("outer", number=1)
    assert kinds(life) == ["outer", "inner"]


def test_an_event_that_was_broken_off_comes_before_the_next(life: LifeFile) -> None:
    def broken_off() -> None:
        raise KeyboardInterrupt

    life.map = Interrupted(life.map, broken_off)  # type: ignore[assignment]
    with pytest.raises(KeyboardInterrupt):
        life.event("first", number=1)
    life.event("second")
    assert kinds(life) == ["first", "second"]
