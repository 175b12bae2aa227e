"""A manager listens at an address and a port; whoever knows these and the key works with its objects, from anywhere."""

from __future__ import annotations

import os
import re
import statistics
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from time import perf_counter_ns
from typing import TYPE_CHECKING, Annotated, Any, Literal

from ipclab.declarations import Help, Range, Secret, Series, When
from ipclab.experiments._network_halves import (
    Link,
    NoDelay,
    cannot_listen,
    connected,
    ended,
    record_of,
    reporting,
    see_through,
    started,
)
from ipclab.experiments._network_trouble import (
    nobody_listens,
    port_in_use,
    server_gone,
    silent_link,
    try_to_join,
    try_without_key,
)  # fmt: skip
from ipclab.quantity import measured, spell_number, thousands, three

if TYPE_CHECKING:
    from collections.abc import Callable

    from ipclab.lab import Lab

GROUP = "Server process"
ORDER = 2
TITLE = "Manager over a network"
QUESTION = "How do processes on two computers share one object?"
PAYLOAD = Series("payload", "B", plot="steps")
SERIES = (
    Series("round trip", "s", distribution=True, against=PAYLOAD),
    PAYLOAD,
    Series("call", "s"),
    Series("connect", "s"),
    Series("records", "records", plot="steps"),
)
WATCHED = When(kind=("records", "wrong key", "no key", "nobody listens", "port in use", "server gone", "silent link"))
BURSTS = When(role=("both halves here", "join"), kind="round trips")
PRESETS = {
    "Tutorial's records, over TCP": {},
    "A wrong key": {"kind": "wrong key"},
    "No key": {"kind": "no key"},
    "Nobody listens": {"kind": "nobody listens"},
    "A port in use": {"kind": "port in use"},
    "The server is gone": {"kind": "server gone"},
    "A silent link": {"kind": "silent link"},
    "A silent link, with a time limit": {"kind": "silent link", "bound": "time limit"},
    "The cliff and its cure": {"kind": "round trips", "no_delay": "all in turn"},
    "The 16 KiB cliff": {"kind": "round trips"},
    "No delay": {"kind": "round trips", "no_delay": "both ends"},
}

RECORD = re.compile(r"\S.* -?\d{1,9}")
CALLS = ("both halves here", "join")
SERVED = ("records", "wrong key", "no key", "server gone", "port in use")
JOINS = ("records", "round trips")
DELAYS: dict[NoDelay, str] = {  # in words, as a finding begins
    "off": "Without TCP_NODELAY",
    "client only": "With TCP_NODELAY at the client's end only",
    "both ends": "With TCP_NODELAY at both ends",
}
CLIFF = 5.0  # times as long as the next smaller size and the bytes beyond it explain: more than this is a cliff
PIECE = 2**13  # bytes; Connection sends up to 16 KiB as one piece, which waits for nothing: it shows what bytes cost


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person may tweak."""

    role: Annotated[
        Literal["both halves here", "serve", "join"],
        Help("Run server and clients, or the server for clients elsewhere, or clients of a server elsewhere"),
    ] = "both halves here"
    kind: Annotated[
        Literal["records", "wrong key", "no key", "nobody listens", "port in use", "server gone", "silent link",
                "round trips"],
        When(role=CALLS),
        Help("The tutorial's records, six things that go wrong, or round trips of messages of several sizes"),
    ] = "records"  # fmt: skip
    host: Annotated[
        str, Help("Where the server listens: an IPv4 address of this computer; or the computer to join, by name too")
    ] = "127.0.0.1"
    port: Annotated[
        int, Range(0, 65_535, grouped=False), Help("The server's TCP port; 0 lets the system choose a free one")
    ] = 0
    key: Annotated[
        str, Secret(), When(role=("serve", "join")),
        Help("What both halves know and nobody else: whoever has it can run code in the other"),
    ] = field(default="", repr=False)  # fmt: skip
    clients: Annotated[
        int, Range(0, 10_000), When(role="serve"),
        Help("How many come before the server ends; 0 lets it serve until the run is stopped"),
    ] = 0  # fmt: skip
    answer_within: Annotated[
        float, Range(0.1, 600, "s"), When(role="join"),
        Help("How long a client waits for an answer before it gives up, each time"),
    ] = 10.0  # fmt: skip
    records: Annotated[
        tuple[str, ...], When(role=("both halves here", "serve"), kind=SERVED),
        Help("What lies in the server at first: a name and a score each"),
    ] = ("Sam 10", "Adam 9", "Kevin 9")  # fmt: skip
    new_record: Annotated[
        str, When(role=CALLS, kind=("records", "server gone")), Help("What the inserter adds: a name and a score")
    ] = "Jeff 8"  # fmt: skip
    payload_sizes: Annotated[
        tuple[int, ...], Range(0, 2**24, "B"), When(role=CALLS, kind="round trips"),
        Help("Sizes that go there and back in turn"),
    ] = (2**10, 2**13, 16_000, 17_000, 2**15, 2**16, 2**17)  # fmt: skip
    rounds: Annotated[
        int, Range(1, 100_000, log=True), When(role=CALLS, kind="round trips"), Help("How often each size has its turn")
    ] = 20  # fmt: skip
    no_delay: Annotated[
        Literal["off", "client only", "both ends", "all in turn"],
        Help("Where TCP_NODELAY is set on the connections: with it no bytes wait until others are acknowledged"),
    ] = "off"
    bound: Annotated[
        Literal["none", "time limit"], When(role="both halves here", kind="silent link"),
        Help("What ends the client's wait: nothing, or a time limit that it has set on its own socket"),
    ] = "none"  # fmt: skip
    patience: Annotated[
        float, Range(0.1, 60, "s"), When(role="both halves here", kind="silent link"),
        Help("How long the client may wait: then its time limit ends the wait, or main ends the client"),
    ] = 1.0  # fmt: skip


def check(options: Options) -> dict[str, str]:
    """Return what is no record, and where this machine cannot listen, by field: asked before a run, and once in it."""
    texts = {"records": options.records, "new_record": (options.new_record,)}
    wrong = {name: text for name, several in texts.items() for text in several if not RECORD.fullmatch(text)}
    how = "write a name and a number of up to 9 digits, like Sam 10"
    refused = {name: f"“{text}” is no record; {how}." for name, text in wrong.items()}
    if options.no_delay == "all in turn" and (options.role, options.kind) != ("both halves here", "round trips"):
        refused["no_delay"] = "To compare all in turn takes both halves here, and round trips."
    if options.role != "join":
        return refused | cannot_listen(options.host, options.port)
    if not options.host.strip():
        refused["host"] = "There is no name or address of a computer to join."
    if not options.port:
        refused["port"] = "To join takes the port that the server has said it listens at."
    if options.kind not in JOINS:
        refused["kind"] = f"“{options.kind}” takes both halves; whoever joins can do {' or '.join(JOINS)}."
    return refused


def run(lab: Lab, options: Options) -> None:
    """Start the server, let clients connect that know only host, port and key, and end it, whatever has happened."""
    if wrong := check(options):
        raise ValueError(" ".join(wrong.values()))
    first: NoDelay = "off" if options.no_delay == "all in turn" else options.no_delay
    link = Link(options.host, options.port, options.key.encode() or os.urandom(16), first)
    if options.no_delay == "all in turn":
        compare_delays(lab, options, link)
    elif options.role == "serve":
        serve_others(lab, options, link)
    elif options.role == "join":
        call(lab, options, replace(link, limit=options.answer_within, must=True))
    else:
        parts: dict[str, Callable[[Lab, Options, Link], None]] = {
            "port in use": port_in_use, "nobody listens": nobody_listens, "silent link": silent_link,
        }  # fmt: skip
        parts.get(options.kind, with_server)(lab, options, link)


def serve_others(lab: Lab, options: Options, link: Link) -> None:
    """Serve until so many clients have left, or the run is stopped."""
    server, here, link = started(lab, options, link)
    if link.host.startswith("127."):
        lab.finding("info", f"Only this computer's own processes can join: {link.host} is its loopback.")
    left = 0
    with suppress(EOFError, ConnectionError):  # the server has died: the run says so
        while server.is_alive() and not lab.stopping and (not options.clients or left < options.clients):
            if here.poll(0.05):
                left = here.recv()
                verb = "client has" if left == 1 else "clients have"
                lab.finding("info", f"{thousands(left)} {verb} come and gone.", f"at {link}", key="clients")
                lab.progress(left, options.clients)
    ended(server, lab)


def compare_delays(lab: Lab, options: Options, link: Link) -> None:
    """Measure round trips without TCP_NODELAY, and with it at one end and at both: a server and a client each time."""
    total = len(set(options.payload_sizes)) * options.rounds
    for number, no_delay in enumerate(DELAYS, 1):
        if not lab.stopping:
            lab.progress(0, total * (len(DELAYS) - number))  # what is still to come; the client counts its own
            with_server(lab, options, replace(link, no_delay=no_delay))


def with_server(lab: Lab, options: Options, link: Link) -> None:
    """What needs a server that serves: the records, round trips, keys, and its end in the middle."""
    server, _here, link = started(lab, options, link)
    link = link.from_here()
    try:
        if options.kind in JOINS:
            call(lab, options, link)
        elif options.kind == "server gone":
            server_gone(lab, options, link, server)
        else:
            target: Any = try_without_key if options.kind == "no key" else try_to_join
            see_through(lab, target, "stranger", replace(link, key=os.urandom(16)))
            if not lab.stopping:
                see_through(lab, print_records, "printer", link, options)
    finally:
        ended(server, lab)


def call(lab: Lab, options: Options, link: Link) -> None:
    """Let one client insert a record, and when it has ended another print all; or let one measure."""
    if options.kind == "round trips":
        name = f"client, no delay {link.no_delay}" if options.no_delay == "all in turn" else "client"
        see_through(lab, measure, name, link, options)
    elif see_through(lab, insert_record, "inserter", link, options):
        see_through(lab, print_records, "printer", link, options)


# Clients: host, port and key are all that they know. (lab and options are the lab's, to say what they see.)


def insert_record(link: Link, options: Options, lab: Lab) -> None:
    """The inserter: one call, which the server carries out."""
    with reporting(link, lab):
        manager = connected(link, lab)
        manager.records().append(record_of(options.new_record))
        print("New record added!\n")


def print_records(link: Link, options: Options, lab: Lab) -> None:
    """The printer: each step of the loop asks the server for one record."""
    with reporting(link, lab):
        manager = connected(link, lab)
        records = manager.records()
        for name, score in records:
            print(f"Name: {name}\nScore: {score}\n")
        found = records[:]
        lab.show("records", found)
        texts = (*options.records, options.new_record) if options.kind == "records" else options.records
        right = found == [record_of(text) for text in texts]
        if options.role == "join":  # what else lies there only the server can know
            right = record_of(options.new_record) in found
        lab.finding("ok" if right else "bad",
                    f"A client that knows host, port and key reads {thousands(len(found))} records from the server.",
                    f"over TCP, at {link}; through its {type(records).__name__}")  # fmt: skip
        leave(manager)


def leave(manager: Any) -> None:
    """Say goodbye; the server may end at once then, before it has answered."""
    with suppress(EOFError, ConnectionError):
        manager.desk().leave()


def measure(link: Link, options: Options, lab: Lab) -> None:
    """Send payloads of each size there and back in turn, and time them; and one piece a turn, to compare them with."""
    with reporting(link, lab):
        manager = connected(link, lab)
        echo, sizes = manager.desk().echo, sorted(set(options.payload_sizes))
        payloads = {size: bytes(size) for size in sizes}
        times: dict[int, list[float]] = {size: [] for size in sizes}
        echo(b"")  # the first call of a thread connects
        pieces: list[float] = []
        done, total = 0, len(sizes) * options.rounds
        for burst in lab.bursts():
            while done < total and burst.going() and not lab.stopping:
                if done % len(sizes) == 0:
                    echo(b"")  # the first call after a large payload takes longer, whatever its own size
                    pieces.append(timed(echo, bytes(PIECE)))
                size = sizes[done % len(sizes)]
                took = timed(echo, payloads[size])
                lab.record("payload", size)
                lab.record("round trip", took)
                times[size].append(took)
                done += 1
            lab.progress(done, total)
            if all(times.values()):
                report_sizes(lab, link.no_delay, times, pieces)
            if done == total:
                break
        leave(manager)


def timed(echo: Callable[[bytes], bytes], payload: bytes) -> float:
    """Return how long a payload takes there and back, in seconds."""
    began = perf_counter_ns()
    echo(payload)
    return (perf_counter_ns() - began) / 1e9


def report_sizes(lab: Lab, no_delay: NoDelay, times: dict[int, list[float]], pieces: list[float]) -> None:
    """State between which sizes a round trip becomes longer than the bytes explain, if it does.

    `times` are round trips in seconds by payload size in bytes, ascending; `pieces` those of PIECE bytes: what one size
    has beyond the one before could go as so many messages of its own, and takes no longer than these for its bytes.
    """
    medians, piece = {size: statistics.median(some) for size, some in times.items()}, statistics.median(pieces)
    n = f"n = {thousands(min(map(len, times.values())))} of each size"
    all_of_them = ", ".join(f"{spell_number(s, 'B')} {measured(m, 's')}" for s, m in medians.items())
    evidence = (f"medians: {all_of_them}; {n}; to compare with: {spell_number(PIECE, 'B')} {measured(piece, 's')}, "
                f"n = {thousands(len(pieces))}")  # fmt: skip
    cliffs = [
        f"from {spell_number(small, 'B')} to {spell_number(large, 'B')} a round trip becomes "
        f"{three(medians[large] / medians[small])} times as long: {measured(medians[small], 's')}, then "
        f"{measured(medians[large], 's')}"
        for small, large in pairwise(medians)
        if medians[large] > CLIFF * (medians[small] + piece * (large - small) / PIECE)
    ]
    if cliffs:
        lab.finding("bad", f"{DELAYS[no_delay]} {'; '.join(cliffs)}.", evidence, key=no_delay)
    else:
        lab.finding(
            "info", f"{DELAYS[no_delay]} no cliff is shown between {len(medians)} sizes.", evidence, key=no_delay
        )
