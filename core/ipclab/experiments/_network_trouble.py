"""What goes wrong between a manager and its clients: each of these functions is one kind of it."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from time import perf_counter_ns
from typing import TYPE_CHECKING

from ipclab.experiments._network_halves import Link, connected, ended, record_of, reporting, see_through, started
from ipclab.quantity import measured, spell_number, thousands

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from ipclab.experiments.network_manager import Options
    from ipclab.lab import Lab

HELD = 20  # records that the server has taken when main kills it


def server_gone(lab: Lab, options: Options, link: Link, server: BaseProcess) -> None:
    """Kill the server while a client calls it again and again."""
    records, first = connected(link, lab).records(), len(options.records)
    client = lab.mp.Process(target=keep_calling, name="client", args=(link, options, lab))
    client.start()
    while client.is_alive() and not lab.stopping and (held := len(records)) < first + HELD:
        client.join(0.01)
    if not lab.stopping and client.is_alive():
        lab.expects_death(server)
        server.kill()
        server.join()
        lab.finding("bad", f"main has killed the server: the {thousands(held)} records that it held are gone with it.",
                    "they lay in its memory alone; more may have come since main's last look")  # fmt: skip
    while client.is_alive() and not lab.stopping:
        client.join(0.02)
    ended(client, lab)


def nobody_listens(lab: Lab, _options: Options, link: Link) -> None:
    """Let a client call at a port that is taken, so that nobody else's server can be there, and not listened at."""
    with socket.socket() as holder:
        if os.name == "posix":
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of a run before may linger
        holder.bind((link.host, link.port))
        host, port = holder.getsockname()
        see_through(lab, try_to_join, "client", replace(link, host=host, port=port).from_here())


def port_in_use(lab: Lab, options: Options, link: Link) -> None:
    """Listen at the port ourselves, and let a server try it too; then let one take any free port."""
    with socket.create_server((link.host, link.port)) as holder:
        taken = replace(link, port=holder.getsockname()[1])
        began = perf_counter_ns()
        try:
            ended(started(lab, options, taken)[0], lab)
        except OSError as error:
            took = measured((perf_counter_ns() - began) / 1e9, "s")
            lab.finding("bad", f"The server cannot listen at {taken}: somebody else listens there.",
                        f"{type(error).__name__} {error.errno}, {error.strerror}, in the server's get_server(); main "
                        f"knew {took} after it had begun to start the process")  # fmt: skip
        server, _here, free = started(lab, options, replace(link, port=0))
        ended(server, lab)
        lab.finding("ok", f"With port 0 the system has chosen a free one: {free.port}.",
                    "the clients then have to be told which")  # fmt: skip


def silent_link(lab: Lab, options: Options, link: Link) -> None:
    """Let a client call a peer that accepts and says nothing, and see how long it waits, and what ends the wait."""
    here, there = lab.mp.Pipe()
    peer = lab.mp.Process(target=say_nothing, name="silent peer", args=(link, there, lab))
    peer.start()
    host, port = here.recv()
    there.close()
    bounded = options.bound == "time limit"
    link = replace(link, host=host, port=port, limit=options.patience if bounded else None).from_here()
    patience = None if bounded else options.patience
    if not see_through(lab, try_to_join, "client", link, limit=patience) and not lab.stopping:
        lab.finding("bad", f"After {spell_number(options.patience, 's')} client still waits in connect(): the peer has "
                    "accepted it, and says nothing.", "a manager sets no time limit, and TCP sees nothing wrong: the "
                    "peer's system acknowledges what comes; client waits for a challenge")  # fmt: skip
        lab.finding("info", "main has ended client with terminate(): nothing else would have.")
    ended(peer, lab)


def say_nothing(link: Link, there: Connection, _lab: Lab) -> None:
    """The silent peer: accept whoever comes, and keep the connection until somebody ends this process."""
    with socket.create_server((link.host, link.port)) as listener:
        there.send(listener.getsockname())
        kept = []
        while True:
            kept.append(listener.accept())


# Clients.


def try_to_join(link: Link, lab: Lab) -> None:
    """Connect, and do nothing."""
    with reporting(link, lab):
        connected(link, lab)


def try_without_key(link: Link, lab: Lab) -> None:
    """Connect without a key, in two ways."""
    from multiprocessing.connection import Client

    with reporting(link, lab), Client((link.host, link.port)) as connection:
        came = connection.recv_bytes()
        lab.finding("warning", "Without a key Client() connects, and nothing seems wrong: the first message is the "
                    "server's challenge.", f"{len(came)} B that begin with {came[:11]!r}: no pickle")  # fmt: skip
    with reporting(link, lab):  # its process's own key: that of its parent's family, random
        from multiprocessing import current_process

        connected(replace(link, key=bytes(current_process().authkey)), lab)


def keep_calling(link: Link, options: Options, lab: Lab) -> None:
    """Append again and again, until a call fails; then try to connect anew."""
    calls = 0
    records, record = connected(link, lab).records(), record_of(options.new_record)
    began = perf_counter_ns()
    try:
        while not lab.stopping:
            began = perf_counter_ns()
            records.append(record)
            lab.record("call", (perf_counter_ns() - began) / 1e9)
            calls += 1
    except (OSError, EOFError) as error:
        took = measured((perf_counter_ns() - began) / 1e9, "s")
        lab.finding("bad", f"The server is gone: call {thousands(calls + 1)} of client has failed after {took}, with "
                    f"{type(error).__name__}.", f"n = {thousands(calls)} calls before it; whether the server has still "
                    "carried out the last one, client cannot know")  # fmt: skip
        with reporting(link, lab):
            connected(link, lab)
