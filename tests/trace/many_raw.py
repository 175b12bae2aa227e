"""RawValues by the hundred, all in use at once."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.sharedctypes import RawValue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipclab.lab import Lab


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How many."""

    count: int = 1_000


def run(lab: Lab, options: Options) -> None:
    """Make them."""
    del lab
    values = [RawValue("i", number) for number in range(options.count)]
    assert sum(value.value for value in values) == options.count * (options.count - 1) // 2
