"""An Array and a Value in memory that both processes map: what the worker writes, the main program reads."""

from __future__ import annotations

import reprlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ipclab.declarations import Help, Range, Series, When

if TYPE_CHECKING:
    from multiprocessing.sharedctypes import Synchronized, SynchronizedArray

    from ipclab.lab import Lab

GROUP = "Memory"
ORDER = 2
QUESTION = "How do two processes see the same numbers?"
SERIES: tuple[Series, ...] = ()
WATCHED = True
PRESETS = {
    "Tutorial's squares": {},
    "Floats": {"type_code": "d"},
    "A square too large for one byte": {"type_code": "b", "numbers": (1, 2, 11, 12)},
    "More digits than a float holds": {"type_code": "f", "numbers": (4095, 4097)},
    "Characters": {"type_code": "u"},
}

NUMBERS = ("b", "B", "h", "H", "i", "I", "l", "L", "q", "Q", "f", "d")
CHARACTERS = ("c", "u")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may tweak."""

    type_code: Annotated[
        Literal["b", "B", "h", "H", "i", "I", "l", "L", "q", "Q", "f", "d", "c", "u"],
        Help("Kind of an element: whole numbers of 1 byte (b) to 8 bytes (q), capitals without a sign; "
             "floats of 4 and 8 bytes (f, d); a byte of text (c), a character (u)"),
    ] = "i"  # fmt: skip
    numbers: Annotated[
        tuple[int, ...], Range(-(10**9), 10**9), When(type_code=NUMBERS), Help("What the worker squares")
    ] = (1, 2, 3, 4)
    text: Annotated[str, When(type_code=CHARACTERS), Help("What the worker writes in capitals")] = "hello"


def write_squares(
    numbers: tuple[int, ...], result: SynchronizedArray[Any], square_sum: Synchronized[Any], lab: Lab
) -> None:
    """Worker p1: write the squares into the Array, by index, and their sum into the Value."""
    for index, number in enumerate(numbers):
        result[index] = number * number
        lab.show("result", result[:])
    square_sum.value = sum(result[:])
    lab.show("square_sum", square_sum.value)
    print(f"result in p1: {result[:]}")
    print(f"square_sum in p1: {square_sum.value}")


def write_capitals(characters: list[Any], result: SynchronizedArray[Any], last: Synchronized[Any], lab: Lab) -> None:
    """Worker p1: write characters into the Array, one by one, and the last of them into the Value."""
    for index, character in enumerate(characters):
        result[index] = character
        last.value = character
        lab.show("result", text_of(result[:]))
    lab.show("last", text_of(last.value))
    print(f"result in p1: {result[:]!r}")
    print(f"last in p1: {last.value!r}")


def run(lab: Lab, options: Options) -> None:
    """Make the shared memory, start p1, wait for its end, and read what it wrote."""
    if options.type_code in CHARACTERS:
        share_text(lab, options.type_code, options.text.upper())
    else:
        share_numbers(lab, options.type_code, options.numbers)


def share_numbers(lab: Lab, code: str, numbers: tuple[int, ...]) -> None:
    """Let p1 write squares, and compare what is read with what they are."""
    result = lab.mp.Array(code, len(numbers))
    square_sum = lab.mp.Value(code)

    p1 = lab.mp.Process(target=write_squares, name="p1", args=(numbers, result, square_sum, lab))
    p1.start()
    p1.join()

    print(f"result in the main program: {result[:]}")
    print(f"square_sum in the main program: {square_sum.value}")
    lab.show("result", result[:])
    lab.show("square_sum", square_sum.value)

    read = reprlib.repr(result[:])
    lab.finding("ok", f"main reads {read} and {square_sum.value}, which p1 wrote into memory that both map.",
                f"{len(numbers)} elements and their sum, {struct.calcsize(code)} B each")  # fmt: skip
    squares = [number * number for number in numbers]
    wrong = [pair for pair in zip(squares, result[:], strict=True) if pair[0] != pair[1]]
    for square, element in wrong[:1]:
        text = f"{len(wrong)} of {len(squares)} squares did not fit: {square} became {element}."
        lab.finding("bad", text, room(code))
    if square_sum.value != sum(squares):
        lab.finding("bad", f"The squares' sum is {sum(squares)}, and the Value holds {square_sum.value}.", room(code))


def share_text(lab: Lab, code: str, text: str) -> None:
    """Let p1 write characters, and compare what is read with what was meant."""
    characters: list[Any] = list(text) if code == "u" else [bytes([byte]) for byte in text.encode()]
    result = lab.mp.Array(code, len(characters))
    last = lab.mp.Value(code)

    p1 = lab.mp.Process(target=write_capitals, name="p1", args=(characters, result, last, lab))
    p1.start()
    p1.join()

    print(f"result in the main program: {result[:]!r}")
    print(f"last in the main program: {last.value!r}")
    lab.show("result", text_of(result[:]))
    lab.show("last", text_of(last.value))
    same = text_of(result[:]) == text
    lab.finding("ok" if same else "bad",
                f"main reads {reprlib.repr(result[:])}, which p1 wrote into memory that both map.",
                f"{len(characters)} elements of type code {code!r}")  # fmt: skip


def room(code: str) -> str:
    """Return what an element of this type code can hold, in words."""
    size = struct.calcsize(code)
    bits = 8 * size
    if code in "fd":
        return f"type code {code!r}: {size} B, a float; whole numbers are exact up to 2**{24 if code == 'f' else 53}"
    lowest, highest = (0, 2**bits - 1) if code.isupper() else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    return f"type code {code!r}: {size} B for {lowest} to {highest}; the bits beyond are cut off, without an error"


def text_of(characters: Any) -> str:
    """Return a `u` array's or a `c` array's characters as text."""
    return characters.decode(errors="replace") if isinstance(characters, bytes) else str(characters)
