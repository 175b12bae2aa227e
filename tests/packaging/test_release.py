"""A release is the tagged state of a finished version, and what is packed again is the same again."""

from __future__ import annotations

import hashlib
import os
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

Git = Callable[..., None]
Load = Callable[[str], ModuleType]


@pytest.fixture
def git(tmp_path: Path) -> Git:
    """Return git in a new repository with a finished version 1.2.3 in it, committed and tagged."""

    def run(*words: str) -> None:
        nobody = {f"GIT_{role}_{what}": "x" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        subprocess.run(["git", *words], cwd=tmp_path, env=os.environ | nobody, check=True, capture_output=True)

    try:
        run("init", "-q")
    except OSError:
        pytest.skip("git is missing")
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.3, 2026-12-24\n\n## 1.2.2, 2026-12-01\n")
    run("add", ".")
    run("commit", "-q", "-m", "Finished")
    run("tag", "v1.2.3")
    return run


def test_a_clean_checkout_of_the_tag_is_a_release(packaging: Load, git: Git, tmp_path: Path) -> None:
    assert packaging("release").objections(tmp_path, "1.2.3") == []


def test_what_is_not_committed_is_no_release(packaging: Load, git: Git, tmp_path: Path) -> None:
    (tmp_path / "new.py").touch()
    assert packaging("release").objections(tmp_path, "1.2.3") == [
        "1 files differ from what is committed; `git status` shows them."
    ]


def test_what_is_not_tagged_is_no_release(packaging: Load, git: Git, tmp_path: Path) -> None:
    git("commit", "-q", "--allow-empty", "-m", "One more")
    assert packaging("release").objections(tmp_path, "1.2.3") == [
        "The commit has no tag v1.2.3, and the version is 1.2.3."
    ]


def test_another_version_is_no_release(packaging: Load, git: Git, tmp_path: Path) -> None:
    """Neither 1.2 nor 1.2.3.dev1 is the 1.2.3 that was written about."""
    for version in ("1.2", "1.2.3.dev1", "1.2.3-rc1"):
        assert packaging("release").objections(tmp_path, version) == [
            f"The commit has no tag v{version}, and the version is {version}.",
            f"CHANGELOG.md has no heading for {version}.",
        ]


def test_a_version_that_is_not_finished_is_no_release(packaging: Load, git: Git, tmp_path: Path) -> None:
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## 1.2.3, not released yet\n")
    git("commit", "-q", "-a", "-m", "Not yet")
    git("tag", "-f", "v1.2.3")
    (said,) = packaging("release").objections(tmp_path, "1.2.3")
    assert said.startswith("CHANGELOG.md does not say when")


def test_the_sums_are_of_every_package_under_its_name(packaging: Load, tmp_path: Path) -> None:
    packages = [tmp_path / "b.tar.gz", tmp_path / "a.deb"]
    for one in packages:
        one.write_bytes(one.name.encode())
    lines = packaging("release").write_sums(packages).read_text().splitlines()
    assert lines == [f"{hashlib.sha256(name.encode()).hexdigest()}  {name}" for name in ("a.deb", "b.tar.gz")]


def test_what_is_packed_again_is_the_same_again(
    packaging: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever packs it, when, and in whatever order the files were written."""
    build = packaging("build")
    packed = []
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    for turn, names in enumerate(["ab", "ba"]):
        folder = tmp_path / str(turn) / "ipclab"
        folder.mkdir(parents=True, mode=0o755 if turn else 0o700)
        for name in names:
            (folder / name).write_text(name)
            (folder / name).chmod(0o755 if name == "a" else 0o600 + turn * 0o044)
            os.utime(folder / name, (turn, turn))
        monkeypatch.setattr(build, "DIST", folder.parent)
        monkeypatch.setattr(build, "FOLDER", folder)
        packed.append(build.pack())
    first, second = (one.read_bytes() for one in packed)
    assert first == second
    assert int.from_bytes(first[4:8], "little") == 1700000000  # gzip's own time
    with tarfile.open(packed[0]) as file:
        members = file.getmembers()
    top = members[0].name
    assert [(one.name, one.mode, one.mtime, one.uid, one.uname) for one in members] == [
        (top, 0o755, 1700000000, 0, ""),
        (f"{top}/a", 0o755, 1700000000, 0, ""),
        (f"{top}/b", 0o644, 1700000000, 0, ""),
    ]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_package_built_again_holds_the_same(packaging: Load, package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """dist/ipclab has to be of this very tree; it is built once more, and lies there afterwards."""
    build = packaging("build")
    monkeypatch.setattr(build, "FOLDER", package.parent)

    def content() -> dict[str, str]:
        return {
            one.relative_to(package.parent).as_posix(): hashlib.sha256(one.read_bytes()).hexdigest()
            for one in package.parent.rglob("*")
            if one.is_file()
        }

    before = content()
    build.build()
    assert content() == before
