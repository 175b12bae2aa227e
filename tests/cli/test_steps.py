"""Steps in a terminal: what is listed, what a line may say, orders saved and followed, and every way to ask wrongly."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from ipclab import engine
from ipclab.cli import stepper
from ipclab.cli.stepping_words import Stepping
from ipclab.order import Order
from tests.cli.conftest import LIMIT, environment
from tests.engine.conftest import Driven

Ipclab = Callable[..., "subprocess.CompletedProcess[str]"]
TWO = ("lost-updates", "--workers", "2", "--increments", "1", "--no-start-together", "--start-method", "fork")
LOSING = "main\nmain\nworker 1\nworker 2\nworker 1\nworker 2\noldest\n"  # both read before one of them writes

PROGRAM = """
import multiprocessing as mp

def work(end):
    end.send("from the worker")

if __name__ == "__main__":
    here, there = mp.Pipe()
    worker = mp.Process(target=work, args=(there,), name="worker")
    worker.start()
    print("ready", flush=True)
    print(here.recv())
    worker.join()
"""

STUCK = """
import multiprocessing as mp

def work(end):
    end.recv()

if __name__ == "__main__":
    here, there = mp.Pipe()
    workers = [mp.Process(target=work, args=(end,), name=name) for end, name in ((here, "left"), (there, "right"))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
"""


@pytest.fixture
def ipclab(tmp_path: Path) -> Ipclab:
    """Return a function that runs `ipclab run WORDS` with what is typed into it."""

    def run(*words: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ipclab_gui", "run", *words]
        return subprocess.run(command, input=typed, capture_output=True, text=True, timeout=LIMIT, cwd=tmp_path,
                              env=environment(), check=False)  # fmt: skip

    return run


def test_who_is_ready_is_listed_and_a_line_chooses(ipclab: Ipclab) -> None:
    done = ipclab(*TWO, "--watch", "step", typed=LOSING)
    assert done.returncode == 0, done.stderr
    assert "After 0 steps:\n   1  main  start(), line " in done.stdout
    assert "3  worker 2  write 1 to Value 1, line " in done.stdout
    assert "1 of 2 increments lost (50.0 %)." in done.stdout
    assert "its times are no measurements." in done.stdout and "actual, increments" not in done.stdout


def test_who_is_blocked_is_listed_with_the_reason(ipclab: Ipclab) -> None:
    typed = "main\nmain\nworker 1\nworker 2\noldest\n"
    done = ipclab(*TWO, "--lock", "around the update", "--watch", "step", typed=typed)
    assert " -  worker 2  waits in acquire(): Lock 1 is taken; worker 1 could release it" in done.stdout.replace(
        "RLock", "Lock"
    ), done.stdout


def test_choices_come_from_a_file_too_and_the_document_has_the_steps(ipclab: Ipclab, tmp_path: Path) -> None:
    (tmp_path / "choices").write_text(f"# both read first\n{LOSING}")
    done = ipclab(*TWO, "--watch", "step", "--steps", "choices", "--json")
    about = json.loads(done.stdout)
    assert about["parameters"]["watch"] == "step" and about["paced"] is True
    assert [(step["process"], step["operation"]) for step in about["steps"]][:6] == [
        ("main", "start"), ("main", "start"), ("worker 1", "read"), ("worker 2", "read"), ("worker 1", "write"),
        ("worker 2", "write"),
    ]  # fmt: skip
    assert about["findings"][0]["text"] == "1 of 2 increments lost (50.0 %)."
    assert "After 0 steps:" in done.stderr


def test_a_choice_waits_for_news_of_the_one_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(stepper, "SETTLED_AFTER", 0.0)
    (tmp_path / "choices").write_text(LOSING)
    said: list[str] = []
    steps = stepper.Stepper(Stepping(steps=str(tmp_path / "choices")), said.append, lambda _: Order("", ()))
    asked: dict[str, object] = {"workers": 2, "increments": 1}
    values: dict[str, object] = {**engine.validate(engine.find("lost-updates").fields, asked)}
    driven = Driven(engine.start(engine.Request("lost-updates", values, "fork", 0, LIMIT, watched=True, mode="step")))
    try:
        driven.until(lambda seen: seen.gate.standing)
        for _ in range(6):  # a busy machine: it is long until it hears of a step
            steps.look(driven.run, driven.seen)
        assert [text for text in said if not text.startswith("\n")] == ["main\n"]
    finally:
        driven.run.kill()
        driven.finish()


def test_what_a_terminal_would_obey_in_a_file_of_choices_is_escaped(ipclab: Ipclab, tmp_path: Path) -> None:
    (tmp_path / "choices").write_text("\x1b[2Jmain\ngo\n")
    done = ipclab(*TWO, "--watch", "step", "--steps", "choices")
    assert done.returncode == 0
    assert "> \\x1b[2Jmain\n" in done.stdout and "\x1b" not in done.stdout


def test_where_choices_end_the_rest_goes_by_itself(ipclab: Ipclab) -> None:
    done = ipclab(*TWO, "--watch", "step", typed="main\n")
    assert done.returncode == 0
    assert "No more choices: the rest goes by itself, the oldest first." in done.stdout


@pytest.mark.parametrize(
    ("typed", "says", "code"),
    [
        ("main\nmain\nworker 1\n7\ngo\n", "There is no '7' to choose.", 0),
        pytest.param(
            "nobody\nstop\n",
            "There is no 'nobody' to choose. Type a process's number or name",
            1,
            marks=pytest.mark.slow,  # it might come: that takes 5 s
        ),
    ],
)
def test_what_is_no_choice_is_one_sentence(ipclab: Ipclab, typed: str, says: str, code: int) -> None:
    done = ipclab(*TWO, "--watch", "step", typed=typed)
    assert says in done.stdout
    assert done.returncode == code


def test_an_order_is_saved_and_followed(ipclab: Ipclab, tmp_path: Path) -> None:
    first = ipclab(*TWO, "--watch", "step", "--save-order", "order.json", "--json", typed=LOSING)
    assert first.returncode == 0, first.stderr
    again = ipclab("lost-updates", "--order", "order.json", "--save-order", "again.json", "--json")
    assert again.returncode == 0, again.stderr
    one, other = json.loads(first.stdout), json.loads(again.stdout)
    assert other["parameters"] == {**one["parameters"], "watch": "on"}  # they come from the order
    assert other["steps"] == one["steps"]
    assert other["findings"][0]["text"] == one["findings"][0]["text"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.json", "order.json"]


def test_an_order_that_cannot_go_on_fails_and_names_the_step(ipclab: Ipclab, tmp_path: Path) -> None:
    ipclab(*TWO, "--watch", "step", "--save-order", "order.json", typed=LOSING)
    text = (tmp_path / "order.json").read_text()
    (tmp_path / "order.json").write_text(text.replace('["worker 2", "write"', '["worker 2", "acquire"', 1))
    done = ipclab("lost-updates", "--order", "order.json")
    assert done.returncode == 1
    assert "The order could not be followed at step 6: worker 2: acquire at lost_updates.py:" in done.stdout


def test_an_order_of_a_process_that_never_is_fails_once_all_have_ended(ipclab: Ipclab, tmp_path: Path) -> None:
    about = {"format": 1, "program": "lost-updates", "parameters": {"workers": 1, "increments": 1}}
    (tmp_path / "order.json").write_text(json.dumps(about | {"steps": [["worker 9", "read"]]}))
    done = ipclab("lost-updates", "--order", "order.json")
    assert done.returncode == 1
    assert "could not be followed at step 1: worker 9: read was next, but all have ended" in done.stdout


def test_a_program_of_ones_own_is_stepped_by_rule_and_cannot_tell(ipclab: Ipclab, tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    for how in (("--watch", "slow", "--pace", "20ms"), ("--watch", "step", "--steps", "newest")):
        done = ipclab(*how, "--python", sys.executable, "program.py")
        assert (done.returncode, done.stdout) == (0, "ready\nfrom the worker\n")
    saved = ipclab("--watch", "step", "--steps", "oldest", "--save-order", "o.json", "--python", sys.executable,
                   "program.py")  # fmt: skip
    assert saved.returncode == 0
    again = ipclab("--order", "o.json", "--python", sys.executable, "program.py")
    assert (again.returncode, again.stdout) == (0, "ready\nfrom the worker\n"), again.stderr


def test_ctrl_c_at_the_gate_is_as_just_before_the_call(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "choices").write_text("main\nnobody\n")  # main starts the worker, and then stands before recv()
    command = [sys.executable, "-m", "ipclab_gui", "run", "--watch", "step", "--steps", "choices", "--python",
               sys.executable, "program.py"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
                          env=environment()) as process:  # fmt: skip
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline() == "ready\n"
        heard = ""
        while "recv()" not in heard:
            heard = process.stderr.readline()
            assert heard
        process.send_signal(signal.SIGINT)
        rest = process.communicate(timeout=LIMIT)[1]
    trace = rest[rest.index("Traceback") :].split("ipclab:", maxsplit=1)[0].strip().splitlines()
    assert trace[0] == "Traceback (most recent call last):" and trace[-1] == "KeyboardInterrupt"
    assert f'  File "{tmp_path}/program.py", line 12, in <module>' in trace
    assert not any("ipclab/" in line for line in trace)


def test_where_nobody_can_go_next_it_says_so_at_once(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(STUCK)
    command = [sys.executable, "-m", "ipclab_gui", "run", "--watch", "step", "--steps", "oldest", "--python",
               sys.executable, "program.py"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
                          env=environment()) as process:  # fmt: skip
        assert process.stderr is not None
        heard = ""
        while "wait for each other" not in heard:
            heard = process.stderr.readline()
            assert heard
        assert heard == "left and right wait for each other: as far as was seen, nobody else can let them go on.\n"
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LIMIT)
        assert process.returncode == 143


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("pipe", "--watch", "slow", "--pace", "-1"), "--pace: -1 s is out of range; allowed is 0 s to 60 s."),
        (("pipe", "--pace", "1"), "--pace: Pace applies only when watch is slow."),
        (
            ("pipe", "--traffic", "there and back", "--watch", "step"),
            "--watch: Pipe measures in bursts with these values: it can be neither slowed nor stepped.",
        ),
        (("pipe", "--steps", "oldest"), "--steps applies only with --watch step."),
        (("pipe", "--watch", "step", "--steps", "nothing"), "--steps is oldest, newest, random, - or a file of"),
        (("pipe", "--watch", "step", "--steps", "."), "- or a file of choices; '.' is a folder."),
        (("pipe", "--watch", "step", "--steps"), "--steps needs a value: the name of a file or a rule."),
        (("pipe", "--save-order", "x.json"), "--save-order saves the order of a stepped run: give --watch step."),
        (("pipe", "--watch", "step", "--save-order", "no/x.json"), "is in 'no', which is no folder."),
        (("pipe", "--order", "nothing.json"), "--order: nothing.json cannot be read: No such file or directory."),
        (("pipe", "--order", "bad.json"), "--order: bad.json is no order, or was cut short: it is not whole JSON."),
        (("pipe", "--order", "other.json"), "--order: other.json is an order of deadlock, not of pipe."),
        (("pipe", "--order", "other.json", "--watch", "off"), "An order is of a watched run: not with --watch off."),
        (("lost-updates", "--order", "make-it-hapen"), "has the orders make-it-happen, the-cure-under-the-same-order."),
        (("--watch", "step", "program.py"), "--watch step needs --steps or --order: what is typed here is your"),
        (("--watch", "slow", "--pace", "fast", "program.py"), "--pace: "),
        (("--pace", "1", "program.py"), "--pace: Pace applies only when watch is slow."),
        (("--order", "bad.json", "program.py"), "--order: bad.json is no order"),
    ],
)
def test_what_cannot_be_asked_for_is_one_sentence(
    ipclab: Ipclab, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    (tmp_path / "bad.json").write_text('{"format": 1, "program": "pipe", "st')
    (tmp_path / "other.json").write_text('{"format": 1, "program": "deadlock", "steps": []}')
    done = ipclab(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr.replace("\u00a0", " ") and done.stderr.count("\n") == 1
