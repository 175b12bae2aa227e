#!/usr/bin/env python3
"""Make a release, by one command: `python packaging/release.py`, from a clean checkout of its tag.

It refuses what is not the tagged state of a finished version, builds all of this system's packages anew into dist/ and
writes dist/SHA256SUMS, which `sha256sum -c` reads. Standard library only. Exit codes: 0 released, 1 the build failed,
2 refused.
"""

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import build

ROOT = build.ROOT


def main() -> int:
    """Check, build, and write the sums."""
    reasons = objections(ROOT, build.version())
    if reasons:
        print("This is no release:", *reasons, sep="\n  ", file=sys.stderr)
        return 2
    try:
        shutil.rmtree(build.DIST, ignore_errors=True)
        packages = build.build()
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"The release was not built: {error}", file=sys.stderr)
        return 1
    sums = write_sums(packages)
    print(sums.read_text(), end="")
    return 0


def objections(root: Path, version: str) -> list[str]:
    """Return why a checkout is not the release of a version, a sentence each; empty when it is."""
    found = []
    tag = f"v{version}"
    if changed := _git(root, "status", "--porcelain").splitlines():
        found.append(f"{len(changed)} files differ from what is committed; `git status` shows them.")
    if tag not in _git(root, "tag", "--points-at", "HEAD").split():
        found.append(f"The commit has no tag {tag}, and the version is {version}.")
    headings = re.findall(
        rf"^## {re.escape(version)}\b(?![.\w-])(.*)", (root / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    if not headings:
        found.append(f"CHANGELOG.md has no heading for {version}.")
    elif not re.fullmatch(r", \d{4}-\d{2}-\d{2}", headings[0]):
        found.append(f'CHANGELOG.md does not say when: its heading has to be "## {version}, YEAR-MONTH-DAY".')
    return found


def write_sums(packages: list[Path]) -> Path:
    """Write the SHA-256 sums of packages into SHA256SUMS beside them, and return that file."""
    sums = packages[0].with_name("SHA256SUMS")
    lines = [f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.name}\n" for one in sorted(packages)]
    sums.write_text("".join(lines), newline="\n")
    return sums


def _git(root: Path, *words: str) -> str:
    """Return what git says; nothing, where there is no git or no checkout: what follows from that is refused."""
    try:
        return subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""


if __name__ == "__main__":
    sys.exit(main())
