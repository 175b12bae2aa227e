"""What differs by system: the same names in three modules, and what Linux' do. The others' are held to their types."""

from __future__ import annotations

import ast
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from struct import pack_into

import pytest

from ipclab import engine, recorder
from ipclab.runner import system as package
from ipclab.runner.system import family, system
from ipclab.runner.system.family import Family, Row
from tests.engine.conftest import Driven

FOLDER = Path(package.__file__).parent
MODULES = ("linux", "macos", "windows")
SLEEPER = [sys.executable, "-c", "print(end='ready', flush=True); input()"]


def table() -> set[str]:
    """Return the names in the table of the package's docstring."""
    firsts = [line.split("|")[1] for line in (package.__doc__ or "").splitlines() if line.startswith("| `")]
    return set(re.findall(r"`(\w+)", " ".join(firsts)))


def signatures(module: str) -> dict[str, str]:
    """Return what a module and what it passes on define: names with their arguments, methods as Class.method."""
    found: dict[str, str] = {}
    for node in ast.parse((FOLDER / f"{module}.py").read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module == "ipclab.runner.system.posix":
            known = signatures("posix")
            for alias in node.names:
                name = alias.asname or alias.name
                found |= {
                    name + key.removeprefix(alias.name): value
                    for key, value in known.items()
                    if key.split(".")[0] == alias.name
                }
        elif isinstance(node, ast.FunctionDef):
            found[node.name] = ast.unparse(node.args)
        elif isinstance(node, ast.ClassDef):
            inits = [one for one in node.body if isinstance(one, ast.FunctionDef)]
            for base in node.bases:
                found |= {
                    node.name + key.removeprefix(ast.unparse(base)): value
                    for key, value in found.items()
                    if key.startswith(ast.unparse(base) + ".")
                }
            found[node.name] = ""
            found |= {f"{node.name}.{one.name}": ast.unparse(one.args) for one in inits}
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                for one in ast.walk(target):
                    if isinstance(one, ast.Name):
                        found[one.id] = ""
    return found


def exported(module: str) -> set[str]:
    """Return a module's `__all__`."""
    for node in ast.parse((FOLDER / f"{module}.py").read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return set(ast.literal_eval(node.value))
    raise AssertionError(f"{module} has no __all__")


@pytest.mark.parametrize("module", MODULES)
def test_each_system_has_exactly_the_names_of_the_table(module: str) -> None:
    assert exported(module) == table()
    assert table() <= set(signatures(module))


@pytest.mark.parametrize("module", ("macos", "windows"))
def test_each_systems_names_take_the_same_arguments(module: str) -> None:
    ours, theirs = signatures("linux"), signatures(module)
    for name in sorted(exported("linux")):
        assert theirs[name] == ours[name], name
    for name in ("Asked.__init__", "Death.__init__", "Death.close", "FolderWatch.__init__", "FolderWatch.drain",
                 "FolderWatch.close"):  # fmt: skip
        assert theirs[name] == ours[name], name


def test_only_these_modules_know_which_system_it_is() -> None:
    asked = [
        path.name
        for path in (FOLDER.parents[1]).rglob("*.py")
        if FOLDER not in path.parents
        and re.search(r"os\.(fork|waitpid\(-1|pread|pwrite|getuid|kill)\b|pass_fds|SIGHUP", path.read_text())
        and "experiments" not in path.parts
    ]
    assert asked == []


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    """A child that waits."""
    child = subprocess.Popen(SLEEPER, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None and child.stdout is not None
    assert child.stdout.read(5) == b"ready"
    yield child
    child.kill()
    child.wait()
    child.stdin.close()
    child.stdout.close()


def test_a_death_is_ready_once_its_process_has_ended(sleeper: subprocess.Popen[bytes]) -> None:
    death = system.Death(sleeper.pid)
    assert system.wait([death], 0) == []
    system.end(sleeper.pid)
    assert system.wait([death], 5) == [death]
    assert system.zombie_status(sleeper.pid) == -signal.SIGKILL
    death.close()
    death.close()


def test_the_death_of_a_process_that_is_gone_is_ready_at_once(sleeper: subprocess.Popen[bytes]) -> None:
    system.end(sleeper.pid)
    sleeper.wait()
    death = system.Death(sleeper.pid)
    assert system.wait([death], 0) == [death]
    death.close()
    assert system.zombie_status(sleeper.pid) is None
    assert not system.exists(sleeper.pid)
    system.end(sleeper.pid)  # nobody to end


def test_a_process_that_is_asked_to_end_may(sleeper: subprocess.Popen[bytes]) -> None:
    assert system.exists(sleeper.pid)
    assert system.zombie_status(sleeper.pid) is None
    system.ask_to_end(sleeper.pid)
    assert sleeper.wait(5) == -signal.SIGTERM


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda path: (path / "new").touch(), id="a file is made"),
        pytest.param(lambda path: (path / "old").write_text("more"), id="a file is written"),
        pytest.param(lambda path: os.utime(path / "old"), id="a file is touched"),
    ],
)
def test_a_folder_watch_tells_what_happens(tmp_path: Path, change: Callable[[Path], None]) -> None:
    (tmp_path / "old").touch()
    watch = system.FolderWatch(str(tmp_path))
    assert system.wait([watch], 0) == []
    assert not watch.drain()
    change(tmp_path)
    assert system.wait([watch], 5) == [watch]
    assert watch.drain()
    assert system.wait([watch], 0) == []
    watch.close()


def test_a_folder_watch_that_cannot_be_says_so(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="cannot be watched"):
        system.FolderWatch(str(tmp_path / "nothing"))


def test_descendants_are_told_without_zombies(sleeper: subprocess.Popen[bytes]) -> None:
    assert sleeper.pid in system.descendants(os.getpid())
    assert system.descendants(sleeper.pid) == []
    system.end(sleeper.pid)
    death = system.Death(sleeper.pid)
    system.wait([death], 5)
    death.close()
    assert sleeper.pid not in system.descendants(os.getpid())


def test_a_tracker_is_known_by_its_command(sleeper: subprocess.Popen[bytes]) -> None:
    assert not system.is_tracker(sleeper.pid)
    code = "from multiprocessing.resource_tracker import main; print(end='ready', flush=True); input()"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as tracker:
        assert tracker.stdout is not None
        assert tracker.stdout.read(5) == b"ready"
        assert system.is_tracker(tracker.pid)
        tracker.kill()


def test_users_of_a_folder_are_those_that_have_its_files_mapped(tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(bytes(4096))
    code = (
        "import mmap, sys\nwith open(sys.argv[1], 'r+b') as file: page = mmap.mmap(file.fileno(), 0)\n"
        "print(end='ready', flush=True)\ninput()"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "page")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as user:
        assert user.stdout is not None
        assert user.stdout.read(5) == b"ready"
        assert system.users_of(str(tmp_path)) == [user.pid]
        assert system.users_of(str(tmp_path / "elsewhere")) == []
        user.kill()


def test_a_started_program_has_a_session_of_its_own_and_its_end_is_learnt(tmp_path: Path) -> None:
    out, err = str(tmp_path / "out"), str(tmp_path / "err")
    code = "import os, sys; print(os.getsid(0), repr(sys.stdin.read())); sys.exit(7)"
    pid = system.start([sys.executable, "-c", code], out, err)
    assert system.code_of(pid) == 7
    assert Path(out).read_text() == f"{pid} ''\n"
    assert Path(err).read_text() == ""


def test_reap_takes_what_has_ended(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path[:] = eval(sys.argv[1])\n"
        "from ipclab.runner.system import system\n"
        "pid = system.start([sys.executable, '-c', 'raise SystemExit(5)'], sys.argv[2], sys.argv[2])\n"
        "death = system.Death(pid); system.wait([death], 10)\n"
        "assert system.reap() == {pid: 5}; assert system.reap() == {}\n"
    )
    subprocess.run([sys.executable, "-c", code, repr(sys.path), str(tmp_path / "out")], check=True)


def test_who_is_asked_to_end_wakes_at_once() -> None:
    code = (
        "import sys; sys.path[:] = eval(sys.argv[1])\n"
        "from ipclab.runner.system import system\n"
        "system.ignore_signals(); asked = system.Asked(); print(end='ready', flush=True)\n"
        "sys.exit(0 if system.wait([asked], 60) == [asked] else 1)"
    )
    with subprocess.Popen([sys.executable, "-c", code, repr(sys.path)], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.read(5) == b"ready"
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            process.send_signal(number)
        assert process.wait(10) == 0


def test_a_pipe_holds_the_batches_of_all_credit_unread() -> None:
    ours, theirs = system.pipe()
    done = threading.Event()

    def send(end: Connection) -> None:
        for _ in range(system.CREDIT):
            end.send_bytes(bytes(system.BATCH - 1024))
        done.set()

    thread = threading.Thread(target=send, args=(theirs,))
    thread.start()
    held = done.wait(10)
    for _ in range(system.CREDIT):
        ours.recv_bytes()
    thread.join()
    ours.close()
    theirs.close()
    assert held


def test_the_end_of_a_runner_is_not_inherited() -> None:
    ours, theirs = system.pipe()
    number = os.dup(theirs.fileno())
    os.set_inheritable(number, True)
    end = system.pipe_end(number)
    assert not os.get_inheritable(number)
    end.send_bytes(b"word")
    assert ours.recv_bytes() == b"word"
    for one in (ours, theirs, end):
        one.close()


def test_a_file_is_read_and_written_anywhere_and_parts_of_it_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 65_536)
    descriptor = os.open(path, os.O_RDWR)
    assert system.write_at(descriptor, b"word", 50_000) == 4
    assert system.read_at(descriptor, 6, 49_999) == b"xwordx"
    assert system.read_at(descriptor, 10, 65_536) == b""
    system.forget_pages(descriptor, 0, 32_768)
    assert system.read_at(descriptor, 4, 50_000) == b"word"
    assert os.fstat(descriptor).st_size == 65_536
    os.close(descriptor)


def test_the_folder_in_memory_is_a_folder_to_write_in(tmp_path: Path) -> None:
    folder = system.memory_folder()
    assert folder is None or (os.path.isdir(folder) and os.access(folder, os.W_OK))
    assert system.is_own(str(tmp_path))
    assert not system.is_own(str(tmp_path / "nothing"))
    (tmp_path / "run" / "inner").mkdir(parents=True)
    system.remove_folder(str(tmp_path / "run"))
    assert not (tmp_path / "run").exists()
    system.remove_folder(str(tmp_path / "run"))


def test_a_file_gets_its_room_where_nothing_allocates_it_in_one_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "posix_fallocate")
    monkeypatch.setattr("fcntl.fcntl", lambda *_: 0)  # macOS' call, which this system does not have
    page = recorder.reserve(str(tmp_path / "file"), 8192)
    page[8191] = 1
    assert (tmp_path / "file").stat().st_size == 8192


# ------------------------------------------------------------------- orphans, where they become children of process 1

WINDOW, KEEPER, RUNNER, MAIN, WORKER = 50, 100, 101, 102, 103
TREE = [Row(1, 0, 0), Row(WINDOW, 1, 1), Row(KEEPER, WINDOW, 2), Row(RUNNER, KEEPER, 3), Row(MAIN, RUNNER, 4),
        Row(WORKER, MAIN, 5), Row(70, 1, 1)]  # fmt: skip


def below(
    who: Family, root: int, rows: list[Row], sessions: dict[int, int] | None = None, named: tuple[int, ...] = ()
) -> set[int]:
    """Return the family in a table of processes."""
    return set(who.below(root, rows, lambda pid: (sessions or {}).get(pid, WINDOW), lambda pid: pid in named))


def test_a_family_is_what_is_below() -> None:
    assert below(Family(), KEEPER, TREE) == {RUNNER, MAIN, WORKER}
    assert below(Family(), RUNNER, TREE, named=(KEEPER,)) == {MAIN, WORKER}


def test_an_orphan_that_was_seen_before_stays_in_the_family() -> None:
    who = Family()
    below(who, RUNNER, TREE)
    orphan = [row for row in TREE if row.pid not in (MAIN, WORKER)] + [Row(WORKER, 1, 5)]
    assert below(who, RUNNER, orphan) == {WORKER}


def test_a_pid_that_was_given_away_again_is_another_process() -> None:
    who = Family()
    below(who, RUNNER, TREE)
    reused = [row for row in TREE if row.pid not in (MAIN, WORKER)] + [Row(WORKER, 1, 99), Row(104, WORKER, 100)]
    assert below(who, RUNNER, reused) == set()


def test_an_orphan_in_a_session_that_one_of_the_family_began_is_found() -> None:
    who = Family()
    below(who, RUNNER, TREE[:5])
    orphan = [*TREE[:4], Row(WORKER, 1, 5)]
    assert below(who, RUNNER, orphan, sessions={WORKER: MAIN}) == {WORKER}
    assert below(who, RUNNER, [*orphan, Row(80, 1, 9)], sessions={WORKER: MAIN}) == {WORKER}


def test_an_orphan_never_seen_is_found_by_its_command_and_with_it_its_session_and_children() -> None:
    rows = [*TREE[:3], Row(MAIN, 1, 4), Row(WORKER, MAIN, 5), Row(110, 1, 6), Row(111, 110, 7)]
    found = below(Family(), KEEPER, rows, sessions={MAIN: MAIN, WORKER: MAIN, 110: MAIN}, named=(MAIN,))
    assert found == {MAIN, WORKER, 110, 111}


def test_a_zombie_is_not_told_but_its_children_are() -> None:
    rows = [*TREE[:4], Row(MAIN, RUNNER, 4, zombie=True), Row(WORKER, MAIN, 5)]
    assert below(Family(), RUNNER, rows) == {WORKER}


def test_a_command_is_asked_for_once() -> None:
    who, asked = Family(), []

    def names_folder(pid: int) -> bool:
        asked.append(pid)
        return False

    for _ in range(3):
        who.below(RUNNER, TREE, lambda pid: 0, names_folder)
    assert sorted(asked) == sorted({MAIN, WORKER, 70})


def test_reads_macos_table_of_processes() -> None:
    table = bytearray(2 * 648 + 5)  # what is not whole at its end is left out
    for at, pid, state, flags, status in ((0, 321, 5, 0, 9), (648, 322, 2, 0x2000, 0)):
        pack_into("<qi", table, at, 1_700_000_000, 250_000)
        pack_into("<ib3xi", table, at + 32, flags, state, pid)
        pack_into("<H", table, at + 280, status)
        pack_into("<i", table, at + 560, 320)
    dead, ending = family.rows(bytes(table))
    assert dead == Row(321, 320, 1_700_000_000.25, zombie=True, status=9)
    assert ending == Row(322, 320, 1_700_000_000.25, ending=True)


def test_a_folder_with_any_name_reaches_its_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = tmp_path / "O'Brien's \"folder\""
    odd.mkdir()
    monkeypatch.setattr(system, "memory_folder", lambda: str(odd))
    run = engine.Run(engine.Request("stubborn", {"kinds": ("counts",)}, "spawn"), "tests.engine.stubborn")
    driven = Driven(run)
    assert driven.finish().status == "done"
    assert driven.process("counts").code == 0
    assert list(odd.iterdir()) == []
