"""Whether things may move: View > Motion. What happened is shown either way, at once where nothing moves."""

from __future__ import annotations

_moves = True


def allowed() -> bool:
    """Tell whether messages travel and hatches move."""
    return _moves


def allow(moves: bool) -> None:
    """Let things move, or stand."""
    global _moves
    _moves = moves
