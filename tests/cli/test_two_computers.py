"""`ipclab serve` and `ipclab join` between two network namespaces: as on two computers with a cable between."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from textwrap import dedent

import psutil
import pytest

from tests.cli.conftest import LIMIT, environment, wait_until
from tests.running import START_METHODS, plain

KEY = "hunter2"
HERE, THERE = "192.0.2.1", "192.0.2.2"  # addresses that nobody has: RFC 5737
NEEDED = ("unshare", "nsenter", "ip", "ss")

Within = Callable[..., subprocess.Popen[str]]


def done(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True, timeout=LIMIT).stdout


@pytest.fixture
def computers() -> Iterator[tuple[str, str]]:
    """Give the pids of two processes, each in a network namespace of its own, with a pair of veths between them."""
    missing = [name for name in NEEDED if shutil.which(name) is None]
    if sys.platform != "linux" or missing:
        pytest.skip(f"network namespaces need Linux with {', '.join(missing or NEEDED)}")
    tried = subprocess.run(["unshare", "--net", "true"], check=False, capture_output=True, text=True, timeout=LIMIT)
    if tried.returncode:
        pytest.skip(f"no network namespace can be made here: {tried.stderr.strip()}")
    words = ["unshare", "--net", "sh", "-c", "ip link set lo up && echo && exec cat"]
    holders = [
        subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in (HERE, THERE)
    ]
    try:
        for holder in holders:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "\n"
        here, there = (str(holder.pid) for holder in holders)
        cable = subprocess.run(
            [*within(here), "ip", "link", "add", "cable", "type", "veth", "peer", "name", "cable", "netns", there],
            check=False, capture_output=True, text=True, timeout=LIMIT,
        )  # fmt: skip
        if cable.returncode:
            pytest.skip(f"no pair of veths can be made here: {cable.stderr.strip()}")
        for pid, address in ((here, HERE), (there, THERE)):
            done(*within(pid), "ip", "address", "add", f"{address}/24", "dev", "cable")
            done(*within(pid), "ip", "link", "set", "cable", "up")
        yield here, there
    finally:
        for holder in holders:
            holder.communicate(timeout=LIMIT)  # its stdin is closed: cat ends, and its namespace with it


def within(pid: str) -> list[str]:
    return ["nsenter", f"--net=/proc/{pid}/ns/net"]


@pytest.fixture
def start() -> Iterator[Within]:
    """Return a function that starts `ipclab WORDS` in the namespace of a process."""
    started: list[subprocess.Popen[str]] = []

    def begin(pid: str, *words: str, key: str = KEY) -> subprocess.Popen[str]:
        command = [*within(pid), sys.executable, "-m", "ipclab_gui", *words]
        pipe = subprocess.PIPE
        about = environment(IPCLAB_KEY=key)
        started.append(
            subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, encoding="utf-8", env=about)
        )
        return started[-1]

    yield begin
    for command in started:
        if command.poll() is None:
            command.kill()
        command.communicate(timeout=LIMIT)


def address_of(server: subprocess.Popen[str]) -> str:
    assert server.stdout is not None
    for line in server.stdout:
        if found := re.search(r"Listening at (\S+)$", line):
            return found[1]
    raise AssertionError("it ended without having listened")


def test_a_client_joins_a_server_on_another_computer(computers: tuple[str, str], start: Within) -> None:
    here, there = computers
    server = start(here, "serve", "--host", HERE, "--clients", "1")
    address = address_of(server)
    assert address.startswith(f"{HERE}:")
    client = start(there, "join", address, "--json", "--new-record", "Ada 36")
    about = json.loads(client.communicate(timeout=LIMIT)[0])
    assert client.returncode == 0, about["findings"]
    records = {one["name"]: one["shown"] for one in about["processes"]}["printer"]["records"]
    assert records == [["Sam", 10], ["Adam", 9], ["Kevin", 9], ["Ada", 36]]
    out, err = server.communicate(timeout=LIMIT)
    assert (server.returncode, err) == (0, "")
    assert f"The server listens at {HERE}: whoever reaches port {address.rpartition(':')[2]} and has the key" in plain(
        out
    )


def test_another_computers_address_is_refused_here(computers: tuple[str, str], start: Within) -> None:
    refused = start(computers[0], "serve", "--host", THERE)
    _, err = refused.communicate(timeout=LIMIT)
    assert (refused.returncode, err) == (2, f"ipclab: --host: {THERE} is not an address of this computer.\n")


def test_all_interfaces_are_reached_from_elsewhere_and_warned_of(computers: tuple[str, str], start: Within) -> None:
    here, there = computers
    server = start(here, "serve", "--host", "0.0.0.0", "--clients", "1")
    port = address_of(server).rpartition(":")[2]
    client = start(there, "join", f"{HERE}:{port}", "--kind", "round-trips", "--rounds", "3")
    out, _ = client.communicate(timeout=LIMIT)
    assert client.returncode == 0, out
    assert re.search(r"medians: 1.KiB .*; n = 3 of each size", out)
    assert "The server listens on all interfaces" in server.communicate(timeout=LIMIT)[0]


def test_a_cable_that_is_pulled_is_given_up_by_the_clients_time_limit(
    computers: tuple[str, str], start: Within
) -> None:
    here, there = computers
    server = start(here, "serve", "--host", HERE)
    address = address_of(server)
    client = start(there, "join", address, "--kind", "round-trips", "--rounds", "100000", "--payload-sizes", "64",
                   "--answer-within", "700ms")  # fmt: skip
    while not _connected(there):
        assert client.poll() is None
    done(*within(here), "ip", "link", "set", "cable", "down")
    out, _ = client.communicate(timeout=LIMIT)
    assert client.returncode == 1
    assert f"The client has given up by itself: no answer from {address} within 700 ms." in plain(out)
    assert server.poll() is None  # it has not learned it, and serves on
    nobody = start(there, "join", address, "--answer-within", "300ms")
    out, _ = nobody.communicate(timeout=LIMIT)
    assert nobody.returncode == 1
    assert f"no answer from {address} within 300 ms." in plain(out)


@pytest.mark.parametrize(
    "start_method", [pytest.param(one, marks=[pytest.mark.slow] if one != "spawn" else []) for one in START_METHODS]
)
def test_a_link_that_falls_silent_ends_the_clients_wait_and_the_servers_thread(
    computers: tuple[str, str], start: Within, start_method: str
) -> None:
    here, there = computers
    server = start(here, "serve", "--host", HERE, "--start-method", start_method)
    address, threads = address_of(server), _threads(server)
    client = start(there, "join", address, "--kind", "round-trips", "--rounds", "100000", "--payload-sizes", "64",
                   "--answer-within", "10min", "--start-method", start_method)  # fmt: skip
    wait_until(lambda: _connected(there) and _connected(here), "a connection")
    wait_until(lambda: _threads(server) > threads, "a thread for the client")
    _silence(computers)
    out, _ = client.communicate(timeout=LIMIT)
    assert client.returncode == 1
    silent = f"The link to {address} is silent: nothing comes from the other computer, not even from its system."
    assert silent in plain(out)
    wait_until(lambda: not _connected(here) and _threads(server) == threads, "the end of the client's thread")
    assert server.poll() is None


OWN = f"""
import sys, threading, time
from multiprocessing.managers import BaseManager

class Manager(BaseManager):
    pass

class Waiter:
    def wait(self):
        time.sleep(3600)

Manager.register("waiter", Waiter, exposed=["wait"])
manager = Manager(("{HERE}", 5000), b"{KEY}", serializer="alert")
if sys.argv[1] == "serve":
    server = manager.get_server()
    print("listening", flush=True)
    server.serve_forever()
manager.connect()
waiter = manager.waiter()
print("calling", flush=True)
waiter.wait()
"""


@pytest.mark.slow
def test_the_guides_lines_do_the_same_for_a_manager_of_ones_own(computers: tuple[str, str], tmp_path: Path) -> None:
    guide = resources.files("ipclab_resources").joinpath("guides/network_manager.md").read_text("utf-8")
    lines = re.search(r"^    import socket\n(?:(?:    .*)?\n)+", guide, re.MULTILINE)
    assert lines is not None
    program = tmp_path / "own.py"
    program.write_text(dedent(lines[0]) + OWN)
    here, there = computers
    halves: list[subprocess.Popen[str]] = []
    try:
        for pid, role, says in ((here, "serve", "listening\n"), (there, "join", "calling\n")):
            command = [*within(pid), sys.executable, str(program), role]
            halves.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
            out = halves[-1].stdout
            assert out is not None
            assert out.readline() == says
        server, client = halves
        wait_until(lambda: _waits(there), "an answer to the call from the server's system")
        _silence(computers)
        assert client.stderr is not None
        assert any(line.startswith("TimeoutError: ") for line in client.stderr)  # else pytest's own limit ends it
        wait_until(lambda: not _connected(here), "the end of the server's connection")
        assert server.poll() is None
    finally:
        for half in halves:
            half.kill()
            half.communicate(timeout=LIMIT)


def _silence(computers: tuple[str, str]) -> None:
    """Let the cable carry to nobody what either sends, while both hold it for sound: the other's address is wrong."""
    for pid, other in zip(computers, (THERE, HERE), strict=True):
        nobody = ("lladdr", "02:00:00:00:00:01", "nud", "permanent")
        done(*within(pid), "ip", "neighbour", "replace", other, *nobody, "dev", "cable")


def _threads(command: subprocess.Popen[str]) -> int:
    """Return how many threads the processes of a command's run have."""
    return sum(process.num_threads() for process in psutil.Process(command.pid).children(recursive=True))


def _connected(pid: str) -> bool:
    return HERE in done(*within(pid), "ss", "-Htn", "state", "established")


def _waits(pid: str) -> bool:
    """Tell whether a connection is there on which nothing is under way, and nothing unread."""
    rows = done(*within(pid), "ss", "-Htn", "state", "established").splitlines()
    return bool(rows) and all(row.split()[:2] == ["0", "0"] for row in rows)
