"""The span of time that the message chart shows: follow, zoom, pan. No Qt. Times: nanoseconds since the run began."""

from __future__ import annotations

LEAST = 2_000  # ns: no closer
LIVE = 5_000_000_000  # ns: so much of a running run is in view while it is followed
MARGIN = 0.02  # of the run, behind its end


class View:
    """What is in view of a run that is `until` long; it follows the end until a person looks elsewhere."""

    def __init__(self) -> None:
        self.start, self.stop = 0, LIVE
        self.until = 1
        self.following = True
        self.all = False  # what is followed is the whole run, not its end
        self._live = LIVE  # so much of it

    @property
    def width(self) -> int:
        """Nanoseconds in view."""
        return self.stop - self.start

    def grow(self, until: int, *, running: bool) -> None:
        """Take how long the run is now; once it has ended, what is followed is the whole of it."""
        self.until = max(1, until)
        if not self.following:
            return
        if self.all or not running or until <= self._live:
            self.show_all()
        else:
            self.start, self.stop = until - self._live, until

    def follow(self) -> None:
        """Keep the run's end in view from now on, as near as now."""
        self.following = True
        self.all = False
        self._live = min(self.width, LIVE)
        self.start, self.stop = self.until - self._live, self.until

    def pause(self) -> None:
        """Stand still, while the run goes on."""
        self.following = False

    def show(self, start: int, stop: int) -> None:
        """Show a span, and a little on both sides of it."""
        width = max(LEAST, int((stop - start) * 1.5))
        self.start = (start + stop) // 2 - width // 2
        self.stop = self.start + width
        self.following = False

    def show_all(self) -> None:
        """Show the whole run."""
        self.start, self.stop = 0, int(self.until * (1 + MARGIN)) + 1

    def show_whole(self) -> None:
        """Show the whole run, and follow it."""
        self.show_all()
        self.following = self.all = True

    def pan(self, by: int) -> None:
        """Move by so many nanoseconds; no farther than half a width beyond the run."""
        by = max(-self.start - self.width // 2, min(by, self.until + self.width // 2 - self.stop))
        self.start, self.stop = self.start + by, self.stop + by
        self.following = False

    def zoom(self, factor: float, at: int) -> None:
        """Show `factor` times as much time, and leave the moment `at` where it is."""
        widest = int(self.until * (1 + 2 * MARGIN)) + 1
        width = int(max(LEAST, min(self.width * factor, widest)))
        share = (at - self.start) / self.width
        self.start = int(at - share * width)
        self.stop = self.start + width
        if width >= widest:
            self.show_all()
        self.following = False

    def reveal(self, start: int, stop: int) -> None:
        """Bring a span into view: zoomed in where it would be too short to be seen, moved where it is outside."""
        length = max(stop - start, LEAST // 4)
        if length < self.width / 400 or length > self.width:
            width = max(LEAST, length * 5)
            self.start = (start + stop) // 2 - width // 2
            self.stop = self.start + width
        elif start < self.start or stop > self.stop:
            middle = (start + stop) // 2
            self.start, self.stop = middle - self.width // 2, middle + self.width // 2
        self.following = False


def ticks(start: int, stop: int, most: int) -> tuple[list[int], int]:
    """Return round moments in a span, at most so many, and the nanoseconds between two."""
    steps = (mantissa * 10**power for power in range(13) for mantissa in (1, 2, 5))
    step = next(step for step in steps if (stop - start) / step <= most)
    first = -(-start // step) * step
    return list(range(first, stop + 1, step)), step


def moment(time: int, step: int) -> str:
    """Return a moment as the axis writes it, as fine as the step asks for."""
    unit, name = (1e9, "s") if step >= 10**8 else (1e6, "ms") if step >= 10**5 else (1e3, "µs")
    digits = max(0, -(len(str(int(step))) - 1 - {"s": 9, "ms": 6, "µs": 3}[name]))
    return f"{time / unit:,.{digits}f}".replace(",", "\u00a0") + f" {name}"


def duration(nanoseconds: float) -> str:
    """Return a duration with three figures: "812 ns", "1.24 µs", "35.0 ms", "2.10 s"."""
    for unit, name in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if abs(nanoseconds) >= unit:
            value = nanoseconds / unit
            digits = 2 if value < 10 else 1 if value < 100 else 0
            return f"{value:.{digits}f} {name}"
    return f"{nanoseconds:.0f} ns"
