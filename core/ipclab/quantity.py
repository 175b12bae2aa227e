"""Numbers with units, as a person writes and reads them: "64 KiB", "50 ms", "500 000"."""

from __future__ import annotations

import math
import re

SPACE = "\u00a0"  # between groups of three and before a unit: a number never breaks over two lines

SIZES = {"B": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "kB": 10**3, "MB": 10**6, "GB": 10**9}
DURATIONS = {"ns": 1e-9, "µs": 1e-6, "us": 1e-6, "μs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}
_NUMBER = re.compile(r"([-+]?(?:\d[\d_ \u00a0\u202f]*)?(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*([^\d\s].*)?")


def units_of(unit: str) -> dict[str, float]:
    """Return the spellings of a base unit and their factors; empty for a count."""
    return dict(SIZES) if unit == "B" else dict(DURATIONS) if unit == "s" else {}


def number_from(text: str, unit: str, *, whole: bool) -> float | int:
    """Return the number that a text means, in the base unit ("B", "s", or "" for a count).

    Raises:
        ValueError: one sentence that says what is wrong and, where it can be guessed, what was meant.
    """
    match = _NUMBER.fullmatch(text.strip())
    digits = re.sub(r"[_ \u00a0\u202f]", "", match[1]) if match else ""
    what = "a size" if unit == "B" else "a duration" if unit == "s" else "a whole number" if whole else "a number"
    example = {"B": "64 KiB", "s": "50 ms"}.get(unit, "2 000")
    if match is None or not any(c.isdigit() for c in digits):
        raise ValueError(f"“{text}” is not {what}; write it like {example}.")
    suffix = (match[2] or "").strip()
    factor: float = 1
    known = units_of(unit)
    if suffix:
        spelled = {name.lower(): name for name in known}
        if suffix in known:
            factor = known[suffix]
        elif suffix.lower() in spelled:
            factor = known[spelled[suffix.lower()]]
        elif suffix in ("k", "K", "M") and not known:
            meant = float(digits) * (1e3 if suffix in "kK" else 1e6)
            raise ValueError(f"“{text}” is not {what}. Did you mean {thousands(meant)}?")
        elif known:
            names = ", ".join(name for name in known if name not in ("us", "μs"))
            raise ValueError(f"“{text}” has an unknown unit; known are {names}.")
        else:
            raise ValueError(f"“{text}” is not {what}; it takes no unit.")
    if whole and re.fullmatch(r"[-+]?\d+", digits) and float(factor).is_integer():
        return int(digits) * int(factor)
    value = float(digits) * factor
    if whole:
        if not math.isfinite(value) or value != int(value):
            raise ValueError(f"“{text}” is not a whole number" + (" of bytes." if unit == "B" else "."))
        return int(value)
    return value


def thousands(value: float) -> str:
    """Return a count with groups of three: "500 000", "0.25"."""
    if isinstance(value, float) and not value.is_integer():
        return f"{value:,.6g}".replace(",", SPACE) if math.isfinite(value) else str(value)
    return f"{int(value):,}".replace(",", SPACE) if math.isfinite(value) else str(value)


def spell_number(value: float, unit: str, *, tight: bool = False) -> str:
    """Return a value in base units as a text that `number_from` reads back to the same value.

    Args:
        tight: no spaces in it, for the command line: "64KiB", "50ms".
    """
    gap = "" if tight else SPACE
    if unit == "B":
        size = int(value)
        for name in ("GiB", "MiB", "KiB"):
            if size and size % SIZES[name] == 0:
                return f"{size // SIZES[name]}{gap}{name}"
        return f"{size if tight else thousands(size)}{gap}B"
    if unit == "s":
        for name in ("s", "ms", "µs", "ns"):
            scaled = value / DURATIONS[name]
            if value == 0 or abs(scaled) >= 1 or name == "ns":
                text = f"{scaled:.12g}"
                return f"{text}{gap}{'us' if tight and name == 'µs' else name}"
    return f"{value if tight else thousands(value)}{gap}{unit}"


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
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    if digits > 9:
        return f"{value:.3g}"
    return f"{value:,.{digits}f}".replace(",", SPACE)
