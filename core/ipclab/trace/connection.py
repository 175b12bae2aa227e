"""Hooks on `multiprocessing.connection`: what is sent and received, and waits for it.

`send` and `recv` are hooked at the methods that do the writing and reading, so that queues, managers and pools, which
call them too, are complete. What multiprocessing does for itself has no place in the source.
"""

from __future__ import annotations

import sys
from struct import Struct

from ipclab.gate import MODE_BYTE
from ipclab.trace import things
from ipclab.trace.hold import TimeLimit, page
from ipclab.trace.hooks import disguised, hide
from ipclab.trace.record import (
    ACCEPT,
    CALLER,
    CLOSE,
    CONNECT,
    END,
    ERROR,
    FAILED,
    LIMITED,
    NOWHERE,
    POLL,
    RECEIVE,
    SEND,
    TEXT_SIZE,
    WAIT,
)  # fmt: skip
from ipclab.trace.writer import (
    begin,
    caller_of,
    end,
    end_with,
    frame_above,
    maker_site,
    now,
    pack_received,
    pack_result,
    pack_sent,
    point,
    ring,
    site,
    stand,
    take,
    tell,
    threads,
    wait_turn,
)  # fmt: skip

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

_getframe = sys._getframe
first_of = Struct(f"{TEXT_SIZE}s").unpack_from


def hook(module: ModuleType) -> None:
    """Hook the module."""
    _hook_messages(module.Connection)
    if hasattr(module, "PipeConnection"):
        _hook_messages(module.PipeConnection)
    _hook_poll(module)
    _hook_pipe(module)
    _hook_listener(module)


def _end_of(connection: Any) -> int:
    """Return the number of a connection's end, and keep it there."""
    number = things.inode(connection._handle)
    if number:
        connection._ipclab_end = number
    return number


def _number_of(connection: Any) -> int:
    return getattr(connection, "_ipclab_end", 0) or _end_of(connection)


def _sending(send: Callable[[Any, Any], None]) -> Any:
    def _send_bytes(self: Any, buf: Any) -> None:
        size = len(buf)
        try:
            frame = _getframe(2)
            thing = self._ipclab_end
            callers = threads.sending
            code, caller = callers[frame.f_lasti]
            if code is not frame.f_code:
                caller = callers[id(frame.f_code) + frame.f_lasti]
            text = buf.tobytes() if size <= TEXT_SIZE else first_of(buf)[0]
            slot = take()
        except (AttributeError, KeyError, IndexError, ValueError, BufferError):  # the last: of a view with gaps
            thing, caller = _number_of(self), caller_of(frame_above(2), SEND)
            if not caller:
                send(self, buf)
                return
            text = bytes(buf[:TEXT_SIZE])  # it is a memoryview where Python's own modules call
            slot = ring.more()
        if page[MODE_BYTE]:
            try:
                _, place, thread, _ = CALLER.unpack(caller)
                slot = wait_turn(slot, SEND, thing, place, thread, size, text)
            except BaseException as error:
                hide(error)
                raise
        pack_sent(ring.records, slot << 7, now(), thing, size, text, caller)
        try:
            send(self, buf)
        except BaseException as error:
            end(slot, SEND, ERROR)
            hide(error)
            raise
        ring.ended[slot] = now()

    return disguised(_send_bytes, send)


def _receiving(receive: Callable[[Any, int | None], Any]) -> Any:
    def _recv_bytes(self: Any, maxsize: int | None = None) -> Any:
        try:
            frame = _getframe(2)
            thing = self._ipclab_end
            callers = threads.receiving
            code, caller = callers[frame.f_lasti]
            if code is not frame.f_code:
                caller = callers[id(frame.f_code) + frame.f_lasti]
            slot = take()
        except (AttributeError, KeyError, IndexError, ValueError):
            thing, caller = _number_of(self), caller_of(frame_above(2), RECEIVE)
            if not caller:
                return receive(self, maxsize)
            slot = ring.more()
        if page[MODE_BYTE]:
            try:
                _, place, thread, _ = CALLER.unpack(caller)
                slot = wait_turn(slot, RECEIVE, thing, place, thread)
            except BaseException as error:
                hide(error)
                raise
        pack_received(ring.records, slot << 7, now(), thing, caller)
        try:
            got = receive(self, maxsize)
        except BaseException as error:
            end(slot, RECEIVE, ERROR | END if isinstance(error, EOFError) else ERROR)
            hide(error)
            raise
        if got is None:  # larger than maxsize
            end(slot, RECEIVE, ERROR)
            return got
        text = got.getvalue()  # what it holds itself, no copy; to seek and to read the first, or a view, takes longer
        size = len(text)
        if size > TEXT_SIZE:
            text = text[:TEXT_SIZE]
        pack_result(ring.results, slot << 7, size, text, now())
        return got

    return disguised(_recv_bytes, receive)


def _hook_messages(cls: Any) -> None:
    close = cls._close

    def _close(self: Any, *args: Any, **kwargs: Any) -> Any:
        caller = _getframe(1)
        place = NOWHERE if caller.f_code.co_name == "__del__" else site(caller.f_back)
        if place != NOWHERE or "_ipclab_end" in self.__dict__:  # else nothing was ever done to it here
            number = _number_of(self)
            try:
                stand(CLOSE, number, place)
            except BaseException as error:
                hide(error)
                raise
            point(CLOSE, number, place)
        return close(self, *args, **kwargs)

    _close.__defaults__ = close.__defaults__
    cls._send_bytes, cls._recv_bytes = _sending(cls._send_bytes), _receiving(cls._recv_bytes)
    cls._close = disguised(_close, close)


def _hook_poll(module: Any) -> None:
    base, wait = module._ConnectionBase, module.wait
    poll = base.poll

    def hooked_poll(self: Any, timeout: float | None = 0.0) -> Any:
        place = site(frame_above(1))
        slot, flags = 0, 0 if timeout is None else LIMITED
        try:
            if place != NOWHERE and self._handle is not None:
                slot = begin(POLL, _number_of(self), place, flags=flags)
            limit = TimeLimit() if timeout else None
            found = poll(self, timeout)
            while limit is not None and not found and (owed := limit.owed()):
                found = poll(self, owed)
        except BaseException as error:
            end(slot, POLL, flags | ERROR)
            hide(error)
            raise
        end(slot, POLL, flags if found else flags | FAILED)
        return found

    def hooked_wait(object_list: Any, timeout: float | None = None) -> Any:
        place = site(frame_above(1))
        flags = 0 if timeout is None else LIMITED
        slot = 0
        try:
            if place != NOWHERE:
                slot = begin(WAIT, _first_end(object_list), place, flags=flags)
            limit = TimeLimit() if timeout else None
            found = wait(object_list, timeout)
            while limit is not None and not found and (owed := limit.owed()):
                found = wait(object_list, owed)
        except BaseException as error:
            end(slot, WAIT, flags | ERROR)
            hide(error)
            raise
        end(slot, WAIT, flags if found else flags | FAILED)
        return found

    base.poll = disguised(hooked_poll, poll)
    module.wait = disguised(hooked_wait, wait)


def _first_end(objects: Any) -> int:
    """Return the first that `wait` waits for, where it is an end of a channel: no more than a list is looked into."""
    if type(objects) not in (list, tuple):
        return 0
    for one in objects:
        end_here = getattr(one, "__dict__", {}).get("_ipclab_end")
        if end_here is not None:
            return int(end_here)
    return 0


def _hook_pipe(module: Any) -> None:
    pipe = module.Pipe

    def hooked(duplex: bool = True) -> Any:
        try:
            first, second = pipe(duplex)
        except BaseException as error:
            hide(error)
            raise
        tell("pipe", ends=(_end_of(first), _end_of(second)), duplex=bool(duplex), site=maker_site(frame_above(1)))
        return first, second

    module.Pipe = disguised(hooked, pipe)


def _hook_listener(module: Any) -> None:
    accept, client = module.Listener.accept, module.Client

    def hooked_accept(self: Any) -> Any:
        slot = 0
        try:
            slot = begin(ACCEPT, 0, site(frame_above(1)))
            connection = accept(self)
        except BaseException as error:
            end(slot, ACCEPT, ERROR)
            hide(error)
            raise
        end_with(slot, _tell_socket(connection), b"")
        return connection

    def hooked_client(*args: Any, **kwargs: Any) -> Any:
        slot = 0
        try:
            slot = begin(CONNECT, 0, site(frame_above(1)))
            connection = client(*args, **kwargs)
        except BaseException as error:
            end(slot, CONNECT, ERROR)
            hide(error)
            raise
        end_with(slot, _tell_socket(connection), b"")
        return connection

    module.Listener.accept = disguised(hooked_accept, accept)
    module.Client = disguised(hooked_client, client)


def _tell_socket(connection: Any) -> int:
    """Tell which addresses a connection has; returns its end's number."""
    import os
    import socket

    number = _number_of(connection)
    try:
        blocking = os.get_blocking(connection._handle)
        with socket.socket(fileno=os.dup(connection._handle)) as one:
            os.set_blocking(connection._handle, blocking)  # a default timeout has made what both share non-blocking
            own, peer = str(one.getsockname()), str(one.getpeername())
        tell("socket", end=number, own=own, peer=peer)
    except (OSError, AttributeError):
        pass
    return number
