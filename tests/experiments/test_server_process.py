import json
import multiprocessing
import os
import re
import signal
import subprocess
import sys
from multiprocessing.connection import Connection
from multiprocessing.managers import RemoteError
from pathlib import Path
from typing import Any

import psutil
import pytest

from ipclab import engine
from ipclab.cli import arguments
from ipclab.experiments.server_process import WAYS, Options, check
from tests.running import Ran, kill, plain, run_experiment, stop_when

TUTORIAL = """\
New record added!

Name: Sam
Score: 10

Name: Adam
Score: 9

Name: Kevin
Score: 9

Name: Jeff
Score: 8
"""
TIMES = re.compile(r".* (?:takes|moves) ([\d .]+) times as (?:long|many)\b.*")
LIST: dict[str, Any] = {"kind": "list in a dict"}
INCREMENTS: dict[str, Any] = {"kind": "increments"}
SPEED: dict[str, Any] = {"kind": "speed", "rounds": 5}
LONG: dict[str, Any] = {"kind": "increments", "count": 100_000}


def ended(ran: Ran) -> None:
    """Check that server and socket are gone."""
    server = ran.processes["SyncManager-1"]
    assert not server.alive
    address = str(ran.shown("main")["address"])
    assert "listener" in address or sys.platform == "win32"
    assert not Path(address).parent.exists()


def shut_down(ran: Ran) -> bool:
    """Tell whether main has ended the server: by a message, and on a busy machine by SIGTERM a second later."""
    server = ran.processes["SyncManager-1"]
    return server.code == 0 or server.signal == "SIGTERM"


def updates(ran: Ran) -> tuple[int, int]:
    """Return how many updates were made, and how many of them are in the server."""
    shown = ran.shown("main")
    return int(str(shown["expected"])), int(str(shown["actual"]))


def some_progress(observation: engine.Observation) -> bool:
    return observation.progress is not None and observation.progress[0] > 0


def test_one_inserts_a_record_and_another_prints_all(start_method: str) -> None:
    ran = run_experiment("server-process", start_method=start_method)
    assert ran.status == "done"
    assert "\n".join([*ran.output("inserter"), *ran.output("printer")]) == TUTORIAL
    assert ran.output("main") == []
    assert ran.shown("printer")["records"] == [["Sam", 10], ["Adam", 9], ["Kevin", 9], ["Jeff", 8]]
    assert ran.found("ok") == ["The list in SyncManager-1 holds 4 records: main's, and the inserter's."]
    assert "3 were made by main and 1 by the inserter; read by the printer" in plain(ran.findings[0].evidence)
    assert "through its ListProxy" in ran.findings[0].evidence


def test_the_server_is_one_of_the_runs_processes_and_ends_with_it(start_method: str) -> None:
    ran = run_experiment("server-process", start_method=start_method)
    assert list(ran.processes) == ["main", "SyncManager-1", "inserter", "printer"]
    server = ran.processes["SyncManager-1"]
    assert shut_down(ran)
    assert server.parent == ran.processes["main"].id
    ended(ran)


def test_own_records_are_kept_as_they_were_written() -> None:
    ran = run_experiment("server-process", records=("Ada Lovelace 12", "Bob -3"), new_record="Zoë 0")
    assert ran.shown("printer")["records"] == [["Ada Lovelace", 12], ["Bob", -3], ["Zoë", 0]]


@pytest.mark.parametrize("text", ["Sam", "10", " 10", "Sam ten", "Sam 10.5", "Sam 1234567890", ""])
def test_what_is_no_record_is_refused_at_its_field(text: str) -> None:
    assert list(check(Options(records=("Adam 9", text)))) == ["records"]
    sentence = check(Options(new_record=text))["new_record"]
    assert sentence == f"“{text}” is no record; write a name and a number of up to 9 digits, like Sam 10."


def test_what_is_no_record_is_refused_before_the_run_in_the_terminal() -> None:
    with pytest.raises(arguments.Misuse, match=r"^--new-record: “Jeff” is no record; "):
        arguments.read(["run", "server-process", "--new-record", "Jeff"])


def test_an_object_of_every_type_is_changed_by_one_and_read_by_the_other(start_method: str) -> None:
    ran = run_experiment("server-process", start_method=start_method, kind="every type")
    assert ran.shown("printer") == {
        "list": [["Sam", 10], ["Adam", 9], ["Kevin", 9], ["Jeff", 8]],
        "dict": {"Sam": 10, "Adam": 9, "Kevin": 9, "Jeff": 8},
        "Namespace": "Jeff",
        "Value": 4,
        "Array": [10, 9, 9, 8],
        "Queue": ["Jeff", 8],
    }
    assert ran.found("ok") == ["The printer reads from 6 of 6 objects in SyncManager-1 what the inserter left there."]
    assert "ListProxy, DictProxy, NamespaceProxy, ValueProxy, ArrayProxy, AutoProxy[Queue]" in ran.findings[0].evidence
    ended(ran)


def test_appending_to_what_a_dict_returns_changes_a_copy(start_method: str) -> None:
    ran = run_experiment("server-process", start_method=start_method, **LIST, count=50)
    assert ran.status == "done"
    assert updates(ran) == (100, 0)
    assert ran.found("bad") == ["100 of 100 items were appended to copies: the list in the server has 0."]
    assert ran.shown("worker 1") == ran.shown("worker 2") == {"updates": 50}
    assert ran.samples["expected"][-1] == 100
    assert set(ran.samples["actual"]) == {0}
    ended(ran)


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        pytest.param(LIST | {"list_cure": "assign back"}, 1_000, id="list assigned back"),
        pytest.param(INCREMENTS, 2_000, id="increments"),
    ],
)
def test_reading_and_writing_in_two_calls_loses_updates(
    parameters: dict[str, Any], count: int, start_method: str
) -> None:
    ran = run_experiment("server-process", start_method=start_method, count=count, **parameters)
    assert ran.status == "done"
    expected, actual = updates(ran)
    assert 0 < actual < expected == 2 * count
    match = re.fullmatch(r"([\d ]+) of ([\d ]+) \w+ lost \(([\d.]+) %\): one call reads, .*", ran.found("bad")[0])
    assert match is not None
    lost, of = (int(group.replace(" ", "")) for group in match.groups()[:2])
    assert (lost, of) == (expected - actual, expected)
    assert float(match[3]) == pytest.approx(100 * lost / of, abs=0.051)  # 22.75 is rounded, too
    assert f"n = {match[2]} by two workers" in plain(ran.findings[0].evidence)
    assert (ran.samples["actual"][-1], ran.samples["expected"][-1]) == (actual, expected)


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        pytest.param(LIST | {"list_cure": "assign back under a lock"}, 150, id="list assigned back under a lock"),
        pytest.param(LIST | {"list_cure": "managed list"}, 150, id="managed list"),
        pytest.param(INCREMENTS | {"update_cure": "Lock of the manager"}, 500, id="lock of the manager"),
        pytest.param(INCREMENTS | {"update_cure": "Lock in shared memory"}, 500, id="lock in shared memory"),
        pytest.param(INCREMENTS | {"update_cure": "one call"}, 2_000, id="one call"),
    ],
)
def test_a_cure_keeps_every_update_and_its_rate_is_said(
    parameters: dict[str, Any], count: int, start_method: str
) -> None:
    ran = run_experiment("server-process", start_method=start_method, count=count, **parameters)
    assert ran.status == "done"
    assert updates(ran) == (2 * count, 2 * count)
    assert ran.found("bad") == ran.found("warning") == []
    assert re.fullmatch(r"0 of [\d ]+ (items|increments) lost: .*\.", ran.found("ok")[0])
    assert re.fullmatch(r"[\d ]+ updates a second by both workers together\.", ran.found("info")[0])
    ended(ran)


@pytest.mark.parametrize("parameters", [LIST | {"list_cure": "assign back"}, INCREMENTS], ids=["items", "increments"])
def test_a_clean_run_without_a_lock_is_not_called_safe(parameters: dict[str, Any]) -> None:
    ran = run_experiment("server-process", count=1, **parameters)
    what = "items" if parameters["kind"] == LIST["kind"] else "increments"
    assert ran.found("ok") == []
    if updates(ran) == (2, 2):  # even two can collide
        assert ran.found("warning") == [f"No loss shown in 2 {what}; nothing forbids one."]


@pytest.mark.parametrize("held_in", ["list", "dict", "Array", "Value"])
@pytest.mark.parametrize("operation", ["write", "read"])
def test_what_a_call_costs_is_measured_beside_shared_memory(held_in: str, operation: str) -> None:
    ran = run_experiment("server-process", **SPEED, held_in=held_in, operation=operation)
    assert ran.status == "done", ran.errors
    ways = WAYS if held_in != "Value" else WAYS[::2]
    assert set(ran.samples) == {*ways, "managed call"}
    assert all(len(ran.samples[way]) == 5 for way in ways)  # and the round that warms up is none of them
    assert len(ran.found("info")) == len(ways) - 1
    factors = [TIMES.fullmatch(text) for text in ran.found("info")]
    assert all(factors)
    slower = sorted(ran.samples["shared"] / ran.samples["managed"])[2]
    assert float(str(factors[0] and factors[0][1]).replace(" ", "")) == pytest.approx(slower, rel=0.01)
    assert slower > 5
    evidence = plain(ran.findings[0].evidence)
    assert re.match(r"median of n = 5 rounds, half of them between [\d. ]+ and [\d. ]+; an item: managed ", evidence)


def test_a_batch_carries_many_items_for_hardly_more_than_one_message(start_method: str) -> None:
    ran = run_experiment("server-process", start_method=start_method, **SPEED, batch=1_000)
    one, batched = ran.samples["managed"], ran.samples["managed in batches"]
    assert sorted(batched / one)[2] > 10
    assert ran.found("info")[2].startswith("With 1 000 items a call the managed list moves ")
    assert len(ran.samples["managed call"]) > 20
    assert ran.observation.progress == (5, 5)
    ended(ran)


@pytest.mark.parametrize("parameters", [SPEED | {"rounds": 10_000}, LONG, LIST | {"count": 100_000}],
                         ids=["speed", "increments", "list"])  # fmt: skip
def test_a_stopped_run_takes_the_server_along(parameters: dict[str, Any], start_method: str) -> None:
    ran = run_experiment("server-process", start_method=start_method, **parameters, meanwhile=stop_when(some_progress))
    assert ran.status == "stopped"
    assert not any(process.alive for process in ran.processes.values())
    ended(ran)


@pytest.mark.parametrize("update_cure", ["none", "Lock of the manager"])
def test_a_killed_worker_fails_the_run_and_the_server_ends(update_cure: str, start_method: str) -> None:
    ran = run_experiment(
        "server-process", start_method=start_method, **LONG, update_cure=update_cure,
        meanwhile=kill("worker 1", when=some_progress),
    )  # fmt: skip
    assert ran.status == "failed"
    assert ran.text.startswith("worker 'worker 1' was ended by SIGKILL")
    ended(ran)


def test_a_killed_client_fails_the_run_and_the_server_ends(start_method: str) -> None:
    ran = run_experiment(
        "server-process", start_method=start_method, kind="speed", rounds=10_000,
        meanwhile=kill("client", signal.SIGTERM, when=some_progress),
    )  # fmt: skip
    assert ran.status == "failed"
    assert ran.text.startswith("worker 'client' was ended by SIGTERM")
    assert shut_down(ran)
    ended(ran)


def test_a_killed_server_fails_the_run_and_its_card_says_so(start_method: str) -> None:
    ran = run_experiment(
        "server-process", start_method=start_method, **LONG, meanwhile=kill("SyncManager-1", when=some_progress)
    )
    assert ran.status == "failed"
    assert ran.processes["SyncManager-1"].signal == "SIGKILL"
    assert "SIGKILL" in ran.text or "Error" in ran.text  # the server's end, or that of whoever asked it next
    ended(ran)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups' SIGINT")
def test_the_server_ignores_the_interrupt_that_ctrl_c_sends(start_method: str) -> None:
    ran = run_experiment(
        "server-process", start_method=start_method, kind="increments", count=10_000,
        meanwhile=kill("SyncManager-1", signal.SIGINT, when=some_progress),
    )  # fmt: skip
    assert ran.status == "done"
    assert shut_down(ran)


def _use(items: Any, end: Connection) -> None:
    end.send("here")
    end.recv()
    try:
        items.append(1)
    except RemoteError as error:
        end.send("KeyError" in str(error))
    else:
        end.send("appended")


def test_a_spawned_worker_does_not_hold_what_its_proxy_stands_for(start_method: str) -> None:
    context: Any = multiprocessing.get_context(start_method)
    with context.Manager() as manager:
        items, (here, there) = manager.list(), context.Pipe()
        worker = context.Process(target=_use, args=(items, there))
        worker.start()
        here.recv()
        del items
        here.send("go")
        assert here.recv() == (True if start_method == "spawn" else "appended")
        worker.join()


def test_a_managed_value_has_no_get_lock_and_a_managed_list_is_no_list() -> None:
    with multiprocessing.Manager() as manager:
        assert not hasattr(manager.Value("i", 0), "get_lock")
        items = manager.list([1])
        assert not isinstance(items, list)
        with pytest.raises(TypeError, match="not JSON serializable"):
            json.dumps(items)
        del items


@pytest.mark.skipif(sys.platform != "linux", reason="where the socket lies differs by system")
def test_a_server_outlives_a_killed_owner_and_its_socket_stays(tmp_path: Path) -> None:
    program = """
import multiprocessing, time
server = multiprocessing.get_context("fork").Manager()
print(server.address, multiprocessing.active_children()[0].pid, flush=True)
time.sleep(60)
"""
    words = [sys.executable, "-c", program]
    folder = tmp_path / "t"
    folder.mkdir()
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=os.environ | {"TMPDIR": str(folder)}) as owner:
        assert owner.stdout is not None
        address, pid = owner.stdout.readline().split()
        owner.kill()
        owner.wait()
    server = psutil.Process(int(pid))
    os.kill(server.pid, signal.SIGINT)  # as Ctrl-C would
    assert server.is_running() and Path(address).is_socket()
    with pytest.raises(psutil.TimeoutExpired):
        server.wait(0.2)
    server.kill()
    server.wait(5)
    assert Path(address).is_socket()
