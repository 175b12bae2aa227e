"""Messages that are on their way in the picture: each takes its real time, held between bounds the eye can follow.

No Qt. Times of the run are in nanoseconds, those of the picture in seconds of `time.perf_counter`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from ipclab.trace import record
from ipclab_gui.diagram.processes import process_key, short

if TYPE_CHECKING:
    from ipclab.moment import ChannelAt, Moment, Way
    from ipclab.moments import Moments

LEAST, MOST = 0.18, 0.6  # s
CALL = 24  # characters of a proxy's call
SLOWED = 0.35  # s at least, where each call has half a second: 70 % of the pace
TOGETHER = 3  # messages of one channel that set out at once; of more nobody could follow each


@dataclass(frozen=True, slots=True)
class Flight:
    """One message's way.

    Attributes:
        way: "right" or "left" through a pipe, "in" or "out" of a queue, "call" to a server.
        thing: key of the pipe or queue; of a call the server's.
        process: key of who puts, takes or calls; empty in a pipe.
        tab: of a call the object's key.
        number: which message of its channel.
    """

    way: Literal["right", "left", "in", "out", "call"]
    thing: str
    process: str
    text: str
    born: float
    lasts: float
    tab: str = ""
    number: int = 0

    def share(self, now: float) -> float:
        """Return how far it has come, from 0 to 1."""
        return min(1.0, max(0.0, (now - self.born) / self.lasts))


class Flights:
    """What is on its way; `follow` is told of each moment that is shown."""

    def __init__(self) -> None:
        self._flights: list[Flight] = []
        self._least = LEAST

    def clear(self) -> None:
        """Let all of them arrive at once."""
        self._flights.clear()

    def alive(self, now: float) -> list[Flight]:
        """Return those that have not arrived."""
        self._flights = [one for one in self._flights if one.share(now) < 1]
        return self._flights

    def follow(
        self, moments: Moments, before: Moment, after: Moment, now: float, first_ends: dict[str, int], *, slowed: bool
    ) -> None:
        """Let what was sent between two moments set out.

        Args:
            moments: of the run.
            before: the moment that was shown until now.
            after: the moment that is shown from now on.
            now: time of the picture.
            first_ends: by a pipe's name, the end that is drawn at the left.
            slowed: the moments are call by call, or nearly.
        """
        self._least = SLOWED if slowed else LEAST
        keys = {one.seen.pid: process_key(one.seen.name) for one in after.processes}
        known = {one.number: one for one in before.channels}
        for channel in after.channels:
            old = known.get(channel.number)
            ways = {way.end: way for way in old.ways} if old is not None else {}
            for way in channel.ways:
                was = ways.get(way.end)
                if was is None:
                    continue
                if channel.kind == "queue":
                    self._queue(moments, channel, was, way, keys, now)
                else:
                    self._pipe(moments, channel, was, way, first_ends.get(channel.name) == way.end, now)
        self._calls(before, after, keys, now)

    def _pipe(self, moments: Moments, channel: ChannelAt, was: Way, way: Way, rightward: bool, now: float) -> None:
        if not 0 < way.sent - was.sent <= TOGETHER:
            return
        for number in range(was.sent, way.sent):
            found = moments.passage(way.end, number)
            text, lasts = "", MOST
            if found is not None:
                message, received = found
                text = short(message.text)
                lasts = (received - message.sent) / 1e9 if received else MOST
            born = now + 0.12 * (number - was.sent)
            lasts = min(MOST, max(self._least, lasts))
            self._flights.append(
                Flight("right" if rightward else "left", channel.name, "", text, born, lasts, number=number)
            )

    def _queue(
        self, moments: Moments, channel: ChannelAt, was: Way, way: Way, keys: dict[int, str], now: float
    ) -> None:
        newest = [short(one.text) for one in way.first] if way.inside <= len(way.first) else []
        new = [pid for pid, count in way.senders.items() for _ in range(max(0, count - was.senders.get(pid, 0)))]
        if len(new) <= TOGETHER:
            for place, pid in enumerate(new):
                number = way.sent - len(new) + place
                found = moments.passage(way.end, number)
                behind = len(new) - place
                text = short(found[0].text) if found else newest[-behind] if behind <= len(newest) else ""
                if pid in keys:
                    self._flights.append(
                        Flight(
                            "in", channel.name, keys[pid], text, now + 0.1 * place, max(0.3, self._least), number=number
                        )
                    )
        taken = [pid for pid, count in way.receivers.items() for _ in range(max(0, count - was.receivers.get(pid, 0)))]
        if len(taken) <= TOGETHER:
            for place, pid in enumerate(taken):
                number = was.received + place
                found = moments.passage(way.end, number)
                text = short(was.first[place].text) if place < len(was.first) else short(found[0].text) if found else ""
                if pid in keys:
                    self._flights.append(
                        Flight(
                            "out",
                            channel.name,
                            keys[pid],
                            text,
                            now + 0.1 * place,
                            max(0.3, self._least),
                            number=number,
                        )
                    )

    def _calls(self, before: Moment, after: Moment, keys: dict[int, str], now: float) -> None:
        were = {one.seen.pid: one.call for one in before.processes}
        held = {one.number: one for one in after.objects}
        for one in after.processes:
            call, was = one.call, were.get(one.seen.pid)
            if call is None or call.operation != record.CALL or (was is not None and was.since == call.since):
                continue
            thing = held.get(call.thing)
            if thing is not None and thing.server in keys and one.state == "running":
                text = short(call.text, CALL) or f"{call.name}()"
                self._flights.append(
                    Flight("call", keys[thing.server], keys[one.seen.pid], text, now, MOST, tab=thing.name)
                )


__all__ = ["Flight", "Flights"]
