"""`ipclab run program.py`: the program is run as its author would run it, and its exit code is the lab's."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import LIMIT, environment
from tests.plain_programs import default_interrupt

Run = Callable[..., "subprocess.CompletedProcess[str]"]
PIPE = """
import multiprocessing as mp

def work(end):
    end.send("from the worker")
    end.send("END")

if __name__ == "__main__":
    here, there = mp.Pipe()
    worker = mp.Process(target=work, args=(there,), name="worker")
    worker.start()
    while (text := here.recv()) != "END":
        print(text)
    worker.join()
"""


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that writes a program."""

    def written(text: str, name: str = "program.py") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return written


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Return a function that starts `ipclab run WORDS`; what it started is gone after the test."""
    started: list[subprocess.Popen[str]] = []

    def begin(*words: object, stdin: int = subprocess.DEVNULL, **changes: str | None) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "ipclab_gui", "run", "--python", sys.executable, *map(str, words)]
        process = subprocess.Popen(
            command, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
            env=environment(**changes),
        )  # fmt: skip
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=LIMIT)


@pytest.fixture
def run(start: Callable[..., subprocess.Popen[str]]) -> Run:
    """Return a function that runs `ipclab run WORDS` to its end."""

    def ran(*words: object, text: str = "", **changes: str | None) -> subprocess.CompletedProcess[str]:
        process = start(*words, stdin=subprocess.PIPE, **changes)
        out, err = process.communicate(text, timeout=LIMIT)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    return ran


def test_what_it_prints_is_on_stdout_and_what_the_lab_saw_on_stderr(write: Callable[..., Path], run: Run) -> None:
    done = run(write(PIPE))
    assert (done.returncode, done.stdout) == (0, "from the worker\n")
    assert "Pipe 1: 2 sent, 2 received." in done.stderr


def test_it_finds_its_arguments_its_folder_and_its_name(write: Callable[..., Path], run: Run) -> None:
    text = (
        "import sys, os\nprint(__name__, sys.argv, sys.path[0], os.getcwd())\n"
        "print({'IPCLAB_BOOT', 'PYTHONPATH'} & set(os.environ))"
    )
    path = write(text, "folder/program.py")
    done = run(path, "--json", "--watch", "on", "-x", PYTHONPATH=None)
    argv = [str(path), "--json", "--watch", "on", "-x"]
    assert done.stdout == f"__main__ {argv} {path.parent} {path.parent.parent}\nset()\n"


@pytest.mark.smoke
def test_its_descriptors_have_the_numbers_that_they_have_alone(write: Callable[..., Path], run: Run) -> None:
    path = write("import multiprocessing as mp\nprint([[end.fileno() for end in mp.Pipe()] for _ in range(3)])")
    alone = subprocess.run([sys.executable, path], capture_output=True, text=True, check=True, timeout=LIMIT)
    assert run(path).stdout == alone.stdout != ""


@pytest.mark.skipif(sys.platform == "win32", reason="no shell that closes them")
@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed_are_closed_for_the_program_too(
    write: Callable[..., Path], tmp_path: Path, closed: str
) -> None:
    path = write(
        "import os, sys\n"
        "with open('said', 'w') as file:\n"
        "    print([one is None for one in (sys.stdin, sys.stdout, sys.stderr)], file=file)\n"
        "print('out')\nsys.stderr is None or print('err', file=sys.stderr)\n"
    )
    seen = []
    for before in ([], ["-m", "ipclab_gui", "run", "--python", sys.executable]):
        command = shlex.join([sys.executable, *before, str(path)])
        done = subprocess.run(
            ["sh", "-c", f"{command} {closed}"], capture_output=True, text=True, cwd=tmp_path, timeout=LIMIT,
            env=environment(), check=False,
        )  # fmt: skip
        seen.append((done.returncode, done.stdout, done.stderr, (tmp_path / "said").read_text()))
    assert seen[0] == seen[1]


def test_it_reads_what_it_is_given(write: Callable[..., Path], run: Run) -> None:
    assert run(write("print(input()[::-1])"), text="abc\n").stdout == "cba\n"


@pytest.mark.parametrize(("program", "code"), [("import sys; sys.exit(3)", 3), ("import os; os._exit(7)", 7),
                                               ("raise ValueError('no')", 1), ("pass", 0)])  # fmt: skip
def test_its_exit_code_is_the_labs(write: Callable[..., Path], run: Run, program: str, code: int) -> None:
    assert run(write(program)).returncode == code


def test_a_signal_that_ended_it_is_told_as_shells_tell_it(write: Callable[..., Path], run: Run) -> None:
    done = run(write("import os, signal; os.kill(os.getpid(), signal.SIGKILL)"))
    assert done.returncode == 128 + signal.SIGKILL


def test_its_traceback_is_its_own(write: Callable[..., Path], run: Run) -> None:
    path = write("import multiprocessing\nmultiprocessing.Queue(-1).get(timeout=0.01)\n")
    bare = subprocess.run([sys.executable, str(path)], capture_output=True, text=True, check=False)
    watched = run(path)
    theirs = [line for line in watched.stderr.splitlines() if not line.startswith("ipclab: ")]
    assert theirs == bare.stderr.splitlines()


def test_the_exception_that_ended_it_and_its_line_are_told(write: Callable[..., Path], run: Run) -> None:
    ran = run(write("def divide(n):\n    return 1 / n\n\ndivide(0)\n"))
    assert ran.returncode == 1
    assert ran.stderr.endswith(
        "ZeroDivisionError: division by zero\n"
        "ipclab: The main program raised ZeroDivisionError on line 2 of program.py: division by zero.\n"
    )


def test_a_module_is_run_as_python_runs_it(write: Callable[..., Path], run: Run) -> None:
    write("import sys; print(__name__, __package__, sys.argv[1:])", "things/__main__.py")
    assert run("-m", "things", "a").stdout == "__main__ things ['a']\n"


def test_what_cannot_be_imported_has_the_traceback_that_it_has_alone(write: Callable[..., Path], run: Run) -> None:
    path = write("import sys; sys.modules['_multiprocessing'] = None; import multiprocessing.synchronize")
    alone = subprocess.run([sys.executable, path], capture_output=True, text=True, check=False)
    assert alone.returncode == 1
    said = run("--python", sys.executable, path).stderr.splitlines(keepends=True)
    assert "".join(line for line in said if not line.startswith("ipclab: ")) == alone.stderr


def test_its_own_sitecustomize_is_found(write: Callable[..., Path], run: Run, tmp_path: Path) -> None:
    write("import builtins; builtins.customized = 'yes'", "site/sitecustomize.py")
    assert run(write("print(customized)"), PYTHONPATH=str(tmp_path / "site")).stdout == "yes\n"


def test_a_module_of_theirs_is_not_hidden(write: Callable[..., Path], run: Run) -> None:
    write("print('theirs')", "mmap.py")
    assert run(write("import mmap")).stdout == "theirs\n"


def test_as_json_its_output_is_in_the_document(write: Callable[..., Path], run: Run) -> None:
    done = run("--json", write(PIPE), "--json")
    about = json.loads(done.stdout)
    assert about["program"]["words"][1:] == ["--json"]
    assert [line["text"] for line in about["processes"][0]["output"]] == ["from the worker"]
    assert about["channels"][0] | {"made": None} == {
        "name": "Pipe 1", "kind": "Pipe", "sent": 2, "received": 2, "bytes": about["channels"][0]["bytes"],
        "not_recorded": 0, "not_pickled": 0, "made": None,
    }  # fmt: skip
    assert about["operations"]["not_recorded"] == 0


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_socketpair_of_two_connections_is_one_channel(write: Callable[..., Path], run: Run, method: str) -> None:
    program = (
        "import multiprocessing as mp, socket\n"
        "from multiprocessing.connection import Connection\n"
        "def work(end):\n"
        "    for _ in range(4):\n"
        "        end.send(end.recv())\n"
        "if __name__ == '__main__':\n"
        "    mp.set_start_method('METHOD')\n"
        "    other = socket.socketpair()  # nobody makes Connections of these\n"
        "    here, there = (Connection(one.detach()) for one in socket.socketpair())\n"
        "    worker = mp.Process(target=work, args=(there,))\n"
        "    worker.start()\n"
        "    for number in range(4):\n"
        "        here.send(number), here.recv()\n"
        "    worker.join()\n"
    ).replace("METHOD", method)
    (channel,) = (
        one
        for one in json.loads(run("--json", write(program)).stdout)["channels"]
        if one["made"] or one["kind"] != "Pipe"
    )
    assert (channel["name"], channel["sent"], channel["received"]) == ("socketpair 1", 8, 8)
    assert channel["made"]["line"] == 9


def test_a_python_that_is_much_too_old_is_told_with_its_version(write: Callable[..., Path], run: Run) -> None:
    python = write(
        f"#!{sys.executable}\n"
        "import sys\n"
        "words, sys.version_info = sys.argv[1:], (2, 7, 18, 'final', 0)\n"
        "if {'-I', '-P'} & set(words):\n"
        "    sys.exit('Unknown option: -I')\n"
        "program = words[words.index('-c') + 1]\n"
        "if 'print' in program or 'f\"' in program:\n"
        "    sys.exit('SyntaxError: invalid syntax')\n"
        "exec(program)\n",
        "python2.7",
    )
    python.chmod(0o700)
    ran = run("--python", python, write("print 'hello'"))
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == f"ipclab: {python} is Python 2.7; the lab runs programs with Python 3.11 or later.\n"


def test_what_was_not_recorded_is_told_of_each_channel(write: Callable[..., Path], run: Run) -> None:
    program = (
        "import multiprocessing as mp, os, signal\n"
        "first, second, third = (mp.Pipe(duplex) for duplex in (True, False, True))\n"
        "second[1].send(0), second[0].recv()\n"
        "os.kill(os.getppid(), signal.SIGSTOP)  # who reads what is recorded\n"
        "for number in range(20_000):\n"
        "    first[number % 2].send(number), first[1 - number % 2].recv()\n"
        "third[0].send(1)\n"
        "os.kill(os.getppid(), signal.SIGCONT)\n"
        "os._exit(0)  # closes nothing\n"
    )
    path = write(program)
    about = json.loads(run("--json", path).stdout)
    first, second, third = about["channels"]
    assert first["sent"] + first["received"] + first["not_recorded"] == 40_000 > first["sent"] + first["received"]
    assert (second["sent"], second["received"], second["not_recorded"]) == (1, 1, 0)
    assert (third["sent"], third["not_recorded"]) == (0, 1)
    assert about["operations"]["not_recorded"] == first["not_recorded"] + 1
    assert "Pipe 3: 0 sent, 0 received, 1 not recorded." in run(path).stderr


def test_what_had_no_room_to_be_recorded_is_not_told_as_complete(write: Callable[..., Path], run: Run) -> None:
    program = (
        "import multiprocessing as mp, os, resource\n"
        "here, there = mp.Pipe()\n"
        "before = resource.getrlimit(resource.RLIMIT_FSIZE)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))\n"
        "here.send(1), there.recv()\n"
    )
    about = json.loads(run("--json", write(program)).stdout)
    assert [one["text"] for one in about["findings"]] == [
        "There was no room, or no descriptor left, to record what main does: it is missing here."
    ]
    assert about["channels"][0]["not_recorded"] is None and about["operations"]["not_recorded"] is None


def test_of_what_cannot_be_read_the_line_is_told(write: Callable[..., Path], run: Run) -> None:
    assert "raised SyntaxError on line 2 of program.py: " in run(write("import os\ndef f(:\n")).stderr
    write("\n\nx = (\n", "other.py")
    program = (
        "import multiprocessing as mp\ndef work(): import other\n"
        "if __name__ == '__main__':\n    worker = mp.Process(target=work)\n    worker.start()\n    worker.join()\n"
    )
    assert "raised SyntaxError on line 3 of other.py: '(' was never closed." in run(write(program)).stderr


def test_code_that_names_no_module_is_a_persons_and_a_proxys_methods_are_not(
    write: Callable[..., Path], run: Run
) -> None:
    made = "here, there = mp.Pipe()\nitems.append(1)\nhere.recv()\n"
    program = (
        "import multiprocessing as mp\n"
        "if __name__ == '__main__':\n"
        "    manager = mp.Manager()\n"
        "    items = manager.list()\n"
        f"    worker = mp.Process(target=exec, args=({made!r}, {{'mp': mp, 'items': items}}))\n"
        "    worker.start(), worker.join(1), worker.kill(), worker.join()\n"
    )
    about = json.loads(run("--json", write(program)).stdout)
    assert [one["made"]["line"] for one in about["channels"] if one["kind"] == "Pipe" and one["made"]] == [1]
    assert [(one["call"], one["at"]["file"], one["at"]["line"]) for one in about["waiting"] if one["at"]] == [
        ("recv", "<string>", 3)
    ]


def test_a_manager_starts_by_no_pipe_of_the_programs(write: Callable[..., Path], run: Run) -> None:
    program = "import multiprocessing as mp\nif __name__ == '__main__':\n    print(mp.Manager().list([1])[0])\n"
    done = run(write(program))
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_of_many_channels_not_every_one_has_a_line(write: Callable[..., Path], run: Run) -> None:
    program = (
        "import multiprocessing as mp\n"
        "for number in range(60):\n"
        "    here, there = mp.Pipe()\n"
        "    here.send(number), there.recv()\n"
    )
    path = write(program)
    said = run(path).stderr.splitlines()
    assert said[0] == "ipclab: Pipe 1: 1 sent, 1 received."
    assert said[49:] == [
        "ipclab: Pipe 50: 1 sent, 1 received.",
        "ipclab: 10 more: 10 sent, 10 received, 0 could not be pickled.",
    ]
    assert len(json.loads(run("--json", path).stdout)["channels"]) == 60


def test_who_was_killed_before_it_began_had_no_lack_of_room(write: Callable[..., Path], run: Run) -> None:
    program = (
        "import multiprocessing as mp\n"
        "if __name__ == '__main__':\n"
        "    worker = mp.get_context('spawn').Process(target=print, name='worker')\n"
        "    worker.start(); worker.kill(); worker.join()\n"
    )
    found = json.loads(run("--json", write(program)).stdout)["findings"]
    assert [(one["level"], one["text"]) for one in found] == [
        ("info", "worker was ended by SIGKILL before anything of it was recorded.")
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="another Popen")
def test_who_was_started_in_a_way_of_its_own_is_said_to_have_been(write: Callable[..., Path], run: Run) -> None:
    program = (
        "import subprocess, sys\nfrom multiprocessing import Process, popen_fork\n\n"
        "class Popen(popen_fork.Popen):\n"
        "    def _launch(self, process):\n"
        "        self.pid = subprocess.Popen([sys.executable, '-c', 'pass']).pid\n"
        "        self.sentinel = 0\n\n"
        "class Own(Process):\n    _Popen = staticmethod(Popen)\n\n"
        "worker = Own(name='worker')\nworker.start()\nworker.join()\n"
    )
    assert run(write(program)).stderr == (
        "ipclab: Nothing of worker was recorded: it ended before, or was started in a way that is not "
        "multiprocessing's own.\n"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="no such limit, and no fork")
@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_it_is_said_of_whom_there_was_no_room_to_record_anything(
    write: Callable[..., Path], run: Run, method: str
) -> None:
    text = PIPE.replace(
        "    here, there",
        f"""    import os, resource
    mp.set_start_method({method!r})
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    if not os.fork():
        os._exit(0)
    os.wait()
    here, there""",
    )
    done = run(write(text))
    assert (done.returncode, done.stdout) == (0, "from the worker\n")
    missing = "ipclab: There was no room, or no descriptor left, to record "
    said = [line.removeprefix(missing) for line in done.stderr.splitlines() if line.startswith(missing)]
    assert "what main does: it is missing here." in said
    assert "worker: only its end is known." in said
    assert len([line for line in said if re.fullmatch(r"process \d+: only its end is known\.", line)]) == 1


def test_what_a_killed_worker_was_doing_is_told(write: Callable[..., Path], run: Run) -> None:
    program = PIPE.replace('    end.send("from the worker")\n', "    end.recv()\n").replace(
        '    while (text := here.recv()) != "END":\n        print(text)\n', "    worker.join(0.5)\n    worker.kill()\n"
    )
    done = run("--json", write(program))
    waiting = json.loads(done.stdout)["waiting"]
    assert [(one["process"], one["call"], one["on"], one["at"]["line"]) for one in waiting] == [
        ("worker", "recv", "Pipe 1", 5)
    ]
    assert waiting[0]["could_be_ended_by"] == "a message; nobody has sent one yet"


def test_who_waited_for_each_other_is_told_where_the_lab_ended_it(write: Callable[..., Path], run: Run) -> None:
    program = PIPE.replace('    end.send("from the worker")\n', "    end.recv()\n")
    path = write(program)
    done = run("--time-limit", 3, path)
    assert (done.returncode, done.stdout) == (1, "")
    said = done.stderr.splitlines()
    assert all(line.startswith("ipclab: ") for line in said)
    assert (
        "ipclab: main and worker waited for each other: as far as was seen, nobody else could let them go on." in said
    )
    assert ("ipclab: worker ended in recv() on Pipe 1, line 5 of program.py; "
            "what could have ended that: a message of main.") in said  # fmt: skip
    about = json.loads(run("--json", "--time-limit", 3, path).stdout)
    assert [finding["text"].split(":")[0] for finding in about["findings"]] == ["main and worker waited for each other"]


def test_a_worker_that_fails_is_no_end_of_the_program(write: Callable[..., Path], run: Run) -> None:
    program = (
        "import multiprocessing as mp, sys, time\n"
        "if __name__ == '__main__':\n"
        "    worker = mp.Process(target=sys.exit, args=(3,), name='worker')\n"
        "    worker.start(); worker.join()\n"
        "    time.sleep(1.5)  # longer than an experiment would get\n"
        "    print('went on after', worker.exitcode)\n"
    )
    done = run(write(program))
    assert (done.returncode, done.stdout) == (0, "went on after 3\n")
    assert "Worker 'worker' ended with exit code 3" in done.stderr


def test_unwatched_nothing_is_hooked(write: Callable[..., Path], run: Run) -> None:
    program = "from multiprocessing.connection import Connection as C; print(C._send_bytes.__globals__['__name__'])"
    assert run("--watch", "off", write(program)).stdout == "multiprocessing.connection\n"
    assert run("--watch", "on", write(program)).stdout == "ipclab.trace.connection\n"


def test_ctrl_c_goes_to_the_program_which_may_go_on(
    write: Callable[..., Path], start: Callable[..., subprocess.Popen[str]]
) -> None:
    program = "try:\n    print('ready', flush=True)\n    input()\nexcept KeyboardInterrupt:\n    print('went on')\n"
    process = start(write(program), stdin=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "went on\n"  # before its input ends, which would end it too
    process.communicate(timeout=LIMIT)
    assert process.returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
def test_signals_that_a_shell_has_ignored_are_ignored_in_the_program(write: Callable[..., Path]) -> None:
    program = write("import signal as s; print(*(s.getsignal(n) is s.SIG_IGN for n in (s.SIGINT, s.SIGHUP)))")
    lab = (sys.executable, "-m", "ipclab_gui", "run", "--python", sys.executable)
    for ignored, printed in (("INT HUP", "True True\n"), ("HUP", "False True\n")):
        shell = ("sh", "-c", f"trap '' {ignored}; exec \"$@\"", "sh")
        with default_interrupt():
            for how in ((sys.executable,), lab):
                command = [*shell, *how, str(program)]
                done = subprocess.run(command, env=environment(), capture_output=True, text=True, check=False)
                assert (done.stdout, done.returncode) == (printed, 0), done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("nowhere.py",), "There is no file nowhere.py."),
        (("binary.py",), "binary.py is no Python program: it holds binary data."),
        (("./folder/",), "./folder/ is a folder without a __main__.py, which Python does not run."),
        (("--python", "no-such-python", "good.py"), "There is no Python no-such-python."),
        (("--python", "/bin/true", "good.py"), "/bin/true is no Python that answers."),
        (("--watch", "maybe", "good.py"), "--watch is on, off, slow or step, not 'maybe'."),
        (("--time-limit", "0", "good.py"), "--time-limit is a number of seconds from 0.1 to 86400, not '0'."),
        (("-m",), "-m needs the name of a module."),
    ],
)
def test_what_cannot_be_run_is_one_sentence(
    write: Callable[..., Path], run: Run, tmp_path: Path, words: tuple[str, ...], sentence: str
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "binary.py").write_bytes(b"\x7fELF\0\0")
    write("print('good')", "good.py")
    done = run(*words)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"ipclab: {sentence}\n")
