"""The Debian package that IPCLAB_DEB names: as Debian's tools see it, and installed, used and removed.

    CI=1 IPCLAB_DEB=dist/NAME.deb ./run.py test tests/packaging/test_deb.py

Installing changes the system, so it is done as root only, and only where CI is set.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipclab import __version__, engine
from tests.cli.conftest import LIMIT
from tests.packaging.conftest import press_keys

DEB = os.environ.get("IPCLAB_DEB", "")
PEOPLE = "nobody"  # a user that every Debian has, and who may do nothing
FOLDERS = ("/bin", "/boot", "/etc", "/home", "/lib", "/opt", "/root", "/sbin", "/srv", "/usr", "/var")
# What apt and dpkg keep for themselves; and this machine's own: where people's and other programs' files come and go.
OTHERS = ("/var/cache", "/var/lib/apt", "/var/lib/dpkg", "/var/log", "/var/tmp", "/home", "/root")

pytestmark = [
    pytest.mark.skipif(not DEB, reason="no Debian package is under test: set IPCLAB_DEB=dist/NAME.deb"),
    pytest.mark.timeout(600),
]
may_install = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0 or not os.environ.get("CI"),
    reason="the Debian package is installed and removed as root only, where CI is set",
)


def _done(*command: str | Path, **options: object) -> str:
    """Return what a command prints; it has to succeed."""
    done = subprocess.run(  # type: ignore[call-overload]
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    assert done.returncode == 0, done.stdout
    return str(done.stdout)


def _apt(*words: str | Path) -> str:
    quiet = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return _done("apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=300", *words, env=quiet)


def _files() -> set[str]:
    """Return the names of all there is on the system, but for what others write meanwhile."""
    found: set[str] = set()
    for top in FOLDERS:
        for folder, inner, files in os.walk(top):
            inner[:] = [name for name in inner if os.path.join(folder, name) not in OTHERS]
            found.update(os.path.join(folder, name) for name in [*inner, *files])
    return found


def test_it_is_of_this_version() -> None:
    assert _done("dpkg-deb", "--field", DEB, "Version").strip() == __version__.replace("-", "~")


@pytest.mark.skipif(not shutil.which("lintian"), reason="lintian is missing (Debian package lintian)")
def test_debians_checker_finds_nothing(tmp_path: Path) -> None:
    mess = os.environ | {"TMPDIR": str(tmp_path)}  # it leaves files there
    assert _done("lintian", "--allow-root", "--fail-on", "error,warning", DEB, env=mess) == ""


@pytest.fixture
def person() -> Iterator[dict[str, object]]:
    """Return how a process is started as an ordinary user, in a home of their own."""
    who = pwd.getpwnam(PEOPLE)
    with tempfile.TemporaryDirectory(dir="/tmp") as home:
        os.chown(home, who.pw_uid, who.pw_gid)
        runtime = Path(home, "runtime")
        runtime.mkdir(mode=0o700)
        os.chown(runtime, who.pw_uid, who.pw_gid)
        environment = {"HOME": home, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "XDG_RUNTIME_DIR": str(runtime)}
        yield {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": [], "cwd": home, "env": environment}


@may_install
def test_installed_it_serves_a_person_and_removed_it_leaves_only_theirs(person: dict[str, object], screen: str) -> None:
    _apt("update")
    depends = [one.split()[0] for one in _done("dpkg-deb", "--field", DEB, "Depends").split(", ")]
    _apt("install", "--no-install-recommends", *depends)
    before = _files()
    home = Path(str(person["cwd"]))
    for word in ("remove", "purge"):
        try:
            _apt("install", "--no-install-recommends", Path(DEB).resolve())
            if word == "remove":
                _use(person, screen)
        finally:
            _apt(word, "ipclab")
        assert _files() ^ before == set()
        assert (home / ".config" / "ipclab" / "window.json").is_file()


def _use(person: dict[str, object], screen: str) -> None:
    assert shutil.which("ipclab") == "/usr/bin/ipclab"
    assert "(package)" in _done("ipclab", "--version", **person)
    for method in engine.start_methods():
        about = json.loads(_done("ipclab", "run", "pipe", "--start-method", method, "--json", **person))
        assert about["outcome"]["status"] == "done"
    _done("ipclab", "run", "separate-memory")  # root could write beside the program, and should not
    _use_the_window(person, screen)


def _use_the_window(person: dict[str, object], screen: str) -> None:
    environment = person["env"]
    assert isinstance(environment, dict)
    shown = {**environment, "DISPLAY": screen, "DBUS_SESSION_BUS_ADDRESS": "disabled:"}
    with subprocess.Popen(  # type: ignore[call-overload]
        ["ipclab"], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **(person | {"env": shown})
    ) as window:
        try:
            press_keys(window, screen)
            window.send_signal(signal.SIGTERM)
            _, err = window.communicate(timeout=LIMIT)
        finally:
            window.kill()
    assert (window.returncode, err) == (128 + signal.SIGTERM, "")
