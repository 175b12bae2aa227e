"""Numbers with units, as a person writes and reads them: "64 KiB", "50 ms", "500 000"."""

from __future__ import annotations

import math
import re

LARGEST = 300  # power of ten: what is larger is a slip of the finger, and may be no float
SPACE = "\u00a0"  # between groups of three and before a unit: a number never breaks over two lines

SIZES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "kB": 10**3, "MB": 10**6, "GB": 10**9}
DURATIONS = {"ns": 1e-9, "µs": 1e-6, "us": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}
_WHOLE = r"(?:\d{1,3}(?:[ \u00a0\u202f]\d{3})+|\d+(?:_\d+)*)"  # "500 000", "500_000", "500000"; "1 2" is no number
_NUMBER = re.compile(rf"([-+]?(?:{_WHOLE}(?:\.\d+)?|\.\d+)(?:[eE][-+]?\d{{1,3}})?)\s*([^\d\s].*)?")

_TIME = re.compile(rf"\d\s?(?:{'|'.join(DURATIONS)})\b|\ba second\b")


def tells_time(text: str) -> bool:
    """Tell whether a text says a time or a rate: "in 3.92 s", "2 662 messages a second"."""
    return _TIME.search(text) is not None


def units_of(unit: str) -> dict[str, float]:
    """Return the spellings of a base unit and their factors; empty for a count."""
    return dict(SIZES) if unit == "B" else dict(DURATIONS) if unit == "s" else {}


def number_from(text: str, unit: str, *, whole: bool) -> float | int:
    """Return the number that a text means, in the base unit ("B", "s", or "" for a count).

    Raises:
        ValueError: one sentence that says what is wrong and, where it can be guessed, what was meant.
    """
    from decimal import Decimal  # 3 ms that workers, which import the options, need not pay

    match = _NUMBER.fullmatch(text.strip())
    what = "a size" if unit == "B" else "a duration" if unit == "s" else "a whole number" if whole else "a number"
    if match is None:
        example = {"B": "64 KiB", "s": "50 ms"}.get(unit, "2 000")
        raise ValueError(f"“{text}” is not {what}; write it like {example}.")
    digits = re.sub(r"[_ \u00a0\u202f]", "", match[1])
    suffix = (match[2] or "").strip()
    factor: float = 1
    known = units_of(unit)
    if suffix:
        spelled = {name.lower(): name for name in known}
        if suffix in known:
            factor = known[suffix]
        elif suffix.lower() in spelled:
            factor = known[spelled[suffix.lower()]]
        elif known:
            names = ", ".join(name for name in known if name not in ("us", "μs"))
            raise ValueError(f"“{text}” has an unknown unit; known are {names}.")
        elif suffix in ("k", "K", "M"):
            meant = float(digits) * (1e3 if suffix in "kK" else 1e6)
            raise ValueError(f"“{text}” is not {what}; did you mean {thousands(meant)}?")
        else:
            raise ValueError(f"“{text}” is not {what}; it takes no unit.")
    value = Decimal(digits) * Decimal(repr(factor))  # decimal: 4.1 kB are 4 100 bytes, and 12.3 ms are 0.0123 s
    if value.adjusted() > LARGEST:
        raise ValueError(f"“{text}” is too large.")
    if not whole:
        return float(value)
    if value != value.to_integral_value():
        raise ValueError(f"“{text}” is not a whole number" + (" of bytes." if unit == "B" else "."))
    return int(value)


def thousands(value: float) -> str:
    """Return a count with groups of three, exactly: "500 000", "0.25"."""
    if not math.isfinite(value):
        return str(value)
    if value == int(value):
        return f"{int(value):,}".replace(",", SPACE)
    from decimal import Decimal

    return f"{Decimal(repr(value)):,f}".replace(",", SPACE)


def spell_number(value: float, unit: str, *, tight: bool = False) -> str:
    """Return a value in base units as a text that `number_from` reads back to the same value.

    Args:
        value: in the base unit.
        unit: "B", "s", or "" for a count.
        tight: no spaces in it, for the command line: "64KiB", "50ms".
    """
    gap = "" if tight else SPACE
    if unit == "B":
        size = int(value)
        for name in ("GiB", "MiB", "KiB"):
            if size and size % SIZES[name] == 0:
                return f"{size // SIZES[name]}{gap}{name}"
    if unit == "s":
        from decimal import Decimal

        for name, seconds in (("h", 3600), ("min", 60)):
            if value >= 2 * 60 and value % seconds == 0:
                return f"{int(value // seconds)}{gap}{name}"
        for name, shift in (("s", 0), ("ms", 3), ("µs", 6), ("ns", 9)):
            scaled = Decimal(repr(float(value))).scaleb(shift)
            if not value or abs(scaled) >= 1 or name == "ns":
                digits = f"{scaled.normalize():f}"  # as many as the value has, no exponent
                return f"{digits}{gap}{'us' if tight and name == 'µs' else name}"
    digits = repr(value) if tight else thousands(value)
    return f"{digits}{gap}{unit}" if unit else digits


def measured(value: float, unit: str) -> str:
    """Return a measured value with three significant digits and a fitting prefix: "15.3 µs", "1.33 MiB"."""
    if not math.isfinite(value):
        return str(value)
    if unit == "s":
        size = abs(value)
        for name, factor in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6), ("ns", 1e-9)):
            if size >= factor * 0.9995 or name == "ns":
                return f"{three(value / factor) if value else 0}{SPACE}{name}"
    if unit == "B":
        for name in ("GiB", "MiB", "KiB"):
            if abs(value) >= SIZES[name]:
                return f"{three(value / SIZES[name])}{SPACE}{name}"
    text = three(value)
    return f"{text}{SPACE}{unit}" if unit else text


def three(value: float) -> str:
    """Return three significant digits without an exponent: "15.3", "1 330", "0.0421"."""
    if value == 0:
        return "0"
    exponent = int(f"{value:.2e}".rpartition("e")[2])  # after rounding: 0.9996 is 1.00
    digits = max(0, 2 - exponent)
    if digits > 9:
        return f"{value:.3g}"
    return f"{value:,.{digits}f}".replace(",", SPACE)
