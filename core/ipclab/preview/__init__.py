"""The text of a message from its first bytes, for a person to read: `('Jeff', 8)`, `Record(name='Sam', score=…`."""

from __future__ import annotations

from ipclab.preview.opcodes import read
from ipclab.preview.parts import NotAPickle
from ipclab.preview.spelling import SPECIAL
from ipclab.preview.text import Full, Text

ELLIPSIS = "…"
READ = 4_096  # bytes looked at, however many there are: bounds the time of one text


def preview(data: bytes, size: int | None = None, limit: int = 80) -> str:
    """Return the text of a message; what is not there or has no room ends in "…".

    The message's pickle is read as data: nothing in it is loaded, imported or called. Never raises, whatever the bytes.

    Args:
        data: the message's first bytes, or all of them.
        size: bytes of the whole message; None where nobody knows whether `data` is all of it.
        limit: characters of the text, at least 1; the ellipsis counts as one.

    Returns:
        One line without control characters. A message that is no pickle (`send_bytes`) is `b'…'`, with the characters
        of a text in UTF-8 as they are.
    """
    known = data[:READ]
    cut = True if len(data) > READ else None if size is None else size > len(data)
    text = Text(max(limit, 1), SPECIAL)
    try:
        try:
            value, complete = read(known, cut=cut)
        except NotAPickle:
            text.raw(known, cut=bool(cut))
            complete = True
        else:
            text.value(value, 0)
    except Full:
        complete = False
    written = "".join(text.parts)
    return written if complete else written[: text.limit - 1] + ELLIPSIS
