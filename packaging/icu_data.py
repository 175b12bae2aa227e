"""The library libicudata, which is nothing but data, with only those data that Qt asks for in the lab: 5 MB of 32.

Qt cannot be loaded without it. Qt asks ICU for sorting, for the names of time zones and for old encodings; of these the
lab only sorts (a file dialog does). Trees of data that nobody asks for may be left out: ICU's own build does so when it
is told to (its "data filter"), and answers with its root's data where a language's are missing. What remains is what a
language sorts by and what is no language's own. The format is that of ICU's source/common/ucmndata.h.

Linux only, with `as` and `ld` of binutils, which PyInstaller needs as well.
"""

import re
import struct
import subprocess
import tempfile
from pathlib import Path

HEADER = struct.Struct("<HH8x4s")  # its size, ICU's mark, and the kind of data
MARK, COMMON = 0x27DA, b"CmnD"
ENTRY = struct.Struct("<II")  # where its name and its data begin, from the table's start
ALIGNED = 16  # bytes
# Languages' numbers and dates, text breaks, currencies, names of languages and regions, transliterations, units, time
# zones; encodings, rules for names on the internet, look-alike characters, names of characters. All else is kept.
LEFT_OUT = re.compile(
    r"[a-z]{2,3}(_(?!index).+)?\.res|(brkitr|curr|lang|rbnf|region|translit|unit|zone)/.+|.+\.(cnv|spp|cfu)|unames\.icu"
)
LIBRARY = """
    .section .rodata
    .balign 16
    .globl {symbol}
    .type {symbol}, %object
{symbol}:
    .incbin "{data}"
    .size {symbol}, . - {symbol}
    .section .note.GNU-stack, "", %progbits
"""


def shrink(library: Path) -> None:
    """Replace a libicudata.so.VERSION by one with less in it.

    Raises:
        ValueError: it is not as ICU makes it.
        OSError: binutils are missing.
        subprocess.CalledProcessError: one of them failed.
    """
    content = library.read_bytes()
    symbol = f"icudt{library.name.rpartition('.')[2]}_dat"
    with tempfile.TemporaryDirectory() as folder:
        data, source, object_ = (Path(folder, name) for name in ("data", "data.s", "data.o"))
        data.write_bytes(less(content))
        source.write_text(LIBRARY.format(symbol=symbol, data=data))
        subprocess.run(["as", "-o", object_, source], check=True)
        library.unlink()  # it may be a link to the original
        subprocess.run(["ld", "-shared", "-soname", library.name, "-o", library, object_], check=True)


def less(content: bytes) -> bytes:
    """Return a package of data, found somewhere in `content`, with the items that are kept.

    Raises:
        ValueError: there is none.
    """
    start = content.find(COMMON) - 12
    if start < 0:
        raise ValueError("libicudata holds no data package")
    size, mark, _ = HEADER.unpack_from(content, start)
    if mark != MARK:
        raise ValueError("libicudata is of another byte order, or none of ICU's")
    table = start + size
    (count,) = struct.unpack_from("<I", content, table)
    entries = [ENTRY.unpack_from(content, table + 4 + ENTRY.size * number) for number in range(count)]
    ends = [data for _, data in entries[1:]] + [len(content) - table]  # the last takes what follows it along
    kept = []
    for (name, data), end in zip(entries, ends, strict=True):
        path = content[table + name : content.index(b"\0", table + name)]
        inside = path.decode().partition("/")[2]
        if not LEFT_OUT.fullmatch(inside):
            kept.append((path + b"\0", content[table + data : table + end]))
    place = 4 + ENTRY.size * len(kept)
    names = b"".join(path for path, _ in kept)
    first = _aligned(place + len(names))
    packed, after = bytearray(struct.pack("<I", len(kept))), bytearray()
    for path, item in kept:
        packed += ENTRY.pack(place, first + len(after))
        place += len(path)
        after += item.ljust(_aligned(len(item)), b"\0")
    packed += names
    return content[start:table] + packed.ljust(first, b"\0") + after


def _aligned(size: int) -> int:
    return -(-size // ALIGNED) * ALIGNED
