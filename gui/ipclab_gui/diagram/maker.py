"""Makes the picture of a moment from what is told of it. No Qt. One thread at a time."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from ipclab import past
from ipclab.trace import record
from ipclab_gui.diagram import things
from ipclab_gui.diagram.figures import Picture, Process, Queue, Thing, Tube, Wire
from ipclab_gui.diagram.processes import figure_of, process_key, waits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ipclab.moment import ChannelAt, Moment
    from ipclab.moments import Moments


class Maker:
    """Makes pictures of one run."""

    def __init__(self, moments: Moments) -> None:
        self.moments = moments
        self._colors: dict[int, int] = {}
        self._others: dict[int, int] = {}

    def picture(self, moment: Moment, *, flows: bool = True, coming: Mapping[int, str] | None = None) -> Picture:
        """Return the picture of a moment.

        Args:
            moment: what is drawn.
            flows: many messages a second are one, and else drawn one by one.
            coming: by pid, what those who stand at the gate are about to do.
        """
        names = {one.seen.id: one.seen.name for one in moment.processes}
        keys = {one.seen.pid: process_key(one.seen.name) for one in moment.processes}
        coming = coming or {}
        processes = [figure_of(one, moment, names, coming.get(one.seen.pid, "")) for one in moment.processes]
        people = things.People(moment, keys)
        found: list[Thing] = []
        wires: list[Wire] = []
        self._learn_colors()
        sizes = {one.name: one.size / one.sent for one in self.moments.traffic.channels() if one.sent}
        for channel in moment.channels:
            color, size = self._color(channel.number), sizes.get(channel.name, 0.0)
            flow = flows and things.flowing(channel, people)
            if channel.kind == "queue":
                found.append(things.queue(channel, color, people, size, flows=flow))
            else:
                found.append(things.tube(channel, color, people, size, self.first_end(channel), flows=flow))
            wires += things.channel_wires(channel, color, people)
        for shared in moment.shared:
            color = -1 if shared.raw else self._other(shared.number)
            found.append(things.raw(shared) if shared.raw else things.cells(shared, color, people))
            wires += things.shared_wires(shared, color, people)
        for number, block in enumerate(moment.blocks, 1):
            color = self._other(block.number)
            made = things.block(block, number, color)
            found.append(made)
            wires += things.block_wires(block, made.key, color, people)
        for lock in moment.locks:
            found.append(things.lock(lock, people))
            wires += things.lock_wires(lock, people)
        wires += self._proxy_wires(moment, keys)
        told = processes, found, wires
        return Picture(tuple(processes), tuple(found), tuple(wires), _sides(*told), _unsure(*told))

    def _proxy_wires(self, moment: Moment, keys: dict[int, str]) -> list[Wire]:
        """Return a wire from each user of an object to the server that has it."""
        made = []
        for held in moment.objects:
            if held.server not in keys:
                continue
            color = self._other(held.number)
            for one in moment.processes:
                calls = one.call is not None and one.call.thing == held.number and one.call.operation == record.CALL
                if one.seen.pid != held.server and (one.seen.pid in held.users or calls):
                    alive = one.state in ("starting", "running")
                    waiting = calls and alive and waits(one.call, moment.time)
                    source, target = keys[one.seen.pid], keys[held.server]
                    made.append(Wire(source, target, color, solid=calls and alive, waits=waiting, tab=held.name))
        return made

    def _learn_colors(self) -> None:
        """Give colours to channels in the order of their making, as the message chart does."""
        for thing in self.moments.operations.things.values():
            if thing.site is not None and thing.kind in ("pipe", "queue", "socket"):
                self._color(thing.number)

    def _color(self, number: int) -> int:
        channel = min(number, self.moments.operations.ends.get(number, number))
        return self._colors.setdefault(channel, len(self._colors))

    def _other(self, number: int) -> int:
        """Return the colour of what is no channel: behind those of the channels."""
        return self._others.setdefault(number, len(self._colors) + len(self._others))

    def first_end(self, channel: ChannelAt) -> int:
        """Return the end of a channel at which somebody wrote first, as far as is known of the whole run."""
        whens = {}
        for way in channel.ways:
            line = self.moments.past.line(past.SENT, way.end)
            if line.stop > line.first:
                whens[way.end] = line.time(line.first)
            elif way.senders:
                whens[way.end] = 2**62
            elif way.receivers:  # somebody waits for what will be sent there
                whens[way.end] = 2**62 + 1
        return min(whens, key=lambda end: (whens[end], end), default=channel.ways[0].end)


def with_ends(picture: Picture, newest: Picture) -> Picture:
    """Return a picture whose pipes have the ends that they are known to have by now, used at that moment or not."""
    if picture is newest:
        return picture
    known = {one.key: one for one in newest.things if isinstance(one, Tube)}
    found = [
        replace(one, left=known[one.key].left, right=known[one.key].right)
        if isinstance(one, Tube) and one.key in known
        else one
        for one in picture.things
    ]
    return replace(picture, things=tuple(found))


def _sides(processes: list[Process], found: list[Thing], wires: list[Wire]) -> dict[str, str]:
    """Return where each belongs: "left" who sends, "right" who receives or serves, "either", "" not known yet."""
    score = _scores(processes[0].key if processes else "", found, wires)
    used = {key for wire in wires if not wire.blind for key in (wire.source, wire.target)}
    sides = {}
    for one in processes[1:]:
        if one.serves:
            sides[one.key] = "right"
        elif score[one.key]:
            sides[one.key] = "left" if score[one.key] < 0 else "right"
        elif one.tabs:
            sides[one.key] = "left"
        else:
            sides[one.key] = "either" if one.key in used or one.over else ""
    return sides


def _unsure(processes: list[Process], found: list[Thing], wires: list[Wire]) -> frozenset[str]:
    """Return who has only talked to main by pipes: one that tells its address may turn out to be a server."""
    main = processes[0].key if processes else ""
    lone = {one.key for one in found if isinstance(one, Tube) and len({*one.left, *one.right} - {main}) < 2}
    sure = {key for wire in wires if not wire.blind and not {wire.source, wire.target} & lone
            for key in (wire.source, wire.target)}  # fmt: skip
    return frozenset(
        one.key for one in processes[1:] if one.key not in sure and not (one.over or one.serves or one.tabs)
    )


def _scores(main: str, found: list[Thing], wires: list[Wire]) -> Counter[str]:
    """Return how much each process is one that receives; below 0: one that sends."""
    score: Counter[str] = Counter()
    for thing in found:
        if isinstance(thing, Tube):
            for key in {*thing.left} - {main}:
                score[key] -= 1
            for key in {*thing.right} - {main}:
                score[key] += 1
        elif isinstance(thing, Queue):
            for wire in wires:
                if wire.target == thing.key:
                    score[wire.source] -= 1
                elif wire.source == thing.key:
                    score[wire.target] += 1
    return score


__all__ = ["Maker", "with_ends"]
