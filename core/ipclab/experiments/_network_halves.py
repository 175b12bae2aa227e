"""The two halves of the manager over a network: where it listens, what a client has to know, how it connects."""

from __future__ import annotations

import errno
import os
import signal
import socket
import struct
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from multiprocessing import AuthenticationError
from threading import Lock
from time import perf_counter_ns
from typing import TYPE_CHECKING, Any, Literal

from ipclab.experiments._network_silence import notice_silence
from ipclab.quantity import measured, spell_number

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from ipclab.declarations import Level
    from ipclab.experiments.network_manager import Options
    from ipclab.lab import Lab

NoDelay = Literal["off", "client only", "both ends"]


@dataclass(frozen=True, slots=True)
class Link:
    """The way to a server: on another computer, host, port and key would be all that a client knows.

    Attributes:
        no_delay: which ends set TCP_NODELAY.
        limit: seconds that a client waits for an answer; None: as long as the other system is there, as TCP allows.
        must: a client that comes to nothing is a failure of the run, not what it was to show.
    """

    host: str
    port: int
    key: bytes = field(repr=False)
    no_delay: NoDelay = "off"
    limit: float | None = None
    must: bool = False

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def from_here(self) -> Link:
        """Return the way from this computer: 0.0.0.0 is where a server may listen, but no address to connect to."""
        return replace(self, host="127.0.0.1") if self.host == "0.0.0.0" else self


def record_of(text: str) -> tuple[str, int]:
    """Return the name and the score that a text like "Sam 10" holds."""
    name, _, score = text.rpartition(" ")
    return name, int(score)


def cannot_listen(host: str, port: int) -> dict[str, str]:
    """Try to listen there as a manager would; return what is wrong with the host or the port, nothing where it goes."""
    import ipaddress  # not for whoever only reads Options

    try:
        address = ipaddress.IPv4Address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        return {"host": f"“{host}” is no IPv4 address to listen at; write four numbers, like 127.0.0.1."}
    elsewhere = {"host": f"{host} is not an address of this computer."}
    if address.is_multicast or is_broadcast(str(address)):
        return elsewhere
    with socket.socket() as probe:
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((str(address), port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                return elsewhere
            if error.errno == errno.EADDRINUSE:
                return {"port": f"Port {port} of {host} is in use; take another one, or 0 for a free one."}
            if error.errno == errno.EACCES:
                return {"port": f"Port {port} is not yours to listen at; take one from 1024 on, or 0 for a free one."}
            return {"host": f"{host}:{port} cannot be listened at: {error.strerror}."}
    return {}


def is_broadcast(address: str) -> bool:
    """Say whether an IPv4 address means all computers, of any network or of one that this computer is in.

    Linux lets a server listen at such an address, where nobody can connect to it. Nothing is sent here.
    """
    if address == "255.255.255.255":  # also where no network is up
        return True
    with socket.socket(type=socket.SOCK_DGRAM) as asker:  # without SO_BROADCAST a system refuses it what is broadcast
        try:
            asker.connect((address, 9))
        except OSError as error:
            return error.errno == errno.EACCES
    return False


# The two halves: a manager that serves, a manager that is connected to it.


class Records(list[tuple[str, int]]):
    """The list that lies in the server; each client has a thread there."""

    def __init__(self, texts: tuple[str, ...], lab: Lab) -> None:
        super().__init__(map(record_of, texts))
        self._lab = lab
        lab.record("records", len(self))

    def append(self, record: tuple[str, int]) -> None:
        """Append, and record how many there are."""
        super().append(record)
        self._lab.record("records", len(self))


class Desk:
    """What the server does for its clients beside keeping the list."""

    def __init__(self, records: Records, there: Connection, lab: Lab) -> None:
        self._records, self._there, self._lab = records, there, lab
        self._left = 0
        self._lock = Lock()

    def echo(self, payload: bytes) -> bytes:
        """Return what came."""
        return payload

    def leave(self) -> None:
        """Let a client say that it is done."""
        with self._lock:
            self._left += 1
            self._lab.show("records", list(self._records))
            self._there.send(self._left)


def manager_at(link: Link, records: Records | None = None, desk: Desk | None = None) -> Any:
    """Return a manager with the names that both halves agree on; the server's also says what lies behind them."""
    from multiprocessing.managers import BaseManager, ListProxy, listener_client  # type: ignore[attr-defined]

    class Manager(BaseManager):
        """The agreement."""

    Manager.register("records", None if records is None else lambda: records, ListProxy)
    Manager.register("desk", None if desk is None else lambda: desk, exposed=("echo", "leave"))
    # No manager can be asked for options of its sockets, so we connect ourselves; what is sent is the same.
    listener_client["pickle, tuned"] = tuned_listener(link), partial(tuned_client, link)
    return Manager((link.host, link.port), link.key, "pickle, tuned")


def tuned_listener(link: Link) -> type:
    """Return a Listener whose connections are tuned."""
    from multiprocessing.connection import Listener

    class TunedListener(Listener):
        def accept(self) -> Any:
            connection = super().accept()
            with socket.fromfd(connection.fileno(), socket.AF_INET, socket.SOCK_STREAM) as here:  # a second descriptor
                tune(here, no_delay=link.no_delay == "both ends")  # no limit: a client may rest as long as it likes
            return connection

    return TunedListener


def tuned_client(link: Link, address: tuple[str, int], authkey: bytes) -> Any:
    """Connect as `multiprocessing.connection.Client` does, but tune the socket before anything is said."""
    from multiprocessing import connection

    with socket.socket() as made:
        tune(made, no_delay=link.no_delay != "off", limit=link.limit)  # now: who connects may also wait for ever
        made.settimeout(link.limit)
        made.connect(address)
        made.settimeout(None)  # Connection reads from the descriptor itself: Python's own time limit is not asked there
        end: Any = connection.Connection(made.detach())
    try:
        connection.answer_challenge(end, authkey)
        connection.deliver_challenge(end, authkey)
    except BaseException:  # whatever it was: nobody else has this connection yet to close it
        end.close()
        raise
    return end


def tune(here: socket.socket, *, no_delay: bool, limit: float | None = None) -> None:
    """Set options of a connection's socket; `limit`: seconds, for each wait."""
    notice_silence(here)
    if no_delay:
        here.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if limit is not None:
        windows = sys.platform == "win32"  # milliseconds there, else a struct timeval
        packed = struct.pack("L", int(limit * 1e3)) if windows else struct.pack("ll", *divmod(int(limit * 1e6), 10**6))
        here.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, packed)
        here.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, packed)


def connected(link: Link, lab: Lab) -> Any:
    """Return a manager that is connected; raises OSError, EOFError or AuthenticationError where that fails."""
    manager, began = manager_at(link), perf_counter_ns()
    manager.connect()
    lab.record("connect", (perf_counter_ns() - began) / 1e9)
    return manager


def serve(link: Link, options: Options, there: Connection, lab: Lab) -> None:
    """The server: say where it listens, or why it cannot, and serve until SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        records = Records(options.records, lab)
        server = manager_at(link, records, Desk(records, there, lab)).get_server()
    except OSError as error:
        there.send(error)
        return
    print("Listening at {}:{}".format(*server.address))
    there.send(server.address)
    try:
        server.serve_forever()
    finally:
        lab.show("records", list(records))


# Main: it starts both and sees them through.


def started(lab: Lab, options: Options, link: Link) -> tuple[BaseProcess, Connection, Link]:
    """Start the server; return it, where it says who has left, and where it listens.

    Raises:
        OSError: it cannot listen there; it has ended.
    """
    here, there = lab.mp.Pipe()
    server = lab.mp.Process(target=serve, name="server", args=(link, options, there, lab))
    server.start()
    there.close()
    answer = here.recv()
    if isinstance(answer, OSError):
        server.join()
        raise answer
    host, port = answer
    link = replace(link, host=host, port=port)
    lab.show("address", str(link))
    if not host.startswith("127."):
        where = "on all interfaces" if host == "0.0.0.0" else f"at {host}"
        lab.finding("warning", f"The server listens {where}: whoever reaches port {port} and has the key can run code "
                    "on this computer.", "messages are pickles, and loading one may call anything; the key proves who "
                    "somebody is, and hides nothing of what is sent")  # fmt: skip
    return server, here, link


def ended(process: BaseProcess, lab: Lab) -> None:
    """End a process with SIGTERM, as something that is meant."""
    if process.is_alive():
        lab.expects_death(process)
        process.terminate()
    process.join()


def see_through(lab: Lab, target: Any, name: str, *args: Any, limit: float | None = None) -> bool:
    """Start a client and join it; return whether it has ended by itself, before its limit and the run's stop."""
    client = lab.mp.Process(target=target, name=name, args=(*args, lab))
    client.start()
    until = time.monotonic() + (float("inf") if limit is None else limit)
    while client.is_alive() and not lab.stopping and time.monotonic() < until:
        client.join(0.02)
    by_itself = not client.is_alive()
    ended(client, lab)
    return by_itself and client.exitcode == 0


# A client, when something fails.


@contextmanager
def reporting(link: Link, lab: Lab) -> Iterator[None]:
    """Say what keeps a client from its work, as a finding; it ends then, with exit code 1 where it must not happen."""
    from multiprocessing.managers import RemoteError  # now: it takes 20 ms, and no wait for the server is meant by that

    began = perf_counter_ns()
    try:
        yield
    except (OSError, EOFError, AuthenticationError, RemoteError) as error:
        took = measured((perf_counter_ns() - began) / 1e9, "s")
        level, text = explained(error, link, took)
        what = str(error).strip().rpartition("\n")[2]  # a RemoteError brings a traceback of the server's
        lab.finding("bad" if link.must else level, text, f"{type(error).__name__}: {what}, after {took}")
        if link.must:
            sys.exit(1)


def explained(error: Exception, link: Link, took: str) -> tuple[Level, str]:
    """Return what a client's exception means, and how bad that is where it was to be shown."""
    if isinstance(error, AuthenticationError):
        return "ok", f"The server at {link} has refused a client with another key, after {took}."
    if isinstance(error, TimeoutError) and error.errno == errno.ETIMEDOUT and sys.platform != "win32":
        return "bad", f"The link to {link} is silent: nothing comes from the other computer, not even from its system."
    if isinstance(error, BlockingIOError | TimeoutError):  # its limit; Windows has one number for both
        within = took if link.limit is None else spell_number(link.limit, "s")
        return "ok", f"The client has given up by itself: no answer from {link} within {within}."
    if isinstance(error, ConnectionRefusedError):
        return "bad", f"Nobody listens at {link}: the client was refused after {took}."
    if isinstance(error, EOFError | ConnectionError):
        return "bad", f"The server at {link} has gone."
    if isinstance(error, OSError) and error.strerror:
        return "bad", f"{link} cannot be reached: {error.strerror}."
    return "bad", f"What answers at {link} is no server of this experiment."
