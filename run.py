#!/usr/bin/env python3
"""Set up what IPC Lab needs, once, then start it.

    ./run.py                 open the window; without a display, take the tour in the terminal
    ./run.py test [--all]    run the tests; what follows goes to pytest
    ./run.py setup           only set up, with what the tests need
    ./run.py run pipe ...    everything else goes to the lab's command line

The packages of requirements.lock go into the folder .venv beside this file (or the one that IPCLAB_VENV names), those
of requirements-dev.lock too when the tests first ask for them. Qt's libraries are the system's: on Debian they are
installed when this runs as root, with sudo after a question on a terminal, and otherwise named in one line to copy.

Exit codes: the lab's own; 4 when something is missing and could not be set up, 130 when interrupted meanwhile.
Standard library only: this file runs before there is anything else.
"""

import contextlib
import ctypes
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - the person's Python, before anything is installed
    sys.stderr.write("IPC Lab needs Python 3.11 or later; this is {}.{}.\n".format(*sys.version_info[:2]))
    sys.exit(4)

ROOT = Path(__file__).resolve().parent
VENV = ROOT / os.environ.get("IPCLAB_VENV", ".venv")
POSIX = os.name == "posix"
PYTHON = VENV / ("bin/python" if POSIX else "Scripts/python.exe")
STAMP = VENV / "ipclab-setup"  # a line for each lock that is installed; absent from folders that are not ours
LAB_LOCK, TOOLS_LOCK = "requirements.lock", "requirements-dev.lock"

# What Qt loads at its start, as library: Debian package. A system that is not Debian is told the libraries.
OFFSCREEN = {
    "libglib-2.0.so.0": "libglib2.0-0",
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libxkbcommon.so.0": "libxkbcommon0",
}
XCB = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}
WAYLAND = {"libwayland-cursor.so.0": "libwayland-cursor0", "libwayland-egl.so.1": "libwayland-egl1"}
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")

APT_INSTALL = ("install", "-y", "--no-install-recommends")

# What the output of a failed apt-get, venv or pip means; the first that fits is told.
FAILURES = {
    "No space left|Errno 28|quota exceeded|enough free space": "the disk is full",
    "ConnectionError|ConnectTimeout|ReadTimeout|[Cc]onnection (refused|reset|broken|failed|timed)|name resolution"
    "|Max retries|Failed to fetch|Unable to connect": "they cannot be downloaded (is the network up?)",
    "DO NOT MATCH THE HASHES": "one arrived that is not the one in the lock, and was not installed",
    "No matching distribution": "one in the lock has no wheel for this Python or system",
}


class SetupError(Exception):
    """Something is missing that this file could not set up; the text is a sentence for the person."""


def say(text: str) -> None:
    """Tell the person on stderr: stdout belongs to what is started."""
    print(text, file=sys.stderr, flush=True)


# ------------------------------------------------------------------------------------------------------- the screen


def platform_of(environ: Mapping[str, str]) -> str | None:
    """Return the platform on which Qt would open a window: a plugin's name, or None without a display."""
    if sys.platform != "linux":
        return "native"
    wanted = environ.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0]
    if wanted and not wanted.startswith(("xcb", "wayland")):
        return wanted  # offscreen, minimal, vnc, ...: Qt draws without asking a server
    if not wanted.startswith("xcb") and wayland_answers(environ):
        return "wayland"
    if not wanted.startswith("wayland") and x_answers(environ.get("DISPLAY", "")):
        return "xcb"
    return None


def wayland_answers(environ: Mapping[str, str]) -> bool:
    """Whether the compositor that WAYLAND_DISPLAY names takes connections."""
    name = environ.get("WAYLAND_DISPLAY", "")
    return bool(name) and _knock(str(Path(environ.get("XDG_RUNTIME_DIR", "/"), name)))


def x_answers(display: str) -> bool:
    """Whether the X server at `display` lets us in; Qt aborts when it does not."""
    if not display:
        return False
    try:
        x11 = ctypes.CDLL("libX11.so.6")
    except OSError:  # not installed yet: a server on this machine can be heard, though not whether it lets us in
        number = display.rpartition(":")[2].partition(".")[0]
        return _knock(f"/tmp/.X11-unix/X{number}") or _knock(f"\0/tmp/.X11-unix/X{number}")
    x11.XOpenDisplay.restype = ctypes.c_void_p
    opened = x11.XOpenDisplay(display.encode())
    if opened:
        x11.XCloseDisplay(ctypes.c_void_p(opened))
    return bool(opened)


def _knock(address: str) -> bool:
    import socket

    with socket.socket(socket.AF_UNIX) as server:
        server.settimeout(2)
        try:
            server.connect(address)
        except OSError:
            return False
    return True


# ----------------------------------------------------------------------------------------------- the system's parts


def missing_packages(platform: str | None) -> dict[str, str]:
    """Return what the system lacks, as {what it is: Debian package}, for windows on `platform`; None: for none."""
    missing: dict[str, str] = {}
    if stamp_line(LAB_LOCK) not in stamped() and not importlib.util.find_spec("ensurepip"):
        default = Path("/usr/bin/python3").resolve() == Path(sys.executable).resolve()
        missing["ensurepip"] = "python3-venv" if default else f"python3.{sys.version_info.minor}-venv"
    if sys.platform != "linux" or platform is None:
        return missing
    wanted = OFFSCREEN | (XCB if platform in {"xcb", "wayland"} else {}) | (WAYLAND if platform == "wayland" else {})
    missing |= {library: package for library, package in wanted.items() if not _loads(library)}
    if "libfontconfig.so.1" not in missing:  # else it brings both
        if not Path("/etc/fonts/fonts.conf").exists():
            missing["/etc/fonts/fonts.conf"] = "fontconfig-config"
        if not any(next(Path(folder).expanduser().rglob("*.[ot]t[fc]"), None) for folder in FONT_FOLDERS):
            missing["a font"] = "fonts-dejavu-core"
    return missing


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def complete_system(platform: str | None) -> bool:
    """Install what the system lacks for windows on `platform`, or say how to; return whether anything was installed.

    Raises:
        SetupError: something is missing, and this may not or cannot install it.
    """
    missing = missing_packages(platform)
    if not missing:
        return False
    if not shutil.which("apt-get"):
        raise SetupError(f"This system lacks {', '.join(missing)}; install them with its package manager.")
    packages = list(missing.values())
    if os.geteuid() == 0:
        apt([], packages)
        return True
    sudo = shutil.which("sudo") is not None
    if sudo and sys.stdin.isatty() and sys.stderr.isatty():
        say(f"Missing Debian packages: {' '.join(packages)}")
        sys.stderr.write("Install them now with sudo? [Y/n] ")
        sys.stderr.flush()
        if sys.stdin.readline().lower() in {"\n", "y\n", "yes\n"}:  # the end of input is no yes
            apt(["sudo"], packages)
            return True
    become = "sudo " if sudo else ""
    raise SetupError(
        f"Debian packages are missing. Install them{'' if sudo else ' as root'}, then run this again:\n"
        f"{become}apt-get update && {become}apt-get {' '.join([*APT_INSTALL, *packages])}"
    )


def apt(become: Sequence[str], packages: Sequence[str]) -> None:
    """Install Debian packages, quietly; `become` is what makes us root."""
    say(f"Installing Debian packages: {' '.join(packages)}")
    told = ""
    for arguments in (["update"], [*APT_INSTALL, *packages]):
        code, output = quietly(
            *become,
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "apt-get",
            "-q",
            "-o",
            "DPkg::Lock::Timeout=300",
            *arguments,
        )
        told += output
    if code:  # of the installation: one source that does not answer need not matter
        raise SetupError(f"The Debian packages could not be installed: {why(told)}.")


def quietly(*command: str) -> tuple[int, str]:
    """Run a command of the set-up; return its exit code and all that it printed.

    It inherits our turn at the environment (see `turn`), so that it keeps it should we be killed.
    """
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,  # sudo asks on the terminal itself
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        close_fds=False,
        check=False,
    )
    return done.returncode, done.stdout


# ----------------------------------------------------------------------------------------------------- the packages


def stamp_line(lock: str) -> str:
    """Return what the stamp says once `lock` is installed: which lock, for which Python, with which content."""
    digest = hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()
    return f"{lock} {sys.version_info[0]}.{sys.version_info[1]} {digest}"


def stamped() -> list[str]:
    """Return the stamp's lines: the locks that are installed in full."""
    try:
        return STAMP.read_text().splitlines()
    except FileNotFoundError:
        return []


def set_up(*locks: str) -> None:
    """Make the environment hold `locks`, of which the first is the lab's own.

    An environment for another Python or other packages is made anew. The stamp is written last: a set-up that was cut
    short is repeated. Two at once take turns.
    """
    wanted = [stamp_line(lock) for lock in locks]

    def to_do() -> list[str]:
        present = stamped() if PYTHON.exists() else []
        return [lock for lock, line in zip(locks, wanted, strict=True) if line not in present]

    if not to_do():
        return
    with turn():
        todo = to_do()
        if not todo:
            return
        if todo[0] == locks[0]:
            make_environment()
        for lock in todo:
            say("Installing the packages (once; half a minute or so)" if lock == locks[0] else "Installing the tools")
            pip(lock)
            STAMP.write_text("".join(f"{line}\n" for line in [*stamped(), stamp_line(lock)]))
        say("Ready.")


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """Hold the lock of the environment; wait while another set-up has it."""
    with Path(f"{VENV}.lock").open("w") as file:
        if POSIX:
            import fcntl

            os.set_inheritable(file.fileno(), True)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say("Waiting for another set-up to finish.")
                fcntl.flock(file, fcntl.LOCK_EX)
        else:
            import msvcrt

            while True:
                with contextlib.suppress(OSError):  # ten tries of a second each, then it gives up
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
                    break
        yield


def make_environment() -> None:
    """Make the virtual environment, empty but for pip and the lab's own folders."""
    old = Path(f"{VENV}.old")
    shutil.rmtree(old, ignore_errors=True)
    if VENV.exists():
        if not STAMP.exists() and any(VENV.iterdir()):
            raise SetupError(f"{VENV} was made by something else. Move it away, or name another folder in IPCLAB_VENV.")
        VENV.rename(old)  # in one step, so that no cut-short removal is taken for something else's
        shutil.rmtree(old, ignore_errors=True)
    say(f"Setting up IPC Lab in {VENV}")
    VENV.mkdir(parents=True)
    STAMP.touch()  # ours from now on, with nothing in it yet
    code, output = quietly(sys.executable, "-m", "venv", str(VENV))
    if code:
        raise SetupError(f"The virtual environment could not be made: {why(output)}.")
    link_the_lab()


def link_the_lab() -> None:
    """Let the environment import the lab from this checkout, and give it the command `ipclab`.

    A .pth file and a script, as an editable install would write; that would need a build backend from the network.
    The folders are written relative to the .pth file, so that the checkout may be moved.
    """
    import sysconfig

    site = Path(sysconfig.get_path("purelib", "venv", {"base": str(VENV)}))
    folders = [os.path.relpath(ROOT / name, site) for name in ("core", "gui", "resources")]
    (site / "ipclab.pth").write_text("".join(f"{folder}\n" for folder in folders))
    script = entry()
    script.write_text(
        f"#!{PYTHON}\nimport sys\n\nfrom ipclab_gui.__main__ import main\n\n"
        'if __name__ == "__main__":\n    sys.exit(main())\n'
    )
    script.chmod(0o755)


def entry() -> Path:
    """Return the script that starts the lab, as pip would write it.

    Not `-m ipclab_gui`: that puts the current folder first on sys.path, where a person's queue.py would break us.
    """
    return PYTHON.with_name("ipclab" if POSIX else "ipclab-script.py")


def pip(lock: str) -> None:
    """Install what `lock` says, with its hashes, from wheels alone.

    Raises:
        SetupError: pip failed; the text says why in a sentence.
    """
    options = ["--quiet", "--retries=2", "--only-binary=:all:", "--require-hashes", "--requirement", str(ROOT / lock)]
    code, output = quietly(str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", *options)
    if code:
        raise SetupError(f"The packages could not be installed: {why(output)}.")


def why(output: str) -> str:
    """Return in words why a program of the set-up failed, from what it printed."""
    import re

    for signs, meaning in FAILURES.items():
        if re.search(signs, output):
            return meaning
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith(("error", "e: "))]
    return (errors or lines or ["it did not say why"])[-1].rstrip(".")


# ------------------------------------------------------------------------------------------------------ what follows


def start(*arguments: str) -> int:
    """Become the environment's Python with these arguments; returns, with its exit code, only on Windows."""
    command = [str(PYTHON), *arguments]
    sys.stdout.flush()
    if POSIX:
        os.execve(command[0], command, clean_environ())
    return subprocess.run(command, env=clean_environ(), check=False).returncode


def clean_environ() -> dict[str, str]:
    """Return the environment without two variables that a shell may have set for other ends.

    Without bytecode files every start takes twice as long; unbuffered output is not what programs do by themselves.
    """
    return {name: value for name, value in os.environ.items()
            if name not in {"PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED"}}  # fmt: skip


def main(arguments: Sequence[str]) -> int:
    """Set up what `arguments` need, then do what they say; returns an exit code where it returns."""
    if not arguments:
        return open_window()
    if arguments[0] in {"test", "setup"}:
        complete_system("offscreen")
        set_up(LAB_LOCK, TOOLS_LOCK)
        if arguments[0] == "setup":
            return 0
        os.chdir(ROOT)
        return start("-m", "pytest", *arguments[1:])
    complete_system(None)
    set_up(LAB_LOCK)
    return start(str(entry()), *arguments)


def open_window() -> int:
    """Open the window; without a display, say so and take the tour in the terminal instead."""
    platform = platform_of(os.environ)
    if complete_system(platform):
        platform = platform_of(os.environ)  # the X server's library may have come with it, to ask properly
    set_up(LAB_LOCK)
    if platform is None:
        say("There is no display for a window, so the experiments run here in the terminal.")
        return start(str(entry()), "tour")
    return start(str(entry()))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SetupError as error:
        say(str(error))
        sys.exit(4)
    except OSError as error:  # a read-only checkout, a full disk: a fact about the machine, not a bug
        say(f"IPC Lab could not be set up: {error.strerror or error}: {error.filename or ROOT}")
        sys.exit(4)
    except KeyboardInterrupt:
        sys.exit(130)
