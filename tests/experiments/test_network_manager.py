import re
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from ipclab import engine
from ipclab.experiments import network_manager
from ipclab.experiments._network_halves import Link
from ipclab.experiments._network_trouble import HELD
from ipclab.experiments.network_manager import Options, check
from ipclab.quantity import number_from
from ipclab_gui.window import MainWindow
from tests.running import Ran, plain, run_experiment, stop_when

LINUX = sys.platform == "linux"
READ = r"A client that knows host, port and key reads {} records from the server\."


def run(**parameters: Any) -> Ran:
    ran = run_experiment("network-manager", **parameters)
    assert ran.errors == ran.text, ran.errors  # nothing on stderr
    return ran


def is_found(ran: Ran, level: str, pattern: str) -> bool:
    return any(re.fullmatch(pattern, text) for text in ran.found(level))


def evidence(ran: Ran, level: str) -> str:
    return plain(next(finding.evidence for finding in ran.findings if finding.level == level))


@pytest.fixture
def taken() -> Iterator[int]:
    """Give a port at which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as holder:
        yield holder.getsockname()[1]


def test_two_clients_insert_and_print_the_tutorials_records_over_tcp(start_method: str) -> None:
    ran = run(start_method=start_method)
    assert ran.status == "done"
    assert list(ran.processes) == ["main", "server", "inserter", "printer"]
    assert ran.output("inserter") == ["New record added!", ""]
    records = [("Sam", 10), ("Adam", 9), ("Kevin", 9), ("Jeff", 8)]
    assert ran.output("printer") == [
        line for name, score in records for line in (f"Name: {name}", f"Score: {score}", "")
    ]
    assert ran.shown("server")["records"] == ran.shown("printer")["records"] == [list(one) for one in records]
    assert ran.output("server") == [f"Listening at {ran.shown('main')['address']}"]
    assert ran.found("bad") == ran.found("warning") == []
    assert is_found(ran, "ok", READ.format(4))
    assert list(ran.samples["records"]) == [3, 4]
    assert len(ran.samples["connect"]) == 2


def test_records_are_those_that_were_asked_for(start_method: str) -> None:
    ran = run(start_method=start_method, records=("Ada Lovelace 36",), new_record="Alan -1", no_delay="both ends")
    assert ran.shown("printer")["records"] == [["Ada Lovelace", 36], ["Alan", -1]]
    assert is_found(ran, "ok", READ.format(2))


def test_a_wrong_key_is_refused_and_the_server_serves_on(start_method: str) -> None:
    ran = run(start_method=start_method, kind="wrong key")
    assert ran.status == "done"
    assert is_found(ran, "ok", r"The server at 127\.0\.0\.1:\d+ has refused a client with another key, after .*s\.")
    assert "AuthenticationError" in evidence(ran, "ok")
    assert is_found(ran, "ok", READ.format(3))


def test_without_a_key_a_client_gets_the_challenge_as_data_and_a_manager_is_refused(start_method: str) -> None:
    ran = run(start_method=start_method, kind="no key")
    assert ran.status == "done"
    assert is_found(ran, "warning", r"Without a key Client\(\) connects, .* the server's challenge\.")
    assert "#CHALLENGE#" in evidence(ran, "warning")
    assert is_found(ran, "ok", ".* has refused a client with another key, .*")
    assert is_found(ran, "ok", READ.format(3))


def test_where_nobody_listens_a_client_is_refused_at_once(start_method: str) -> None:
    ran = run(start_method=start_method, kind="nobody listens")
    assert ran.status == "done"
    assert is_found(ran, "bad", r"Nobody listens at 127\.0\.0\.1:\d+: the client was refused after [\d.]+ .?s\.")
    assert "ConnectionRefusedError" in evidence(ran, "bad")


def test_a_server_cannot_listen_at_a_port_in_use_and_finds_a_free_one(start_method: str) -> None:
    ran = run(start_method=start_method, kind="port in use")
    assert ran.status == "done"
    assert is_found(ran, "bad", r"The server cannot listen at 127\.0\.0\.1:\d+: somebody else listens there\.")
    chosen = re.fullmatch(r"With port 0 the system has chosen a free one: (\d+)\.", ran.found("ok")[0])
    assert chosen is not None
    assert f":{chosen[1]}:" not in ran.found("bad")[0]
    assert ran.shown("main")["address"] == f"127.0.0.1:{chosen[1]}"


def test_a_client_learns_at_once_that_the_server_is_gone(start_method: str) -> None:
    ran = run(start_method=start_method, kind="server gone")
    assert ran.status == "done"
    assert ran.processes["server"].signal == "SIGKILL"
    assert is_found(ran, "bad", r"main has killed the server: the \d\d+ records that it held are gone with it\.")
    calls = r"The server is gone: call ([\d ]+) of client has failed after .*s, with \w+Error\."
    assert is_found(ran, "bad", calls)
    assert is_found(ran, "bad", r"(Nobody listens at|The server at) .*")  # its port closes a moment later
    assert len(ran.samples["call"]) >= HELD - 1  # the call that made the last one may not have returned


def test_nothing_bounds_a_silent_link_but_whoever_ends_the_client(start_method: str) -> None:
    ran = run(start_method=start_method, kind="silent link", patience=0.8)
    assert ran.status == "done"
    assert is_found(ran, "bad", r"After 800 ms client still waits in connect\(\): the peer .* says nothing\.")
    assert ran.found("info") == ["main has ended client with terminate(): nothing else would have."]
    assert (ran.processes["client"].state, ran.processes["client"].signal) == ("killed", "SIGTERM")


@pytest.mark.skipif(not LINUX, reason="what runs into a socket's time limit was tried on Linux only")
def test_a_time_limit_on_the_socket_lets_the_client_give_up_by_itself(start_method: str) -> None:
    ran = run(start_method=start_method, kind="silent link", bound="time limit", patience=0.5)
    assert ran.status == "done"
    assert is_found(ran, "ok", r"The client has given up by itself: no answer from .* within 500 ms\.")
    waited = re.fullmatch(r"BlockingIOError: .*, after ([\d.]+) (m?)s", evidence(ran, "ok"))
    assert waited is not None
    assert float(waited[1]) * (0.001 if waited[2] else 1) >= 0.495
    assert ran.processes["client"].code == 0
    assert ran.found("bad") == []


@pytest.mark.skipif(not LINUX, reason="the cliff is between Nagle's algorithm and Linux's delayed acknowledgement")
def test_above_16_kib_a_round_trip_waits_for_acknowledgements() -> None:
    ran = run(kind="round trips", rounds=5)
    cliff = re.fullmatch(
        r"Without TCP_NODELAY from 16 000 B to 17 000 B .* becomes ([\d ]+(?:\.\d+)?) times as long: .*",
        ran.found("bad")[0],
    )
    assert cliff is not None
    assert float(cliff[1].replace(" ", "")) > 20
    assert "n = 5 of each size" in evidence(ran, "bad")
    sizes, times = ran.samples["payload"], ran.samples["round trip"]
    assert list(sizes) == list(Options().payload_sizes) * 5
    assert sorted(times[sizes == 17_000])[2] > 0.03 > sorted(times[sizes == 16_000])[2]


@pytest.mark.skipif(not LINUX, reason="as above")
@pytest.mark.parametrize(
    ("sizes", "no_delay", "smaller", "larger"),
    [((16, 17_000), "off", "16 B", "17 000 B"), ((0, 16_385), "client only", "0 B", "16 385 B")],
)
def test_a_cliff_is_seen_however_far_below_it_the_next_smaller_size_lies(
    sizes: tuple[int, ...], no_delay: str, smaller: str, larger: str
) -> None:
    ran = run(kind="round trips", rounds=5, payload_sizes=sizes, no_delay=no_delay)
    assert is_found(ran, "bad", rf"With.* from {smaller} to {larger} a round trip becomes [\d .]+ times as long: [^:]*")
    assert ran.found("info") == []
    assert re.search(r"; to compare with: 8 KiB [\d.]+ .s, n = 5$", evidence(ran, "bad"))


def test_what_the_bytes_explain_is_no_cliff() -> None:
    ran = run(kind="round trips", rounds=9, payload_sizes=(0, 2**20, 2**24), no_delay="both ends")
    sizes, times = ran.samples["payload"], ran.samples["round trip"]
    assert sorted(times[sizes == 2**24])[4] > network_manager.CLIFF * sorted(times[sizes == 2**20])[4]
    assert ran.found("bad") == []
    assert ran.found("info") == ["With TCP_NODELAY at both ends no cliff is shown between 3 sizes."]
    piece = re.search(r"; to compare with: 8 KiB ([\d.]+ .?s), n = 9$", evidence(ran, "info"))
    assert piece is not None  # and what the largest size leaves behind is not in it
    assert number_from(piece[1], "s", whole=False) < sorted(times[sizes == 2**24])[4] / 100


def test_each_cliff_is_told() -> None:
    told: list[tuple[str, str]] = []

    class Told:
        def finding(self, level: str, text: str, _evidence: str, key: str) -> None:
            assert key == "off"
            told.append((level, plain(text)))

    times = {0: [1e-4], 17_000: [0.04], 65_536: [5e-4], 2**20: [0.2]}
    network_manager.report_sizes(Told(), "off", times, [1e-4])  # type: ignore[arg-type]  # this much it needs
    first = "from 0 B to 17 000 B a round trip becomes 400 times as long: 100 µs, then 40.0 ms"
    second = "from 64 KiB to 1 MiB a round trip becomes 400 times as long: 500 µs, then 200 ms"
    assert told == [("bad", f"Without TCP_NODELAY {first}; {second}.")]


def test_without_delay_there_is_no_cliff(start_method: str) -> None:
    ran = run(start_method=start_method, kind="round trips", rounds=20, no_delay="both ends")
    assert ran.status == "done"
    assert ran.found("bad") == []
    assert ran.found("info") == ["With TCP_NODELAY at both ends no cliff is shown between 7 sizes."]
    sizes, times = ran.samples["payload"], ran.samples["round trip"]
    assert sorted(times[sizes == 17_000])[10] < 0.03
    assert ran.observation.progress == (140, 140)


@pytest.mark.skipif(not LINUX, reason="as above")
def test_the_cliff_and_its_cure_are_measured_one_after_the_other(start_method: str) -> None:
    ran = run(start_method=start_method, kind="round trips", no_delay="all in turn", rounds=5)
    assert ran.status == "done"
    clients = [f"client, no delay {where}" for where in ("off", "client only", "both ends")]
    assert list(ran.processes) == ["main", "server", clients[0], "server #2", clients[1], "server #3", clients[2]]
    cliff, half = ran.found("bad")
    assert cliff.startswith("Without TCP_NODELAY from 16 000 B to 17 000 B")
    assert half.startswith("With TCP_NODELAY at the client's end only from 16 000 B to 17 000 B")
    assert ran.found("info") == ["With TCP_NODELAY at both ends no cliff is shown between 7 sizes."]
    assert ran.observation.progress == (105, 105)
    assert len(ran.samples["payload"]) == len(ran.samples["round trip"]) == 105


@pytest.mark.skipif(not LINUX, reason="as above")
def test_no_delay_at_the_clients_end_alone_mends_half_of_it() -> None:
    def median(no_delay: str) -> float:
        ran = run(kind="round trips", rounds=9, payload_sizes=(17_000,), no_delay=no_delay)
        return float(sorted(ran.samples["round trip"])[4])

    off, client, both = median("off"), median("client only"), median("both ends")
    assert both < 0.03 < client < off


@pytest.mark.skipif(not LINUX, reason="other systems have one loopback address")
def test_it_listens_where_it_is_told_to() -> None:
    ran = run(host="127.0.0.9")
    assert str(ran.shown("main")["address"]).startswith("127.0.0.9:")
    assert ran.found("warning") == []


@pytest.mark.parametrize("kind", ["records", "port in use", "nobody listens", "silent link"])
def test_all_interfaces_are_taken_when_they_are_typed_and_that_is_warned_of(kind: str) -> None:
    ran = run(host="0.0.0.0", kind=kind, **({"patience": 0.3} if kind == "silent link" else {}))
    assert ran.status == "done"
    warned = ran.found("warning")
    assert len(warned) == (kind in ("records", "port in use"))
    assert all("on all interfaces: whoever reaches port" in text and "run code" in text for text in warned)


def test_a_key_is_in_no_repr() -> None:
    assert "secret" not in repr(Link("127.0.0.1", 1, b"secret"))


@pytest.mark.parametrize(
    ("parameters", "name", "says"),
    [
        ({"host": ""}, "host", "“” is no IPv4 address to listen at; write four numbers, like 127.0.0.1."),
        ({"host": "0"}, "host", "“0” is no IPv4 address"),
        ({"host": "::1"}, "host", "“::1” is no IPv4 address"),
        ({"host": "example.org"}, "host", "“example.org” is no IPv4 address"),
        ({"host": "192.0.2.1"}, "host", "192.0.2.1 is not an address of this computer."),
        ({"host": "224.0.0.1"}, "host", "224.0.0.1 is not an address of this computer."),
        ({"host": "255.255.255.255"}, "host", "255.255.255.255 is not an address of this computer."),
        pytest.param(
            {"host": "127.255.255.255"},
            "host",
            "127.255.255.255 is not an address of this computer.",
            marks=pytest.mark.skipif(not LINUX, reason="the loopback's network has no broadcast address elsewhere"),
        ),
        ({"records": ("Sam",)}, "records", "“Sam” is no record"),
        ({"new_record": ""}, "new_record", "“” is no record"),
        ({"no_delay": "all in turn"}, "no_delay", "To compare all in turn takes both halves here, and round trips."),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(parameters: dict[str, Any], name: str, says: str) -> None:
    refused = check(Options(**parameters))
    assert list(refused) == [name]
    assert refused[name].startswith(says)
    with pytest.raises(ValueError, match=re.escape(refused[name])):
        network_manager.run(None, Options(**parameters))  # type: ignore[arg-type]  # it comes no further


def test_a_port_in_use_is_refused(taken: int) -> None:
    in_use = f"Port {taken} of 127.0.0.1 is in use; take another one, or 0 for a free one."
    assert check(Options(port=taken)) == {"port": in_use}
    assert check(Options(host="localhost", port=taken)) == {"port": in_use.replace("127.0.0.1", "localhost")}


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"kind": "silent link", "patience": 60.0}, id="silent link"),
        pytest.param({"kind": "silent link", "patience": 60.0, "bound": "time limit"}, id="a time limit"),
        pytest.param({"kind": "round trips", "rounds": 100_000}, id="round trips"),
    ],
)
def test_a_run_can_be_stopped(parameters: dict[str, Any], start_method: str) -> None:
    def client_runs(observation: engine.Observation) -> bool:
        return any(one.name == "client" and one.state == "running" for one in observation.processes.values())

    ran = run(start_method=start_method, meanwhile=stop_when(client_runs), **parameters)
    assert ran.status == "stopped"
    assert {process.signal for process in ran.processes.values()} <= {None, "SIGTERM"}


def test_in_the_window_a_server_takes_a_key_that_nothing_keeps(qtbot: QtBot, tmp_path: Path) -> None:
    settings = tmp_path / "window.json"
    window = MainWindow(settings)
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.shown):
        window.show()
    window.show_experiment("network-manager")
    form = window.workspace.form
    assert not form.fields.rows["key"].isVisibleTo(form)
    form.fields.rows["role"].editor.write("serve")
    form.fields.check()
    assert form.fields.rows["key"].isVisibleTo(form)
    assert form.fields.errors == {"key": "The key is empty; give one."}
    assert not window.menus.run.isEnabled()
    form.fields.rows["key"].write("hunter2")
    form.fields.check()
    assert form.command() == ["ipclab run network-manager", "--role serve"]
    window.run()
    qtbot.waitUntil(lambda: "Listening at" in str(window.live.observation.lines), timeout=20_000)
    window.stop()
    qtbot.waitUntil(lambda: not window.running, timeout=20_000)
    window.close()
    assert settings.exists()
    assert "serve" in settings.read_text()
    assert "hunter2" not in settings.read_text()


def test_in_the_window_a_port_in_use_is_refused_at_its_field(qtbot: QtBot, tmp_path: Path, taken: int) -> None:
    window = MainWindow(tmp_path / "window.json")
    qtbot.addWidget(window)
    with qtbot.waitSignal(window.shown):
        window.show()
    window.show_experiment("network-manager")
    fields = window.workspace.form.fields
    fields.write({"port": taken})
    assert fields.rows["port"].editor.written() == str(taken)  # in no groups, as nobody writes a port
    window.run()
    assert not window.running
    assert fields.refused["port"].startswith(f"Port {taken} of 127.0.0.1 is in use;")
    fields.write({"port": 0})
    assert fields.refused == {}
    window.close()
