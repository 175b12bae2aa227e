"""The pages by which a run is slowed and stepped: one of the whole run, which says how it goes, and one a process.

**Control page**, a file of the run's folder that the runner writes and every process maps: eight-byte cells.

| cell | |
| --- | --- |
| STOPPING | its first byte is 1 once the run is to end |
| MODE | OPEN: nobody is held; SLOW: each operation waits its PACE; STEP: each waits until it is let go |
| PACE | ns |
| HELD | ns during which somebody stood at the gate: what time limits and `time.sleep` do not count |
| MOVED | when somebody last came to the gate or left it, of `time.perf_counter_ns`; written after their page's cells |

**Gate page**, `NAME.gate` beside a process's other files, made when it first comes to the gate. A place for each thread
that ever stood there, PLACE bytes, the first of which is the page's own (MAGIC). In a place: the record of the
operation that is to come, as `trace.record` has it, its end 0 and its beginning when the thread came; then cells:

| cell | |
| --- | --- |
| CAME | how often the thread has come to the gate; written last |
| LEFT | up to which of those it may go on, or has: written by the runner, and by the thread when it leaves |
| BELL | 1 where the runner wakes the thread by a `bell` when it writes LEFT or the control page; else it looks |

So whoever has CAME > LEFT stands at the gate.
"""

from __future__ import annotations

CONTROL = "control"  # the control page's name in the run's folder
CONTROL_SIZE = 4096

STOPPING, MODE, PACE, HELD, MOVED = 0, 1, 2, 3, 4  # cells
MODE_BYTE = MODE * 8  # what hooks look at: a byte of a mapping costs half of what a cell does
OPEN, SLOW, STEP = 0, 1, 2
MODES = {"on": OPEN, "slow": SLOW, "step": STEP}  # as people call them
RULES = ("oldest", "newest", "random")  # by which steps are let go where no person chooses
PACE_LIMIT = 60  # s

MAGIC = 0x1BC1AB03
RECORD_SIZE = 128
PLACE = 192  # bytes
CAME, LEFT, BELL = RECORD_SIZE // 8, RECORD_SIZE // 8 + 1, RECORD_SIZE // 8 + 2  # cells of a place
PLACES = 63  # threads that are held; further ones go on at once
GATE_SIZE = PLACE * (PLACES + 1)
