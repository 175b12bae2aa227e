#!/usr/bin/env python3
"""Draw the application's icon: `python packaging/icon.py FILE.ico` for Windows, `FILE.icns` for macOS.

The lab's mark in white on a plate of the accent colour; packaging/linux/deb.py takes the pictures for Linux from here.
It runs in an environment that has the lab's packages. Qt's own writers of these kinds of files put one size into a
file: each system would blow it up or down.
Exit codes: 0 made, 2 wrong usage.
"""

import argparse
import os
import re
import struct
import sys
from pathlib import Path

os.environ["QT_QPA_PLATFORM"] = "minimal"  # Qt draws, and opens nothing

from PySide6.QtCore import QBuffer, QByteArray, Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

MARK = Path(__file__).resolve().parent.parent / "resources" / "ipclab_resources" / "icons" / "mark.svg"
PLATE, WHITE = "#0B6784", "#FFFFFF"  # the theme's accent, by day, and what is written on it
ROUND = 0.225  # a plate's corner, of its side, as on macOS
MARKED = 0.78  # the mark's side, of the plate's

ICO = (16, 20, 24, 32, 40, 48, 64, 256)  # px: those of Windows at 100 to 250 %, and the large view
PNG_FROM = 256  # px; smaller ones are bitmaps: not every program reads others
ICNS = {  # px, by the kinds of Apple's icon files that hold a PNG: 16 to 512 points on screens of two densities
    b"ic11": 32, b"ic12": 64, b"ic07": 128, b"ic13": 256, b"ic08": 256, b"ic14": 512, b"ic09": 512, b"ic10": 1024,
}  # fmt: skip
ICNS_PLATE = 824 / 1024  # of an icon's side: Apple's template leaves a margin for the shadow; Windows has none


def main() -> int:
    """Write the files that the command line names."""
    parser = argparse.ArgumentParser(description="Draw the application's icon.")
    parser.add_argument("file", nargs="+", type=Path, help="a file to make: .ico or .icns")
    files = parser.parse_args().file
    kinds = {".ico": ico, ".icns": icns}
    for file in files:
        if file.suffix not in kinds:
            parser.error(f"{file} is neither .ico nor .icns")
    application = QGuiApplication(sys.argv[:1])
    for file in files:
        file.write_bytes(kinds[file.suffix]())
    application.shutdown()
    return 0


def svg(plate: float = 1.0) -> bytes:
    """Return the icon as SVG, its plate taking a part of the side."""
    found = re.fullmatch(r'<svg [^>]*viewBox="0 0 24 24" fill="currentColor">(.+)</svg>\s*', MARK.read_text("utf-8"))
    assert found is not None, f"{MARK} is drawn on a grid of 24 in currentColor"
    length = 24 * plate
    start, inside = (24 - length) / 2, (24 - length * MARKED) / 2
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
        f'<rect x="{start:g}" y="{start:g}" width="{length:g}" height="{length:g}" rx="{ROUND * length:g}"'
        f' fill="{PLATE}"/><g transform="translate({inside:g} {inside:g}) scale({plate * MARKED:g})"'
        f' fill="{WHITE}">{found[1]}</g></svg>\n'
    ).encode()


def drawn(side: int, plate: float = 1.0) -> QImage:
    """Return the icon, `side` px wide."""
    picture = QImage(side, side, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(svg(plate))).render(painter)
    painter.end()
    return picture


def png(picture: QImage) -> bytes:
    """Return a picture as PNG."""
    buffer = QBuffer()
    buffer.open(QBuffer.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")  # type: ignore[call-overload]  # PySide6 says bytes there, and takes a str alone
    return bytes(buffer.data().data())


def bitmap(picture: QImage) -> bytes:
    """Return a picture as an .ico has a bitmap: BITMAPINFOHEADER, colours from the bottom up, and a mask of nothing."""
    side = picture.width()
    colours = bytes(picture.constBits())  # blue, green, red, alpha
    rows = [colours[at : at + 4 * side] for at in range(0, len(colours), 4 * side)]
    mask = bytes((side + 31) // 32 * 4 * side)
    header = struct.pack("<IiiHHIIiiII", 40, side, 2 * side, 1, 32, 0, 4 * side * side + len(mask), 0, 0, 0, 0)
    return header + b"".join(reversed(rows)) + mask


def ico() -> bytes:
    """Return an icon for Windows: ICONDIR, an ICONDIRENTRY for each size, the pictures."""
    pictures = {side: png(drawn(side)) if side >= PNG_FROM else bitmap(drawn(side)) for side in ICO}
    head, body = struct.pack("<HHH", 0, 1, len(pictures)), b""
    start = len(head) + 16 * len(pictures)
    for side, data in pictures.items():  # a side of 256 is written as 0
        head += struct.pack("<BBBBHHII", side % 256, side % 256, 0, 0, 1, 32, len(data), start + len(body))
        body += data
    return head + body


def icns() -> bytes:
    """Return an icon for macOS: a head, then each picture after its kind and length."""
    entries = [(kind, png(drawn(side, ICNS_PLATE))) for kind, side in ICNS.items()]
    body = b"".join(kind + struct.pack(">I", 8 + len(data)) + data for kind, data in entries)
    return b"icns" + struct.pack(">I", 8 + len(body)) + body


if __name__ == "__main__":
    sys.exit(main())
