"""Which modules of Python's standard library a package has: all public ones, since a person's own program may use any.

Standard library only.
"""

import sys
from importlib.util import find_spec
from pathlib import Path

LEFT_OUT = {
    **dict.fromkeys(("tkinter", "turtle", "turtledemo", "idlelib"), "they need Tcl/Tk, which a package of Qt has not"),
    **dict.fromkeys(
        ("ensurepip", "venv", "distutils", "lib2to3"), "they set up, extend or rewrite an installed Python"
    ),
    "test": "Python's tests of itself",
    "nis": "asks a directory of the 1980s, would bring Kerberos, and left Python with 3.13",
    **dict.fromkeys(("readline", "_gdbm", "dbm.gnu"), "under the GPL, which would be the whole package's"),
    "antigravity": "opens a browser when it is imported",
}
PARTS_LEFT_OUT = ("test", "tests", "idle_test", "__main__")  # of a package: run by those who develop it, or by `-m`


def modules() -> list[str]:
    """Return their full names, as far as this Python has them: other systems' are missing.

    The private ones are among them, since C code imports some by name. Nothing is imported.
    """
    found = []
    for top in sorted(sys.stdlib_module_names - set(LEFT_OUT)):
        spec = None if top.startswith(("_test", "_xx", "xx", "_tkinter")) else find_spec(top)
        if spec is None:
            continue
        found.append(top)
        for folder in spec.submodule_search_locations or ():
            files = (file.relative_to(Path(folder).parent).with_suffix("") for file in Path(folder).rglob("*.py"))
            parts = (file.parts[:-1] if file.name == "__init__" else file.parts for file in files)
            found += sorted({".".join(one) for one in parts if len(one) > 1 and not set(one) & set(PARTS_LEFT_OUT)})
    return [name for name in found if name not in LEFT_OUT]
