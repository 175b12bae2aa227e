"""Hooks on `multiprocessing.connection`: what is sent and received, and waits for it.

`send` and `recv` are hooked at the methods that do the writing and reading, so that queues, managers and pools, which
call them too, are complete. What multiprocessing does for itself has no place in the source.
"""

from __future__ import annotations

import sys
from struct import Struct

from ipclab.gate import MODE_BYTE
from ipclab.recorder import tell
from ipclab.trace import things
from ipclab.trace.hold import TimeLimit, page
from ipclab.trace.hooks import disguised, hide
from ipclab.trace.places import frame_above, is_a_handlers, maker_site, site, site_above
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
    READY,
    RECEIVE,
    SEND,
    SENTINEL,
    TEXT_SIZE,
    WAIT,
)  # fmt: skip
from ipclab.trace.writer import (
    begin,
    caller_of,
    end,
    end_with,
    now,
    pack_received,
    pack_result,
    pack_sent,
    point,
    ring,
    stand,
    take,
    threads,
    wait_turn,
)

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
        slot = 0
        try:
            size = len(buf)
            try:
                code, caller = threads.sending[(frame := _getframe(2)).f_lasti]
                if code is not frame.f_code:
                    caller = threads.sending[id(frame.f_code) + frame.f_lasti]
                thing = self._ipclab_end
                text = buf.tobytes() if size <= TEXT_SIZE else first_of(buf)[0]
                slot = take()
            except (AttributeError, LookupError, ValueError, BufferError) as error:  # the last: a view with gaps
                if is_a_handlers(error):
                    raise
                thing, caller = _number_of(self), caller_of(frame_above(2), SEND)
                if not caller:
                    send(self, buf)
                    return
                text = bytes(buf[:TEXT_SIZE])  # it is a memoryview where Python's own modules call
                slot = ring.more(thing)
            if page[MODE_BYTE]:
                _, place, thread, _ = CALLER.unpack(caller)
                first, slot = slot, 0
                slot = wait_turn(first, SEND, thing, place, thread, size, text)
            pack_sent(ring.records, slot << 7, now(), thing, size, text, caller)
            send(self, buf)
        except BaseException as error:
            end(slot, SEND, ERROR)
            hide(error)
            raise
        try:
            ring.ended[slot] = now()
        except BaseException as error:  # a signal's handler raised; the message is sent
            end(slot, SEND)
            hide(error)
            raise

    return disguised(_send_bytes, send)


def _receiving(receive: Callable[[Any, int | None], Any]) -> Any:
    def _recv_bytes(self: Any, maxsize: int | None = None) -> Any:
        slot = 0
        try:
            try:
                code, caller = threads.receiving[(frame := _getframe(2)).f_lasti]
                if code is not frame.f_code:
                    caller = threads.receiving[id(frame.f_code) + frame.f_lasti]
                thing = self._ipclab_end
                slot = take()
            except (AttributeError, LookupError, ValueError) as error:
                if is_a_handlers(error):
                    raise
                thing, caller = _number_of(self), caller_of(frame_above(2), RECEIVE)
                if not caller:
                    return receive(self, maxsize)
                slot = ring.more(thing)
            if page[MODE_BYTE]:
                _, place, thread, _ = CALLER.unpack(caller)
                first, slot = slot, 0
                slot = wait_turn(first, RECEIVE, thing, place, thread)
            pack_received(ring.records, slot << 7, now(), thing, caller)
            got = receive(self, maxsize)
            if got is None:  # larger than maxsize
                end(slot, RECEIVE, ERROR)
                return got
            text = got.getvalue()  # what it holds itself, no copy; to seek and read, or a view, takes longer
            ended = now()
            at, slot = slot << 7, 0  # it is written once
            pack_result(ring.results, at, len(text), text, ended)  # of which it takes the first
            return got
        except BaseException as error:
            end(slot, RECEIVE, ERROR | END if isinstance(error, EOFError) else ERROR)
            hide(error)
            raise

    return disguised(_recv_bytes, receive)


def _hook_messages(cls: Any) -> None:
    close = cls._close

    def _close(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            caller = _getframe(1)
            place = NOWHERE if caller.f_code.co_name == "__del__" else site(caller.f_back)
            if place != NOWHERE or "_ipclab_end" in self.__dict__:  # else nothing was ever done to it here
                number = _number_of(self)
                stand(CLOSE, number, place)
                point(CLOSE, number, place)
            return close(self, *args, **kwargs)
        except BaseException as error:
            hide(error)
            raise

    _close.__defaults__ = close.__defaults__
    cls._send_bytes, cls._recv_bytes = _sending(cls._send_bytes), _receiving(cls._recv_bytes)
    cls._close = disguised(_close, close)


def _hook_poll(module: Any) -> None:
    base, wait = module._ConnectionBase, module.wait
    poll = base.poll

    def hooked_poll(self: Any, timeout: float | None = 0.0) -> Any:
        slot, flags = 0, 0 if timeout is None else LIMITED
        try:
            place = site_above()
            if place != NOWHERE and self._handle is not None:
                slot = begin(POLL, _number_of(self), place, flags=flags)
            limit = TimeLimit() if timeout else None
            found = poll(self, timeout)
            while limit is not None and not found and (owed := limit.owed()):
                found = poll(self, owed)
            end(slot, POLL, flags if found else flags | FAILED)
            return found
        except BaseException as error:
            end(slot, POLL, flags | ERROR)
            hide(error)
            raise

    def hooked_wait(object_list: Any, timeout: float | None = None) -> Any:
        slot, flags = 0, 0 if timeout is None else LIMITED
        try:
            place = site_above()
            if place != NOWHERE:
                slot = begin(WAIT, _first_end(object_list), place, flags=flags)
            limit = TimeLimit() if timeout else None
            found = wait(object_list, timeout)
            while limit is not None and not found and (owed := limit.owed()):
                found = wait(object_list, owed)
            if found:
                end_with(slot, 0, _ready(found, base))
            else:
                end(slot, WAIT, flags | FAILED)
            return found
        except BaseException as error:
            end(slot, WAIT, flags | ERROR)
            hide(error)
            raise

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


def _ready(found: list[Any], connections: type) -> bytes:
    """Return what is ready, as READY has it, of what `wait` has found."""
    numbers = [0] * 9
    for place, one in enumerate(found[:9]):
        if issubclass(type(one), connections):
            numbers[place] = _number_of(one)
        elif type(one) is int:
            numbers[place] = _owner(one)
    return READY.pack(min(len(found), 255), *numbers)


def _owner(sentinel: int) -> int:
    """Return what READY has of a process, by its sentinel; 0 where it is no child's and not the parent's."""
    process: Any = sys.modules["multiprocessing.process"]
    try:
        for one in (*process._children, process._parent_process):
            about = getattr(one, "__dict__", {})
            if about.get("_sentinel") == sentinel:
                return SENTINEL | int(about["_pid"] if "_pid" in about else about["_popen"].pid)
    except (AttributeError, LookupError) as error:  # a Popen, or a process, of their own kind
        if is_a_handlers(error):
            raise
    return 0


def _hook_pipe(module: Any) -> None:
    pipe = module.Pipe

    def hooked(duplex: bool = True) -> Any:
        try:
            first, second = pipe(duplex)
            caller = frame_above(1)
            starts = caller is not None and caller.f_globals.get("__name__") == "multiprocessing.managers"  # a server
            ends, place = (_end_of(first), _end_of(second)), NOWHERE if starts else maker_site(caller)
            tell("pipe", ends=ends, duplex=bool(duplex), site=place)
            return first, second
        except BaseException as error:
            hide(error)
            raise

    module.Pipe = disguised(hooked, pipe)


def _hook_listener(module: Any) -> None:
    accept, client = module.Listener.accept, module.Client

    def hooked_accept(self: Any) -> Any:
        slot = 0
        try:
            slot = begin(ACCEPT, 0, site_above())
            connection = accept(self)
            end_with(slot, _tell_socket(connection), b"")
            return connection
        except BaseException as error:
            end(slot, ACCEPT, ERROR)
            hide(error)
            raise

    def hooked_client(*args: Any, **kwargs: Any) -> Any:
        slot = 0
        try:
            slot = begin(CONNECT, 0, site_above())
            connection = client(*args, **kwargs)
            end_with(slot, _tell_socket(connection), b"")
            return connection
        except BaseException as error:
            end(slot, CONNECT, ERROR)
            hide(error)
            raise

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
