"""What a run counts as a whole, told again only where it has changed."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ipclab.runner.life import Run


class Totals:
    """Remembers what was told."""

    def __init__(self) -> None:
        self._told: dict[str, object] = {"asks": ""}

    def tell(self, run: Run) -> None:
        """Have a run's sender tell what is another than before: progress, losses, and what a program asks for."""
        said = [m.life.progress for m in run.roster if m.life is not None]
        of = sum(one for _, one in said)
        totals: dict[str, object] = {
            "progress": (sum(done for done, _ in said), of) if of else None,
            "dropped": _dropped(run),
            "omitted": (sum(o.gone for o in run.files.outputs), sum(r.gone for r in run.files.rings)),
            "origin": int(run.request["origin"]) if run.files.operations else 0,
            "unrecorded_of": _unrecorded_of(run),  # first: the whole, counted later, is not less
            "unrecorded": sum(one.lost for one in run.files.operations),
        }
        for key, value in totals.items():
            if value:
                self._tell(run, key, value)
        if run.typed is not None:
            self._tell(run, "asks", run.typed.asks(run.files.outputs))

    def _tell(self, run: Run, key: str, value: object) -> None:
        if value != self._told.get(key):
            self._told[key] = value
            run.sender.tell_total(key, value)


def _unrecorded_of(run: Run) -> dict[int, int]:
    unrecorded: dict[int, int] = {}
    for one in run.files.operations:
        for thing, count in one.lost_of.items():
            unrecorded[thing] = unrecorded.get(thing, 0) + count
    return unrecorded


def _dropped(run: Run) -> dict[str, int]:
    dropped: dict[str, int] = {}
    for ring in run.files.rings:
        if ring.dropped:
            dropped[ring.name] = dropped.get(ring.name, 0) + ring.dropped
    return dropped
