"""The run's clock: nanoseconds of `time.perf_counter_ns` since the run began.

On Linux, Windows and macOS that counter has one origin for all processes of a machine (CLOCK_MONOTONIC,
QueryPerformanceCounter, mach_absolute_time).
"""

from __future__ import annotations

from time import perf_counter_ns as now

__all__ = ["now"]
