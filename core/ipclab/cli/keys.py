"""Where a secret comes from in a terminal: a file, an environment variable, a prompt; as a flag others see it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ipclab.options import Field

LONGEST = 64 * 2**10  # bytes: what is longer is no key, and may have no end


def from_file(path: str) -> str:
    """Return the text that a file holds, without the end of its last line.

    Raises:
        ValueError: with a sentence that says why not.
    """
    try:
        with open(path, "rb") as file:
            held = file.read(LONGEST + 1)
        if len(held) > LONGEST:
            raise ValueError(f"{path} is too long for a key; at most 64 KiB.")
        return _without_end(held.decode())
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not a text in UTF-8.") from error


def missing(fields: Iterable[Field], given: Mapping[str, object]) -> dict[str, str]:
    """Return the secrets that apply and were not given, from the environment or from whoever sits at the terminal.

    What a variable holds loses the end of its last line, as a file does: both give the same key for the same text.

    Raises:
        KeyboardInterrupt: Ctrl-C at the prompt.
    """
    values: dict[str, object] = {}
    for field in fields:
        value = given.get(field.name, field.default)
        try:
            values[field.name] = field.parse(value) if isinstance(value, str) else value
        except ValueError:  # said elsewhere
            values[field.name] = field.default
    found = {}
    for field in fields:
        if field.kind == "secret" and field.name not in given and field.applies(values):
            text = os.environ.get(field.variable)
            if text is not None:
                text = _without_end(text)
            elif _at_terminal():
                text = _ask(field)
            if text is not None:
                found[field.name] = text
    return found


def _without_end(text: str) -> str:
    return text.removesuffix("\n").removesuffix("\r")


def _at_terminal() -> bool:
    return all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))


def _ask(field: Field) -> str | None:
    from getpass import getpass

    try:
        return getpass(f"{field.label}: ", sys.stderr)
    except EOFError:
        return None
