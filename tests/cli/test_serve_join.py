"""The two halves of the manager over a network as two commands, as on two computers: `ipclab serve`, `ipclab join`."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.cli.conftest import LIMIT, Command, Start
from tests.running import plain

KEY = "hunter2 and more"
RECORDS = [["Sam", 10], ["Adam", 9], ["Kevin", 9], ["Jeff", 8]]


def address_of(server: subprocess.Popen[str]) -> str:
    """Read what a server prints until it says where it listens."""
    assert server.stdout is not None
    for line in server.stdout:
        if found := re.search(r"Listening at (\S+)$", line):
            return found[1]
    raise AssertionError("it ended without having listened")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        return int(holder.getsockname()[1])


def test_a_client_joins_and_the_server_ends_when_it_has_left(start: Start, ipclab: Command, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY + "\n")
    server = start("serve", "--clients", "1", IPCLAB_KEY=KEY)
    joined = ipclab("join", address_of(server), "--json", "--key-file", str(file))
    assert joined.returncode == 0, joined.stderr
    about = json.loads(joined.stdout)
    assert about["parameters"]["role"] == "join"
    assert about["parameters"]["key"] == "***"
    assert {one["name"]: one["shown"] for one in about["processes"]}["printer"] == {"records": RECORDS}
    assert [one["level"] for one in about["findings"]] == ["ok"]
    out, err = server.communicate(timeout=LIMIT)
    assert (server.returncode, err) == (0, "")
    assert "1 client has come and gone." in out
    assert "Only this computer's own processes can join: 127.0.0.1 is its loopback." in out
    assert KEY not in out + joined.stdout + joined.stderr


def told_address_of(server: subprocess.Popen[str]) -> str:
    """Read what a server that is to print JSON says meanwhile."""
    assert server.stderr is not None
    told = re.fullmatch(r"ipclab: The server listens at (\S+), and waits for clients\.\n", server.stderr.readline())
    assert told is not None
    return told[1]


def test_a_server_on_all_interfaces_does_not_say_that_only_this_computer_can_join(
    start: Start, ipclab: Command
) -> None:
    server = start("serve", "--host", "0.0.0.0", "--clients", "1", "--json", IPCLAB_KEY=KEY)
    host, _, port = told_address_of(server).rpartition(":")
    assert host == "0.0.0.0"
    joined = ipclab("join", f"127.0.0.1:{port}", IPCLAB_KEY=KEY)
    assert joined.returncode == 0, joined.stdout
    out, err = server.communicate(timeout=LIMIT)
    assert (server.returncode, err) == (0, "")
    warned, came = json.loads(out)["findings"]
    assert warned["level"] == "warning"
    assert f"The server listens on all interfaces: whoever reaches port {port} " in warned["text"]
    assert (came["text"], came["evidence"]) == ("1 client has come and gone.", f"at 0.0.0.0:{port}")


@pytest.mark.parametrize("words", [("serve",), ("run", "network-manager", "--role", "serve")], ids=["serve", "run"])
def test_a_server_says_at_once_where_it_listens_and_all_else_at_its_end_as_one_document(
    start: Start, ipclab: Command, words: tuple[str, ...]
) -> None:
    server = start(*words, "--clients", "1", "--records", "Ada 36", "--json", IPCLAB_KEY=KEY)
    port = told_address_of(server).rpartition(":")[2]
    words = ("join", f"localhost:{port}", "--kind", "round-trips", "--rounds", "2", "--payload-sizes", "1KiB,2KiB")
    joined = ipclab(*words, IPCLAB_KEY=KEY)
    assert joined.returncode == 0, joined.stdout
    assert re.search(r"medians: 1 KiB .*, 2 KiB .*; n = 2 of each size", plain(joined.stdout))
    out, err = server.communicate(timeout=LIMIT)
    assert (server.returncode, err) == (0, "")
    about = json.loads(out)
    assert about["parameters"]["role"] == "serve"
    assert about["parameters"]["key"] == "***"
    assert {one["name"]: one["shown"] for one in about["processes"]}["server"] == {"records": [["Ada", 36]]}
    assert KEY not in out


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_server_cleanly(start: Start, number: signal.Signals, code: int) -> None:
    server = start("serve", IPCLAB_KEY=KEY)
    host, _, port = address_of(server).rpartition(":")
    server.send_signal(number)
    out, err = server.communicate(timeout=LIMIT)
    assert (server.returncode, err) == (code, "")
    assert "Stopped after" in out
    with socket.create_server((host, int(port))):  # nobody has it any more
        pass


def test_ctrl_c_ends_a_client_that_waits_for_a_silent_server(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = start("join", f"127.0.0.1:{silent.getsockname()[1]}", "--answer-within", "10min", IPCLAB_KEY=KEY)
        silent.settimeout(LIMIT)
        accepted, _ = silent.accept()
        with accepted:
            client.send_signal(signal.SIGINT)
            out, err = client.communicate(timeout=LIMIT)
    assert (client.returncode, err) == (130, "")
    assert "Stopped after" in out


def test_a_client_gives_a_silent_server_up(ipclab: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # the system accepts for it
        done = ipclab("join", f"127.0.0.1:{silent.getsockname()[1]}", "--answer-within", "300ms", IPCLAB_KEY=KEY)
    assert done.returncode == 1
    assert "The client has given up by itself: no answer from 127.0.0.1:" in done.stdout
    assert "within 300 ms." in plain(done.stdout)


def test_a_client_with_another_key_fails_and_the_server_goes_on(start: Start, ipclab: Command) -> None:
    server = start("serve", "--clients", "1", IPCLAB_KEY=KEY)
    address = address_of(server)
    refused = ipclab("join", address, IPCLAB_KEY="another")
    assert refused.returncode == 1
    assert f"✗ The server at {address} has refused a client with another key" in refused.stdout
    assert "Traceback" not in refused.stdout
    assert ipclab("join", address, IPCLAB_KEY=KEY).returncode == 0
    assert server.wait(LIMIT) == 0


def test_what_is_no_server_of_ours_is_told_so(ipclab: Command) -> None:
    port = free_port()
    speak = f"""
import socket
with socket.create_server(("127.0.0.1", {port})) as here:
    print(flush=True)
    there, _ = here.accept()
    there.sendall(b"SSH-2.0-something")
    there.recv(1)
"""
    with subprocess.Popen([sys.executable, "-c", speak], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        done = ipclab("join", f"127.0.0.1:{port}", IPCLAB_KEY=KEY)
    assert done.returncode == 1
    assert f"What answers at 127.0.0.1:{port} is no server of this experiment." in done.stdout


def test_where_nobody_listens_a_client_fails(ipclab: Command) -> None:
    done = ipclab("join", f"127.0.0.1:{free_port()}", "--json", IPCLAB_KEY=KEY)
    assert done.returncode == 1
    about = json.loads(done.stdout)
    assert about["outcome"]["status"] == "failed"
    assert about["findings"][0]["text"].startswith("Nobody listens at 127.0.0.1:")


@pytest.mark.skipif(sys.platform != "linux", reason="reads the words of other processes")
def test_no_process_of_a_run_has_the_key_among_its_words_or_variables(start: Start, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(KEY)
    server = start("serve", "--key-file", str(file))
    address_of(server)
    run = f"ipclab-{server.pid}-"  # its folder, which all processes of the run are told
    of_the_run = [process for process in psutil.process_iter() if run in _words(process)]
    assert len(of_the_run) >= 4  # keeper, runner, main, server
    for process in (psutil.Process(server.pid), *of_the_run):
        assert KEY not in _words(process)
        assert KEY not in str(process.environ())
    server.send_signal(signal.SIGINT)
    server.communicate(timeout=LIMIT)


def _words(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("serve",), "--key: The key is empty; give one."),
        (("serve", "--key", ""), "--key: The key is empty; give one."),
        (("serve", "--key=x", "--host", "192.0.2.1"), "--host: 192.0.2.1 is not an address of this computer."),
        (
            ("serve", "--key=x", "--host", "255.255.255.255"),
            "--host: 255.255.255.255 is not an address of this computer.",
        ),
        (("serve", "--key=x", "--role", "join"), "ipclab serve takes no --role; ipclab run network-manager does."),
        (("serve", "--key=x", "--kind", "records"), "--kind: Kind applies only when role is both halves here or join."),
        (("join",), "ipclab join needs the server's address first, as the server has said it: HOST:PORT."),
        (("join", "--key", "x"), "ipclab join needs the server's address first"),
        (("join", "somewhere"), "ipclab join needs the server's address first"),
        (("join", "h:1", "--key=x", "--host", "h"), "ipclab join takes no --host; ipclab run network-manager does."),
        (("join", "h:x", "--key=x"), "--port: “x” is not a whole number"),
        (("join", "h:70000", "--key=x"), "--port: 70000 is out of range; allowed is 0 to 65535."),
        (("join", "h:0", "--key=x"), "--port: To join takes the port that the server has said it listens at."),
        (("join", " :1", "--key=x"), "--host: There is no name or address of a computer to join."),
        (("join", "h:1", "--key=x", "--kind=silent-link"), "--kind: “silent link” takes both halves; whoever joins"),
        (("join", "h:1", "--key=x", "--clients=2"), "--clients: Clients applies only when role is serve."),
    ],
)
def test_wrong_words_are_refused_in_one_sentence(ipclab: Command, words: tuple[str, ...], says: str) -> None:
    done = ipclab(*words, IPCLAB_KEY=None)
    assert (done.returncode, done.stdout) == (2, "")
    assert plain(done.stderr).startswith(f"ipclab: {says}")
    assert done.stderr.count("\n") == 1


def test_a_port_in_use_is_refused_before_anything_starts(ipclab: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port = holder.getsockname()[1]
        done = ipclab("serve", "--port", str(port), IPCLAB_KEY=KEY)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr == f"ipclab: --port: Port {port} of 127.0.0.1 is in use; take another one, or 0 for a free one.\n"
    )


@pytest.mark.parametrize(("command", "flags", "others"), [
    ("serve", ("--host", "--port", "--key", "--key-file", "--clients", "--records", "--json"), ("--kind", "--rounds")),
    ("join", ("--kind", "--key", "--answer-within", "--rounds", "--json"), ("--host", "--port", "--clients")),
])  # fmt: skip
def test_help_lists_the_flags_of_its_half(
    ipclab: Command, command: str, flags: tuple[str, ...], others: tuple[str, ...]
) -> None:
    for words in ((command, "--help"), (command, "h:1", "-h")):
        done = ipclab(*words)
        assert done.returncode == 0
        listed = re.findall(r"^  (--[\w-]+)(?: \S+, (--[\w-]+))?", done.stdout, re.MULTILINE)
        flat = {flag for pair in listed for flag in pair}
        assert flat >= set(flags)
        assert not flat & set(others)
    assert command in ipclab("--help").stdout
