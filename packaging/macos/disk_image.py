#!/usr/bin/env python3
"""Make the disk image that macOS users open: `python packaging/macos/disk_image.py APP DMG`. It runs on macOS only.

In it are the application and a link to /Applications, to drag the one onto the other. PyInstaller has signed the
application from the inside out, without a name ("ad hoc"), so that macOS asks before it opens a downloaded one. Who has
a Developer ID sets IPCLAB_CODESIGN_IDENTITY to its name for the whole build: PyInstaller then signs with it, under the
hardened runtime, and this file the image. With IPCLAB_NOTARY_PROFILE too, the name under which `xcrun notarytool
store-credentials` has kept the keys, Apple is asked to notarise the image. Standard library only.
Exit codes: 0 made, 1 failed, 2 wrong usage.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUSY_TRIES, BUSY_PAUSE = 5, 3.0  # hdiutil now and again finds the volume in use, by the system's search for one


def main() -> int:
    """Make the image that the command line names; sign and notarise it where there are keys."""
    parser = argparse.ArgumentParser(description="Make the disk image of an application.")
    parser.add_argument("app", type=Path, help="the application, a folder NAME.app")
    parser.add_argument("image", type=Path, help="the file to make")
    words = parser.parse_args()
    app, image = words.app, words.image
    try:
        run("codesign", "--verify", "--deep", "--strict", app)
        make(app, image)
        identity, profile = os.environ.get("IPCLAB_CODESIGN_IDENTITY"), os.environ.get("IPCLAB_NOTARY_PROFILE")
        if identity:
            run("codesign", "--sign", identity, "--timestamp", image)
        if profile:
            run("xcrun", "notarytool", "submit", image, "--keychain-profile", profile, "--wait")
            run("xcrun", "stapler", "staple", image)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"The disk image was not made: {error}", file=sys.stderr)
        return 1
    return 0


def run(*words: object) -> None:
    """Run a command that must succeed."""
    subprocess.run([str(word) for word in words], check=True)


def make(app: Path, image: Path) -> None:
    """Pack an application into a compressed image; an older one of this name is replaced."""
    with tempfile.TemporaryDirectory() as kept:
        run("ditto", app, Path(kept, app.name))  # links, permissions and signature stay as they are
        Path(kept, "Applications").symlink_to("/Applications")
        words: list[object] = ["hdiutil", "create", "-volname", app.stem, "-srcfolder", kept]
        words += ["-fs", "HFS+", "-format", "UDZO", "-ov", image]
        for left in reversed(range(BUSY_TRIES)):
            try:
                run(*words)
                return
            except subprocess.CalledProcessError:
                if not left:
                    raise
                time.sleep(BUSY_PAUSE)


if __name__ == "__main__":
    sys.exit(main())
