"""What a person's own Python imports first when the lab runs their program: it boots, and is gone.

The lab puts this folder in front of PYTHONPATH, and what boot needs into one variable. Both are taken back before
anything of the person's runs, and so is every module that came on the way but the lab's own: the program finds its
Python as it would be, with its own `sitecustomize` if there is one.
"""

import os
import sys


def _boot() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    about = os.environ.pop("IPCLAB_BOOT", None)
    if about is None:
        return
    core, before, arguments = eval(about)  # plain data, written by the runner
    if before is None:
        os.environ.pop("PYTHONPATH", None)
    else:
        os.environ["PYTHONPATH"] = before
    sys.path[:] = [place for place in sys.path if os.path.abspath(place) != here]
    paths, modules = sys.path[:], set(sys.modules)
    library = os.path.dirname(os.__file__)
    sys.path[:] = [place for place in paths if place == library or place.endswith(("lib-dynload", ".zip", "DLLs"))] + [
        core
    ]
    from ipclab import boot

    sys.path[:] = paths
    boot.program(*arguments)
    for name in set(sys.modules) - modules:  # a mmap.py of theirs is not to be hidden by Python's
        if name.partition(".")[0] != "ipclab":
            del sys.modules[name]


_boot()
sys.modules.pop("sitecustomize", None)
import sitecustomize  # type: ignore[import-not-found]  # noqa: E402, F401  # the person's own, or the error that Python expects where there is none
