"""The text of a message from its first bytes, for a person to read: `('Jeff', 8)`, `Record(name='Sam', score=…`."""

from __future__ import annotations

from ipclab.preview.opcodes import read
from ipclab.preview.parts import Items, NotAPickle
from ipclab.preview.spelling import SPECIAL
from ipclab.preview.text import Full, Text, attributes

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
    known, cut = _known(data, size)
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


def request(data: bytes, size: int, method: str, limit: int = 80) -> str:
    """Return the call of a method that a proxy asks its manager for: `append(('Jeff', 8))`; "…" as in `preview`.

    Args:
        data: the first bytes of what the proxy sends, or all of them.
        size: bytes of the whole message.
        method: the name that is called.
        limit: characters of the text.

    Returns:
        An empty text where these bytes are no request for this method.
    """
    known, cut = _known(data, size)
    text = Text(max(limit, 1), SPECIAL)
    try:
        value, _ = read(known, cut=cut)
    except NotAPickle:
        return ""
    if not isinstance(value, Items) or value.kind != "tuple" or len(value.items) < 2 or value.items[1] != method:
        return ""
    pieces, whole = _arguments(value.items[2:])
    try:
        text.add(f"{method}(")
        text.series(iter(pieces), 1, unfinished=not whole)
        text.add(")")
    except Full:
        return "".join(text.parts)[: text.limit - 1] + ELLIPSIS
    return "".join(text.parts)


def _arguments(rest: list[object]) -> tuple[list[tuple[str, object]], bool]:
    """Return the arguments of a request, each with what stands before it, and whether they are all there."""
    if len(rest) == 2:
        arguments, named = rest
        if isinstance(arguments, Items) and isinstance(named, Items) and named.kind == "dict":
            pieces = [("", one) for one in arguments.items]
            return pieces + list(attributes(named)), not (arguments.unfinished or named.unfinished)
    return [("", one) for one in rest], False  # in a pickle a tuple is put together behind its items


def _known(data: bytes, size: int | None) -> tuple[bytes, bool | None]:
    """Return what is looked at, and whether there is more; None where nobody knows."""
    return data[:READ], True if len(data) > READ else None if size is None else size > len(data)
