"""CPython's own tests of multiprocessing have the same result watched and bare, test by test.

Some interpreters come without their tests; there is nothing to compare then. Each class runs in a process of its own,
bare and by `ipclab run`: what hangs is killed and told. A difference counts where it comes three times in a row, since
some of these tests measure time.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ipclab.engine import start_methods

PROGRAM = Path(__file__).with_name("unit_tests.py")
BARE = (sys.executable, str(PROGRAM))
WATCHED = (sys.executable, "-m", "ipclab_gui", "run", "--python", sys.executable, str(PROGRAM))
PATIENCE = 180  # seconds for one class; the longest takes 20
MODULE = """
from test._test_multiprocessing import install_tests_in_module_dict
install_tests_in_module_dict(globals(), {!r})
"""
TIMES = 3
DIFFERENT: dict[str, str] = {}  # class.test, and why hooks may change its result: it looks at what is hooked

Results = dict[str, str]


def ran(here: Path, command: tuple[str, ...], *names: str) -> tuple[Results, dict[str, str]]:
    """Run unit tests; return what became of each, and tracebacks. What does not end is killed."""
    results = here / "results.json"
    results.unlink(missing_ok=True)
    process = subprocess.Popen(
        [*command, str(results), *names], cwd=here, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return {names[-1]: "did not end"}, {}
    if not results.exists():
        return {names[-1]: f"exit code {process.returncode}"}, {names[-1]: said.decode(errors="replace")}
    found = json.loads(results.read_text(encoding="utf-8"))
    return found["became"], found["tracebacks"]


def differences(here: Path, name: str) -> list[str]:
    """Return which tests of a class had another result watched than bare, with their tracebacks."""
    alone, _ = ran(here, BARE, name)
    watched, tracebacks = ran(here, WATCHED, name)
    return [
        f"{test}: {alone.get(test)} bare, {watched.get(test)} watched\n{tracebacks.get(test, '')}"
        for test in sorted(alone.keys() | watched.keys())
        if alone.get(test) != watched.get(test) and ".".join(test.split(".")[-2:]) not in DIFFERENT
    ]


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("test") is None or importlib.util.find_spec("test._test_multiprocessing") is None,
    reason="this Python comes without its own tests",
)
@pytest.mark.skipif(sys.platform == "win32", reason="ends what hangs by its process group")
@pytest.mark.parametrize("method", start_methods())
def test_its_own_tests_have_the_same_results(method: str, tmp_path: Path) -> None:
    module = f"tests_{method}"
    (tmp_path / f"{module}.py").write_text(MODULE.format(method), encoding="utf-8")
    listed = tmp_path / "names.json"
    subprocess.run([*BARE, str(listed), "--list", module], cwd=tmp_path, check=True, timeout=PATIENCE)
    names = json.loads(listed.read_text(encoding="utf-8"))
    assert len(names) > 50
    found: dict[str, list[str]] = {}
    for name in names:
        for _ in range(TIMES):
            found[name] = differences(tmp_path, name)
            if not found[name]:
                break
    assert [one for some in found.values() for one in some] == []
