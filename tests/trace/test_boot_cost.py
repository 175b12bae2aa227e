"""What a watched program pays before its first line runs."""

from __future__ import annotations

import subprocess
import sys

from ipclab import boot

DEAR = ("collections", "enum", "functools", "importlib", "re", "signal", "threading", "typing")


def test_nothing_dear_is_imported_that_the_program_has_to_import_again() -> None:
    asked = f"import sys; sys.path.append({boot.CORE!r})\nimport ipclab.boot, ipclab.trace.hooks\nprint(*sys.modules)"
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", asked], capture_output=True, text=True, check=True)
    assert not set(DEAR) & set(ran.stdout.split())
