from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from ipclab_gui import buffers
from ipclab_gui.buffers import SEGMENT, Buffer, Buffers
from ipclab_gui.pyramid import FACTOR, Pyramid


def recorded(count: int, seed: int = 1, *, bursts: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Return times and values as a run would record them: uneven steps, spikes, gaps between bursts."""
    random = np.random.default_rng(seed)
    steps = random.exponential(1e-6, count)
    if bursts:
        steps[random.integers(0, count, max(1, count // 1000))] += 0.03
    values = 15e-6 * random.lognormal(0, 0.1, count)
    values[random.integers(0, count, max(1, count // 2000))] *= 40
    return np.cumsum(steps), values


def filled(times: np.ndarray, values: np.ndarray, batch: int) -> Buffer:
    buffer = Buffer()
    for start in range(0, len(times), batch):
        buffer.append(times[start : start + batch], values[start : start + batch])
    return buffer


@pytest.mark.parametrize("count", [1, 15, 16, 17, 255, 4_097, 70_000, 300_001])
@pytest.mark.parametrize("batch", [7, 1_000, 10**6])
def test_extremes_of_any_blocks_are_those_of_their_samples(count: int, batch: int) -> None:
    if count / batch > 1_000:
        batch = 997
    times, values = recorded(count)
    pyramid, done = Pyramid(), 0
    while done < count:
        block = done // FACTOR
        done = min(count, done + batch)
        pyramid.fold(block, times[block * FACTOR : done], values[block * FACTOR : done])
    random = np.random.default_rng(count)
    blocks = -(-count // FACTOR)
    assert np.array_equal(pyramid.starts, times[::FACTOR])
    for ranges in (1, 3, 40):
        cuts = np.sort(random.integers(0, blocks + 1, 2 * ranges))
        low, high = pyramid.extremes(cuts[0::2], cuts[1::2])
        for index, (first, stop) in enumerate(zip(cuts[0::2], cuts[1::2], strict=True)):
            window = values[first * FACTOR : stop * FACTOR]
            assert low[index] == window.min(initial=np.inf)
            assert high[index] == window.max(initial=-np.inf)


@pytest.mark.parametrize("bursts", [False, True], ids=["even", "in bursts"])
@pytest.mark.parametrize(("count", "width"), [(500, 64), (40_000, 700), (300_000, 64), (600_000, 1_000)])
def test_every_column_of_pixels_is_exactly_the_extremes_of_its_samples(count: int, width: int, bursts: bool) -> None:
    times, values = recorded(count, bursts=bursts)
    buffer = filled(times, values, 30_011)
    random = np.random.default_rng(width)
    for _ in range(12):
        begin, end = np.sort(random.uniform(-0.1, times[-1] * 1.1, 2))
        found = buffer.extremes(begin, end, width)
        edges = begin + (end - begin) / width * np.arange(width + 1)
        places = np.searchsorted(times, edges)
        full = np.flatnonzero(places[1:] > places[:-1])
        assert np.array_equal(found.column, full)
        for index, column in enumerate(full):
            window = values[places[column] : places[column + 1]]
            got = (found.low[index], found.high[index], found.first[index], found.last[index])
            assert got == (window.min(), window.max(), window[0], window[-1])


def test_few_samples_are_drawn_themselves() -> None:
    times, values = recorded(300)
    drawn = filled(times, values, 50).columns(times[100], times[199], 100)
    assert drawn.connect == "all"
    assert np.array_equal(drawn.x, times[99:201])
    assert np.array_equal(drawn.y, values[99:201])


def lit(x: np.ndarray, y: np.ndarray, connect: str, width: int, height: int) -> np.ndarray:
    """Return which pixels a curve of pen width 1 lights: shape (height, width)."""
    from PySide6.QtCore import QPointF
    from PySide6.QtGui import QColor, QImage, QPainter, QPen

    image = QImage(width, height, QImage.Format.Format_Grayscale8)
    image.fill(0)
    painter = QPainter(image)
    painter.setPen(QPen(QColor("white"), 1))
    points = [QPointF(a, b) for a, b in zip(x, y, strict=True)]
    if connect == "pairs":
        painter.drawLines(points)
    else:
        painter.drawPolyline(points)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return rows[:, :width] > 127


@pytest.mark.parametrize("count", [20_000, 200_000])
def test_the_picture_differs_in_under_four_percent_of_lit_pixels(qapp: object, count: int) -> None:
    width, height = 700, 260
    times, values = recorded(count)
    level = np.log10(values)
    scaled = (level.max() - level) / np.ptp(level) * (height - 1)
    whole = lit(times / times[-1] * width, scaled, "all", width, height)
    drawn = filled(times, scaled, 30_000).columns(0.0, times[-1], width)
    reduced = lit(drawn.x / times[-1] * width, drawn.y, drawn.connect, width, height)
    assert np.count_nonzero(whole ^ reduced) / np.count_nonzero(whole) < 0.04


def samples(times: np.ndarray, values: np.ndarray) -> np.ndarray:
    made = np.empty(len(times), [("time", np.int64), ("value", np.float64)])
    made["time"], made["value"] = np.round(times * 1e9), values
    return made


def fill(store: Buffers, batches: int, size: int = 65_536) -> Iterator[int]:
    for number in range(batches):
        times = (np.arange(size) + number * size) * 1e-6
        store.take(0, "round trip", samples(times, np.arange(size) + number * size * 1.0))
        store.take(1, "depth", samples(times[:1], np.ones(1)))
        yield number


def test_memory_is_bounded_and_the_oldest_go_counted() -> None:
    limit = 4 * SEGMENT
    store = Buffers(held=limit)
    for number in fill(store, 30):
        assert store.allocated <= limit
        assert store.nbytes < 1.2 * 16 * limit
        buffer = store.of("round trip")[0]
        assert buffer.total == (number + 1) * 65_536
        assert buffer.gone == store.gone
    assert store.gone > 0
    time, value = buffer.sample(0)
    assert value == buffer.gone
    assert time == pytest.approx(buffer.gone * 1e-6)
    assert store.of("depth")[1].total == 30


def test_what_is_left_after_the_oldest_went_is_drawn_exactly() -> None:
    times, values = recorded(5 * SEGMENT + 1_234)
    buffer = Buffer()
    for start in range(0, len(times), 100_003):
        buffer.append(times[start : start + 100_003], values[start : start + 100_003])
        if len(buffer) > 2 * SEGMENT:
            buffer.drop_segment()
    kept = values[buffer.gone :]
    assert len(buffer) == len(kept)
    found = buffer.extremes(times[buffer.gone], times[-1] + 1e-9, 1)
    assert (found.low[0], found.high[0]) == (kept.min(), kept.max())
    assert np.array_equal(buffer.samples(0, len(buffer))[1], kept)


def test_the_running_median_keeps_its_points_while_more_samples_come() -> None:
    times, values = recorded(200_000)
    buffer = filled(times[:150_000], values[:150_000], 20_000)
    x, y = buffer.running_median(0.0, times[-1])
    assert len(x) <= 500
    buffer.append(times[150_000:160_000], values[150_000:160_000])
    later_x, later_y = buffer.running_median(0.0, times[-1])
    assert np.array_equal(later_x[: len(x) - 1], x[:-1])
    assert np.array_equal(later_y[: len(x) - 1], y[:-1])
    stretch = 512
    exact = np.median(values[: 100 * stretch].reshape(-1, stretch), axis=1)
    assert np.allclose(y[:100], exact, rtol=0.03)


@pytest.mark.parametrize("count", [1, 31, 32, 100, 249, 250, 5000])
def test_a_running_median_of_any_number_of_samples_lies_among_them(count: int) -> None:
    buffer = Buffer()
    times, values = np.arange(count, dtype=np.float64) / 1000, np.random.default_rng(count).random(count)
    buffer.append(times, values)
    x, y = buffer.running_median(0.0, times[-1])
    assert len(x) == len(y) <= 500
    assert (len(x) > 0) == (count >= 32)
    if len(x):
        assert x[0] >= times[0] and x[-1] <= times[-1]
        assert y.min() >= values.min() and y.max() <= values.max()


def test_a_buffer_knows_where_a_time_lies() -> None:
    times, values = recorded(SEGMENT + 5_000)
    buffer = filled(times, values, 77_777)
    for place in (0, 1, SEGMENT - 1, SEGMENT, SEGMENT + 4_999):
        assert buffer.place(times[place]) == place
        assert buffer.place(times[place], after=True) == place + 1
        assert buffer.sample(place) == (times[place], values[place])
    assert buffer.place(-1.0) == 0
    assert buffer.place(1e9) == len(buffer)
    assert Buffer().place(3.0) == 0


def test_the_cap_holds_ten_million_samples() -> None:
    assert buffers.HELD >= 10_000_000
    assert 16 * buffers.HELD <= 256 * 2**20
